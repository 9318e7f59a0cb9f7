# %% [markdown]
# # Gradients by depth, under each initializer
#
# Deep nets without biases are drawn at random, each is fed one random input, and the gradient of a
# random linear loss is followed back from the last layer. Mean-field theory says how its mean square
# changes in an infinitely wide net: the product of χ from layer to layer.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

NAMES = {
    "glorot_uniform": ("Glorot uniform", color_of("Glorot")),
    "glorot_normal": ("Glorot normal", color_of("Glorot")),
    "he_normal": ("He", color_of("He")),
    "lecun_normal": ("LeCun", color_of("LeCun")),
    "orthogonal": ("orthogonal", color_of("orthogonal")),
    "small_normal": ("std 0.01", color_of("std 0.01")),
    "large_normal": ("std 1", color_of("std 1")),
}


# %%
def compute(key, *, activation="relu", depth=50, width=128, seeds=64):
    """Gradient norms relative to the last layer; dims (initializer, seed, layer)."""
    data = gradient_norms(key, activations=(activation,), depth=depth, width=width, seeds=seeds)
    return data.isel(activation=0, drop=True).assign_attrs(activation=activation)


# %%
def predicted(data, initializer):
    """Mean square of the gradient by layer, and the 95 % interval of single nets, from theory."""
    return theory.gradient_interval(
        data.attrs["activation"], initializer, data.attrs["width"], data.sizes["layer"]
    )


def summarize(data):
    norm, units = data.gradient_norm, {"units": data.gradient_norm.units}
    drawn = summary.interval(norm).assign_attrs(data.attrs)
    rms = np.sqrt((norm**2).mean("seed"))
    drawn["gradient_norm_rms"] = rms.assign_attrs(units, long_name="root mean square over seeds")
    field = norm.isel(seed=0, drop=True)
    field = field.copy(data=[predicted(data, name)[0] ** 0.5 for name in NAMES])
    drawn["gradient_norm_theory"] = field.assign_attrs(units, long_name="mean-field theory")
    return drawn


# %%
def draw(fig, data):
    ax = fig.subplots()
    groups = {}  # names whose lines end at the same place share a label
    for name, (label, color) in NAMES.items():
        one = data.sel(initializer=name)
        marks.band(ax, one.layer, one.gradient_norm_low, one.gradient_norm_high, color)
        ax.plot(one.layer, one.gradient_norm_rms, color=color)
        marks.theory(ax, one.layer, one.gradient_norm_theory)
        y = float(one.gradient_norm_theory[0].clip(2e-15, 5e14))
        groups.setdefault(round(np.log10(y)), []).append((y, label, color))
    ax.set(yscale="log", ylim=(1e-15, 1e15), yticks=10.0 ** np.arange(-15, 16, 5))
    ax.set(xlim=(data.sizes["layer"], 1), xlabel="layer (1 is next to the input)")
    ax.set_xticks([1, *range(10, data.sizes["layer"] + 1, 10 if data.sizes["layer"] <= 60 else 20)])
    ax.set_ylabel("gradient norm, relative to the last layer")
    marks.label_ends(
        ax,
        [
            (
                group[0][0],
                ",\n".join(text for _, text, _ in group),
                group[0][2] if len(group) == 1 else marks.INK,
            )
            for group in groups.values()
        ],
    )


# %%
def claims(data):
    seeds, activation = data.sizes["seed"], data.attrs["activation"]
    squared = data.gradient_norm**2
    factor = summary.layer_factors(squared)  # what one layer does
    limit = summary.chance_limit(factor.sizes["layer"], seeds)
    for name, (label, _) in NAMES.items():
        mean, low, high = predicted(data, name)
        one, expected = factor.sel(initializer=name), mean[:-1] / mean[1:]
        rate, error = one.mean(), summary.standard_error(one.mean("layer"))
        limits = {"expected": expected.mean(), "tolerance": 0.04 * expected.mean(), "standard_error": error}
        text = f"{label}: one layer multiplies the squared gradient by"
        yield Claim(f"{name}_rate", text, measured=rate, **limits)
        text = f"{label}: the layer furthest from theory is off by so many standard errors"
        yield Claim(f"{name}_layers", text, measured=summary.largest_deviation(one, expected), high=limit)
        first = data.gradient_norm.sel(initializer=name).isel(layer=0)
        text = f"{label}: gradient norm at layer 1, median over nets, within a factor of 2 of theory"
        typical = low[0] ** 0.25 * high[0] ** 0.25  # their product may be below all floats
        yield Claim(f"{name}_first", text, measured=first.median(), low=typical / 2, high=typical * 2)
    if activation == "relu":  # scaling a layer scales a ReLU net: no layer gets the smallest gradient
        weights = data.weight_gradient_norm.sel(initializer="glorot_uniform").isel(layer=0)
        mean, error = np.log(weights).mean(), summary.standard_error(np.log(weights))
        limits = {"low": np.exp(-4 * error), "high": np.exp(4 * error), "standard_error": error}
        text = "Glorot: gradient norm of the first weight matrix over the last, geometric mean"
        yield Claim("glorot_weights", text, measured=np.exp(mean), **limits)


# %%
figure = Figure(
    title="Gradients by depth, under each initializer",
    caption="Norm of the gradient with respect to the pre-activations in nets of width {{ width }} with the "
    "activation {{ activation }}, {{ seeds }} nets for each initializer, which share random numbers: at equal widths Glorot "
    "normal and LeCun are the same nets. Solid: root mean square; shaded: the central "
    "95 % of the nets; dashed: mean-field theory.",
    alt="Gradient norm on a log axis against layer, from the last layer on the left to the first on the "
    "right, for nets with the activation {{ activation }} and one line for each initializer. With standard deviation "
    "0.01 the norm shrinks fastest, by many powers of ten; with standard deviation 1 it explodes. For ReLU "
    "it stays near one under He initialization and shrinks steadily under Glorot, LeCun and orthogonal. "
    "The dashed theory covers the measured lines.",
    sources=("glorot2010", "he2015", "schoenholz2017"),
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
    move={"activation": ("relu", "tanh", "sigmoid", "gelu", "selu"), "width": (32, 128)},
    height=4.2,
)
figure
