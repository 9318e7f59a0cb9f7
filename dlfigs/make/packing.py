"""The drawings of a figure that readers can move, as one file, which a page fetches."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable

from dlfigs.errors import UserError
from dlfigs.make.evaluating import Evaluated
from dlfigs.plot.inline import inline
from dlfigs.recipe import moving
from dlfigs.recipe.moving import Moves

MOST = 60_000  # bytes, compressed as servers do


def packed(caption: str, moves: Moves, found: Iterable[tuple[Evaluated, str]]) -> bytes:
    """Return the file: all lines of drawings that occur, once, and which of them each drawing has.

    A line is an element, as a page has it; a drawing is told as runs, [first, last], of lines.

    Args:
        caption: As the recipe has it.
        moves: What can be moved.
        found: What came of each position, and its drawing.

    Raises:
        UserError: If it is too large.
    """
    lines: dict[str, int] = {}
    told, slug = [], ""
    for (there, svg), position in zip(found, moves.positions, strict=True):
        slug = there.info.slug
        description = _described(there, position.setting, moves)
        shown = inline(svg, name=slug, title=there.info.title, description=description)
        told.append(
            {
                "title": there.info.title,
                "numbers": moving.parts(caption, there.numbers, there.absent)[1::2],
                "claims": position.claims,
                "broken": list(position.broken),
                "drawing": _runs([lines.setdefault(line, len(lines)) for line in shown.split("\n")]),
            }
        )
    whole = {"slug": slug, "positions": told, "lines": list(lines)}
    content = (json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    if (size := len(gzip.compress(content))) > MOST:
        words = f"is {size / 1000:.0f} kB, compressed, and may be {MOST / 1000:.0f}"
        raise UserError(f"move: what a page fetches for {len(told)} positions {words}: name fewer", "move")
    return content


def _described(there: Evaluated, setting: str, moves: Moves) -> str:
    """Return the description of a drawing, whose words are about the figure where it was not moved."""
    if setting == moves.own:
        return there.info.alt
    words = f"With {setting}; described as with {moves.own}, but with the numbers found here."
    return f"{words} {there.info.alt}"


def _runs(places: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return runs
