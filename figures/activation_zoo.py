# %% [markdown]
# # Eight activations and their slopes
#
# Each activation function is drawn with its derivative. The derivative comes from automatic
# differentiation; the dashes on top of it are the closed form. What matters for training is the
# slope: it multiplies the gradient once in every layer.

# %%
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, theory
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.plot import marks

NAMES = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "swish": "Swish (SiLU)",
}


# %%
def compute(key, *, limit=5.0):
    """Values and slopes; dims (activation, x). Nothing here is random."""
    with jax.enable_x64(True):
        x = jnp.linspace(-limit, limit, 401)
        values = [ACTIVATIONS[name](x) for name in NAMES]
        slopes = [jax.vmap(jax.grad(ACTIVATIONS[name]))(x) for name in NAMES]
    x = np.asarray(x)
    closed = [np.where(x == 0, s, theory.ACTIVATIONS[n].slope(x)) for n, s in zip(NAMES, slopes)]
    dims = ("activation", "x")
    return xr.Dataset(
        {
            "value": (dims, np.asarray(values), {"long_name": "activation", "units": "1"}),
            "slope": (dims, np.asarray(slopes), {"long_name": "slope by autodiff", "units": "1"}),
            "slope_theory": (dims, np.asarray(closed), {"long_name": "slope, closed form", "units": "1"}),
        },
        coords={"activation": list(NAMES), "x": ("x", x, {"long_name": "pre-activation", "units": "1"})},
    )


# %%
def draw(fig, data):
    panels = fig.subplots(4, 2, sharex=True, sharey=True)
    for ax, name in zip(panels.flat, NAMES):
        one = data.sel(activation=name)
        marks.reference(ax, y=0)
        ax.plot(one.x, one.value)
        ax.plot(one.x, one.slope)
        marks.theory(ax, one.x, one.slope_theory)
        ax.set_title(NAMES[name])
        ax.set_ylim(-2.2, 3)
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
    for name, peak in (("sigmoid", 0.25), ("tanh", 1.0)):
        measured = data.slope.sel(activation=name).max()
        yield Claim(f"{name}_peak", f"{NAMES[name]}: largest slope", measured=measured, expected=peak, tolerance=1e-9)
    where, lowest = theory.swish_minimum()
    swish = data.sel(activation="swish")
    yield Claim("swish_lowest", "Swish: smallest value", measured=swish.value.min(), expected=lowest, tolerance=1e-4)
    gelu = data.sel(activation="gelu")
    yield Claim("gelu_lowest", "GELU: smallest value", measured=gelu.value.min(), expected=-0.16997, tolerance=1e-4)
    yield Claim("swish_peak", "Swish: largest slope", measured=swish.slope.max(), expected=1.09984, tolerance=1e-4)
    yield Claim("gelu_peak", "GELU: largest slope", measured=gelu.slope.max(), expected=1.12890, tolerance=1e-4)
    near = data.slope.sel(activation="selu").sel(x=-1e-9, method="ffill")
    yield Claim("selu_jump", "SELU: slope just left of zero", measured=near, expected=1.7581, tolerance=0.05)


# %%
figure = Figure(
    title="Eight activations and their slopes",
    caption="Value (blue) and slope by automatic differentiation (orange), with the closed form of the "
    "slope dashed on top. The sigmoid's slope never exceeds {{ sigmoid_peak:.2f }}; the others reach "
    "1 or more.",
    alt="Eight small panels, one for each activation function, with its value and its slope. Sigmoid and "
    "tanh flatten on both sides and their slopes go to zero there. ReLU, leaky ReLU, ELU and SELU keep a "
    "constant slope for positive inputs. GELU and Swish dip below zero on the left, and their slopes rise "
    "slightly above one.",
    sources=("maas2013", "clevert2016", "klambauer2017", "hendrycks2016", "ramachandran2017"),
    questions=(7, 9),
    ranges={"limit": (1.0, 20.0)},
    compute=compute,
    draw=draw,
    claims=claims,
    height=6.4,
)
figure
