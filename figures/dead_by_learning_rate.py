# %% [markdown]
# # Large steps kill units, at once and later
#
# Nets with two hidden layers are trained on digits. The first three steps have a large learning rate, the
# others a normal one. A unit is off if its pre-activation is zero or less on every training example; with
# ReLU it is then dead. Measured directly after the large steps, and at the end. More steps, wider nets, more
# large steps and other data are in the table of verdicts.

# %%
from dlfigs import Claim, Figure, summary
from dlfigs.datasets import NAMES
from dlfigs.experiments import dead_units
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of, percent

NETS = {
    "ReLU": dead_units.Trained(),
    "leaky ReLU": dead_units.Trained(slope=0.1),
    "ReLU, raw pixels": dead_units.Trained(centered=False),
}
LABELS = {"ReLU": "centered", "leaky ReLU": "leaky,\ncentered", "ReLU, raw pixels": "raw pixels"}
MARGIN = 1.0  # percentage point: smaller differences of accuracies and of shares of units count as none
COLORS = {"ReLU": "C0", "leaky ReLU": "C2", "ReLU, raw pixels": color_of("raw pixels")}


# %%
def compute(
    key,
    *,
    rates=(0.25, 0.5, 1.0, 2.0, 4.0),
    spike=3,
    rate=0.05,
    steps=150,
    width=64,
    data_set="digits",
    seeds=12,
):
    """Shares of units off, and accuracy; dims (net, rate, seed, layer)."""
    settings = {"width": width, "batch": 64, "spike": spike, "rate": rate, "steps": steps, "seeds": seeds}
    data = dead_units.learning_rate_spike(key, nets=NETS, rates=rates, data_set=data_set, **settings)
    return data.assign_attrs(data_set=data_set)


# %%
def moved(data):
    """ReLU units that died after the large steps, and that came back, in points of all units; dims (seed, layer)."""
    relu = 100 * data.sel(net=["ReLU", "ReLU, raw pixels"]).mean(("net", "rate"))
    return relu.off_end - relu.off_after + relu.revived, relu.revived


def verdicts(data):
    dead, last = 100 * data.off_end, data.sizes["rate"] - 1
    raw = dead.sel(net="ReLU, raw pixels", drop=True) - dead.sel(net="ReLU", drop=True)
    for layer in data.layer.values:
        one = summary.verdict(raw.isel(rate=last).sel(layer=layer), margin=MARGIN)
        text = f"layer {layer}, largest rate: units that die with raw pixels and not with centered ones, points"
        yield f"centered_{layer}", text, one
    centered = dead.sel(net="ReLU", layer=2, drop=True)
    one = summary.verdict(centered.isel(rate=last) - centered.isel(rate=0), margin=MARGIN)
    text = "layer 2, centered: units that die at the largest rate and not at the smallest, points"
    yield "small_2", text, one
    later, back = moved(data)
    for layer in data.layer.values:
        one = summary.verdict((back - later).sel(layer=layer), margin=MARGIN)
        text = f"layer {layer}, normal steps: ReLU units that come back minus those that die, all rates, points"
        yield f"back_{layer}", text, one
    relu, leaky = (100 * data.test_accuracy.sel(net=name, drop=True) for name in ("ReLU", "leaky ReLU"))
    text = "largest rate: test accuracy, leaky ReLU minus ReLU, centered pixels, points"
    yield "leaky", text, summary.verdict((leaky - relu).isel(rate=last), margin=MARGIN)
    for name, which in (("middle", last - 1), ("large", last)):
        one = summary.verdict(relu.isel(rate=0) - relu.isel(rate=which), margin=MARGIN)
        rate = float(data.rate[which])
        text = f"ReLU, centered: test accuracy, smallest first rate minus {rate:g}, points"
        yield f"small_over_{name}", text, one


# %%
def summarize(data):
    """Median and interval; shares of units for ReLU alone, since a leaky unit that is off still learns."""
    relu = data[["off_after", "off_end"]].isel(net=[0, 2]).rename(net="relu_net")
    return summary.over_seeds(data[["test_accuracy"]]).merge(summary.over_seeds(relu))


