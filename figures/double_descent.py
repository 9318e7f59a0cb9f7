# %% [markdown]
# # Double descent: past the peak, with more features than examples
#
# Least squares is fitted to a few examples, with more and more features. Where there are as many
# features as examples, the training error reaches zero and the test error explodes. With still more
# features the test error falls. The mean over all data sets is known in closed form. If all features
# are equally important there is no descent before the peak; if the important ones come first, the
# error descends twice.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.descent import double_descent, feature_counts
from dlfigs.plot import marks


# %%
def compute(key, *, examples=40, features=100, noise=0.1, fall=2.0, seeds=200):
    """Training and test errors; dims (seed, p). Feature k brings k ** -fall of the variance, or an equal share."""
    sizes = {"examples": examples, "features": features, "noise": noise, "seeds": seeds}
    first = [2, 3, 5, 7]  # where the first descent is steep
    sizes["counts"] = np.union1d(first, feature_counts(examples, features))
    key_equal, key_falling = jax.random.split(key)
    data = double_descent(key_equal, **sizes)
    falling = double_descent(key_falling, importance=shares(features, fall), **sizes).test_error
    text = {"long_name": "test error of least squares, important features first", "units": "1"}
    return data.assign(falling_error=falling.assign_attrs(text)).assign_attrs(fall=fall)


def shares(features, fall):
    """How much of the label's variance each feature brings if the important ones come first."""
    importance = np.arange(1.0, features + 1) ** -fall
    return importance / importance.sum()


# %%
def known(data, p):
    """Return what theory needs to know about a model with p features."""
    seen = p / data.attrs["features"]
    return {"seen": seen, "unseen": 1 - seen, "noise": data.attrs["noise"]}


def falling_theory(data, p):
    """Return the mean test error of least squares with the p most important features."""
    seen = shares(data.attrs["features"], data.attrs["fall"])[:p].sum()
    facts = {"seen": seen, "unseen": 1 - seen, "noise": data.attrs["noise"]}
    return theory.least_squares_test_error(data.attrs["examples"], p, **facts)


def summarize(data):
    examples, features = data.attrs["examples"], data.attrs["features"]
    every = np.unique(np.linspace(1, features, min(features, 200)).round().astype(int))
    test = [theory.least_squares_test_error(examples, p, **known(data, p)) for p in every]
    ridge = [theory.ridge_test_error(examples, p, **known(data, p)) for p in every]
    variance = data.attrs["noise"] + 1 - every / features
    train = [
        v * theory.least_squares_training_error(examples, p, unseen=0, noise=1)
        for v, p in zip(variance, every)
    ]
    names = ["test_error", "train_error", "falling_error"]
    drawn = summary.over_seeds(data[names]).assign_attrs(data.attrs)
    for name in (*names, "ridge_error"):
        text = {"long_name": f"{data[name].long_name}, mean over seeds", "units": "1"}
        drawn[f"{name}_mean"] = data[name].mean("seed").assign_attrs(text)
    return drawn.merge(
        dataset(
            {"p_theory": (every, "features that the model sees")},
            test_error_theory=("p_theory", test, "mean test error of least squares, theory"),
            falling_error_theory=(
                "p_theory",
                [falling_theory(data, p) for p in every],
                "mean test error of least squares, important features first, theory",
            ),
            ridge_error_theory=("p_theory", ridge, "mean test error of ridge regression, theory"),
            train_error_theory=("p_theory", train, "mean training error of least squares, theory"),
        ),
        combine_attrs="override",
    )


