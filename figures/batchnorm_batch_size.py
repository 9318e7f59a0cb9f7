# %% [markdown]
# # Small batches
#
# Batch normalization estimates means and variances from the batch, so that a small batch adds noise to all
# that follows; in a fully connected layer a batch of two leaves only a sign, and a sign has no derivative:
# the layers below it get no gradient. Layer and group normalization take their statistics
# from one example. All are compared with equal numbers of steps and with equal numbers of examples, each at
# its own learning rate, and the noise is held against the chi distribution.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.normalization_sweeps import batch_sizes, statistics_noise
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of, percent

NETS = {
    "none": ("none", color_of("without")),
    "layer": ("layer", color_of("layer norm")),
    "group": ("group", color_of("group norm")),
    "batch": ("batch", color_of("batch norm")),
}
NOISES = (("mean", "mean", "C4"), ("deviation", "standard\ndeviation", "C5"))
DRAWS = 20_000
SIZES = (2, 3, 4, 8, 16, 32, 64, 128)


# %%
def compute(key, *, batches=(2, 4, 8, 32, 128), factors=(0.01, 0.04, 0.16), steps=48, seeds=10):
    """Accuracies, dims (statistics, budget, normalization, batch, seed), and noise of statistics."""
    key_train, key_noise = jax.random.split(key)
    sizes = {"depth": 2, "width": 48, "steps": steps, "seeds": seeds}
    trained = batch_sizes(key_train, batches=batches, factors=factors, **sizes)
    noise = statistics_noise(key_noise, batches=SIZES, draws=DRAWS).rename(batch="noise_batch")
    return trained.merge(noise).assign_attrs(steps=steps)


# %%
def summarize(data):
    fine = np.geomspace(2, max(SIZES), 40)
    mean, deviation = theory.batch_statistics_noise(fine)
    accuracy = data[["test_accuracy"]].isel(statistics=0, drop=True)
    return (
        summary.over_seeds(accuracy.drop_vars("rate"))
        .merge(data[["mean_noise", "deviation_noise"]])
        .merge(
            dataset(
                {"theory_batch": (fine, "batch size")},
                mean_theory=("theory_batch", mean, "1 / sqrt(batch size)"),
                deviation_theory=("theory_batch", deviation, "standard deviation of a chi variable"),
            )
        )
    )


# %%
def draw(fig, data):
    panels = fig.subplots(3, 1, sharex=True)
    for ax, budget in zip(panels, data.budget.values, strict=False):
        for i, (name, (_, color)) in enumerate(NETS.items()):
            one = data.sel(budget=budget, normalization=name)
            one = one.assign_coords(batch=one.batch * 1.05 ** (i - 1.5))  # side by side
            ax.plot(one.batch, one.test_accuracy_median, color=color, linewidth=1)
            marks.points(ax, one, "test_accuracy", "batch", color)
        ax.set(ylim=(0, 1), ylabel="test accuracy")
        percent(ax)
        ax.set_title(budget[0].upper() + budget[1:])
        ends = data.test_accuracy_median.sel(budget=budget).isel(batch=-1)
        labels = [(float(ends.sel(normalization=n)), text, color) for n, (text, color) in NETS.items()]
        marks.label_ends(ax, labels, gap=0.12)
    ax = panels[2]
    for name, _, color in NOISES:
        marks.theory(ax, data.theory_batch, data[f"{name}_theory"])
        ax.plot(data.noise_batch, data[f"{name}_noise"], "o", color=color)
    labels = [(float(data[f"{name}_noise"][-1]), text, color) for name, text, color in NOISES]
    ax.set(xscale="log", yscale="log", xlabel="batch size", ylabel="noise")
    ax.set_title("Noise of the batch statistics")
    ax.set_xticks(data.noise_batch.values[[0, 2, 3, 4, 5, 6, 7]], ["2", "4", "8", "16", "32", "64", "128"])
    ax.minorticks_off()
    ax.set_yticks([0.05, 0.1, 0.2, 0.5], ["0.05", "0.1", "0.2", "0.5"])
    marks.label_ends(ax, labels, gap=0.12)


