# %% [markdown]
# # What helps when labels are few
#
# One task, the classes 5 to 9; one net; from one to sixty labels of each class. Six things
# that one can do, each compared with the same net from scratch, seed by seed; and the line to beat, a linear
# model whose L2 penalty is chosen on validation examples. Once all digits stand in the middle of a canvas, once
# anywhere on it. More steps, another width and signals in place of digits are in the table of verdicts.

# %%
from functools import partial

import jax
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary
from dlfigs.choices import choose, until_inside
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES
from dlfigs.experiments import few_labels, pretext
from dlfigs.experiments.baselines import regularized
from dlfigs.experiments.tasks import draw_task
from dlfigs.experiments.training import at_best_rate
from dlfigs.plot import marks, slides

SOURCE, TARGET = range(5), range(5, 10)
# The digits of the target that have a closed loop, and the signals that stay below their ends
EASY = (6, 8, 9)
PLAIN = ["scratch", "linear", "augmentation"]  # all that these see is labeled images
PANELS = {
    "transfer": "transfer",
    "auxiliary": "auxiliary labels",
    "autoencoder": "autoencoder",
    "contrastive": "contrastive",
    "pseudo-labels": "pseudo-labels",
}
STARTS = [*PLAIN, *PANELS]
WORDS = {"aligned": "aligned {}", "anywhere": "{} anywhere"}
IMAGES = {"aligned": "C0", "anywhere": "C1"}
MARGIN = 1.0  # percentage point: smaller differences count as none
COMPARED = {  # places, start, labels of each class, what it is compared with; and what is claimed of digits
    "augmented_1": ("anywhere", "augmentation", 1, "scratch", {"low": 10}),
    "augmented_60": ("anywhere", "augmentation", 60, "scratch", {"low": 12}),
    "augmented_over_auxiliary": ("anywhere", "augmentation", 60, "auxiliary", {"low": 4}),
    "linear_1": ("aligned", "linear", 1, "scratch", {"low": -2, "high": 9}),
    "linear_60": ("aligned", "linear", 60, "scratch", {"low": -2, "high": 2}),
    "transfer_60": ("anywhere", "transfer", 60, "scratch", {"low": -1, "high": 6}),
    "auxiliary_1": ("aligned", "auxiliary", 1, "scratch", {"low": 4}),
    "auxiliary_over_linear": ("aligned", "auxiliary", 1, "linear", {"low": -2, "high": 18}),
    "auxiliary_60": ("anywhere", "auxiliary", 60, "scratch", {"low": 3}),
    "autoencoder_60": ("anywhere", "autoencoder", 60, "scratch", {"low": -2, "high": 4}),
    "contrastive_60": ("anywhere", "contrastive", 60, "scratch", {"low": 0}),
    "pseudo_60": ("anywhere", "pseudo-labels", 60, "scratch", {"high": 0}),
}
ANY = {"low": -100, "high": 100}  # percentage points: of other data sets nothing is claimed


# %%
def pretrained(key, task, other, nets, **settings):
    """Encoders trained on all training images, without labels or with easier ones, or on other digits."""
    *keys, key_transfer, key_auxiliary = jax.random.split(key, 4)
    losses = {
        "autoencoder": partial(pretext.reconstruction_loss, share=0.0),
        "contrastive": pretext.contrastive_loss,
    }
    found = {
        name: pretext.pretrain(loss, key, nets, task.x_source, **settings)
        for key, (name, loss) in zip(keys, losses.items(), strict=True)
    }
    loop = np.isin(task.y_source + TARGET[0], EASY).astype(np.int32)
    for name, key_one, x, y in (
        ("transfer", key_transfer, other.x_source, other.y_source),
        ("auxiliary", key_auxiliary, task.x_source, loop),
    ):
        classes = int(y.max()) + 1
        start = nets._replace(last=jax.tree.map(lambda part, n=classes: part[..., :n], nets.last))
        trained, _ = few_labels.pretrain(key_one, start, x, y[None], **settings)
        found[name] = jax.tree.map(lambda part: part[0], trained)
    return found


