"""Labels of logarithmic axes in plain text, like 10⁻³: SVG keeps it as text, to be read and searched."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedLocator, Formatter, LogFormatterSciNotation

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN = 1e-3, 1e4  # numbers between them are not written with a power


class PlainPowers(Formatter):
    """Labels that say the same as matplotlib's, without its mathematics.

    Args:
        original: Matplotlib's formatter, which decides which ticks have a label.
        base: Of the logarithm.
        every: Whether all ticks have one: somebody has chosen them.
    """

    def __init__(self, original: LogFormatterSciNotation, base: float, *, every: bool = False) -> None:
        self.original, self.base, self.every = original, base, every

    def set_locs(self, locs: Sequence[float]) -> None:
        """Take the places of all ticks."""
        self.original.set_locs(locs)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of the tick at x."""
        return power(float(x), self.base) if self.every or self.original(x, pos) else ""


def power(x: float, base: float) -> str:
    """Write a number as a power of the base if it is one, and else with as many digits as it needs.

    Args:
        x: Any number.
        base: Above 1.
    """
    if x == 0:
        return "0"
    sign, size = "−" * (x < 0), abs(x)
    exponent = round(math.log(size) / math.log(base))
    if math.isclose(size, float(base) ** exponent, rel_tol=1e-9):
        name = "e" if base == math.e else f"{base:g}"
        raised = "" if exponent == 1 else str(exponent).translate(SUPERSCRIPT)
        return sign + ("1" if exponent == 0 else name + raised)
    if PLAIN[0] <= size < PLAIN[1]:
        return f"{sign}{size:g}"
    exponent = math.floor(math.log10(size))
    return f"{sign}{size / 10.0**exponent:g}×10{str(exponent).translate(SUPERSCRIPT)}"


def simplify(fig: Canvas) -> None:
    """Give all logarithmic axes of a figure plain labels, unless its author has chosen others."""
    for axis in fig.findobj(Axis):
        major, minor, base = axis.get_major_formatter(), axis.get_minor_formatter(), _base(axis)
        # A colorbar hands its formatters on, so that they look as if its author had chosen them
        bar = getattr(axis.axes, "_colorbar", None) is not None
        if base and type(major) is LogFormatterSciNotation and (axis.isDefault_majfmt or bar):
            chosen = isinstance(axis.get_major_locator(), FixedLocator)
            axis.set_major_formatter(PlainPowers(major, base, every=chosen))
        if base and type(minor) is LogFormatterSciNotation and (axis.isDefault_minfmt or bar):
            axis.set_minor_formatter(PlainPowers(minor, base))
        _drop_unseen(axis)


def _base(axis: Axis) -> float | None:
    return getattr(axis.get_transform(), "base", None)


def _drop_unseen(axis: Axis) -> None:
    """Take away minor ticks of no length, label and line: they are work for nothing, in each format."""
    if any(axis.get_minor_formatter().format_ticks(axis.get_minorticklocs())):
        return
    tick = axis.get_minor_ticks(1)[0]
    if not (tick.tick1line.get_markersize() or tick.gridline.get_visible()):
        axis.minorticks_off()
