# %% [markdown]
# # Eight activations and their slopes
#
# Each activation function is drawn with its derivative. The derivative comes from automatic
# differentiation; the dashes on top of it are the closed form. The slope multiplies the gradient once
# in every layer; the value decides how large the signal is.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.plot import marks, slides

NAMES = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU", "leaky_relu": "Leaky ReLU"}
NAMES |= {"elu": "ELU", "selu": "SELU", "gelu": "GELU", "swish": "Swish (SiLU)"}


# %%
@jax.jit
def values_and_slopes(x):
    functions = [ACTIVATIONS[name] for name in NAMES]
    return [f(x) for f in functions], [jax.vmap(jax.grad(f))(x) for f in functions]


def compute(key, *, limit=5.0):
    """Values and slopes; dims (activation, x). Nothing here is random."""
    x = np.linspace(-limit, limit, 400)  # an even number: no point lies on a kink
    with jax.enable_x64(True):
        values, slopes = values_and_slopes(x)
    closed = [theory.ACTIVATIONS[name].slope(x) for name in NAMES]
    return dataset(
        {"activation": list(NAMES), "x": (x, "pre-activation")},
        value=("activation x", values, "activation"),
        slope=("activation x", slopes, "slope by automatic differentiation"),
        slope_theory=("activation x", closed, "slope, closed form"),
    )


# %%
def draw(fig, data):
    rows, columns = (2, 4) if slides.is_wide(fig) else (4, 2)
    panels = fig.subplots(rows, columns, sharex=True, sharey=True)
    for ax, (name, label) in zip(panels.flat, NAMES.items(), strict=True):
        one = data.sel(activation=name)
        marks.reference(ax, y=0)
        ax.plot(one.x, one.value)
        ax.plot(one.x, one.slope)
        marks.theory(ax, one.x, one.slope_theory)
        ax.set(title=label, ylim=(-2.2, 3))
    panels[0, 0].text(-4.7, 1.5, "value", color="C0")
    panels[0, 0].text(1.2, -1.2, "slope", color="C1")
    for ax in panels[-1]:
        ax.set_xlabel("pre-activation")


# %%
def claims(data):
    gap = abs(data.slope - data.slope_theory).max("x")
    for name, label in NAMES.items():
        text = f"{label}: largest difference between autodiff's slope and the closed form"
        yield Claim(f"{name}_slope_error", text, measured=gap.sel(activation=name), high=1e-12)
    left = data.x[data.x < 0][-1]  # the slope left of zero is scale * alpha * exp(x)
    jump = data.slope.sel(activation="selu", x=left) * np.exp(-left)
    text, expected = "SELU: slope just left of zero", theory.SELU_SCALE * theory.SELU_ALPHA
    yield Claim("selu_jump", text, measured=jump, expected=expected, tolerance=1e-9)
    lowest, highest = data.value.min("x"), data.slope.max("x")
    # A grid misses an extreme by half a step at most, and the curvature there is at most tanh's, 2
    missed = float(data.x[1] - data.x[0]) ** 2 / 4
    for name, expected in (("swish", theory.swish_minimum()[1]), ("gelu", theory.GELU_LOWEST)):
        measured = lowest.sel(activation=name)
        text = f"{NAMES[name]}: smallest value"
        yield Claim(f"{name}_lowest", text, measured=measured, expected=expected, tolerance=missed)
    for name, expected in theory.STEEPEST.items():
        measured = highest.sel(activation=name)
        text = f"{NAMES[name]}: largest slope"
        yield Claim(f"{name}_peak", text, measured=measured, expected=expected, tolerance=missed)


# %%
figure = Figure(
    title="Eight activations and their slopes",
    caption="Value (blue) and slope by automatic differentiation (orange), with the closed form of "
    "the slope dashed on top. The sigmoid's slope never exceeds {{ sigmoid_peak:.2f }}; those of the "
    "others reach 1 or more.",
    alt="Eight small panels, one for each activation function, with its value and its slope. Sigmoid "
    "and tanh flatten on both sides and their slopes go to zero there. ReLU, leaky ReLU, ELU and SELU "
    "keep a constant slope for positive inputs. GELU and Swish dip below zero on the left, and their "
    "slopes rise slightly above one.",
    sources=("maas2013", "clevert2016", "klambauer2017", "hendrycks2016", "ramachandran2017"),
    questions=(7, 9),
    ranges={"limit": (2.5, 10.0)},
    compute=compute,
    draw=draw,
    claims=claims,
    height=6.4,
)
figure