# %%
def draw(fig, data):
    panels = fig.subplots(3, 1, sharex=True, height_ratios=(4, 4, 3))
    for ax, layer in zip(panels[:2], data.layer.values, strict=True):
        for name in data.relu_net.values:
            one, color = data.sel(layer=layer, relu_net=name), COLORS[name]
            marks.band(ax, data.rate, one.off_end_low, one.off_end_high, color)
            ax.plot(data.rate, one.off_end_median, color=color)
            ax.plot(data.rate, one.off_after_median, "o", color=color, markersize=4.5)
        ax.set(ylim=(-0.04, 1.04), ylabel="dead units", yticks=(0, 0.5, 1))
        ax.set_title(f"ReLU, hidden layer {layer}")
        ends = data.off_end_median.sel(layer=layer).isel(rate=-1)
        names = data.relu_net.values
        labels = [(float(ends.sel(relu_net=name)), LABELS[name], COLORS[name]) for name in names]
        marks.label_ends(ax, labels, gap=0.12)
    text = "dots: after the large steps\nlines: at the end"
    marks.note(panels[0], float(data.rate[0]), 1.0, text, va="top", color=marks.INK)
    ax = panels[2]
    for name in data.net.values:
        one, color = data.sel(net=name), COLORS[name]
        marks.band(ax, data.rate, one.test_accuracy_low, one.test_accuracy_high, color)
        ax.plot(data.rate, one.test_accuracy_median, color=color)
    ax.set(xscale="log", xlabel="learning rate of the first steps", ylim=(0, 1.04), ylabel="accuracy")
    percent(ax)
    ax.set_title("Test accuracy at the end")
    ax.set_xticks(data.rate.values, [f"{rate:g}" for rate in data.rate.values])
    ax.minorticks_off()
    ends = data.test_accuracy_median.isel(rate=-1)
    labels = [(float(ends.sel(net=name)), LABELS[name], COLORS[name]) for name in data.net.values]
    marks.label_ends(ax, labels, gap=0.17)


