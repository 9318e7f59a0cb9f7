# %% [markdown]
# # Two data sets
#
# The digits of scikit-learn are easy; MNIST-1D is not. The same net and the best linear model learn both, from
# equally many examples, and are tested on others. What holds on one of them need not hold on the other.

# %%
import jax
import numpy as np
from sklearn.linear_model import LogisticRegression

from dlfigs import Claim, Figure, summary
from dlfigs.choices import choose
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES, examples
from dlfigs.draws import split
from dlfigs.experiments.regularized_training import Regularizer, train_regularized
from dlfigs.plot import marks
from dlfigs.plot.meaning import percent

STRENGTHS = (0.1, 1.0, 10.0)  # inverse, of the linear model's L2 penalty
TOLERANCE = 1e-2  # of its gradient: accuracies do not change with a smaller one
EVERY = 50
MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none
SHOWN = (0, 3, 7)


# %%
def linear(splits):
    """Accuracies of logistic regression, dims (strength, seed): validation, test."""
    parts = [np.asarray(part) for part in splits]
    found = np.empty((2, len(STRENGTHS), len(parts[0])))
    for seed, (x, y, *measured) in enumerate(zip(*parts, strict=True)):
        for i, strength in enumerate(STRENGTHS):
            fit = LogisticRegression(C=strength, max_iter=300, tol=TOLERANCE).fit(x, y)
            found[:, i, seed] = fit.score(*measured[:2]), fit.score(*measured[2:])
    axes = {"strength": np.asarray(STRENGTHS), "seed": found.shape[-1]}
    kinds = zip(("validation", "test"), found, strict=True)
    return dataset(axes, **{kind: ("strength seed", one, f"{kind} accuracy") for kind, one in kinds})


def compute(key, *, train=1197, width=96, rate=0.01, steps=1500, batch=32, seeds=10):
    """Accuracy of a net after each 50 steps and of a linear model; dims (data_set, seed, step). Some signals."""
    accuracies, lines, chosen = [], [], []
    sizes = {
        "examples": train,
        "width": width,
        "steps": steps // EVERY * EVERY,
        "batch": batch,
        "seeds": seeds,
    }
    settings = {"regularizers": [Regularizer()], "noises": (0.0,), "rate": rate, "every": EVERY} | sizes
    for name, key_set in zip(NAMES, jax.random.split(key, len(NAMES)), strict=True):
        key_net, key_line = jax.random.split(key_set)
        net = train_regularized(key_net, data_set=name, **settings).isel(regularizer=0, noise=0)
        accuracies.append([net.train_accuracy, net.test_accuracy])
        splits = examples(name, split(key_line, seeds), train)
        scores = linear(splits)
        best = choose(scores.validation, "strength")
        lines.append(scores.test.isel(strength=best.index))
        chosen.append(best)
    x, y = (np.asarray(part[0]) for part in splits[:2])  # the last data set's, of the first seed
    signals = [[x[y == label][number] for number in range(2)] for label in SHOWN]
    ends = [abs(best.beyond) for best in chosen]
    words = chosen[0].variables("strength", "inverse strengths of the linear model’s penalty")
    return dataset(
        {
            "data_set": list(NAMES),
            "part": ["training", "test"],
            "seed": seeds,
            "step": (net.step.values, "steps of training"),
            "label": (list(SHOWN), "class"),
            "number": 2,
            "sample": (np.arange(x.shape[-1]), "sample"),
        },
        attrs={"steps": steps},
        accuracy=("data_set part seed step", accuracies, "accuracy of the net"),
        linear=("data_set seed", lines, "test accuracy of the linear model"),
        strength_at_end=("data_set", ends, words["strength_at_end"].long_name),
        strength_list=("", words["strength_list"], words["strength_list"].long_name),
        signal=("label number sample", signals, "centered and scaled signal"),
    )


# %%
def over_linear(data, name):
    """Net minus linear model in points. Both have their own splits, so that seeds are not paired."""
    one = data.sel(data_set=name)
    return 100 * (one.accuracy.sel(part="test").isel(step=-1) - one.linear)


def verdicts(data):
    for name in data.data_set.values:
        words = f"{name}: net minus linear model in test accuracy, points"
        yield slug(name), words, summary.verdict(over_linear(data, name), margin=MARGIN)


