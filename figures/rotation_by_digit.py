# %% [markdown]
# # Which digits can be told from their turned selves
#
# Nets learn to name by how many quarter turns a digit was rotated. Most of their errors are by half
# a turn. The digit 8 looks nearly the same upside down, and it has the most errors; 0 does too, and
# yet it has few. Signals have no quarter turns: this is about images alone.

# %%
import jax
import numpy as np
from scipy.stats import spearmanr

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.datasets import CLASSES, PIXELS, SIDE, raw_digits, raw_labels
from dlfigs.experiments import few_labels, pretext
from dlfigs.experiments.tasks import draw_task
from dlfigs.plot import grays, marks, slides

BRIGHTEST = 16
MARGIN = 1.0  # percentage point: smaller differences count as none
KINDS = {"half": ("by half a turn", "C1"), "quarter": ("by a quarter turn", "C0")}


# %%
def compute(key, *, width=96, steps=500, rate=2e-3, batch=64, seeds=24):
    """Shares of answers that are wrong, dims (digit, seed), and mean images, dims (digit, pixel)."""
    key_task, key_nets, key_train = jax.random.split(key, 3)
    digits = range(CLASSES)
    task = draw_task(key_task, side=SIDE, most=60, source=digits, target=digits, copies=1, seeds=seeds)
    nets = few_labels.encoders(key_nets, task, width=width, depth=2, outputs=pretext.TURNS)
    settings = {"rate": rate, "steps": steps, "batch": batch}
    nets = pretext.pretrain(pretext.rotation_loss, key_train, nets, task.x_source, **settings)
    gap, labels = np.asarray(pretext.turn_errors(nets, task.x_test)), np.asarray(task.y_test)
    half, quarter = (
        [[kind[seed][:, labels[seed] == digit].mean() for seed in range(seeds)] for digit in range(CLASSES)]
        for kind in (gap == 2, gap % 2 == 1)
    )
    means = np.stack([raw_digits()[raw_labels() == digit].mean(axis=0) for digit in range(CLASSES)])
    # The last pixel comes first after half a turn
    likeness = [np.corrcoef(image, image[::-1])[0, 1] for image in means]
    return dataset(
        {"digit": CLASSES, "seed": seeds, "pixel": PIXELS},
        half=("digit seed", 100 * np.array(half), "answers wrong by half a turn", "%"),
        quarter=("digit seed", 100 * np.array(quarter), "answers wrong by a quarter turn", "%"),
        likeness=("digit", likeness, "correlation of the mean image with its half turn"),
        image=("digit pixel", means, "mean image: brightness, from 0 to 16"),
    )


# %%
def verdicts(data):
    wrong = data.half + data.quarter
    half = (data.half - data.quarter / 2).mean("digit")  # there are two quarter turns
    text = "Told from a quarter turn minus told from half a turn, points"
    yield "half", text, summary.verdict(half, margin=MARGIN)
    for name, words, other in (
        ("eight_over_others", "the other digits", wrong.drop_sel(digit=8).mean("digit")),
        ("eight_over_zero", "0", wrong.sel(digit=0)),
    ):
        text = f"Right answers for {words} minus those for 8, points"
        yield name, text, summary.verdict(wrong.sel(digit=8) - other, margin=MARGIN)


def summarize(data):
    drawn = data[["likeness", "image"]]
    for kind in KINDS:
        mean, _, half = summary.mean_interval(data[kind])
        about = data[kind].attrs
        for part, words, values in (
            ("mean", "mean over seeds", mean),
            ("low", "lower end of the 95 % interval", (mean - half).clip(min=0)),
            ("high", "upper end of the 95 % interval", mean + half),
        ):
            drawn[f"{kind}_{part}"] = values.assign_attrs(about, long_name=f"{about['long_name']}, {words}")
    return drawn.sortby("likeness")


