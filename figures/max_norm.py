# %% [markdown]
# # Max-norm: a limit, not a pull
#
# After each update, the weights into each hidden unit are scaled back to norm c if they are longer.
# Units below the limit are left alone; L2 pulls on all of them. The nets are trained on few examples,
# some of them with wrong labels. More steps, right labels and other data are in the table of verdicts.

# %%
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary
from dlfigs.choices import choose
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES
from dlfigs.experiments.regularized_training import Regularizer, train_regularized
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

LIMITS = (0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0, 1.4, 2.0)
LOOSE = 1.4  # near the norm at the start: some units are at this limit and some are not

MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none
LENGTH = np.log2(1.02)  # 2 % in doublings: smaller differences of norms count as none


# %%
def compute(
    key,
    *,
    examples=200,
    width=96,
    steps=300,
    batch=32,
    rate=0.01,
    noise=0.2,
    l2=0.01,
    data_set="digits",
    seeds=10,
):
    """Norms and accuracies with no limit, under L2, and with each limit; dims (net, seed, ...)."""
    regularizers = [Regularizer(), Regularizer(l2=l2), *(Regularizer(max_norm=c) for c in LIMITS)]
    data = train_regularized(
        key,
        regularizers=regularizers,
        noises=(noise,),
        examples=examples,
        width=width,
        steps=steps,
        batch=batch,
        rate=rate,
        seeds=seeds,
        every=steps // 10,
        data_set=data_set,
    ).isel(noise=0, drop=True)
    data = data.assign_coords(regularizer=["none", "L2", *map(str, LIMITS)])
    last = data.isel(step=-1, drop=True)
    names = ("train_accuracy", "validation_accuracy", "test_accuracy")
    kept = {name: (100 * last[name]).assign_attrs(data[name].attrs, units="%") for name in names}
    largest = data.norm.max(["step", "unit"])
    largest = largest.assign_attrs(long_name="largest norm at any measured time", units="1")
    data = last[["norm"]].assign(**kept, largest=largest)
    choice = best_limit(data).variables("limit", "limits")
    return data.assign(choice).assign_attrs(noise=noise, data_set=data_set)


# %%
def best_limit(data):
    """Return the choice of the limit with the highest validation accuracy, averaged over seeds."""
    validation = data.validation_accuracy.sel(regularizer=[str(c) for c in LIMITS])
    by_limit = validation.rename(regularizer="limit").assign_coords(limit=list(LIMITS))
    return choose(by_limit, "limit")


def verdicts(data):
    best, plain = str(float(best_limit(data).value)), data.sel(regularizer="none", drop=True)
    for name, limit, words in (
        ("best", best, "best limit"),
        ("tight", "0.1", "limit 0.1"),
        ("idle", "2.0", "limit 2"),
    ):
        gain = data.test_accuracy.sel(regularizer=limit) - plain.test_accuracy
        text = f"test accuracy, {words} minus none, points"
        yield f"gain_{name}", text, summary.verdict(gain, margin=MARGIN)
    fit = data.train_accuracy.sel(regularizer=best) - plain.train_accuracy
    text = "accuracy on the training labels, best limit minus none, points"
    yield "fit", text, summary.verdict(fit, margin=MARGIN)
    short = np.log2(data.norm.quantile(0.1, dim="unit"))
    for name, limit, words in (("loose", str(LOOSE), f"limit {LOOSE}"), ("l2", "L2", "L2")):
        one = short.sel(regularizer=limit) - short.sel(regularizer="none")
        text = f"norm that a tenth of the units stay below, {words} over none, doublings"
        yield f"short_units_{name}", text, summary.verdict(one, margin=LENGTH)


