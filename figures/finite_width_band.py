# %% [markdown]
# # One net is not the mean
#
# He's weights keep the mean squared gradient. A single ReLU net of width n strays from the mean: the
# logarithm of its squared gradient norm gains a variance of about 5/n in each layer, and its mean
# falls by half as much. Both follow exactly from a binomial number of active units.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.plot import marks

COLORS = ("C1", "C2", "C0")


# %%
def compute(key, *, widths=(24, 48, 96), depth=48, seeds=256):
    """Logarithm of the squared gradient norm under He, relative to the last layer; dims (width, seed, layer)."""
    logs = []
    for width, key_width in zip(widths, jax.random.split(key, len(widths)), strict=True):
        nets = {"activations": ("relu",), "initializers": ("he_normal",)}
        norms = gradient_norms(key_width, **nets, depth=depth, width=width, seeds=seeds).gradient_norm
        logs.append(2 * np.log(norms.values[0, 0]))
    return dataset(
        {"width": widths, "seed": seeds, "layer": np.arange(1, depth + 1)},
        log_square=(
            "width seed layer",
            logs,
            "log of the squared gradient norm relative to the last layer",
        ),
    )


# %%
def summarize(data):
    """Single nets of the first width, and the variance by layers passed, for each."""
    layers = data.sizes["layer"]
    first = data.log_square.isel(width=0, drop=True)
    _, low, high = theory.gradient_interval("relu", "he_normal", int(data.width[0]), layers)
    variance = data.log_square.var("seed", ddof=1)
    passed = layers - data.layer
    return dataset(
        {"net": min(24, data.sizes["seed"]), "layer": data.layer.values, "width": data.width.values},
        attrs={"width": int(data.width[0])},
        gradient=("net layer", np.exp(first / 2).values[:24], "gradient norm of single nets"),
        rms=("layer", np.exp(first).mean("seed") ** 0.5, "root mean square over nets"),
        low=("layer", low**0.5, "low end for 95 % of nets, theory"),
        high=("layer", high**0.5, "high end for 95 % of nets, theory"),
        variance=("width layer", variance, "variance of the log of the squared norm over nets"),
        exact=(
            "width layer",
            [[theory.relu_log_factor(w)[1] * k for k in passed.values] for w in data.width.values],
            "the same from theory",
        ),
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True)
    for net in data.gradient.values:
        top.plot(data.layer, net, color=marks.MUTED, linewidth=0.6)
    marks.band(top, data.layer, data.low, data.high, "C1")
    top.plot(data.layer, data.rms, color="C1")
    marks.reference(top, y=1)
    top.set(yscale="log", ylabel="gradient norm", title=f"Single nets of width {data.attrs['width']}")
    first = data.isel(layer=0)
    labels = [
        (float(first.rms), "root mean\nsquare", "C1"),
        (float(first.low), "95 % of nets,\ntheory", marks.INK),
    ]
    marks.label_ends(top, labels)
    for width, color in zip(data.width.values, COLORS, strict=False):
        one = data.sel(width=width)
        bottom.plot(one.layer, one.variance, color=color)
        marks.theory(bottom, one.layer, one.exact)
    bottom.set(xlabel="layer (1 is next to the input)", ylabel="variance of its log square")
    bottom.set(xlim=(data.layer[-1], 1), ylim=(0, None), title="Variance over nets")
    ends = zip(data.exact.isel(layer=0).values, data.width.values, COLORS, strict=False)
    marks.label_ends(bottom, [(y, f"width {width}", color) for y, width, color in ends])
    bottom.set_xticks([1, *range(10, data.sizes["layer"] + 1, 10)])


