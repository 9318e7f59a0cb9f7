# %% [markdown]
# # Gradients by depth, under each initializer
#
# Deep nets without biases are drawn at random, each is fed one random input, and the gradient of a
# random linear loss is followed back from the last layer. Mean-field theory says how its mean square
# changes in an infinitely wide net: the product of χ from layer to layer. One net of finite width
# strays from that, and for ReLU the band says by how much.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.plot import marks

NAMES = {
    "glorot_uniform": ("Glorot uniform", "C0"),
    "glorot_normal": ("Glorot normal", "C4"),
    "he_normal": ("He", "C1"),
    "lecun_normal": ("LeCun", "C2"),
    "orthogonal": ("orthogonal", "C3"),
    "small_normal": ("std 0.01", "C5"),
    "large_normal": ("std 1", "C5"),
}
# For these the size of the signal does not change the slopes, and theory knows one net's spread
HOMOGENEOUS = ("linear", "relu", "leaky_relu")


# %%
def compute(key, *, activation="relu", depth=50, width=128, seeds=64):
    """Gradient norms relative to the last layer; dims (initializer, seed, layer)."""
    data = gradient_norms(key, activations=(activation,), depth=depth, width=width, seeds=seeds)
    return data.isel(activation=0, drop=True).assign_attrs(activation=activation)


# %%
def mean_field(data, initializer):
    """Variance of the signal and mean square of the gradient, by layer, for infinite width."""
    width, depth = data.attrs["width"], data.sizes["layer"]
    sigma_w2 = theory.weight_variance(initializer, width, width)
    return theory.mean_field(data.attrs["activation"], sigma_w2, depth)


def he_at_this_width(data):
    """Median and ends of the 95 % interval of He's squared gradient, by layer."""
    q, field = mean_field(data, "he_normal")
    finite = theory.finite_width(data.attrs["activation"], q, data.attrs["width"])
    return [field * factor for factor in finite]


def summarize(data):
    norm, units = data.gradient_norm, {"units": data.gradient_norm.units}
    drawn = summary.interval(norm).assign_attrs(data.attrs)
    rms = np.sqrt((norm**2).mean("seed"))
    drawn["gradient_norm_rms"] = rms.assign_attrs(units, long_name="root mean square over seeds")
    field = norm.isel(seed=0, drop=True)
    field = field.copy(data=[mean_field(data, name)[1] ** 0.5 for name in NAMES])
    drawn["gradient_norm_theory"] = field.assign_attrs(units, long_name="mean-field theory")
    he = norm.sel(initializer="he_normal", drop=True).isel(seed=slice(24)).rename(seed="net")
    drawn["he_net"] = he.assign_attrs(units, long_name="gradient norm of single nets, He")
    if data.attrs["activation"] in HOMOGENEOUS:
        for end, values in zip(("low", "high"), he_at_this_width(data)[1:], strict=True):
            text = f"{end} end of the 95 % interval at this width, theory, He"
            drawn[f"he_theory_{end}"] = ("layer", np.sqrt(values), units | {"long_name": text})
    return drawn


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(5, 4))
    first = data.isel(layer=0)  # where lines end, at the right
    groups = {}  # names whose lines end at the same place share a label
    for name, (label, color) in NAMES.items():
        one = data.sel(initializer=name)
        marks.band(top, one.layer, one.gradient_norm_low, one.gradient_norm_high, color)
        top.plot(one.layer, one.gradient_norm_rms, color=color)
        marks.theory(top, one.layer, one.gradient_norm_theory)
        y = float(first.gradient_norm_theory.sel(initializer=name).clip(2e-15, 5e14))
        groups.setdefault(round(np.log10(y)), []).append((y, label, color))
    top.set(yscale="log", ylim=(1e-15, 1e15), yticks=10.0 ** np.arange(-15, 16, 5))
    top.set(xlim=(data.sizes["layer"], 1), title="All initializers")
    labels = [
        (
            group[0][0],
            ",\n".join(text for _, text, _ in group),
            group[0][2] if len(group) == 1 else marks.INK,
        )
        for group in groups.values()
    ]
    marks.label_ends(top, labels)

    for net in data.he_net.transpose("net", "layer").values:
        bottom.plot(data.layer, net, color=marks.MUTED, linewidth=0.6, alpha=0.8)
    he = data.sel(initializer="he_normal")
    bottom.plot(data.layer, he.gradient_norm_rms, color="C1")
    marks.theory(bottom, data.layer, he.gradient_norm_theory)
    labels = [(float(he.gradient_norm_theory[0]), "mean field", marks.INK)]
    if "he_theory_low" in data:
        marks.band(bottom, data.layer, data.he_theory_low, data.he_theory_high, "C1")
        labels.append((float((first.he_theory_low * first.he_theory_high) ** 0.5), "95 % of nets", "C1"))
    bottom.set(yscale="log", xlabel="layer (1 is next to the input)")
    bottom.set_title("He: single nets")
    bottom.set_xticks([1, *range(10, data.sizes["layer"] + 1, 10 if data.sizes["layer"] <= 60 else 20)])
    marks.label_ends(bottom, labels, gap=0.09)
    fig.supylabel("gradient norm, relative to the last layer", fontsize=9.5)


