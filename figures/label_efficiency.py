# %% [markdown]
# # What helps when labels are few
#
# One task, the handwritten digits 5 to 9; one net; from one to sixty labels of each class. Six things
# that one can do, each compared with the same net from scratch, seed by seed; and the line to beat, a linear
# model whose L2 penalty is chosen on validation images. Once all digits stand in the middle of a canvas, once
# anywhere on it.

# %%
from functools import partial

import jax
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.experiments import few_labels, pretext
from dlfigs.experiments.baselines import logistic_regression
from dlfigs.experiments.training import at_best_rate
from dlfigs.plot import marks, slides

SOURCE, TARGET = range(5), range(5, 10)
LOOP = (6, 8, 9)  # digits of the target that have a closed loop
PLAIN = ["scratch", "linear", "augmentation"]  # all that these see is labeled images
PANELS = {
    "transfer": "transfer",
    "auxiliary": "auxiliary labels",
    "autoencoder": "autoencoder",
    "contrastive": "contrastive",
    "pseudo-labels": "pseudo-labels",
}
STARTS = [*PLAIN, *PANELS]
NAMES = {"aligned": "aligned digits", "anywhere": "digits anywhere"}
IMAGES = {"aligned": "C0", "anywhere": "C1"}


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
    loop = np.isin(task.y_source + TARGET[0], LOOP).astype(np.int32)
    for name, key_one, x, y in (
        ("transfer", key_transfer, other.x_source, other.y_source),
        ("auxiliary", key_auxiliary, task.x_source, loop),
    ):
        classes = int(y.max()) + 1
        start = nets._replace(last=jax.tree.map(lambda part, n=classes: part[..., :n], nets.last))
        trained, _ = few_labels.pretrain(key_one, start, x, y[None], **settings)
        found[name] = jax.tree.map(lambda part: part[0], trained)
    return found


def compute(
    key,
    *,
    side=12,
    pool=100,
    copies=10,
    width=96,
    budgets=(1, 2, 5, 20, 60),
    rates=(1e-3, 4e-3),
    steps=200,
    batch=32,
    more_steps=400,
    more_rate=2e-3,
    more_batch=64,
    seeds=10,
):
    """Accuracies in the setting that is best on validation images; dims (images, start, budget, seed)."""
    parts, linear = [], []
    for images, key_images in zip(IMAGES, jax.random.split(key, len(IMAGES)), strict=True):
        key_task, key_nets, key_before, key_learn = jax.random.split(key_images, 4)
        # The same key: both have the same images of the target
        once, other = (
            few_labels.digits_task(
                key_task,
                side=side,
                aligned=images == "aligned",
                most=max(pool, *budgets),
                source=source,
                target=TARGET,
                copies=copies,
                seeds=seeds,
            )
            for source in (TARGET, SOURCE)
        )
        nets = few_labels.encoders(key_nets, once, width=width, depth=2, outputs=side**2)
        settings = {"rate": more_rate, "steps": more_steps, "batch": more_batch}
        before = pretrained(key_before, once, other, nets, **settings)

        # As many equal copies of a labeled image as augmentation has of different ones
        x, y = (np.repeat(part, copies, axis=1) for part in (once.x_train, once.y_train))
        task = once._replace(x_train=x, y_train=y)
        labels = [n * copies for n in budgets]
        settings = {"budgets": labels, "rates": rates, "steps": steps, "batch": batch}
        learn = partial(few_labels.learn, key_learn, **settings)
        scratch = {"scratch": (nets, False)}
        tuned = [
            learn(task, starts={name: (net, False) for name, net in before.items()}),
            learn(task, starts=scratch, pseudo_steps=steps),
        ]
        found = {name: [part.sel(start=[name])] for part in tuned for name in part.start.values}
        found["pseudo-labels"] = found.pop("scratch" + few_labels.PSEUDO)
        for name, net in before.items():
            found[name].append(learn(few_labels.features(net, task), starts={name: (None, False)}))
        if images == "anywhere":
            x = once.x_source.reshape(seeds, copies, -1, side**2).swapaxes(1, 2).reshape(x.shape)
            found["augmentation"] = [learn(task._replace(x_train=x), starts=scratch)]
        else:  # all copies are equal
            found["augmentation"] = found["scratch"]
        best = {name: at_best_rate(xr.concat(part, "rate")).isel(start=0) for name, part in found.items()}
        best["linear"] = logistic_regression(once, budgets=budgets)
        parts.append([best[name].test_accuracy for name in STARTS])
        linear.append(best["linear"])
    return dataset(
        {
            "images": list(IMAGES),
            "start": list(STARTS),
            "budget": (np.asarray(budgets), "labels of each class"),
            "seed": seeds,
        },
        test_accuracy=("images start budget seed", parts, "test accuracy"),
        strength_at_end=(
            "images budget",
            [one.strength_at_end for one in linear],
            "whether the linear model's list of penalties ends too early",
        ),
        strength_list=("", linear[0].strength_list, "inverse strengths of the linear model's penalty"),
    )


# %%
def gain(data, start, than="scratch"):
    """Test accuracy minus another one, seed by seed, in percentage points."""
    accuracy = 100 * data.test_accuracy
    return accuracy.sel(start=start) - accuracy.sel(start=than)


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
    return dataset(coords, **columns)


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
        ax.set(title=NAMES[images], ylim=(0, 103), ylabel="accuracy (%)")
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
        marks.note(key, 0.1, y, NAMES[images], color=color, transform=key.transAxes)


