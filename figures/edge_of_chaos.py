# %% [markdown]
# # The edge of chaos
#
# Tanh nets are drawn at random, with several variances of weights and biases. Deep inside them one
# number is measured: what a layer multiplies the mean square of the gradient by. Mean-field theory
# says where that number is 1, and gives the line in closed form. On one side of it two inputs become
# alike on their way up (order), on the other a small difference grows (chaos).

# %%
import numpy as np
from scipy.interpolate import CubicSpline

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.phases import gradient_factors
from dlfigs.plot import marks


# %%
def compute(
    key,
    *,
    sigma_w2=(0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0),
    sigma_b2=(0.05, 0.15, 0.25, 0.35),
    width=256,
    seeds=64,
):
    """Factor of the squared gradient in one layer; dims (sigma_b2, sigma_w2, seed)."""
    grid = {"sigma_w2": sigma_w2, "sigma_b2": sigma_b2}
    return gradient_factors(key, activation="tanh", **grid, settle=20, depth=30, width=width, seeds=seeds)


# %%
def chi(sigma_w2, sigma_b2):
    """Return theory's factor at each of the pairs."""
    return np.vectorize(lambda w, b: theory.fixed_point("tanh", w, b)[1])(sigma_w2, sigma_b2)


def with_errors(data):
    """Mean over nets of the factor, its standard error, and theory; dims (sigma_b2, sigma_w2)."""
    factor = data.factor
    mean = factor.mean("seed")
    error = summary.standard_error(factor)
    return mean, error, mean.copy(data=chi(*np.meshgrid(data.sigma_w2, data.sigma_b2)))


def summarize(data):
    """Means, their intervals and theory on the grid; the critical line; theory along the first row."""
    mean, _, expected = with_errors(data)
    words, dims = data.factor.attrs["long_name"], "sigma_b2 sigma_w2"
    grid = {name: (data[name].values, data[name].long_name) for name in ("sigma_w2", "sigma_b2")}
    half = summary.mean_interval(data.factor)[2]
    low, high = mean - half, mean + half
    end = 4 + float(data.sigma_b2.max())  # there the line has left the panel, for all allowed biases
    line = np.array([theory.critical_point("tanh", q) for q in np.geomspace(0.01, end, 60)])
    curve = np.linspace(min(0.4, float(data.sigma_w2.min())), float(data.sigma_w2.max()), 80)
    scale = theory.depth_scale(chi(curve, float(data.sigma_b2[0])))
    return dataset(
        grid | {"point": len(line), "curve_sigma_w2": (curve, data.sigma_w2.long_name)},
        factor=(dims, mean, f"{words}, mean over nets"),
        factor_low=(dims, low, f"{words}, low end of the 95 % interval of the mean"),
        factor_high=(dims, high, f"{words}, high end of the 95 % interval of the mean"),
        factor_theory=(dims, expected, f"{words}, mean-field theory"),
        line_sigma_w2=("point", line[:, 0], "critical line: variance of the weights, times the width"),
        line_sigma_b2=("point", line[:, 1], "critical line: variance of the biases"),
        depth_theory=("curve_sigma_w2", scale, "depth scale of gradients, theory", "layers"),
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(5, 3))
    for one in data.factor.stack(at=("sigma_b2", "sigma_w2")):
        x, y, value = float(one.sigma_w2), float(one.sigma_b2), float(one)
        color, side = ("C0", 1) if value < 1 else ("C1", -1)  # numbers stand away from the line
        size = 2 + 13 * abs(np.log(value)) ** 0.5
        top.plot(x, y, "o", color=color, ms=size)
        place = {"textcoords": "offset points", "ha": "center", "va": "bottom" if side > 0 else "top"}
        offset = (-2 * side, side * (2 + size / 2))
        top.annotate(f"{value:.2f}", (x, y), offset, color=color, fontsize=8.5, **place)
    marks.theory(top, data.line_sigma_w2, data.line_sigma_b2, linewidth=1.6)
    lowest, highest = float(data.sigma_b2.min()), float(data.sigma_b2.max())
    left, right = float(data.sigma_w2.min()), float(data.sigma_w2.max())
    margin = max(0.35, 0.1 * (right - left))
    left, right = left - margin, right + margin
    ceiling = 1.3 * highest
    top.set(xlim=(left, right), ylim=(-0.15 * highest, ceiling), yticks=data.sigma_b2.values)
    top.set(ylabel="variance of biases")
    top.text(left + 0.1, 0.94 * ceiling, "gradients vanish", color="C0", va="center")
    top.text(right - 0.1, 0.94 * ceiling, "gradients explode", color="C1", va="center", ha="right")
    beside = float(np.interp(0.94 * ceiling, data.line_sigma_b2, data.line_sigma_w2))
    marks.note(top, beside + 0.06, 0.94 * ceiling, "1", color=marks.INK, va="center")

    row = data.isel(sigma_b2=0)
    ends = [theory.depth_scale(row[name]) for name in ("factor_low", "factor_high")]
    middle = theory.depth_scale(row.factor)
    for x, y, low, high, value in zip(
        row.sigma_w2, middle, np.minimum(*ends), np.maximum(*ends), row.factor, strict=True
    ):
        color = "C0" if value < 1 else "C1"
        bottom.errorbar(x, y, [[y - low], [high - y]], fmt="o", ms=4.5, elinewidth=1.4, color=color)
    marks.theory(bottom, data.curve_sigma_w2, data.depth_theory)
    bottom.set(yscale="log", ylim=(1, 300), ylabel="layers per factor e")
    bottom.set(xlabel="variance of weights, times the width")
    bottom.set_title(f"Depth scale, variance of biases {lowest:g}")


