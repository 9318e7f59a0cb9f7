# %% [markdown]
# # GELU and its approximations
#
# GELU is x · Φ(x), with the normal distribution function Φ. Swish with β = 1.702 often goes by its
# name. How far off are that curve, the best curve of its kind, and the form with tanh?

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.nets.activations import gelu, gelu_tanh, swish
from dlfigs.plot import marks


# %%
def compute(key, *, constant=1.702, limit=6.0):
    """Values and differences to GELU; dims (curve, x). Nothing here is random."""
    best, _ = theory.gelu_best_logistic()
    curves = {  # the names differ even where two constants agree
        "SiLU, β = 1": swish,
        f"Swish, β = {constant:.4g}": lambda x: swish(x, constant),
        f"best, β = {best:.4g}": lambda x: swish(x, best),
        "tanh form": gelu_tanh,
    }
    x = np.linspace(-limit, limit, 12_001)
    with jax.enable_x64(True):
        values, exact = map(np.asarray, jax.jit(lambda x: ([f(x) for f in curves.values()], gelu(x)))(x))
    return dataset(
        {"curve": (list(curves), "curve"), "x": (x, "x")},
        attrs={"constant": constant},
        value=("curve x", values, "value"),
        gelu=("x", exact, "GELU"),
        difference=("curve x", values - exact, "difference to GELU"),
    )


# %%
def summarize(data):
    """The differences are even in x: the positive half is enough."""
    left = data[["value", "gelu"]].sel(x=slice(-4, 2)).isel(x=slice(None, None, 50))
    half = abs(data.difference.sel(x=slice(0, None))).isel(x=slice(50, None, 50)).rename(x="distance")
    half.distance.attrs["long_name"] = "|x|"
    half.attrs |= {"long_name": "absolute difference to GELU", "units": "1"}
    return left.merge(half)


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, height_ratios=(3, 4))
    for i, curve in enumerate(data.curve.values):
        one = data.sel(curve=curve)
        if i < 2:  # the others cannot be told from GELU here
            top.plot(data.x, one.value, color=f"C{i}")
        bottom.plot(data.distance, one.difference, color=f"C{i}")
    marks.theory(top, data.x, data.gelu)
    top.set(xlim=(-4, 2), ylim=(-0.4, 2), xlabel="x", ylabel="value")
    marks.reference(top, y=0)
    last = data.isel(x=-1)
    labels = [(float(last.value[i]), str(last.curve.values[i]), f"C{i}") for i in (0, 1)]
    marks.label_ends(top, [*labels, (float(last.gelu) + 0.01, "dashed: GELU", marks.INK)], gap=0.11)
    bottom.set(yscale="log", xlim=(0, data.distance[-1]), ylim=(1e-6, 1), xlabel="|x|")
    bottom.set_ylabel("difference to GELU")
    ends = data.difference.isel(distance=-1).clip(2e-6)
    marks.label_ends(
        bottom,
        [(float(y), str(curve), f"C{i}") for i, (y, curve) in enumerate(zip(ends, data.curve.values))],
    )


# %%
def claims(data):
    largest = abs(data.difference).max("x").values
    constant = data.attrs["constant"]
    best, best_error = theory.gelu_best_logistic()
    for i, (name, text, expected) in enumerate(
        (
            ("swish", "Swish, β = 1", theory.gelu_logistic_error(1.0)[1]),
            ("usual", f"β = {constant:g}", theory.gelu_logistic_error(constant)[1]),
            ("best", f"β = {best:.4f}, the best constant", best_error),
        )
    ):
        text = f"{text}: largest difference to GELU"
        yield Claim(name, text, measured=largest[i], expected=expected, tolerance=1e-6)
    text = "tanh form: largest difference to GELU"
    yield Claim("tanh", text, measured=largest[3], low=4e-4, high=5e-4)
    text = "largest difference with the given constant over that with the best one"
    yield Claim("ratio", text, measured=largest[1] / largest[2], low=1)
    odd = abs(data.difference - data.difference[:, ::-1].values).max()
    yield Claim(
        "even", "largest change of the difference when x changes its sign", measured=odd, high=1e-12
    )
    lowest = data.gelu.min()
    limits = {"expected": theory.GELU_LOWEST, "tolerance": 1e-5}
    yield Claim("lowest", "lowest value of GELU", measured=lowest, **limits)


# %%
figure = Figure(
    title="Swish with β = 1.702 looks like GELU, but is not GELU",
    caption="Above: GELU, x · Φ(x), dashed; Swish; and Swish with β = {{ constant:.4g }}, which often takes "
    "its place. Below: the absolute difference to GELU, the same for x and −x, of these two, of the best "
    "single constant, and of the approximation with tanh.",
    alt="Above, the dashed curve of GELU lies on Swish with beta 1.702, and Swish with beta 1 dips deeper below zero. "
    "Below, absolute differences to GELU on a log axis against the distance from zero: Swish with beta 1 "
    "reaches {{ swish:.2f }}, beta 1.702 reaches {{ usual:.4f }}, the best constant {{ best:.4f }}, and the tanh "
    "form stays below {{ tanh:.4f }}. Sharp dips are points where a curve crosses GELU.",
    sources=("hendrycks2016", "ramachandran2017"),
    questions=(9, 7),
    ranges={"constant": (0.5, 5.0), "limit": (4.0, 20.0)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.0,
)
figure
