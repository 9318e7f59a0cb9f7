# %% [markdown]
# # Four tasks before the task
#
# The same net learns first a task that needs no labels, and then digits from a few labels. The gain
# over nets from scratch depends on the task before and on the images. Random labels are one control:
# there is nothing to learn from them. The other is the line to beat: a linear model on the pixels. It and the
# output layers on frozen features have an L2 penalty, whose strength is chosen on validation examples.

# %%
from functools import partial

import jax
import xarray as xr

from dlfigs import Claim, Figure, summary
from dlfigs.choices import until_inside
from dlfigs.dataset import dataset
from dlfigs.datasets import CLASSES, NAMES
from dlfigs.draws import generator
from dlfigs.experiments import few_labels, pretext
from dlfigs.experiments.baselines import regularized
from dlfigs.experiments.tasks import draw_task
from dlfigs.experiments.training import at_best_rate
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

BEFORE = {
    "rotation": "rotation",
    "masking": "masking",
    "contrastive": "contrastive",
    "random": "random labels",
}
USES = {use: color_of(use) for use in ("fine-tuned", "frozen")}
IMAGES = {"aligned": "aligned {}", "placed": "{} anywhere"}
WHERE = {"aligned": "Aligned", "placed": "Anywhere"}
PIXELS = "linear on pixels"
MARGIN = 1.0  # percentage point: smaller differences count as none
COMPARED = {  # places, starts, what they are compared with, labels of each class; and what is claimed of digits
    "aligned_pixels_1": ("aligned", [PIXELS], "scratch", [1], {"low": 0, "high": 15}),
    "masking_frozen_1": ("aligned", ["masking, frozen"], "scratch", [1], {"low": 2}),
    "masking_pixels_1": ("aligned", ["masking, frozen"], PIXELS, [1], {"low": -2, "high": 12}),
    "contrastive_pixels_1": ("aligned", ["contrastive, frozen"], PIXELS, [1], {"low": -8, "high": 8}),
    "masking_frozen_60": ("aligned", ["masking, frozen"], "scratch", [60], {"low": -3, "high": 1}),
    "masking_tuned_1": ("aligned", ["masking, fine-tuned"], "scratch", [1], {"low": -3, "high": 12}),
    "rotation_tuned": ("aligned", ["rotation, fine-tuned"], "scratch", [1, 60], {"low": -4, "high": 1}),
    "rotation_frozen": ("aligned", ["rotation, frozen"], "scratch", [1, 60], {"high": -2.5}),
    "contrastive_frozen_60": ("aligned", ["contrastive, frozen"], "scratch", [60], {"low": -3, "high": 1}),
    "placed_rotation": ("placed", ["rotation, fine-tuned"], "scratch", [60], {"low": -1, "high": 6}),
    "rotation_over_random": (
        "placed",
        ["rotation, fine-tuned"],
        "random, fine-tuned",
        [60],
        {"low": -1, "high": 6},
    ),
    "placed_frozen_60": (
        "placed",
        [f"{before}, frozen" for before in BEFORE],
        "scratch",
        [60],
        {"high": -8},
    ),
}
ANY = {"low": -100, "high": 100}  # percentage points: of other data sets nothing is claimed


# %%
def with_outputs(nets, number):
    """The nets with fewer outputs."""
    return nets._replace(last=jax.tree.map(lambda part: part[..., :number], nets.last))


def pretrained(key, key_labels, task, largest, *, share, signals, **settings):
    """Encoders trained on each task that needs no labels, and on shuffled ones."""
    tasks = {  # the output layer of each is dropped
        "rotation": (partial(pretext.rotation_loss, signals=signals), pretext.TURNS),
        "masking": (partial(pretext.reconstruction_loss, share=share), task.x_source.shape[-1]),
        "contrastive": (pretext.contrastive_loss, 32),
    }
    *keys, key_random = jax.random.split(key, len(BEFORE))
    nets = {
        before: pretext.pretrain(loss, key_one, with_outputs(largest, outputs), task.x_source, **settings)
        for key_one, (before, (loss, outputs)) in zip(keys, tasks.items(), strict=True)
    }
    labels = generator(key_labels).permuted(task.y_source, axis=1)[None]
    scratch = with_outputs(largest, CLASSES)
    random, _ = few_labels.pretrain(key_random, scratch, task.x_source, labels, **settings)
    return nets | {"random": jax.tree.map(lambda part: part[0], random)}


