# %% [markdown]
# # The peak of double descent: more features than examples
#
# Least squares is fitted to a few examples, with more and more features. Where there are as many
# features as examples, the training error reaches zero and the test error explodes. With still more
# features the test error falls. The mean over all data sets is known in closed form. Before the peak
# there is no descent here, because all features are equally important.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.descent import double_descent, feature_counts
from dlfigs.plot import marks


# %%
def compute(key, *, examples=40, features=100, noise=0.1, seeds=200):
    """Training and test errors; dims (seed, p)."""
    counts = feature_counts(examples, features)
    return double_descent(
        key, examples=examples, features=features, counts=counts, noise=noise, seeds=seeds
    )


# %%
def known(data, p):
    """Return what theory needs to know about a model with p features."""
    seen = p / data.attrs["features"]
    return {"seen": seen, "unseen": 1 - seen, "noise": data.attrs["noise"]}


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
    drawn = summary.over_seeds(data[["test_error", "train_error"]]).assign_attrs(data.attrs)
    for name in ("test_error", "ridge_error", "train_error"):
        text = {"long_name": f"{data[name].long_name}, mean over seeds", "units": "1"}
        drawn[f"{name}_mean"] = data[name].mean("seed").assign_attrs(text)
    return drawn.merge(
        dataset(
            {"p_theory": (every, "features that the model sees")},
            test_error_theory=("p_theory", test, "mean test error of least squares, theory"),
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
    top.plot(away.p, away.test_error_mean, "o", color="C0", ms=4)
    top.plot(data.p, data.ridge_error_mean, color="C1")
    for name in ("test", "ridge"):
        marks.theory(top, data.p_theory, data[f"{name}_error_theory"])
    null = 1 + data.attrs["noise"]
    marks.reference(top, y=null)
    top.set(yscale="log", ylim=(null / 4, null * 300), ylabel="test error", xlim=(0, features))
    ends = (("test_error_mean", "least squares", "C0"), ("ridge_error_mean", "best ridge", "C1"))
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
    if features < 1.5 * examples:
        return  # the peak, or what comes after it, is not in the figure
    median, mean = data.test_error.median("seed"), data.test_error.mean("seed")
    text = "Test error at its worst, in medians over seeds: number of features over number of examples"
    at = data.p[median.argmax("p")] / examples
    yield Claim("peak_at", text, measured=at, expected=1, tolerance=2.5 / examples)
    text = "Median test error with as many features as examples, over that with all features"
    yield Claim("peak", text, measured=median.sel(p=examples) / median[-1], low=20)
    text = "Largest training error with at least as many features as examples"
    yield Claim("train_zero", text, measured=data.train_error.sel(p=slice(examples, None)).max(), high=1e-9)
    text = "Mean test error with all features, over the lowest with fewer features than examples"
    lowest = mean.sel(p=slice(None, examples - 1)).min()
    yield Claim("all_over_few", text, measured=mean[-1] / lowest, high=0.9)
    text = "Lowest mean test error with fewer features than examples, over that of predicting 0"
    yield Claim("few_over_null", text, measured=lowest / null, low=0.95)


# %%
figure = Figure(
    title="The peak of double descent: as many features as examples",
    caption="Least squares on {{ examples }} examples, with the first p of {{ features }} equally "
    "important features; where many weights fit, the shortest are taken. Top, log axis: error on new "
    "examples. Blue line: median over {{ seeds }} training sets; shaded: the central 95 %. Dots: means, "
    "left out near the peak, where they do not settle. Orange: mean of ridge regression with the best "
    "penalty. Dashes: theory for the means. With equally important features there is no descent before the peak. "
    "Bottom: mean error on the training examples.",
    alt="Test error against the number of features, log axis. For least squares it rises from the first feature on to a high, "
    "sharp peak where there are as many features as examples, and then falls, at the right end below "
    "the level of always predicting zero. Ridge regression with the best penalty falls steadily, "
    "without a peak. In the panel below, the training error falls to zero at the same place and stays "
    "there.",
    sources=("belkin2020", "hastie2022", "nakkiran2021"),
    questions=(1,),
    ranges={
        "examples": (10, 200),
        "features": (20, 1000),
        "noise": (0.001, 10.0),
        "seeds": (10, 10000),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=4.8,
)
figure
