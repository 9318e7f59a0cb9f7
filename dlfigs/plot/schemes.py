"""Which colors of a drawing follow a page's scheme: ink and paper do, data and what lies on data do not.

A drawing has no more than colors: black may be a line, or a value of a colormap. Here it is still known
what is drawn. White on an image stays white on a dark page, black on a yellow bar stays black; white on
the page's paper is paper.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.table import Table
from matplotlib.text import Text

from dlfigs.plot.palette import NAMES, follows, share
from dlfigs.plot.pixels import is_data
from dlfigs.plot.surfaces import Area, areas, in_order, places

PAINTS = {
    Line2D: ("color", "markerfacecolor", "markeredgecolor"),
    Patch: ("facecolor", "edgecolor"),
    Collection: ("facecolor", "edgecolor"),
    Text: ("color",),
}
SHADES = 12  # explicit colors of one collection; more are a colormap by hand, or light and shadow


def keep(fig: Canvas) -> set[str]:
    """Keep colors of data, and of what lies on them, from following a page's scheme.

    Args:
        fig: The figure, with everything at its place.

    Returns:
        The colors, as "#rrggbb", that are the same on a dark page.
    """
    kept: set[str] = set()
    covered: list[tuple[Area, bool]] = []  # areas, and whether their colors stay
    if any(text.get_bbox_patch() for text in fig.findobj(Text)) or fig.findobj(Table):
        fig.draw_without_rendering()  # only then have boxes and cells their places
    drawn = list(in_order(fig))
    # What is drawn on black axes, say, was chosen for them
    colored = [axes.patch for axes in drawn if isinstance(axes, Axes) and _is_colored(axes.patch)]
    for artist in drawn:
        data = is_data(artist) or _has_shades(artist)
        stays = artist in colored or _lies_on_data(artist, covered)
        if artist.get_rasterized() and not data:
            _warn_of_dark_pixels(artist)
        elif data:
            _freeze(artist, kept)
        if stays:
            _keep(artist, kept, _paints(artist))
        for where, color in areas(artist, data=data):
            covered.append((where, stays or data or color is None or not follows(to_hex(color))))
    return kept


def _lies_on_data(artist: Artist, covered: list[tuple[Area, bool]]) -> bool:
    """Whether nearly all of an artist is where what lies on top so far keeps its color."""
    if not any(stays for _, stays in covered) or not _paints(artist):
        return False
    points = places(artist)
    on_data = np.zeros(len(points), bool)
    for where, stays in covered:
        on_data[where(points)] = stays
    return bool(len(points)) and on_data.mean() > 0.9


def _paints(artist: Artist) -> tuple[str, ...]:
    return next((names for kind, names in PAINTS.items() if isinstance(artist, kind)), ())


def _has_shades(artist: Artist) -> bool:
    if not isinstance(artist, Collection):
        return False
    return len(np.unique(artist.get_facecolor(), axis=0)) > SHADES


def _is_colored(ground: Patch) -> bool:
    return NAMES.get(to_hex(ground.get_facecolor()), "black") == "black"


def _freeze(collection: Collection, kept: set[str]) -> None:
    """Give a collection the colors of its data as its own, and keep those that would follow."""
    if hasattr(collection, "do_3d_projection"):  # finds its colors anew whenever it is drawn
        collection.set_rasterized(True)
    if collection.get_rasterized():
        return
    names = ["facecolor"]
    if (values := collection.get_array()) is not None:
        collection.update_scalarmappable()
        own = {"facecolor": collection.get_facecolor(), "edgecolor": collection.get_edgecolor()}
        mapped = collection.to_rgba(values, collection.get_alpha())
        names = [name for name, colors in own.items() if np.array_equal(colors, mapped)]
        collection.set_array(None)
        collection.set(**{name: colors for name, colors in own.items() if len(colors)})
    # Whoever gives the palette's own colors to a colormap means them
    _keep(collection, kept, names, lambda color: NAMES.get(color, "paper") in ("paper", "black"))


def _keep(
    artist: Artist, kept: set[str], names: Iterable[str], which: Callable[[str], bool] = follows
) -> None:
    """Change colors that would follow by one step of blue, which nobody sees, and note them."""
    if isinstance(artist, Collection):
        artist.update_scalarmappable()
    for name in names:
        colors = to_rgba_array(getattr(artist, f"get_{name}")()).copy()
        codes = [to_hex(color) for color in colors]
        changed = [i for i, code in enumerate(codes) if colors[i, 3] and follows(code) and which(code)]
        for i in changed:
            colors[i, 2] += (1 if colors[i, 2] < 0.5 else -1) / 255
            kept.add(to_hex(colors[i]))
        if changed:
            new = colors if isinstance(artist, Collection) else tuple(colors[0])
            artist.set(**{name: new})


def _warn_of_dark_pixels(artist: Artist) -> None:
    for name in _paints(artist):
        for color in np.unique(to_rgba_array(getattr(artist, f"get_{name}")()), axis=0):
            if color[3] and share(code := to_hex(color)) < 100:
                words = f"{code} in the pixels of a {type(artist).__name__} is not seen on a dark page"
                warnings.warn(f"{words}: give it a lighter color, or draw it without pixels", stacklevel=2)
                return