def compute(
    key,
    *,
    data_set="digits",
    share=0.5,
    side=14,
    copies=10,
    width=64,
    steps_before=600,
    rate_before=2e-3,
    batch_before=64,
    budgets=(1, 5, 20, 60),
    rates=(1e-3, 4e-3, 1.6e-2),
    steps=150,
    batch=32,
    seeds=10,
):
    """Accuracies at the best learning rate or strength; dims (images, start, budget, seed)."""
    parts = []
    for name, key_images in zip(IMAGES, jax.random.split(key, len(IMAGES)), strict=True):
        key_task, key_nets, key_labels, key_before, key_learn = jax.random.split(key_images, 5)
        sizes = {"side": side, "copies": copies} if name == "placed" else {"side": 8, "copies": 1}
        classes = {"source": range(CLASSES), "target": range(CLASSES), "most": max(budgets)}
        task = draw_task(key_task, **sizes, **classes, seeds=seeds, data_set=data_set)
        size = task.x_source.shape[-1]
        largest = few_labels.encoders(key_nets, task, width=width, depth=2, outputs=size)
        settings = {"rate": rate_before, "steps": steps_before, "batch": batch_before}
        settings |= {"share": share, "signals": data_set != "digits"}
        nets = pretrained(key_before, key_labels, task, largest, **settings)
        scratch = with_outputs(largest, CLASSES)
        starts = {"scratch": (scratch, False)} | {
            f"{before}, fine-tuned": (net._replace(last=scratch.last), False)
            for before, net in nets.items()
        }
        settings = {"budgets": budgets, "steps": steps, "batch": batch}
        learn = partial(few_labels.learn, key_learn, task, starts=starts, **settings)
        tuned = until_inside(lambda few, learn=learn: learn(rates=few), rates, "rate", most=2)
        inputs = {f"{before}, frozen": few_labels.features(net, task) for before, net in nets.items()}
        linear = regularized(inputs | {PIXELS: task}, budgets=budgets)
        parts.append(few_labels.together(at_best_rate(tuned).reset_coords("rate"), linear))
    data = xr.concat(parts, xr.DataArray(list(IMAGES), dims="images", name="images"))
    return data.assign_attrs(data_set=data_set)


# %%
def gains(data):
    """Test accuracy minus that of nets from scratch, seed by seed, in percentage points."""
    accuracy = 100 * data.test_accuracy
    return accuracy - accuracy.sel(start="scratch")


def placed(data, images):
    """Which examples, and where they stand."""
    return IMAGES[images].format(data.attrs["data_set"])


def compared(data, comparisons):
    """Comparisons: id, text, differences seed by seed, and limits."""
    for name, (images, starts, than, labels, limits) in comparisons.items():
        labels = [n for n in labels if n in data.budget]
        if labels:
            one = gains(data).sel(images=images, budget=labels)
            what = starts[0] if len(starts) == 1 else f"all four, {starts[0].partition(', ')[2]}"
            many = f"{' or '.join(map(str, labels))} label{'s' * (labels != [1])} of each class"
            text = f"{WHERE[images]}, {many}: {what} minus {than}, points"
            limits = limits if data.attrs["data_set"] == "digits" else ANY
            yield name, text, one.sel(start=starts).mean("start") - one.sel(start=than), limits


def verdicts(data):
    for name, text, differences, _ in compared(data, COMPARED):
        yield name, text, summary.verdict(differences, margin=MARGIN)


