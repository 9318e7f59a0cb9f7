# %% [markdown]
# # Which initializer for which activation
#
# Nets of fifty layers are drawn at random for each pair of initializer and activation, and the
# gradient with respect to the pre-activations is followed from the last layer back to the first. What
# is left of it says how much the loss still feels of the first layers. (Whether their weights can
# learn depends on the signal as well: their gradient is this one times their input.) Mean-field theory
# predicts it for each pair, layer by layer.

# %%
from functools import cache

import numpy as np
from matplotlib.patches import Rectangle

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.recipe.figure import write_number
from dlfigs.plot import marks

# By the variance of the weights, times the width
INITIALIZERS = {
    "small_normal": "std\n0.01",
    "glorot_uniform": "Glorot\nuniform",
    "glorot_normal": "Glorot\nnormal",
    "lecun_normal": "LeCun\nnormal",
    "orthogonal": "ortho-\ngonal",
    "he_normal": "He\nnormal",
    "large_normal": "std\n1",
}
ACTIVATIONS = {"linear": "Linear", "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU"}
ACTIVATIONS |= {"leaky_relu": "Leaky\nReLU", "elu": "ELU", "selu": "SELU"}
ACTIVATIONS |= {"gelu": "GELU", "swish": "Swish"}
# Largest factors, up or down, by which a gradient that survives, or is borderline, has changed. At
# the default depth theory's factors leave gaps, 17 to 200 and 200 to 370,000: any two limits in
# these gaps give the same verdicts.
SURVIVES, BORDERLINE = 50, 10_000
STRENGTH = {1: 0.14, 5: 0.24, 10: 0.34, 20: 0.45}  # opacity of the fill from so many powers of ten on


# %%
def compute(key, *, depth=50, width=128, seeds=64):
    """Gradient norms relative to the last layer; dims (activation, initializer, seed, layer)."""
    names = {"activations": tuple(ACTIVATIONS), "initializers": tuple(INITIALIZERS)}
    return gradient_norms(key, **names, depth=depth, width=width, seeds=seeds)


# %%
@cache
def gradient(activation, sigma_w2, depth):
    """Theory's mean square of the gradient by layer; four initializers share their variance."""
    return theory.mean_field(activation, sigma_w2, depth)[1]


def mean_field(data):
    """Theory's mean square of the gradient; dims (activation, initializer, layer)."""
    width, depth = data.attrs["width"], data.sizes["layer"]
    field = data.gradient_norm.isel(seed=0, drop=True).copy()
    for initializer in data.initializer.values:
        sigma_w2 = theory.weight_variance(initializer, width, width)
        for activation in data.activation.values:
            at = {"activation": activation, "initializer": initializer}
            field.loc[at] = gradient(activation, sigma_w2, depth)
    return field


def summarize(data):
    """Powers of ten that are left of the gradient at the first layer, measured and in theory."""
    dims, first = "activation initializer", data.gradient_norm.isel(layer=0)
    return dataset(
        {"activation": data.activation.values, "initializer": data.initializer.values},
        {"width": data.attrs["width"]},
        left=(dims, np.log10(first.median("seed")), "log10 of the gradient norm, median over nets"),
        left_theory=(dims, np.log10(mean_field(data).isel(layer=0)) / 2, "the same, mean-field theory"),
    )


def verdict(powers):
    """Return 0 where a gradient changed by so many powers of ten survives, 1 if borderline, 2 if lost."""
    return np.digitize(powers, np.log10([SURVIVES, BORDERLINE]))


# %%
def draw(fig, data):
    ax = fig.subplots()
    rows, columns = data.sizes["activation"], data.sizes["initializer"]
    for i, j in np.ndindex(rows, columns):
        one = data.isel(activation=i, initializer=j)
        value, expected = float(one.left), float(one.left_theory)
        box, survives = (j + 0.03, i + 0.03), verdict(abs(value)) == 0
        if not survives:
            alpha = [strength for least, strength in STRENGTH.items() if abs(value) >= least][-1]
            style = {"facecolor": "C0" if value < 0 else "C1", "alpha": alpha, "linewidth": 0}
            ax.add_patch(Rectangle(box, 0.94, 0.94, **style))
        if verdict(abs(value)) < 2:
            style = {"linewidth": 1.6, "zorder": 3, "linestyle": "-" if survives else (0, (4, 2))}
            ax.add_patch(Rectangle(box, 0.94, 0.94, facecolor="none", edgecolor=marks.INK, **style))
        weight = "bold" if survives else "normal"
        text = {"ha": "center", "va": "center", "color": marks.INK}
        ax.text(j + 0.5, i + 0.34, power(value), fontsize=10, weight=weight, **text)
        ax.text(j + 0.5, i + 0.73, power(expected), fontsize=8.5, style="italic", **text)
    width = data.attrs["width"]
    groups = {}
    for j, name in enumerate(data.initializer.values):
        groups.setdefault(f"{theory.weight_variance(name, width, width):.3g}", []).append(j)
    for variance, members in groups.items():
        ends = (members[0] + 0.08, members[-1] + 0.92)
        ax.plot(ends, (-0.82, -0.82), color=marks.MUTED, linewidth=1, clip_on=False)
        label = f"variance times width: {variance}" if len(members) > 2 else variance
        ax.text(sum(ends) / 2, -0.92, label, fontsize=8.5, color=marks.MUTED, ha="center", va="bottom")
    ax.set(xlim=(0, columns), ylim=(rows, 0))
    ax.set_xticks(np.arange(columns) + 0.5, INITIALIZERS.values(), fontsize=8.5)
    ax.set_yticks(np.arange(rows) + 0.5, ACTIVATIONS.values())
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.grid(False)
    ax.spines[:].set_visible(False)


