"""What a page says of a figure that can be moved; its script (site/theme/move.js) makes dials of it."""

from __future__ import annotations

import json
import shlex
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import asdict
from html import escape
from typing import Any

from dlfigs.markdown.place import Place
from dlfigs.recipe.info import Info
from dlfigs.recipe.moving import FILE, Moves


def write(caption: ET.Element, info: Info, mark: Callable[[str], str]) -> None:
    """Add a recipe's words to a caption whose last element is the title; numbers that follow are elements.

    Args:
        caption: The element.
        info: What is known of the figure.
        mark: Marks the formulas of a text.
    """
    first, *others = Moves.read(info.moves).caption if info.moves else [info.caption]
    caption[-1].tail = f" {mark(first)}"
    for number, text in zip(others[::2], others[1::2], strict=True):
        ET.SubElement(caption, "span", {"class": "moves-number"}).text = number
        caption[-1].tail = mark(text)


def add(place: Place, figure: ET.Element, slug: str, info: Info) -> None:
    """Add what can be moved to a figure, below its drawing: how to do it without a script, and the dials.

    Args:
        place: Where the page stands in its site, which has the figures' files.
        figure: The element, whose first child is the drawing.
        slug: The figure.
        info: What is known of it.
    """
    moves = Moves.read(info.moves)
    box = ET.Element("div", {"class": "moves", "data-search-exclude": ""})
    if place.downloads:
        dials = [asdict(dial) | {"label": dial.label} for dial in moves.dials]
        box.set("data-dials", json.dumps(dials, ensure_ascii=False, separators=(",", ":")))
        box.set("data-title", info.title)
        # A link, for generators know those and make them relative to the page
        address = place.link(f"{place.downloads}/{slug}.{FILE}")
        ET.SubElement(box, "a", {"href": address, "hidden": "hidden"}).text = "All drawings, as JSON"
    words = ET.SubElement(box, "p")
    values = "; ".join(f"{dial.label}: {', '.join(dial.values)}" for dial in moves.dials)
    words.text = f"Made at other settings, too ({values}), for example with "
    pairs = zip(moves.values, moves.positions, strict=True)
    other = next(values for values, one in pairs if one.setting != moves.own)
    given = (shlex.quote(f"{dial.name}={value}") for dial, value in zip(moves.dials, other, strict=True))
    command = ET.SubElement(words, "code")
    command.text = " --set ".join([f"dlfigs build {slug}", *given])
    command.tail = "."
    figure.insert(1, box)


def table(said: Mapping[str, Any]) -> str:
    """Return as HTML what was found at each position: how many claims hold, and which do not.

    Args:
        said: `Info.moves`.
    """
    moves = Moves.read(said)
    heads = [*(dial.label for dial in moves.dials), "Claims that hold", "Those that do not"]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    rows = ""
    for values, one in zip(moves.values, moves.positions, strict=True):
        broken = "<br>".join(escape(words.removeprefix("does not hold: ")) for words in one.broken)
        held = f"{one.claims - len(one.broken)} of {one.claims}"
        first, *others = [*values, held]
        cells = "".join(f"<td>{escape(text)}</td>" for text in others)
        rows += f'<tr><th scope="row">{escape(first)}</th>{cells}<td>{broken}</td></tr>'
    return f'<table class="data positions"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
