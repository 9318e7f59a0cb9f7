# %% [markdown]
# # Some ReLU nets are born dead
#
# Deep, narrow nets are drawn at random, without biases. A net is dead if some layer is zero: then its
# output no longer depends on its input, and no weight below that layer gets a gradient. For one input
# the probability is exact: each unit is negative with probability 1/2, and so a whole layer of N units
# with probability 2⁻ᴺ.

# %%
import numpy as np

from dlfigs import Claim, Figure, theory
from dlfigs.dataset import dataset
from dlfigs.experiments import dead_units
from dlfigs.plot import marks


# %%
def compute(key, *, widths=(2, 3, 4, 6, 8), depth=50, examples=16, nets=4000):
    """Shares of dead nets; dims (width, depth)."""
    return dead_units.born_dead(key, widths=widths, depth=depth, examples=examples, nets=nets)


def expected(data):
    """The exact probability for one input, (width, depth)."""
    return np.array([theory.born_dead(int(width), data.depth.values) for width in data.width])


def summarize(data):
    """About twenty depths, spaced evenly on the log axis; theory comes with them."""
    last = data.sizes["depth"]
    depths = np.unique(np.geomspace(1, last, 24).round().astype(int))
    exact = dataset(
        {"width": data.width.values, "depth": (data.depth.values, "depth")},
        theory=("width depth", expected(data), "probability for one input, 1 − (1 − 2⁻ᴺ)ᴸ"),
    )
    return data.merge(exact).sel(depth=depths)


# %%
def draw(fig, data):
    ax = fig.subplots()
    for i, width in enumerate(data.width.values):
        one = data.sel(width=width)
        ax.plot(data.depth, one.dead_all, color=f"C{i}", linewidth=1.1)
        ax.plot(data.depth, one.dead_one, "o", color=f"C{i}", markersize=3.6)
        marks.theory(ax, data.depth, one.theory)
    last = int(data.depth[-1])
    ax.set(xscale="log", xlim=(0.94, last * 1.04), ylim=(-0.02, 1.02))
    ax.set(xlabel="depth (hidden layers)", ylabel="share of nets with a dead layer")
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200) if tick <= last]
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    text = f"dots: one input\ndashed: exact\nlines: all of {data.attrs['examples']} inputs"
    marks.note(ax, 1, 1.0, text, va="top", color=marks.INK)
    ends = zip(data.theory.isel(depth=-1).values, data.width.values, strict=True)
    marks.label_ends(ax, [(y, f"width {width}", f"C{i}") for i, (y, width) in enumerate(ends)])


# %%
def claims(data):
    nets, exact = data.attrs["nets"], expected(data)
    error = np.sqrt(exact * (1 - exact) / nets)
    for i, width in enumerate(data.width.values):
        one = data.sel(width=width)
        enough = error[i] ** 2 * nets**2 >= 10  # where ten nets or more are expected on both sides
        if enough.any():
            off = abs((one.dead_one.values - exact[i]) / error[i])[enough].max()
            text = f"Width {width}: largest deviation from theory over depths, in standard errors"
            yield Claim(f"width_{width}_deviation", text, measured=off, high=4.5)
        at_ten = {"expected": exact[i, 9], "tolerance": 4.5 * error[i, 9], "standard_error": error[i, 9]}
        text = f"Width {width}: share of nets dead for one input at depth 10"
        yield Claim(f"width_{width}", text, measured=one.dead_one.sel(depth=10), **at_ten)
    for i, place, name, words in (
        (0, 9, "narrowest", "at depth 10"),
        (-1, -1, "widest", "at the largest depth"),
    ):
        text = f"The {name} nets: share dead for one input {words}"
        limits = {"expected": exact[i, place], "tolerance": 4.5 * error[i, place] + 1e-9}
        yield Claim(name, text, measured=data.dead_one[i, place], standard_error=error[i, place], **limits)
    if data.attrs["examples"] >= 8:
        narrow = data.isel(width=0)
        for depth in (1, 10):
            everything = float(narrow.dead_all.sel(depth=depth))
            low = exact[0, depth - 1] - 4.5 * error[0, depth - 1]
            text = f"Width {int(narrow.width)}: share of nets dead for all inputs at depth {depth}, less than for one"
            yield Claim(f"all_inputs_{depth}", text, measured=everything, high=low)


# %%
figure = Figure(
    title="Some ReLU nets are born dead",
    caption="Share of {{ nets }} random ReLU nets without biases in which some layer is zero, by depth. Dots: for "
    "one input; dashed: the exact probability, 1 − (1 − 2⁻ᴺ)ᴸ for width N and depth L. Thin solid lines: for "
    "all of {{ examples }} random inputs. Nothing is fitted and nothing is trained.",
    alt="Share of dead nets against depth on a log axis, for widths 2, 3, 4, 6 and 8. Each curve rises from "
    "2 to the power of minus the width toward 1: at depth 10 the share is {{ narrowest:.2f}} for the narrowest nets, "
    "and at depth {{ depth }} it is {{ widest:.2f}} for the widest. Measured dots lie on the dashed theory. Thin lines for many inputs "
    "start near zero, lie below, and rise in the same way.",
    sources=("lu2020", "rister2020"),
    questions=(6,),
    ranges={"widths": (1, 12), "depth": (10, 200), "examples": (1, 64), "nets": (500, 100_000)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=3.8,
)
figure