def summarize(data):
    paired = gains(data).drop_sel(start="scratch")
    mean, _, half = summary.mean_interval(paired)
    dims, points = "images start budget", "percentage points"
    over = "test accuracy minus that from scratch, paired"
    return dataset(
        {
            "images": (data.images.values, "images"),
            "start": (paired.start.values, "start"),
            "budget": (data.budget.values, "labels of each class"),
        },
        attrs=data.attrs,
        gain=(dims, mean, f"{over}, mean over seeds", points),
        low=(dims, mean - half, f"{over}, lower end of the 95 % interval", points),
        high=(dims, mean + half, f"{over}, upper end of the 95 % interval", points),
    )


# %%
def draw(fig, data):
    panels = fig.subplots(len(IMAGES), len(BEFORE), sharex=True, sharey="row")
    for images, row in zip(IMAGES, panels, strict=True):
        for before, ax in zip(BEFORE, row, strict=True):
            for i, (use, color) in enumerate(USES.items()):
                one = data.sel(images=images, start=f"{before}, {use}")
                ends = [one.gain - one.low, one.high - one.gain]
                x = one.budget * 1.12 ** (i - 0.5)  # side by side, not on top
                ax.errorbar(x, one.gain, ends, fmt="o-", color=color, ms=3.5, linewidth=1.2, elinewidth=1.2)
            pixels = data.sel(images=images, start=PIXELS)
            ax.plot(
                pixels.budget,
                pixels.gain,
                color=color_of("linear on pixels"),
                linestyle=(0, (4, 1.5)),
                linewidth=1.2,
            )
            marks.reference(ax, y=0)
            ax.set(xscale="log", xlim=(data.budget[0] / 1.5, data.budget[-1] * 1.5))
            ax.set_xticks(data.budget.values, [str(n) for n in data.budget.values], fontsize=8.5)
            ax.minorticks_off()
        row[0].set_ylabel(placed(data, images))
    for ax, label in zip(panels[0], BEFORE.values(), strict=True):
        ax.set_title(label, fontsize=8.5, loc="center")
    fig.supxlabel("labels of each class", fontsize=9.5)
    fig.supylabel("gain over scratch, percentage points", fontsize=9.5)
    for y, (use, color) in zip((0.06, 0.2), USES.items(), strict=True):
        panels[1, 0].text(0.06, y, use, color=color, transform=panels[1, 0].transAxes, fontsize=8.5)
    label = {
        "color": color_of("linear on pixels"),
        "transform": panels[0, -1].transAxes,
        "fontsize": 8.5,
        "va": "top",
    }
    panels[0, -1].text(0.4, 0.97, PIXELS.replace("on ", "on\n"), **label)


# %%
CLAIMS = {  # beside COMPARED, in the same form
    "masking_tuned_few": ("aligned", ["masking, fine-tuned"], "scratch", [1, 5], {"low": -1}),
    "contrastive_tuned_5": ("aligned", ["contrastive, fine-tuned"], "scratch", [5], {"low": -2, "high": 4}),
    "random_frozen_1": ("aligned", ["random, frozen"], "scratch", [1], {"high": -6}),
    "random_tuned_1": ("aligned", ["random, fine-tuned"], "scratch", [1], {"high": -2}),
    "aligned_frozen_60": (
        "aligned",
        [f"{before}, frozen" for before in BEFORE],
        "scratch",
        [60],
        {"high": -1},
    ),
    "placed_masking": ("placed", ["masking, fine-tuned"], "scratch", [20, 60], {"low": -2.5, "high": 2.5}),
    "placed_contrastive": (
        "placed",
        ["contrastive, fine-tuned"],
        "scratch",
        [20, 60],
        {"low": -2.5, "high": 3},
    ),
    "placed_random": ("placed", ["random, fine-tuned"], "scratch", [20, 60], {"low": -2.5, "high": 3}),
    "placed_1": (
        "placed",
        [f"{before}, fine-tuned" for before in BEFORE],
        "scratch",
        [1],
        {"low": -1.5, "high": 1.5},
    ),
    "masking_over_contrastive": ("aligned", ["masking, frozen"], "contrastive, frozen", [1], {"low": 0}),
}


