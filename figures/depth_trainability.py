# %% [markdown]
# # Who trains at depth 16
#
# Plain nets of five kinds, shallow and deep, are trained on small pictures of digits. Everything else is
# the same, and each net has the learning rate that suits it best, chosen on validation examples.
# How far the deep ones get in these few steps depends on their activation and on the size of their first
# weights; with more steps or more units the lag of ReLU with He weights shrinks.

# %%
from itertools import product

import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.datasets import NAMES as DATA_SETS
from dlfigs.experiments.depth_sweep import train_at_depths
from dlfigs.experiments.training import OPTIMIZERS, Setup
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of, percent

NETS = {
    "sigmoid, Glorot": Setup("sigmoid", "glorot_uniform"),
    "ReLU, Glorot": Setup("relu", "glorot_uniform"),
    "ReLU, He": Setup("relu", "he_normal"),
    "tanh, Glorot": Setup("tanh", "glorot_uniform"),
    "SELU, LeCun": Setup("selu", "lecun_normal"),
}
SHORT = dict(zip(("sigmoid", "relu_glorot", "relu_he", "tanh", "selu"), NETS, strict=True))  # in claims
# Of the activation; of the initializer where that is the difference
COLORS = [color_of(name) for name in ("sigmoid", "Glorot", "He", "tanh", "LeCun")]
PAIRS = (
    ("he_over_glorot", "ReLU, He", "ReLU, Glorot"),
    ("tanh_over_relu", "tanh, Glorot", "ReLU, He"),
    ("selu_over_relu", "SELU, LeCun", "ReLU, He"),
    ("selu_over_tanh", "SELU, LeCun", "tanh, Glorot"),
)
CHANCE = 0.1  # ten classes, about equally frequent
# Percentage points that count as none: three of 300 test examples; and what guessing can gain by the choice of its digit
MARGIN, OF_GUESSING = 1.0, 3.0


# %%
def compute(
    key,
    *,
    depths=(2, 6, 16),
    width=32,
    steps=150,
    batch=32,
    rates=(0.03, 0.15, 0.75, 3.75),
    optimizer="SGD",
    data_set="digits",
    seeds=10,
):
    """Test accuracy at the best learning rate, and that rate; dims (depth, net, seed)."""
    settings = {"width": width, "steps": steps, "batch": batch, "optimizer": optimizer, "seeds": seeds}
    return train_at_depths(key, setups=NETS, depths=depths, rates=rates, data_set=data_set, **settings)


# %%
def verdicts(data):
    for depth in data.depth.values:
        points = 100 * data.test_accuracy.sel(depth=depth)  # paired, seed by seed
        found = summary.verdict(points.sel(net="sigmoid, Glorot") - 100 * CHANCE, margin=OF_GUESSING)
        yield f"sigmoid_{depth}", f"{depth} layers: sigmoid minus guessing, points", found
        for name, net, other in PAIRS:
            found = summary.verdict(points.sel(net=net) - points.sel(net=other), margin=MARGIN)
            yield f"{name}_{depth}", f"{depth} layers: {net} minus {other}, points", found


def summarize(data):
    return summary.over_seeds(data.drop_vars(["validation_accuracy", "rate_at_end", "rate_list"]))


# %%
def draw(fig, data):
    ax = fig.subplots()
    for i, (net, color) in enumerate(zip(data.net.values, COLORS, strict=True)):
        one = data.sel(net=net)
        one = one.assign_coords(depth=one.depth * 1.045 ** (i - 2))  # side by side, not on top
        ax.plot(one.depth, one.test_accuracy_median, color=color, linewidth=1)
        marks.points(ax, one, "test_accuracy", "depth", color)
    marks.reference(ax, y=CHANCE)
    ax.set(xscale="log", ylim=(0, 1), xlabel="hidden layers", ylabel="test accuracy")
    percent(ax)
    ax.set_xticks(data.depth.values, [str(depth) for depth in data.depth.values])
    ax.minorticks_off()
    marks.note(ax, float(data.depth[0]), CHANCE - 0.015, "chance", va="top")
    last = data.isel(depth=-1).test_accuracy_median
    marks.label_ends(ax, zip(map(float, last), map(str, last.net.values), COLORS))


