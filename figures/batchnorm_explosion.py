# %% [markdown]
# # Batch normalization makes gradients grow
#
# Random nets of batch-normalized layers, and the gradient followed back from the last layer. In a wide
# ReLU net each layer multiplies its mean squared norm by the same number above one, whatever the size of the
# weights: the theory of Yang et al. (2019) for the batch size at hand.

# %%
import jax
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.batch_norm_gradients import batch_norm_gradients
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

RELU, LINEAR = (8, 16, 32, 128), (8, 16)
DRAWN = {8: "C1", 128: "C0"}


# %%
def compute(key, *, depth=20, width=128, seeds=64):
    """Squared gradient norms, dims (batch, seed, layer), for ReLU and for linear units."""
    sizes = {"depth": depth, "width": width, "seeds": seeds}
    keys = jax.random.split(key)
    relu, linear = (
        batch_norm_gradients(k, activations=(name,), batches=batches, **sizes).isel(activation=0, drop=True)
        for k, name, batches in zip(keys, ("relu", "linear"), (RELU, LINEAR), strict=True)
    )
    linear = linear.rename(squared_gradient="squared_gradient_linear", batch="linear_batch")
    return xr.merge([relu, linear], combine_attrs="override")


def factors(data):
    """What a layer multiplies by: not the first, which sees no normalized layer, nor the top two."""
    return {
        name: summary.layer_factors(data[f"squared_gradient{suffix}"]).isel(layer=slice(1, -1))
        for name, suffix in (("relu", ""), ("linear", "_linear"))
    }


# %%
def summarize(data):
    found, fine = factors(data), np.geomspace(6, 200, 40)
    drawn = summary.interval(data.squared_gradient.sel(batch=list(DRAWN)))
    mean = data.squared_gradient.sel(batch=list(DRAWN)).mean("seed")
    layers = data.sizes["layer"] - data.layer.values
    growth = [[theory.batch_norm_gradient_growth("relu", b) ** k for k in layers] for b in DRAWN]
    units = data.squared_gradient.attrs
    return drawn.rename(batch="drawn_batch").merge(
        dataset(
            {
                "drawn_batch": (list(DRAWN), "batch size"),
                "layer": (data.layer.values, "layer"),
                "batch": (list(RELU), "batch size"),
                "linear_batch": (list(LINEAR), "batch size"),
                "fine_batch": (fine, "batch size"),
            },
            mean_square=("drawn_batch layer", mean, "mean square of the gradient", units["units"]),
            growth=("drawn_batch layer", growth, "theory", units["units"]),
            relu=("batch", found["relu"].mean(("seed", "layer")), "growth per layer, ReLU"),
            linear=("linear_batch", found["linear"].mean(("seed", "layer")), "growth per layer, linear"),
            **{
                f"{name}_theory": (
                    "fine_batch",
                    [theory.batch_norm_gradient_growth(name, b) for b in fine],
                    f"theory, {name}",
                )
                for name in ("relu", "linear")
            },
        )
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1)
    for batch, color in DRAWN.items():
        one = data.sel(drawn_batch=batch)
        marks.band(top, data.layer, one.squared_gradient_low, one.squared_gradient_high, color)
        top.plot(data.layer, one.mean_square, color=color)
        marks.theory(top, data.layer, one.growth)
    last = data.sizes["layer"]
    top.set(yscale="log", xlim=(last, 1), xlabel="layer (1 is next to the input)")
    top.set_ylabel("squared gradient norm,\nrelative to the last layer")
    top.set_xticks([1, *range(5, last + 1, 5 if last <= 40 else 20)])
    marks.reference(top, y=1)
    ends = [
        (float(data.growth.sel(drawn_batch=b, layer=1)), f"batches\nof {b}", c) for b, c in DRAWN.items()
    ]
    marks.label_ends(top, ends)
    for name, x, color in (("relu", data.batch, color_of("ReLU")), ("linear", data.linear_batch, "C3")):
        marks.theory(bottom, data.fine_batch, data[f"{name}_theory"])
        bottom.plot(x, data[name], "o", color=color, zorder=5)
    limit = theory.batch_norm_gradient_growth("relu", np.inf)
    marks.reference(bottom, y=limit)
    bottom.set(xscale="log", ylim=(0.95, 2.0), xlabel="batch size", ylabel="factor per layer")
    bottom.set_xticks(RELU, [str(b) for b in RELU])
    bottom.minorticks_off()
    marks.label_ends(bottom, [(limit, "ReLU:\nπ / (π − 1)", color_of("ReLU")), (1.0, "linear", "C3")])


# %%
def claims(data):
    for name, values in factors(data).items():
        batches = values.batch if name == "relu" else values.linear_batch
        for size in batches.values:
            one = values.sel({batches.name: size})
            expected = theory.batch_norm_gradient_growth(name, size)
            limits = {"expected": expected, "tolerance": 0.03 * expected}
            text = f"{name}, batches of {size}: one layer multiplies the squared gradient norm by"
            yield Claim(f"{name}_{size}", text, **summary.mean(one), **limits)
    text = "ReLU, batches of 128: squared gradient at layer 2 over the last layer, median"
    first = data.squared_gradient.sel(batch=128).isel(layer=1).median()
    depth = data.sizes["layer"]
    yield Claim("second_layer", text, measured=first, low=1.4 ** (depth - 2))


# %%
figure = Figure(
    title="At initialization, batch normalization makes gradients grow toward the input",
    caption="Random nets of {{ depth }} batch-normalized layers of width {{ width }}, without skip connections; {{ seeds }} nets. "
    "Top: squared norm of the gradient with respect to the pre-activations, ReLU; lines: mean; shaded: the central 95 % of the nets; "
    "dashed: theory. Bottom: by how much one layer multiplies it on average; dots measured, dashed theory, dotted the limit of "
    "large batches for ReLU.",
    alt="Top: squared gradient norm on a log axis against layer, from the last on the left to the first on the right. It grows "
    "along straight lines, with batches of 128 to {{ second_layer:.0f}} times, faster with batches of 8, and drops only at the "
    "very first layer. Bottom: the factor per layer against the batch size, for ReLU falling from {{ relu_8:.2f }} at 8 toward "
    "π/(π − 1), for linear units from {{ linear_8:.2f }} toward 1; the dots lie on the dashed theory.",
    sources=("yang2019",),
    questions=(12, 2),
    ranges={"depth": (5, 60), "width": (64, 512), "seeds": (4, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.2,
)
figure
