# %% [markdown]
# # When transfer helps, and when it does not
#
# A net learns the digits 0 to 4 from many examples, and then 5 to 9 from a few. If each digit stands
# somewhere on a larger canvas, what was learned about places helps. If all digits are aligned, there
# is little to gain from it. A control learns wrong labels first. The line to beat is a linear model on the
# pixels, with an L2 penalty whose strength is chosen on validation examples, as is that of the output layer
# on frozen features. More steps, another width and signals in place of digits are in the table of verdicts.

# %%
from functools import partial

import jax
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary
from dlfigs.choices import until_inside
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES
from dlfigs.draws import generator
from dlfigs.experiments import few_labels
from dlfigs.experiments.baselines import regularized
from dlfigs.experiments.head_first import head_first
from dlfigs.experiments.tasks import draw_task
from dlfigs.experiments.training import at_best_rate
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

STARTS = {
    "fine-tuned": ("fine-tuned", color_of("fine-tuned")),
    "frozen": ("frozen", color_of("frozen")),
    "control": ("wrong labels first", color_of("wrong labels")),
    "pixels": ("linear on pixels", color_of("linear on pixels")),
}
NAMED = {name: words for name, (words, _) in STARTS.items()} | {
    "scratch": "scratch",
    "head first": "in two stages",
}
# Where the labels stand: panel, and place in parts of the axes
PLACES = {
    "fine-tuned": (0, 0.86, 0.95, "right"),
    "frozen": (0, 0.05, 0.93, "left"),
    "control": (1, 0.98, 0.8, "right"),
    "pixels": (0, 0.6, 0.3, "right"),
}
PANELS = {"placed": "{} anywhere", "aligned": "aligned {}"}
WHERE = {"placed": "Anywhere", "aligned": "Aligned"}
MARGIN = 1.0  # percentage point: smaller differences count as none
COMPARED = {  # places, start, what it is compared with, labels of each class; and what is claimed of digits
    "tuned_5": ("placed", "fine-tuned", "scratch", [5], {"low": -1, "high": 5}),
    "tuned_60": ("placed", "fine-tuned", "scratch", [60], {"low": 2}),
    "labels_60": ("placed", "fine-tuned", "control", [60], {"low": 1}),
    "control_60": ("placed", "control", "scratch", [60], {"low": -2, "high": 5}),
    "frozen_5": ("placed", "frozen", "scratch", [5], {"low": 1.5}),
    "frozen_60": ("placed", "frozen", "scratch", [60], {"high": 3}),
    "pixels_60": ("placed", "pixels", "scratch", [60], {"high": -15}),
    "stages_60": ("placed", "head first", "fine-tuned", [60], {"low": -2, "high": 5}),
    "aligned_tuned_few": ("aligned", "fine-tuned", "scratch", [1, 5], {"low": -4, "high": 1}),
    "aligned_tuned_60": ("aligned", "fine-tuned", "scratch", [60], {"low": -1.5, "high": 1.5}),
    "aligned_frozen": ("aligned", "frozen", "scratch", [1, 5, 60], {"high": -1}),
    "aligned_pixels_1": ("aligned", "pixels", "scratch", [1], {"low": 0, "high": 12}),
}
ANY = {"low": -100, "high": 100}  # percentage points: of other data sets nothing is claimed


