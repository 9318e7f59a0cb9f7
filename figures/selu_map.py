# %% [markdown]
# # SELU pulls mean and variance to (0, 1)
#
# One layer turns the mean and the variance of its inputs into those of its outputs. For normal
# pre-activations this map is known in closed form. Repeated, it ends at mean 0 and variance 1 from
# every start here. Random nets follow it, with weights whose sum is zero and with LeCun's, whose sum
# is zero only on average.

# %%
import jax
import numpy as np
from matplotlib.patches import Rectangle

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.self_normalization import Net, from_starts
from dlfigs.nets.activations import selu
from dlfigs.plot import marks

STARTS = (
    *((-1.2, 10.0), (0.0, 16.0), (1.3, 7.0), (-1.2, 2.5), (1.3, 2.5), (-1.3, 0.6)),
    *((1.3, 0.4), (-1.0, 0.1), (1.0, 0.08), (-0.5, 0.03), (0.5, 0.02)),
)
PAIR = ((0.0, 1.25), (0.0, 0.8))  # close to the fixed point: the distance between them is a claim
KINDS = {"centered": "sum 0, squares 1", "lecun": "LeCun normal"}


# %%
def compute(key, *, depth=12, width=256, seeds=64):
    """Mean and variance by layer; dims (kind, start, layer, seed). And the map itself, integrated."""
    nets = {
        f"{kind} {i}": (Net(centered=float(kind == "centered")), *start)
        for kind in KINDS
        for i, start in enumerate(STARTS + PAIR)
    }
    data = from_starts(key, nets=nets, depth=depth, width=width, seeds=seeds, gradients=False)
    size = len(STARTS + PAIR)
    shape = (len(KINDS), size, seeds, depth + 1)
    z, step = np.linspace(-12, 12, 200_000), 1e-3  # an even number of nodes: none at the kink
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    with jax.enable_x64(True):
        y = np.asarray(jax.jit(selu)(np.sqrt([[1 - step], [1.0], [1 + step]]) * z))
    first, second = y @ weight, y**2 @ weight
    slope = np.stack([first, second - first**2]) @ [-1, 0, 1] / (2 * step)
    return dataset(
        {
            "kind": list(KINDS),
            "start": size,
            "seed": seeds,
            "layer": depth + 1,
            "moment": ["mean", "variance"],
        },
        attrs={"width": width},
        mean=("kind start seed layer", data["mean"].values.reshape(shape), "mean"),
        variance=("kind start seed layer", data["variance"].values.reshape(shape), "variance"),
        fixed_point=("moment", [first[1], second[1] - first[1] ** 2], "SELU at (0, 1), integrated"),
        slope=("moment", slope, "derivative with respect to the variance at (0, 1)"),
    )


# %%
def field(data):
    """What theory says: mean and variance, each (kind, start, layer)."""
    depth = data.sizes["layer"] - 1
    paths = [
        [
            theory.selu_signal(theory.SeluNet(centered=kind == "centered"), *start, depth)[:2]
            for start in STARTS + PAIR
        ]
        for kind in KINDS
    ]
    return np.moveaxis(np.array(paths), 2, 0)


def summarize(data):
    """Means over the nets, and theory; of the arrows' grid nothing needs to be stored."""
    mean, variance = field(data)
    drawn = data[["mean", "variance"]].mean("seed", keep_attrs=True)
    for name, values in (("mean", mean), ("variance", variance)):
        attrs = {"long_name": f"{name} of the activations, theory", "units": "1"}
        drawn[f"{name}_theory"] = (["kind", "start", "layer"], values, attrs)
    return drawn.isel(start=slice(len(STARTS)))


# %%
def draw(fig, data):
    axes = fig.subplots(1, 2, sharex=True, sharey=True)
    for ax, (kind, words) in zip(axes, KINDS.items(), strict=True):
        for start in data.start.values:
            one = data.sel(kind=kind, start=start)
            x, y = one.mean_theory.values, one.variance_theory.values
            color = "C0" if y[0] > 1 else "C1"
            arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 3}
            ax.annotate("", (x[1], y[1]), (x[0], y[0]), arrowprops=arrow)
            ax.plot(x[0], y[0], "s", color=color, ms=4.5)
            ax.plot(one["mean"][1:], one.variance[1:], "o", color=color, ms=3.5, mfc="none", zorder=3)
            marks.theory(ax, x[1:], y[1:])
        ax.plot(0, 1, "o", color=marks.INK, ms=6, zorder=6)
        ax.set(yscale="log", xlabel="mean of the activations", title=words, xlim=(-1.55, 1.55))
    left = axes[0]
    left.set_ylabel("variance of the activations")
    left.add_patch(Rectangle((-0.1, 0.8), 0.2, 0.7, fill=False, edgecolor=marks.MUTED, linewidth=0.9))
    marks.note(left, 0.16, 1.0, "fixed point\n(0, 1)", color=marks.INK, va="center")
    marks.note(left, -0.16, 1.15, "box: domain of\nTheorem 1", va="center", ha="right")
    marks.note(left, -0.12, 16, "start", color="C0", ha="right", va="center")
    marks.note(left, 0.35, 0.23, "arrow: the\nfirst layer", color="C1", va="center")