# %%
def claims(data):
    largest, width = float(data.rate[-1]), data.attrs["width"]
    digits = data.attrs["data_set"] == "digits"
    relu, raw, leaky = (data.sel(net=name) for name in ("ReLU", "ReLU, raw pixels", "leaky ReLU"))

    def known(**limits):  # of digits; what other data do is in the table of verdicts
        return limits if digits else {"low": 0}

    for name, one, layer, where, limits in (
        ("centered_layer_1", relu, 1, 4.0, {"high": 0.02}),
        ("raw_layer_1", raw, 1, 4.0, {"low": 0.5}),
        ("layer_2_small", relu, 2, 0.5, {"high": 0.02}),
        ("layer_2_middle", relu, 2, 2.0, {"low": 0.2}),
        ("layer_2_large", relu, 2, 4.0, {"low": 0.5}),
    ):
        if where in data.rate:
            pixels = "raw" if one is raw else "centered"
            text = f"ReLU, {pixels} pixels: dead units in layer {layer} at the end, first rate {where:g}"
            found = summary.mean(one.off_end.sel(layer=layer, rate=where))
            yield Claim(name, text, **found, **known(**limits))
    for name, where, limits in (("small", 0.5, {"low": 0.9}), ("middle", 2.0, {"low": 0.6})):
        if where in data.rate:
            text = f"ReLU, centered pixels: test accuracy, first rate {where:g}"
            found = summary.mean(relu.test_accuracy.sel(rate=where))
            yield Claim(f"accuracy_{name}", text, **found, **known(**limits))
    died, back = (
        data[name].sel(net=["ReLU", "ReLU, raw pixels"]).sum(("net", "rate")) * width
        for name in ("off_after", "revived")
    )
    at_end = data.off_end.sel(net=["ReLU", "ReLU, raw pixels"]).sum(("net", "rate")) * width
    if largest >= 1:
        for layer in data.layer.values:
            text = f"ReLU: units of layer {layer} that were dead after the first steps, over all runs"
            yield Claim(f"died_layer_{layer}", text, measured=died.sel(layer=layer).sum(), low=100)
        text = "ReLU: units of layer 2 that were dead after the first steps and alive at the end"
        yield Claim("back_layer_2", text, measured=back.sel(layer=2).sum(), low=1)
        for layer in data.layer.values:
            end = at_end.sel(layer=layer).sum()
            later = (end - (died - back).sel(layer=layer).sum()).round()
            text = f"ReLU: units of layer {layer} that were alive after the first steps and dead at the end"
            # In layer 2 more die later than come back
            low = float(back.sel(layer=layer).sum()) if layer == 2 and digits else 0
            yield Claim(f"later_layer_{layer}", text, measured=later, low=low)
            text = f"ReLU: units of layer {layer} that were dead at the end"
            yield Claim(f"end_layer_{layer}", text, measured=end, low=100)
        text = "ReLU: share of the dead units of layer 2 that were alive at the end"
        share = back.sel(layer=2).sum() / died.sel(layer=2).sum()
        error = summary.mean((back / died).sel(layer=2))["standard_error"]
        yield Claim("revived_layer_2", text, measured=share, low=0.02, high=0.9, standard_error=error)
    text = "ReLU: units of layer 1 that were dead after the first steps and alive at the end"
    yield Claim("revived_layer_1", text, measured=back.sel(layer=1).sum(), high=0)
    if largest >= 4:
        text = "leaky ReLU: share of nets whose outputs are no longer finite after the largest rate"
        diverged = leaky.diverged.isel(rate=-1).mean()
        yield Claim("leaky_diverged", text, measured=diverged, **known(low=0.6))
        for name, one, high in (("relu", relu, 0.6), ("leaky", leaky, 0.5), ("raw", raw, 0.4)):
            text = f"{one.net.item()}: test accuracy after the largest first rate"
            found = summary.mean(one.test_accuracy.isel(rate=-1))
            yield Claim(f"{name}_accuracy", text, **found, **known(high=high))


# %%
figure = Figure(
    title="Large steps kill units, at once and later",
    caption="Nets with two hidden layers of {{ width }} units, trained on {{ data_set }} with {{ spike }} steps of SGD at the rate on the axis and then "
    "{{ steps }} steps at {{ rate }}. Share of the units that are zero on all 1197 training examples: dots directly "
    "after the large steps, lines at the end; where a net’s outputs are no longer finite, all its units count. Raw pixels are 0 or more; centered ones have mean zero over the examples and the same mean "
    "square. (Samples of MNIST-1D count as pixels, and as raw when moved so that the smallest is 0.) Leaky ReLU has slope 0.1 below zero. Lines and dots: median over {{ seeds }} seeds (shares and accuracies in words are means); shaded: 95 % of the seeds.",
    alt="Three panels against the learning rate of the first steps. In hidden layer 1 {{ centered_layer_1:.0%}} of the units are dead with "
    "centered pixels after the largest rate, and {{ raw_layer_1:.0%}} with raw pixels. In hidden layer 2 units die in both "
    "cases, with centered pixels {{ layer_2_small:.0%}} after a first rate of 0.5 and {{ layer_2_large:.0%}} after the largest. Below, "
    "test accuracy: with ReLU and centered pixels {{ accuracy_small:.0%}} after a first rate of 0.5, and {{ relu_accuracy:.0%}} after the largest.",
    sources=("maas2013", "lecun1998"),
    questions=(6, 10),
    ranges={
        "rates": (0.01, 4.0),
        "spike": (1, 20),
        "rate": (0.001, 0.5),
        "steps": (1, 2000),
        "width": (8, 256),
        "data_set": NAMES,
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 1000},
        {"spike": 10},
        {"width": 128},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 1000},
    ),
    height=6.0,
)
figure
