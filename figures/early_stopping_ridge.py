# %% [markdown]
# # Early stopping is nearly ridge regression
#
# Least squares by gradient descent from zero learns each eigenvector of the Hessian at its own
# speed. Stopped after t steps it has learned a share 1 − (1 − ηh)^t of it; ridge regression keeps
# a share h / (h + λ). With λ = 1 / (ηt) the two are close, and so are their errors.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.early_stopping import stopped_descent
from dlfigs.plot import marks


# %%
def compute(key, *, examples=200, speed=0.5, steps=20000, noise=1.0, seeds=200):
    """Share learned and risk, by number of steps; dims (seed, stop, pixel)."""
    stops = np.unique(np.geomspace(1, steps, 30).round().astype(int))
    return stopped_descent(key, examples=examples, speed=speed, stops=stops, noise=noise, seeds=seeds)


# %%
def risks(data, steps):
    """Return the mean risk of gradient descent and of ridge regression in theory, each (steps,)."""
    h, rate = data.eigenvalue.values, data.attrs["rate"]
    time = np.asarray(steps, float)[:, None]
    facts = {"signal": 1 / len(h), "noise": data.attrs["noise"], "examples": data.attrs["examples"]}
    filters = theory.descent_filter(h, rate, time), theory.ridge_filter(rate * time * h)
    return [theory.filter_risk(share, h, **facts) for share in filters]


