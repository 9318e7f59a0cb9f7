# %% [markdown]
# # SELU: a stable signal, a growing gradient
#
# Deep nets of SELUs with LeCun normal weights are started with several means and variances. Going up,
# mean and variance return to 0 and 1. Going down, the gradient grows: at the fixed point one layer
# multiplies its mean square by a number that is not 1, and nothing pulls it back.

# %%
import numpy as np
from matplotlib.ticker import FuncFormatter

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.self_normalization import Net, from_starts
from dlfigs.plot import marks

STARTS = {
    "intact": (0.0, 1.0, "mean 0, variance 1", "C0"),
    "small": (0.0, 0.25, "mean 0, variance 1/4", "C2"),
    "large": (0.0, 4.0, "mean 0, variance 4", "C1"),
    "shifted": (1.0, 1.0, "mean 1, variance 1", "C3"),
}


# %%
def compute(key, *, depth=40, width=256, seeds=64):
    """Mean, variance and gradient norm by layer; dims (net, seed, layer)."""
    nets = {name: (Net(), mean, variance) for name, (mean, variance, _, _) in STARTS.items()}
    data = from_starts(key, nets=nets, depth=depth, width=width, seeds=seeds)
    return data.assign_attrs(width=width)


# %%
def settled(mean, variance):
    """The layer from which on all starts are near mean 0 and variance 1; both have dims (net, layer)."""
    away = ((abs(mean) > 0.1) | (abs(variance - 1) > 0.1)).any(axis=0)
    return np.flatnonzero(away).max(initial=-1) + 1


def field(data):
    """Theory for infinite width: means, variances and mean square gradients, each (net, layer)."""
    depth = data.sizes["layer"] - 1
    return np.moveaxis([theory.selu_signal(theory.SeluNet(), *s[:2], depth) for s in STARTS.values()], 1, 0)


def band(data):
    """Median and ends of the 95 % interval of the gradient norm at this width, for the intact start."""
    variance = theory.selu_log_variance(data.sizes["layer"] - 1) / data.attrs["width"]
    middle, spread = np.log(field(data)[2][0]) - variance / 2, 1.96 * np.sqrt(variance)
    return [np.exp((middle + side * spread) / 2) for side in (0, -1, 1)]


def summarize(data):
    gradient = np.sqrt((data.gradient**2).mean("seed"))
    drawn = data[["mean", "variance"]].mean("seed", keep_attrs=True)
    drawn["gradient"] = gradient.assign_attrs(data.gradient.attrs)
    theoretical = dict(zip(("mean", "variance", "gradient"), field(data), strict=True))
    theoretical["gradient"] = np.sqrt(theoretical["gradient"])
    for name, values in theoretical.items():
        attrs = data[name].attrs | {"long_name": f"{data[name].long_name}, theory"}
        drawn[f"{name}_theory"] = (("net", "layer"), values, attrs)
    for end, values in zip(("low", "high"), band(data)[1:], strict=True):
        attrs = {"long_name": f"{end} end of the 95 % interval, theory", "units": "1"}
        drawn[f"gradient_{end}"] = ("layer", values, attrs)
    inner = summary.interval(data.variance.sel(net="intact", drop=True))
    return drawn.merge(inner[["variance_low", "variance_high"]])


# %%
def draw(fig, data):
    axes = fig.subplots(3, 1, sharex=True, height_ratios=(3, 4, 5))
    up, spread, down = axes
    marks.band(spread, data.layer, data.variance_low, data.variance_high, "C0")
    marks.band(down, data.layer, data.gradient_low, data.gradient_high, "C0")
    for ax, name in zip(axes, ("mean", "variance", "gradient"), strict=True):
        for net, (_, _, _, color) in STARTS.items():
            one = data.sel(net=net)
            ax.plot(data.layer, one[name], color=color)
            marks.theory(ax, data.layer, one[f"{name}_theory"])
        ax.set(xlim=(0, data.layer[-1]), ylabel=name)
        if ax is not up:
            ax.set_yscale("log", base=2)
            ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}" if y >= 1 else f"1/{1 / y:g}"))
    up.set_title("Going up, the signal settles")
    depth = int(data.layer[-1])

    def label(ax, name, net, layer, shift, **options):  # beside a line of theory, at any depth
        y = float(data[f"{name}_theory"].sel(net=net, layer=layer)) * shift
        words, color = STARTS[net][2:]
        marks.note(ax, layer + depth / 100, y, words, color=color, **options)

    label(up, "mean", "shifted", 0, 0.7, va="center")
    label(spread, "variance", "large", 2, 1)
    label(spread, "variance", "small", 3, 0.85, va="center")
    words = f"{STARTS['intact'][2]},\n95 % of nets"
    marks.note(spread, 0.99 * depth, 0.68, words, color="C0", ha="right", va="top")
    down.set(ylabel="gradient norm", xlabel="layer (the gradient travels from right to left)")
    down.set_title("Coming down, the gradient grows")
    label(down, "gradient", "small", 1, 1)
    label(down, "gradient", "large", 2, 0.8, va="top")
    layer = round(0.6 * depth)
    high = float(data.gradient_high.sel(layer=layer))
    marks.note(down, layer, 1.1 * high, "95 % of nets, theory", color="C0")


