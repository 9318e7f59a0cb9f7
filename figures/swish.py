# %% [markdown]
# # Swish, from a line to ReLU
#
# Swish is x · sigmoid(βx). With β = 0 it is the line x/2; as β grows it approaches ReLU. On the way
# it dips below zero: it is not monotonic. Lambert's W gives the lowest point and the largest
# distance to ReLU exactly.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.nets.activations import swish
from dlfigs.plot import marks


# %%
def compute(key, *, betas=(0.0, 0.5, 1.0, 2.0, 10.0), limit=5.0):
    """Values and slopes; dims (beta, x). Nothing here is random."""
    x = np.linspace(-limit, limit, 4001)
    for_all_x = jax.vmap(jax.value_and_grad(swish), (0, None))
    with jax.enable_x64(True):
        value, slope = map(np.asarray, jax.jit(jax.vmap(for_all_x, (None, 0)))(x, np.asarray(betas)))
    gap = np.abs(value - np.maximum(x, 0)).max(axis=1)
    return dataset(
        {"beta": (betas, "β"), "x": (x, "x")},
        swish=("beta x", value, "swish"),
        slope=("beta x", slope, "slope of swish"),
        relu_gap=("beta", gap, "largest distance to ReLU"),
    )


# %%
def summarize(data):
    """Every 16th point is enough to draw; the theory's lowest points come with them."""
    positive = [beta for beta in data.beta.values if beta > 0]
    x, value = np.reshape([theory.swish_minimum(beta) for beta in positive], (-1, 2)).T
    return (
        data[["swish", "slope"]]
        .isel(x=slice(None, None, 16))
        .merge(
            dataset(
                {"positive_beta": (positive, "β")},
                lowest_x=("positive_beta", x, "x of the lowest point"),
                lowest_value=("positive_beta", value, "lowest value"),
            )
        )
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for ax, name, gap in ((top, "swish", 0.065), (bottom, "slope", 0.1)):
        for i, beta in enumerate(data.beta.values):
            ax.plot(data.x, data[name].sel(beta=beta), color=f"C{i}")
        ax.set(ylabel=name, xlim=(data.x[0], data.x[-1]))
        marks.reference(ax, y=0)
        ends = enumerate(zip(data[name].isel(x=-1).values, data.beta.values, strict=True))
        marks.label_ends(ax, [(y, f"β = {beta:g}", f"C{i}") for i, (y, beta) in ends], gap=gap)
    top.plot(data.lowest_x, data.lowest_value, "o", color=marks.INK, zorder=5)
    marks.note(top, 0.08 * data.x.max(), -1.3, "dots: lowest points,\nby Lambert’s W", va="center")
    bottom.set_xlabel("x")


# %%
def claims(data):
    step = float(data.x[1] - data.x[0])
    for beta in data.beta.values:
        # Only where the grid reaches the lowest point are minimum and distance what theory means
        if beta > 0 and -theory.swish_minimum(beta)[0] < data.x.max():
            gap, expected = data.relu_gap.sel(beta=beta), theory.swish_distance_to_relu(beta)
            name = f"relu_gap_{beta:g}".replace(".", "_")
            text = f"β = {beta:g}: largest distance to ReLU"
            # A grid misses the lowest point by half a step at most; the second derivative is at most β/2
            missed = beta / 2 * (step / 2) ** 2 / 2
            yield Claim(name, text, measured=gap, expected=expected, tolerance=missed)
    if 0 in data.beta:
        gap = abs(data.swish.sel(beta=0) - data.x / 2).max()
        yield Claim("line", "β = 0: largest distance to the line x/2", measured=gap, high=1e-12)
    if 1 in data.beta and data.x.max() > 3:
        one = data.sel(beta=1)
        (at, lowest), peak = theory.swish_minimum(), theory.STEEPEST["swish"]
        for name, text, measured, expected, tolerance in (
            ("lowest", "its lowest value", one.swish.min(), lowest, 1e-5),
            ("lowest_at", "where swish is lowest", one.x[one.swish.argmin("x")], at, 5e-3),
            ("slope_peak", "its largest slope", one.slope.max(), peak, 1e-5),
            (
                "steepest_at",
                "where it is steepest",
                one.x[one.slope.argmax("x")],
                theory.SWISH_STEEPEST_AT,
                5e-3,
            ),
            ("slope_at_zero", "its slope at zero", one.slope.sel(x=0, method="nearest"), 0.5, 1e-9),
        ):
            yield Claim(name, f"β = 1: {text}", measured=measured, expected=expected, tolerance=tolerance)


# %%
figure = Figure(
    title="Swish: from a line to ReLU",
    caption="Swish, x · sigmoid(βx), and its slope for several β. The dots are its lowest points from "
    "the closed form.",
    alt="Curves of swish for five values of beta. For beta 0 it is a straight line of slope one half. "
    "For larger beta it comes closer to ReLU, zero on the left and the diagonal on the right, with a "
    "shallow dip below zero left of the origin. Below, the slopes: for beta 1 the slope rises from "
    "slightly below zero through one half at the origin to slightly above one.",
    sources=("ramachandran2017", "elfwing2018", "corless1996"),
    questions=(9, 7),
    ranges={"betas": (0.0, 50.0), "limit": (4.0, 20.0)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=4.6,
)
figure
