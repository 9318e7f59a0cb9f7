# %% [markdown]
# # Deeper plain nets train more slowly
#
# Plain and residual ReLU nets of several depths are trained on handwritten digits with the same small
# budget. If deep plain nets overfitted, they would do well on the training examples and badly on
# others. They do badly on both, and much of that is unfinished training: the deepest nets are trained
# for longer, too. The residual branches end in ReLU, so that what they add is never
# negative and piles up: their factor is 1 / depth, which keeps the signal bounded at any depth.

# %%

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES as DATA_SETS
from dlfigs.experiments.training import OPTIMIZERS, Setup, train_at_best_rate
from dlfigs.plot import marks, slides
from dlfigs.plot.meaning import color_of, percent

COLORS = {"plain": "C0", "residual": "C1"}
# With more steps the best rates of plain nets are smaller: lists that contain what is chosen
LONGER_RATES = {"plain": (0.1, 0.3, 1.0), "residual": (0.3, 1.0, 3.0)}
NAMES = {"train_accuracy": "training accuracy", "test_accuracy": "test accuracy"}
MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none


# %%
def trained(key, depth, rates, nets=tuple(COLORS), **settings):
    """Nets of one depth at the best of several learning rates, which are divided by the depth."""
    setups = {
        "plain": Setup("relu", "he_normal"),
        "residual": Setup("relu", "he_normal", skip=1.0, branch=1 / depth),
    }
    return train_at_best_rate(
        key,
        setups={net: setups[net] for net in nets},
        depth=depth,
        rates=tuple(rate / depth for rate in rates),
        **settings,
    )


def compute(
    key,
    *,
    depths=(2, 8, 24),
    width=32,
    rates=(0.3, 1.0, 3.0, 10.0),
    steps=150,
    longer=600,
    batch=32,
    optimizer="SGD",
    data_set="digits",
    seeds=10,
):
    """Accuracies at the best learning rate; dims (depth, net, seed). Rates are divided by the depth."""
    settings = {
        "width": width,
        "batch": batch,
        "optimizer": optimizer,
        "data_set": data_set,
        "seeds": seeds,
    }
    # The same key for each depth: seed by seed all depths share the split and the minibatches
    parts = [trained(key, depth, rates, steps=steps, **settings) for depth in depths]
    last = [
        trained(key, depths[-1], few, (net,), steps=longer, **settings).isel(net=0)
        for net, few in LONGER_RATES.items()
    ]
    chosen = "learning rate, chosen on validation examples"
    ends, lists = parts[0].rate_at_end.long_name, parts[0].rate_list.long_name
    return dataset(
        {"depth": (list(depths), "hidden layers"), "net": list(COLORS), "seed": seeds},
        rate=("depth net", [part.rate for part in parts], chosen),
        rate_at_end=("depth net", [part.rate_at_end for part in parts], ends),
        rate_list=("depth", [part.rate_list.item() for part in parts], lists),
        longer_rate=("net", [part.rate for part in last], f"most layers, longer training: {chosen}"),
        longer_rate_at_end=("net", [part.rate_at_end for part in last], ends),
        longer_rate_list=("net", [part.rate_list.item() for part in last], lists),
        **{
            name: ("depth net seed", [part[name] for part in parts], parts[0][name].long_name)
            for name in NAMES
        },
        **{
            f"longer_{name}": (
                "net seed",
                [part[name] for part in last],
                f"most layers, longer training: {parts[0][name].long_name}",
            )
            for name in NAMES
        },
    )


# %%
def gain(data, name):
    """Residual minus plain, seed by seed."""
    return data[name].sel(net="residual") - data[name].sel(net="plain")


def verdicts(data):
    for name, words in NAMES.items():
        short = name.removesuffix("_accuracy")
        for depth in data.depth.values:
            one = summary.verdict(100 * gain(data, name).sel(depth=depth), margin=MARGIN)
            yield f"{short}_{depth}", f"{depth} layers, {words}: residual minus plain, points", one
        for net in COLORS:
            ends = 100 * data[name].sel(net=net).isel(depth=[-1, 0])
            one = summary.verdict(ends[{"depth": 0}].drop_vars("depth") - ends[{"depth": 1}], margin=MARGIN)
            many, few = ends.depth.values
            yield f"{net}_{short}", f"{net}, {words}: {many} layers minus {few}, points", one


