"""Figures of deep learning that are computed, checked and drawn from one short recipe each."""

from dlfigs.recipe.figure import Claim, Figure

__all__ = ["Claim", "Figure"]
__version__ = "0.1.0"
