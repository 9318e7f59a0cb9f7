# %% [markdown]
# # When transfer helps, and when it does not
#
# A net learns the digits 0 to 4 from many examples, and then 5 to 9 from a few. If each digit stands
# somewhere on a larger canvas, what was learned about places helps. If all digits are aligned, there
# is little to gain from it. A control learns wrong labels first. The line to beat is a linear model on the
# pixels, with an L2 penalty whose strength is chosen on validation examples, as is that of the output layer
# on frozen features.

# %%
import jax
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.draws import generator
from dlfigs.experiments import few_labels
from dlfigs.experiments.baselines import logistic_regression
from dlfigs.experiments.head_first import head_first
from dlfigs.experiments.training import at_best_rate
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

STARTS = {
    "fine-tuned": ("fine-tuned", color_of("fine-tuned")),
    "frozen": ("frozen", color_of("frozen")),
    "control": ("wrong labels first", color_of("wrong labels")),
    "pixels": ("linear on pixels", color_of("linear on pixels")),
}
# Where the labels stand: panel, and place in parts of the axes
PLACES = {
    "fine-tuned": (0, 0.86, 0.95, "right"),
    "frozen": (0, 0.05, 0.93, "left"),
    "control": (1, 0.98, 0.93, "right"),
    "pixels": (0, 0.6, 0.3, "right"),
}
PANELS = {"placed": "digits anywhere", "aligned": "aligned digits"}