# %%
def draw(fig, data):
    examples, features = data.attrs["examples"], data.attrs["features"]
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(5, 2))
    marks.band(top, data.p, data.test_error_low, data.test_error_high, "C0")
    top.plot(data.p, data.test_error_median, color="C0")
    away = data.where(abs(data.p - examples) >= examples / 4, drop=True)
    top.plot(data.p, data.falling_error_median, color="C2")
    for name, color in (("test_error_mean", "C0"), ("falling_error_mean", "C2")):
        top.plot(away.p, away[name], "o", color=color, ms=4)
    top.plot(data.p, data.ridge_error_mean, color="C1")
    for name in ("test", "falling", "ridge"):
        marks.theory(top, data.p_theory, data[f"{name}_error_theory"])
    null = 1 + data.attrs["noise"]
    marks.reference(top, y=null)
    top.set(yscale="log", ylim=(null / 11, null * 300), ylabel="test error", xlim=(0, features))
    least = int(data.falling_error_theory.where(data.p_theory < examples).argmin("p_theory"))
    at = {"x": data.p_theory[least], "y": 0.8 * data.falling_error_theory[least]}
    marks.note(top, **at, text="important features first", color="C2", va="top")
    ends = (("test_error_mean", "equal features", "C0"), ("ridge_error_mean", "equal, best ridge", "C1"))
    labels = [(float(data[name][-1]), text, color) for name, text, color in ends]
    marks.label_ends(top, [(null, "predict 0", marks.MUTED), *labels])
    bottom.plot(data.p, data.train_error_mean, color="C0")
    marks.theory(bottom, data.p_theory, data.train_error_theory)
    bottom.set(xlabel="features that the model sees", ylabel="training error", ylim=(-0.05 * null, null))
    for ax in (top, bottom):
        marks.reference(ax, x=examples)
    marks.note(
        bottom,
        examples + 0.02 * features,
        0.9 * null,
        f"{examples} features, {examples} examples",
        va="top",
    )


