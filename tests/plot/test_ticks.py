"""Labels of logarithmic axes say where the tick is, whatever the base and whoever chose the tick."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogFormatterExponent, LogFormatterSciNotation

from dlfigs.plot import ticks

DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def labels(draw, axis="x"):
    """Return the labels of an axis within its limits, by place."""
    fig = Figure()
    ax = draw(fig.subplots()) or fig.axes[0]
    ticks.simplify(fig)
    fig.draw_without_rendering()
    axis = getattr(ax, f"{axis}axis")
    low, high = sorted(axis.get_view_interval())
    shown = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    found = {tick.get_loc(): tick.label1.get_text() or tick.label2.get_text() for tick in shown}
    return {place: label for place, label in found.items() if low <= place <= high}


def value(label):
    """Return the number that a label says."""
    factor, times, rest = label.rpartition("×")
    sign = -1 if label.startswith("−") else 1
    factor = float(factor.translate(DIGITS).lstrip("-")) if times else 1
    rest = rest.lstrip("−")
    base = rest.rstrip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    power = rest[len(base) :].translate(DIGITS)
    return sign * factor * (math.e if base == "e" else float(base)) ** int(power or 1)


def scaled(low, high, chosen=None, **scale):
    def draw(ax):
        ax.plot([low, high], [1, 2])
        ax.set_xscale(**{"value": "log"} | scale)
        if chosen:
            ax.set_xticks(chosen)

    return draw


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (scaled(0.01, 100), ["10⁻²", "10⁻¹", "1", "10", "10²"]),
        (scaled(16, 512, base=2), ["2⁴", "2⁵", "2⁶", "2⁷", "2⁸", "2⁹"]),
        (scaled(1, 30, base=math.e), ["1", "e", "e²", "e³"]),
        (scaled(1, 1000, chosen=[32, 64, 128, 256]), ["32", "64", "128", "256"]),
        (scaled(1, 1e7, chosen=[95, 1024, 123456, 10**6]), ["95", "1024", "1.23456×10⁵", "10⁶"]),
        (scaled(1e-5, 1, chosen=[2e-5, 0.0012, 0.5]), ["2×10⁻⁵", "0.0012", "0.5"]),
        (scaled(-100, 100, value="symlog"), ["−10²", "−10", "−1", "0", "1", "10", "10²"]),
        (scaled(16, 256, base=2, chosen=[16, 48, 256]), ["2⁴", "48", "2⁸"]),
    ],
)
def test_labels_are_the_known_ones(draw, expected):
    assert [label for _, label in sorted(labels(draw).items()) if label] == expected


@pytest.mark.parametrize("base", [2, 3, 10, 16])
@pytest.mark.parametrize("limits", [(1.3, 1.9), (2, 7), (30, 500), (0.02, 0.3), (1e-8, 1e9), (1234, 99999)])
def test_every_label_is_true(base, limits):
    found = labels(scaled(*limits, base=base))
    assert any(found.values()) or not found  # matplotlib has no place for a tick between two powers of 2
    for place, label in found.items():
        assert not label or value(label) == pytest.approx(place, rel=1e-5), label


@pytest.mark.parametrize(
    "formatter", [LogFormatterExponent(), LogFormatterSciNotation(), FuncFormatter(lambda x, _: f"<{x:g}>")]
)
def test_a_formatter_that_the_author_has_set_is_left_alone(formatter):
    fig = Figure()
    axis = fig.subplots(subplot_kw={"xscale": "log"}).xaxis
    axis.set_major_formatter(formatter)
    ticks.simplify(fig)
    assert axis.get_major_formatter() is formatter


def test_labels_that_the_author_has_given_are_left_alone():
    def draw(ax):
        ax.set_xscale("log")
        ax.set_xticks([1, 10, 100], ["one", "ten", "many"])

    assert {"one", "ten", "many"} <= set(labels(draw).values())


def test_colorbars_and_insets_have_plain_labels_too():
    def bar(ax):
        return ax.figure.colorbar(ax.imshow(np.ones((2, 2)), norm="log", clim=(1, 1000))).ax

    def inset(ax):
        inner = ax.inset_axes((0, 0, 1, 1))
        inner.set(yscale="log", ylim=(2, 9))
        return inner

    assert {"1", "10", "10²", "10³"} <= set(labels(bar, "y").values())
    found = {label for label in labels(inset, "y").values() if label}
    assert {"2", "3", "4", "6"} <= found
    assert not any("$" in label for label in found)


@pytest.mark.parametrize("wish", [{"axis": "x", "which": "minor", "length": 3}, None])
def test_minor_ticks_go_unless_somebody_sees_them(wish):
    fig = Figure()
    ax = fig.subplots(subplot_kw={"xscale": "log", "xlim": (1, 1000)})
    ax.tick_params(**wish or {"which": "minor", "length": 0})
    ticks.simplify(fig)
    assert bool(len(ax.xaxis.get_minorticklocs())) is bool(wish)
