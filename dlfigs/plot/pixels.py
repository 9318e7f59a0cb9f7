"""What of a drawing is pixels: meshes, and data too many for a page; and what to do with the rest."""

from __future__ import annotations

import warnings

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection, QuadMesh, TriMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure as Canvas
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

MANY = 1000  # marks that a colormap has colored; a page would not change their colors anyway
HEAVY = 300_000  # bytes of SVG that a page should not have in one drawing


def rasterize(fig: Canvas) -> None:
    """Draw as pixels what SVG draws with seams or at great length, if its colors are data."""
    for mesh in fig.findobj(Collection):
        if isinstance(mesh, (QuadMesh, TriMesh)) or (is_data(mesh) and count(mesh) > MANY):
            mesh.set_rasterized(True)


def above_grid(fig: Canvas) -> None:
    """Draw the grid's lines below images; matplotlib's style has no lines, ours has."""
    for image in fig.findobj(AxesImage):
        if image.get_zorder() == AxesImage.zorder:
            image.set_zorder(0.6)  # lines of a grid below everything are at 0.5


def is_data(artist: Artist) -> bool:
    """Whether a colormap gives an artist its colors, and not its author."""
    if isinstance(artist, ContourSet) and artist.colors is not None:
        return False
    return isinstance(artist, Collection) and artist.get_array() is not None


def count(artist: Artist) -> int:
    """Return how many marks, or corners of areas and lines, a drawing needs for an artist."""
    if isinstance(artist, Line2D):
        points = len(artist.get_xdata(orig=False))
        return points if artist.get_marker() not in ("None", None, "", " ") else 0  # lines are simplified
    if isinstance(artist, Collection):
        corners = sum(len(path.vertices) for path in artist.get_paths())
        return max(len(np.atleast_1d(artist.get_offsets())), corners)
    return 0


def weigh(fig: Canvas, svg: bytes) -> None:
    """Warn of a drawing that makes a page slow, and say what in it is most."""
    if len(svg) <= HEAVY:
        return
    words = f"the drawing has {len(svg) / 1000:.0f} KB in the page, more than {HEAVY / 1000:.0f}"
    drawn = [artist for artist in fig.findobj() if not artist.get_rasterized()]
    if (most := max(drawn, key=count)) and (number := count(most)) > 100:
        words += f"; a {type(most).__name__} with {number} points is the most of it"
    warnings.warn(f"{words}: draw fewer, or give rasterized=True to draw pixels", stacklevel=2)
