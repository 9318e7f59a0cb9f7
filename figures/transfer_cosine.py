# %% [markdown]
# # Transfer helps if the tasks are close enough
#
# The simplest transfer there is: two linear tasks whose weights form an angle. Starting from the
# source's weights beats starting from zero exactly if the cosine of that angle is above one half.
# Frozen, the source is better or worse than that, depending on how many examples there are.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.linear_transfer import linear_transfer
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

METHODS = {
    "scratch": ("from scratch", color_of("scratch")),
    "fine-tuned": ("fine-tuned", color_of("fine-tuned")),
    "frozen": ("frozen", color_of("frozen")),
}
PLACES = {
    "scratch": (0.98, 0.05, "right"),
    "fine-tuned": (0.14, 0.05, "left"),
    "frozen": (0.0, -0.12, "left"),
}


# %%
def compute(
    key,
    *,
    cosines=(0.0, 0.25, 0.5, 0.75, 1.0),
    examples=(5, 10, 20, 40, 60, 80),
    shown=40,
    inputs=120,
    noise=0.05,
    seeds=256,
):
    """Error on new examples; dims (learner, examples, cosine, seed)."""
    sizes = {"inputs": inputs, "noise": noise, "seeds": seeds}
    cosines, examples = sorted({*cosines, 0.5}), sorted({*examples, shown})
    return linear_transfer(key, cosines=cosines, examples=examples, **sizes).assign_attrs(
        inputs=inputs, noise=noise, shown=shown
    )


# %%
def expected(data, learner, cosine, examples):
    """Theory's error; the shape of `cosine`."""
    inputs, noise = data.attrs["inputs"], data.attrs["noise"]
    if learner == "frozen":
        return theory.frozen_error(cosine, examples, noise)
    distance2 = np.ones_like(cosine) if learner == "scratch" else 2 * (1 - cosine)
    return theory.interpolation_error(distance2, examples, inputs, noise)


def summarize(data):
    shown, middle = data.attrs["shown"], close(data)
    curve = np.linspace(float(data.cosine[0]), float(data.cosine[-1]), 61)
    counts = np.unique(np.geomspace(data.examples[0], data.examples[-1], 60).round().astype(int))
    means = data.error.mean("seed")
    by_cosine, by_examples = means.sel(examples=shown), means.sel(cosine=middle)
    of_counts = [
        [float(expected(data, learner, np.array(middle), n)) for n in counts] for learner in METHODS
    ]
    return dataset(
        {
            "learner": list(METHODS),
            "cosine": (data.cosine.values, "cosine between source and target"),
            "examples": (data.examples.values, "examples of the target task"),
            "cosine_theory": (curve, "cosine between source and target"),
            "examples_theory": (counts, "examples of the target task"),
        },
        attrs={"shown": shown, "close": middle},
        by_cosine=("learner cosine", by_cosine, "error on new examples, mean over seeds"),
        by_examples=("learner examples", by_examples, "error on new examples, mean over seeds"),
        by_cosine_theory=(
            "learner cosine_theory",
            [expected(data, learner, curve, shown) for learner in METHODS],
            "error on new examples, theory",
        ),
        by_examples_theory=("learner examples_theory", of_counts, "error on new examples, theory"),
    )


def close(data):
    """The cosine of the second panel: of those measured, the one nearest to 3/4."""
    return float(data.cosine.sel(cosine=0.75, method="nearest"))


