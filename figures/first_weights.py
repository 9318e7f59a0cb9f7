# %% [markdown]
# # What is left of the gradient, with weights 1.41 times as large
#
# One deep ReLU net is drawn twice from the same random numbers: with the variance of Glorot, and with
# that of He, whose weights are √2 times as large. The gradient of a random linear loss is followed
# back from the last layer. ReLU nets without biases scale with their weights, so that √2 acts once
# in each layer, and 49 layers make of it a factor of 24 million.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

# Initializer: its name, its color, and where the words stand, as a share of the width and in gradients
NAMES = {
    "he_normal": ("He", color_of("He"), (1.0, "right", 5.0)),
    "glorot_normal": ("Glorot", color_of("Glorot"), (0.9, "right", 8e-10)),
}
LARGE = 12.5  # points: the words are to be read on a phone, at a glance


# %%
def compute(key, *, depth=50, width=128, seeds=64):
    """Gradient norms relative to the last layer; dims (initializer, seed, layer)."""
    sizes = {"depth": depth, "width": width, "seeds": seeds}
    data = gradient_norms(key, activations=("relu",), initializers=tuple(NAMES), **sizes)
    return data[["gradient_norm"]].isel(activation=0, drop=True)


# %%
def typical(data, initializer):
    """Median gradient norm by layer, from theory for nets of this width."""
    interval = theory.gradient_interval("relu", initializer, data.attrs["width"], data.sizes["layer"])
    _, low, high = interval
    return (low * high) ** 0.25  # of the squared norm, whose logarithm is normal


def summarize(data):
    norm = data.gradient_norm
    drawn = summary.interval(norm).assign_attrs(data.attrs)
    lines = norm.isel(seed=0, drop=True)
    lines = lines.copy(data=[typical(data, name) for name in NAMES])
    drawn["gradient_norm_theory"] = lines.assign_attrs(long_name="theory", units=norm.units)
    return drawn.assign_coords(passed=("layer", data.sizes["layer"] - data.layer.values))


# %%
def draw(fig, data):
    ax = fig.subplots()
    last = data.sizes["layer"] - 1
    for name, (label, color, (x, side, y)) in NAMES.items():
        one = data.sel(initializer=name)
        marks.band(ax, one.passed, one.gradient_norm_low, one.gradient_norm_high, color)
        ax.plot(one.passed, one.gradient_norm_median, color=color, linewidth=2.6)
        marks.theory(ax, one.passed, one.gradient_norm_theory)
        left = float(one.gradient_norm_median[0])
        ax.plot(last, left, "o", color=color, markersize=8, clip_on=False, zorder=5)
        words = f"{label}: {np.format_float_positional(left, precision=1, fractional=False)} is left"
        marks.note(ax, x * last, y, words, color=color, fontsize=LARGE, fontweight="bold", ha=side)
    ax.set(yscale="log", xlim=(0, last), ylim=(2e-10, 1e3), yticks=10.0 ** np.arange(-8, 3, 2))
    ax.set_xlabel("layers that the gradient has passed", fontsize=LARGE - 1)
    ax.set_ylabel("gradient (last layer: 1)", fontsize=LARGE - 1)
    ax.tick_params(labelsize=LARGE - 1)


# %%
def claims(data):
    norm, depth = data.gradient_norm, data.sizes["layer"]
    first = norm.isel(layer=0)
    for name, (label, _, _) in NAMES.items():
        left, middle = first.sel(initializer=name).median(), typical(data, name)[0]
        text = f"{label}: gradient norm at layer 1, median over nets, within a factor of 2 of theory"
        yield Claim(f"{name}_left", text, measured=left, low=middle / 2, high=middle * 2)
        factor = summary.layer_factors(norm.sel(initializer=name) ** 2)
        rate, error = factor.mean(), summary.standard_error(factor.mean("layer"))
        expected = {"he_normal": 1.0, "glorot_normal": 0.5}[name]
        limits = {"expected": expected, "tolerance": 0.04 * expected, "standard_error": error}
        text = f"{label}: one layer multiplies the squared gradient by"
        yield Claim(f"{name}_rate", text, measured=rate, **limits)
    ratio = first.sel(initializer="he_normal") / first.sel(initializer="glorot_normal")
    expected = 2 ** ((depth - 1) / 2)
    limits = {"expected": expected, "tolerance": 1e-6 * expected}
    text = "Gradient norm at layer 1, He over Glorot, mean over nets"
    yield Claim("ratio", text, measured=ratio.mean(), **limits)
    millions = {name: value / 1e6 for name, value in limits.items()}
    text = "The same, in millions"
    yield Claim("millions", text, measured=ratio.mean() / 1e6, **millions)
    text = "Largest relative distance of a net's ratio to √2 to the power of the layers passed"
    yield Claim("ratio_error", text, measured=abs(ratio / expected - 1).max(), high=1e-6)


# %%
figure = Figure(
    title="What is left of the gradient after {{ depth }} layers",
    caption="Norm of the gradient on its way back through {{ depth }} ReLU layers of width {{ width }}, without "
    "biases. He’s first weights are √2 times Glorot’s, drawn from the same random numbers. "
    "Lines: medians over {{ seeds }} nets; shaded: the central 95 % of them; dashed: theory. "
    "Numbers: the median at layer 1.",
    alt="Gradient norm on a log axis against the layers that the gradient has passed. Under He initialization "
    "it stays near one. Under Glorot initialization it falls along a straight line, by the same factor in "
    "each layer, to {{ glorot_normal_left:.0e}} at the first layer. The dashed theory covers both lines.",
    sources=("glorot2010", "he2015"),
    questions=(2, 4, 5),
    ranges={"depth": (2, 120), "width": (16, 4096), "seeds": (4, 8192)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=3.4,
)
figure