def learned(key, once, nets, before, *, moved, copies, budgets, rates, pseudo_rates, steps, batch):
    """Accuracies of all nets at the best learning rates; dims (start, budget, seed)."""
    seeds, _, size = once.x_train.shape
    # As many equal copies of a labeled example as augmentation has of different ones
    x, y = (np.repeat(part, copies, axis=1) for part in (once.x_train, once.y_train))
    task = once._replace(x_train=x, y_train=y)
    settings = {"budgets": [n * copies for n in budgets], "steps": steps, "batch": batch}
    learn, scratch = partial(few_labels.learn, key, **settings), {"scratch": (nets, False)}
    starts = scratch | {name: (net, False) for name, net in before.items()}

    def on_labels(rates):
        found = learn(task, starts=starts, rates=rates)
        augmented = found.sel(start=["scratch"])  # all copies are equal, unless examples are moved
        if moved:
            places = once.x_source.reshape(seeds, copies, -1, size).swapaxes(1, 2).reshape(x.shape)
            augmented = learn(task._replace(x_train=places), starts=scratch, rates=rates)
        return xr.concat([found, augmented.assign_coords(start=["augmentation"])], "start")

    def on_own_labels(rates):
        found = learn(task, starts=scratch, rates=rates, pseudo_steps=steps)
        return found.isel(start=[1]).assign_coords(start=["pseudo-labels"])

    tried = (
        until_inside(on_labels, rates, "rate", most=2),
        until_inside(on_own_labels, pseudo_rates, "rate", most=2),
    )
    data = xr.concat([at_best_rate(one).reset_coords("rate") for one in tried], "start", data_vars="all")
    return data.assign_coords(budget=list(budgets))


def best_use(tuned, linear):
    """What was learned, with each encoder fine-tuned or frozen, as is better on validation examples."""
    before, names = list(linear.start.values[1:]), ["validation_accuracy", "test_accuracy"]
    two = xr.concat([part[names].sel(start=before) for part in (tuned, linear)], "use")
    better = two.isel(use=choose(two.validation_accuracy, "use").index)
    accuracies = better, tuned.drop_sel(start=before), linear.isel(start=[0])
    return few_labels.together(tuned, linear, [part.test_accuracy for part in accuracies]).sel(start=STARTS)


def compute(
    key,
    *,
    data_set="digits",
    side=12,
    pool=100,
    copies=10,
    width=96,
    budgets=(1, 5, 20, 60),
    rates=(1e-3, 4e-3, 1.6e-2),
    pseudo_rates=(2.5e-4, 1e-3, 4e-3),
    steps=200,
    batch=32,
    more_steps=400,
    more_rate=2e-3,
    more_batch=64,
    seeds=10,
):
    """Accuracies in the setting that is best on validation examples; dims (images, start, budget, seed)."""
    parts = []
    for images, key_images in zip(IMAGES, jax.random.split(key, len(IMAGES)), strict=True):
        key_task, key_nets, key_before, key_learn = jax.random.split(key_images, 4)
        # The same key: both have the same examples of the target
        once, other = (
            draw_task(
                key_task,
                side=side,
                aligned=images == "aligned",
                most=max(pool, *budgets),
                source=source,
                target=TARGET,
                copies=copies,
                seeds=seeds,
                data_set=data_set,
            )
            for source in (TARGET, SOURCE)
        )
        nets = few_labels.encoders(key_nets, once, width=width, depth=2, outputs=once.x_train.shape[-1])
        settings = {"rate": more_rate, "steps": more_steps, "batch": more_batch}
        before = pretrained(key_before, once, other, nets, **settings)
        settings = {"rates": rates, "pseudo_rates": pseudo_rates, "steps": steps, "batch": batch}
        settings |= {"copies": copies, "budgets": budgets, "moved": images == "anywhere"}
        tuned = learned(key_learn, once, nets, before, **settings)
        inputs = {"linear": once} | {n: few_labels.features(net, once) for n, net in before.items()}
        parts.append(best_use(tuned, regularized(inputs, budgets=budgets)))
    data = xr.concat(parts, xr.DataArray(list(IMAGES), dims="images", name="images"))
    return data.assign_attrs(data_set=data_set)


# %%
def gain(data, start, than="scratch"):
    """Test accuracy minus another one, seed by seed, in percentage points."""
    accuracy = 100 * data.test_accuracy
    return accuracy.sel(start=start) - accuracy.sel(start=than)


def placed(data, images):
    """Which examples, and where they stand."""
    return WORDS[images].format(data.attrs["data_set"])


def compared(data):
    """The comparisons that a reader takes home: id, text, differences seed by seed, and limits."""
    for name, (images, start, labels, than, limits) in COMPARED.items():
        if labels in data.budget:
            text = (
                f"{images.capitalize()}, {labels} label{'s' * (labels > 1)}: {start} minus {than}, points"
            )
            limits = limits if data.attrs["data_set"] == "digits" else ANY
            yield name, text, gain(data, start, than).sel(images=images, budget=labels), limits


def verdicts(data):
    for name, text, differences, _ in compared(data):
        yield name, text, summary.verdict(differences, margin=MARGIN)