def summarize(data):
    drawn = data[["train_accuracy", "test_accuracy", "rate"]].rename(seed="training_run")
    for name, words in (("train_accuracy", "training accuracy"), ("test_accuracy", "test accuracy")):
        mean = data[name].mean("seed")
        drawn[f"{name}_mean"] = mean.assign_attrs(long_name=f"{words}, mean over seeds", units="1")
        longer = f"most layers, longer training: {words}, mean over seeds"
        drawn[f"longer_{name}"] = (
            data[f"longer_{name}"].mean("seed").assign_attrs(long_name=longer, units="1")
        )
        mean, _, half = summary.mean_interval(gain(data, name))
        for part, values in (("gain", mean), ("gain_half", half)):
            kind = "half of the 95 % interval of the mean" if part == "gain_half" else "mean"
            text = f"{words}, residual minus plain, {kind}"
            drawn[f"{name}_{part}"] = values.assign_attrs(long_name=text, units="1")
    return drawn


# %%
def draw(fig, data):
    panels = slides.stack(fig, 3, xlabel="hidden layers", height_ratios=(3, 3, 2))
    for ax, name in zip(panels, ("train_accuracy", "test_accuracy"), strict=False):
        for net, color in COLORS.items():
            one = data.sel(net=net)
            for run in one[name].transpose("training_run", "depth").values:
                ax.plot(data.depth, run, ".", color=color, ms=4)
            ax.plot(data.depth, one[f"{name}_mean"], color=color)
            style = {"color": color, "mfc": "white", "ms": 7, "mew": 1.6, "zorder": 5, "clip_on": False}
            ax.plot(data.depth[-1], one[f"longer_{name}"], "D", **style)
        ends = [(float(data[f"{name}_mean"].sel(net=net)[-1]), net, c) for net, c in COLORS.items()]
        ax.set(ylim=(0, 1.05), ylabel=name.replace("train_", "training ").replace("_", " "))
        percent(ax)
        marks.reference(ax, y=0.1)
        marks.label_ends(ax, [*ends, (0.1, "guessing", marks.MUTED)], gap=0.09)
    bottom = panels[-1]
    train, test = color_of("training"), color_of("test")
    for name, color, side in (("train_accuracy", train, 0.98), ("test_accuracy", test, 1.02)):
        bars = data[f"{name}_gain_half"]
        bottom.errorbar(data.depth * side, data[f"{name}_gain"], bars, fmt="o", color=color, ms=4.5)
    ends = [
        (float(data[f"{name}_accuracy_gain"][-1]), name, c)
        for name, c in (("train", train), ("test", test))
    ]
    marks.reference(bottom, y=0)
    bottom.set(xscale="log", ylabel="residual − plain")
    percent(bottom)
    bottom.set_ylabel("residual − plain (points)")
    bottom.set_xticks(data.depth.values, [f"{depth}" for depth in data.depth.values], minor=False)
    bottom.set_xticks([], minor=True)
    marks.label_ends(bottom, ends, gap=0.13)


