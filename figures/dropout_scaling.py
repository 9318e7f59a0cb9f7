# %% [markdown]
# # Dropout: scale by what is kept
#
# A layer trained with dropout sees smaller sums than at test time, unless somebody scales. The test
# sum should equal the mean training sum. Dividing by the keep probability in training does it, and
# so does multiplying by it at test time. Multiplying by the *drop* rate is right only at 1/2.

# %%
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.regularization import dropout_sums, softmax_ensemble
from dlfigs.plot import marks

import jax

NAMES = {
    "inverted": "divide by keep in training",
    "keep": "× keep at test",
    "rate": "× drop rate at test: wrong",
    "none": "no scaling: wrong",
}


# %%
def compute(key, *, rates=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8), inputs=256, units=32, masks=512, seeds=64):
    """Sums of a linear layer over masks; dims (rule, seed, rate)."""
    key_sums, key_ensemble = jax.random.split(key)
    sums = dropout_sums(key_sums, rates=rates, inputs=inputs, units=units, masks=masks, seeds=seeds)
    return sums.merge(softmax_ensemble(key_ensemble, rate=0.3, inputs=10, classes=4))


# %%
def summarize(data):
    drawn = summary.over_seeds(data[["factor", "variance"]])
    rates = np.linspace(0.02, 0.9, 89)
    curves = [[theory.dropout_factor(rule, rate) for rate in rates] for rule in NAMES]
    attrs = {"units": "1"}
    return drawn.merge(
        xr.Dataset(
            {
                "factor_theory": (("rule", "rate_theory"), curves, attrs | {"long_name": "factor, theory"}),
                "variance_theory": (
                    "rate_theory",
                    theory.dropout_variance(rates),
                    attrs | {"long_name": "variance, p / (1 − p)"},
                ),
            },
            coords={"rule": list(NAMES), "rate_theory": rates},
        )
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for (rule, _), color in zip(NAMES.items(), ("C0", "C2", "C1", "C3")):
        one = data.sel(rule=rule)
        marks.theory(top, data.rate_theory, one.factor_theory)
        middle = one.factor_median
        errors = [middle - one.factor_low, one.factor_high - middle]
        size = 8 if rule == "inverted" else 4.5  # both right rules lie on 1: show one around the other
        fill = "none" if rule == "inverted" else color
        top.errorbar(data.rate, middle, errors, fmt="o", color=color, ms=size, mfc=fill, zorder=5)
    top.set(yscale="log", ylim=(0.07, 14), xlim=(0, 0.9), ylabel="test sum / mean training sum")
    marks.note(top, 0.3, 2.6, NAMES["none"], color="C3", ha="right")
    marks.note(top, 0.16, 0.1, NAMES["rate"], color="C1")
    marks.note(top, 0.89, 0.55, NAMES["inverted"], color="C0", ha="right")
    marks.note(top, 0.89, 0.33, NAMES["keep"], color="C2", ha="right")
    marks.theory(bottom, data.rate_theory, data.variance_theory)
    errors = [data.variance_median - data.variance_low, data.variance_high - data.variance_median]
    bottom.errorbar(data.rate, data.variance_median, errors, fmt="o", color="C4", ms=4.5, zorder=5)
    bottom.set(yscale="log", xlabel="drop rate p", ylabel="added variance")
    marks.note(bottom, 0.22, 1.0, "p / (1 − p)", color="C4", ha="right")


# %%
def claims(data):
    seeds = data.sizes["seed"]
    for rule, label in (("inverted", "Divided by keep in training"), ("keep", "Times keep at test"), ("rate", "Times drop rate at test")):
        for rate in (0.2, 0.5, 0.8):
            if not np.isclose(data.rate, rate).any():
                continue
            values = data.factor.sel(rule=rule).sel(rate=rate, method="nearest")
            error = values.std(ddof=1) / np.sqrt(seeds)
            expected = theory.dropout_factor(rule, rate)
            name = f"{rule}_{rate:g}".replace(".", "_")
            text = f"{label}, p = {rate:g}: test sum over mean training sum"
            yield Claim(name, text, measured=values.mean(), expected=expected, tolerance=0.02 * expected, standard_error=error)
    worst = abs(data.variance.mean("seed") / theory.dropout_variance(data.rate) - 1).max()
    yield Claim("variance_error", "Largest relative error of the variance p / (1 − p)", measured=worst, high=0.04)
    text = "Softmax layer: geometric mean over all masks against one pass with weights times keep"
    yield Claim("geometric_gap", text, measured=data.geometric_gap, high=1e-12)
    text = "The same for the arithmetic mean: not exact"
    yield Claim("arithmetic_gap", text, measured=data.arithmetic_gap, low=1e-3)
    text = "Geometric mean against weights times the drop rate: wrong"
    yield Claim("wrong_scale_gap", text, measured=data.wrong_scale_gap, low=0.01)


# %%
figure = Figure(
    title="Dropout: scale by what is kept",
    caption="Top: the test-time sums of a linear layer as a multiple of their mean in training, under four "
    "rules; dots are medians over {{ seeds }} layers with {{ masks }} masks each, bars the central 95 %, dashes "
    "theory. The two right rules lie on 1. Scaling by the drop rate is right at p = 0.5 only; at p = 0.2 it "
    "gives {{ rate_0_2:.2f }} of the right sum. Bottom: variance over masks under inverted dropout.",
    alt="Top panel, log axis, factor between test and training sums against drop rate. Dividing by the keep "
    "probability in training and multiplying by it at test time both stay at one. Multiplying by the drop rate "
    "rises from a tenth to four and crosses one only at rate one half. Not scaling rises from one to five. "
    "Bottom panel: the added variance rises with the drop rate along p over one minus p.",
    sources=("srivastava2014", "baldi2013"),
    questions=(18,),
    ranges={"rates": (0.01, 0.9), "inputs": (8, 8192), "units": (2, 1024), "masks": (32, 65536), "seeds": (4, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.2,
)
figure
