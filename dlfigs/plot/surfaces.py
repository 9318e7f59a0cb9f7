"""What lies on what: a figure's artists in the order in which they are drawn, and what they cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection, PolyCollection, QuadMesh, TriMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import FigureBase
from matplotlib.image import AxesImage, FigureImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.table import Cell
from matplotlib.text import Text

OPAQUE = 0.5  # what lets more than half of the paper through covers nothing
SAMPLE = 60  # places of an artist that are looked at
Area = Callable[[np.ndarray], np.ndarray]  # tells for places (n, 2), in pixels, which are in it: (n,)


def in_order(artist: Artist) -> Iterator[Artist]:
    """Yield an artist and all its parts, as far as they are visible, in the order of drawing."""
    if not artist.get_visible():
        return
    before, after = _parts(artist)
    for part in before:
        yield from in_order(part)
    yield artist
    for part in after:
        yield from in_order(part)


def _parts(artist: Artist) -> tuple[list[Artist], list[Artist]]:
    """Return the parts that are drawn before an artist itself, and those after it."""
    if isinstance(artist, Text):
        parts = artist.get_bbox_patch(), getattr(artist, "arrow_patch", None)
        return [part for part in parts if part], []
    if isinstance(artist, Cell):
        return [], [artist.get_text()]
    children = artist.get_children()
    ground = artist.get_frame() if isinstance(artist, Legend) else getattr(artist, "patch", None)
    if isinstance(artist, Axes) and not artist.axison:
        without = {artist.patch, *artist.spines.values(), artist.xaxis, artist.yaxis}
        children, ground = [child for child in children if child not in without], None
    if isinstance(artist, (Axes, FigureBase)):
        children = sorted(children, key=lambda child: child.get_zorder())
    return [], [*([ground] if ground else []), *(child for child in children if child is not ground)]


def areas(artist: Artist, *, data: bool = False) -> list[tuple[Area, Any]]:
    """Return what an artist covers on the page, and in which color: None where it has many.

    Args:
        artist: Any; most cover nothing, or one sees through them.
        data: Whether a colormap colors it.
    """
    clipped = isinstance(artist.axes, Axes) and artist.get_clip_on()  # of a figure these are many
    inside = _box(artist.axes.bbox) if clipped else None
    return [
        (lambda where, area=area: area(where) & inside(where) if inside else area(where), color)
        for area, color in _areas(artist, data)
        if color is None or color[3] >= OPAQUE
    ]


def _areas(artist: Artist, data: bool) -> list[tuple[Area, Any]]:
    if isinstance(artist, (AxesImage, FigureImage, QuadMesh, TriMesh)):
        return [(_box(artist.get_window_extent()), None)]
    if isinstance(artist, Patch) and artist.get_fill():
        path = artist.get_transform().transform_path(artist.get_path())
        return [(path.contains_points, artist.get_facecolor())]
    if not (isinstance(artist, PolyCollection) or (isinstance(artist, ContourSet) and artist.filled)):
        return []
    paths, faces = artist.get_paths(), artist.get_facecolor()
    if not (paths and len(faces)):
        return []
    if data or isinstance(artist, ContourSet) or len(paths) > SAMPLE or len(artist.get_offsets()) > 1:
        return [(_box(artist.get_window_extent()), None)]  # cells
    placed = [artist.get_transform().transform_path(path) for path in paths]
    return [(path.contains_points, faces[i % len(faces)]) for i, path in enumerate(placed)]


def _box(box: Any) -> Area:
    """Return the inside of a box: an axis on its edge does not lie on it."""
    low, high = np.array([box.x0, box.y0]), np.array([box.x1, box.y1])
    low, high = np.minimum(low, high) + 1, np.maximum(low, high) - 1
    return lambda places: ((places > low) & (places < high)).all(axis=1)


def places(artist: Artist) -> np.ndarray:
    """Return where an artist is, in pixels: (n, 2), with at most SAMPLE places."""
    if isinstance(artist, Text):
        artist.get_window_extent()  # an annotation finds its place
        box = Text.get_window_extent(artist)
        found = [[(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2]] if artist.get_text().strip() else []
    elif isinstance(artist, (Line2D, Patch)):
        found = _along(artist.get_transform().transform_path(artist.get_path()))
    elif isinstance(artist, Collection):
        found = artist.get_offset_transform().transform(np.ma.filled(artist.get_offsets(), np.nan))
        if len(found) == 1 and not np.any(artist.get_offsets()):  # the paths have their places in them
            paths = artist.get_paths()
            found = [_along(artist.get_transform().transform_path(path)) for path in paths]
            found = np.concatenate(found) if found else []
    else:
        found = []
    found = np.reshape(np.asarray(found, float), (-1, 2))
    found = found[np.isfinite(found).all(axis=1)]
    return found[:: max(1, -(-len(found) // SAMPLE))]


def _along(path: Path) -> np.ndarray:
    """Return corners of a path; of a short one, what is between them too: a line can cross an area."""
    return path.interpolated(10).vertices if 1 < len(path.vertices) < 10 else path.vertices
