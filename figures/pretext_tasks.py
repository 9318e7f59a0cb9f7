# %% [markdown]
# # Four tasks before the task
#
# The same net learns first a task that needs no labels, and then digits from a few labels. The gain
# over nets from scratch depends on the task before and on the images. Random labels are one control:
# there is nothing to learn from them. The other is the line to beat: a linear model on the pixels. It and the
# output layers on frozen features have an L2 penalty, whose strength is chosen on validation examples.

# %%
import functools

import jax
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.draws import generator
from dlfigs.experiments import few_labels, pretext
from dlfigs.experiments.baselines import logistic_regression
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
IMAGES = {"aligned": "aligned digits", "placed": "digits anywhere"}
PIXELS = "linear on pixels"


# %%
def compute(
    key,
    *,
    share=0.5,
    side=14,
    copies=10,
    width=64,
    steps_before=600,
    rate_before=2e-3,
    batch_before=64,
    budgets=(1, 5, 20, 60),
    rates=(4e-3, 2e-2),
    steps=150,
    batch=32,
    seeds=10,
):
    """Accuracies at the best learning rate or strength; dims (images, start, budget, seed)."""
    parts, linear = [], []
    for name, key_images in zip(IMAGES, jax.random.split(key, len(IMAGES)), strict=True):
        key_task, key_nets, key_labels, key_before, key_learn = jax.random.split(key_images, 5)
        sizes = {"side": side, "copies": copies} if name == "placed" else {"side": 8, "copies": 1}
        task = few_labels.digits_task(
            key_task, **sizes, source=range(10), target=range(10), most=max(budgets), seeds=seeds
        )
        largest = few_labels.encoders(key_nets, task, width=width, depth=2, outputs=sizes["side"] ** 2)

        def with_outputs(n, nets=largest):
            return nets._replace(last=jax.tree.map(lambda part: part[..., :n], nets.last))

        scratch = with_outputs(10)
        settings = {"rate": rate_before, "steps": steps_before, "batch": batch_before}
        rebuild = functools.partial(pretext.reconstruction_loss, share=share)
        tasks = {  # the output layer of each is dropped
            "rotation": (pretext.rotation_loss, pretext.TURNS),
            "masking": (rebuild, sizes["side"] ** 2),
            "contrastive": (pretext.contrastive_loss, 32),
        }
        *keys, key_random = jax.random.split(key_before, len(BEFORE))
        nets = {
            before: pretext.pretrain(loss, key_one, with_outputs(outputs), task.x_source, **settings)
            for key_one, (before, (loss, outputs)) in zip(keys, tasks.items(), strict=True)
        }
        labels = generator(key_labels).permuted(task.y_source, axis=1)
        random, _ = few_labels.pretrain(key_random, scratch, task.x_source, labels[None], **settings)
        nets["random"] = jax.tree.map(lambda part: part[0], random)
        starts = {"scratch": (scratch, False)} | {
            f"{before}, fine-tuned": (net._replace(last=scratch.last), False)
            for before, net in nets.items()
        }
        settings = {"budgets": budgets, "rates": rates, "steps": steps, "batch": batch}
        parts.append(at_best_rate(few_labels.learn(key_learn, task, starts=starts, **settings)))
        inputs = {f"{before}, frozen": few_labels.features(net, task) for before, net in nets.items()}
        inputs[PIXELS] = task
        linear.append([logistic_regression(one, budgets=budgets) for one in inputs.values()])
    accuracies = [
        [*part.test_accuracy, *(one.test_accuracy for one in all_)] for part, all_ in zip(parts, linear)
    ]
    chosen = "chosen on validation examples"
    return dataset(
        {
            "images": list(IMAGES),
            "start": [*starts, *inputs],
            "trained": list(starts),
            "linear": list(inputs),
            "budget": (np.asarray(budgets), "labels of each class"),
            "seed": seeds,
        },
        test_accuracy=("images start budget seed", accuracies, "test accuracy"),
        rate=("images trained budget", [part.rate for part in parts], f"learning rate, {chosen}"),
        strength=(
            "images linear budget",
            [[one.strength for one in all_] for all_ in linear],
            f"inverse strength of the penalty, {chosen}",
        ),
        strength_at_end=(
            "images linear budget",
            [[one.strength_at_end for one in all_] for all_ in linear],
            "whether the list of penalties ends too early",
        ),
        strength_list=("", linear[0][0].strength_list, "inverse strengths of the penalty to choose from"),
        rate_at_end=(
            "images trained budget",
            [part.rate_at_end for part in parts],
            "whether the list of learning rates ends too early",
        ),
        rate_list=("", parts[0].rate_list, "learning rates to choose from"),
    )


