# %% [markdown]
# # How negative a bias kills a unit
#
# Units of one layer have He weights and standard normal inputs. Their bias is pushed down. A unit is
# dead if it is negative on all K examples; being negative on one of them is normal. Given the weights,
# the pre-activations are independent normal numbers, so that the probability is Φ(−b/‖w‖) to the
# power K, averaged over the weights.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments import dead_units
from dlfigs.plot import marks


# %%
def compute(key, *, inputs=64, examples=(1, 10, 100, 1000), units=200, seeds=100):
    """Share of the units that are off on all examples; dims (examples, seed, shift)."""
    data = dead_units.largest_preactivations(
        key, inputs=inputs, examples=examples, units=units, seeds=seeds
    )
    lowered = np.linspace(0, 8, 33)
    off = np.stack([(data.largest <= b).mean("unit") for b in lowered], axis=-1)
    exact = [theory.dead_by_bias(-lowered, inputs=inputs, examples=n) for n in examples]
    return dataset(
        {
            "examples": (data.examples.values, "number of examples"),
            "seed": seeds,
            "lowered": (lowered, "how far the bias is lowered"),
        },
        attrs={"inputs": inputs},
        off=("examples seed lowered", off, "share of units off on all examples"),
        theory=("examples lowered", exact, "probability, theory"),
    )


# %%
def draw(fig, data):
    ax = fig.subplots()
    for i, n in enumerate(data.examples.values):
        one = data.sel(examples=n)
        marks.band(ax, data.lowered, one.off_low, one.off_high, f"C{i}")
        ax.plot(data.lowered, one.off_mean, "o", color=f"C{i}", markersize=3.6)
        marks.theory(ax, data.lowered, one.theory)
        height = 0.7 if n == 1 else 0.25
        beside = np.interp(height, one.theory, data.lowered) + 0.25
        text = "1 example" if n == 1 else f"{n:,} examples" if i == len(data.examples) - 1 else f"{n:,}"
        marks.note(ax, beside, height, text, color=f"C{i}", va="center")
    ax.set(xlim=(-0.1, float(data.lowered[-1])), ylim=(-0.02, 1.02), xticks=np.arange(0, 9, 2))
    ax.set(xlabel="how far the bias is lowered, −b", ylabel="share of units off\non all examples")


def summarize(data):
    """Mean over seeds, for it is what theory is about, and where the seeds lie."""
    off = data.off
    drawn = data[["theory"]].assign(off_mean=off.mean("seed").assign_attrs(off.attrs))
    for end, quantile in (("low", 0.025), ("high", 0.975)):
        text = f"{100 * quantile:g} % quantile over seeds"
        part = off.quantile(quantile, dim="seed").drop_vars("quantile")
        drawn[f"off_{end}"] = part.assign_attrs(off.attrs | {"long_name": text})
    return drawn


# %%
def claims(data):
    mean = data.off.mean("seed")
    # Units of one seed share its examples: the seeds are independent, the units are not
    error = summary.standard_error(data.off)
    for n in data.examples.values:
        here = (data.theory > 0.02) & (data.theory < 0.98)
        off = (abs(mean - data.theory) / error).where(here).sel(examples=n).max()
        text = f"K = {n}: largest deviation from theory over biases, in standard errors"
        yield Claim(f"examples_{n}_deviation", text, measured=off, high=4.5)
    for n in data.examples.values:
        at = {"examples": n, "lowered": 4.0}
        e = float(error.sel(at))
        text = f"K = {n}: share of units off on all K examples with the bias at −4"
        limits = {"expected": data.theory.sel(at), "tolerance": max(4.5 * e, 1e-3), "standard_error": e}
        yield Claim(f"examples_{n}", text, measured=mean.sel(at), **limits)
        for name in [name for name, i in (("fewest", 0), ("most", -1)) if n == data.examples[i]]:
            yield Claim(name, f"The {name} examples: the same share", measured=mean.sel(at), **limits)
    at = {"examples": data.examples.values[0], "lowered": 0.0}
    if at["examples"] == 1:
        e = float(error.sel(at))
        text = "Share of units that are negative on a given example without a bias"
        limits = {"expected": 0.5, "tolerance": 4.5 * e, "standard_error": e}
        yield Claim("negative_on_one", text, measured=mean.sel(at), **limits)


# %%
figure = Figure(
    title="How negative a bias kills a unit",
    caption="Share of units with {{ inputs }} standard normal inputs and He weights that are off (zero or less) on all "
    "examples, when their bias b is lowered; the number of examples stands beside each curve. Without a bias the root mean "
    "square of a pre-activation is √2. Dots: mean over {{ seeds }} sets of examples with {{ units }} units each; shaded: "
    "95 % of the sets; dashed: theory.",
    alt="Four rising curves of the share of units that are off on all examples, against how far the bias is "
    "lowered. For a single example it starts halfway up, for many "
    "at zero. Each rises to 1, the further right the more examples there are: with a bias of −4 the share is {{ fewest:.2f}} for "
    "the fewest examples and {{ most:.2f}} for the most. Measured dots lie on the dashed theory.",
    sources=("he2015",),
    questions=(6,),
    ranges={"inputs": (4, 512), "examples": (1, 2000), "units": (20, 2000), "seeds": (20, 1000)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"inputs": (4, 16, 64)},
)
figure
