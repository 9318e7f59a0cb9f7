"""Gray pictures as areas of ink, which follow a page's scheme and stay light, unlike embedded pixels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from dlfigs.plot.marks import INK, MUTED

LEVELS = 6  # grays besides the paper's own

Placed = tuple[float, float, np.ndarray]  # left, top, pixels (height, width)


def pictures(ax: Axes, placed: Iterable[Placed], *, pixel: float = 1.0, frame: bool = True) -> None:
    """Draw pictures with pixels between 0, the paper, and 1, full ink.

    Each level of gray is one area that covers all pixels as dark or darker, one over the other and not
    side by side, so that no seams show between neighbors.

    Args:
        ax: The axes, with y growing upwards.
        placed: For each picture the x of its left edge, the y of its upper edge, and its pixels.
        pixel: Side of a pixel in data units.
        frame: Whether to draw the picture's edge.
    """
    placed = list(placed)
    grays = np.linspace(0, 1, LEVELS + 1)
    for level in range(1, LEVELS + 1):
        least = (grays[level] + grays[level - 1]) / 2
        opacity = 1 - (1 - grays[level]) / (1 - grays[level - 1])  # over all areas below it: this gray
        areas(ax, [(x, y, pixels >= least) for x, y, pixels in placed], INK, opacity, pixel=pixel)
    if frame:
        corners = [
            (x, y - pixel * pixels.shape[0], pixel * pixels.shape[1], pixel * pixels.shape[0])
            for x, y, pixels in placed
        ]
        edges = PathPatch(_rectangles(corners), fill=False, edgecolor=MUTED, linewidth=0.6)
        ax.add_patch(edges)


def areas(
    ax: Axes, placed: Iterable[Placed], color: str, opacity: float = 1.0, *, pixel: float = 1.0
) -> None:
    """Fill the true pixels of masks with one color; `placed` and `pixel` as in `pictures`."""
    boxes = []
    for left, top, mask in placed:
        padded = np.pad(mask.astype(int), ((0, 0), (1, 1)))
        steps = np.diff(padded, axis=1)
        # Runs of neighbors in a row are one box
        rows, starts = np.nonzero(steps == 1)
        _, ends = np.nonzero(steps == -1)
        boxes += [
            (left + pixel * start, top - pixel * (row + 1), pixel * (end - start), pixel)
            for row, start, end in zip(rows, starts, ends, strict=True)
        ]
    if boxes:
        ax.add_patch(PathPatch(_rectangles(boxes), facecolor=color, alpha=opacity, linewidth=0))


def _rectangles(boxes: Iterable[tuple[float, float, float, float]]) -> Path:
    """Return one path of rectangles (left, bottom, width, height)."""
    corners = [
        [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        for x, y, width, height in boxes
    ]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(corners)
    return Path(np.reshape(corners, (-1, 2)), codes)