# %%
def claims(data):
    means, variances, gradients = field(data)
    squared = data.gradient**2
    ratio = summary.layer_factors(squared).mean("layer")  # what one layer does, on average
    log_variance = theory.selu_log_variance(data.sizes["layer"] - 1)[0] / data.attrs["width"]
    for (name, (_, _, words, _)), *expected in zip(
        STARTS.items(), means, variances, gradients, strict=True
    ):
        late = data.sel(net=name).isel(layer=slice(-10, None)).mean("layer")
        for moment, at, tolerance in (("mean", expected[0], 0.02), ("variance", expected[1], 0.05)):
            text = f"Start at {words}: {moment} in the last ten layers"
            limits = {"expected": at[-10:].mean(), "tolerance": tolerance}
            yield Claim(f"{name}_{moment}", text, **summary.mean(late[moment]), **limits)
        factor, field_ = ratio.sel(net=name), expected[2]
        text = f"Start at {words}: one layer multiplies the squared gradient by"
        limits = {"expected": (field_[:-1] / field_[1:]).mean(), "tolerance": 0.015}
        yield Claim(f"{name}_factor", text, **summary.mean(factor), **limits)
        log_norm = np.log(data.gradient.sel(net=name).isel(layer=0))
        middle, typical = np.exp(log_norm.mean()), np.sqrt(field_[0]) * np.exp(-log_variance / 4)
        limits = {"expected": typical, "tolerance": 0.25 * typical}
        error = middle * summary.standard_error(log_norm)
        text = f"Start at {words}: gradient norm at layer 0 over the last layer, geometric mean"
        yield Claim(f"{name}_growth", text, measured=middle, standard_error=error, **limits)
    near = [settled(data["mean"].mean("seed").values, data.variance.mean("seed").values)]
    near.append(settled(means, variances))
    text = "Layer from which on all starts have a mean within 0.1 of 0 and a variance within 0.1 of 1"
    yield Claim("settled", text, measured=near[0], expected=near[1], tolerance=3)
    _, low, high = band(data)
    first = data.gradient.sel(net="intact").isel(layer=0)
    text = "Share of the nets inside the interval that theory gives for 95 %, at layer 0"
    inside = ((first >= low[0]) & (first <= high[0])).mean()
    yield Claim("inside", text, measured=inside, low=0.84, high=1.0)


# %%
figure = Figure(
    title="SELU: a stable signal, a growing gradient",
    caption="Mean and variance of the activations over the units, and norm of the gradient with respect to "
    "them, relative to the last layer: {{ seeds }} random nets with {{ depth }} layers of width {{ width }}, "
    "SELU and LeCun normal weights, for each of four starts. Solid: average over the nets, for gradients in "
    "root mean square; dashed: theory for infinite width. Shaded, for the start at mean 0 and variance 1: "
    "the central 95 % of the nets (variance), and the interval that theory gives for 95 % of nets of this "
    "width (gradient).",
    alt="Three panels against layer. The mean starts at 0 or 1, the "
    "variance at 4, 1 or 1/4; from layer {{ settled:.0f}} on they are near 0 and 1 for all starts. The norm of the gradient, on a "
    "log axis, is 1 at the last layer and grows on a straight line toward the first, to about "
    "{{ intact_growth:.1f}} in a typical net for the start at mean 0 and variance 1, and to somewhat more in root mean square, "
    "which is drawn; close to the input it bends up for "
    "the start with variance 1/4 and down for the one with variance 4. A shaded band widens "
    "toward the first layer.",
    sources=("klambauer2017", "schoenholz2017", "hanin2020"),
    questions=(8,),
    ranges={"depth": (12, 200), "width": (32, 2048), "seeds": (4, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=6.2,
)
figure
