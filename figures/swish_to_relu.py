# %% [markdown]
# # How fast Swish becomes ReLU, and how it is steered
#
# The largest distance between Swish and ReLU is W(1/e)/β, with Lambert's W: on logarithmic axes a
# straight line. β can be learned; its derivative is large exactly where the slope in x is extreme.

# %%
import jax
import jax.numpy as jnp
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.nets.activations import relu, swish
from dlfigs.plot import marks


# %%
def compute(key, *, betas=(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0), beta=1.0, limit=8.0):
    """Distances to ReLU, dims (beta); derivatives at one β, dims (u). Nothing here is random."""
    u = np.linspace(-limit, limit, 8001)
    # One grid for all β, so that the law is measured and not built in
    wide = np.outer([-1, 1], np.logspace(-4, 4, 20_001))

    def derivatives(x):
        in_x, in_beta = jax.grad(swish, 0), jax.grad(swish, 1)
        return in_x(x, beta), jax.grad(in_x, 0)(x, beta), in_beta(x, beta)

    with jax.enable_x64(True):
        distance = jax.jit(lambda b: jnp.abs(swish(wide, b) - relu(wide)).max())
        gap = [distance(b) for b in betas]
        slope, bend, beta_slope = jax.jit(jax.vmap(derivatives))(u / beta)
    return dataset(
        {"beta": (betas, "β"), "u": (u, "βx")},
        attrs={"shown": beta},
        relu_gap=("beta", gap, "largest distance between swish and ReLU"),
        slope=("u", slope, "derivative in x"),
        beta_slope=("u", beta_slope, "derivative in β"),
        bend=("u", bend, "second derivative in x"),
    )


# %%
def summarize(data):
    expected = [theory.swish_distance_to_relu(beta) for beta in data.beta.values]
    drawn = data.isel(u=slice(None, None, 80))
    long_name = "largest distance between swish and ReLU, W(1/e)/β"
    drawn["theory"] = ("beta", expected, {"long_name": long_name, "units": "1"})
    return drawn


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1)
    top.plot(data.beta, data.relu_gap, "o", color="C0", zorder=5)
    marks.theory(top, data.beta, data.theory)
    top.set(xscale="log", yscale="log", xlabel="β", ylabel="distance to ReLU")
    words = "dashed: W(1/e)/β\ndots: measured"
    marks.note(top, 0.55, 0.7, words, color=marks.INK, transform=top.transAxes)

    beta = data.attrs["shown"]
    curves = (("slope", "in x", "C0"), ("beta_slope", "in β", "C1"), ("bend", "in x, twice", "C2"))
    for name, _, color in curves:
        bottom.plot(data.u / beta, data[name], color=color)
    steepest, _ = theory.swish_steepest(beta)
    for x in (-steepest, steepest):
        marks.reference(bottom, x=x)
    marks.reference(bottom, y=0)
    bottom.set(xlim=(data.u[0] / beta, data.u[-1] / beta), xlabel=f"x, with β = {beta:g}")
    bottom.set_ylabel("derivative of swish")
    ends = data.isel(u=-1)
    marks.label_ends(bottom, [(float(ends[name]), text, color) for name, text, color in curves], gap=0.1)


# %%
def claims(data):
    expected = np.array([theory.swish_distance_to_relu(beta) for beta in data.beta.values])
    off = np.abs(data.relu_gap.values / expected - 1).max()
    yield Claim(
        "relu_gap", "largest relative deviation of the distance from W(1/e)/β", measured=off, high=1e-5
    )
    if data.sizes["beta"] > 1:
        power = np.polyfit(np.log(data.beta), np.log(data.relu_gap), 1)[0]
        text = "the distance to ReLU falls with this power of β"
        yield Claim("power", text, measured=power, expected=-1, tolerance=1e-5)
    beta, x = data.attrs["shown"], data.u / data.attrs["shown"]
    at, steepest = theory.swish_steepest(beta)
    step = float(x[1] - x[0])
    right, peak = data.u > 0, theory.swish_beta_slope_peak(beta)
    for name, text, measured, expected, tolerance in (
        ("steepest", "largest slope in x", data.slope.max(), steepest, 1e-5),
        ("steepest_at", "where that is", x[data.slope.argmax("u")], at, step),
        ("flattest", "smallest slope in x: 1 minus the largest", data.slope.min(), 1 - steepest, 1e-5),
        ("beta_peak", "largest derivative in β", data.beta_slope.max(), peak, 1e-5 * peak),
        (
            "beta_peak_at",
            "where that is, for positive x",
            x[data.beta_slope.where(right).argmax("u")],
            at,
            step,
        ),
        (
            "beta_slope",
            "derivative in β: largest deviation from x² times the logistic density",
            np.abs(data.beta_slope - theory.swish_beta_slope(x.values, beta)).max(),
            0,
            1e-12 * max(1, peak),
        ),
        ("bend_at_zero", "second derivative in x at zero: β/2", data.bend.max(), beta / 2, 1e-9 * beta),
    ):
        yield Claim(name, text, measured=measured, expected=expected, tolerance=tolerance)


# %%
figure = Figure(
    title="Double β, and Swish is twice as close to ReLU",
    caption="Above: the largest distance between Swish, x · sigmoid(βx), and ReLU; dashed the closed form. Below, for "
    "β = {{ beta }}: the derivatives of Swish with respect to x and to β, and the second derivative in x. Dotted: "
    "where the second derivative is zero, at x = ±{{ steepest_at.expected:.3f }}.",
    alt="Above, measured distances to ReLU fall along a dashed straight line on log axes as beta grows. Below, three "
    "curves against x: the slope in x rises from just below zero through one half to a little above one and returns "
    "to one; the derivative in beta has two equal humps, is zero at x = 0 and never negative; the second derivative "
    "is a bell of height one half with shallow negative tails. The humps lie where the slope in x is extreme.",
    sources=("ramachandran2017", "corless1996"),
    questions=(9,),
    ranges={"betas": (0.001, 1000.0), "beta": (0.01, 100.0), "limit": (4.0, 20.0)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"beta": (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)},
    height=5.0,
)
figure
