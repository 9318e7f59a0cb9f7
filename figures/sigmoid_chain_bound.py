# %% [markdown]
# # A chain of sigmoids, and the most that its gradient can be
#
# One unit feeds the next: h becomes σ(w h + b). The slope through L units is a product of L terms
# w σ′(z), each at most |w|/4. So the slope is at most (|w|/4) to the power L. A chain with
# b = −w/2, started at 1/2, reaches the bound; chains with random biases, normal around −w/2, stay below it.

# %%
import jax
import numpy as np
from jax import lax

from dlfigs import Claim, Figure, theory
from dlfigs.draws import generator
from dlfigs.dataset import dataset
from dlfigs.nets.activations import sigmoid
from dlfigs.plot import marks

COLORS = ("C3", "C0", "C2", "C1")


# %%
def compute(key, *, weights=(1.0, 2.0, 4.0, 8.0), depth=20, seeds=2000):
    """Slope of the last unit by the first input; dims (weight, seed, units)."""

    def slopes(w, start, biases):
        def unit(carry, bias):
            h, slope = carry
            h, one = jax.value_and_grad(lambda h: sigmoid(w * h + bias))(h)
            return (h, slope * one), slope * one

        return lax.scan(unit, (start, 1.0), biases)[1]

    # Biases around −w/2, which puts a unit whose input is 1/2 at the steepest point; the last chain starts
    # there, and its biases have no noise
    rng = generator(key)
    start = np.append(rng.random(seeds), 0.5)
    noise = np.append(rng.standard_normal((seeds, depth)), np.zeros((1, depth)), axis=0)
    with jax.enable_x64(True):
        of_all = jax.jit(jax.vmap(slopes, (None, 0, 0)))
        found = np.stack([of_all(w, start, noise - w / 2) for w in weights])
    return dataset(
        {
            "weight": (weights, "weight w"),
            "seed": seeds,
            "units": (np.arange(1, depth + 1), "units passed"),
        },
        slope=("weight seed units", found[:, :-1], "slope through the chain, biases normal around −w/2"),
        centered=("weight units", found[:, -1], "slope through the chain, b = −w/2"),
    )


# %%
def summarize(data):
    bound = [theory.sigmoid_chain_bound(w, data.units.values) for w in data.weight.values]
    return dataset(
        {"weight": (data.weight.values, "weight w"), "units": (data.units.values, "units passed")},
        median=("weight units", data.slope.median("seed"), "median slope"),
        low=("weight units", data.slope.quantile(0.025, "seed"), "2.5 % quantile of the slope"),
        high=("weight units", data.slope.quantile(0.975, "seed"), "97.5 % quantile of the slope"),
        centered=("weight units", data.centered, "slope of the centered chain"),
        bound=("weight units", bound, "bound (|w|/4)^L"),
    )


# %%
def draw(fig, data):
    panels = fig.subplots(2, 2, sharex=True, sharey=True)
    for ax, w, color in zip(panels.flat, data.weight.values, COLORS, strict=False):
        one = data.sel(weight=w)
        marks.band(ax, one.units, one.low, one.high, color)
        ax.plot(one.units, one["median"], color=color)
        ax.plot(one.units, one.centered, "o", color=color, ms=3)
        marks.theory(ax, one.units, one.bound)
        ax.set(yscale="log", title=f"w = {w:g}", yticks=10.0 ** np.arange(-30, 16, 5))
        ax.set(ylim=(data.low.min() / 10, max(data.bound.max() * 10, 10)))
    for ax in panels[-1]:
        ax.set_xlabel("units passed, L")
    marks.note(panels[0, 0], 11, 1e-4, "bound and\ncentered chain", color=marks.INK)
    marks.note(panels[0, 0], 2, 1e-13, "random\nbiases", color=COLORS[0])
    fig.supylabel("slope through the chain", fontsize=9.5)


# %%
def claims(data):
    for w in data.weight.values:
        bound, name = theory.sigmoid_chain_bound(w, data.units.values), f"{w:g}".replace(".", "_")
        text = f"w = {w:g}: largest slope of any random chain at any length, as a multiple of the bound"
        yield Claim(f"most_{name}", text, measured=(data.slope.sel(weight=w) / bound).max(), high=1 + 1e-12)
        gap = abs(data.centered.sel(weight=w) / bound - 1).max()
        text = f"w = {w:g}: the centered chain's relative distance from the bound"
        yield Claim(f"centered_{name}", text, measured=gap, high=1e-9)
    last = data.slope.isel(units=-1).median("seed")
    for w in data.weight.values:
        text = f"w = {w:g}: median slope through the whole chain, random biases"
        bound = float(theory.sigmoid_chain_bound(w, data.sizes["units"]))
        yield Claim(f"median_{w:g}".replace(".", "_"), text, measured=last.sel(weight=w), high=bound)


# %%
figure = Figure(
    title="The most that a chain of sigmoids can pass on",
    caption="Slope through L sigmoid units in a row, each with weight w. Dashed: the bound (|w|/4) to the power L. Dots: "
    "chains with bias −w/2, which reach it. Lines: the median of {{ seeds }} chains with random biases, normal around −w/2 "
    "with standard deviation 1; shaded: the central 95 %.",
    alt="Four panels for weights 1, 2, 4 and 8, with the slope on a log axis against the number of units. For weights 1 "
    "and 2 the bound falls in a straight line, and random chains fall faster. For weight 4 the bound stays at one "
    "while random chains fall. For weight 8 the bound rises, but most random chains fall all the same, because their units "
    "saturate. In every panel the dots of the centered chain lie on the bound.",
    sources=("hochreiter1997", "bengio1994"),
    questions=(3, 2),
    ranges={"weights": (0.1, 16.0), "depth": (2, 100), "seeds": (64, 100_000)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=4.4,
)
figure