# %%
def claims(data):
    examples, features = data.attrs["examples"], data.attrs["features"]
    null = 1 + data.attrs["noise"]

    def against(name, text, values, expected, share):
        limits = {"expected": expected, "tolerance": share * expected}
        return Claim(name, text, **summary.mean(values), **limits)

    points = {"half": examples // 2, "double": 2 * examples, "all": features}
    for name, wanted in points.items():
        p = int(data.p.sel(p=wanted, method="nearest"))
        if wanted > features or abs(p - examples) < examples / 4:
            continue  # near the peak the mean over seeds settles too slowly to be compared
        one, facts = data.sel(p=p), known(data, p)
        # Before the peak least squares differs more from one data set to the next, and ridge less
        plain, ridge = (0.1, 0.015) if p < examples else (0.05, 0.03)
        for method, kind, share in (("least_squares", "test", plain), ("ridge", "ridge", ridge)):
            expected = getattr(theory, f"{method}_test_error")(examples, p, **facts)
            text = f"{p} features: mean test error, {method.replace('_', ' ')}"
            yield against(f"{kind}_{name}", text, one[f"{kind}_error"], expected, share)
        if p < examples:
            text = f"{p} features: mean training error, least squares"
            expected = theory.least_squares_training_error(
                examples, p, unseen=facts["unseen"], noise=facts["noise"]
            )
            yield against(f"train_{name}", text, one.train_error, expected, 0.1)
    ridge = data.ridge_error.mean("seed")
    text = "Best ridge: largest mean test error over all numbers of features, over that of predicting 0"
    yield Claim("ridge_worst", text, measured=ridge.max() / null, high=1.02)
    steps = data.ridge_error.diff("p")
    step = steps.isel(p=int(steps.mean("seed").argmax("p")))
    text = "Best ridge: largest change of the mean test error from one number of features to the next"
    yield Claim("ridge_step", text, **summary.mean(step), high=0)
    yield from lowest_errors(data)
    if features < 1.5 * examples:
        return  # the peak, or what comes after it, is not in the figure
    median, mean = data.test_error.median("seed"), data.test_error.mean("seed")
    text = "Test error at its worst, in medians over seeds: number of features over number of examples"
    at = data.p[median.argmax("p")] / examples
    yield Claim("peak_at", text, measured=at, expected=1, tolerance=2.5 / examples)
    text = "Median test error with as many features as examples, over that with all features"
    yield Claim("peak", text, measured=median.sel(p=examples) / median[-1], low=20)
    text = "Important features first: median test error at the peak, over the lowest mean before it"
    falling = data.falling_error
    before = falling.mean("seed").sel(p=slice(None, examples - 1)).min()
    yield Claim("falling_peak", text, measured=falling.median("seed").sel(p=examples) / before, low=5)
    text = "Largest training error with at least as many features as examples"
    yield Claim("train_zero", text, measured=data.train_error.sel(p=slice(examples, None)).max(), high=1e-9)
    text = "Mean test error with all features, over the lowest with fewer features than examples"
    lowest = mean.sel(p=slice(None, examples - 1)).min()
    yield Claim("all_over_few", text, measured=mean[-1] / lowest, high=0.9)
    text = "Lowest mean test error with fewer features than examples, over that of predicting 0"
    yield Claim("few_over_null", text, measured=lowest / null, low=0.95)


def lowest_errors(data):
    """The error with one feature, and the lowest ones before and after the peak, with equal and with falling importance."""
    examples = data.attrs["examples"]

    def equal_theory(data, p):
        return theory.least_squares_test_error(examples, p, **known(data, p))

    for kind, words, exact in (
        ("test", "Equal features", equal_theory),
        ("falling", "Important features first", falling_theory),
    ):
        error = data[f"{kind}_error"]
        for name, text, some in (
            ("one", "mean test error with 1 feature", slice(1, 1)),
            ("few", "lowest mean test error with fewer features than examples", slice(None, examples - 1)),
            ("many", "lowest mean test error with more features than examples", slice(examples + 1, None)),
        ):
            mean = error.mean("seed").sel(p=some)
            if mean.size:
                at = int(mean.p[mean.argmin("p")])
                limits = {"expected": exact(data, at), "tolerance": 0.1 * exact(data, at)}
                measured = summary.mean(error.sel(p=at))
                yield Claim(f"{kind}_{name}", f"{words}: {text}", **measured, **limits)
    few = data.falling_error.mean("seed").sel(p=slice(None, examples - 1))
    text = "Important features first: number of features at the lowest error before the peak"
    yield Claim("falling_at", text, measured=few.p[few.argmin("p")], low=2, high=examples / 2)


# %%
figure = Figure(
    title="Double descent: the peak is where there are as many features as examples",
    caption="Least squares on {{ examples }} examples, with the first p of {{ features }} "
    "features; where many weights fit, the shortest are taken. Top, log axis: error on new "
    "examples. Blue: equally important features, median over {{ seeds }} training sets; shaded: the central 95 %. Green, the same "
    "median: feature k brings a share of the signal in proportion to k to the power of −{{ fall }}. Dots: means, "
    "left out near the peak, where they do not settle. Orange: mean of ridge regression with the best "
    "penalty, equal features. Dashes: theory for the means. "
    "Bottom: mean error on the training examples, equal features.",
    alt="Test error against the number of features, log axis. With equal features that of least squares rises from the first feature on to a high, "
    "sharp peak where there are as many features as examples, and then falls, at the right end below "
    "the level of always predicting zero. With the important features first it falls to {{ falling_few:.2f}} at {{ falling_at:.0f}} features, "
    "rises to the peak, falls again, and rises a little at the end. Ridge regression with the best penalty falls steadily, "
    "without a peak. In the panel below, the training error falls to zero at the same place and stays "
    "there.",
    sources=("belkin2020", "hastie2022", "nakkiran2021"),
    questions=(1,),
    ranges={
        "examples": (10, 200),
        "features": (20, 1000),
        "noise": (0.001, 10.0),
        "fall": (1.1, 4.0),
        "seeds": (10, 10000),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"noise": (0.1, 0.3, 1.0), "features": (60, 100, 160)},
    height=4.8,
)
figure