# %%
def compute(
    key,
    *,
    side=14,
    copies=10,
    width=96,
    source_steps=1500,
    source_rate=2e-3,
    budgets=(1, 2, 5, 10, 20, 60),
    rates=(1e-3, 4e-3),
    steps=200,
    batch=32,
    seeds=12,
):
    """Accuracies at the best learning rate or strength; dims (images, start, budget, seed)."""
    parts, linear = [], []
    for name, key_images in zip(PANELS, jax.random.split(key, len(PANELS)), strict=True):
        key_task, key_nets, key_wrong, key_source, key_target, key_stages = jax.random.split(key_images, 6)
        sizes = {"side": side, "copies": copies} if name == "placed" else {"side": 8, "copies": 1}
        digits = {"source": range(5), "target": range(5, 10), "most": max(budgets)}
        task = few_labels.digits_task(key_task, **sizes, **digits, seeds=seeds)
        nets = few_labels.encoders(key_nets, task, width=width, depth=2, outputs=5)
        wrong = generator(key_wrong).permuted(task.y_source, axis=1)
        labels = np.stack([task.y_source, wrong])
        settings = {"rate": source_rate, "steps": source_steps, "batch": batch}
        before, _ = few_labels.pretrain(key_source, nets, task.x_source, labels, **settings)
        right, control = (jax.tree.map(lambda part, i=i: part[i], before) for i in (0, 1))
        starts = {"scratch": (nets, False), "fine-tuned": (right, False), "control": (control, False)}
        settings = {"budgets": budgets, "rates": rates, "steps": steps, "batch": batch}
        data = few_labels.learn(key_target, task, starts=starts, **settings)
        stages = head_first(key_stages, task, right, **settings)
        parts.append(at_best_rate(xr.concat([data, stages], "start")))
        inputs = {"frozen": few_labels.features(right, task), "pixels": task}
        linear.append([logistic_regression(one, budgets=budgets) for one in inputs.values()])
    dims, chosen = "images start budget seed", "chosen on validation examples"
    accuracies = [
        [*part.test_accuracy, *(one.test_accuracy for one in two)] for part, two in zip(parts, linear)
    ]
    return dataset(
        {
            "images": list(PANELS),
            "start": [*starts, "head first", *inputs],
            "trained": [*starts, "head first"],
            "linear": list(inputs),
            "budget": (np.asarray(budgets), "labels of each class"),
            "seed": seeds,
        },
        attrs={"side": side},
        test_accuracy=(dims, accuracies, "test accuracy"),
        rate=("images trained budget", [part.rate for part in parts], f"learning rate, {chosen}"),
        strength=(
            "images linear budget",
            [[one.strength for one in two] for two in linear],
            f"inverse strength of the penalty, {chosen}",
        ),
        strength_at_end=(
            "images linear budget",
            [[one.strength_at_end for one in two] for two in linear],
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
    panels = fig.subplots(1, data.sizes["images"], squeeze=False)[0]
    for ax, images in zip(panels, data.images.values, strict=True):
        one = data.sel(images=images)
        for i, (start, (_, color)) in enumerate(STARTS.items()):
            line = one.sel(start=start)
            x = line.budget * 1.05 ** (i - 1.5)  # side by side, not on top
            ends = [line.gain - line.low, line.high - line.gain]
            ax.errorbar(x, line.gain, ends, fmt="o-", color=color, ms=4, linewidth=1.2, elinewidth=1.2)
        marks.reference(ax, y=0)
        ax.set(xscale="log", title=PANELS[images], xlabel="labels of each class")
        ax.set_xticks(one.budget.values, [str(n) for n in one.budget.values])
        ax.minorticks_off()
    panels[0].set_ylabel("gain over scratch, percentage points")
    for start, (panel, x, y, side) in PLACES.items():
        label, color = STARTS[start]
        ax = panels[panel]
        ax.text(x, y, label, color=color, ha=side, transform=ax.transAxes, fontsize=8.5)


# %%
def claims(data):
    paired, budgets = gains(data), data.budget.values

    def claim(name, words, images, start, labels, **limits):
        labels = [n for n in labels if n in budgets]
        if not labels:
            return
        one = paired.sel(images=images, budget=labels)
        one = (
            one.sel(start=start)
            if isinstance(start, str)
            else one.sel(start=start[0]) - one.sel(start=start[1])
        )
        *some, last = map(str, labels)
        many = f"{', '.join(some)} or {last}" if some else last
        text = f"{PANELS[images].capitalize()}, {many} label{'s' * (many != '1')} of each class: {words}"
        text += ", percentage points, paired"
        yield Claim(name, text, **summary.mean(one), **limits)

    def over(start):
        return f"{STARTS[start][0]} minus scratch"

    for n in (20, 60):
        yield from claim(f"tuned_{n}", over("fine-tuned"), "placed", "fine-tuned", [n], low=2)
        both = ("fine-tuned", "control")
        yield from claim(f"labels_{n}", "fine-tuned minus wrong labels first", "placed", both, [n], low=1)
    yield from claim("control_60", over("control"), "placed", "control", [60], low=-2, high=5)
    yield from claim("tuned_few", over("fine-tuned"), "placed", "fine-tuned", [1, 2], low=-2, high=4)
    for n in (5, 10):
        yield from claim(f"frozen_{n}", over("frozen"), "placed", "frozen", [n], low=1.5)
    yield from claim("frozen_60", over("frozen"), "placed", "frozen", [60], high=3)
    yield from claim(
        "frozen_over_tuned_5", "frozen minus fine-tuned", "placed", ("frozen", "fine-tuned"), [5], low=0.5
    )
    yield from claim("pixels_60", over("pixels"), "placed", "pixels", [60], high=-15)
    yield from claim(
        "aligned_tuned_few", over("fine-tuned"), "aligned", "fine-tuned", [1, 2, 5], low=-4, high=1
    )
    yield from claim(
        "aligned_tuned_many", over("fine-tuned"), "aligned", "fine-tuned", [20, 60], low=-1, high=1
    )
    yield from claim("aligned_frozen", over("frozen"), "aligned", "frozen", [1, 2, 5, 10, 20, 60], high=-1)
    yield from claim(
        "aligned_pixels", over("pixels"), "aligned", "pixels", [1, 2, 5, 10, 20, 60], low=-1, high=5
    )
    for images in PANELS:
        for name, labels in (("few", [1, 2, 5]), ("some", [10]), ("many", [20, 60])):
            both, words = ("head first", "fine-tuned"), "head first and then all, minus fine-tuned"
            limits = {"low": 0 if (images, name) == ("placed", "many") else -4, "high": 7}
            yield from claim(f"{images}_stages_{name}", words, images, both, labels, **limits)
        for start, low, high in (("frozen", -15, 20), ("pixels", -40, 20)):
            for n in budgets:
                yield from claim(
                    f"{images}_{start}_{n}", over(start), images, start, [n], low=low, high=high
                )
    for start in data.linear.values:
        one = data.sel(linear=start)
        yield summary.choice_claim(one, "strength", id=f"{start}_at_end", high=2)
    scratch = 100 * data.test_accuracy.sel(start="scratch")
    for images, words in PANELS.items():
        text = f"{words.capitalize()}, the most labels: test accuracy from scratch in %"
        limits = {"low": 45, "high": 75} if images == "placed" else {"low": 93}
        yield Claim(
            f"{images}_scratch", text, **summary.mean(scratch.sel(images=images).isel(budget=-1)), **limits
        )


# %%
figure = Figure(
    title="Transfer helps where the source teaches something that the target needs",
    caption="Nets with two hidden layers of {{ width }} units are trained on many digits 0 to 4, and then on few labels of "
    "5 to 9 with a new output layer. Drawn is test accuracy minus that of the same nets from scratch, seed by seed: "
    "mean over {{ seeds }} seeds and its 95 % t-interval. Frozen: only the output layer learns. Wrong labels first: the source’s "
    "labels are shuffled. Left: each digit at a random place of a {{ side }} by {{ side }} canvas. Right: digits as they come. "
    "Nets have that of two learning rates that is better on validation examples; the linear models, on frozen features and on "
    "pixels, the best of five strengths of an L2 penalty.",
    alt="Two panels, gain over scratch in percentage points against labels of each class, log axis. Left, digits anywhere: "
    "fine-tuning gains nothing that is seen with the fewest labels and most with the most; frozen gains with few labels, "
    "but nothing that is seen with the most; wrong labels first stay near zero; linear on pixels falls far "
    "below. Right, aligned digits: linear on pixels is ahead with few labels, fine-tuned is near zero, frozen is lowest.",
    sources=("yosinski2014", "kumar2022"),
    questions=(13, 14),
    ranges={
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
    height=3.8,
)
figure
