# %% [markdown]
# # Batch normalization widens the range of learning rates
#
# Nets with six hidden layers are trained on digits at many learning rates, with and without batch
# normalization before each activation. What is compared: the rates at which a net trains at all, how many
# steps it takes to reach a loss, and how accurate it is when it has its best rate. More steps, other depths
# and other data are in the table of verdicts.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.choices import choose
from dlfigs.datasets import NAMES
from dlfigs.experiments.normalization_sweeps import learning_rates
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of, percent

# By data set: the loss to be reached, in nats, and the validation accuracy of a net that counts as trained
LEVELS, TRAINS = {"digits": 0.5, "MNIST-1D": 1.7}, {"digits": 0.8, "MNIST-1D": 0.25}
WINDOW = 10  # minibatches over which the loss is averaged
MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none
TENTH = np.log2(1.1)  # a tenth more steps, in doublings: fewer count as none
LINES = {
    ("relu", "batch"): ("ReLU,\nbatch norm", color_of("batch norm")),
    ("relu", "none"): ("ReLU", color_of("without")),
    ("sigmoid", "batch"): ("○ sigmoid,\nbatch norm", color_of("batch norm")),
    ("sigmoid", "none"): ("○ sigmoid", color_of("without")),
}


# %%
def compute(
    key,
    *,
    rates=(0.01, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4),
    depth=6,
    width=32,
    steps=150,
    longer=400,
    longer_rates=(0.05, 0.1, 0.2, 0.4),
    data_set="digits",
    seeds=10,
):
    """Accuracies and steps to a loss; dims (activation, normalization, rate, seed)."""
    level, trains = LEVELS[data_set], TRAINS[data_set]
    lengths = {"steps": steps, "longer": longer, "longer_rates": longer_rates}
    sizes = {"depth": depth, "width": width, "batch": 32, "level": level, "window": WINDOW, "seeds": seeds}
    data = learning_rates(key, rates=rates, data_set=data_set, **lengths, **sizes)
    best, fastest = choices(data)
    data = data.assign(best.variables("best", "learning rates"))
    data = data.assign(fastest.variables("fastest", "learning rates to reach the loss with"))
    return data.assign_attrs(steps=steps, level=level, trains=trains, data_set=data_set)


# %%
def choices(data):
    """Rates with the highest validation accuracy, and rates that reach the loss in the fewest steps."""
    return choose(data.validation_accuracy, "rate"), choose(-data.steps_to_level, "rate")


def over_plain(values):
    """Paired differences, with batch normalization minus without."""
    return values.sel(normalization="batch", drop=True) - values.sel(normalization="none", drop=True)


def largest_rates(data):
    """Largest rate at which a ReLU net trains, dims (normalization, seed); the smallest of all where none does."""
    relu = data.validation_accuracy.sel(activation="relu", drop=True)
    largest = data.rate.where(relu >= data.attrs["trains"]).max("rate")
    return largest.fillna(float(data.rate.min()))


def fewest_steps(data):
    """Steps of ReLU nets to the loss at each one's fastest rate, dims (normalization, seed)."""
    return data.steps_to_level.isel(rate=choices(data)[1].index).sel(activation="relu", drop=True)


