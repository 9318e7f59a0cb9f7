# %% [markdown]
# # Small batches
#
# Batch normalization estimates means and variances from the batch, so that a small batch adds noise to all
# that follows; in a fully connected layer a batch of two leaves only a sign, whose derivative is zero:
# the layers below it get no gradient. Layer and group normalization take their statistics
# from one example. All are compared with equal numbers of steps and with equal numbers of examples, each at
# its own learning rate, and the noise is held against the chi distribution. More steps, wider nets and other
# data are in the table of verdicts.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES
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
MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none


# %%
def compute(
    key,
    *,
    batches=(2, 4, 8, 32, 128),
    factors=(0.01, 0.03, 0.1, 0.3),
    depth=2,
    width=48,
    steps=48,
    data_set="digits",
    seeds=10,
):
    """Accuracies, dims (statistics, budget, normalization, batch, seed), and noise of statistics."""
    key_train, key_noise = jax.random.split(key)
    sizes = {"depth": depth, "width": width, "steps": steps, "seeds": seeds, "data_set": data_set}
    trained = batch_sizes(key_train, batches=batches, factors=factors, **sizes)
    noise = statistics_noise(key_noise, batches=SIZES, draws=DRAWS).rename(batch="noise_batch")
    return trained.merge(noise).assign_attrs(steps=steps, data_set=data_set)


# %%
def over_layer(data, kind="batch"):
    """Test accuracy of a normalization minus that of layer normalization in points, dims (budget, batch, seed)."""
    accuracy = 100 * data.test_accuracy.isel(statistics=0, drop=True)
    return accuracy.sel(normalization=kind, drop=True) - accuracy.sel(normalization="layer", drop=True)


def over_averages(data):
    """Batches of 2: accuracy with exact statistics minus that with moving averages in points, dims (seed,)."""
    one = 100 * data.test_accuracy.sel(normalization="batch", batch=2, budget="equal examples", drop=True)
    exact, averages = (
        one.sel(statistics=name, drop=True) for name in ("training examples", "moving averages")
    )
    return exact - averages


def verdicts(data):
    gap = over_layer(data)
    for budget, sizes in (("equal examples", data.batch.values), ("equal steps", (2, 128))):
        for size in (size for size in sizes if size in data.batch):
            one = summary.verdict(gap.sel(budget=budget, batch=size), margin=MARGIN)
            text = f"batches of {size}, {budget}: batch minus layer normalization, points"
            yield f"gap_{budget.split()[1]}_{size}", text, one
    if 2 in data.batch:
        for kind in ("group", "none"):
            one = over_layer(data, kind).sel(budget="equal examples", batch=2)
            text = f"batches of 2, equal examples: {kind} minus layer normalization, points"
            yield f"{kind}_2", text, summary.verdict(one, margin=MARGIN)
        text = "batches of 2, equal examples: exact statistics minus moving averages, points"
        yield "exact_2", text, summary.verdict(over_averages(data), margin=MARGIN)


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
def on_digits(data):
    """Whether the nets were trained on digits: what is known of these need not hold for others."""
    return data.attrs["data_set"] == "digits"


def claims(data):
    averaged = data.isel(statistics=0)
    gap = over_layer(data)
    # What is known of digits alone; other data have their verdicts
    known = {2: {"high": -20}, 4: {"low": -20, "high": 0}, 128: {"low": -3}} if on_digits(data) else {}
    for size in (size for size in (2, 4, 8, 32, 128) if size in data.batch):
        for budget in data.budget.values:
            text = f"Batches of {size}, {budget}: test accuracy of batch minus layer normalization in points, paired"
            limits = known.get(size, {"low": -50, "high": 50})
            found = summary.mean(gap.sel(batch=size, budget=budget))
            yield Claim(f"gap_{budget.split()[1]}_{size}", text, **found, **limits)
    if 2 in data.batch and on_digits(data):
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
        lead = -over_layer(data).sel(batch=2, budget="equal examples")
        text = "Batches of 2, equal examples: lead of layer over batch normalization in points, paired"
        yield Claim("layer_lead_2", text, **summary.mean(lead), low=20)
        text = "Batches of 2: exact statistics minus moving averages in points, paired"
        yield Claim("exact_2", text, **summary.mean(over_averages(data)), low=-10, high=10)
    if {8, 32} <= set(data.batch.values) and on_digits(data):
        rest = averaged.test_accuracy.sel(
            normalization="batch", batch=[8, 32], budget="equal examples"
        ).mean("seed")
        yield Claim(
            "eight",
            "Batches of 8 and 32, batch normalization: lowest mean test accuracy",
            measured=rest.min(),
            low=0.9,
        )
    yield summary.choice_claim(data, "rate")
    mean_noise, deviation_noise = theory.batch_statistics_noise(data.noise_batch.values)
    for name, exact in (("mean", mean_noise), ("deviation", deviation_noise)):
        error = abs(data[f"{name}_noise"] / exact - 1).max()
        text = f"Noise of the batch {name}: largest relative difference from theory"
        yield Claim(f"{name}_noise", text, measured=error, high=0.03)


# %%
figure = Figure(
    title="Batches of two break batch normalization of fully connected layers",
    caption="Nets with {{ depth }} fully connected hidden layers of {{ width }} units, trained by SGD on {{ data_set }} with four kinds of normalization. Top: {{ steps }} "
    "steps at every batch size. Middle: as many examples as {{ steps }} batches of 32 have, hence fewer steps for larger "
    "batches. Each dot has the learning rate, of those tried, that is best on validation examples. Dots: median over {{ seeds }} seeds; bars: the central "
    "95 % of the seeds. Bottom: standard deviation of the mean and of the standard deviation of a batch of standard "
    "normal numbers; dots measured, dashes theory.",
    alt="Three panels against the batch size, 2 to 128. With equal steps, all nets gain from larger batches; with batches of 2 "
    "batch normalization differs from layer normalization by {{ gap_steps_2:.0f}} points. With equal examples, layer, group and no normalization are at their best with "
    "small batches and lower at 128; the difference is {{ gap_examples_2:.0f}} points at 2, "
    "{{ gap_examples_4:.0f}} at 4 and {{ gap_examples_8:.0f}} at 8. Bottom: the noise of mean and standard deviation falls with the root of the batch size, on the theory's lines.",
    sources=("ioffe2015", "wu2018", "ba2016", "ioffe2017"),
    questions=(12,),
    ranges={
        "batches": (2, 128),
        "factors": (1e-4, 1.0),
        "depth": (1, 8),
        "width": (8, 256),
        "steps": (4, 400),
        "data_set": NAMES,
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 192},
        {"width": 96},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 192},
    ),
    height=6.6,
)
figure
