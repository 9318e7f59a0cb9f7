"""Marks that figures share: direct labels, bands, reference lines, theory over measurement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from dlfigs.plot import slides

FAR = 0.06  # heights of the axes by which a name may move without being tied to its line
LINE = 1.3  # sizes of letters from one line of text to the next
TIE = 0.04  # widths of the axes between a line's end and a name that is
INK = "#1f2328"
MUTED = "#5c636b"
THEORY = {"color": INK, "linewidth": 1.1, "linestyle": (0, (4, 2)), "zorder": 4}


def theory(ax: Axes, x: Sequence[float], y: Sequence[float], **style) -> None:
    """Draw a closed form: a thin dashed line over the measurement, the same in all figures."""
    ax.plot(x, y, **(THEORY | style))


def band(ax: Axes, x: Sequence[float], low: Sequence[float], high: Sequence[float], color: str) -> None:
    """Shade an interval; the caption says which."""
    ax.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0, zorder=1)


def points(ax: Axes, data: xr.Dataset, name: str, x: str, color: str, **style) -> None:
    """Draw medians as dots and intervals as bars, from what `dlfigs.summary.interval` returns."""
    middle, low, high = (data[f"{name}_{part}"] for part in ("median", "low", "high"))
    style = {"fmt": "o", "ms": 4.5, "elinewidth": 1.4, "zorder": 5} | style
    ax.errorbar(data[x], middle, [middle - low, high - middle], color=color, **style)


def forest(
    ax: Axes,
    names: Sequence[str],
    middle: Iterable,
    low: Iterable,
    high: Iterable,
    words: Iterable[str],
) -> None:
    """Draw differences and their intervals in rows, the first on top, with a dotted line at zero.

    Beside each stands its verdict, as `dlfigs.summary.verdicts` gives it: "better" (green), "worse"
    (orange), "equal" within a margin (gray), or "undecided" (gray and hollow), which is not equality.
    """
    rows = np.arange(len(names))[::-1]
    colors = {"better": "C2", "worse": "C1"}
    for row, word, *ends in zip(rows, map(str, words), middle, low, high, strict=True):
        center, left, right = map(float, ends)
        color = colors.get(word, MUTED)
        fill = "white" if word == "undecided" else color
        style = {"fmt": "o", "ms": 5, "elinewidth": 1.6, "mfc": fill}
        ax.errorbar([center], [row], xerr=[[center - left], [right - center]], color=color, **style)
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # else zero runs through the word
        note(ax, left, row + 0.12, word, color=color, bbox=behind)
    reference(ax, x=0)
    ax.set(ylim=(-0.6, len(rows) - 0.3))
    ax.set_yticks(rows, names)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def note(ax: Axes, x: float, y: float, text: str, *, color: str = MUTED, **options) -> None:
    """Write a short text in data coordinates, with its lower left corner there unless told otherwise."""
    ax.text(x, y, text, color=color, **({"fontsize": 8.5, "ha": "left", "va": "bottom"} | options))


def reference(ax: Axes, *, x: float | None = None, y: float | None = None) -> None:
    """Draw a dotted line across the axes at one x or one y."""
    style = {"color": MUTED, "linewidth": 0.9, "linestyle": (0, (1, 2)), "zorder": 1.5}
    if x is not None:
        ax.axvline(x, **style)
    if y is not None:
        ax.axhline(y, **style)


def label_ends(
    ax: Axes,
    labels: Iterable[tuple[float, str, str]],
    *,
    x: float = 1.02,
    gap: float = 0.065,
    fontsize: float = 8.5,
) -> None:
    """Write names beside the right ends of lines, moved apart where they would collide.

    A name that had to move far is tied to the end of its line: at another height it would be read as
    another value. Call it last, when limits and scales are final.

    Args:
        ax: The axes; labels stand to the right of them.
        labels: (y in data coordinates, text, color) for each line.
        x: Where the labels begin, in widths of the axes.
        gap: Smallest distance between two lines of text, in heights of the axes; on a slide, where
            axes have other heights, it follows from those.
        fontsize: Points.
    """
    labels = list(labels)
    if slides.is_wide(ax.figure):
        gap = LINE * fontsize / 72 * ax.figure.dpi / ax.bbox.height
    to_axes = ax.transData + ax.transAxes.inverted()
    wanted = [to_axes.transform((ax.get_xlim()[0], y))[1] for y, _, _ in labels]
    heights = [gap * (1 + text.count("\n")) for _, text, _ in labels]
    placed = spread(wanted, heights)
    # A line that has left the axes ends nowhere: its name is not tied
    moved = [abs(height - end) if 0 <= end <= 1 else 0 for height, end in zip(placed, wanted, strict=True)]
    far = x > 1 and max(moved, default=0) > FAR
    room = TIE if far else 0
    style = {"transform": ax.transAxes, "clip_on": False, "linewidth": 0.9}
    for end, height, (_, text, color) in zip(wanted, placed, labels, strict=True):
        if far and 0 <= end <= 1:
            ax.plot([1.005, x + room - 0.01], [end, height], color=color, **style)
        ax.text(x + room, height, text, color=color, transform=ax.transAxes, fontsize=fontsize, va="center")


def spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Move centres of boxes apart, as little as possible, keeping their order and within 0 to 1."""
    order = np.argsort(wanted, kind="stable")
    placed = np.clip(np.asarray(wanted, float)[order], 0.0, 1.0)
    need = np.asarray(heights, float)[order]
    for _ in range(200):  # relaxation: push each overlapping pair apart by half its overlap
        overlap = (need[1:] + need[:-1]) / 2 - np.diff(placed)
        if (overlap <= 1e-6).all():
            break
        for i in np.flatnonzero(overlap > 0):
            placed[i] -= overlap[i] / 2
            placed[i + 1] += overlap[i] / 2
        placed = np.clip(placed, 0.0, 1.0)
    result = np.empty_like(placed)
    result[order] = placed
    return result.tolist()
