# %% [markdown]
# # What batch normalization computes, exactly
#
# Forward: the variance of the output is v / (v + ε), not 1. Backward: the gradient flows through the
# batch's mean and variance. Leave that out, and it is wrong by an amount that depends on the batch
# size alone, for gradients that know nothing of the input.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.normalization import input_gradients, output_variance
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

EPSILONS = {1e-3: "ε = 10⁻³\nKeras", 1e-5: "ε = 10⁻⁵\nPyTorch, Flax"}
COLORS = (color_of("Keras"), color_of("PyTorch"))
BATCHES = (4, 8, 16, 32, 64, 128, 256)


# %%
def compute(key, *, features=16, batch=32, seeds=64):
    """Output variances, dims (epsilon, seed, variance), and gradient errors, dims (batch, seed)."""
    forward, backward = jax.random.split(key)
    grid = {"variances": np.logspace(-7, 1, 17), "epsilons": tuple(EPSILONS)}
    outputs = output_variance(forward, batch=batch, seeds=seeds, **grid)
    sizes = {"batches": BATCHES, "features": features, "seeds": seeds}
    return outputs.merge(input_gradients(backward, epsilon=1e-5, **sizes))


# %%
def summarize(data):
    fine, sizes = np.logspace(-7, 1, 81), np.geomspace(4, 256, 40)
    exact = [theory.batch_norm_output_variance(fine, epsilon) for epsilon in EPSILONS]
    wrong = [theory.constant_statistics_error(size) for size in sizes]
    return summary.over_seeds(data[["output_variance", "constant_error"]]).merge(
        dataset(
            {
                "epsilon": list(EPSILONS),
                "variance_theory": (fine, "variance before"),
                "batch_theory": (sizes, "batch size"),
            },
            output_variance_theory=("epsilon variance_theory", exact, "v / (v + ε)"),
            constant_error_theory=("batch_theory", wrong, "sqrt(2 / (m − 2))"),
        )
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1)
    marks.reference(top, y=1)
    for (epsilon, label), color in zip(EPSILONS.items(), COLORS, strict=True):
        one = data.sel(epsilon=epsilon)
        marks.theory(top, data.variance_theory, one.output_variance_theory)
        top.plot(data.variance, one.output_variance_median, "o", color=color, zorder=5)
        side, ha = (0.35, "right") if epsilon == min(EPSILONS) else (3, "left")
        marks.note(top, epsilon * side, 0.6, label, color=color, ha=ha, va="center")
    top.set(xscale="log", ylim=(-0.04, 1.1), ylabel="variance after")
    top.set_xlabel("variance of a feature in the batch")
    marks.theory(bottom, data.batch_theory, data.constant_error_theory)
    marks.points(bottom, data, "constant_error", "batch", "C2")
    marks.note(bottom, 22, 0.42, "statistics treated as constants:\n√(2 / (m − 2))", color="C2")
    bottom.set(xscale="log", yscale="log", ylim=(0.06, 1.9), ylabel="error of the gradient")
    bottom.set_xticks(data.batch.values, [f"{size}" for size in data.batch.values])
    bottom.set_xlabel("batch size m")


# %%
def claims(data):
    gap = abs(data.output_variance - theory.batch_norm_output_variance(data.variance, data.epsilon))
    text = "Largest difference between the output variance and v / (v + ε)"
    yield Claim("variance_error", text, measured=gap.max(), high=1e-12)
    half = data.output_variance.sel(epsilon=1e-3).sel(variance=1e-3, method="nearest").mean()
    text = "Output variance with ε = 0.001 for a feature of variance 0.001"
    yield Claim("half", text, measured=half, expected=0.5, tolerance=1e-9)
    text = "Largest difference between autodiff and the gradient's formula"
    yield Claim("formula_error", text, measured=data.formula_error.max(), high=1e-11)
    text = "Largest sum of the gradient over a batch"
    yield Claim("gradient_sum", text, measured=data.gradient_sum.max(), high=1e-11)
    for size in (16, 64, 256):
        values = data.constant_error.sel(batch=size)
        expected = theory.constant_statistics_error(size)
        limits = {"expected": expected, "tolerance": 0.08 * expected}
        limits["standard_error"] = summary.standard_error(values)
        text = f"Batch of {size}: error of the gradient with statistics treated as constants"
        yield Claim(f"constant_error_{size}", text, measured=np.sqrt((values**2).mean()), **limits)


# %%
figure = Figure(
    title="What batch normalization computes, exactly",
    caption="Top: variance of a feature after batch normalization against its variance before; dots "
    "measured on batches of {{ batch }}, dashes v / (v + ε). Where a feature’s variance equals ε, the "
    "output variance is {{ half:.2f }}, not 1. Bottom: root mean square error of the gradient, relative "
    "to the gradient, when the batch's mean and variance are treated as constants; dots are medians "
    "over {{ seeds }} batches of {{ features }} features, bars the central 95 %, dashes theory.",
    alt="Top panel: output variance against input variance on a log axis, two S-shaped curves that rise "
    "from zero to one around epsilon, 0.001 for Keras and 0.00001 for PyTorch and Flax; dots lie on the "
    "theory. Bottom panel, both axes logarithmic: the error of the gradient falls from "
    "{{ constant_error_16:.2f}} at batch size 16 to {{ constant_error_256:.2f}} at 256, along the theory's line.",
    sources=("ioffe2015", "keras_batchnorm", "pytorch_batchnorm"),
    questions=(11,),
    ranges={"features": (1, 1024), "batch": (3, 4096), "seeds": (4, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"batch": (4, 32, 256), "features": (2, 16, 64)},
    height=5.4,
)
figure