# %%
def claims(data):
    activation, seeds = data.attrs["activation"], data.sizes["seed"]
    squared = data.gradient_norm**2
    ratio = squared / squared.shift(layer=-1)  # what one layer does to the squared norm
    for name, (label, _) in NAMES.items():
        q, field = mean_field(data, name)
        measured = ratio.sel(initializer=name).mean("layer")
        error = measured.std(ddof=1) / np.sqrt(seeds)
        expected = (field[:-1] / field[1:]).mean()
        limits = {"expected": expected, "tolerance": 0.04 * expected, "standard_error": error}
        text = f"{label}: one layer multiplies the squared gradient by"
        yield Claim(f"{name}_rate", text, measured=measured.mean(), **limits)
        if activation in HOMOGENEOUS and name != "orthogonal":
            median = theory.finite_width(activation, q, data.attrs["width"])[0]
            typical = np.sqrt(field[0] * median[0])
            first = data.gradient_norm.sel(initializer=name).isel(layer=0).median("seed")
            text = f"{label}: gradient norm at layer 1, median over nets, within a factor of 2 of theory"
            yield Claim(f"{name}_first", text, measured=first, low=typical / 2, high=typical * 2)
    if activation in HOMOGENEOUS:
        q, _ = mean_field(data, "he_normal")
        logs = np.log(ratio.sel(initializer="he_normal")).isel(layer=slice(-1))
        spread = logs.var("seed", ddof=1).mean() * data.attrs["width"]
        expected = theory.log_variance(activation, q[:-1]).mean()
        text = "He: variance over nets of the logarithm of one layer's factor, times the width"
        yield Claim("he_log_variance", text, measured=spread, expected=expected, tolerance=0.2 * expected)
        _, low, high = he_at_this_width(data)
        he = squared.sel(initializer="he_normal").isel(layer=0)
        inside = ((he >= low[0]) & (he <= high[0])).mean()
        text = "He: share of the nets inside the finite-width band at layer 1"
        yield Claim("he_inside", text, measured=inside, low=0.84, high=1.0)
        weights = data.weight_gradient_norm.sel(initializer="glorot_uniform").isel(layer=0)
        mean, error = np.log(weights).mean(), np.log(weights).std(ddof=1) / np.sqrt(seeds)
        limits = {"low": np.exp(-4 * error), "high": np.exp(4 * error), "standard_error": error}
        text = "Glorot: gradient norm of the first weight matrix over the last, geometric mean"
        yield Claim("glorot_weights", text, measured=np.exp(mean), **limits)


# %%
figure = Figure(
    title="Gradients by depth, under each initializer",
    caption="Norm of the gradient with respect to the pre-activations in nets of width {{ width }} with the "
    "activation {{ activation }}, {{ seeds }} nets for each initializer. Solid: root mean square; shaded: the central "
    "95 % of the nets; dashed: mean-field theory. Below, He alone: up to 24 single nets in gray, and "
    "shaded, where the activation is ReLU or like it, the interval that theory gives for 95 % of the "
    "nets of this width.",
    alt="Two panels with gradient norm on a log axis against layer, from the last layer on the left to "
    "the first on the right. Under He initialization the norm stays near one; under Glorot, LeCun and "
    "orthogonal it shrinks steadily by many powers of ten; with standard deviation 0.01 it shrinks far "
    "faster and with standard deviation 1 it explodes. The dashed theory covers the measured lines. The "
    "lower panel shows single He nets wandering about, most of them within a band that widens with the "
    "distance from the last layer.",
    sources=("glorot2010", "he2015", "schoenholz2017", "hanin2020"),
    questions=(2, 4),
    ranges={
        "activation": tuple(ACTIVATIONS),
        "depth": (2, 120),
        "width": (16, 4096),
        "seeds": (4, 8192),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.6,
)
figure
