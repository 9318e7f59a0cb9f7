# %% [markdown]
# # SELU nets, broken on purpose
#
# Self-normalization has conditions. Here digits go through deep nets of SELUs in which one condition at a
# time is broken: the scale of the weights, the kind of dropout, the standardized input, and the plain
# sequence of layers. Three measurements: the variance of the activations, what share of the signal
# still differs from digit to digit, and the gradient.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.datasets import raw_digits
from dlfigs.dataset import dataset
from dlfigs.experiments.self_normalization import Net, from_digits
from dlfigs.plot import marks, slides
from dlfigs.plot.meaning import color_of

# name: settings, label, color
BROKEN = {
    "intact": ({}, "intact", "C0"),
    "he": ({"sigma_w2": 2.0}, "He: 2/n", color_of("He")),
    "small": ({"sigma_w2": 1 / 3}, "1/(3n)", "C2"),
    "dropout": ({"dropout": 0.5}, "dropout 1/2", color_of("dropout")),
    "raw": ({"raw": 1.0}, "raw pixels", color_of("raw pixels")),
    "skip": ({"skip": 1.0}, "skip", "C5"),
}


# %%
def compute(key, *, depth=30, width=128, batch=16, seeds=64):
    """Variance, share and gradient norm by layer; dims (net, seed, layer)."""
    nets = {name: Net(**settings) for name, (settings, _, _) in BROKEN.items()}
    return from_digits(key, nets=nets, depth=depth, width=width, batch=batch, seeds=seeds)


# %%
def field(name, depth, groups=24):
    """Theory for infinite width, averaged over digits of different norms: variance and squared gradient."""
    settings = dict(BROKEN[name][0])
    pixels = raw_digits().astype(float)
    if not settings.pop("raw", 0):
        pixels = pixels - pixels.mean(axis=0)
        pixels = pixels / np.sqrt((pixels**2).mean())
    net = theory.SeluNet(**settings)
    squares = np.quantile((pixels**2).mean(axis=1), (np.arange(groups) + 0.5) / groups)
    mean, variance, _ = theory.selu_signal(net._replace(skip=0.0), 0.0, squares, 1)
    mean, variance, gradient = theory.selu_signal(net, mean[1], variance[1], depth - 1)
    total = (variance + mean**2).mean(axis=1) - mean.mean(axis=1) ** 2
    return total, gradient.mean(axis=1)


def summarize(data):
    drawn = data[["variance", "share"]].mean("seed", keep_attrs=True)
    drawn["gradient"] = np.sqrt((data.gradient**2).mean("seed")).assign_attrs(data.gradient.attrs)
    variance, gradient = np.moveaxis([field(name, data.sizes["layer"]) for name in BROKEN], 1, 0)
    theoretical = dataset(
        {"net": list(BROKEN), "layer": data.layer.values},
        variance_theory=("net layer", variance, "variance of the activations, theory"),
        gradient_theory=("net layer", np.sqrt(gradient), "gradient norm, theory"),
    )
    return drawn.merge(theoretical)


# %%
def draw(fig, data):
    axes = slides.stack(fig, 3, xlabel="layer")
    first, last = int(data.layer[0]), int(data.layer[-1])
    words = ("variance", "share that differs", "gradient norm")
    for ax, name, label in zip(axes, ("variance", "share", "gradient"), words, strict=True):
        for net, (_, _, color) in BROKEN.items():
            one = data.sel(net=net)
            ax.plot(data.layer, one[name], color=color)
            if name != "share":
                marks.theory(ax, data.layer, one[f"{name}_theory"])
        ax.set(yscale="linear" if name == "share" else "log", ylabel=label, xlim=(first, last))
    variance, share, gradient = axes
    share.set_ylim(0, 1.05)
    for ax, name in ((variance, "variance"), (share, "share")):
        ends = data[name].isel(layer=-1)
        marks.label_ends(
            ax,
            [(float(ends.sel(net=net)), label, color) for net, (_, label, color) in BROKEN.items()],
            gap=0.12,
        )
    if slides.is_wide(fig):
        gradient.set_xlabel("layer (gradient: to the left)")
        return  # the panels beside it name the colors
    gradient.set_xlabel("layer (the gradient travels from right to left)")
    early, later = first + round(0.01 * last), round(0.2 * last)
    for net, at, shift, side in (
        ("skip", later, 1.5, "bottom"),
        ("dropout", later, 1.05, "bottom"),
        ("he", later, 0.5, "top"),
        ("intact", early, 1.1, "bottom"),
        ("raw", later, 0.5, "top"),
        ("small", later, 0.5, "top"),
    ):
        y = shift * float(data.gradient.sel(net=net, layer=at))
        marks.note(gradient, at + 0.3, y, BROKEN[net][1], color=BROKEN[net][2], va=side)