# %%
def draw(fig, data):
    left, right = fig.subplots(1, 2, width_ratios=(5, 4))
    for learner, (label, color) in METHODS.items():
        one = data.sel(learner=learner)
        left.plot(one.cosine, one.by_cosine, "o", color=color, ms=5)
        marks.theory(left, one.cosine_theory, one.by_cosine_theory)
        right.plot(one.examples, one.by_examples, "o", color=color, ms=5)
        marks.theory(right, one.examples_theory, one.by_examples_theory)
        x, lift, side = PLACES[learner]
        y = float(one.by_cosine_theory.sel(cosine_theory=x, method="nearest"))
        marks.note(left, x, y + lift, label, color=color, ha=side)
    marks.reference(left, x=0.5)
    left.set(xlabel="cosine between the tasks", ylabel="error on new examples", ylim=(0, None))
    left.set_title(f"{data.attrs['shown']} examples")
    right.set(xscale="log", yscale="log", xlabel="examples")
    right.set_title(f"cosine {data.attrs['close']:g}")
    ticks = [n for n in (5, 10, 20, 40, 80, 160) if data.examples[0] <= n <= data.examples[-1]]
    right.set_xticks(ticks, [str(n) for n in ticks])
    right.minorticks_off()
    low, high = right.get_ylim()
    powers = [y for y in (0.1, 0.2, 0.3, 0.5, 1.0, 2.0) if low <= y <= high]
    right.set_yticks(powers, [f"{y:g}" for y in powers])


# %%
def claims(data):
    shown, error = data.attrs["shown"], data.error
    for learner, (label, _) in METHODS.items():
        for cosine in (0.25, close(data)):
            if cosine not in data.cosine.values:
                continue
            wanted = float(expected(data, learner, np.array(cosine), shown))
            name = f"{learner}_{100 * cosine:.0f}".replace("-", "_")
            text = f"Cosine {cosine:g}, {shown} examples: error {label}"
            limits = {"expected": wanted, "tolerance": 0.05 * wanted}
            yield Claim(
                name,
                text,
                **summary.mean(error.sel(learner=learner, cosine=cosine, examples=shown)),
                **limits,
            )
    gain = error.sel(learner="scratch", examples=shown) - error.sel(learner="fine-tuned", examples=shown)
    text = "Cosine 1/2: error from scratch minus error fine-tuned, paired"
    yield Claim("even", text, **summary.mean(gain.sel(cosine=0.5)), expected=0, tolerance=0.03)
    lower, higher = gain.sel(cosine=slice(None, 0.49)), gain.sel(cosine=slice(0.51, None))
    if lower.size and higher.size:
        text = "Cosines below 1/2: largest mean gain of fine-tuning over scratch"
        yield Claim("below", text, measured=lower.mean("seed").max(), high=0)
        text = "Cosines above 1/2: smallest mean gain of fine-tuning over scratch"
        yield Claim("above", text, measured=higher.mean("seed").min(), low=0)
    over = error.sel(learner="fine-tuned") - error.sel(learner="frozen")
    over = over.sel(cosine=close(data)).mean("seed")
    text = "At the second panel’s cosine: error fine-tuned minus frozen with the most examples"
    yield Claim("many", text, measured=over[-1], high=0)


# %%
figure = Figure(
    title="Fine-tuning helps if the cosine between the tasks exceeds one half",
    caption="Linear regression with {{ inputs }} inputs and fewer examples than inputs. The weights of source "
    "and target have length 1 and form an angle. From scratch: gradient descent from zero until it fits all examples. "
    "Fine-tuned: the same, from the source’s weights. Frozen: only the scale of the source’s output is learned. Dots: mean "
    "over {{ seeds }} seeds; dashed: exact theory. Left: {{ shown }} examples. Right: cosine 0.75 or nearest to it.",
    alt="Left: error on new examples against the cosine between source and target. From scratch it is level. "
    "Fine-tuned it falls along a straight line that crosses the level one at cosine one half. Frozen it falls along a "
    "parabola and is below both only near cosine one. Right, log axes: error against the number of examples. "
    "From scratch and fine-tuned fall with more examples; frozen soon stays level. Fine-tuned is the lowest throughout.",
    sources=("dar2020",),
    questions=(13,),
    ranges={
        "cosines": (-1.0, 1.0),
        "examples": (3, 1000),
        "shown": (3, 1000),
        "inputs": (16, 2048),
        "noise": (0.0, 10.0),
        "seeds": (64, 4096),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"noise": (0.0, 0.05, 0.1, 0.2, 0.5)},
    height=3.6,
)
figure
