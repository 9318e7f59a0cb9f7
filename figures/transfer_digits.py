# %% [markdown]
# # When transfer helps, and when it does not
#
# A net learns the digits 0 to 4 from many examples, and then 5 to 9 from a few. If each digit stands
# somewhere on a larger canvas, what was learned about places helps. If all digits are aligned, there
# is nothing to gain. A control learns wrong labels first.

# %%
import jax
import jax.numpy as jnp
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.experiments import few_labels
from dlfigs.plot import marks

STARTS = {
    "fine-tuned": ("fine-tuned", "C1"),
    "frozen": ("frozen", "C2"),
    "control": ("wrong labels first", "C3"),
    "pixels": ("linear on pixels", "C4"),
}
PANELS = {"placed": "digits anywhere", "aligned": "aligned digits"}


# %%
def compute(
    key,
    *,
    side=14,
    copies=10,
    width=64,
    source_steps=500,
    source_rate=2e-3,
    budgets=(1, 2, 5, 10, 20, 60),
    rates=(1e-3, 4e-3),
    steps=200,
    batch=32,
    seeds=12,
):
    """Accuracies at the best learning rate; dims (images, start, budget, seed)."""
    parts = []
    for name, key_images in zip(PANELS, jax.random.split(key, len(PANELS)), strict=True):
        key_task, key_nets, key_wrong, key_source, key_target = jax.random.split(key_images, 5)
        sizes = {"side": side, "copies": copies} if name == "placed" else {"side": 8, "copies": 1}
        digits = {"source": range(5), "target": range(5, 10), "most": max(budgets)}
        task = few_labels.digits_task(key_task, **sizes, **digits, seeds=seeds)
        nets = few_labels.encoders(key_nets, task, width=width, depth=2, outputs=5)
        wrong = jax.random.permutation(key_wrong, task.y_source, axis=1, independent=True)
        labels = jnp.stack([task.y_source, wrong])
        settings = {"rate": source_rate, "steps": source_steps, "batch": batch}
        before, _ = few_labels.pretrain(key_source, nets, task.x_source, labels, **settings)
        right, control = (jax.tree.map(lambda part, i=i: part[i], before) for i in (0, 1))
        starts = {"scratch": (nets, False), "fine-tuned": (right, False), "frozen": (right, True)}
        starts |= {"control": (control, False), "pixels": (None, False)}
        settings = {"budgets": budgets, "rates": rates, "steps": steps, "batch": batch}
        data = few_labels.learn(key_target, task, starts=starts, **settings)
        parts.append(few_labels.at_best_rate(data))
    dims = "images start budget seed"
    return dataset(
        {
            "images": list(PANELS),
            "start": list(starts),
            "budget": (np.asarray(budgets), "labels of each class"),
            "seed": seeds,
        },
        attrs={"side": side},
        test_accuracy=(dims, [part.test_accuracy for part in parts], "test accuracy"),
        rate=(dims[:-5], [part.rate for part in parts], "learning rate, chosen on validation examples"),
    )


# %%
def gains(data):
    """Test accuracy minus that of nets from scratch, seed by seed, in percentage points."""
    accuracy = 100 * data.test_accuracy
    return (accuracy - accuracy.sel(start="scratch")).sel(start=list(STARTS))


def summarize(data):
    paired = gains(data)
    mean, half = paired.mean("seed"), summary.half_width(paired)
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
        for i, (start, (label, color)) in enumerate(STARTS.items()):
            line = one.sel(start=start)
            x = line.budget * 1.05 ** (i - 1.5)  # side by side, not on top
            ends = [line.gain - line.low, line.high - line.gain]
            ax.errorbar(x, line.gain, ends, fmt="o-", color=color, ms=4, linewidth=1.2, elinewidth=1.2)
        marks.reference(ax, y=0)
        ax.set(xscale="log", title=PANELS[images], xlabel="labels of each class")
        ax.set_xticks(one.budget.values, [str(n) for n in one.budget.values])
        ax.minorticks_off()
    panels[0].set_ylabel("gain over scratch, percentage points")


# %%
def claims(data):
    paired = gains(data)
    for images, words in PANELS.items():
        for start, (label, _) in STARTS.items():
            for budget in data.budget.values:
                one = paired.sel(images=images, start=start, budget=budget)
                text = f"{words}, {budget} labels of each class: {label} minus scratch"
                print(f"{images}_{start}_{budget}", summary.mean(one)["measured"].item(), summary.mean(one)["standard_error"].item())
    yield Claim("todo", "todo", measured=1, low=0)
