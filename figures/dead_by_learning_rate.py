# %% [markdown]
# # Large steps kill units, at once and later
#
# Nets with two hidden layers are trained on digits. The first three steps have a large learning rate, the
# others a normal one. A unit is off if its pre-activation is zero or less on every training example; with
# ReLU it is then dead. Measured directly after the large steps, and at the end.

# %%

from dlfigs import Claim, Figure, summary
from dlfigs.experiments import dead_units
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of, percent

NETS = {
    "ReLU": dead_units.Trained(),
    "leaky ReLU": dead_units.Trained(slope=0.1),
    "ReLU, raw pixels": dead_units.Trained(centered=False),
}
LABELS = {"ReLU": "centered", "leaky ReLU": "leaky,\ncentered", "ReLU, raw pixels": "raw pixels"}
COLORS = {"ReLU": "C0", "leaky ReLU": "C2", "ReLU, raw pixels": color_of("raw pixels")}


# %%
def compute(key, *, rates=(0.25, 0.5, 1.0, 2.0, 4.0), spike=3, rate=0.05, steps=150, seeds=12):
    """Shares of units off, and accuracy; dims (net, rate, seed, layer)."""
    settings = {"width": 64, "batch": 64, "spike": spike, "rate": rate, "steps": steps, "seeds": seeds}
    return dead_units.learning_rate_spike(key, nets=NETS, rates=rates, **settings)


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
    relu, raw, leaky = (data.sel(net=name) for name in ("ReLU", "ReLU, raw pixels", "leaky ReLU"))

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
            yield Claim(name, text, **found, **limits)
    for name, where, limits in (("small", 0.5, {"low": 0.9}), ("middle", 2.0, {"low": 0.6})):
        if where in data.rate:
            text = f"ReLU, centered pixels: test accuracy, first rate {where:g}"
            yield Claim(
                f"accuracy_{name}", text, **summary.mean(relu.test_accuracy.sel(rate=where)), **limits
            )
    died, back = (
        data[name].sel(net=["ReLU", "ReLU, raw pixels"]).sum(("net", "rate")) * width
        for name in ("off_after", "revived")
    )
    at_end = data.off_end.sel(net=["ReLU", "ReLU, raw pixels"]).sum(("net", "rate")) * width
    if largest >= 1:
        text = "ReLU: units of layer 1 that were dead after the first steps, over all runs"
        yield Claim("died_layer_1", text, measured=died.sel(layer=1).sum(), low=100)
        text = "ReLU: units of layer 2 that were dead after the first steps, over all runs"
        yield Claim("died_layer_2", text, measured=died.sel(layer=2).sum(), low=100)
        text = "ReLU: units of layer 2 that were dead after the first steps and alive at the end"
        yield Claim("back_layer_2", text, measured=back.sel(layer=2).sum(), low=1)
        for layer in data.layer.values:
            end = at_end.sel(layer=layer).sum()
            later = (end - (died - back).sel(layer=layer).sum()).round()
            text = f"ReLU: units of layer {layer} that were alive after the first steps and dead at the end"
            # In layer 2 more die later than come back
            low = float(back.sel(layer=layer).sum()) if layer == 2 else 0
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
        yield Claim("leaky_diverged", text, measured=leaky.diverged.isel(rate=-1).mean(), low=0.6)
        for name, one, high in (("relu", relu, 0.6), ("leaky", leaky, 0.5), ("raw", raw, 0.4)):
            text = f"{one.net.item()}: test accuracy after the largest first rate"
            found = summary.mean(one.test_accuracy.isel(rate=-1))
            yield Claim(f"{name}_accuracy", text, **found, high=high)


# %%
figure = Figure(
    title="Large steps kill units, at once and later",
    caption="Nets with two hidden layers of 64 units, trained on digits with {{ spike }} steps at the rate on the axis and then "
    "{{ steps }} steps at {{ rate }}. Share of the units that are zero on all 1197 training examples: dots directly "
    "after the large steps, lines at the end. Raw pixels are 0 or more; centered ones have mean zero over the examples and the same mean "
    "square. Leaky ReLU has slope 0.1 below zero. Lines and dots: median over {{ seeds }} seeds; shaded: 95 % of the seeds.",
    alt="Three panels against the learning rate of the first steps. In hidden layer 1 hardly any unit dies with "
    "centered pixels; with raw pixels many do. In hidden layer 2 units die in both "
    "cases, with centered pixels only at the larger rates, and at the largest many more are dead at the end than directly "
    "after the large steps. Below, test accuracy at the largest rate is far below that after small steps in all three cases.",
    sources=("maas2013", "lecun1998"),
    questions=(6, 10),
    ranges={
        "rates": (0.01, 4.0),
        "spike": (1, 20),
        "rate": (0.001, 0.5),
        "steps": (1, 2000),
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=6.0,
)
figure