# %%
def claims(data):
    averaged = data.isel(statistics=0)
    for size in (2, 4, 128):
        if size not in data.batch:
            continue
        for budget in data.budget.values:
            one = averaged.test_accuracy.sel(batch=size, budget=budget)
            name = f"{budget.split()[1]}_{size}"
            limits = {2: {"high": -0.2}, 4: {"low": -0.2, "high": 0.0}, 128: {"low": -0.03}}[size]
            text = f"Batches of {size}, {budget}: test accuracy of batch minus layer normalization, paired"
            gap = one.sel(normalization="batch") - one.sel(normalization="layer")
            yield Claim(f"gap_{name}", text, **summary.mean(gap), **limits)
    if 2 in data.batch:
        for name, kind, accuracy, loss in (
            ("two", "batch", {"high": 0.75}, {"low": 1.2}),
            ("two_layer", "layer", {"low": 0.9}, {"high": 0.5}),
        ):
            one = averaged.sel(normalization=kind, batch=2, budget="equal examples")
            text = f"Batches of 2, {kind} normalization"
            yield Claim(name, f"{text}: test accuracy", **summary.mean(one.test_accuracy), **accuracy)
            text = f"{text}: loss of minibatches over the last quarter of the steps"
            yield Claim(f"{name}_loss", text, **summary.mean(one.last_loss), **loss)
        exact = data.test_accuracy.sel(statistics="training examples", normalization="batch", batch=2)
        text = "Batches of 2: test accuracy of batch normalization with the training examples' statistics"
        yield Claim("two_exact", text, **summary.mean(exact.sel(budget="equal examples")), high=0.75)
    if {8, 32} <= set(data.batch.values):
        rest = averaged.test_accuracy.sel(
            normalization="batch", batch=[8, 32], budget="equal examples"
        ).mean("seed")
        yield Claim(
            "eight",
            "Batches of 8 and 32, batch normalization: lowest mean test accuracy",
            measured=rest.min(),
            low=0.9,
        )
    mean_noise, deviation_noise = theory.batch_statistics_noise(data.noise_batch.values)
    for name, exact in (("mean", mean_noise), ("deviation", deviation_noise)):
        error = abs(data[f"{name}_noise"] / exact - 1).max()
        text = f"Noise of the batch {name}: largest relative difference from theory"
        yield Claim(f"{name}_noise", text, measured=error, high=0.03)


# %%
figure = Figure(
    title="Batches of two break batch normalization of fully connected layers",
    caption="Nets with two fully connected hidden layers of 48 units, trained on digits, with four kinds of normalization. Top: {{ steps }} "
    "steps at every batch size. Middle: as many examples as {{ steps }} batches of 32 have, hence fewer steps for larger "
    "batches. Each dot has the best of three learning rates on validation examples. Dots: median over {{ seeds }} seeds; bars: the central "
    "95 % of the seeds. Bottom: standard deviation of the mean and of the standard deviation of a batch of standard "
    "normal numbers; dots measured, dashes theory.",
    alt="Three panels against the batch size, 2 to 128. With equal steps, all nets gain from larger batches, and with batches of 2 "
    "batch normalization is far below the others. With equal examples, layer, group and no normalization are high at small batches "
    "and a little lower at 128; batch normalization reaches {{ two:.0%}} at 2, lags at 4 and is close to the others from 8 "
    "on. Bottom: the noise of mean and standard deviation falls with the root of the batch size, on the theory's lines.",
    sources=("ioffe2015", "wu2018", "ba2016", "ioffe2017"),
    questions=(12,),
    ranges={"batches": (2, 128), "factors": (1e-4, 1.0), "steps": (4, 400), "seeds": (10, 100)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=6.6,
)
figure
