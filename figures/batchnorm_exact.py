# %% [markdown]
# # What batch normalization computes, exactly
#
# Forward: the variance of the output is v / (v + ε), not 1. Backward: the gradient flows through the
# batch's mean and variance. Leave that out, and it is wrong by an amount that depends on the batch
# size alone, for gradients that know nothing of the input.

# %%
import numpy as np
import jax
import xarray as xr

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.normalization import input_gradients, output_variance
from dlfigs.plot import marks

EPSILONS = {1e-3: "ε = 10⁻³\nKeras", 1e-5: "ε = 10⁻⁵\nPyTorch, Flax"}


# %%
def compute(key, *, features=16, batch=32, seeds=64):
    """Output variances, dims (epsilon, seed, variance), and gradient errors, dims (batch, seed)."""
    key_forward, key_backward = jax.random.split(key)
    variances = np.logspace(-7, 1, 17)
    forward = output_variance(key_forward, variances=variances, epsilons=tuple(EPSILONS), batch=batch, seeds=seeds)
    batches = (4, 8, 16, 32, 64, 128, 256)
    return forward.merge(input_gradients(key_backward, batches=batches, features=features, epsilon=1e-5, seeds=seeds))


# %%
def summarize(data):
    drawn = summary.over_seeds(data[["output_variance", "constant_error"]])
    fine = np.logspace(-7, 1, 81)
    sizes = np.geomspace(4, 256, 40)
    attrs = {"units": "1"}
    exact = [theory.batch_norm_output_variance(fine, epsilon) for epsilon in EPSILONS]
    wrong = [theory.constant_statistics_error(size) for size in sizes]
    return drawn.merge(
        xr.Dataset(
            {
                "output_variance_theory": (("epsilon", "variance_theory"), exact, attrs | {"long_name": "v / (v + ε)"}),
                "constant_error_theory": ("batch_theory", wrong, attrs | {"long_name": "sqrt(2 / (m − 2))"}),
            },
            coords={"epsilon": list(EPSILONS), "variance_theory": fine, "batch_theory": sizes},
        )
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1)
    for i, (epsilon, label) in enumerate(EPSILONS.items()):
        one = data.sel(epsilon=epsilon)
        marks.theory(top, data.variance_theory, one.output_variance_theory)
        top.plot(data.variance, one.output_variance_median, "o", color=f"C{i}", zorder=5)
        left = epsilon == min(EPSILONS)  # each label on the outer side of its curve
        x = epsilon * (0.35 if left else 3)
        marks.note(top, x, 0.6, label, color=f"C{i}", ha="right" if left else "left", va="center")
    marks.reference(top, y=1)
    top.set(xscale="log", ylim=(-0.04, 1.1), xlabel="variance of a feature in the batch", ylabel="variance after")
    marks.theory(bottom, data.batch_theory, data.constant_error_theory)
    middle = data.constant_error_median
    errors = [middle - data.constant_error_low, data.constant_error_high - middle]
    bottom.errorbar(data.batch, middle, errors, fmt="o", color="C3", zorder=5)
    bottom.set(xscale="log", yscale="log", xlabel="batch size m", ylabel="error of the gradient", ylim=(0.06, 1.9))
    bottom.set_xticks(data.batch.values, [f"{b}" for b in data.batch.values])
    marks.note(bottom, 22, 0.42, "statistics treated as constants:\n√(2 / (m − 2))", color="C3")


# %%
def claims(data):
    exact = theory.batch_norm_output_variance(data.variance, data.epsilon)
    gap = abs(data.output_variance - exact).max()
    yield Claim("variance_error", "Largest difference between the output variance and v / (v + ε)", measured=gap, high=1e-12)
    keras = data.output_variance.sel(epsilon=1e-3).sel(variance=1e-3, method="nearest").mean()
    text = "Output variance with ε = 0.001 for a feature of variance 0.001"
    yield Claim("half", text, measured=keras, expected=0.5, tolerance=1e-9)
    yield Claim("formula_error", "Largest difference between autodiff and the gradient's formula", measured=data.formula_error.max(), high=1e-11)
    yield Claim("gradient_sum", "Largest sum of the gradient over a batch", measured=data.gradient_sum.max(), high=1e-11)
    for size in (16, 64):
        values = data.constant_error.sel(batch=size)
        measured = np.sqrt((values**2).mean())
        error = values.std(ddof=1) / np.sqrt(data.sizes["seed"])
        expected = theory.constant_statistics_error(size)
        text = f"Batch of {size}: error of the gradient with statistics treated as constants"
        yield Claim(f"constant_error_{size}", text, measured=measured, expected=expected, tolerance=0.08 * expected, standard_error=error)


# %%
figure = Figure(
    title="What batch normalization computes, exactly",
    caption="Top: variance of a feature after batch normalization against its variance before; dots measured "
    "on batches of {{ batch }}, dashes v / (v + ε). Bottom: root mean square error of the gradient when the batch's mean and "
    "variance are treated as constants; dots are medians over {{ seeds }} batches of {{ features }} features, "
    "bars the central 95 %. Where a feature varies as little as ε, the output variance is {{ half:.2f }}, not 1.",
    alt="Top panel: output variance against input variance on a log axis, two S-shaped curves that rise from zero to "
    "one around epsilon, 0.001 for Keras and 0.00001 for PyTorch and Flax; dots lie on the theory. Bottom panel, both "
    "axes logarithmic: the error of the gradient falls from one at batch size four to a tenth at 256, along the "
    "theory's line.",
    sources=("ioffe2015", "keras_batchnorm", "pytorch_batchnorm"),
    questions=(11,),
    ranges={"features": (1, 1024), "batch": (3, 4096), "seeds": (4, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.4,
)
figure
