# %% [markdown]
# # Dropout on inputs is ridge regression
#
# A linear model with dropped inputs is fitted by least squares to many random masks. Averaged over
# all masks, its squared error is the ordinary one plus a penalty on the squared weights: ridge
# regression, in closed form. The data are scikit-learn's diabetes data, in their own units.

# %%
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.datasets import diabetes
from dlfigs.experiments.regularization import dropout_least_squares
from dlfigs.plot import marks

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
SHOWN = {
    "s5": ("s5", "C2"),
    "bmi": ("body mass", "C0"),
    "bp": ("pressure", "C4"),
    "s2": ("s2", "C3"),
    "sex": ("sex", "C5"),
    "s1": ("s1", "C1"),
}
START = 0.005  # the lowest drop rate on the axis


# %%
def compute(key, *, rates=RATES, masks=64, seeds=64):
    """Minimizers over masks; dims (rate, count, seed, feature)."""
    x, y, names = diabetes()
    data = dropout_least_squares(key, x, y, rates=rates, masks=masks, seeds=seeds)
    return data.assign_coords(feature=list(names))


# %%
def ridge(rate):
    """Weights in closed form, each times its feature's standard deviation."""
    x, y, _ = diabetes()
    return theory.dropout_ridge(x, y, rate) * x.std(axis=0)


def distance(weights, rate):
    """Squared distance of weights from the closed form, relative to the latter's squared length."""
    expected = ridge(rate)
    return ((weights - expected) ** 2).sum("feature") / (expected**2).sum()


def errors(data):
    """Root mean square over seeds of that distance; dims (rate, count)."""
    squared = [distance(data.weights.sel(rate=rate), rate) for rate in data.rate.values]
    return np.sqrt(np.stack([one.mean("seed") for one in squared]))