def summarize(data):
    shares = np.linspace(0, 1, 61)
    shown = ["none", "L2", str(LOOSE)]
    norms = data.norm.sel(regularizer=shown).quantile(shares, dim=["seed", "unit"])
    limited = data.sel(regularizer=[str(c) for c in LIMITS])
    variables = {}
    for name in ("train_accuracy", "test_accuracy"):
        mean, _, half = summary.mean_interval(limited[name])
        text = data[name].long_name
        variables[name] = ("limit", mean, f"{text}, mean over seeds", "%")
        variables[f"{name}_half"] = ("limit", half, f"{text}, half the 95 % interval of that mean", "%")
        plain = data[name].sel(regularizer="none").mean("seed")
        variables[f"{name}_none"] = ("", plain, f"{text}, no limit, mean over seeds", "%")
    return dataset(
        {
            "share": (shares, "share of the units with smaller norms"),
            "net": (["no limit", "L2", f"c = {LOOSE}"], "regularizer"),
            "limit": (np.asarray(LIMITS), "limit c"),
        },
        attrs={"noise": data.attrs["noise"]},
        unit_norm=(
            "net share",
            norms.transpose("regularizer", ...),
            "norm of the weights into a hidden unit",
        ),
        **variables,
    )


# %%
def draw(fig, data):
    left, right = fig.subplots(1, 2)
    for net, color in zip(data.net.values, ("C5", color_of("L2"), "C0")):
        left.plot(data.unit_norm.sel(net=net), data.share, color=color)
    low, high = float(data.unit_norm.min()), float(data.unit_norm.max())
    left.set(ylim=(0, 1.02), xlim=(low - 0.05, high + 0.05))
    left.set(xlabel="norm of incoming weights", title="share of units below")
    places = {
        "L2": (0.62, "right", -0.03),
        f"c = {LOOSE}": (0.22, "left", 0.05),
        "no limit": (0.8, "left", 0.04),
    }
    for (net, (share, side, gap)), color in zip(places.items(), (color_of("L2"), "C0", "C5")):
        x = float(data.unit_norm.sel(net=net).sel(share=share, method="nearest"))
        left.text(x + gap, share, net, color=color, ha=side, va="center", fontsize=8.5)
    for name, color in (("train_accuracy", color_of("training")), ("test_accuracy", color_of("test"))):
        style = {"fmt": "o-", "ms": 4, "elinewidth": 1.4, "color": color}
        right.errorbar(data.limit, data[name], data[f"{name}_half"], **style)
    right.set(xscale="log", xlabel="limit c", title="accuracy (%)", ylim=(None, 103))
    right.set_xticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    right.minorticks_off()
    right_labels = 100 * (1 - data.attrs["noise"])
    marks.reference(right, y=right_labels)
    last = float(data.limit[-1])
    marks.note(right, 0.55, 99, "training labels", color=color_of("training"), ha="right", va="top")
    above = float(data.test_accuracy.max()) + 4
    marks.note(right, last, above, "test labels", color=color_of("test"), ha="right")