# %%
def compute(
    key,
    *,
    data_set="digits",
    side=14,
    copies=10,
    width=96,
    source_steps=1500,
    source_rate=2e-3,
    budgets=(1, 5, 10, 20, 60),
    rates=(1e-3, 4e-3, 1.6e-2),
    steps=200,
    batch=32,
    seeds=12,
):
    """Accuracies at the best learning rate or strength; dims (images, start, budget, seed)."""
    parts = []
    for name, key_images in zip(PANELS, jax.random.split(key, len(PANELS)), strict=True):
        key_task, key_nets, key_wrong, key_source, key_target, key_stages = jax.random.split(key_images, 6)
        sizes = {"side": side, "copies": copies} if name == "placed" else {"side": 8, "copies": 1}
        classes = {"source": range(5), "target": range(5, 10), "most": max(budgets)}
        task = draw_task(key_task, **sizes, **classes, seeds=seeds, data_set=data_set)
        nets = few_labels.encoders(key_nets, task, width=width, depth=2, outputs=5)
        wrong = generator(key_wrong).permuted(task.y_source, axis=1)
        labels = np.stack([task.y_source, wrong])
        settings = {"rate": source_rate, "steps": source_steps, "batch": batch}
        before, _ = few_labels.pretrain(key_source, nets, task.x_source, labels, **settings)
        right, control = (jax.tree.map(lambda part, i=i: part[i], before) for i in (0, 1))
        starts = {"scratch": (nets, False), "fine-tuned": (right, False), "control": (control, False)}

        settings = {"budgets": budgets, "steps": steps, "batch": batch}
        ways = (
            partial(few_labels.learn, key_target, task, starts=starts, **settings),
            partial(head_first, key_stages, task, right, **settings),
        )
        tried = [until_inside(lambda few, way=way: way(rates=few), rates, "rate", most=2) for way in ways]
        tuned = xr.concat(
            [at_best_rate(one).reset_coords("rate") for one in tried], "start", data_vars="all"
        )
        inputs = {"frozen": few_labels.features(right, task), "pixels": task}
        parts.append(few_labels.together(tuned, regularized(inputs, budgets=budgets)))
    data = xr.concat(parts, xr.DataArray(list(PANELS), dims="images", name="images"))
    return data.assign_attrs(data_set=data_set)


# %%
def gains(data):
    """Test accuracy minus that of nets from scratch, seed by seed, in percentage points."""
    accuracy = 100 * data.test_accuracy
    return accuracy - accuracy.sel(start="scratch")


def placed(data, images):
    """Which examples, and where they stand."""
    return PANELS[images].format(data.attrs["data_set"])


def compared(data):
    """The comparisons that a reader takes home: id, text, differences seed by seed, and limits."""
    for name, (images, start, than, labels, limits) in COMPARED.items():
        labels = [n for n in labels if n in data.budget]
        if labels:
            one = gains(data).sel(images=images, budget=labels)
            many = f"{' or '.join(map(str, labels))} label{'s' * (labels != [1])}"
            text = f"{WHERE[images]}, {many}: {NAMED[start]} minus {NAMED[than]}, points"
            limits = limits if data.attrs["data_set"] == "digits" else ANY
            yield name, text, one.sel(start=start) - one.sel(start=than), limits


def verdicts(data):
    for name, text, differences, _ in compared(data):
        yield name, text, summary.verdict(differences, margin=MARGIN)


def summarize(data):
    paired = gains(data).sel(start=list(STARTS))
    mean, _, half = summary.mean_interval(paired)
    dims, points = "images start budget", "percentage points"
    over = "test accuracy minus that from scratch, paired"
    return dataset(
        {
            "images": (data.images.values, "images"),
            "start": (list(STARTS), "start"),
            "budget": (data.budget.values, "labels of each class"),
        },
        attrs=data.attrs,
        gain=(dims, mean, f"{over}, mean over seeds", points),
        low=(dims, mean - half, f"{over}, lower end of the 95 % interval", points),
        high=(dims, mean + half, f"{over}, upper end of the 95 % interval", points),
        scratch=(
            "images budget",
            100 * data.test_accuracy.sel(start="scratch").mean("seed"),
            "test accuracy from scratch, mean over seeds",
            "%",
        ),
    )


# %%
def draw(fig, data):
    panels = fig.subplots(1, data.sizes["images"], squeeze=False, sharey=True)[0]
    for ax, images in zip(panels, data.images.values, strict=True):
        one = data.sel(images=images)
        for i, (start, (_, color)) in enumerate(STARTS.items()):
            line = one.sel(start=start)
            x = line.budget * 1.05 ** (i - 1.5)  # side by side, not on top
            ends = [line.gain - line.low, line.high - line.gain]
            ax.errorbar(x, line.gain, ends, fmt="o-", color=color, ms=4, linewidth=1.2, elinewidth=1.2)
        marks.reference(ax, y=0)
        ax.set(xscale="log", title=placed(data, images), xlabel="labels of each class")
        ax.set_xticks(one.budget.values, [str(n) for n in one.budget.values])
        ax.minorticks_off()
    panels[0].set_ylabel("gain over scratch, percentage points")
    for start, (panel, x, y, side) in PLACES.items():
        label, color = STARTS[start]
        ax = panels[panel]
        ax.text(x, y, label, color=color, ha=side, transform=ax.transAxes, fontsize=8.5)