# %%
def gains(data):
    """Test accuracy minus that of nets from scratch, seed by seed, in percentage points."""
    accuracy = 100 * data.test_accuracy
    return accuracy - accuracy.sel(start="scratch")


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
        gain=(dims, mean, f"{over}, mean over seeds", points),
        low=(dims, mean - half, f"{over}, lower end of the 95 % interval", points),
        high=(dims, mean + half, f"{over}, upper end of the 95 % interval", points),
    )


# %%
def draw(fig, data):
    panels = fig.subplots(len(IMAGES), len(BEFORE), sharex=True, sharey="row")
    for (images, words), row in zip(IMAGES.items(), panels, strict=True):
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
        row[0].set_ylabel(words)
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
CLAIMS = (  # name, images, starts, labels of each class, limits
    ("masking_frozen_1", "aligned", ["masking, frozen"], [1], {"low": 2}),
    ("masking_frozen_60", "aligned", ["masking, frozen"], [60], {"low": -3, "high": 1}),
    ("masking_tuned_few", "aligned", ["masking, fine-tuned"], [1, 5], {"low": 1}),
    ("contrastive_tuned_5", "aligned", ["contrastive, fine-tuned"], [5], {"low": -2, "high": 4}),
    ("contrastive_frozen_60", "aligned", ["contrastive, frozen"], [60], {"low": -3, "high": 1}),
    ("rotation_frozen", "aligned", ["rotation, frozen"], [1, 5, 20, 60], {"high": -2.5}),
    ("rotation_tuned", "aligned", ["rotation, fine-tuned"], [1, 5, 20, 60], {"low": -2, "high": 1}),
    ("random_tuned_1", "aligned", ["random, fine-tuned"], [1], {"high": -2}),
    ("random_frozen_1", "aligned", ["random, frozen"], [1], {"high": -6}),
    ("aligned_frozen_60", "aligned", [f"{before}, frozen" for before in BEFORE], [60], {"high": -1}),
    ("placed_rotation", "placed", ["rotation, fine-tuned"], [20, 60], {"low": 0}),
    ("placed_masking", "placed", ["masking, fine-tuned"], [20, 60], {"low": -1.5, "high": 2.5}),
    ("placed_contrastive", "placed", ["contrastive, fine-tuned"], [20, 60], {"low": -1.5, "high": 3}),
    ("placed_random", "placed", ["random, fine-tuned"], [20, 60], {"low": -1.5, "high": 3}),
    ("placed_frozen_60", "placed", [f"{before}, frozen" for before in BEFORE], [60], {"high": -8}),
    ("placed_1", "placed", [f"{before}, fine-tuned" for before in BEFORE], [1], {"low": -1.5, "high": 1.5}),
)


