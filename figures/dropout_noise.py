# %% [markdown]
# # What the noise of dropout costs
#
# Three prices. Training takes more steps to the same loss. The gradient of one example varies with
# the mask, by an amount known in closed form for a linear model. And who wants the mean of many masks
# at test time must pay a pass for each.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES as DATA_SETS
from dlfigs.datasets import diabetes
from dlfigs.experiments.dropout_training import dropout_digits
from dlfigs.experiments.regularization import dropout_gradients, monte_carlo_dropout
from dlfigs.plot import marks, slides
from dlfigs.plot.meaning import color_of

COLORS = {"without": color_of("without"), "with": color_of("dropout")}
TARGETS = {"train": 0.2, "validation": 0.25}  # losses that both nets reach, in nats
RATES = (0.1, 0.3, 0.5, 0.7, 0.8)
MARGIN = 0.1  # of a logarithm: steps that differ by less than a tenth count as equally many


# %%
def compute(
    key,
    *,
    rates=RATES,
    examples=1000,
    width=96,
    rate=0.1,
    steps=500,
    data_set="digits",
    seeds=10,
    masks=32,
    sets=64,
    nets=256,
):
    """Losses while training, gradients of a linear model, and averages of passes with dropout."""
    key_train, key_gradients, key_passes = jax.random.split(key, 3)
    trained = dropout_digits(
        key_train,
        sizes=(examples,),
        noises=(0.0,),
        input_drop=0.2,
        hidden_drop=0.5,
        width=width,
        rate=rate,
        steps=steps // 10 * 10,
        batch=32,
        seeds=seeds,
        checks=steps // 10,
        data_set=data_set,
    ).isel(size=0, noise=0, drop=True)
    losses = trained[[f"{name}_loss" for name in TARGETS]].rename(seed="run")
    x, y, _ = diabetes()
    x = x / x.std(axis=0)
    noise = dropout_gradients(key_gradients, x, y, rates=rates, masks=masks, seeds=sets)
    noise = noise.rename(variance="gradient_variance", examples="example_variance")
    passes = monte_carlo_dropout(key_passes, rates=rates, passes=256, hidden=64, outputs=16, seeds=nets)
    passes = passes.rename(variance="pass_variance", error="pass_error", seed="net")
    return losses.merge(noise).merge(passes)


# %%
def expected_noise(data, rate):
    """Variance of the gradient over masks in closed form, summed over the weights."""
    x, y, _ = diabetes()
    _, variance = theory.dropout_gradient(x / x.std(axis=0), data.weights.values, y, rate)
    return variance.mean(axis=0).sum()


def steps_to(data, name, target):
    """First step at which the loss is at most the target; dims (dropout, run), nan where none is."""
    return data.step.where(data[f"{name}_loss"] <= target).min("step")


def verdicts(data):
    for name, words in (("train", "training"), ("validation", "validation")):
        # Targets that fit one data set are never reached on another; this one all nets reach
        target = data[f"{name}_loss"].min("step").max()
        logs = np.log(steps_to(data, name, target)).rename(run="seed")
        found = summary.verdict(logs.sel(dropout="without") - logs.sel(dropout="with"), margin=MARGIN)
        text = f"log of steps to the lowest {words} loss that all nets reach: without minus with dropout"
        yield f"{name}_steps", text, found


def summarize(data):
    curve = np.linspace(0.02, 0.9, 45)
    drawn = dataset(
        {"rate_theory": (curve, "drop rate")},
        noise_theory=(
            "rate_theory",
            [expected_noise(data, rate) / float(data.example_variance) for rate in curve],
            "variance over masks, in units of that over examples, theory",
        ),
    )
    relative = (data.gradient_variance / data.example_variance).rename("noise")
    text = "variance of the gradient over masks, in units of that over examples"
    drawn = drawn.merge(summary.interval(relative.assign_attrs(long_name=text, units="1")))
    for name in TARGETS:
        drawn = drawn.merge(summary.interval(data[f"{name}_loss"], dim="run"))
    rms = np.sqrt(data.pass_error.mean("net"))
    text = "distance of the mean over passes from the pass without dropout, root mean square"
    drawn["pass_rms"] = rms.assign_attrs(long_name=text, units="1")
    spread = np.sqrt(theory.dropout_variance(data.rate) / data["count"])
    drawn["pass_theory"] = spread.assign_attrs(long_name="distance, theory", units="1")
    return drawn


