"""What means the same looks the same in all figures: colors by name, and shares in percent.

    marks.points(ax, one, "test_accuracy", "depth", color_of("He"))

A name without a color here has any that its figure leaves. tests/plot/test_meaning.py reads the finished
figures: a label that stands in several of them has one color.
"""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from dlfigs.errors import UserError, nearest

# Six colors serve more names: two that share one do not meet in a figure
COLORS = {
    # Weights
    "Glorot": "C0",
    "He": "C1",
    "LeCun": "C2",
    "orthogonal": "C3",
    "std 1": "C4",
    "std 0.01": "C5",
    # Libraries; their defaults are what is drawn
    "Keras": "C0",
    "Flax": "C2",
    "PyTorch": "C3",
    # Activations
    "ReLU": "C2",
    "sigmoid": "C3",
    "tanh": "C4",
    # With and without
    "batch norm": "C0",
    "without": "C1",
    "layer norm": "C2",
    "group norm": "C3",
    "dropout": "C3",
    "alpha dropout": "C0",
    "L1": "C0",
    "L2": "C1",
    # Ways to use an encoder
    "scratch": "C0",
    "fine-tuned": "C1",
    "frozen": "C2",
    "wrong labels": "C3",
    "linear on pixels": "C4",
    # Examples
    "training": "C2",
    "test": "C3",
    "raw pixels": "C4",
}


def color_of(name: str, colors: Mapping[str, str] = COLORS) -> str:
    """Return the color of what a figure names.

    Args:
        name: One of the names.
        colors: Those of this course; another one has its own, in a module beside its recipes.

    Raises:
        UserError: If the name has no color.
    """
    if name not in colors:
        raise UserError(f"no color for {name!r}; {nearest(name, colors)}", about=name)
    return colors[name]


def percent(ax: Axes) -> None:
    """Count the shares on the vertical axis in percent, and say so in its label."""
    ax.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    ax.set_ylabel(f"{ax.get_ylabel()} (%)")