# %%
def claims(data):
    def mean(net, depth, minus=None):  # over seeds; a difference is paired, seed by seed
        values = data.test_accuracy.sel(net=net, depth=depth)
        if minus is not None:  # in points
            values = 100 * (values - data.test_accuracy.sel(net=minus, depth=depth))
        return summary.mean(values)

    for (name, net), depth in product(SHORT.items(), data.depth.values):
        rate = data.rate.sel(net=net, depth=depth)
        text = f"{net}, {depth} layers: learning rate that is best on validation examples"
        yield Claim(f"{name}_{depth}_rate", text, measured=rate, low=1e-4, high=30)
    for name, net in list(SHORT.items())[1:]:
        for depth, low in ((2, 0.9), (6, 0.75)):
            if depth in data.depth:
                text = f"{net}, {depth} layers: test accuracy"
                yield Claim(f"{name}_{depth}", text, **mean(net, depth), low=low)
    chance = {"expected": CHANCE, "tolerance": 0.05}  # whoever always names one digit is right on 7 to 13 %
    if 2 in data.depth:
        spread = 100 * np.ptp(data.test_accuracy.sel(depth=2).mean("seed").values)
        text = "2 layers: test accuracy of the best net minus that of the worst, percentage points"
        yield Claim("spread_2", text, measured=spread, high=3)
        yield Claim("sigmoid_2", "sigmoid, 2 layers: test accuracy", **mean("sigmoid, Glorot", 2), low=0.9)
    if 6 in data.depth:
        text = "sigmoid, 6 layers: test accuracy"
        yield Claim("sigmoid_6", f"{text}, at chance", **mean("sigmoid, Glorot", 6), **chance)
        highest = data.validation_accuracy.sel(net="sigmoid, Glorot", depth=6).mean()
        text = "sigmoid, 6 layers: highest validation accuracy of any rate, averaged over seeds"
        yield Claim("sigmoid_6_any_rate", text, measured=highest, high=0.15)
        others = data.test_accuracy.sel(depth=6).drop_sel(net="sigmoid, Glorot").mean("seed").min()
        yield Claim(
            "others_6", "6 layers: lowest test accuracy of the other four nets", measured=others, low=0.8
        )
    if 16 in data.depth:
        text = "sigmoid, 16 layers: test accuracy"
        yield Claim("sigmoid_16", f"{text}, at chance", **mean("sigmoid, Glorot", 16), **chance)
        for name, net, low, high in (
            ("relu_glorot_16", "ReLU, Glorot", None, 0.35),
            ("relu_he_16", "ReLU, He", 0.35, 0.85),
            ("tanh_16", "tanh, Glorot", 0.7, None),
            ("selu_16", "SELU, LeCun", 0.88, None),
        ):
            yield Claim(name, f"{net}, 16 layers: test accuracy", **mean(net, 16), low=low, high=high)
        for name, net, other in PAIRS[:3]:
            text = f"16 layers: test accuracy of {net} minus that of {other}, percentage points, paired"
            yield Claim(f"{name}_16", text, **mean(net, 16, other), low=10)
        text = "16 layers: test accuracy of SELU minus that of tanh, percentage points, paired"
        ahead = mean("SELU, LeCun", 16, "tanh, Glorot")
        yield Claim("selu_over_tanh_16", text, **ahead, low=-5, high=25)
    yield summary.choice_claim(data, "rate")


# %%
figure = Figure(
    title="After {{ steps }} steps of {{ optimizer }} on {{ data_set }}, at depth 16 and width {{ width }}: SELU {{ selu_16:.0%}}, tanh {{ tanh_16:.0%}}, ReLU {{ relu_he_16:.0%}}, sigmoid {{ sigmoid_16:.0%}}",
    caption="Test accuracy of plain nets of width {{ width }} trained on {{ data_set }} by {{ steps }} steps of "
    "{{ optimizer }} without normalization. Of the learning rates tried, each net has the one that is best on validation "
    "examples; the data table names it. Dots: median over {{ seeds }} seeds, each with its own split of the data (numbers in words are means); bars: "
    "the central 95 % of the seeds. Beside each activation stands its initializer. More steps or more units shrink the lag of ReLU with He weights.",
    alt="Test accuracy after {{ steps }} steps against the number of hidden layers, 2, 6 and 16, for five nets. With 2 layers the "
    "best and the worst differ by {{ spread_2:.0f}} points. With 6 layers the sigmoid net has fallen to {{ sigmoid_6:.0%}}. "
    "With 16 layers SELU is at {{ selu_16:.0%}}, tanh at {{ tanh_16:.0%}}, ReLU with He weights at {{ relu_he_16:.0%}}, with Glorot weights at "
    "{{ relu_glorot_16:.0%}}, and sigmoid at {{ sigmoid_16:.0%}}.",
    sources=("glorot2010", "he2015", "klambauer2017", "hanin2018"),
    questions=(2, 4, 10),
    ranges={
        "depths": (2, 24),
        "width": (8, 128),
        "steps": (1, 2000),
        "batch": (1, 1197),
        "rates": (1e-4, 30.0),
        "optimizer": tuple(OPTIMIZERS),
        "data_set": DATA_SETS,
        "seeds": (2, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 600},
        {"steps": 1500},
        {"width": 64},
        {"optimizer": "Adam"},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 1500},
    ),
)
figure
