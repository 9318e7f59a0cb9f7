# %% [markdown]
# # Who finds the zeros of L1
#
# The minimizer of an L1 objective has exact zeros. Proximal gradient steps (ISTA) reach them, because
# soft thresholding sets weights to zero. Subgradient steps and SGD on the same objective come close
# to the same minimum, but step over zero again and again and never stop on it.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.penalties import l1_by_optimizer
from dlfigs.plot import marks

NAMES = {"proximal": ("proximal", "C0"), "subgradient": ("subgradient", "C1"), "sgd": ("SGD", "C2")}
LOWEST = 1e-10


# %%
def compute(key, *, examples=100, features=40, relevant=5, strength=0.2, batch=10, steps=2000, seeds=64):
    """Zeros and objective after each step; dims (optimizer, step, seed)."""
    sizes = {"examples": examples, "features": features, "relevant": relevant, "seeds": seeds}
    data = l1_by_optimizer(key, strength=strength, batch=batch, steps=steps, **sizes)
    return data.drop_vars(("features", "targets", "penalty", "example"))


# %%
def bound(data):
    """Beck and Teboulle's bound for proximal steps, as a share of the minimum; dims (step, seed)."""
    return theory.ista_bound(data.curvature, data.distance, data.step) / data.minimum


def summarize(data):
    last = data.sizes["step"] - 1
    steps = np.unique(np.geomspace(1, last + 1, 60).round().astype(int)) - 1
    drawn = data[["zeros", "excess"]].isel(step=steps)
    # Proximal steps reach the last digit; a log axis needs an end
    drawn["excess"] = drawn.excess.clip(min=LOWEST / 100).assign_attrs(data.excess.attrs)
    result = summary.over_seeds(drawn)
    limit = bound(data).isel(step=steps).median("seed")
    text = {"long_name": "bound for proximal steps, median", "units": "of the minimum"}
    return result.assign(bound=limit.assign_attrs(text)).assign_attrs(weights=data.sizes["feature"])


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(4, 5))
    for name, (_, color) in NAMES.items():
        one = data.sel(optimizer=name)
        for ax, values in ((top, "zeros"), (bottom, "excess")):
            marks.band(ax, one.step, one[f"{values}_low"], one[f"{values}_high"], color)
            ax.plot(one.step, one[f"{values}_median"], color=color)
    marks.theory(bottom, data.step, data.bound)
    total = data.attrs["weights"]
    top.set(ylim=(-0.04 * total, 1.04 * total), ylabel=f"exact zeros, of {total}")
    bottom.set(xscale="log", yscale="log", xlim=(1, data.step[-1]), ylim=(LOWEST, 1e3))
    bottom.set(xlabel="step", ylabel="objective above its minimum\n(share of the minimum)")
    ends = [(float(data.zeros_median.sel(optimizer="proximal")[-1]), "proximal", "C0")]
    marks.label_ends(top, [*ends, (0, "subgradient", "C1"), (-1, "SGD", "C2")], gap=0.12)
    ends = [
        (float(data.excess_median.sel(optimizer=n)[-1]), NAMES[n][0], NAMES[n][1])
        for n in ("subgradient", "sgd")
    ]
    ends.append((float(data.bound[-1]), "bound for\nproximal", marks.INK))
    marks.label_ends(bottom, ends, gap=0.085)
    falling = data.excess_median.sel(optimizer="proximal")
    near = int(np.argmin(abs(np.log10(falling.values) + 7)))
    marks.note(bottom, float(data.step[near]) * 2, 1e-7, "proximal", color="C0")


# %%
def claims(data):
    features, final = data.sizes["feature"], data.isel(step=-1)
    zeros = final.zeros.sel(optimizer="proximal")
    text = "Proximal steps: weights that are exactly zero, mean over problems, more than half"
    yield Claim("proximal_zeros", text, **summary.mean(zeros), low=features / 2)
    text = "Proximal steps: largest violation of the conditions of optimality, in units of λ"
    yield Claim("violation", text, measured=data.violation.max(), high=1e-9)
    held = data.zeros.sel(optimizer="proximal") == zeros
    settled = data.sizes["step"] - held[::-1].cumprod("step").sum("step") + 1
    text = "Proximal steps: step from which the number of zeros stays the same, median"
    yield Claim("settled", text, measured=settled.median(), high=data.sizes["step"] / 4)
    text = "Proximal steps: largest ratio of the objective's excess to its bound, at any step"
    ratio = data.excess.sel(optimizer="proximal") / bound(data)
    yield Claim("bound_ratio", text, measured=ratio.max(), high=1)
    should = data["last"].sel(optimizer="proximal") == 0
    for name, (label, _) in tuple(NAMES.items())[1:]:
        text = f"{label[0].upper()}{label[1:]}: exact zeros at any step in any problem"
        yield Claim(f"{name}_zeros", text, measured=data.zeros.sel(optimizer=name).max(), high=0)
        text = f"{label[0].upper()}{label[1:]}: objective above its minimum in the end, as a share of it, median"
        yield Claim(f"{name}_excess", text, measured=final.excess.sel(optimizer=name).median(), high=0.02)
        left = abs(data["last"].sel(optimizer=name)).where(should)
        text = f"{label[0].upper()}{label[1:]}: median size of the weights that should be zero"
        yield Claim(f"{name}_left", text, measured=left.median(), high=0.01)


# %%
figure = Figure(
    title="Who finds the zeros of L1",
    caption="Three optimizers on the same L1 objective, with {{ features }} weights and {{ examples }} examples: medians "
    "of {{ seeds }} problems; shaded: the central 95 %. Top: weights that are exactly zero. Bottom: the objective "
    "above its minimum, as a share of it; dashed: the bound for proximal steps.",
    alt="Top: number of exactly zero weights against the step, on a log axis. Proximal steps reach {{ proximal_zeros:.0f}} "
    "of {{ features }}, typically after {{ settled:.0f}} steps; subgradient steps and SGD stay at none throughout. Bottom, both axes "
    "logarithmic: the objective above its minimum. Proximal steps fall to the last digit, below their dashed bound; subgradient "
    "steps sink slowly to {{ subgradient_excess:.1%}} and SGD to {{ sgd_excess:.1%}} of the minimum.",
    sources=("beck2009", "parikh2014", "tibshirani1996"),
    questions=(17,),
    ranges={
        "examples": (20, 1000),
        "features": (4, 200),
        "relevant": (1, 200),
        "strength": (0.01, 0.9),
        "batch": (1, 1000),
        "steps": (200, 20000),
        "seeds": (8, 1024),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"strength": (0.05, 0.1, 0.2, 0.4)},
    height=4.8,
)
figure
