# %% [markdown]
# # An L1 penalty is not an L1 loss
#
# Some targets get an outlier. Least squares suffers in proportion to its size. A penalty on the
# weights, L1 or L2, can shrink them, in the worst case to nothing; it cannot tell outliers from
# data, because it never sees them. An L1 *loss* can: it sums absolute, not squared, residuals.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.outliers import outliers
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

NAMES = {
    "least_squares": ("squared loss", "C3"),
    "ridge": ("… with L2 penalty", color_of("L2")),
    "lasso": ("… with L1 penalty", color_of("L1")),
    "absolute_deviations": ("L1 loss", "C2"),
}
SIZES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


# %%
def compute(key, *, sizes=SIZES, share=0.1, examples=400, features=20, relevant=5, seeds=128):
    """Errors of the weights; dims (estimator, outlier, seed). The noise has standard deviation 1."""
    relevant = min(relevant, features)
    counts = {"examples": examples, "features": features, "relevant": relevant, "seeds": seeds}
    data = outliers(key, sizes=sizes, share=share, noise=1.0, **counts)
    return data[["error"]]


# %%
def predicted(data, sizes):
    """Root mean square errors of least squares and of least absolute deviations, from theory."""
    one = data.attrs
    shape, norm = (one["examples"], one["features"]), np.sqrt(one["relevant"])
    parts = [theory.contaminated(one["noise"], one["share"], size) for size in sizes]
    squares = [theory.least_squares_error(variance, *shape) / norm for variance, _ in parts]
    deviations = [theory.absolute_deviations_error(density, *shape) / norm for _, density in parts]
    return np.array(squares), np.array(deviations)


def rms(data):
    return np.sqrt((data.error**2).mean("seed"))


def summarize(data):
    x = np.concatenate([np.linspace(0, 1, 10), np.geomspace(1.1, max(data.outlier.max(), 2), 50)])
    squares, deviations = predicted(data, x)
    drawn = dataset(
        {"x": (x, "standard deviation of the outliers")},
        least_squares_theory=("x", squares, "error of the squared loss, theory", "of their norm"),
        absolute_deviations_theory=("x", deviations, "error of the L1 loss, theory", "of their norm"),
    )
    root = rms(data).assign_attrs(long_name="error of the weights, root mean square", units="of their norm")
    return drawn.merge(summary.interval(data.error)).assign(error_rms=root)


# %%
def draw(fig, data):
    ax = fig.subplots()
    for name, (_, color) in NAMES.items():
        one = data.sel(estimator=name)
        marks.band(ax, one.outlier, one.error_low, one.error_high, color)
        ax.plot(one.outlier, one.error_rms, "o-", color=color)
    for name in ("least_squares", "absolute_deviations"):
        marks.theory(ax, data.x, data[f"{name}_theory"])
    ax.set_xscale("symlog", linthresh=1, linscale=0.4)
    ticks = [0, 1, 10, 100] if data.x[-1] > 10 else [0, 1, 2, 5]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set(yscale="log", xlim=(0, 1.1 * data.x[-1]), xlabel="size of the outliers (1 is the noise)")
    ticks = (0.05, 0.1, 0.2, 0.5, 1, 2, 5)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_ylabel("error of the weights, of their norm")
    marks.reference(ax, y=1)
    marks.note(ax, 0.15, 1.06, "all weights zero")
    ends = [(float(data.error_rms.sel(estimator=n)[-1]), text, c) for n, (text, c) in NAMES.items()]
    marks.label_ends(ax, ends)


# %%
def claims(data):
    seeds, sizes = data.sizes["seed"], data.outlier.values
    error, (squares, deviations) = rms(data), predicted(data, sizes)
    square = (data.error**2).sel(estimator="least_squares")
    text = "Squared loss: the mean square furthest from theory is off by so many standard errors"
    worst = summary.largest_deviation(square, dataset({"outlier": sizes}, e=("outlier", squares**2, "e")).e)
    yield Claim("squared_theory", text, measured=worst, high=summary.chance_limit(len(sizes), seeds))
    text = "L1 loss: largest relative difference to its theory for many examples"
    gap = abs(error.sel(estimator="absolute_deviations") / deviations - 1).max()
    yield Claim("l1_loss_theory", text, measured=gap, high=0.1)
    for name, (label, _) in NAMES.items():
        for size in (0, 10, 100):
            if size in sizes:
                text = f"Outliers of size {size}: error of the {label.replace('… ', 'squared loss ')}, of the weights’ norm"
                measured = error.sel(estimator=name, outlier=size)
                yield Claim(
                    f"{name}_{size}", text, measured=measured, high=1.05 if name != "least_squares" else 10
                )
    last = error.isel(outlier=-1)
    if sizes[-1] >= 50:  # gross outliers
        for name in ("least_squares", "ridge", "lasso"):
            ratio = last.sel(estimator=name) / last.sel(estimator="absolute_deviations")
            text = f"Largest outliers: error of {NAMES[name][0].replace('… ', 'the squared loss ')} over that of the L1 loss"
            yield Claim(f"{name}_ratio", text, measured=ratio, low=3)
    for name, label in (("ridge", "L2"), ("lasso", "L1"), ("absolute_deviations", "L1 loss")):
        text = f"{label}: error under the largest outliers, as a share of the norm"
        limit = {"low": 0.5, "high": 1} if sizes[-1] >= 50 and "loss" not in label else {"high": 1}
        yield Claim(f"{name}_last", text, measured=last.sel(estimator=name), **limit)
    if sizes[0] == 0:
        first = error.isel(outlier=0)
        for name, label, limit in (
            ("lasso", "with the L1 penalty", {"high": 1}),
            ("absolute_deviations", "of the L1 loss", {"low": 1}),
        ):
            ratio = first.sel(estimator=name) / first.sel(estimator="least_squares")
            text = f"No outliers: error {label}, over that of the squared loss"
            yield Claim(f"{name}_clean", text, measured=ratio, **limit)


# %%
figure = Figure(
    title="An L1 penalty is not an L1 loss",
    caption="Distance between estimated and true weights, in units of the latter’s norm, when {{ share:.0%}} of the targets have an outlier "
    "added. Dots: root mean square of {{ seeds }} problems; shaded: the central 95 %; dashed: theory. The strengths "
    "of both penalties are the best possible ones for each problem, chosen by the true weights. The horizontal axis is linear up to 1.",
    alt="Error of the weights, on a log axis, against the size of the outliers, on an axis that is linear from 0 to 1 and "
    "logarithmic above. Without outliers all four methods are close together, with the L1 penalty lowest and the L1 loss highest. "
    "As the outliers grow, the squared loss rises in proportion, and both penalties rise with it, below it, until they level off "
    "near one, where all weights are zero ({{ ridge_last:.2f}} and {{ lasso_last:.2f}}). The L1 loss stays nearly flat. Dashed theory "
    "covers the squared loss and the L1 loss.",
    sources=("bassett1978", "hoerl1970", "tibshirani1996"),
    questions=(17,),
    ranges={
        "sizes": (0.0, 1000.0),
        "share": (0.01, 0.4),
        "examples": (100, 1000),
        "features": (2, 50),
        "relevant": (1, 50),
        "seeds": (16, 2048),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=3.8,
)
figure
