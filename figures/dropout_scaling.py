# %% [markdown]
# # Dropout: scale by what is kept
#
# A layer trained with dropout sees smaller sums than at test time, unless somebody scales. The test
# sum should equal the mean training sum. Dividing by the keep probability in training does it, and
# so does multiplying by it at test time. Multiplying by the *drop* rate is right only at 1/2.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.regularization import dropout_sums, softmax_ensemble
from dlfigs.plot import marks

RULES = {
    "inverted": "divide by keep in training",
    "keep": "× keep at test",
    "rate": "× drop rate at test: wrong",
    "none": "no scaling: wrong",
}
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


# %%
def compute(key, *, rates=RATES, inputs=256, units=32, masks=512, seeds=64):
    """Sums of a linear layer over masks; dims (seed, rate, rule)."""
    key_sums, key_ensemble = jax.random.split(key)
    sizes = {"inputs": inputs, "units": units, "masks": masks, "seeds": seeds}
    sums = dropout_sums(key_sums, rates=rates, **sizes)
    return sums.merge(softmax_ensemble(key_ensemble, rate=0.3, inputs=10, classes=4))


# %%
def summarize(data):
    rates = np.linspace(0.02, 0.9, 89)
    curves = [[theory.dropout_factor(rule, rate) for rate in rates] for rule in RULES]
    return summary.over_seeds(data[["factor", "variance"]]).merge(
        dataset(
            {"rule": list(RULES), "rate_theory": (rates, "drop rate")},
            factor_theory=("rule rate_theory", curves, "test-time sum over mean training sum, theory"),
            variance_theory=("rate_theory", theory.dropout_variance(rates), "variance, p / (1 − p)"),
        )
    )


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for rule, color in zip(RULES, ("C0", "C2", "C1", "C3"), strict=True):
        marks.theory(top, data.rate_theory, data.factor_theory.sel(rule=rule))
        # Both right rules lie on 1: one is drawn as rings around the dots of the other
        ring = {"ms": 8, "mfc": "none"} if rule == "inverted" else {}
        marks.points(top, data.sel(rule=rule), "factor", "rate", color, **ring)
    for rule, (x, y, ha), color in (
        ("none", (0.3, 2.6, "right"), "C3"),
        ("rate", (0.16, 0.1, "left"), "C1"),
        ("inverted", (0.89, 0.55, "right"), "C0"),
        ("keep", (0.89, 0.33, "right"), "C2"),
    ):
        marks.note(top, x, y, RULES[rule], color=color, ha=ha)
    top.set(yscale="log", ylim=(0.07, 14), xlim=(0, 0.9), ylabel="test sum / mean training sum")
    marks.theory(bottom, data.rate_theory, data.variance_theory)
    marks.points(bottom, data, "variance", "rate", "C4")
    marks.note(bottom, 0.22, 1.0, "p / (1 − p)", color="C4", ha="right")
    bottom.set(yscale="log", xlabel="drop rate p", ylabel="added variance")


# %%
def claims(data):
    for rule, words in RULES.items():
        for rate in sorted({0.2, 0.5, 0.8} & set(data.rate.values.tolist())):
            values = data.factor.sel(rule=rule, rate=rate)
            expected = theory.dropout_factor(rule, rate)
            name = f"{rule}_{rate:g}".replace(".", "_")
            text = f"p = {rate:g}, {words.split(':')[0]}: test sum over mean training sum"
            limits = {"expected": expected, "tolerance": 0.02 * expected}
            yield Claim(name, text, **summary.mean(values), **limits)
    worst = abs(data.variance.mean("seed") / theory.dropout_variance(data.rate) - 1).max()
    text = "Largest relative error of the variance p / (1 − p)"
    yield Claim("variance_error", text, measured=worst, high=0.015)
    text = "Softmax: geometric mean over all masks against one pass with weights times keep"
    yield Claim("geometric_gap", text, measured=data.geometric_gap, high=1e-12)
    text = "Softmax: arithmetic mean over all masks against the same pass"
    yield Claim("arithmetic_gap", text, measured=data.arithmetic_gap, low=1e-3)
    text = "Softmax: geometric mean against one pass with weights times the drop rate"
    yield Claim("wrong_scale_gap", text, measured=data.wrong_scale_gap, low=0.01)


# %%
figure = Figure(
    title="Dropout: scale by what is kept",
    caption="Top: the test-time sums of a linear layer as a multiple of their mean in training, under "
    "four rules; dots are medians over {{ seeds }} layers with {{ masks }} masks each, bars the central "
    "95 %, dashes theory. The two right rules lie on 1. Scaling by the drop rate is right at p = 0.5 "
    "only. Bottom: variance over masks under inverted dropout, in units of Σw²x².",
    alt="Top panel, log axis, factor between test and training sums against drop rate. Dividing by the "
    "keep probability in training and multiplying by it at test time both stay at one. Multiplying by "
    "the drop rate is too small at small rates and too large at large ones, and crosses 1 only at 0.5. Not scaling is "
    "too large throughout, the more so the larger the rate. Bottom panel: the added variance rises with the drop rate along p over one "
    "minus p.",
    sources=("srivastava2014", "baldi2013"),
    questions=(18,),
    ranges={
        "rates": (0.01, 0.9),
        "inputs": (8, 8192),
        "units": (2, 1024),
        "masks": (32, 65536),
        "seeds": (4, 4096),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"masks": (32, 128, 512)},
    height=5.2,
)
figure
