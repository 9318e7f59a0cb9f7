# %% [markdown]
# # L1 subtracts, L2 divides
#
# If the features are orthonormal, each penalized weight depends only on its own least-squares
# weight. L1 moves it by λ toward zero and stops there; L2 divides it by 1 + λ. Proximal gradient
# steps, which know nothing of these formulas, find the same weights.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.penalties import orthonormal
from dlfigs.plot import marks, slides
from dlfigs.plot.meaning import color_of

PENALTIES = {"l1": ("L1", color_of("L1"), theory.l1_weight), "l2": ("L2", color_of("L2"), theory.l2_weight)}
EVERY = 20  # of the strengths is the one in the upper panel


# %%
def compute(key, *, strength=1.0, spread=2.0, examples=32, features=16, seeds=256):
    """Minimizers for many strengths; dims (strength, seed, feature)."""
    strengths = strength * np.arange(4 * EVERY + 1) / EVERY
    sizes = {"examples": examples, "features": min(features, examples), "seeds": seeds}
    return orthonormal(key, strengths=strengths, spread=spread, **sizes)


# %%
def summarize(data):
    strength, limit = float(data.strength[EVERY]), 2.5 * data.attrs["spread"]
    x = np.linspace(-limit, limit, 101)
    plain = data.least_squares.values.ravel()
    # Of thousands of weights those next to an even grid are enough to draw
    some = [abs(plain - at).argmin() for at in x[2::4]]
    few = some[1::3]
    drawn = {"dots_at": ("weight", plain[some], "least-squares weight")}
    for name, (label, _, formula) in PENALTIES.items():
        text, found = f"weight under {label}", data[name].values.reshape(len(data.strength), -1)
        drawn[f"{name}_curve"] = ("x", formula(x, strength), f"{text}, closed form")
        drawn[f"{name}_dots"] = ("weight", found[EVERY, some], text)
        drawn[f"{name}_path"] = ("strength few", found[:, few], f"{text}, as λ grows")
    coords = {"x": (x, "least-squares weight"), "strength": (data.strength.values, "strength λ")}
    coords |= {"weight": len(some), "few": (plain[few].round(2), "least-squares weight")}
    return dataset(coords, attrs={"strength": strength}, **drawn)


# %%
def draw(fig, data):
    if slides.is_wide(fig):
        rows = fig.subfigures(1, 2, width_ratios=(6, 5))
    else:
        rows = fig.subfigures(2, 1, height_ratios=(6, 5))
    top, sides = rows[0].subplots(), rows[1].subplots(1, 2, sharey=True)
    limit = float(data.x[-1])
    top.plot(data.x, data.x, color=marks.MUTED, linewidth=0.9, linestyle=(0, (1, 2)))
    for name, (_, color, _) in PENALTIES.items():
        top.plot(data.dots_at, data[f"{name}_dots"], "o", color=color, ms=4)
        marks.theory(top, data.x, data[f"{name}_curve"])
    top.set(xlim=(-limit, limit), ylim=(-limit, limit))
    top.set(xlabel="least-squares weight", ylabel="penalized weight")
    marks.note(top, -0.95 * limit, 0.78 * limit, f"λ = {data.attrs['strength']:g}", color=marks.INK)
    ends = [(limit, "no penalty", marks.MUTED)]
    ends += [
        (float(data[f"{n}_curve"][-1]), text, c)
        for n, text, c in (
            ("l1", "L1: minus λ", color_of("L1")),
            ("l2", "L2: divided by 1 + λ", color_of("L2")),
        )
    ]
    marks.label_ends(top, ends, gap=0.085)
    for ax, (name, (label, color, _)) in zip(sides, PENALTIES.items(), strict=True):
        ax.plot(data.strength, data[f"{name}_path"], color=color)
        marks.reference(ax, y=0)
        ax.set(xlim=(0, data.strength[-1]), xlabel="strength λ")
        ax.set_title(label, color=color)
    sides[0].set_ylabel("penalized weights")


# %%
def claims(data):
    plain = data.least_squares
    for name, (label, _, formula) in PENALTIES.items():
        expected = np.stack([formula(plain, strength) for strength in data.strength.values])
        gap = abs(data[name] - expected).max()
        text = f"{label}: largest difference between the optimizer's weights and the closed form"
        yield Claim(f"{name}_gap", text, measured=gap, high=1e-10)
    one = data.isel(strength=EVERY)
    expected = theory.l1_zero_share(float(one.strength), data.attrs["spread"])
    text = "L1: share of weights that are exactly zero"
    yield Claim("l1_zeros", text, **summary.mean(one.l1 == 0), expected=expected, tolerance=0.04)
    text = "L2: weights that are exactly zero, at any strength"
    yield Claim("l2_zeros", text, measured=(data.l2 == 0).sum(), high=0)


# %%
figure = Figure(
    title="L1 subtracts, L2 divides",
    caption="Top: penalized weights against least-squares weights in {{ seeds }} problems with orthonormal "
    "features. Dots: some of the weights that proximal gradient steps found; dashed: closed form. At this strength L1 makes "
    "{{ l1_zeros:.0%}} of them exactly zero; theory says {{ l1_zeros.expected:.0%}}. Bottom: some of "
    "these weights as the penalty gets stronger. The loss is half the sum of squared residuals; L1 adds λΣ|w| to it, and L2 adds ½λΣw².",
    alt="Top: penalized weight against least-squares weight. Under L1 the points lie on a line that is flat at "
    "zero in the middle and parallel to the diagonal outside; under L2 on a straight line through the origin with "
    "a smaller slope. Dashed closed forms cover the points. Bottom left: under L1 the weights fall along straight "
    "lines as the strength grows, reach zero one after another and stay there. Bottom right: under L2 all shrink along "
    "hyperbolas and none reaches zero.",
    sources=("tibshirani1996", "parikh2014"),
    questions=(17,),
    ranges={
        "strength": (0.01, 100.0),
        "spread": (0.01, 100.0),
        "examples": (8, 512),
        "features": (8, 512),
        "seeds": (8, 4096),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"strength": (0.0625, 0.25, 0.5, 1.0, 2.0, 4.0)},
    height=5.4,
)
figure
