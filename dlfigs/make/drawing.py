"""A figure's pictures: those of an earlier version that differs in words or claims, or drawn now."""

from __future__ import annotations

from functools import partial
from typing import Any

import xarray as xr

from dlfigs.errors import UserError
from dlfigs.make import remarks
from dlfigs.make.fingerprint import Fingerprint
from dlfigs.plot import palette, render
from dlfigs.recipe.figure import Figure


def pictures_of(
    figure: Figure, drawn: xr.Dataset, prints: Fingerprint, heard: remarks.Heard, *, force: bool
) -> dict[str, bytes]:
    """Return a figure's pictures by suffix, tall and wide, for dark pages and slides too.

    Args:
        figure: What the recipe says.
        drawn: What is drawn.
        prints: What the figure is made of.
        heard: Hears what is said, or was said when they were drawn.
        force: Whether they are drawn in any case.
    """
    with heard.during("draw"):
        pictures = None if force else _drawn_before(prints, heard)
        if not pictures:
            with prints.listen() as read:
                pictures = drawn_now(figure, drawn, prints.slug)
            prints.of_pictures(read)
    return pictures


def _drawn_before(prints: Fingerprint, heard: remarks.Heard) -> dict[str, bytes] | None:
    try:
        if same := prints.store.with_pictures(prints.slug, prints.of_pictures()):
            heard.extend(remark for remark in remarks.of(same.folder) if remark.stage == heard.stage)
            return same.pictures
    except OSError:  # another build has just tidied it away
        pass
    return None


def drawn_now(figure: Figure, drawn: xr.Dataset, name: str) -> dict[str, bytes]:
    """Draw, for text and for slides, and return the pictures by suffix.

    Args:
        figure: What the recipe says.
        drawn: What is drawn.
        name: Of the figure.
    """
    draw = partial(_draw, figure)
    pictures = render.pictures(draw, drawn, height=figure.height, name=name)
    pictures |= render.wide(draw, drawn, name=name)
    for kind in ("", "wide."):
        pictures[f"{kind}dark.svg"] = palette.dark(pictures[f"{kind}svg"].decode()).encode()
    return pictures


def drawn_alone(figure: Figure, drawn: xr.Dataset, name: str) -> str:
    """Draw for text alone, and return the SVG.

    Args:
        figure: What the recipe says.
        drawn: What is drawn.
        name: Of the figure.
    """
    return render.alone(partial(_draw, figure), drawn, height=figure.height, name=name)


def _draw(figure: Figure, fig: Any, drawn: xr.Dataset) -> None:
    figure.draw(fig, drawn)
    if len(fig.get_children()) == 1:  # its background; pyplot, for example, draws somewhere else
        raise UserError("draw has drawn nothing on the figure that it was given", "draw")
