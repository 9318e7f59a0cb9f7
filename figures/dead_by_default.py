# %% [markdown]
# # Dead by default
#
# Deep ReLU nets are initialized and not trained. Weights are those of PyTorch's and Equinox's linear layers,
# uniform within ±1/√n, or He's; biases are theirs, uniform within the same limits, or zero. Only small weights
# and random biases together leave about half of the units zero on every example. The comparison is with wide
# nets: the covariance of the pre-activations of all digits follows from layer to layer in closed form, and
# how often they are all negative is counted over random draws, normal numbers plus a uniform bias.

# %%
import jax
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.datasets import digits
from dlfigs.experiments import dead_units
from dlfigs.nets.initializers import (
    DEFAULTS,
    Start,
    fan_in_uniform,
    fan_in_uniform_biases,
    he_normal,
    zero_biases,
)
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

STARTS = {
    "default": DEFAULTS["pytorch"],
    "default, zero biases": Start(fan_in_uniform, zero_biases),
    "He, default biases": Start(he_normal, fan_in_uniform_biases),
    "He": Start(he_normal, zero_biases),
}
# What PyTorch draws by default, and He's weights
COLORS = dict(zip(STARTS, (color_of("PyTorch"), "C2", "C0", color_of("He")), strict=True))


# %%
def compute(key, *, depth=10, width=64, seeds=64):
    """Shares of units by layer; dims (start, seed, layer). Theory: (start, layer)."""
    key_split, key_nets = jax.random.split(key)
    x = digits(key_split).x_train
    data = dead_units.at_start(key_nets, x, starts=STARTS, depth=depth, width=width, seeds=seeds)
    # Without biases the size of the weights does not matter: one wide net for He too. The default
    # biases are so small beside He weights that they hardly change it.
    x = np.asarray(x, float)
    wide = [theory.dead_by_layer(x, depth=depth, width=width, bias=bias) for bias in (1 / 3, 0)]
    counted, error, dependent = zip(*wide, strict=True)
    dims = "wide_start layer"
    return data.merge(
        dataset(
            {"wide_start": ["default", "He"], "layer": data.layer.values},
            dead_counted=(dims, counted, "share of draws that are negative on all examples, wide net"),
            dead_counted_error=(dims, error, "standard error of that share"),
            dependent_theory=(dims, dependent, "share of the signal that depends on the example, wide net"),
        )
    )