# %%
def claims(data):
    limits = xr.DataArray(list(LIMITS), dims="regularizer")
    excess = (
        data.largest.sel(regularizer=[str(c) for c in LIMITS]).drop_vars("regularizer") / limits
    ).max()
    text = "Largest norm of any unit at any measured time, in units of its limit, minus 1"
    yield Claim("excess", text, measured=excess - 1, high=1e-6)
    best, digits = str(float(best_limit(data).value)), data.attrs["data_set"] == "digits"

    def known(**limits):  # of digits; what other data do is in the table of verdicts
        return limits if digits else {"low": -100}

    for name, limit, bounds in (("loose", str(LOOSE), (0.4, 0.95)), ("best", best, (0.9, None))):
        at = data.norm.sel(regularizer=limit) > 0.999 * float(limit)
        text = f"c = {limit}: share of units that are at the limit after training"
        limits = known(low=bounds[0], high=bounds[1])
        yield Claim(f"at_limit_{name}", text, **summary.mean(at.mean("unit")), **limits)
    short = data.norm.quantile(0.1, dim="unit")
    for name, limit, bounds in (("loose", str(LOOSE), (0.98, 1.02)), ("l2", "L2", (None, 0.9))):
        text = f"{limit}: norm that a tenth of the units stay below, over the same with no limit"
        ratio = short.sel(regularizer=limit) / short.sel(regularizer="none")
        limits = known(low=bounds[0], high=bounds[1])
        yield Claim(f"short_{name}", text, **summary.mean(ratio), **limits)
    text = "Limit that is best on validation examples"
    yield Claim("best_limit", text, measured=float(best), **known(low=0.15, high=0.45))
    gain = data.test_accuracy - data.test_accuracy.sel(regularizer="none")
    claimed = {"best": (best, 4, None), "tight": ("0.1", None, -5), "idle": ("2.0", -0.5, 0.5)}
    for name, (limit, low, high) in claimed.items():
        text = f"c = {limit}: test accuracy minus that with no limit, percentage points, paired"
        found = summary.mean(gain.sel(regularizer=limit))
        yield Claim(f"gain_{name}", text, **found, **known(low=low, high=high))
    for limit in ("1.4", "0.7", "0.2", "0.1"):  # for the chapter's table
        name = limit.replace(".", "_")
        at = (data.norm.sel(regularizer=limit) > 0.999 * float(limit)).mean("unit")
        text = f"c = {limit}: share of units at the limit after training"
        yield Claim(f"at_{name}", text, **summary.mean(at), low=0, high=1)
        text = f"c = {limit}: accuracy on the training labels in %"
        yield Claim(
            f"fit_{name}", text, **summary.mean(data.train_accuracy.sel(regularizer=limit)), **known(low=30)
        )
        text = f"c = {limit}: gain in test accuracy over no limit, percentage points, paired"
        change = summary.mean(gain.sel(regularizer=limit))
        yield Claim(f"gain_{name}", text, **change, low=-40, high=20)
    for name, limit, low, high in (("none", "none", 99, None), ("best", best, None, 90)):
        text = f"{limit}: accuracy on the training labels in %"
        values = data.train_accuracy.sel(regularizer=limit)
        yield Claim(f"fit_{name}", text, **summary.mean(values), **known(low=low, high=high))
    yield summary.choice_claim(data, "limit")


# %%
figure = Figure(
    title="Max-norm is a limit, not a pull",
    caption="Left: norms of the weights into each hidden unit after training, as the share of units below each norm. "
    "Max-norm with c = 1.4 cuts the distribution off; L2, {{ l2 }} times the sum of squared weights, moves all of it. Right, log axis: "
    "accuracy on the training labels, of which a share of {{ noise }} is wrong, and on right test labels, against the "
    "limit. Dots: mean over {{ seeds }} nets trained on {{ examples }} examples of {{ data_set }} each, by {{ steps }} steps of SGD with momentum; bars: 95 % t-interval of that mean. "
    "Dotted: the share of training labels that are right.",
    alt="Two panels. Left: the cumulative distribution of unit norms is an S-shaped curve without a limit; with a limit "
    "of 1.4 it follows the same curve from below and then rises vertically to one at the limit; under L2 the whole "
    "curve is further left. Right: test accuracy changes by {{ gain_idle:+.1f}} points at a limit of 2, by {{ gain_best:+.1f}} at "
    "{{ best_limit:.2f}}, the best one on validation examples, and by {{ gain_tight:+.1f}} at 0.1; accuracy on the training labels, some of them wrong, "
    "falls from {{ fit_none:.0f}} to {{ fit_best:.0f}} percent at the best limit.",
    sources=("srivastava2014",),
    questions=(16, 18),
    ranges={
        "examples": (32, 1197),
        "width": (8, 256),
        "steps": (10, 2000),
        "batch": (1, 1197),
        "rate": (1e-4, 0.1),
        "noise": (0.0, 0.8),
        "l2": (0.0, 0.1),
        "data_set": NAMES,
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 1000},
        {"width": 48},
        {"noise": 0.0},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "examples": 1000},
    ),
)
figure