# %%
def claims(data):
    depth = data.sizes["layer"]
    squared = data.gradient**2
    factor = summary.layer_factors(squared).mean("layer")  # what one layer does, on average
    for name, (_, label, _) in BROKEN.items():
        variance, gradient = field(name, depth)
        last = data.variance.sel(net=name).isel(layer=-1)
        tolerance = 0.06 if name in ("intact", "raw") else 0.35
        limits = {"expected": variance[-1], "tolerance": tolerance * variance[-1]}
        text = f"{label}: variance in the last layer"
        yield Claim(f"{name}_variance", text, **summary.mean(last), **limits)
        one = factor.sel(net=name)
        expected = (gradient[:-1] / gradient[1:]).mean()
        limits = {"expected": expected, "tolerance": 0.03 * expected}
        if name == "skip":  # see the chapter: here the theory is a lower bound
            limits = {"low": expected}
        text = f"{label}: one layer multiplies the squared gradient by"
        yield Claim(f"{name}_factor", text, **summary.mean(one), **limits)
    for name, at, low, high in (
        ("intact", -1, 0.9, 1.0),
        ("he", -1, 0.0, 0.3),
        ("skip", -1, 0.0, 0.15),
        ("raw", 0, 0.2, 0.4),
        ("raw", -1, 0.45, 0.7),
    ):
        where = "first" if at == 0 else "last"
        one = data.share.sel(net=name).isel(layer=at)
        text = (
            f"{BROKEN[name][1]}: share of the mean square that differs from digit to digit, {where} layer"
        )
        yield Claim(f"{name}_share_{where}", text, **summary.mean(one), low=low, high=high)


# %%
figure = Figure(
    title="SELU nets, broken on purpose",
    caption="Digits in nets of SELUs with {{ depth }} layers of width {{ width }}; {{ seeds }} nets of each kind, each "
    "with {{ batch }} digits. Intact: LeCun normal weights (variance 1/n), standardized pixels, no dropout, no skips. The "
    "others differ from it in one point: weights of variance 2/n or 1/(3n), plain dropout at 1/2, pixels from "
    "0 to 16, or the input of each layer added to its output. Top: variance of the activations. Middle: share "
    "of their mean square that differs from digit to digit, or, with dropout, from mask to mask. Bottom: gradient norm relative to the last layer. Solid: "
    "averages over the nets, for gradients in root mean square; dashed: theory for infinite width.",
    alt="Three panels against layer. Variance on a log axis: the intact net stays near one ({{ intact_variance:.2f}} in the last "
    "layer), raw pixels start far above and return ({{ raw_variance:.2f}}), He weights and dropout rise ({{ he_variance:.0f}} and "
    "{{ dropout_variance:.0f}}), skips rise to {{ skip_variance:.0e}}, and weights of variance 1/(3n) fall to {{ small_variance:.0e}}. "
    "Share that differs from digit to digit: near one for the intact net, rising slowly from {{ raw_share_first:.1f}} for raw pixels, and "
    "falling toward zero for He weights and skips. Gradient norm toward the first layer: it explodes with skips, He weights and dropout, vanishes with "
    "1/(3n), and grows slowly in the intact net.",
    sources=("klambauer2017", "he2015", "schoenholz2017"),
    questions=(8,),
    ranges={"depth": (6, 100), "width": (32, 2048), "batch": (4, 256), "seeds": (4, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=6.4,
)
figure