# %%
def draw(fig, data):
    top, middle, bottom = slides.stack(fig, 3, height_ratios=(4, 3, 3))
    ends = []
    for net, color in COLORS.items():
        for name, style in (("train", ":"), ("validation", "-")):
            one = data.sel(dropout=net)
            if name == "validation":
                marks.band(top, one.step, one[f"{name}_loss_low"], one[f"{name}_loss_high"], color)
            top.plot(one.step, one[f"{name}_loss_median"], color=color, ls=style)
            ends.append(
                (
                    float(one[f"{name}_loss_median"][-1]),
                    f"{name.replace('train', 'training')}, {net}",
                    color,
                )
            )
    marks.reference(top, y=TARGETS["validation"])
    top.set(yscale="log", xlim=(0, data.step[-1]), xlabel="step", ylabel="loss (nats)")
    marks.label_ends(top, ends, gap=0.09)
    marks.theory(middle, data.rate_theory, data.noise_theory)
    marks.points(middle, data, "noise", "rate", "C2")
    marks.reference(middle, y=1)
    middle.set(yscale="log", xlim=(0, 0.9), xlabel="drop rate p", ylabel="gradient variance")
    marks.label_ends(middle, [(1, "over examples", marks.MUTED)], gap=0.1)
    rates = [data.rate.values[i] for i in dict.fromkeys((0, len(data.rate) // 2, len(data.rate) - 1))]
    for rate, color in zip(rates, ("C2", "C4", "C5"), strict=False):
        one = data.sel(rate=rate)
        bottom.plot(one["count"], one.pass_rms, "o", color=color, ms=4, zorder=5)
        marks.theory(bottom, one["count"], one.pass_theory)
    bottom.set(xscale="log", yscale="log", xlabel="passes averaged", ylabel="error of the mean")
    bottom.set_xticks([1, 4, 16, 64, 256], ["1", "4", "16", "64", "256"], minor=False)
    bottom.set_xticks([], minor=True)
    ends = [
        (float(data.pass_theory.sel(rate=r)[-1]), f"p = {r:g}", c)
        for r, c in zip(rates, ("C2", "C4", "C5"))
    ]
    marks.label_ends(bottom, ends, gap=0.12)


# %%
def claims(data):
    for name, limits in (("train", {"low": 2}), ("validation", {"low": 1.5})):
        reached = steps_to(data, name, TARGETS[name])
        ratio = np.log(reached.sel(dropout="with") / reached.sel(dropout="without"))
        error = np.exp(ratio.mean()) * summary.standard_error(ratio, "run")
        words = {"train": "training", "validation": "validation"}[name]
        text = f"Steps to a {words} loss of {TARGETS[name]} with dropout over those without, geometric mean"
        yield Claim(
            f"{name}_steps", text, measured=np.exp(ratio.mean(skipna=False)), standard_error=error, **limits
        )
    sets, nets = data.sizes["seed"], data.sizes["net"]
    expected = [expected_noise(data, rate) for rate in data.rate.values]
    worst = summary.largest_deviation(data.gradient_variance, data.gradient_variance[0].copy(data=expected))
    text = "Variance of the gradient: the rate furthest from theory is off by so many standard errors"
    yield Claim("gradient_worst", text, measured=worst, high=summary.chance_limit(len(expected), sets))
    for rate, theoretical in zip(data.rate.values, expected):
        name = f"gradient_{rate:g}".replace(".", "_")
        one = data.gradient_variance.sel(rate=rate) / data.example_variance
        value = theoretical / float(data.example_variance)
        text = f"p = {rate:g}: variance of the gradient over masks, in units of that over examples"
        yield Claim(name, text, **summary.mean(one), expected=value, tolerance=0.02 * value)
        one, value = data.pass_variance.sel(rate=rate), theory.dropout_variance(rate)
        text = f"p = {rate:g}: variance over passes with dropout, in units of Σh²w²"
        error = summary.standard_error(one, "net")
        limits = {"expected": value, "tolerance": 0.02 * value, "standard_error": error}
        yield Claim(f"passes_{rate:g}".replace(".", "_"), text, measured=one.mean(), **limits)
    wanted = theory.dropout_variance(data.rate) / data["count"]
    worst = summary.largest_deviation(data.pass_error, wanted, dim="net")
    text = "Squared error of the mean over passes: the place furthest from theory is off by so many standard errors"
    limit = summary.chance_limit(wanted.size, nets)
    yield Claim("passes_worst", text, measured=worst, high=limit)


# %%
figure = Figure(
    title="What the noise of dropout costs",
    caption="Top: loss of nets trained on {{ examples }} examples of {{ data_set }} by SGD (batch 32, rate {{ rate }}), measured without dropout; medians over {{ seeds }} paired seeds, "
    "shaded: the central 95 % for validation examples. Gray line: the target; losses are measured every 10 steps. Middle: how much the gradient of one example varies over masks in a linear "
    "model of the diabetes data, in units of its variance over examples; dots: {{ sets }} sets of masks, "
    "bars the central 95 %, dashes theory. Bottom: mean over passes with dropout in {{ nets }} "
    "random nets with one hidden layer, root mean square error in units of √Σh²w²; dashes: the root of p/(1 − p) over the number of passes.",
    alt="Top: loss against training steps, log axis. With dropout, training and validation loss fall more "
    "slowly. Middle: variance of the gradient over masks rises steeply with the drop rate, along the "
    "dashed theory. Bottom, both axes logarithmic: the error of the mean over passes falls as one over "
    "the square root of their number, on the dashed theory, and is larger for higher drop rates.",
    sources=("srivastava2014", "gal2016b"),
    questions=(19,),
    ranges={
        "rates": (0.02, 0.9),
        "examples": (50, 1197),
        "width": (8, 512),
        "rate": (0.001, 1.0),
        "steps": (20, 5000),
        "data_set": DATA_SETS,
        "seeds": (10, 100),
        "masks": (2, 1024),
        "sets": (4, 1024),
        "nets": (4, 4096),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary={
        "steps": (500, 1500),
        "width": (96, 48),
        "rate": (0.1, 0.03),
        "examples": (1000, 300),
        "data_set": DATA_SETS,
    },
    height=7.2,
)
figure
