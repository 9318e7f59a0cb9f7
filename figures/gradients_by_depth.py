# %% [markdown]
# # Gradients by depth, under each initializer
#
# Deep nets without biases are drawn at random, each is fed one random input, and the gradient of a
# random linear loss is followed back from the last layer. Mean-field theory says how its mean square
# changes in an infinitely wide net: the product of χ from layer to layer. One net of finite width
# strays from that, and for ReLU the band says by how much.

# %%
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.plot import marks

NAMES = {
    "glorot_uniform": "Glorot uniform",
    "glorot_normal": "Glorot normal",
    "he_normal": "He",
    "lecun_normal": "LeCun",
    "orthogonal": "orthogonal",
    "small_normal": "std 0.01",
    "large_normal": "std 1",
}
SHOWN = 24  # single nets drawn in the lower panel


# %%
def compute(key, *, activation="relu", depth=50, width=128, seeds=64):
    """Gradient norms relative to the last layer; dims (initializer, seed, layer)."""
    return gradient_norms(key, activation=activation, depth=depth, width=width, seeds=seeds)


# %%
def summarize(data):
    norm, width = data.gradient_norm, data.attrs["width"]
    attrs = {"units": norm.units}
    drawn = summary.interval(norm)
    drawn["gradient_norm_rms"] = np.sqrt((norm**2).mean("seed")).assign_attrs(
        attrs | {"long_name": "gradient norm, root mean square over seeds"}
    )
    fields = [mean_field(data, name)[1] ** 0.5 for name in norm.initializer.values]
    drawn["gradient_norm_theory"] = (
        norm.isel(seed=0, drop=True).copy(data=np.stack(fields)).assign_attrs(attrs | {"long_name": "mean-field theory"})
    )
    he = norm.sel(initializer="he_normal", drop=True)
    drawn["he_net"] = he.isel(seed=slice(SHOWN)).rename(seed="net").assign_attrs(
        attrs | {"long_name": "gradient norm of single nets, He"}
    )
    if data.attrs["activation"] == "relu":
        ends = theory.relu_band(int(norm.layer.max()) - norm.layer.values, width)
        for name, end in zip(("low", "high"), ends):
            text = f"{name} end of the 95 % finite-width interval, He"
            drawn[f"he_theory_{name}"] = ("layer", np.sqrt(end), attrs | {"long_name": text})
    return drawn.assign_attrs(data.attrs)


def mean_field(data, initializer):
    width, depth = data.attrs["width"], data.sizes["layer"]
    sigma_w2 = theory.weight_variance(initializer, width, width)
    return theory.mean_field(data.attrs["activation"], sigma_w2, depth)


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(5, 4))
    for name, i in zip(NAMES, (0, 4, 1, 2, 3, 5, 5)):
        one = data.sel(initializer=name)
        marks.band(top, one.layer, one.gradient_norm_low, one.gradient_norm_high, f"C{i}")
        top.plot(one.layer, one.gradient_norm_rms, color=f"C{i}")
        marks.theory(top, one.layer, one.gradient_norm_theory)
    top.set(yscale="log", ylim=(1e-15, 1e15), xlim=(data.sizes["layer"], 1))
    top.set_yticks([10.0**e for e in range(-15, 16, 5)])
    top.set_title("All initializers")
    groups = {}
    for name, i in zip(NAMES, (0, 4, 1, 2, 3, 5, 5)):
        y = float(np.clip(data.gradient_norm_theory.sel(initializer=name).isel(layer=0), 2e-15, 5e14))
        groups.setdefault(round(np.log10(y)), []).append((y, NAMES[name], f"C{i}"))
    labels = []
    for group in groups.values():
        same = len(group) > 1
        text = ",\n".join(n for _, n, _ in group) if same else group[0][1]
        labels.append((group[0][0], text, marks.INK if same else group[0][2]))
    marks.label_ends(top, labels)

    for net in data.he_net.transpose("net", "layer").values:
        bottom.plot(data.layer, net, color=marks.MUTED, linewidth=0.6, alpha=0.55)
    he = data.sel(initializer="he_normal")
    bottom.plot(data.layer, he.gradient_norm_rms, color="C1")
    marks.theory(bottom, data.layer, he.gradient_norm_theory)
    if "he_theory_low" in data:
        marks.band(bottom, data.layer, data.he_theory_low, data.he_theory_high, "C1")
        ends = data.isel(layer=0)
        middle = float(np.sqrt(ends.he_theory_low * ends.he_theory_high))
        named = [(1.0, "mean field", marks.INK), (middle, "95 % of nets", "C1")]
    else:
        named = [(float(he.gradient_norm_theory[0]), "mean field", marks.INK)]
    bottom.set(yscale="log", xlabel="layer (1 is next to the input)")
    bottom.set_title("He: single nets around the mean")
    marks.label_ends(bottom, named, gap=0.09)
    ticks = [t for t in (1, 10, 20, 30, 40, 50, 75, 100, 120) if t <= data.sizes["layer"]]
    bottom.set_xticks(ticks)
    fig.supylabel("gradient norm, relative to the last layer", fontsize=9.5)


