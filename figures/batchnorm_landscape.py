# %% [markdown]
# # The loss along the gradient
#
# During training, before each update, trial steps of several lengths are taken along the gradient of the
# minibatch, and undone. How far apart are the losses that they lead to? How fast does the gradient change
# on the way? Santurkar et al. (2018) asked this of a large net; here it is a small one.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.experiments.normalization_sweeps import landscape
from dlfigs.plot import marks

NETS = {"none": ("without", "C1"), "batch": ("batch norm", "C0")}
BIN = 5  # steps that are averaged for the drawing


# %%
def compute(key, *, rate=0.1, probes=(0.05, 0.1, 0.2, 0.4, 0.8), steps=120, seeds=10):
    """Range of the loss and effective smoothness; dims (normalization, seed, step)."""
    sizes = {"depth": 6, "width": 32, "batch": 32}
    return landscape(key, rate=rate, probes=probes, steps=steps, seeds=seeds, **sizes)


# %%
def summarize(data):
    """Median over five steps in a row, then median and interval over seeds."""
    data = data.drop_vars("gradient_norm")
    return summary.over_seeds(data.coarsen(step=min(BIN, data.sizes["step"]), boundary="trim").median())


# %%
def draw(fig, data):
    panels = fig.subplots(2, 1, sharex=True)
    heads = {"loss_range": "range of the loss (nats)", "smoothness": "effective smoothness β"}
    for ax, (name, words) in zip(panels, heads.items(), strict=True):
        for kind, (_, color) in NETS.items():
            one = data.sel(normalization=kind)
            marks.band(ax, data.step, one[f"{name}_low"], one[f"{name}_high"], color)
            ax.plot(data.step, one[f"{name}_median"], color=color)
        ax.set(ylabel=words, xlim=(0, float(data.step[-1])))
        if name == "smoothness":
            ax.set(ylim=(0, None), xlabel="step of training")
        ax.set_yscale("log" if name == "loss_range" else "linear")
        last = data[f"{name}_median"].isel(step=slice(-5, None)).median("step")
        marks.label_ends(ax, [(float(last.sel(normalization=k)), *NETS[k]) for k in NETS], gap=0.1)


# %%
def claims(data):
    def ratio(values):  # of medians over steps, seed by seed; geometric mean over seeds
        medians = np.log(values.median("step"))
        return summary.geometric_mean(
            medians.sel(normalization="none") - medians.sel(normalization="batch")
        )

    for kind, limits in (("none", {"low": 1}), ("batch", {"high": 0.3})):
        text = f"{kind}: range of the loss, median over steps and seeds"
        value = data.loss_range.sel(normalization=kind).median()
        yield Claim(f"range_{kind}", text, measured=value, **limits)
    text = "Range of the loss, without over with, geometric mean over seeds"
    yield Claim("range_ratio", text, **ratio(data.loss_range), low=12)
    text = "Effective smoothness, without over with, geometric mean over seeds"
    yield Claim("smoothness_ratio", text, **ratio(data.smoothness), low=1.1, high=1.5)
    text = "Gradient norm, without over with, geometric mean over seeds"
    yield Claim("gradient_ratio", text, **ratio(data.gradient_norm), low=0.9, high=1.4)
    text = "Before the first step: effective smoothness, without over with, geometric mean"
    yield Claim("first_ratio", text, **ratio(data.smoothness.isel(step=[0])), high=1)


# %%
figure = Figure(
    title="Along the gradient, the loss varies less with batch normalization",
    caption="ReLU nets with six hidden layers of 32 units, trained on digits with rate {{ rate }}. Before each update, trial steps "
    "of five lengths are taken along the gradient. Top: largest minus smallest loss that they lead to. Bottom: largest change of "
    "the gradient over the length of its trial step. Lines: median over {{ seeds }} seeds and five steps in a row; shaded: "
    "95 % of the seeds.",
    alt="Two panels against the step of training. Top, on a log axis: the range of the loss along the gradient is "
    "several nats without batch normalization and a few tenths with it, through nearly all of training. Bottom: the effective "
    "smoothness is of the same order for both: higher with batch normalization in the first steps, somewhat lower afterwards.",
    sources=("santurkar2018",),
    questions=(12, 11),
    ranges={"rate": (0.001, 1.0), "probes": (0.001, 10.0), "steps": (1, 1000), "seeds": (10, 100)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=4.8,
)
figure