def summarize(data):
    coords = {
        "images": (data.images.values, "images"),
        "budget": (data.budget.values, "labels of each class"),
        "plain": (PLAIN, "learner"),
        "approach": (list(PANELS), "approach"),
    }
    parts = {
        "accuracy": (100 * data.test_accuracy.sel(start=PLAIN), "plain", "%", "test accuracy"),
        "gain": (
            gain(data, list(PANELS)),
            "approach",
            "percentage points",
            "test accuracy minus that from scratch, paired",
        ),
    }
    columns = {}
    for name, (values, dim, units, words) in parts.items():
        dims = f"images {dim} budget"
        mean, _, half = summary.mean_interval(values)
        columns[name] = (dims, mean, f"{words}, mean over seeds", units)
        columns[f"{name}_low"] = (dims, mean - half, f"{words}, lower end of the 95 % interval", units)
        columns[f"{name}_high"] = (dims, mean + half, f"{words}, upper end of the 95 % interval", units)
    return dataset(coords, data.attrs, **columns)


# %%
def line(ax, data, name, shift, color, **style):
    """Means and intervals, drawn a little to the side so that two do not hide each other."""
    ends = [data[name] - data[f"{name}_low"], data[f"{name}_high"] - data[name]]
    style = {"fmt": "o-", "ms": 4, "linewidth": 1.2, "elinewidth": 1.2} | style
    ax.errorbar(data.budget * 1.06**shift, data[name], ends, color=color, **style)


def draw(fig, data):
    rows, columns = (2, 4) if slides.is_wide(fig) else (4, 2)
    axes = fig.subplots(rows, columns, sharex=True).ravel()
    for ax, (images, color) in zip(axes[:2], IMAGES.items(), strict=True):
        plain = data.sel(images=images)
        line(ax, plain.sel(plain="scratch"), "accuracy", 0, color)
        line(ax, plain.sel(plain="linear"), "accuracy", 0, color, fmt="s:", mfc="white")
        ax.set(title=placed(data, images), ylim=(0, 103), ylabel="accuracy (%)")
    line(axes[1], data.sel(images="anywhere", plain="augmentation"), "accuracy", 0, "C2")
    for ax, x, y, text, color in (
        (axes[0], 0.94, 0.12, "filled: net\nhollow: linear", "C0"),
        (axes[1], 0.08, 0.9, "augmentation", "C2"),
        (axes[1], 0.6, 0.47, "net", "C1"),
        (axes[1], 0.98, 0.24, "linear", "C1"),
    ):
        side = "left" if x < 0.5 else "right"
        marks.note(ax, x, y, text, color=color, ha=side, transform=ax.transAxes)
    ends = [1.08 * float(end) for end in (data.gain_low.min(), data.gain_high.max())]
    *panels, key = axes[2:]
    for ax, (approach, words) in zip(panels, PANELS.items(), strict=True):
        for shift, (images, color) in zip((-1, 1), IMAGES.items(), strict=True):
            line(ax, data.sel(images=images, approach=approach), "gain", shift, color)
        marks.reference(ax, y=0)
        ax.set(title=words, ylim=ends, ylabel="gain, points")
    for ax in axes[:-1]:
        ax.set(xscale="log")
        ax.set_xticks(data.budget.values, [str(n) for n in data.budget.values])
        ax.minorticks_off()
    for ax in axes[-columns:-1]:
        ax.set_xlabel("labels of each class")
    axes[-1 - columns].tick_params(labelbottom=True)  # above the key
    key.axis("off")
    for y, (images, color) in zip((0.55, 0.35), IMAGES.items(), strict=True):
        marks.note(key, 0.1, y, placed(data, images), color=color, transform=key.transAxes)