def power(value):
    """Write an exponent with its sign: three characters or so."""
    if abs(value) < 0.05:
        return "0.0"
    return write_number(value, "+.1f" if abs(value) < 9.95 else "+.0f")


# %%
def claims(data):
    field, seeds = mean_field(data), data.sizes["seed"]
    squared = data.gradient_norm**2 / field
    ratio = summary.layer_factors(squared)  # one layer's factor over theory's
    # Theory is exact for infinite width; a finite one may shift a mean by a few parts in `width`.
    # The rest must be noise.
    beyond = 2 / data.attrs["width"]
    mean, error = ratio.mean(("layer", "seed")), summary.standard_error(ratio.mean("layer"))
    by_layer, layer_error = ratio.mean("seed"), summary.standard_error(ratio)
    of_pairs, of_layers = (summary.chance_limit(each.size, seeds) for each in (mean, by_layer))
    for activation, label in ACTIVATIONS.items():
        label = label.replace("\n", " ")
        for initializer, name in INITIALIZERS.items():
            name = name.replace("-\n", "").replace("\n", " ")
            at = {"activation": activation, "initializer": initializer}
            text = f"{label}, {name}: factor of the squared gradient in one layer over theory’s"
            yield Claim(
                f"{activation}_{initializer}_rate",
                text,
                measured=mean.sel(at),
                expected=1,
                tolerance=beyond + of_pairs * error.sel(at),
                standard_error=error.sel(at),
            )
        worst = summary.largest_deviation(ratio.sel(activation=activation), 1.0, beyond=beyond)
        text = f"{label}: largest deviation of any layer, under any initializer, beyond 2 / width, in standard errors"
        yield Claim(f"{activation}_layers", text, measured=worst, high=of_layers)
    at = abs(by_layer - 1).argmax(...)
    text = "Largest deviation of any layer’s mean factor, as a share of theory’s"
    high = beyond + of_layers * layer_error[at]
    yield Claim(
        "largest_deviation",
        text,
        measured=abs(by_layer[at] - 1),
        high=high,
        standard_error=layer_error[at],
    )
    powers = np.log10(data.gradient_norm.isel(layer=0))
    change, in_theory = abs(powers.median("seed")), abs(np.log10(field.isel(layer=0)) / 2)
    found, expected = (verdict(each) for each in (change.values, in_theory.values))
    text = f"Pairs whose gradient changes by less than a factor of {SURVIVES} from last layer to first"
    yield Claim("survivors", text, measured=(found == 0).sum(), expected=(expected == 0).sum(), tolerance=0)
    for group, (name, extreme, limits) in enumerate(
        (
            ("survivor", "largest", {"high": SURVIVES}),
            ("borderline", "largest", {"low": SURVIVES, "high": BORDERLINE}),
            ("lost", "smallest", {"low": BORDERLINE}),
        )
    ):
        factors = 10 ** change.values[expected == group]
        if factors.size:
            text = f"In theory {name}: {extreme} factor by which the gradient of such a pair changes, up or down"
            measured = factors.min() if extreme == "smallest" else factors.max()
            yield Claim(f"{name}_factor", text, measured=measured, **limits)
    # A median of normal numbers has a standard error larger than a mean's by a factor sqrt(pi / 2)
    spread = np.sqrt(np.pi / 2 / seeds) * powers.std("seed", ddof=1)
    gap = np.minimum(abs(change - np.log10(SURVIVES)), abs(change - np.log10(BORDERLINE))) / spread
    text = "Distance of the closest call from a limit, in standard errors: no verdict is a matter of luck"
    yield Claim("margin", text, measured=gap.min(), low=4)


# %%
figure = Figure(
    title="Which initializer for which activation",
    caption="What is left of the norm of the gradient with respect to the pre-activations after {{ depth }} layers of width "
    "{{ width }}, as a power of ten: upright the median of {{ seeds }} random nets, below it in italics mean-field theory. "
    "Columns share random numbers; Glorot and LeCun normal are the same nets here. Blue: vanished; "
    "orange: exploded; the stronger the color, the worse. Framed: the {{ survivors:.0f }} pairs that survive, that is, change by less than a "
    "factor of 50; dashed: borderline, up to a factor of 10,000. Above: the variance of the weights times the width.",
    alt="A table of nine activation functions by seven initializers. Only {{ survivors:.0f }} of its 63 cells are framed "
    "as survivors: linear, tanh, ELU and SELU under the four initializers of variance one over the width; "
    "tanh, ReLU, leaky ReLU and ELU under He; and the sigmoid under standard deviation one. SELU under He has a dashed "
    "frame, for borderline. All other cells are blue, vanished, or orange, exploded. No cell of GELU or Swish survives. Standard deviation 0.01 "
    "is blue throughout, and standard deviation one orange except for the sigmoid.",
    sources=("glorot2010", "he2015", "lecun1998", "saxe2014", "schoenholz2017"),
    questions=(4, 2),
    ranges={"depth": (5, 100), "width": (32, 512), "seeds": (8, 1024)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.4,
)
figure