# %%
def claims(data):
    seeds, steps = data.sizes["seed"], data.sizes["layer"] - 1
    factor = data.log_square - data.log_square.shift(layer=-1)
    for width in data.width.values:
        one, log_square = factor.sel(width=width), data.log_square.sel(width=width).isel(layer=0)
        mean, variance = theory.relu_log_factor(int(width))
        error = np.sqrt(variance / seeds / steps)
        text = f"Width {width}: mean of the log of one layer's factor, times the width"
        limits = {"expected": mean * width, "tolerance": 5 * error * width, "standard_error": error * width}
        yield Claim(f"mean_{width}", text, measured=one.mean() * width, **limits)
        text = f"Width {width}: variance of the log of one layer's factor, times the width"
        spread = one.isel(layer=slice(-1)).var("seed", ddof=1)
        error = spread.std() / np.sqrt(steps)
        limits = {
            "expected": variance * width,
            "tolerance": 0.1 * variance * width,
            "standard_error": error * width,
        }
        yield Claim(f"variance_{width}", text, measured=spread.mean() * width, **limits)
        text = f"Width {width}: variance at layer 1 over that of independent layers"
        limits = {"low": 0.7, "high": 1.4, "standard_error": np.sqrt(2 / (seeds - 1))}
        yield Claim(f"total_{width}", text, measured=log_square.var(ddof=1) / variance / steps, **limits)
    narrow = int(data.width[0])
    rates = np.exp(factor.isel(width=0)).mean("layer")
    error = np.sqrt(5 / narrow / seeds / steps)  # a factor's variance is 5 / width
    limits = {"expected": 1, "tolerance": 5 * error, "standard_error": error}
    text = f"Width {narrow}: one layer multiplies the squared gradient by"
    yield Claim(f"rate_{narrow}", text, measured=rates.mean(), **limits)
    first = data.log_square.isel(width=0, layer=0)
    _, low, high = np.log(theory.gradient_interval("relu", "he_normal", narrow, steps + 1))
    text = "Narrowest nets: share inside the 95 % interval at layer 1"
    yield Claim(
        "inside", text, measured=((first >= low[0]) & (first <= high[0])).mean(), low=0.88, high=0.99
    )
    for width in data.width.values:
        one = data.log_square.sel(width=width).isel(layer=0)
        _, low, high = np.log(theory.gradient_interval("relu", "he_normal", int(width), steps + 1))
        expected = np.exp((low[0] + high[0]) / 4)
        text = f"Width {width}: gradient norm at layer 1, median over nets"
        limits = {"expected": expected, "tolerance": expected / 2}
        yield Claim(f"median_{width}", text, measured=np.exp(one.median() / 2), **limits)
    # The mean square is 1 in theory, but so few nets carry it that samples of this size lie below it as a rule
    squares = np.exp(np.sort(first.values)[::-1])
    text = f"Width {narrow}: root mean square of the gradient norm at layer 1, over all nets"
    yield Claim("rms", text, measured=squares.mean() ** 0.5, low=0.2, high=3)
    text = (
        f"Width {narrow}: share of the mean square at layer 1 that is that of the largest net in a hundred"
    )
    largest = squares[: max(1, round(seeds / 100))]
    yield Claim("top_share", text, measured=largest.sum() / squares.sum(), low=0.25, high=1)


# %%
figure = Figure(
    title="One net is not the mean: the finite-width band",
    caption="He initialization and ReLU. Above: gradient norm relative to the last layer, single nets of the smallest "
    "width in gray, the root mean square of all {{ seeds }} in orange, and shaded the interval that holds 95 % of nets "
    "in theory. The mean square is 1 in theory (dotted), but carried by so few nets that {{ seeds }} do not show it. Below: variance over nets of the logarithm of the squared norm, with the exact sum over "
    "independent layers dashed.",
    alt="Upper panel: gradient norms of two dozen narrow nets wander on a log axis from one at the last layer to "
    "values far apart at the first, {{ inside:.0%}} of all inside a widening shaded band that sinks "
    "below one. The root mean square sinks too, to {{ rms:.2f}}. Lower panel: the variance of the log grows in a straight "
    "line with the layers passed, the steeper the narrower the nets, and follows the dashed theory.",
    sources=("hanin2018", "hanin2020", "he2015"),
    questions=(2, 4),
    ranges={"widths": (24, 1024), "depth": (4, 120), "seeds": (16, 8192)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"depth": (12, 24, 48)},
    height=5.2,
)
figure