def verdicts(data):
    steps, most = fewest_steps(data), data.attrs["steps"]
    one = summary.verdict(over_plain(np.log2(largest_rates(data))))
    yield "wider", "ReLU: largest rate that trains, with over without, doublings", one
    # A plain net that does not get there counts as getting there with the last step: that favors it
    if (steps.sel(normalization="batch") < most).all():
        one = summary.verdict(-over_plain(np.log2(steps)), margin=TENTH)
        yield "fewer", "ReLU: steps to the loss at the fastest rate, without over with, doublings", one
    at = data.steps_to_level.sel(activation="relu", drop=True)
    if 0.1 in data.rate and (at.sel(rate=0.1) < most).all():
        one = summary.verdict(-over_plain(np.log2(at.sel(rate=0.1))), margin=TENTH)
        yield "fewer_at_0_1", "ReLU: steps to the loss at rate 0.1, without over with, doublings", one
    accuracy = 100 * data.test_accuracy.isel(rate=choices(data)[0].index)
    one = summary.verdict(over_plain(accuracy.sel(activation="relu", drop=True)), margin=MARGIN)
    yield "gain", "ReLU: test accuracy at the best rate, with minus without, points", one
    one = summary.verdict(over_plain(100 * data.longer_accuracy), margin=MARGIN)
    yield "longer_gain", "ReLU, longer training: the same", one
    small = 100 * data.validation_accuracy.sel(activation="relu", drop=True).isel(rate=0)
    one = summary.verdict(over_plain(small), margin=MARGIN)
    yield "small_rate", "ReLU, smallest rate: validation accuracy, with minus without, points", one
    one = summary.verdict(over_plain(accuracy.sel(activation="sigmoid", drop=True)), margin=MARGIN)
    yield "sigmoid", "sigmoid: test accuracy at the best rate, with minus without, points", one


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
    bottom.set(xlabel="learning rate", ylabel=f"steps to loss {data.attrs['level']}", ylim=(0, 1.25 * most))
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
    digits, level = data.attrs["data_set"] == "digits", data.attrs["level"]

    def known(**limits):  # of digits; what other data do is in the table of verdicts
        return limits if digits else dict.fromkeys(limits, None) | {"low": -100}

    text = "Loss to be reached, in nats, less than that of guessing"
    yield Claim("level", text, measured=level, low=0, high=np.log(10))
    text = "Validation accuracy of a net that counts as trained, more than that of guessing"
    yield Claim("trains", text, measured=data.attrs["trains"], low=0.1, high=1)
    largest, relu = largest_rates(data), data.sel(activation="relu")
    for name in ("none", "batch"):
        limits = known(**({"high": 0.5} if name == "none" else {"low": 1}))
        text = f"ReLU, {name}: largest rate that trains, geometric mean over seeds"
        values = np.log(largest.sel(normalization=name))
        yield Claim(f"largest_{name}", text, measured=np.exp(values.mean()), **limits)
    last = (relu.validation_accuracy.isel(rate=-1) >= data.attrs["trains"]).mean()
    text = "ReLU: share of the nets that still train at the largest rate of all, with which the list ends"
    yield Claim("beyond_list", text, measured=last, high=0)
    text = "ReLU: largest rate that trains, with over without, geometric mean"
    yield Claim("rate_ratio", text, **summary.geometric_mean(over_plain(np.log(largest))), **known(low=2))
    text = "ReLU: smallest rate, validation accuracy with minus without, points, paired"
    small = over_plain(100 * relu.validation_accuracy.isel(rate=0))
    yield Claim("small_rate", text, **summary.mean(small), **known(high=3))
    steps = fewest_steps(data)
    for name, limits in (("none", {"low": 45}), ("batch", {"high": 60})):
        text = f"ReLU, {name}: steps to loss {level} at the fastest rate, mean"
        yield Claim(f"steps_{name}", text, **summary.mean(steps.sel(normalization=name)), **known(**limits))
    text = f"ReLU: steps to loss {level}, each at its fastest rate, with over without, geometric mean"
    share = summary.geometric_mean(over_plain(np.log(steps)))
    yield Claim("steps_ratio", text, **share, **known(high=0.95))
    accuracy = data.test_accuracy.isel(rate=choices(data)[0].index)
    at_best, longer = accuracy.sel(activation="relu"), data.longer_accuracy
    for name, values, limits in (
        ("gain", at_best, {"low": -1, "high": 5}),
        ("longer_gain", longer, {"low": -1, "high": 2.5}),
    ):
        text = f"ReLU, best rate, {name.replace('_', ' ')} in test accuracy, points, paired"
        difference = over_plain(100 * values)
        yield Claim(name, text, **summary.mean(difference), **known(**limits))
        mean, _, half = summary.mean_interval(difference)
        for end, value in (("lower", mean - half), ("upper", mean + half)):
            words = f"{text}: {end} end of the 95 % interval"
            yield Claim(f"{name}_{end}", words, measured=value, **known(low=-3, high=8))
    for name in ("none", "batch"):
        for words, values in (("best", at_best), ("longer", longer)):
            text = f"ReLU, {name}, {'longer training' if words == 'longer' else 'best rate'}: test accuracy"
            found = summary.mean(values.sel(normalization=name))
            yield Claim(f"{words}_{name}", text, **found, **known(low=0.9))
    highest = data.validation_accuracy.sel(activation="sigmoid").mean("seed").max("rate")
    text = "sigmoid: highest validation accuracy of any rate, averaged over seeds"
    for name, words, limits in (("none", "", {"high": 0.15}), ("batch", ", batch", {"low": 0.9})):
        found = highest.sel(normalization=name)
        yield Claim(f"sigmoid_{name}", f"{text}{words}", measured=found, **known(**limits))
    for name in ("best", "fastest", "longer_rate"):
        # Sigmoid nets without normalization are at chance at every rate: nothing can be chosen
        one = data if name == "longer_rate" else data.sel(activation="relu")
        yield summary.choice_claim(one, name)


# %%
figure = Figure(
    title="In nets of {{ depth }} layers, batch normalization widens the range of learning rates",
    caption="Nets with {{ depth }} hidden layers of {{ width }} units, trained on {{ data_set }} for {{ steps }} steps of SGD with batches "
    "of 32, with and without batch normalization (evaluated with moving averages). Top: test accuracy. "
    "Bottom: steps until the mean loss of the last ten minibatches is below {{ level }} nats; {{ steps }} if that never happens. Hollow: sigmoid. Lines: "
    "median over {{ seeds }} seeds; shaded: 95 % of the seeds.",
    alt="Two panels against the learning rate on a log axis. Top, test accuracy: ReLU without batch normalization rises "
    "and then falls, to chance in the end; the largest rate that trains is {{ largest_none:.2g}} on average, with batch normalization "
    "{{ largest_batch:.2g}}. With sigmoids the best validation accuracy is {{ sigmoid_none:.0%}} without it and {{ sigmoid_batch:.0%}} with it. Bottom: steps to the "
    "target loss, fewer with batch normalization at large rates.",
    sources=("ioffe2015", "santurkar2018"),
    questions=(12, 11),
    ranges={
        "rates": (1e-4, 30.0),
        "depth": (2, 16),
        "width": (8, 256),
        "steps": (10, 1000),
        "longer": (10, 2000),
        "longer_rates": (1e-4, 30.0),
        "data_set": NAMES,
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 400, "longer": 1200},
        {"depth": 2},
        {"depth": 12},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 400, "longer": 1200},
    ),
    height=5.2,
)
figure