def summarize(data):
    penalty = np.geomspace(START, 19, 40)
    curve = penalty / (1 + penalty)
    return dataset(
        {
            "feature": (data.feature.values, "feature"),
            "rate": (data.rate.values, "drop rate"),
            "rate_theory": (curve, "drop rate"),
            "count": (data["count"].values, "masks for each example"),
        },
        weight=("rate feature", data.pooled, "weight of the minimizer over all masks, times deviation"),
        weight_theory=(
            "rate_theory feature",
            [ridge(rate) for rate in curve],
            "ridge weight, times deviation",
        ),
        error=("rate count", errors(data), "relative error, root mean square over seeds"),
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, height_ratios=(3, 2))
    for name in data.feature.values:
        one, (_, color) = data.sel(feature=name), SHOWN.get(name, ("", marks.MUTED))
        marks.theory(top, one.rate_theory / (1 - one.rate_theory), one.weight_theory)
        size = 4.5 if name in SHOWN else 2.5
        top.plot(one.rate / (1 - one.rate), one.weight, "o", color=color, ms=size, zorder=5)
    ticks = np.array([0.01, 0.05, 0.2, 0.5, 0.8, 0.95])
    top.set(xscale="log", xlim=(START / 14, 20), xlabel="drop rate p", ylabel="weight × deviation")
    top.set_xticks(ticks / (1 - ticks), [f"{p:g}" for p in ticks], minor=False)
    top.set_xticks([], minor=True)
    marks.reference(top, y=0)
    start = data.weight_theory.isel(rate_theory=0)
    labels = [(float(start.sel(feature=name)), *label) for name, label in SHOWN.items()]
    marks.label_ends(top, labels, x=0.01)
    rates = [float(rate) for rate in (data.rate[0], data.rate[len(data.rate) // 2], data.rate[-1])]
    for rate, color in zip(dict.fromkeys(rates), ("C0", "C2", "C1")):
        bottom.plot(data["count"], data.error.sel(rate=rate), "o-", color=color, ms=4)
    middle = float(data.error.isel(count=-1).median()) * float(data["count"][-1]) ** 0.5
    marks.theory(bottom, data["count"], middle * data["count"] ** -0.5)
    bottom.set(xscale="log", yscale="log", xlabel="masks for each example", ylabel="relative error")
    bottom.set_xticks(data["count"].values, [f"{n}" for n in data["count"].values], minor=False)
    bottom.set_xticks([], minor=True)
    bottom.set_yticks([0.03, 0.1, 0.3], ["0.03", "0.1", "0.3"], minor=False)
    bottom.set_yticks([], minor=True)
    ends = [
        (float(data.error.sel(rate=rate)[-1]), f"p = {rate:g}", color)
        for rate, color in zip(rates, ("C0", "C2", "C1"))
    ]
    marks.label_ends(bottom, ends, gap=0.11)


# %%
def claims(data):
    for rate in data.rate.values:
        name = f"pooled_{rate:g}".replace(".", "_")
        text = f"p = {rate:g}: minimizer over the masks of all seeds, relative distance from ridge"
        last = distance(data.weights.sel(rate=rate).isel(count=-1), rate)
        error = np.sqrt(last.mean() / data.sizes["seed"])  # if only chance keeps the two apart
        yield Claim(
            name,
            text,
            measured=np.sqrt(distance(data.pooled.sel(rate=rate), rate)),
            high=0.02,
            standard_error=error,
        )
    few, many = 2, data.sizes["count"] - 1
    if many > few + 1:
        error, count = errors(data), data["count"].values
        slope = np.log(error[:, many] / error[:, few]) / np.log(count[many] / count[few])
        text = "The error shrinks with the number of masks to the power, mean over the drop rates"
        yield Claim("slope", text, measured=slope.mean(), expected=-0.5, tolerance=0.05)
    x, y, names = diabetes()
    if 0.5 in data.rate:
        deviations = x.std(axis=0)
        # The penalty that comes closest, so that the comparison does not hang on a choice of ours
        apart = min(
            np.linalg.norm(
                data.pooled.sel(rate=0.5)
                - np.linalg.solve(x.T @ x + penalty * np.eye(len(names)), x.T @ y) * deviations
            )
            for penalty in np.geomspace(1e-2, 1e6, 81)
        )
        text = "p = 0.5: distance from the closest ridge with one penalty for all weights, in the features' own units"
        yield Claim("one_penalty", text, measured=apart / np.linalg.norm(ridge(0.5)), low=0.3)
        text = "p = 0.5: length of the weights, over that of least squares without dropout"
        lengths = (
            np.linalg.norm(data.pooled.sel(rate=0.5)),
            np.linalg.norm(ridge(0.5)),
            np.linalg.norm(ridge(0.0)),
        )
        yield Claim(
            "shrinks",
            text,
            measured=lengths[0] / lengths[2],
            expected=lengths[1] / lengths[2],
            tolerance=0.01,
        )


# %%
figure = Figure(
    title="Dropout on inputs is ridge regression",
    caption="Least squares with dropped inputs on the diabetes data of scikit-learn: 442 patients, 10 "
    "features. Top: the weights that are best over {{ seeds }} sets of {{ masks }} masks for each example (dots), and "
    "ridge regression with the penalty p/(1 − p) Σⱼ(XᵀX)ⱼⱼwⱼ² (dashes); each weight is multiplied by its "
    "feature’s standard deviation. Gray: the other features. The axis of the drop rate is a logit scale. Bottom: relative error of the weights "
    "against the number of masks for each example, root mean square over the sets; dashes: one over the root of that number.",
    alt="Top: ten weights against the drop rate. Dots, from random masks, lie on dashed curves, from the "
    "closed form. With little dropout the weight of s1 is far below zero and that of s5 far above; with "
    "growing drop rate the weights of s1 and s2 fade first, a few others grow for a while, and all approach zero. "
    "Bottom, both axes logarithmic: the error of the weights falls with the number of masks in parallel "
    "to one over its square root, for three drop rates.",
    sources=("srivastava2014", "wager2013", "baldi2013"),
    questions=(18, 16),
    ranges={"rates": (0.01, 0.95), "masks": (2, 4096), "seeds": (4, 1024)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.4,
)
figure