# %%
def claims(data):
    squared = data.gradient_norm**2
    ratio = squared / squared.shift(layer=-1)  # what one layer does to the squared norm
    for name, label in NAMES.items():
        _, field = mean_field(data, name)
        one = ratio.sel(initializer=name)
        expected = (field[:-1] / field[1:]).mean()
        measured = one.mean(("seed", "layer"))
        error = one.mean("layer").std("seed", ddof=1) / np.sqrt(data.sizes["seed"])
        text = f"{label}: one layer multiplies the squared gradient by"
        yield Claim(f"{name}_rate", text, measured=measured, expected=expected, tolerance=0.04 * expected, standard_error=error)
        short = (squared.sel(initializer=name).isel(layer=0) ** 0.5).median("seed")
        yield Claim(f"{name}_first", f"{label}: gradient norm at layer 1, median over nets", measured=short, low=0)
    if data.attrs["activation"] == "relu":
        width = data.attrs["width"]
        logs = np.log(ratio.sel(initializer="he_normal")).isel(layer=slice(-1))
        text = "He: variance of the logarithm of one layer's factor, times the width"
        yield Claim("he_log_variance", text, measured=logs.var(ddof=1) * width, expected=5.0, tolerance=0.75)
        layers = data.sizes["layer"] - data.layer.values
        low, high = theory.relu_band(layers, width)
        he = squared.sel(initializer="he_normal").isel(layer=0)
        inside = ((he >= low[0]) & (he <= high[0])).mean()
        text = "He: share of the nets inside the finite-width band at layer 1"
        yield Claim("he_inside", text, measured=inside, low=0.84, high=1.0)
        weights = data.weight_gradient_norm.sel(initializer="glorot_uniform").isel(layer=0)
        spread = np.log(weights).std(ddof=1) / np.sqrt(data.sizes["seed"])
        text = "Glorot, ReLU: gradient norm of the first weight matrix over the last, geometric mean"
        yield Claim("glorot_weights", text, measured=np.exp(np.log(weights).mean()), expected=1.0, tolerance=4 * spread, standard_error=spread)


# %%
figure = Figure(
    title="Gradients by depth, under each initializer",
    caption="Norm of the gradient with respect to the pre-activations in {{ activation }} nets of width "
    "{{ width }}, {{ seeds }} nets for each initializer. Solid: root mean square; shaded: the central 95 % of the nets; "
    "dashed: mean-field theory. Below, He alone: 24 single nets in grey, and shaded the interval that theory "
    "gives for 95 % of the nets of this width.",
    alt="Two panels with gradient norm on a log axis against layer, from the last layer on the left to the first on "
    "the right. Under He initialization the norm stays near one; under Glorot, LeCun and orthogonal it shrinks "
    "steadily by many powers of ten; with standard deviation 0.01 it shrinks far faster and with standard "
    "deviation 1 it explodes. The dashed theory covers the measured lines. The lower panel shows single He nets "
    "wandering around one, within a band that widens with the distance from the last layer.",
    sources=("glorot2010", "he2015", "schoenholz2017", "hanin2020"),
    questions=(2, 4),
    ranges={"activation": tuple(ACTIVATIONS), "depth": (2, 120), "width": (16, 4096), "seeds": (4, 8192)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.6,
)
figure
