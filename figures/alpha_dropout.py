# %% [markdown]
# # Alpha dropout keeps the signal, not the gradient
#
# Plain dropout raises the variance of a SELU layer's activations, and the next layers do not bring it
# all the way back. Alpha dropout sets units to SELU's lowest value, scales and shifts, and so keeps mean
# 0 and variance 1. The gradient is another matter: there alpha dropout shrinks, and plain dropout enlarges.

# %%
import numpy as np
from matplotlib.ticker import FuncFormatter

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.experiments.self_normalization import Net, from_starts
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

NO_FIXED_POINT = 1 - 1 / theory.selu_window()[1]  # for plain dropout, which acts like larger weights
KINDS = {
    "plain": ("plain dropout", color_of("dropout")),
    "alpha": ("alpha dropout", color_of("alpha dropout")),
}


def setup(kind, rate, of):
    """A net with dropout, for the experiment (of=Net) or for theory (of=theory.SeluNet)."""
    return of(alpha_dropout=rate) if kind == "alpha" else of(dropout=rate)


# %%
def compute(key, *, rates=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5), shown=0.1, depth=20, width=128, seeds=64):
    """Mean, variance and gradient norm; dims (kind, rate, seed, layer)."""
    rates = sorted({*rates, shown})
    nets = {f"{kind} {rate}": (setup(kind, rate, Net), 0.0, 1.0) for kind in KINDS for rate in rates}
    data = from_starts(key, nets=nets, depth=depth, width=width, seeds=seeds)
    dims, shape = "kind rate seed layer", (len(KINDS), len(rates), seeds, depth + 1)
    return dataset(
        {
            "kind": list(KINDS),
            "rate": (np.array(rates), "drop rate"),
            "seed": seeds,
            "layer": np.arange(depth + 1),
        },
        attrs={"shown": shown},
        **{n: (dims, data[n].values.reshape(shape), data[n].long_name) for n in data.data_vars},
    )


# %%
def field(kind, rate, depth):
    """Theory for infinite width: mean, variance and mean square gradient, each (layer,)."""
    return theory.selu_signal(setup(kind, rate, theory.SeluNet), 0.0, 1.0, depth)


def summarize(data):
    depth, shown = data.sizes["layer"] - 1, data.attrs["shown"]
    one = data.sel(rate=shown, drop=True)
    drawn = one[["mean", "variance"]].mean("seed", keep_attrs=True)
    drawn["gradient"] = np.sqrt((one.gradient**2).mean("seed")).assign_attrs(one.gradient.attrs)
    by_rate = data.variance.isel(layer=[1, depth]).rename("by_rate").rename(layer="after")
    by_rate["after"] = ("after", [1, depth], {"long_name": "layers", "units": "1"})
    by_rate.attrs["long_name"] = "variance of the activations, by rate"
    drawn = drawn.merge(summary.interval(by_rate))
    rates = np.linspace(0.01, 0.9, 90)
    rates = rates[rates <= max(data.rate.values) + 0.05]
    curves = [[field(kind, rate, depth)[1][[1, depth]] for rate in rates] for kind in KINDS]
    curves = np.moveaxis(curves, 2, 1)
    paths = np.array([field(kind, shown, depth) for kind in KINDS])
    paths[:, 2] **= 0.5
    dims = "kind layer"
    return drawn.merge(
        dataset(
            {"kind": list(KINDS), "after": ([1, depth], "layers"), "rate_theory": (rates, "drop rate")},
            by_rate_theory=("kind after rate_theory", curves, "variance by rate, theory"),
            mean_theory=(dims, paths[:, 0], "mean, theory"),
            variance_theory=(dims, paths[:, 1], "variance, theory"),
            gradient_theory=(dims, paths[:, 2], "gradient norm, theory"),
        )
    )


# %%
def draw(fig, data):
    grid = fig.add_gridspec(2, 2, height_ratios=(5, 4))
    top = fig.add_subplot(grid[0, :])
    depth, highest = int(data.layer[-1]), float(data.rate_theory[-1])
    for kind, after, fill in (("plain", 1, "none"), ("plain", depth, None), ("alpha", depth, None)):
        one = data.sel(kind=kind, after=after)
        marks.theory(top, data.rate_theory, one.by_rate_theory)
        marks.points(top, one, "by_rate", "rate", KINDS[kind][1], mfc=fill)
    top.set(yscale="log", xlabel="drop rate", ylabel="variance", xlim=(0, highest))
    ceiling = 1.5 * float(data.by_rate_high.max())
    floor = min(0.4, ceiling**-0.14)  # room for a label below 1, whatever the range
    top.set_ylim(floor, ceiling)
    at = 0.53 * highest
    plain = data.by_rate_theory.sel(kind="plain").sel(rate_theory=at, method="nearest")
    words = f"plain dropout, after {depth} layers"
    marks.note(top, at, 1.4 * float(plain.sel(after=depth)), words, color=color_of("dropout"), ha="right")
    y = 1.35 * float(data.by_rate_theory.sel(kind="plain", after=1).max())
    marks.note(top, 0.99 * highest, y, "after 1 layer", color=color_of("dropout"), ha="right")
    words = f"alpha dropout, after {depth} layers"
    marks.note(
        top, 0.99 * highest, floor**0.36, words, color=color_of("alpha dropout"), va="top", ha="right"
    )
    marks.reference(top, x=NO_FIXED_POINT)
    if highest > NO_FIXED_POINT:
        words = "from here on\nno fixed point"
        marks.note(
            top,
            NO_FIXED_POINT - 0.01 * highest,
            float(data.by_rate_high.max()),
            words,
            ha="right",
            va="top",
        )
    left, right = (fig.add_subplot(grid[1, i]) for i in (0, 1))
    for ax, name, words in ((left, "variance", "variance"), (right, "gradient", "gradient norm")):
        for kind, (label, color) in KINDS.items():
            one = data.sel(kind=kind)
            ax.plot(data.layer, one[name], color=color)
            marks.theory(ax, data.layer, one[f"{name}_theory"])
            start = float(one[f"{name}_theory"][0 if ax is right else -1])
            side = {"ha": "left", "va": "center"} if ax is right else {"ha": "right", "va": "bottom"}
            marks.note(
                ax,
                0.15 * depth if ax is right else depth,
                1.05 * start,
                label.split()[0],
                color=color,
                **side,
            )
        ax.set(xlim=(0, depth), xlabel="layer", title=f"{words}, rate {data.attrs['shown']:g}")
    right.set_yscale("log", base=2)
    right.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}" if y >= 1 else f"1/{1 / y:g}"))
    left.margins(y=0.25)


