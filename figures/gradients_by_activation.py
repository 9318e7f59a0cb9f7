# %% [markdown]
# # Which pairs survive fifty layers
#
# The gradient by depth for each activation under each initializer. Theory gives the mean square, and
# how far single nets of this width stray from it: for independent weights the logarithm of the
# squared norm gains a variance of (3 E[φ′⁴] / E[φ′²]² − 1) / width in each layer.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.plot import marks, slides
from dlfigs.plot.meaning import color_of

PANELS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU", "leaky_relu": "Leaky ReLU"}
PANELS |= {"elu": "ELU", "selu": "SELU", "swish": "Swish", "gelu": "GELU"}
# Glorot uniform and normal, LeCun and orthogonal have the same variance here: one line for the four
LINES = {"large_normal": ("std 1", color_of("std 1")), "he_normal": ("He", color_of("He"))}
LINES |= {
    "glorot_normal": ("Glorot", color_of("Glorot")),
    "small_normal": ("std 0.01", color_of("std 0.01")),
}


# %%
def compute(key, *, depth=50, width=128, seeds=64):
    """Gradient norms relative to the last layer; dims (activation, initializer, seed, layer)."""
    nets = {"activations": tuple(PANELS), "initializers": tuple(LINES)}
    return gradient_norms(key, **nets, depth=depth, width=width, seeds=seeds)


# %%
def predicted(data, activation, initializer):
    """Mean square by layer, and the ends of the interval for 95 % of single nets, from theory."""
    return theory.gradient_interval(activation, initializer, data.attrs["width"], data.sizes["layer"])


def summarize(data):
    """Root mean squares and theory, at some twenty layers, the first and the last among them."""
    norm = data.gradient_norm
    shape = norm.isel(seed=0, drop=True)
    rms = np.sqrt((norm**2).mean("seed")).assign_attrs(
        long_name="root mean square over nets", units=norm.units
    )
    ends = np.sqrt([[predicted(data, phi, name) for name in LINES] for phi in PANELS])
    drawn = {"gradient_norm_rms": rms}
    for i, text in enumerate(
        ("mean-field theory", "low end for 95 % of nets", "high end for 95 % of nets")
    ):
        name = ("gradient_norm_theory", "theory_low", "theory_high")[i]
        drawn[name] = shape.copy(data=ends[:, :, i]).assign_attrs(long_name=text, units=norm.units)
    few = np.unique(np.linspace(0, norm.sizes["layer"] - 1, 18).round().astype(int))
    return shape.to_dataset(name="x").assign(drawn).drop_vars("x").isel(layer=few)


# %%
def draw(fig, data):
    rows, columns = (2, 4) if slides.is_wide(fig) else (4, 2)
    panels = fig.subplots(rows, columns, sharex=True, sharey=True)
    for ax, (activation, title) in zip(panels.flat, PANELS.items(), strict=True):
        labels = []
        for name, (label, color) in LINES.items():
            one = data.sel(activation=activation, initializer=name)
            marks.band(ax, one.layer, one.theory_low, one.theory_high, color)
            ax.plot(one.layer, one.gradient_norm_rms, color=color)
            marks.theory(ax, one.layer, one.gradient_norm_theory)
            labels.append((float(one.gradient_norm_rms[0]), label, color))
        ax.set(yscale="log", ylim=(1e-15, 1e15), yticks=10.0 ** np.arange(-10, 11, 10), title=title)
        ax.set(xlim=(data.layer[-1], 1), xticks=[1, *range(10, int(data.layer[-1]) + 1, 20)])
        marks.label_ends(ax, labels, gap=0.16)
    for ax in panels[-1]:
        ax.set_xlabel("layer")
    fig.supylabel("gradient norm, relative to the last layer", fontsize=9.5)


# %%
def claims(data):
    squared = data.gradient_norm**2
    factor = summary.layer_factors(squared)
    limit = summary.chance_limit(len(LINES) * factor.sizes["layer"], data.sizes["seed"])
    for activation, label in PANELS.items():
        mean, low, high = np.moveaxis([predicted(data, activation, name) for name in LINES], 1, 0)
        one = factor.sel(activation=activation)
        chi = one.isel(seed=0, drop=True).copy(data=mean[:, :-1] / mean[:, 1:])
        text = f"{label}: over all initializers and layers, the factor furthest from theory, in standard errors"
        yield Claim(f"{activation}_layers", text, measured=summary.largest_deviation(one, chi), high=limit)
        first = squared.sel(activation=activation).isel(layer=0)
        ends = (first.isel(seed=0, drop=True).copy(data=end[:, 0]) for end in (low, high))
        inside = ((first >= next(ends)) & (first <= next(ends))).mean("seed")
        text = f"{label}: share of the nets in the 95 % interval at layer 1, all initializers"
        if activation in ("swish", "gelu"):
            text += " except He"
            he, inside = inside.sel(initializer="he_normal"), inside.drop_sel(initializer="he_normal")
        yield Claim(f"{activation}_inside", text, measured=inside.mean(), low=0.85, high=1)
    text = "GELU under He: share of the nets in the 95 % interval; the signal strays too"
    yield Claim("gelu_he_inside", text, measured=he, low=0.2, high=0.8)


# %%
figure = Figure(
    title="Which pairs of activation and initializer survive {{ depth }} layers",
    caption="Norm of the gradient with respect to the pre-activations, by layer, in nets of width {{ width }}, relative to the "
    "last layer: root mean square of "
    "{{ seeds }} nets, with mean-field theory dashed on top. Shaded: the interval that theory gives for 95 % of "
    "single nets of this width. Glorot stands for LeCun and orthogonal as well, which have the same variance here. "
    "Lines that leave the panel end far outside it.",
    alt="Eight panels, one for each activation, with gradient norm on a log axis against layer, from the last "
    "layer on the left to the first on the right. With standard deviation 0.01 the gradient vanishes in every panel; "
    "with 1 it explodes in all but the sigmoid's. The sigmoid loses it under Glorot and He. Tanh, ELU and SELU "
    "keep it within a few powers of ten under both, ReLU and leaky ReLU under He; Swish and GELU lose it under both. The theory lies "
    "on the measured lines, except for GELU under He, where single nets stray far from it.",
    sources=("glorot2010", "he2015", "schoenholz2017", "hanin2020"),
    questions=(2, 4),
    ranges={"depth": (4, 120), "width": (16, 4096), "seeds": (4, 8192)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=6.8,
)
figure