def claims(data):
    every = dict(CLAIMS)
    for n in data.budget.values:
        for images in IMAGES:
            every[f"{images}_pixels_{n}"] = (images, [PIXELS], "scratch", [n], {"low": -25, "high": 15})
        for before in ("masking", "contrastive"):
            name = f"placed_{before}_{n}"
            every[name] = ("placed", [f"{before}, fine-tuned"], "scratch", [n], {"low": -6, "high": 6})
        for before in ("rotation", "masking", "contrastive"):
            for name, than in (("scratch", "scratch"), ("pixels", PIXELS)):
                limits = {"low": -20, "high": 25}
                every[f"{before}_{name}_{n}"] = ("aligned", [f"{before}, frozen"], than, [n], limits)
    for name, text, differences, limits in compared(data, every | COMPARED):
        yield Claim(name, f"{text}, paired", **summary.mean(differences), **limits)
    yield summary.choice_claim(data, "rate", high=2)
    yield summary.choice_claim(data, "strength", high=5)
    scratch = 100 * data.test_accuracy.sel(start="scratch").isel(budget=-1)
    for images, limits in (("aligned", {"low": 93}), ("placed", {"low": 33, "high": 50})):
        text = f"With {placed(data, images)}, most labels: test accuracy from scratch in %"
        limits = limits if data.attrs["data_set"] == "digits" else {"high": 100}
        yield Claim(f"{images}_scratch", text, **summary.mean(scratch.sel(images=images)), **limits)


# %%
figure = Figure(
    title="The task before decides what is gained over the net from scratch",
    caption="Nets with two hidden layers of {{ width }} units are first trained without true labels ({{ data_set }}), for "
    "{{ steps_before }} updates by Adam, and then, for {{ steps }}, on few labels with a new output layer. Drawn is test accuracy minus that of the same nets "
    "from scratch, seed by seed: mean over {{ seeds }} seeds and its 95 % t-interval. Upper row: examples as they come. Lower row: at random "
    "places of a {{ side }} by {{ side }} canvas (of a signal, of a window that is longer by the same factor, as {{ side }} is to 8), each training "
    "example at {{ copies }} of them. Rotation: images are turned, signals are reversed, negated or both. Frozen: only the output layer learns. Random labels: a "
    "control, whose labels are shuffled. Dashed: a linear model on the pixels. Nets have the learning rate that is best on validation "
    "examples, linear models, on frozen features too, the best strength of an L2 penalty.",
    alt="Two rows of four small panels: gain over scratch against labels of each class, one for each task before. Upper row, examples as they come, "
    "with one label: masking and then a frozen encoder changes accuracy by {{ masking_frozen_1:.0f}} points, masking and then fine-tuning by "
    "{{ masking_tuned_1:.0f}}, random labels and a frozen encoder by {{ random_frozen_1:.0f}}, and a linear model on the pixels by "
    "{{ aligned_pixels_1:.0f}}. Lower row, examples anywhere, with 60 labels: rotation and then fine-tuning by {{ placed_rotation:.1f}}, "
    "and frozen encoders by {{ placed_frozen_60:.0f}} on average over all tasks.",
    sources=("gidaris2018", "vincent2008", "chen2020"),
    questions=(15, 14),
    ranges={
        "data_set": NAMES,
        "share": (0.0, 1.0),
        "side": (8, 24),
        "copies": (1, 20),
        "width": (8, 256),
        "steps_before": (1, 5000),
        "rate_before": (1e-5, 0.1),
        "batch_before": (1, 512),
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
        {"steps": 600, "budgets": (1, 60)},
        {"steps_before": 2400, "budgets": (1, 60)},
        {"width": 24, "budgets": (1, 60)},
        {"data_set": "MNIST-1D"},
    ),
    height=4.4,
)
figure