# %%
def claims(data):
    words = {"aligned": "Aligned digits", "anywhere": "Digits anywhere"}

    def claim(name, images, start, budgets, than="scratch", **limits):
        budgets = [n for n in budgets if n in data.budget]
        if budgets:
            one = gain(data, start, than).sel(images=images, budget=budgets)
            many = " or ".join(str(n) for n in budgets)
            text = f"{words[images]}, labels of each class {many}: {start} minus {than}, percentage points, paired"
            yield Claim(name, text, **summary.mean(one), **limits)

    few, many, every = [1, 2], [20, 60], list(data.budget.values)
    for n, low in ((1, 10), (5, 22), (60, 12)):
        yield from claim(f"augmented_{n}", "anywhere", "augmentation", [n], low=low)
    yield from claim("augmented_over_auxiliary", "anywhere", "augmentation", [20], "auxiliary", low=18)
    yield from claim("linear_few", "aligned", "linear", few, low=-2, high=9)
    yield from claim("linear_5", "aligned", "linear", [5], low=-2, high=7)
    yield from claim("linear_many", "aligned", "linear", many, low=-2, high=2)
    for approach in PANELS:  # over the line to beat
        name = approach.replace("-", "_")
        yield from claim(f"{name}_over_linear", "aligned", approach, few, "linear", low=-14, high=14)
        yield from claim(f"{name}_over_linear_5", "aligned", approach, [5], "linear", low=-14, high=14)
    yield summary.choice_claim(data, "strength", id="linear_at_end", high=2)
    yield from claim("linear_anywhere", "anywhere", "linear", [60], high=-20)
    yield from claim("transfer", "aligned", "transfer", every, low=-2.5, high=1)
    yield from claim("transfer_anywhere", "anywhere", "transfer", every, low=1.5, high=7)
    yield from claim("auxiliary_few", "aligned", "auxiliary", few, low=4)
    yield from claim("auxiliary_60", "aligned", "auxiliary", [60], low=-1, high=1)
    yield from claim("auxiliary_anywhere", "anywhere", "auxiliary", many, low=3.5)
    yield from claim("autoencoder", "aligned", "autoencoder", every, low=-1, high=3)
    yield from claim("autoencoder_anywhere", "anywhere", "autoencoder", every, low=-1.5, high=3)
    yield from claim("contrastive_few", "aligned", "contrastive", few, low=-4, high=6)
    yield from claim("contrastive_many", "aligned", "contrastive", many, low=-1.5, high=1.5)
    yield from claim("contrastive_anywhere_few", "anywhere", "contrastive", few, low=-4, high=5)
    yield from claim("contrastive_anywhere", "anywhere", "contrastive", many, low=2)
    yield from claim("pseudo", "aligned", "pseudo-labels", every, low=-2.5, high=2.5)
    yield from claim("pseudo_5", "aligned", "pseudo-labels", [5], low=-2.5, high=5)
    yield from claim("pseudo_anywhere", "anywhere", "pseudo-labels", [5, 20], high=-2)
    for images, start, n, low in (
        ("aligned", "scratch", 1, 55),
        ("aligned", "scratch", 60, 94),
        ("anywhere", "scratch", 5, 20),
        ("anywhere", "scratch", 60, 55),
        ("anywhere", "augmentation", 5, 50),
    ):
        if n in data.budget:
            one = 100 * data.test_accuracy.sel(images=images, start=start, budget=n)
            text = f"{words[images]}, labels of each class {n}, {start}: test accuracy in %"
            limits = {"low": low, "high": low + 30 if low < 70 else 99.5}
            yield Claim(f"{start}_{images}_{n}", text, **summary.mean(one), **limits)


# %%
figure = Figure(
    title="With few labels and digits anywhere, knowing what does not matter helped most",
    caption="One net (two hidden layers of {{ width }} units), the digits 5 to 9, a canvas of {{ side }} by {{ side }} pixels, with "
    "each digit in its middle (blue) or anywhere (orange). Top: test accuracy, trained on few labels only; augmentation "
    "(green) shows each labeled image at {{ copies }} places. Below: gain over the net from scratch. Transfer comes from the digits 0 "
    "to 4. Auxiliary labels say for all training images whether the digit has a closed loop; the other three use these images "
    "without labels. All but pseudo-labels are pretrained, for the same {{ more_steps }} steps of {{ more_batch }} images, and then "
    "frozen or fine-tuned. Means over {{ seeds }} seeds, 95 % t-intervals. Use, learning rate (of two) and the linear model’s "
    "penalty are those best on validation images.",
    alt="Seven panels against labels of each class, log axis. Accuracy on aligned digits: net and regularized linear model are close. On "
    "digits anywhere: augmentation is far above the net, linear far below. Gains over scratch: transfer {{ transfer_anywhere:.0f}} "
    "points on digits anywhere; auxiliary labels {{ auxiliary_few:.0f}} with one or two labels on aligned digits, "
    "{{ auxiliary_anywhere:.0f}} with 20 or 60 on digits anywhere; autoencoder near zero; contrastive {{ contrastive_anywhere:.0f}} "
    "with 20 or 60 labels on digits anywhere; pseudo-labels near zero on aligned digits and below it on digits anywhere.",
    sources=("chen2020", "lee2013", "erhan2010"),
    questions=(14,),
    ranges={
        "side": (8, 24),
        "pool": (1, 150),
        "copies": (1, 20),
        "width": (8, 256),
        "budgets": (1, 150),
        "rates": (1e-5, 0.1),
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
    height=7,
)
figure
