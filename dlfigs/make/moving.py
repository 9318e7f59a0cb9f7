"""A figure at all positions that readers can move it to: computed, judged and drawn.

They are made one after the other in the process of the figure: what has the same shapes compiles once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dlfigs.errors import UserError
from dlfigs.make import drawing, packing
from dlfigs.make.measuring import Evaluated, Work
from dlfigs.recipe import moving
from dlfigs.recipe.moving import Moves, Position


def moved(
    work: Work, own: Evaluated, pictures: Mapping[str, bytes]
) -> tuple[Evaluated, Mapping[str, bytes]]:
    """Make a figure at all positions that readers can move it to, if it has some and is as its recipe says.

    Args:
        work: The figure.
        own: What came of it as it is drawn.
        pictures: By suffix.

    Returns:
        What came of it, which says now what can be moved; and the pictures, and the file that has all
        drawings.

    Raises:
        UserError: If something is wrong at a position, which is named, or with all of them together.
    """
    figure = work.figure
    if not figure.move or work.prints.given:  # with --set or --seed one figure is asked for, not a dozen
        return own, pictures
    values = moving.values_of(figure.move, figure.parameters)
    found, positions = [], []
    for setting, there in moving.settings(values):
        if all(own.info.parameters[name] == value for name, value in there.items()):
            made = own, pictures["svg"].decode()
        else:
            try:
                made = _made(work, work.at(there))
            except UserError as error:
                raise UserError(f"moved to {setting}: {error}", error.about) from None
            except Exception as error:
                error.add_note(f"This was with {setting}, which `move` names.")
                raise
        found.append(made)
        positions.append(Position.of(setting, made[0].info))
    caption = moving.parts(figure.caption, own.numbers, own.absent)
    moves = Moves(moving.dials(values, own.info.parameters), positions, caption)
    info = replace(own.info, moves=moves.written())
    return replace(own, info=info), {**pictures, moving.FILE: packing.packed(figure.caption, moves, found)}


def _made(work: Work, there: Work) -> tuple[Evaluated, str]:
    """Return what comes of a figure at a position, and its drawing, perhaps as it was kept."""
    result, store = there.measured(), work.prints.store
    with work.heard.during("draw"):
        digest = there.prints.of_pictures(also=work.prints.read_by_drawing())
        svg = "" if work.force else store.moved(work.prints.slug, digest)
        if not svg:
            svg = drawing.drawn_alone(work.figure, result.drawn, work.prints.slug)
            store.put_moved(work.prints.slug, digest, svg)
    return result, svg