# %%
def claims(data):
    depth, shown = data.sizes["layer"] - 1, data.attrs["shown"]
    squared = data.gradient**2
    factor = summary.layer_factors(squared).mean("layer")  # what one layer does, on average

    spread = {"plain": 0.1, "alpha": 0.06}  # of the variance: nets with plain dropout differ more

    for kind, (words, _) in KINDS.items():
        words = words.capitalize()
        theoretical = {rate: field(kind, rate, depth) for rate in data.rate.values}
        first = [variance[1] for _, variance, _ in theoretical.values()]
        ratio = data.variance.sel(kind=kind).isel(layer=1) / np.array(first)[:, None]
        text = f"{words}: variance after one layer over that of theory, averaged over the rates"
        yield Claim(f"{kind}_first", text, expected=1, tolerance=0.06, **summary.mean(ratio.mean("rate")))
        mean, variance, _ = theoretical[shown]
        late = data.sel(kind=kind, rate=shown).isel(layer=slice(-5, None)).mean("layer")
        mean, variance = mean[-5:].mean(), variance[-5:].mean()
        wanted = (("mean", mean, 0.03 * np.sqrt(variance)), ("variance", variance, spread[kind] * variance))
        for name, expected, tolerance in wanted:
            text = f"{words}, rate {shown:g}: {name} in the last five layers"
            limits = {"expected": expected, "tolerance": tolerance}
            yield Claim(f"{kind}_{name}", text, **limits, **summary.mean(late[name]))
        for rate, (_, _, gradient) in theoretical.items():
            expected = (gradient[:-1] / gradient[1:]).mean()
            limits = {"expected": expected, "tolerance": 0.03 * expected}
            text = f"{words}, rate {rate:g}: one layer multiplies the squared gradient by"
            name = f"{kind}_factor_{rate:g}".replace(".", "_")
            yield Claim(name, text, **limits, **summary.mean(factor.sel(kind=kind, rate=rate)))
        # The highest rate, where single nets differ most
        expected = theoretical[data.rate.values[-1]][1][-5:].mean()
        limits = {"expected": expected, "tolerance": {"plain": 0.4, "alpha": 0.06}[kind] * expected}
        last = data.variance.sel(kind=kind).isel(rate=-1, layer=slice(-5, None)).mean("layer")
        text = f"{words} at the highest rate: variance in the last five layers"
        yield Claim(f"{kind}_last", text, **limits, **summary.mean(last))


# %%
figure = Figure(
    title="Alpha dropout keeps the signal, not the gradient",
    caption="Nets of SELUs with LeCun normal weights and dropout after every layer: {{ seeds }} nets of width "
    "{{ width }} for each kind and rate, started at mean 0 and variance 1. Top: variance of the activations by "
    "drop rate; dots are medians over the nets, bars the central 95 %. Below, at rate {{ shown }}: variance, and "
    "norm of the gradient relative to layer {{ depth }} (root mean square over the nets), by layer. Dashed: theory for "
    "infinite width.",
    alt="Top: variance against drop rate on a log axis. With alpha dropout it stays at 1 for all rates. With plain "
    "dropout it rises with the rate, gently after the first layer and steeply after {{ depth }} layers; its mean over the last "
    "layers is {{ plain_last:.0f}} at the highest rate. Below left, at rate {{ shown }}: the variance stays at 1 with alpha dropout and rises to "
    "{{ plain_variance:.1f }} with plain dropout. Below right: toward the first layer the gradient grows with plain "
    "dropout and shrinks with alpha dropout.",
    sources=("klambauer2017", "srivastava2014"),
    questions=(8, 18),
    ranges={
        "rates": (0.01, 0.8),
        "shown": (0.01, 0.8),
        "depth": (5, 100),
        "width": (32, 2048),
        "seeds": (4, 4096),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.4,
)
figure