# %%
def draw(fig, data):
    pictures_high = 1.7 if slides.is_wide(fig) else 1.15  # so that a pixel is square
    top, bottom = fig.subplots(2, 1, height_ratios=(pictures_high, 2))
    digits, pitch = data.digit.values, SIDE + 2
    xs = np.arange(len(digits))
    top.set_axis_off()
    pictures = []
    for column, image in enumerate(data.image.values):
        left, pixels = column * pitch + 1, image.reshape(SIDE, SIDE) / BRIGHTEST
        pictures += [(left, 0, pixels), (left, -pitch, pixels[::-1, ::-1])]
        middle, likeness = (left + SIDE / 2, -2 * pitch - 0.5), float(data.likeness[column])
        marks.note(top, *middle, f"{likeness:.2f}", ha="center", va="top", color=marks.INK)
    grays.pictures(top, pictures)
    for row, text in ((SIDE / 2, "mean"), (pitch + SIDE / 2, "upside\ndown"), (2 * pitch + 2, "likeness")):
        marks.note(top, -1, -row, text, ha="right", va="center", color=marks.INK)
    top.set(xlim=(0, len(digits) * pitch), ylim=(-2 * pitch - 5, 0.5))
    for i, (kind, (label, color)) in enumerate(KINDS.items()):
        mean, low, high = (data[f"{kind}_{part}"] for part in ("mean", "low", "high"))
        style = {"fmt": "o", "color": color, "ms": 4.5, "elinewidth": 1.4}
        bottom.errorbar(xs + 0.2 * (i - 0.5), mean, [mean - low, high - mean], **style)
        bottom.text(0.02, 0.9 - 0.12 * i, label, color=color, transform=bottom.transAxes, fontsize=9)
    bottom.set_xticks(xs, [str(digit) for digit in digits])
    bottom.set(xlim=(-0.5, len(digits) - 0.5), ylim=(0, None), xlabel="digit, by likeness")
    bottom.set_ylabel("wrong answers, %")


# %%
def claims(data):
    wrong = data.half + data.quarter
    text = "Right answers in %, all digits"
    yield Claim("accuracy", text, **summary.mean(100 - wrong), low=95)
    share = data.half.mean("digit") / wrong.mean("digit")
    text = "Share of the errors that are by half a turn; with random errors one third"
    yield Claim("half_share", text, **summary.mean(share), low=0.6)
    eight = wrong.sel(digit=8)
    yield Claim("eight", "Wrong answers for 8 in %", **summary.mean(eight), low=3)
    for name, words, other, low in (
        ("eight_over_others", "the mean of the others", wrong.drop_sel(digit=8).mean("digit"), 2),
        ("eight_over_zero", "0", wrong.sel(digit=0), 2),
    ):
        text = f"Wrong answers for 8 minus {words}, percentage points, paired"
        yield Claim(name, text, **summary.mean(eight - other), low=low)
    for digit, word in ((0, "zero"), (6, "six")):
        yield Claim(word, f"Wrong answers for {digit} in %", **summary.mean(wrong.sel(digit=digit)), high=3)
    ranks = data.half.isel(digit=0, drop=True)
    ranks = ranks.copy(data=[spearmanr(data.likeness, half)[0] for half in data.half.T.values])
    text = "Rank correlation of likeness with errors by half a turn, over ten digits"
    yield Claim("rank", text, **summary.mean(ranks), low=0, high=0.8)
    for digit, word, limits in (
        (8, "eight", {"low": 0.9}),
        (0, "zero", {"low": 0.9}),
        (6, "six", {"high": 0.5}),
    ):
        text = f"Correlation of the mean {digit} with its half turn"
        yield Claim(f"likeness_{word}", text, measured=data.likeness.sel(digit=digit), **limits)


# %%
figure = Figure(
    title="An 8 upside down is nearly an 8",
    caption="Nets with two hidden layers of {{ width }} units, trained by Adam to name by how many quarter turns a digit was turned: "
    "wrong answers on other images of each digit, mean over {{ seeds }} seeds and its 95 % t-interval. Above: the mean "
    "image of each digit, the same upside down, and the correlation of the two, by which the digits are sorted.",
    alt="Above, the mean image of each digit over the same image upside down, sorted by how alike they are: 6, 7 and 9 "
    "least, 1, 0 and 8 most, with correlations from {{ likeness_six:.2f}} to {{ likeness_eight:.2f}}. Below, the share of "
    "wrong answers. Errors by half a turn are more frequent than those by a quarter turn. The 8 has by far the most, "
    "{{ eight:.1f}} percent wrong; the 0, as alike, only {{ zero:.1f}} percent.",
    sources=("gidaris2018",),
    questions=(15,),
    ranges={
        "width": (8, 256),
        "steps": (1, 5000),
        "rate": (1e-5, 0.1),
        "batch": (1, 512),
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary={"steps": (150, 500, 2000), "width": (96, 24), "batch": (64, 16)},
    height=3.9,
)
figure