# %%
def claims(data):
    for moment, expected in (("mean", 0), ("variance", 1)):
        text = f"{moment.capitalize()} of SELU(z) for standard normal z, integrated"
        measured = data.fixed_point.sel(moment=moment)
        yield Claim(f"fixed_{moment}", text, measured=measured, expected=expected, tolerance=1e-6)
    jacobian = theory.selu_jacobian()
    for moment, expected in zip(("mean", "variance"), jacobian[:, 1], strict=True):
        text = f"Derivative of the next layer's {moment} with respect to the variance, at (0, 1)"
        measured = data.slope.sel(moment=moment)
        yield Claim(f"{moment}_slope", text, measured=measured, expected=expected, tolerance=1e-5)
    text, expected = "Spectral norm of the Jacobian at (0, 1)", np.linalg.norm(jacobian, 2)
    yield Claim("spectral_norm", text, measured=np.hypot(*data.slope), expected=expected, tolerance=1e-5)

    def average(values):  # over starts and layers; its standard error is that over the nets
        values = values.isel(start=slice(len(STARTS)), layer=slice(1, None)).mean(("start", "layer"))
        return summary.mean(values)

    for kind, words, mean, variance in zip(KINDS, KINDS.values(), *field(data), strict=True):
        one = data.sel(kind=kind)
        gap = average(one["mean"] - one["mean"].isel(seed=0, drop=True).copy(data=mean))
        text = f"{words}: mean in the nets minus the map's, averaged over starts and layers"
        yield Claim(f"{kind}_mean", text, expected=0, tolerance=0.02, **gap)
        ratio = average(one.variance / one.variance.isel(seed=0, drop=True).copy(data=variance))
        text = f"{words}: variance in the nets over the map's, averaged over starts and layers"
        yield Claim(f"{kind}_variance", text, expected=1, tolerance=0.04, **ratio)
        # Nets of one seed share their weights, so that most of the noise cancels in the difference
        high, low = (one.variance.isel(start=len(STARTS) + i, layer=[1, 5]) for i in (0, 1))
        near, far = (high - low).mean("seed").values
        rate = (far / near) ** (1 / 4)
        error = (
            ((high - low) / [near, far]).diff("layer").std(ddof=1) / np.sqrt(data.sizes["seed"]) * rate / 4
        )
        before, after = (variance[len(STARTS)] - variance[len(STARTS) + 1])[[1, 5]]
        limits = {"expected": (after / before) ** (1 / 4), "tolerance": 0.025, "standard_error": error}
        text = f"{words}: factor per layer between two variances near 1, layers 1 to 5"
        yield Claim(f"{kind}_contraction", text, measured=rate, **limits)


# %%
figure = Figure(
    title="SELU pulls mean and variance to (0, 1)",
    caption="Squares: mean and variance of what enters the first layer. Arrows: the first layer, by the "
    "closed form. Dashes: the layers after it, up to {{ depth }}. Circles: averages over {{ seeds }} random "
    "nets of width {{ width }}. Left, the weights of each unit have sum 0 and sum of squares 1, as the theorem "
    "assumes in its simplest case. Right, LeCun normal weights: they have these sums on average only, so the "
    "mean of the inputs counts as variance.",
    alt="Two panels with the mean of the activations on the horizontal axis and their variance on a log "
    "axis. Eleven starts lie all around the point of mean zero and variance one. In one layer each jumps "
    "onto one narrow curve, which passes through that point, and then moves along it to the point, from "
    "above and from below. On the right, with LeCun normal weights, starts with a large mean land higher "
    "on the curve. Circles from random nets lie on the dashed theory.",
    sources=("klambauer2017",),
    questions=(8,),
    ranges={"depth": (6, 60), "width": (32, 2048), "seeds": (4, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    move={"width": (32, 64, 128, 256)},
    height=4.0,
)
figure