# %%
def claims(data):
    digits = data.attrs["data_set"] == "digits"
    for name, text, differences, limits in compared(data):
        yield Claim(name, f"{text}, paired", **summary.mean(differences), **limits)
    paired, budgets = gains(data), data.budget.values

    def claim(name, images, start, than, labels, **limits):
        if labels := [n for n in labels if n in budgets]:
            one = paired.sel(images=images, budget=labels)
            many = f"{' or '.join(map(str, labels))} label{'s' * (labels != [1])} of each class"
            text = f"With {placed(data, images)}, {many}: {NAMED[start]} minus {NAMED[than]}"
            difference = summary.mean(one.sel(start=start) - one.sel(start=than))
            yield Claim(
                name, f"{text}, percentage points, paired", **difference, **limits if digits else ANY
            )

    yield from claim("tuned_1", "placed", "fine-tuned", "scratch", [1], low=-4, high=3)
    yield from claim("tuned_20", "placed", "fine-tuned", "scratch", [20], low=2)
    yield from claim("frozen_over_tuned_5", "placed", "frozen", "fine-tuned", [5], low=0.5)
    for images in PANELS:
        for name, labels in (("few", [1, 5]), ("some", [10]), ("many", [20, 60])):
            limits = {"low": 0 if (images, name) == ("placed", "many") else -4, "high": 7}
            at = f"{images}_stages_{name}"
            yield from claim(at, images, "head first", "fine-tuned", labels, **limits)
        for start, low, high in (("frozen", -15, 20), ("pixels", -40, 20)):
            for n in budgets:
                at = f"{images}_{start}_{n}"
                if at not in COMPARED:
                    yield from claim(at, images, start, "scratch", [n], low=low, high=high)
    yield summary.choice_claim(data, "rate", high=2)
    yield summary.choice_claim(data, "strength", high=3)
    scratch = 100 * data.test_accuracy.sel(start="scratch").isel(budget=-1)
    for images, limits in (("placed", {"low": 45, "high": 75}), ("aligned", {"low": 93})):
        text = f"With {placed(data, images)}, the most labels: test accuracy from scratch in %"
        limits = limits if digits else {"high": 100}
        yield Claim(f"{images}_scratch", text, **summary.mean(scratch.sel(images=images)), **limits)


# %%
figure = Figure(
    title="Transfer helps where the source teaches something that the target needs",
    caption="Nets with two hidden layers of {{ width }} units are trained by Adam on many examples of the classes 0 to 4 ({{ data_set }}), and "
    "then, for {{ steps }} steps, on few labels of 5 to 9 with a new output layer. Drawn is test accuracy minus that of the same nets "
    "from scratch, seed by seed: mean over {{ seeds }} seeds and its 95 % t-interval. Frozen: only the output layer learns. Wrong labels "
    "first: the source’s labels are shuffled. Left: each example at a random place of a {{ side }} by {{ side }} canvas (of a signal, of a window that "
    "is longer by the same factor, as {{ side }} is to 8). Right: as they come. Nets have the learning rate that is best on validation examples, "
    "linear models, on frozen features and on pixels, the best strength of an L2 penalty.",
    alt="Two panels, gain over scratch in percentage points against labels of each class, log axis. Left, examples anywhere: "
    "fine-tuning changes accuracy by {{ tuned_1:.1f}} points with one label and by {{ tuned_60:.1f}} with 60; frozen by {{ frozen_5:.1f}} with 5 and by "
    "{{ frozen_60:.1f}} with 60; wrong labels first by {{ control_60:.1f}} and linear on pixels by {{ pixels_60:.0f}} with 60. Right, as they come: "
    "linear on pixels by {{ aligned_pixels_1:.1f}} with one label, fine-tuned by {{ aligned_tuned_few:.1f}} with one or 5, frozen by "
    "{{ aligned_frozen:.1f}} on average over one, 5 and 60.",
    sources=("yosinski2014", "kumar2022"),
    questions=(13, 14),
    ranges={
        "data_set": NAMES,
        "side": (8, 24),
        "copies": (1, 20),
        "width": (8, 256),
        "source_steps": (1, 5000),
        "source_rate": (1e-5, 0.1),
        "budgets": (1, 60),
        "rates": (1e-5, 0.1),
        "steps": (1, 2000),
        "batch": (1, 512),
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 600, "budgets": (1, 5, 60)},
        {"source_steps": 4500, "budgets": (1, 5, 60)},
        {"width": 32, "budgets": (1, 5, 60)},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 600, "budgets": (1, 5, 60)},
    ),
    height=3.8,
)
figure