def claims(data):
    paired = gains(data)
    for name, images, starts, labels, limits in CLAIMS:
        labels = [n for n in labels if n in data.budget]
        if labels:
            what = starts[0] if len(starts) == 1 else f"all four, {starts[0].partition(', ')[2]}"
            many = " or ".join(str(n) for n in labels)
            word = "label" if labels == [1] else "labels"
            text = f"{IMAGES[images].capitalize()}, {what}: gain with {many} {word} of each class, percentage points"
            one = paired.sel(images=images, start=starts, budget=labels)
            yield Claim(name, text, **summary.mean(one), **limits)
    for n in data.budget.values:
        word = "label" if n == 1 else "labels"
        for images, words in IMAGES.items():
            gain = summary.mean(paired.sel(images=images, budget=n, start=PIXELS))
            text = f"{words.capitalize()}, {PIXELS}: gain with {n} {word} of each class, percentage points"
            yield Claim(f"{images}_pixels_{n}", text, **gain, low=-25, high=15)
        for before in ("rotation", "masking", "contrastive"):
            one = paired.sel(images="aligned", budget=n)
            frozen, limits = one.sel(start=f"{before}, frozen"), {"low": -20, "high": 25}
            text = (
                f"Aligned digits, {n} {word} of each class: {before}, frozen, minus {{}}, percentage points"
            )
            pixels = summary.mean(frozen - one.sel(start=PIXELS))
            yield Claim(f"{before}_scratch_{n}", text.format("scratch"), **summary.mean(frozen), **limits)
            yield Claim(f"{before}_pixels_{n}", text.format(PIXELS), **pixels, **limits)
    yield summary.choice_claim(data, "strength", id="at_end", high=5)
    labels = [n for n in (20, 60) if n in data.budget]
    if labels:
        one = paired.sel(images="placed", budget=labels)
        gap = one.sel(start="rotation, fine-tuned") - one.sel(start="random, fine-tuned")
        text = "Digits anywhere, fine-tuned, labels of each class {}: rotation minus random labels, percentage points"
        many = " or ".join(str(n) for n in labels)
        yield Claim("rotation_over_random", text.format(many), **summary.mean(gap), low=0, high=4)
    if 1 in data.budget:
        one = paired.sel(images="aligned", budget=1)
        gap = one.sel(start="masking, frozen") - one.sel(start="contrastive, frozen")
        text = "Aligned digits, frozen, 1 label of each class: masking minus contrastive, percentage points, paired"
        yield Claim("masking_over_contrastive", text, **summary.mean(gap), low=0)
    scratch = 100 * data.test_accuracy.sel(start="scratch").isel(budget=-1)
    for images, limits in (("aligned", {"low": 93}), ("placed", {"low": 33, "high": 50})):
        text = f"{IMAGES[images].capitalize()}, most labels: test accuracy from scratch in %"
        yield Claim(f"{images}_scratch", text, **summary.mean(scratch.sel(images=images)), **limits)


# %%
figure = Figure(
    title="The task before decides what is gained over the net from scratch",
    caption="Nets with two hidden layers of {{ width }} units are first trained without true labels, for "
    "{{ steps_before }} updates, and then on few labels with a new output layer. Drawn is test accuracy minus that of the same nets from scratch, seed "
    "by seed: mean over {{ seeds }} seeds and its 95 % t-interval. Upper row: digits as they come. Lower row: at random "
    "places of a {{ side }} by {{ side }} canvas (each training image at {{ copies }} of them). Frozen: only the output layer learns. Random labels: a "
    "control, whose labels are shuffled. Dashed: a linear model on the pixels. Nets have the better of two learning rates on validation examples, linear "
    "models, on frozen features too, the best of five strengths of an L2 penalty.",
    alt="Two rows of four small panels: gain over scratch against labels of each class. Upper row, aligned digits: rotation "
    "gains nothing fine-tuned and loses frozen; masking gains most, frozen and with one label; contrastive gains less; "
    "random labels lose, most with one label. A linear model on the pixels is above scratch with few labels. Lower row, digits "
    "anywhere: fine-tuned nets after rotation gain a little with 20 or 60 labels, the other three hardly or not "
    "at all; all frozen nets lose heavily there.",
    sources=("gidaris2018", "vincent2008", "chen2020"),
    questions=(15, 14),
    ranges={
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
    height=4.4,
)
figure
