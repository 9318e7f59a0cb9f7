# %% [markdown]
# # The loss along the gradient
#
# During training, before each update, trial steps of several lengths are taken along the gradient of the
# minibatch, and undone. How far apart are the losses that they lead to? How fast does the gradient change
# on the way? Santurkar et al. (2018) asked this of a large net; here it is a small one, and the answer to
# the second question is drawn against the length of the trial step, on which it depends. Other rates, sizes
# and data are in the table of verdicts.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.datasets import NAMES
from dlfigs.experiments.normalization_sweeps import landscape
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

NETS = {"none": ("without", color_of("without")), "batch": ("batch norm", color_of("batch norm"))}
MARGIN = np.log2(1.1)  # a tenth in doublings: smaller differences count as none
BIN = 5  # steps that are averaged for the drawing


# %%
def compute(
    key,
    *,
    rate=0.1,
    probes=(0.003, 0.0125, 0.05, 0.2, 0.8),
    depth=6,
    width=32,
    steps=120,
    data_set="digits",
    seeds=10,
):
    """Range of the loss, (normalization, seed, step); smoothness has the dimension probe, too."""
    sizes = {"depth": depth, "width": width, "batch": 32, "steps": steps, "seeds": seeds}
    data = landscape(key, rate=rate, probes=probes, data_set=data_set, **sizes)
    return data.assign_attrs(data_set=data_set)


# %%
def without_over_with(values):
    """Logarithm of the ratio of medians over steps, seed by seed."""
    medians = np.log(values.median("step"))
    return medians.sel(normalization="none", drop=True) - medians.sel(normalization="batch", drop=True)


def verdicts(data):
    def doublings(values):
        return summary.verdict(without_over_with(values) / np.log(2), margin=MARGIN)

    yield "range", "range of the loss, without over with, doublings", doublings(data.loss_range)
    for probe in data.probe.values:
        text = f"trial steps of {probe:g}: effective smoothness, without over with, doublings"
        name = f"beta_{probe:g}".replace(".", "_")
        yield name, text, doublings(data.smoothness.sel(probe=probe))
    yield "gradient", "gradient norm, without over with, doublings", doublings(data.gradient_norm)


# %%
def summarize(data):
    """Median over five steps in a row, or for the smoothness over all; then median and interval over seeds."""
    width = min(BIN, data.sizes["step"])
    loss_range = data[["loss_range"]].coarsen(step=width, boundary="trim").median()
    smoothness = data.smoothness.median("step", keep_attrs=True)
    return summary.over_seeds(loss_range.assign(smoothness=smoothness))


# %%
def draw(fig, data):
    panels = fig.subplots(2, 1)
    heads = {
        "loss_range": ("step", "step of training", "range of the loss (nats)"),
        "smoothness": ("probe", "length of the trial step, as a learning rate", "effective smoothness β"),
    }
    for ax, (name, (x, below, words)) in zip(panels, heads.items(), strict=True):
        for kind, (_, color) in NETS.items():
            one = data.sel(normalization=kind)
            marks.band(ax, data[x], one[f"{name}_low"], one[f"{name}_high"], color)
            ax.plot(data[x], one[f"{name}_median"], "o-" if x == "probe" else "-", color=color)
        ax.set(ylabel=words, xlabel=below, yscale="log")
        last = data[f"{name}_median"].isel({x: slice(-5 if x == "step" else -1, None)}).median(x)
        if x == "step":
            ax.set(xlim=(0, float(data.step[-1])))
        else:
            ax.set(xscale="log", xlim=(float(data.probe[0]), float(data.probe[-1])))
            ax.set_xticks(data.probe.values, [f"{probe:g}" for probe in data.probe.values])
            ax.minorticks_off()
            low, high = ax.get_ylim()
            ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100) if low <= tick <= high]
            ax.set_yticks(ticks, [str(tick) for tick in ticks])
        marks.label_ends(ax, [(float(last.sel(normalization=k)), *NETS[k]) for k in NETS], gap=0.1)


# %%
def claims(data):
    digits = data.attrs["data_set"] == "digits"

    def known(**limits):  # of digits; what other data do is in the table of verdicts
        return limits if digits else {"low": 0}

    def ratio(values):  # geometric mean over seeds
        return summary.geometric_mean(without_over_with(values))

    for kind, limits in (("none", {"low": 1}), ("batch", {"high": 0.6})):
        text = f"{kind}: range of the loss, median over steps and seeds"
        value = data.loss_range.sel(normalization=kind).median()
        yield Claim(f"range_{kind}", text, measured=value, **known(**limits))
    text = "Range of the loss, without over with, geometric mean over seeds"
    yield Claim("range_ratio", text, **ratio(data.loss_range), **known(low=6))
    last = data.sizes["probe"] - 1
    for i, probe in enumerate(data.probe.values):
        limits = {0: {"high": 1.2}, last: {"low": 2}}.get(i, {"low": 0.4, "high": 8})
        text = (
            f"Trial steps of {probe:g}: effective smoothness, without over with, geometric mean over seeds"
        )
        found = ratio(data.smoothness.sel(probe=probe)) | known(**limits)
        yield Claim(f"smoothness_{probe:g}".replace(".", "_"), text, **found)
        if i in (0, last):
            yield Claim("longest" if i else "shortest", text, **found)
    text = "Gradient norm, without over with, geometric mean over seeds"
    yield Claim("gradient_ratio", text, **ratio(data.gradient_norm), **known(low=0.9, high=1.4))


# %%
figure = Figure(
    title="Along the gradient of ReLU nets, the longest steps meet a smoother loss with batch normalization; for short ones it depends on depth",
    caption="ReLU nets with {{ depth }} hidden layers of {{ width }} units, trained on {{ data_set }} for {{ steps }} steps of SGD with rate {{ rate }}. Before each update, trial steps "
    "of five lengths are taken along the gradient. Top: largest minus smallest loss that they lead to, median over five steps in "
    "a row. Bottom: change of the gradient over the length of the trial step, against its rate, median over all of training. "
    "Lines: median over {{ seeds }} seeds; shaded: 95 % of the seeds.",
    alt="Two panels with log axes. Top, against the step of training: the range of the loss along the gradient is "
    "typically {{ range_none:.1f}} nats without batch normalization and {{ range_batch:.2f}} with it. Bottom, against the length of "
    "the trial step, the effective smoothness without batch normalization is {{ shortest:.2f}} times that "
    "with it for the shortest steps and {{ longest:.1f}} times for the longest.",
    sources=("santurkar2018",),
    questions=(12, 11),
    ranges={
        "rate": (0.001, 1.0),
        "probes": (0.001, 10.0),
        "depth": (1, 16),
        "width": (8, 256),
        "steps": (1, 1000),
        "data_set": NAMES,
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 600},
        {"rate": 0.02},
        {"depth": 2},
        {"width": 128},
        {"data_set": "MNIST-1D"},
    ),
    height=4.8,
)
figure
