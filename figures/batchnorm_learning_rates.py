# %% [markdown]
# # Batch normalization widens the range of learning rates
#
# Nets with six hidden layers are trained on digits at many learning rates, with and without batch
# normalization before each activation. What is compared: the rates at which a net trains at all, how many
# steps it takes to reach a loss, and how accurate it is when it has its best rate.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.experiments.normalization_sweeps import learning_rates
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of, percent

LEVEL, WINDOW = 0.5, 10  # nats; minibatches over which the loss is averaged
TRAINS = 0.8  # validation accuracy of a net that counts as trained
LINES = {
    ("relu", "batch"): ("ReLU,\nbatch norm", color_of("batch norm")),
    ("relu", "none"): ("ReLU", color_of("without")),
    ("sigmoid", "batch"): ("○ sigmoid,\nbatch norm", color_of("batch norm")),
    ("sigmoid", "none"): ("○ sigmoid", color_of("without")),
}


# %%
def compute(
    key, *, rates=(0.003, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2), depth=6, steps=150, longer=400, seeds=10
):
    """Accuracies and steps to a loss; dims (activation, normalization, rate, seed)."""
    sizes = {"depth": depth, "width": 32, "batch": 32, "level": LEVEL, "window": WINDOW}
    return learning_rates(key, rates=rates, steps=steps, longer=longer, seeds=seeds, **sizes)


# %%
def summarize(data):
    return summary.over_seeds(data[["test_accuracy", "steps_to_level"]])


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    names = {"test_accuracy": top, "steps_to_level": bottom}
    for (activation, normalization), (_, color) in LINES.items():
        one = data.sel(activation=activation, normalization=normalization)
        for name, ax in names.items():
            marks.band(ax, data.rate, one[f"{name}_low"], one[f"{name}_high"], color)
            fill = "white" if activation == "sigmoid" else color
            ax.plot(data.rate, one[f"{name}_median"], "o-", color=color, mfc=fill)
    marks.reference(top, y=0.1)
    marks.note(top, float(data.rate[0]), 0.115, "chance")
    top.set(ylim=(0, 1.02), ylabel="test accuracy", xscale="log")
    percent(top)
    most = float(data.steps_to_level_high.max())
    marks.note(bottom, float(data.rate[0]), 1.04 * most, "not reached")
    bottom.set(xlabel="learning rate", ylabel=f"steps to loss {LEVEL}", ylim=(0, 1.25 * most))
    bottom.set_xticks(data.rate.values, [f"{rate:g}" for rate in data.rate.values])
    bottom.minorticks_off()
    last = data.test_accuracy_median.isel(rate=-1)
    ends = [
        (float(last.sel(activation=a, normalization=n)), text, color)
        for (a, n), (text, color) in LINES.items()
    ]
    marks.label_ends(top, ends)


# %%
def claims(data):
    relu, sigmoid = data.sel(activation="relu"), data.sel(activation="sigmoid")
    largest = data.rate.where(data.validation_accuracy >= TRAINS).max("rate")
    without, normalized = (largest.sel(activation="relu", normalization=n) for n in ("none", "batch"))
    ratio = np.log(normalized / without)
    for name, values, limits in (("none", without, {"high": 0.5}), ("batch", normalized, {"low": 1})):
        text = f"ReLU, {name}: largest rate that trains, geometric mean over seeds"
        yield Claim(f"largest_{name}", text, measured=np.exp(np.log(values).mean()), **limits)
    text = "ReLU: largest rate that trains, with over without, geometric mean"
    yield Claim("rate_ratio", text, **summary.geometric_mean(ratio), low=2)
    text = "ReLU: smallest rate, validation accuracy with minus without, paired"
    accuracy = relu.validation_accuracy
    gain = accuracy.sel(normalization="batch") - accuracy.sel(normalization="none")
    yield Claim("small_rate", text, **summary.mean(gain.isel(rate=0)), high=0.03)
    steps = relu.steps_to_level.isel(rate=relu.steps_to_level.mean("seed").argmin("rate"))
    for name, limits in (("none", {"low": 45}), ("batch", {"high": 60})):
        text = f"ReLU, {name}: steps to loss {LEVEL} at the fastest rate, mean"
        yield Claim(f"steps_{name}", text, **summary.mean(steps.sel(normalization=name)), **limits)
    share = np.log(steps.sel(normalization="batch") / steps.sel(normalization="none"))
    text = f"ReLU: steps to loss {LEVEL}, each at its fastest rate, with over without, geometric mean"
    yield Claim("steps_ratio", text, **summary.geometric_mean(share), high=0.95)
    best = relu.validation_accuracy.mean("seed").argmax("rate")
    at_best = relu.test_accuracy.isel(rate=best)
    for name, values, limits in (
        ("gain", at_best, {"low": -0.01, "high": 0.05}),
        ("longer_gain", data.longer_accuracy, {"low": -0.01, "high": 0.025}),
    ):
        text = f"ReLU, best rate, {name.replace('_', ' ')} in test accuracy, paired"
        difference = values.sel(normalization="batch") - values.sel(normalization="none")
        yield Claim(name, text, **summary.mean(difference), **limits)
        mean, _, half = summary.mean_interval(difference)
        for end, value in (("lower", mean - half), ("upper", mean + half)):
            yield Claim(
                f"{name}_{end}",
                f"{text}: {end} end of the 95 % interval",
                measured=value,
                low=-0.03,
                high=0.08,
            )
    for name in ("none", "batch"):
        for words, accuracies in (("best", at_best), ("longer", data.longer_accuracy)):
            text = f"ReLU, {name}, {'longer training' if words == 'longer' else 'best rate'}: test accuracy"
            accuracy = summary.mean(accuracies.sel(normalization=name))
            yield Claim(f"{words}_{name}", text, **accuracy, low=0.9)
    highest = sigmoid.validation_accuracy.mean("seed").max("rate")
    text = "sigmoid: highest validation accuracy of any rate, averaged over seeds"
    yield Claim("sigmoid_none", text, measured=highest.sel(normalization="none"), high=0.15)
    yield Claim("sigmoid_batch", f"{text}, batch", measured=highest.sel(normalization="batch"), low=0.9)


# %%
figure = Figure(
    title="In nets of {{ depth }} layers, batch normalization widens the range of learning rates",
    caption="Nets with {{ depth }} hidden layers of 32 units, trained on digits for {{ steps }} steps of SGD with batches "
    "of 32, with and without batch normalization (evaluated with moving averages). Top: test accuracy. "
    "Bottom: steps until the mean loss of the last ten minibatches is below 0.5 nats; {{ steps }} if that never happens. Hollow: sigmoid. Lines: "
    "median over {{ seeds }} seeds; shaded: 95 % of the seeds.",
    alt="Two panels against the learning rate on a log axis. Top, test accuracy: ReLU without batch normalization rises "
    "and then falls to chance at rates above {{ largest_none:.1g}}; with it, accuracy is as high and stays high up to "
    "a rate of {{ largest_batch:.1f}}. Sigmoid without it is at chance at all rates; with it, it trains. Bottom: steps to the "
    "target loss, fewer with batch normalization at large rates.",
    sources=("ioffe2015", "santurkar2018"),
    questions=(12, 11),
    ranges={
        "rates": (1e-4, 30.0),
        "depth": (2, 16),
        "steps": (10, 1000),
        "longer": (10, 2000),
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.2,
)
figure