# %%
def claims(data):
    plain, residual = data.sel(net="plain"), data.sel(net="residual")
    accuracies = {"train": "training accuracy", "test": "test accuracy"}

    def mean(name, text, values, **limits):
        return Claim(name, text, **summary.mean(values), **limits)

    for name, depth in (("shallow", 0), ("deep", -1)):
        layers, one = f"{int(data.depth[depth])} hidden layers", data.isel(depth=depth)
        plain_limits = {"low": 0.95} if name == "shallow" else {"high": 0.6}
        gain_limits = {"low": -2, "high": 2} if name == "shallow" else {"low": 40}
        for part, words in accuracies.items():
            values = one[f"{part}_accuracy"]
            yield mean(
                f"plain_{part}_{name}", f"Plain, {layers}: {words}", values.sel(net="plain"), **plain_limits
            )
            text = f"Residual, {layers}: {words}"
            yield mean(f"residual_{part}_{name}", text, values.sel(net="residual"), low=0.95)
            text = f"{layers}: {words}, residual minus plain, percentage points, paired"
            points = 100 * gain(one, f"{part}_accuracy")
            yield mean(f"gain_{part}_{name}", text, points, **gain_limits)
    for part, words in accuracies.items():
        for name, net, limits in (("plain", plain, {"high": -0.4}), ("residual", residual, {"low": -0.02})):
            drop = net[f"{part}_accuracy"].isel(depth=-1) - net[f"{part}_accuracy"].isel(depth=0)
            text = f"{name.capitalize()}: {words}, most layers minus fewest, same seeds"
            yield mean(f"{name}_{part}_drop", text, drop, **limits)
    deep = plain.isel(depth=-1)
    text = "Plain, most layers: training minus test accuracy"
    yield mean("plain_gap", text, deep.train_accuracy - deep.test_accuracy, high=0.1)
    for part, words in accuracies.items():
        values = data[f"longer_{part}_accuracy"]
        for net, low in (("plain", 0.4), ("residual", 0.93)):
            text = f"{net.capitalize()}, most layers, longer training: {words}"
            yield mean(f"{net}_{part}_longer", text, values.sel(net=net), low=low)
        text = f"Most layers, longer training: {words}, residual minus plain, percentage points, paired"
        points = 100 * gain(data, f"longer_{part}_accuracy")
        yield mean(f"gain_{part}_longer", text, points, low=0, high=50)
    now, later = (gain(data, name).mean("seed") for name in ("train_accuracy", "longer_train_accuracy"))
    for name in ("rate", "longer_rate"):
        yield summary.choice_claim(data, name)
    text = "Most layers: share of the gap in training accuracy that longer training closes"
    yield Claim("made_up", text, measured=1 - later / now.isel(depth=-1), low=0.25, high=1)


# %%
figure = Figure(
    title="After {{ steps }} steps of {{ optimizer }} on {{ data_set }}, deeper plain nets of width {{ width }} fit even their training examples worse",
    caption="Fully connected ReLU nets of width {{ width }} with He’s weights, trained on 1,197 examples of "
    "{{ data_set }} by {{ steps }} steps of {{ optimizer }} with batches of {{ batch }}. In residual nets each layer after the "
    "first adds its output, divided by the number of layers, to its input. Lines: means over {{ seeds }} seeds, "
    "each with its own split of the data, weights and minibatches; dots: the seeds. For each net and depth "
    "the learning rate with the best mean accuracy on 300 validation examples, of those tried. Hollow: the deepest nets after "
    "{{ longer }} steps, mean. Bottom: paired differences after {{ steps }} steps, with their 95 % t-interval.",
    alt="Three panels against the number of hidden layers, from few to many. Training accuracy of plain nets "
    "falls from {{ plain_train_shallow:.0%}} to {{ plain_train_deep:.0%}}; that of residual nets is "
    "{{ residual_train_deep:.0%}} for the deepest. Test accuracy falls to {{ plain_test_deep:.0%}}. The paired difference, "
    "residual minus plain, is {{ gain_test_shallow:+.1f}} points in test accuracy for the shallowest nets and {{ gain_test_deep:+.1f}} for "
    "the deepest. After {{ longer }} steps the deepest plain nets reach {{ plain_train_longer:.0%}} in training "
    "accuracy (hollow marks).",
    sources=("he2016", "hanin2018b"),
    questions=(1, 2),
    ranges={
        "depths": (1, 64),
        "width": (4, 256),
        "rates": (0.001, 100.0),
        "steps": (10, 5000),
        "longer": (10, 5000),
        "batch": (8, 512),
        "optimizer": tuple(OPTIMIZERS),
        "data_set": DATA_SETS,
        "seeds": (4, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 600},
        {"steps": 1500},
        {"steps": 5000},
        {"width": 64},
        {"optimizer": "Adam"},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 1500},
        {"data_set": "MNIST-1D", "steps": 5000},
    ),
    height=5.6,
)
figure