# %%
def claims(data):
    mean, error, expected = with_errors(data)
    # One chance in a thousand that pure noise breaks one claim of the grid, plus what theory of
    # infinite width leaves out, which is of the order of 1 / width
    deviations = summary.chance_limit(mean.size, data.sizes["seed"])
    tolerance = 2 / data.attrs["width"] * expected + deviations * error
    for b in data.sigma_b2.values:
        for w in data.sigma_w2.values:
            at = {"sigma_b2": b, "sigma_w2": w}
            name = f"factor_w{w:g}_b{b:g}".replace(".", "_")
            text = f"σ_w² = {w:g}, σ_b² = {b:g}: one layer multiplies the squared gradient by"
            limits = {"expected": expected.sel(at), "tolerance": tolerance.sel(at)}
            yield Claim(name, text, measured=mean.sel(at), standard_error=error.sel(at), **limits)
    line = [theory.critical_sigma_w2(b) for b in data.sigma_b2.values]
    vanish = data.sigma_w2 < mean.sigma_b2.copy(data=line)
    wrong = ((mean < 1) != vanish) & (abs(expected - 1) > tolerance)
    text = "Points that are further from the critical line than the tolerance, and on its wrong side"
    yield Claim("wrong_side", text, measured=wrong.sum(), high=0)
    row = mean.isel(sigma_b2=0).sortby("sigma_w2")
    if row.size >= 6:  # a coarser grid cannot tell where the line is crossed
        spline = CubicSpline(row.sigma_w2, np.log(row))
        for at in [x for x in spline.roots(extrapolate=False) if abs(x - line[0]) < 0.5][:1]:
            spread = (error / mean).isel(sigma_b2=0).interp(sigma_w2=at) / spline(at, 1)
            # Through theory's own values on the default grid the spline is off by less than 0.003
            limits = {"expected": line[0], "tolerance": 4 * spread + 0.005, "standard_error": spread}
            text = "Along the lowest row: the σ_w² at which the measured factor passes through 1"
            yield Claim("critical_sigma_w2", text, measured=at, **limits)


# %%
figure = Figure(
    title="The edge of chaos",
    caption="Above: deep inside random tanh nets of width {{ width }}, one layer multiplies the mean square of "
    "the gradient by the number at each dot ({{ seeds }} nets per dot). Blue: below 1; orange: above 1; "
    "the larger the dot, the faster. Dashed: where mean-field theory says 1. Below: the same numbers of "
    "the lowest row as a depth scale, with 95 % intervals of the mean; dashed: theory, which diverges on "
    "the critical line.",
    alt="Two panels. Above, a grid of dots by variance of the weights and variance of the biases. Dots on "
    "the left are blue, with factors well below one; dots on the right are orange, with factors above "
    "one. A dashed line, rising to the right, runs between them, where the dots are smallest. Below, the "
    "depth scale in layers along the lowest row: a few layers on the left, a sharp peak where the dashed "
    "line is crossed, and again only a few layers on the right.",
    sources=("poole2016", "schoenholz2017"),
    questions=(4, 2),
    ranges={
        "sigma_w2": (0.1, 20.0),
        "sigma_b2": (0.01, 2.0),
        "width": (32, 2048),
        "seeds": (8, 1024),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"width": (32, 64, 128, 256)},
    height=5.4,
)
figure