def summarize(data):
    """Means over nets, for they are what wide nets predict, and where the nets lie for the first panel."""
    drawn = data[["dead_counted", "dependent_theory"]]
    for name in ("dead", "dependent"):
        drawn[f"{name}_mean"] = data[name].mean("seed").assign_attrs(data[name].attrs)
    return drawn.merge(summary.interval(data.dead).drop_vars("dead_median"))


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=(5, 4))
    for name in ("default", "He"):
        one = data.sel(start=name)
        marks.band(top, data.layer, one.dead_low, one.dead_high, COLORS[name])
    for ax, name, wide in ((top, "dead", "dead_counted"), (bottom, "dependent", "dependent_theory")):
        # Three of the four coincide: side by side all can be seen
        for start, marker, aside in zip(STARTS, "os^o", (0, -0.13, 0.13, 0), strict=True):
            y = data[f"{name}_mean"].sel(start=start)
            ax.plot(data.layer + aside, y, marker, color=COLORS[start], markersize=4)
        for start in data.wide_start.values:
            marks.theory(ax, data.layer, data[wide].sel(wide_start=start))
    ends = data.dead_mean.isel(layer=-1)
    top.set(ylim=(-0.02, 0.72), yticks=(0, 0.25, 0.5), ylabel="dead units")
    top.set_title("Units that are zero on all examples")
    marks.reference(top, y=0.5)
    marks.label_ends(top, [(float(ends.sel(start=s)), s.replace(", ", ",\n"), COLORS[s]) for s in STARTS])
    bottom.set(yscale="log", xlabel="layer", ylabel="share of the signal")
    bottom.set_title("What still depends on the example")
    ends = data.dependent_mean.isel(layer=-1)
    labels = [(float(ends.sel(start="default")), "default", COLORS["default"])]
    marks.label_ends(bottom, [*labels, (float(ends.sel(start="He")), "the others", marks.INK)])
    bottom.set_xticks(data.layer.values[:: 1 + data.sizes["layer"] // 12])


# %%
def claims(data):
    last = int(data.layer[-1])

    def mean_and_error(values):
        return values.mean("seed"), summary.standard_error(values)

    dead, dead_error = mean_and_error(data.dead)
    # Four to five standard errors of nets and count; He nets of width 64 lie 0.02 higher than wide ones
    for start, wide_start, name, tolerance in (
        ("default", "default", "default", 0.04),
        ("He", "He", "he", 0.05),
        ("default, zero biases", "He", "zero_biases", 0.05),
        ("He, default biases", "He", "he_biases", 0.05),
    ):
        wide = data.sel(wide_start=wide_start)
        off = abs(dead.sel(start=start) - wide.dead_counted)
        error = np.hypot(dead_error.sel(start=start), wide.dead_counted_error)
        text = f"{start}: dead units, largest difference over layers to the count for wide nets"
        worst = {"measured": off.max(), "standard_error": error.isel(layer=off.argmax("layer"))}
        yield Claim(f"{name}_gap", text, high=tolerance, **worst)
        text = f"{start}: share of dead units in layer {last}, expected from the count for wide nets"
        limits = {"expected": wide.dead_counted[-1], "tolerance": tolerance, "standard_error": error[-1]}
        yield Claim(name, text, measured=dead.sel(start=start, layer=last), **limits)
    on, e = mean_and_error(data.always_on.sel(start="default", layer=last))
    half = data.dead_counted.sel(wide_start="default", layer=last)
    text = f"default: share of units in layer {last} that are positive on all examples"
    limits = {"expected": half, "tolerance": 0.04, "standard_error": e}
    yield Claim("always_on", text, measured=on, **limits)
    default = data.dependent.sel(start="default")
    if last >= 8:
        deep = default.sel(layer=last) / default.sel(layer=5)
        rate, e = mean_and_error(deep ** (1 / (last - 5)))
        text = "default: one deep layer multiplies the share that depends on the example by"
        limits = {"expected": 1 / 6, "tolerance": 0.02, "standard_error": e}
        yield Claim("dependent_rate", text, measured=rate, **limits)
    exact = data.dependent_theory.sel(layer=last)
    share, e = mean_and_error(default.sel(layer=last))
    text = f"default: share of the signal that depends on the example in layer {last}"
    limits = {"expected": exact.sel(wide_start="default"), "tolerance": 4.5 * e, "standard_error": e}
    yield Claim("dependent", text, measured=share, **limits)
    share, e = mean_and_error(data.dependent.sel(start="He", layer=last))
    text = f"He: the same share in layer {last}, larger than in wide nets"
    limits = {"low": exact.sel(wide_start="He"), "standard_error": e}
    yield Claim("dependent_he", text, measured=share, **limits)


# %%
figure = Figure(
    title="Dead by default: {{ default:.0%}} of the units in layer {{ depth }}",
    caption="Untrained ReLU nets of width {{ width }}, {{ seeds }} for each initialization, on all 1197 training digits. “Default” "
    "is that of PyTorch and Equinox: weights and biases uniform within ±1/√n. Above: share of the units "
    "that are zero on every example; shaded, for two of the four, 95 % of the nets. Below: variance of the pre-activations over "
    "examples, relative to their mean square. Marks: mean over nets, moved sideways where they coincide. Dashed: wide nets; below in "
    "closed form, above counted over random draws with the covariance of a wide net.",
    alt="Two panels against the layer. Above, the share of dead units under the default initialization "
    "rises steeply and then stays near {{ default:.2f}}, while with zero biases, with He weights, and with "
    "both it grows slowly, with both to {{ he:.2f}}. Below, the share of the signal that depends on the example falls "
    "steeply, along a straight line, under the default, and slowly for the others. Dashed lines for wide nets run through the "
    "marks; those of the others come to lie slightly above.",
    sources=("cho2009", "he2015", "pytorch_linear"),
    questions=(6, 5),
    ranges={"depth": (6, 12), "width": (48, 256), "seeds": (64, 1000)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.2,
)
figure
