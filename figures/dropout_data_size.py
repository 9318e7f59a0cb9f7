# %% [markdown]
# # When dropout helps, and when it does not
#
# Nets are trained on 50 to 1,000 digits, with and without dropout, with right labels and with a fifth
# of them wrong. The same split, labels, first weights and minibatches serve both: differences are
# paired. Accuracy and log-loss do not tell the same story, nor do few steps and many.

# %%
from itertools import product

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES as DATA_SETS
from dlfigs.experiments.dropout_training import dropout_digits
from dlfigs.plot import marks

COLORS = ("C0", "C1")
KINDS = {"test_accuracy": ("accuracy", 100, "points"), "test_loss": ("log-loss", 1, "nats")}
# Differences that count as none: three of 300 test examples, and a hundredth of a guess's loss of log 10 nats
MARGINS = {"test_accuracy": 1.0, "test_loss": 0.02}
STOPS = {"end": "after all steps", "stopped": "stopped on validation examples"}


# %%
def compute(
    key,
    *,
    sizes=(50, 100, 300, 1000),
    noises=(0.0, 0.2),
    input_drop=0.2,
    hidden_drop=0.5,
    width=96,
    rate=0.1,
    steps=500,
    longer=2500,
    batch=32,
    data_set="digits",
    seeds=10,
):
    """Losses and accuracies every 50 steps; dims (size, noise, dropout, seed, step)."""
    drops = {"input_drop": input_drop, "hidden_drop": hidden_drop}
    settings = drops | {"width": width, "rate": rate, "batch": batch, "data_set": data_set, "seeds": seeds}
    checks = {"steps": steps // 50 * 50, "checks": steps // 50}
    data = dropout_digits(key, sizes=sizes, noises=noises, **checks, **settings)
    # Most examples, the first kind of labels, until the net with dropout is done
    last = dropout_digits(
        key, sizes=sizes[-1:], noises=noises[:1], steps=longer, checks=1, **settings
    ).isel(size=0, noise=0, step=-1, drop=True)
    for name in KINDS:
        text = f"most examples, longer training: {data[name].attrs['long_name']}"
        data[f"longer_{name}"] = last[name].assign_attrs(data[name].attrs, long_name=text)
    return data


# %%
def gains(data, name):
    """With minus without dropout, seed by seed, at the end and where validation says to stop.

    One number of steps for all seeds of a net: the one with the lowest mean loss on validation examples.
    """
    best = data.validation_loss.mean("seed").argmin("step")
    scale = KINDS[name][1]
    both = {
        "end": data[name].isel(step=-1, drop=True),
        "stopped": data[name].isel(step=best).drop_vars("step"),
    }
    return {
        stop: scale * (one.sel(dropout="with") - one.sel(dropout="without")) for stop, one in both.items()
    }


def verdicts(data):
    for name, (words, _, units) in KINDS.items():
        sign = 1 if name == "test_accuracy" else -1  # a lower loss is better
        compared = "with minus without dropout" if sign == 1 else "without minus with dropout"
        for stop, values in gains(data, name).items():
            for noise, size in product(data.noise.values, data["size"].values):
                one = summary.verdict(sign * values.sel(noise=noise, size=size), margin=MARGINS[name])
                text = f"{size:,} examples, {noise:.0%} wrong labels, {STOPS[stop]}: {words} {compared}, {units}"
                yield f"{name}_{stop}_{noise * 100:.0f}_{size}", text, one


def summarize(data):
    variables = {}
    for name, (words, _, units) in KINDS.items():
        for stop, values in gains(data, name).items():
            text = f"{words}, with minus without dropout, {STOPS[stop]}"
            mean, _, bars = summary.mean_interval(values.transpose("noise", "size", "seed"))
            variables[f"{name}_{stop}"] = ("noise size", mean, text, units)
            words_bar = f"{text}: half of the 95 % interval"
            variables[f"{name}_{stop}_bar"] = ("noise size", bars, words_bar, units)
    return dataset(
        {
            "noise": (data.noise.values, "share of wrong labels"),
            "size": (data["size"].values, "training examples"),
        },
        **variables,
    )


# %%
def draw(fig, data):
    panels = fig.subplots(2, 1, sharex=True)
    sizes = data["size"].values
    for ax, (name, (words, _, units)) in zip(panels, KINDS.items(), strict=True):
        ends = []
        for noise, color in zip(data.noise.values, COLORS):
            for stop, fill, shift in (("end", color, 0.965), ("stopped", "none", 1.035)):
                one = data.sel(noise=noise)
                y, bar = one[f"{name}_{stop}"], one[f"{name}_{stop}_bar"]
                side = shift * (0.99 if color == "C0" else 1.01)
                ax.errorbar(sizes * side, y, bar, fmt="o", color=color, mfc=fill, ms=5, elinewidth=1.3)
                ax.plot(sizes * side, y, color=color, lw=0.8, ls="-" if stop == "end" else ":")
            label = "right labels" if noise == 0 else f"{noise:.0%} wrong"
            middle = (one[f"{name}_end"] + one[f"{name}_stopped"])[-1] / 2
            ends.append((float(middle), label, color))
        marks.reference(ax, y=0)
        ax.set(xscale="log", ylabel=f"{words} ({units})")
        marks.label_ends(ax, ends, gap=0.08)
    top, bottom = panels
    marks.note(top, 0.01, 0.02, "above 0: dropout is better", transform=top.transAxes)
    marks.note(bottom, 0.01, 0.97, "above 0: dropout is worse", transform=bottom.transAxes, va="top")
    bottom.set_xlabel("training examples")
    bottom.set_xticks(sizes, [f"{size:,}" for size in sizes], minor=False)
    bottom.set_xticks([], minor=True)


# %%
WIDE = {
    "accuracy": {"low": -15, "high": 15},
    "log-loss": {"low": -2, "high": 2},
}  # shown in a table, not judged
# The sign of the log-loss at 50 examples after all steps is within chance; what training on does is not
WHEN = STOPS | {"late": "after all steps less where validation says to stop"}
LIMITS = {  # (labels, measure, number of examples, when): what the difference must be
    ("right", "accuracy", "few", "end"): {"low": 1},
    ("right", "accuracy", "few", "stopped"): {"low": -2, "high": 6},
    ("right", "log-loss", "few", "late"): {"low": 0},
    ("right", "log-loss", "few", "stopped"): {"high": 0.05},
    ("right", "accuracy", "more", "end"): {"low": -2, "high": 2},
    ("right", "accuracy", "many", "end"): {"high": 0.5},
    ("right", "log-loss", "many", "end"): {"low": 0},
    ("wrong", "accuracy", "few", "end"): {"low": 0},
    ("wrong", "accuracy", "few", "stopped"): {"low": 0},
    ("wrong", "log-loss", "few", "late"): {"low": 0},
    ("wrong", "log-loss", "some", "end"): {"high": 0},
    ("wrong", "accuracy", "more", "end"): {"low": 3},
    ("wrong", "accuracy", "many", "end"): {"low": 2},
    ("wrong", "accuracy", "many", "stopped"): {"low": 0},
    ("wrong", "log-loss", "many", "end"): {"low": 0.1},
    ("wrong", "log-loss", "many", "stopped"): {"low": 0.1},
}


def claims(data):
    sizes = dict(zip(("few", "some", "more"), data["size"].values[:-1])) | {"many": data["size"].values[-1]}
    noises = {"wrong" if noise else "right": noise for noise in data.noise.values}
    names = {words: name for name, (words, _, _) in KINDS.items()}
    shown = dict.fromkeys(product(("right", "wrong"), WIDE, ("few", "some", "more", "many"), STOPS), None)
    for (labels, words, place, stop), limits in (shown | LIMITS).items():
        limits = limits or WIDE[words]
        if place not in sizes or labels not in noises:
            continue
        size, noise = int(sizes[place]), float(noises[labels])
        gain = gains(data, names[words])
        one = (gain["end"] - gain["stopped"] if stop == "late" else gain[stop]).sel(noise=noise, size=size)
        kind = f"{noise:.0%} wrong labels" if noise else "right labels"
        unit = "percentage points" if words == "accuracy" else "nats"
        text = f"{size:,} examples, {kind}, {WHEN[stop]}: {words} with minus without dropout, {unit}"
        slug = f"{labels}_{words.replace('-', '_')}_{place}_{stop}"
        yield Claim(slug, text, **summary.mean(one), **limits)
    first = next(labels for labels, noise in noises.items() if noise == data.noise[0])
    for words, name in names.items():
        accuracies, scale = data[f"longer_{name}"], KINDS[name][1]
        gain = scale * (accuracies.sel(dropout="with") - accuracies.sel(dropout="without"))
        text = f"Most examples, {first} labels, longer training: {words} with minus without dropout"
        limits = {"low": -2.5, "high": 2.5} if words == "accuracy" else {"low": -0.2, "high": 0.2}
        yield Claim(f"{first}_{words.replace('-', '_')}_many_longer", text, **summary.mean(gain), **limits)


# %%
figure = Figure(
    title="On {{ data_set }}: when dropout helps within {{ steps }} steps, and when it does not",
    caption="Nets with two hidden layers of {{ width }} ReLU units, trained on {{ data_set }} with dropout (p = {{ input_drop }} "
    "on pixels, {{ hidden_drop }} on hidden units) and without: difference on 300 test examples with right labels. "
    "Filled: after {{ steps }} steps of SGD (batch {{ batch }}, rate {{ rate }}). Open, dotted: stopped after the number of steps "
    "with the lowest mean loss on validation examples, one number with dropout and one without. Means over {{ seeds }} paired seeds; bars: 95 % intervals of the mean.",
    alt="Two panels against the number of training examples, 50 to 1,000. Top, accuracy with dropout minus "
    "without, after {{ steps }} steps: with right labels {{ right_accuracy_few_end:+.1f}} points with the fewest examples and {{ right_accuracy_many_end:+.1f}} "
    "with the most; with wrong labels {{ wrong_accuracy_few_end:+.1f}} and {{ wrong_accuracy_many_end:+.1f}}. Bottom, log-loss with minus without: with right labels {{ right_log_loss_few_end:+.2f}} with the fewest "
    "examples, or {{ right_log_loss_few_stopped:+.2f}} if stopped early, and {{ right_log_loss_many_end:+.2f}} with the most; with wrong labels {{ wrong_log_loss_many_end:+.2f}} there.",
    sources=("srivastava2014", "goodfellow2016"),
    questions=(19, 18),
    ranges={
        "sizes": (10, 1197),
        "noises": (0.0, 0.8),
        "input_drop": (0.0, 0.9),
        "hidden_drop": (0.0, 0.9),
        "width": (8, 512),
        "rate": (0.001, 1.0),
        "steps": (50, 5000),
        "longer": (50, 10000),
        "batch": (2, 256),
        "data_set": DATA_SETS,
        "seeds": (2, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary={"steps": (500, 1500), "width": (96, 48), "rate": (0.1, 0.03), "data_set": DATA_SETS},
    height=5.4,
)
figure
