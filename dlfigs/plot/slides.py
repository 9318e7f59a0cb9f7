"""Room for a drawing: tall in text, wide on slides, and panels that stand there as there is room.

Every figure is drawn twice, once as wide as a slide. A `draw` that does not ask is the same on both;
one that asks can differ:

    panels = slides.stack(fig, 3, xlabel="layer")
    rows, columns = (2, 4) if slides.is_wide(fig) else (4, 2)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import FigureBase

WIDTH = 5.0  # inches of every drawing in text; its height is the recipe's
# Inches, 16:9. Shown 13.3 inches wide, as slides are, letters of 8.5 points become letters of 14
WIDE = (8.0, 4.5)


def is_wide(fig: FigureBase) -> bool:
    """Return whether a figure, or what is a part of it, is drawn for a slide."""
    return tuple(fig.get_figure(root=True).get_size_inches()) == WIDE


def stack(
    fig: FigureBase,
    number: int,
    *,
    xlabel: str | None = None,
    height_ratios: tuple[float, ...] | None = None,
) -> np.ndarray:
    """Return panels: from top to bottom in text, from left to right on a slide, where they would be flat.

    Args:
        fig: The figure that `draw` was given.
        number: Of panels. Two have room enough on a slide, one above the other.
        xlabel: Of the x axis that they share; without it each has its own.
        height_ratios: Of the panels in text.
    """
    shared: dict[str, Any] = {"sharex": xlabel is not None}
    if is_wide(fig):
        panels = fig.subplots(1, number, **shared)
    else:
        panels = fig.subplots(number, 1, height_ratios=height_ratios, **shared)
    if xlabel is not None:
        for ax in panels if is_wide(fig) else panels[-1:]:
            ax.set_xlabel(xlabel)
    return panels
