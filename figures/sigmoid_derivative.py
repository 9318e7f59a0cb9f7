# %% [markdown]
# # The sigmoid saturates in its output
#
# The slope of the sigmoid is σ(x)(1 − σ(x)). It is small where the *output* is near 0 or 1, which is
# where the input is far from zero. At input 0 the slope is at its largest, and that is only 1/4.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.nets.activations import sigmoid
from dlfigs.plot import marks

SATURATED = np.log(99)  # from this input on the output is within 0.01 of 1


# %%
def compute(key, *, limit=8.0):
    """Value and slope; dims (x). Nothing here is random."""
    x = np.linspace(-limit, limit, 1601)
    with jax.enable_x64(True):
        value, slope = jax.jit(jax.vmap(jax.value_and_grad(sigmoid)))(x)
        at_one = jax.jit(jax.grad(sigmoid))(1.0)
    return dataset(
        {"x": (x, "input x")},
        sigmoid=("x", value, "sigmoid"),
        slope=("x", slope, "slope by automatic differentiation"),
        slope_theory=("x", theory.ACTIVATIONS["sigmoid"].slope(x), "σ(x)(1 − σ(x))"),
        slope_at_one=("", at_one, "slope at input 1"),
    )


# %%
def summarize(data):
    """Every tenth point is enough to draw."""
    return data.drop_vars("slope_at_one").isel(x=slice(None, None, 10))


# %%
def draw(fig, data):
    ax = fig.subplots()
    limit = float(data.x.max())
    for side in (-1, 1):
        ax.axvspan(side * SATURATED, side * limit, color=marks.MUTED, alpha=0.12, linewidth=0)
    ax.plot(data.x, data.sigmoid)
    ax.plot(data.x, data.slope)
    marks.theory(ax, data.x, data.slope_theory)
    marks.reference(ax, y=0.25)
    ax.set(xlim=(-limit, limit), ylim=(-0.03, 1.06), xlabel="input x", yticks=np.linspace(0, 1, 5))
    marks.note(ax, 0.35, 0.265, "largest slope: 1/4", color=marks.INK)
    marks.note(ax, -limit * 0.97, 0.94, "output\nbelow 0.01", va="center")
    marks.note(ax, limit * 0.97, 0.5, "output\nabove 0.99", ha="right", va="center")
    ax.text(1.5, 0.9, "σ(x)", color="C0", ha="right")
    ax.text(2.6, 0.11, "slope", color="C1")


# %%
def claims(data):
    gap = abs(data.slope - data.slope_theory).max()
    flat = data.slope.where(abs(data.x) >= SATURATED).max()
    at = data.x[data.slope.argmax("x")]
    text = "Largest difference between autodiff and σ(1 − σ)"
    yield Claim("formula_error", text, measured=gap, high=1e-12)
    text = "Largest slope of the sigmoid"
    yield Claim("peak", text, measured=data.slope.max(), expected=0.25, tolerance=1e-9)
    text = "Input at which the slope is largest"
    yield Claim("peak_at", text, measured=abs(at), expected=0, tolerance=1e-9)
    text = "Slope at input 1"
    yield Claim("at_one", text, measured=data.slope_at_one, expected=0.196612, tolerance=1e-6)
    text = "Largest slope where the output is within 0.01 of 0 or 1"
    yield Claim("saturated", text, measured=flat, high=0.01 * 0.99 + 1e-9)


# %%
figure = Figure(
    title="The sigmoid saturates in its output",
    caption="The sigmoid and its slope by automatic differentiation, with σ(1 − σ) dashed on top. "
    "Shaded: the output is within 0.01 of 0 or 1, and the slope is below {{ saturated:.4f }}. The "
    "largest slope, {{ peak:.2f }}, is at input {{ peak_at:.0f }}; at input 1 it is still {{ at_one:.3f }}.",
    alt="The S-shaped sigmoid rises from zero to one. Its slope is a bell that peaks at {{ peak:.2f}} "
    "where the input is zero, and is close to zero in two shaded regions, where the output is nearly "
    "zero or nearly one.",
    sources=("lecun1998", "glorot2010"),
    questions=(3,),
    ranges={"limit": (5.0, 20.0)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
)
figure