def summarize(data):
    x = np.geomspace(0.01, 100, 81)
    middle = data.isel(stop=data.sizes["stop"] // 2)  # a time when some are learned and some are not
    at = data.attrs["rate"] * middle.stop.values * data.eigenvalue.values
    time = "learning rate times steps"
    names = {"descent": "gradient descent", "ridge": "ridge regression"}
    expected = dict(zip(names, risks(data, data.stop.values)))
    variables = {}
    for name, words in names.items():
        mean, _, half = summary.mean_interval(data[f"{name}_risk"])
        variables[name] = ("time", mean, f"{words}: squared error, mean over seeds")
        variables[f"{name}_half"] = ("time", half, f"{words}: half the 95 % interval of that mean")
        variables[f"{name}_theory"] = ("time", expected[name], f"{words}: squared error, theory")
    return dataset(
        {
            "x": (x, "learning rate times steps times eigenvalue"),
            "time": (data.attrs["rate"] * data.stop.values, time),
            "eigenvector": (at, "learning rate times steps times eigenvalue, digits"),
        },
        flow=("x", theory.flow_filter(x), "gradient descent: share learned, small learning rate"),
        kept=("x", theory.ridge_filter(x), "ridge regression: share kept"),
        learned=("eigenvector", middle.learned, "gradient descent: share learned, digits"),
        **variables,
    )


# %%
def draw(fig, data):
    left, right = fig.subplots(1, 2)
    left.plot(data.eigenvector, data.learned, "o", ms=3.5, color="C0")
    left.plot(data.x, data.kept, color="C1")
    marks.theory(left, data.x, data.flow)
    left.set(xscale="log", xlim=(0.01, 100), ylim=(-0.03, 1.06), xlabel="η t h", title="share learned")
    left.text(1.05, 0.8, "stopped\ndescent", color="C0", ha="right")
    left.text(4.5, 0.66, "ridge,\nλ = 1/(ηt)", color="C1")
    for name, color in (("descent", "C0"), ("ridge", "C1")):
        style = {"fmt": "o", "ms": 3.5, "elinewidth": 1.2, "color": color}
        right.errorbar(data.time, data[name], data[f"{name}_half"], **style)
        marks.theory(right, data.time, data[f"{name}_theory"])
    right.set(xscale="log", xlabel="η t, and 1/λ", title="error of predictions", ylim=(0, None))
    late = data.isel(time=-data.sizes["time"] // 3)
    x, beside = float(late.time), 0.06 * right.get_ylim()[1]
    marks.note(right, x, float(late.descent) + beside, "stopped descent", color="C0", ha="center")
    marks.note(right, x, float(late.ridge) - beside, "ridge", color="C1", va="top")


# %%
def claims(data):
    h, rate, steps = data.eigenvalue.values, data.attrs["rate"], data.stop.values
    exact = theory.descent_filter(h, rate, steps[:, None])
    text = "Share learned along each eigenvector: largest difference to 1 − (1 − ηh)^t"
    yield Claim("filter_error", text, measured=abs(data.learned - exact).max(), high=1e-6)
    gap = data.dense_learned - theory.ridge_filter(data.dense_x)
    where, largest = theory.largest_filter_gap()
    text = "Share learned by gradient descent with a small learning rate minus ridge’s: largest gap"
    yield Claim("gap", text, measured=gap.max(), expected=largest, tolerance=5e-4)
    text = "η t h at which that gap is largest"
    at = data.dense_x[int(gap.argmax("dense"))]
    yield Claim("gap_at", text, measured=at, expected=where, tolerance=0.02)
    scales = np.linspace(0.2, 1, 401)
    gaps = abs(data.dense_learned.values - theory.ridge_filter(data.dense_x.values / scales[:, None])).max(
        1
    )
    scale, smallest = theory.closest_penalty()
    text = "Ridge penalty that comes closest, in units of 1/(η t)"
    yield Claim("best_penalty", text, measured=scales[gaps.argmin()], expected=scale, tolerance=5e-3)
    text = "Largest gap with that penalty"
    yield Claim("best_gap", text, measured=gaps.min(), expected=smallest, tolerance=2e-3)
    limit = summary.chance_limit(2 * len(steps), data.sizes["seed"])
    for name, expected in zip(("descent", "ridge"), risks(data, steps)):
        off = summary.largest_deviation(data[f"{name}_risk"], expected)
        text = f"Error of {name}: the stopping time furthest from theory is off by so many standard errors"
        yield Claim(f"{name}_risk", text, measured=off, high=limit)
    descent, ridge = data.descent_risk.mean("seed"), data.ridge_risk.mean("seed")
    text = "Error of stopped descent over that of ridge with λ = 1/(ηt), at the worst time"
    yield Claim("ratio", text, measured=(descent / ridge).max(), high=theory.RISK_RATIO_BOUND)
    text = "The same ratio at the time at which it is smallest"
    yield Claim("ratio_lowest", text, measured=(descent / ridge).min(), low=0.5, high=1)
    text = "Smallest error of stopped descent over smallest error of ridge"
    yield Claim("best_ratio", text, measured=descent.min() / ridge.min(), low=0.97, high=1.22)
    text = "Smallest error of stopped descent over its error after all steps"
    yield Claim("gain", text, measured=descent.min() / descent[-1], high=0.9)


# %%
figure = Figure(
    title="Early stopping is nearly ridge regression",
    caption="Least squares on {{ examples }} digits by gradient descent from zero. Left, log axis: the share of the "
    "least-squares solution that is learned when descent stops, one dot for each eigenvector of the Hessian, with "
    "theory for small learning rates dashed, and the share that ridge regression keeps. h: eigenvalue; η: learning rate; t: steps; "
    "λ: ridge penalty. Right, log axis: mean squared error of the predictions, noise in the labels aside, against the "
    "stopping time. Dots: mean over {{ seeds }} draws of true weights and noise; bars: 95 % t-interval of that mean; "
    "dashes: theory.",
    alt="Two panels. Left: two S-shaped curves rise from zero to one. Gradient descent is ahead of ridge regression, "
    "by at most {{ gap:.2f }}, near {{ gap_at:.1f }}. Right: both errors fall, have a minimum of nearly the same height, "
    "and rise again; early in training descent has the smaller error, late ridge has. Dots lie on "
    "the dashed lines of theory.",
    sources=("ali2019", "goodfellow2016", "hoerl1970"),
    questions=(16, 17),
    ranges={
        "examples": (70, 1797),
        "speed": (0.01, 1.0),
        "steps": (100, 100000),
        "noise": (0.01, 100.0),
        "seeds": (64, 10000),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"noise": (0.25, 0.5, 1.0, 2.0)},
)
figure
