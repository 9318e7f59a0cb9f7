# %% [markdown]
# # Swish, from a line to ReLU
#
# Swish is x · sigmoid(βx). With β = 0 it is the line x/2; as β grows it approaches ReLU. On the way
# it dips below zero: it is not monotonic. Lambert's W gives the lowest point and the largest
# distance to ReLU exactly.

# %%
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, theory
from dlfigs.nets.activations import relu, swish
from dlfigs.plot import marks


# %%
def compute(key, *, betas=(0.0, 0.5, 1.0, 2.0, 10.0), limit=5.0):
    """Values and slopes; dims (beta, x). Nothing here is random."""
    with jax.enable_x64(True):
        x = jnp.linspace(-limit, limit, 4_001)
        b = jnp.asarray(betas)
        value = jax.vmap(lambda beta: swish(x, beta))(b)
        slope = jax.vmap(lambda beta: jax.vmap(jax.grad(swish), (0, None))(x, beta))(b)
        gap = jnp.abs(value - relu(x)).max(axis=1)
    dims = ("beta", "x")
    return xr.Dataset(
        {
            "swish": (dims, np.asarray(value), {"long_name": "swish", "units": "1"}),
            "slope": (dims, np.asarray(slope), {"long_name": "slope of swish", "units": "1"}),
            "relu_gap": ("beta", np.asarray(gap), {"long_name": "largest distance to ReLU", "units": "1"}),
        },
        coords={
            "beta": ("beta", np.asarray(betas), {"long_name": "β", "units": "1"}),
            "x": ("x", np.asarray(x), {"long_name": "x", "units": "1"}),
        },
    )


# %%
def summarize(data):
    """Every 16th point is enough to draw; the theory's lowest points are drawn with them."""
    positive = data.beta.values[data.beta.values > 0]
    lowest = np.array([theory.swish_minimum(beta) for beta in positive])
    return data[["swish", "slope"]].isel(x=slice(None, None, 16)).merge(
        xr.Dataset(
            {
                "lowest_x": ("positive_beta", lowest[:, 0], {"long_name": "x of the lowest point", "units": "1"}),
                "lowest_value": ("positive_beta", lowest[:, 1], {"long_name": "lowest value", "units": "1"}),
            },
            coords={"positive_beta": positive},
        )
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for i, beta in enumerate(data.beta.values):
        one = data.sel(beta=beta)
        top.plot(one.x, one.swish, color=f"C{i}")
        bottom.plot(one.x, one.slope, color=f"C{i}")
    top.plot(data.lowest_x, data.lowest_value, "o", color=marks.INK, zorder=5)
    marks.note(top, 0.4, -1.3, "dots: lowest points,\nby Lambert’s W", va="center", color=marks.INK)
    ends = data.isel(x=-1)
    names = [f"β = {beta:g}" for beta in data.beta.values]
    for ax, values in ((top, ends.swish), (bottom, ends.slope)):
        ax.set_xlim(float(data.x.min()), float(data.x.max()))
        marks.reference(ax, y=0)
        named = [(float(y), name, f"C{i}") for i, (y, name) in enumerate(zip(values, names))]
        marks.label_ends(ax, named, gap=0.065 if ax is top else 0.1)
    top.set_ylabel("swish")
    bottom.set_ylabel("slope")
    bottom.set_xlabel("x")


# %%
def claims(data):
    fine = data.sel(beta=1.0) if 1.0 in data.beta.values else None
    if fine is not None:
        where, lowest = theory.swish_minimum()
        at = fine.x[fine.swish.argmin("x")]
        yield Claim("lowest_at", "β = 1: where swish is lowest", measured=at, expected=where, tolerance=2e-3)
        yield Claim("lowest", "β = 1: its lowest value", measured=fine.swish.min(), expected=lowest, tolerance=1e-6)
        yield Claim("slope_peak", "β = 1: its largest slope", measured=fine.slope.max(), expected=1.09984, tolerance=1e-5)
        at = fine.x[fine.slope.argmax("x")]
        yield Claim("slope_peak_at", "β = 1: where the slope is largest", measured=at, expected=2.39936, tolerance=2e-3)
        half = fine.slope.sel(x=0, method="nearest")
        yield Claim("slope_at_zero", "β = 1: its slope at zero", measured=half, expected=0.5, tolerance=1e-9)
    for beta in data.beta.values:
        # Where the grid does not reach the farthest point, the distance measured is not the largest
        if beta > 0 and abs(theory.swish_minimum(beta)[0]) < data.x.max():
            name = f"relu_gap_{beta:g}".replace(".", "_")
            text = f"β = {beta:g}: largest distance to ReLU"
            expected = theory.swish_distance_to_relu(beta)
            yield Claim(name, text, measured=data.relu_gap.sel(beta=beta), expected=expected, tolerance=1e-5)
    if 0.0 in data.beta.values:
        line = data.sel(beta=0.0)
        yield Claim("line", "β = 0: largest distance to the line x/2", measured=abs(line.swish - line.x / 2).max(), high=1e-12)


# %%
figure = Figure(
    title="Swish: from a line to ReLU",
    caption="Swish, x · sigmoid(βx), and its slope for several β. The dots are its lowest points from the "
    "closed form; for β = 1 the lowest value is {{ lowest:.4f }}, at x = {{ lowest_at:.3f }}.",
    alt="Curves of swish for five values of beta. For beta 0 it is a straight line of slope one half. For "
    "larger beta it comes closer to ReLU, zero on the left and the diagonal on the right, with a shallow "
    "dip below zero left of the origin. Below, the slopes: for beta 1 the slope rises from slightly below zero "
    "through one half at the origin to slightly above one.",
    sources=("ramachandran2017", "elfwing2018", "corless1996"),
    questions=(9, 7),
    ranges={"betas": (0.0, 50.0), "limit": (1.0, 20.0)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=4.6,
)
figure