# %%
def claims(data):
    digits = data.attrs["data_set"] == "digits"

    def claim(name, images, start, budgets, than="scratch", **limits):
        budgets = [n for n in budgets if n in data.budget]
        if budgets:
            one = gain(data, start, than).sel(images=images, budget=budgets)
            many = " or ".join(str(n) for n in budgets)
            text = f"With {placed(data, images)}, labels of each class {many}: {start} minus {than}"
            text += ", percentage points, paired"
            yield Claim(name, text, **summary.mean(one), **limits if digits else ANY)

    for name, text, differences, limits in compared(data):
        yield Claim(name, f"{text}, paired", **summary.mean(differences), **limits)
    many, every = [20, 60], list(data.budget.values)
    yield from claim("augmented_5", "anywhere", "augmentation", [5], low=22)
    yield from claim("linear_5", "aligned", "linear", [5], low=-2, high=7)
    yield from claim("linear_many", "aligned", "linear", many, low=-2, high=2)
    for approach in PANELS:  # over the line to beat
        name = approach.replace("-", "_")
        for n in (1, 5):
            at = f"{name}_over_linear_{n}"
            yield from claim(at, "aligned", approach, [n], "linear", low=-14, high=16)
    yield from claim("transfer", "aligned", "transfer", every, low=-3, high=1)
    yield from claim("transfer_anywhere", "anywhere", "transfer", every, low=0.5, high=7)
    yield from claim("auxiliary_aligned_60", "aligned", "auxiliary", [60], low=-1.5, high=1.5)
    yield from claim("auxiliary_anywhere", "anywhere", "auxiliary", many, low=3.5)
    yield from claim("autoencoder", "aligned", "autoencoder", every, low=-1, high=3)
    yield from claim("autoencoder_anywhere", "anywhere", "autoencoder", every, low=-1.5, high=3)
    yield from claim("autoencoder_20", "anywhere", "autoencoder", [20], low=-6, high=2)
    yield from claim("contrastive_1", "aligned", "contrastive", [1], low=-4, high=12)
    yield from claim("contrastive_many", "aligned", "contrastive", many, low=-1.5, high=1.5)
    yield from claim("contrastive_anywhere_1", "anywhere", "contrastive", [1], low=-4, high=5)
    yield from claim("contrastive_anywhere", "anywhere", "contrastive", many, low=0)
    yield from claim("pseudo", "aligned", "pseudo-labels", every, low=-2.5, high=2.5)
    yield from claim("pseudo_anywhere", "anywhere", "pseudo-labels", [5, 20], high=-2)
    yield from claim("linear_anywhere", "anywhere", "linear", [60], high=-20)
    for images, start, n, low in (
        ("aligned", "scratch", 1, 55),
        ("aligned", "scratch", 60, 94),
        ("anywhere", "scratch", 5, 20),
        ("anywhere", "scratch", 60, 55),
        ("anywhere", "augmentation", 5, 50),
    ):
        if n in data.budget:
            one = 100 * data.test_accuracy.sel(images=images, start=start, budget=n)
            text = f"With {placed(data, images)}, labels of each class {n}, {start}: test accuracy in %"
            limits = {"low": low, "high": low + 30 if low < 70 else 99.5} if digits else {"high": 100}
            yield Claim(f"{start}_{images}_{n}", text, **summary.mean(one), **limits)
    yield summary.choice_claim(data, "rate", high=2)
    yield summary.choice_claim(data, "strength", high=4)


# %%
figure = Figure(
    title="With 60 labels of each class and {{ data_set }} anywhere, knowing that place does not matter gains {{ augmented_60:.0f}} points",
    caption="One net (two hidden layers of {{ width }} units), the classes 5 to 9 ({{ data_set }}), a canvas of {{ side }} by {{ side }} "
    "pixels (for signals a window, longer than they are by the same factor), with each example in its middle (blue) or anywhere (orange). "
    "Top: test accuracy, trained on few labels only; augmentation (green) shows each labeled example at {{ copies }} places. Below: "
    "gain over the net from scratch. Transfer comes from the classes 0 to 4. Auxiliary labels say for all training examples whether they are "
    "6, 8 or 9 (digits with a closed loop, signals that stay below their ends); the other three use these examples without labels. All but "
    "pseudo-labels are pretrained, for the same {{ more_steps }} steps of {{ more_batch }} examples, and then frozen, under a "
    "linear model with a penalty, or fine-tuned. Nets are trained by Adam, on labels for {{ steps }} steps. Means over {{ seeds }} seeds, 95 % "
    "t-intervals. Use, learning rate and penalty are those best on validation examples.",
    alt="Seven panels against labels of each class, log axis. Two panels of accuracy, with a net and a regularized linear model, and where examples "
    "stand anywhere also augmentation. There, with 60 labels, augmentation is {{ augmented_60:.0f}} points above the net, and linear minus net is "
    "{{ linear_anywhere:.0f}}. Five panels of gains over the net from scratch; with 60 labels anywhere they are {{ transfer_60:.0f}} points for "
    "transfer, {{ auxiliary_60:.0f}} for auxiliary labels, {{ autoencoder_60:.0f}} for the autoencoder, {{ contrastive_60:.0f}} "
    "for contrastive pretraining and {{ pseudo_60:.0f}} for pseudo-labels. In the middle, with one label, auxiliary labels gain {{ auxiliary_1:.0f}}.",
    sources=("chen2020", "lee2013", "erhan2010"),
    questions=(14,),
    ranges={
        "data_set": NAMES,
        "side": (8, 24),
        "pool": (1, 150),
        "copies": (1, 20),
        "width": (8, 256),
        "budgets": (1, 150),
        "rates": (1e-5, 0.1),
        "pseudo_rates": (1e-5, 0.1),
        "steps": (1, 2000),
        "batch": (1, 512),
        "more_steps": (1, 5000),
        "more_rate": (1e-5, 0.1),
        "more_batch": (2, 512),
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 600, "budgets": (1, 60)},
        {"more_steps": 1600, "budgets": (1, 60)},
        {"width": 32, "budgets": (1, 60)},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 600, "budgets": (1, 60)},
    ),
    height=7,
)
figure