def slug(name):
    return name.lower().replace("-", "_")


def summarize(data):
    drawn = summary.over_seeds(data[["accuracy", "linear"]])
    return drawn.assign(signal=data.signal).assign_attrs(data.attrs)


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, height_ratios=(2, 3))
    pitch = data.sizes["sample"] + 6
    for column, label in enumerate(data.label.values):
        for number in range(data.sizes["number"]):
            one = data.signal.sel(label=label, number=number)
            top.plot(column * pitch + data.sample, one - 5 * number, color="C1", lw=1.2)
        marks.note(top, column * pitch, 3.2, f"class {label}")
    top.set(ylim=(-9, 5), title="MNIST-1D: signals of some of its classes")
    top.axis("off")
    styles = {"training": ":", "test": "-"}
    ends = []
    for name, color in zip(data.data_set.values, ("C0", "C1"), strict=True):
        for part, style in styles.items():
            one = data.sel(data_set=name, part=part)
            marks.band(bottom, one.step, one.accuracy_low, one.accuracy_high, color)
            bottom.plot(one.step, one.accuracy_median, color=color, ls=style)
            if part == "test" or name != data.data_set.values[0]:  # both curves of digits end at the top
                ends.append((float(one.accuracy_median[-1]), f"{name}, {part}", color))
        line = float(data.linear_median.sel(data_set=name))
        bottom.axhline(line, color=color, lw=1, ls="--")
        ends.append((line, f"{name}, linear, test", color))
    bottom.set(xlabel="steps of training", ylabel="accuracy", ylim=(0, 1.03), xlim=(0, data.step[-1]))
    percent(bottom)
    marks.label_ends(bottom, ends, gap=0.075)


# %%
def claims(data):
    limits = {
        "digits": {"training": {"low": 0.99}, "test": {"low": 0.95}, "linear": {"low": 0.9}},
        "MNIST-1D": {"training": {"low": 0.95}, "test": {"high": 0.6}, "linear": {"high": 0.45}},
    }
    for name, of in limits.items():
        last = data.sel(data_set=name).isel(step=-1)
        for part in ("training", "test"):
            text = f"{name}: {part} accuracy of the net after all steps"
            yield Claim(
                f"{slug(name)}_{part}", text, **summary.mean(last.accuracy.sel(part=part)), **of[part]
            )
        text = f"{name}: test accuracy of the linear model"
        yield Claim(f"{slug(name)}_linear", text, **summary.mean(last.linear), **of["linear"])
    gap = over_linear(data, "MNIST-1D")
    text = "MNIST-1D: net minus linear model in test accuracy, percentage points"
    yield Claim("gap", text, **summary.mean(gap), low=3)
    yield summary.choice_claim(data, "strength")


# %%
figure = Figure(
    title="The same net, equally many examples: {{ digits_test:.0%}} of digits right, and {{ mnist_1d_test:.0%}} of MNIST-1D",
    caption="Top: signals of MNIST-1D, a curve for each class that is moved, stretched and sheared, with noise before and after it, "
    "centered and scaled as a net gets them. Bottom: accuracy of a net with two hidden layers of {{ width }} ReLUs while it is trained by {{ steps }} steps of SGD with "
    "momentum, on {{ train }} training examples (dotted) and on 300 test examples (solid); medians over {{ seeds }} seeds, "
    "shaded: the central 95 %. Dashed: logistic regression, whose penalty is chosen on validation examples, on test examples.",
    alt="Top: wiggly curves, some of each class that is shown; those of a class are not visibly alike. Bottom: accuracy "
    "against steps. On digits the net is soon at {{ digits_test:.0%}} on test examples, the linear model at {{ digits_linear:.0%}}. On MNIST-1D "
    "training accuracy rises to {{ mnist_1d_training:.0%}} while test accuracy stays at {{ mnist_1d_test:.0%}}, the linear model at {{ mnist_1d_linear:.0%}}.",
    sources=("greydanus2024",),
    questions=(16,),
    ranges={
        "train": (50, 1197),
        "width": (8, 512),
        "rate": (1e-4, 0.1),
        "steps": (100, 10_000),
        "batch": (1, 512),
        "seeds": (4, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary={"steps": (1500, 500), "width": (96, 24), "train": (1197, 300)},
    height=5.2,
)
figure
