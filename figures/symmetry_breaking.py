# %% [markdown]
# # Units that start alike stay alike
#
# The same net, one hidden layer of tanh units, is trained on handwritten digits from three starts:
# all weights zero, all weights of a layer equal, and random weights. Only from the last do its hidden
# units become different from one another. What that does to accuracy with more steps, more units and other
# data is in the table of verdicts.

# %%
import math

import jax.numpy as jnp
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES
from dlfigs.experiments.symmetry import train_from
from dlfigs.nets.initializers import glorot_normal
from dlfigs.plot import marks

INITIALIZERS = {
    "zero": lambda key, fan_in, fan_out: jnp.zeros((fan_in, fan_out)),
    "equal": lambda key, fan_in, fan_out: jnp.full((fan_in, fan_out), math.sqrt(2 / (fan_in + fan_out))),
    "random": glorot_normal,  # of the same mean square as "equal"
}
TITLES = {"zero": "All zero", "equal": "All equal", "random": "Random"}
CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none
LOOKS = 20  # how often the weights are looked at after the start
PIXEL, SHOWN = 28, 4  # the pixel whose weights are followed; units whose weights are shown as images


# %%
def compute(key, *, width=16, rate=0.3, steps=200, data_set="digits", seeds=10):
    """Weights into the hidden units by training step; dims (initializer, seed, step, pixel, unit)."""
    return train_from(
        key,
        initializers=INITIALIZERS,
        width=width,
        rate=rate,
        batch=64,
        chunks=LOOKS,
        every=max(1, steps // LOOKS),
        seeds=seeds,
        data_set=data_set,
    ).assign_attrs(data_set=data_set)


# %%
def verdicts(data):
    accuracy = 100 * data.test_accuracy
    for better, worse in (("random", "equal"), ("equal", "zero")):
        gap = accuracy.sel(initializer=better) - accuracy.sel(initializer=worse)
        text = f"test accuracy, {TITLES[better].lower()} minus {TITLES[worse].lower()}, points"
        yield f"{better}_over_{worse}", text, summary.verdict(gap, margin=MARGIN)


# %%
def rank(weight):
    """Rank of the weights into the hidden units: singular values above rounding of the largest."""
    values = np.linalg.svd(weight.transpose(..., "pixel", "unit"), compute_uv=False)
    largest = np.maximum(values[..., :1], np.finfo(np.float32).tiny)
    return weight.isel(pixel=0, unit=0).copy(data=(values > 1e-5 * largest).sum(axis=-1))


def summarize(data):
    """One pixel's weights to all units by step, and all weights of a few units at the end; one seed."""
    one = data.weight.isel(seed=0)
    last = one.isel(step=-1, unit=slice(SHOWN)).rename(unit="shown_unit")
    followed = one.isel(pixel=PIXEL)
    ranks = rank(one.isel(step=-1))
    return dataset(
        {
            "initializer": data.initializer.values,
            "step": (data.step.values, data.step.long_name),
            "unit": data.unit.values,
            "pixel": data.pixel.values,
            "shown_unit": last.shown_unit.values,
        },
        followed=(" ".join(followed.dims), followed, "weight from one pixel to a hidden unit"),
        final=(" ".join(last.dims), last, "weight from a pixel to a hidden unit after training"),
        rank=(" ".join(ranks.dims), ranks, "rank of the weights into the hidden units after training"),
    )


# %%
def draw(fig, data):
    panels = fig.subplots(2, 3, height_ratios=(5, 4), sharey="row")
    largest = float(abs(data.followed).max()) * 1.1
    for (top, bottom), (name, title) in zip(panels.T, TITLES.items(), strict=True):
        one = data.sel(initializer=name)
        for unit in one.unit.values:
            top.plot(one.step, one.followed.sel(unit=unit), color="C0", linewidth=1)
        top.set(title=title, ylim=(-largest, largest), xlabel="step")
        marks.note(top, 8, -0.97 * largest, f"rank {int(one['rank'])}")
        images(bottom, one.final.transpose("shown_unit", "pixel").values, float(abs(data.final).max()))
    panels[0, 0].set_ylabel("weight from one\npixel to each unit")
    panels[1, 0].text(-1, 8.5, "weights into\n4 units, at\nthe end", ha="right", va="center", fontsize=9.5)


def images(ax, weights, largest):
    """Draw each unit's 8 by 8 weights as squares: blue above zero, orange below, area by size."""
    squares = {"C0": [], "C1": []}
    for unit, pixels in enumerate(weights):
        left, top = 9.5 * (unit % 2), 9.5 * (unit // 2)
        ax.add_patch(
            Rectangle(
                (left, top), 8, len(pixels) / 8, facecolor="none", edgecolor=marks.MUTED, linewidth=0.8
            )
        )
        for pixel, weight in enumerate(pixels):
            center = np.array([left + pixel % 8 + 0.5, top + pixel // 8 + 0.5])
            half = 0.5 * math.sqrt(abs(weight) / largest)
            if half > 0.08:
                squares["C0" if weight > 0 else "C1"].append(center + half * CORNERS)
    for color, corners in squares.items():
        if corners:
            ax.add_collection(PolyCollection(corners, facecolors=color, linewidths=0))
    ax.set(xlim=(-0.2, 17.7), ylim=(17.7, -0.2), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


# %%
def claims(data):
    everywhere = "at any step, in any seed"
    apart = data.weight.max("unit") - data.weight.min("unit")
    ranks = rank(data.weight)
    stuck = data.gradient.sel(initializer="zero").max()
    text = f"All zero: largest gradient of any weight into a hidden unit, {everywhere}"
    yield Claim("zero_gradient", text, measured=stuck, expected=0, tolerance=0)
    text = f"All equal: largest difference between two units’ weights from any pixel, {everywhere}"
    yield Claim("equal_apart", text, measured=apart.sel(initializer="equal").max(), expected=0, tolerance=0)
    equal = data.weight.sel(initializer="equal")
    moved = abs(equal.isel(step=-1) - equal.isel(step=0)).max(("pixel", "unit")).min()
    text = "All equal: the weights do learn; largest change of one in training, smallest over seeds"
    yield Claim("equal_moves", text, measured=moved, low=0.1)
    spread = apart.sel(initializer="random").isel(step=-1).max("pixel").min()
    text = "Random: largest difference between two units’ weights from any pixel at the end, smallest over seeds"
    yield Claim("random_apart", text, measured=spread, low=0.5)
    for name, extreme, expected in (
        ("zero", "max", 0),
        ("equal", "max", 1),
        ("random", "min", len(data.unit)),
    ):
        words = f"{'largest' if extreme == 'max' else 'smallest'} rank {everywhere}"
        one = getattr(ranks.sel(initializer=name), extreme)()
        text = f"{TITLES[name]}: weights into the hidden units, {words}"
        yield Claim(f"{name}_rank", text, measured=one, expected=expected, tolerance=0)
    known = {"zero": {"high": 0.2}, "equal": {"high": 0.4}, "random": {"low": 0.9}}
    if data.attrs["data_set"] != "digits":  # what is known of these need not hold for others
        known = {name: {"low": 0.05} for name in known}
    for name, limits in known.items():
        one = data.test_accuracy.sel(initializer=name)
        text = f"{TITLES[name]}: test accuracy, mean over seeds"
        yield Claim(f"{name}_accuracy", text, **summary.mean(one), **limits)


# %%
figure = Figure(
    title="Units that start alike stay alike",
    caption="One hidden layer of {{ width }} tanh units, trained on {{ data_set }} for {{ steps }} steps from three starts. Above: the weights from "
    "one input to every unit, step by step; under “all equal” {{ width }} lines lie on one another. Below: "
    "all weights into four of the units after training, blue above zero, orange below. Mean test accuracy of {{ seeds }} such nets: "
    "{{ zero_accuracy:.0%}}, {{ equal_accuracy:.0%}} and {{ random_accuracy:.0%}}.",
    alt="Three columns: all zero, all equal, random. Above, weights from one input to the hidden units during "
    "training: a flat line at zero; a single line that moves; a bundle of many lines that spread. Below, the "
    "weights into four hidden units as small images: empty; four identical images; four different images.",
    sources=("goodfellow2016", "glorot2010"),
    questions=(4,),
    ranges={
        "width": (8, 64),
        "rate": (1e-3, 3.0),
        "steps": (20, 5000),
        "data_set": NAMES,
        "seeds": (2, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 2000},
        {"width": 64},
        {"rate": 0.03},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 2000},
    ),
    height=4.3,
)
figure
