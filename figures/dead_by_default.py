# %% [markdown]
# # Half the units dead, by default
#
# Deep ReLU nets are initialized and not trained. Weights are those of PyTorch's and Equinox's linear layers,
# uniform within ±1/√n, or He's; biases are theirs, uniform within the same limits, or zero. Only small weights
# and random biases together leave about half of the units zero on every example. Theory is the wide-net
# covariance of the pre-activations of all digits.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.datasets import digits
from dlfigs.experiments import dead_units
from dlfigs.nets.initializers import (
    DEFAULTS,
    Default,
    fan_in_uniform,
    fan_in_uniform_biases,
    he_normal,
    zero_biases,
)
from dlfigs.plot import marks

STARTS = {
    "default": DEFAULTS["pytorch"],
    "default, zero biases": Default(fan_in_uniform, zero_biases),
    "He, default biases": Default(he_normal, fan_in_uniform_biases),
    "He": Default(he_normal, zero_biases),
}
COLORS = dict(zip(STARTS, ("C1", "C2", "C3", "C0"), strict=True))


# %%
def compute(key, *, depth=10, width=64, seeds=64):
    """Shares of units by layer; dims (start, seed, layer). Theory: (start, layer)."""
    key_split, key_nets = jax.random.split(key)
    x = digits(key_split).x_train
    data = dead_units.at_start(key_nets, x, starts=STARTS, depth=depth, width=width, seeds=seeds)
    # Uniform within ±a has variance a²/3
    small, none = (
        theory.relu_kernels(np.asarray(x, float), depth=depth, width=width, weight=1 / 3, bias=bias)
        for bias in (1 / 3, 0)
    )
    exact = [[theory.all_negative(layer) for layer in kernels] for kernels in (small, none)]
    constant = [
        [1 - layer.mean() / np.diag(layer).mean() for layer in kernels] for kernels in (small, none)
    ]
    dims = "theory_start layer"
    return data.merge(
        dataset(
            # Without biases the size of the weights does not matter: one theory for He too
            {"theory_start": ["default", "He"], "layer": data.layer.values},
            dead_theory=(dims, exact, "probability that a unit is dead, wide net"),
            dependent_theory=(dims, constant, "share of the signal that depends on the example, wide net"),
        )
    )


def summarize(data):
    """Means over nets, for they are what theory is about, and where the nets lie for the first panel."""
    drawn = data[["dead_theory", "dependent_theory"]]
    for name in ("dead", "dependent"):
        drawn[f"{name}_mean"] = data[name].mean("seed").assign_attrs(data[name].attrs)
    return drawn.merge(summary.interval(data.dead).drop_vars("dead_median"))


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(5, 4))
    for name in ("default", "He"):
        one = data.sel(start=name)
        marks.band(top, data.layer, one.dead_low, one.dead_high, COLORS[name])
    for ax, name in ((top, "dead"), (bottom, "dependent")):
        for start, marker in zip(STARTS, "os^o", strict=True):
            y = data[f"{name}_mean"].sel(start=start)
            ax.plot(data.layer, y, marker, color=COLORS[start], markersize=4)
        for start in data.theory_start.values:
            marks.theory(ax, data.layer, data[f"{name}_theory"].sel(theory_start=start))
    ends = data.dead_mean.isel(layer=-1)
    top.set(ylim=(-0.02, 0.72), yticks=(0, 0.25, 0.5), ylabel="dead units")
    top.set_title("Units that are zero on all examples")
    marks.reference(top, y=0.5)
    marks.label_ends(top, [(float(ends.sel(start=s)), s.replace(", ", ",\n"), COLORS[s]) for s in STARTS])
    bottom.set(yscale="log", xlabel="layer", ylabel="share of the signal")
    bottom.set_title("What still depends on the example")
    ends = data.dependent_mean.isel(layer=-1)
    labels = [(float(ends.sel(start="default")), "default", COLORS["default"])]
    marks.label_ends(bottom, [*labels, (float(ends.sel(start="He")), "the others", marks.INK)])
    bottom.set_xticks(data.layer.values[:: 1 + data.sizes["layer"] // 12])


# %%
def claims(data):
    seeds, last = data.sizes["seed"], int(data.layer[-1])
    mean, error = data.dead.mean("seed"), data.dead.std("seed", ddof=1) / np.sqrt(seeds)
    for start, theory_start, name in (
        ("default", "default", "default"),
        ("He", "He", "he"),
        ("default, zero biases", "He", "zero_biases"),
        ("He, default biases", "He", "he_biases"),
    ):
        exact = data.dead_theory.sel(theory_start=theory_start)
        off = abs(mean.sel(start=start) - exact).max()
        text = f"{start}: largest difference to wide-net theory over layers"
        largest_error = error.sel(start=start).max()
        yield Claim(f"{name}_gap", text, measured=off, high=0.05, standard_error=largest_error)
        found, e = mean.sel(start=start, layer=last), error.sel(start=start, layer=last)
        text = f"{start}: share of dead units in layer {last}"
        limits = {"expected": exact[-1], "tolerance": 0.05, "standard_error": e}
        yield Claim(name, text, measured=found, **limits)
    on = data.always_on.sel(start="default", layer=last)
    text = f"default: share of units in layer {last} that are positive on all examples"
    limits = {"expected": data.dead_theory.sel(theory_start="default")[-1], "tolerance": 0.05}
    yield Claim(
        "always_on", text, measured=on.mean(), standard_error=on.std(ddof=1) / np.sqrt(seeds), **limits
    )
    if last >= 8:
        dependent = data.dependent.sel(start="default").mean("seed")
        measured = (dependent.sel(layer=last) / dependent.sel(layer=5)) ** (1 / (last - 5))
        text = "default: one deep layer multiplies the share that depends on the example by"
        yield Claim("dependent_rate", text, measured=measured, expected=1 / 6, tolerance=0.02)
    text = f"default: share of the signal that depends on the example in layer {last}"
    yield Claim(
        "dependent", text, measured=data.dependent.sel(start="default", layer=last).mean(), high=0.01
    )


# %%
figure = Figure(
    title="Half the units dead, by default",
    caption="Untrained ReLU nets of width {{ width }}, {{ seeds }} for each initialization, on all 1197 training digits. “Default” "
    "is that of PyTorch and Equinox: weights and biases uniform within ±1/√n. Above: share of the units "
    "that are zero on every example; shaded, for two of the four, 95 % of the nets. Below: variance of the pre-activations over "
    "examples, relative to their mean square. Marks: mean over nets; dashed: theory for wide nets.",
    alt="Two panels against the layer, 1 to 10. Above, the share of dead units under the default initialization "
    "rises steeply from layer 3 to about one half from layer 7 on, while with zero biases, with He weights, and with "
    "both it grows slowly to about one tenth. Below, the share of the signal that depends on the example falls "
    "by a factor of about six per layer under the default, and slowly for the others. Dashed theory runs through the marks.",
    sources=("cho2009", "he2015", "pytorch_linear"),
    questions=(6, 5),
    ranges={"depth": (6, 12), "width": (48, 256), "seeds": (64, 1000)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.2,
)
figure
