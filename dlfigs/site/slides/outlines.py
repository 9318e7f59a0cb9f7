"""A formula as outlines, which a slide of PowerPoint can have as a shape: MathML, set by ziamath in STIX Two Math."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

SVG = "{http://www.w3.org/2000/svg}"
WORD = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}  # that follow each letter of a path

Path = list[tuple[str, list[tuple[float, float]]]]


class Outlines(NamedTuple):
    """A formula that has been set.

    Args:
        width: In points.
        height: In points.
        paths: Letters, as in SVG, each with the points that follow; all that they enclose is filled.
    """

    width: float
    height: float
    paths: list[Path]


def of(mathml: str, size: float) -> Outlines:
    """Return a formula as outlines, from its upper left corner.

    Args:
        mathml: An element `math`.
        size: Of its letters, in points.
    """
    import ziamath  # which takes more than half a second to import

    drawn = ET.fromstring(ziamath.Math(unescape_entities(mathml), size=size).svg())
    left, top, width, height = map(float, drawn.get("viewBox").split())
    symbols = {symbol.get("id"): symbol for symbol in drawn.iter(f"{SVG}symbol")}
    paths = []
    for element in drawn:
        paths += [[(letter, [(x - left, y - top) for x, y in points]) for letter, points in path]
                  for path in _paths(element, symbols)]  # fmt: skip
    return Outlines(width, height, paths)


def unescape_entities(mathml: str) -> str:
    """Return MathML with characters in place of the names that only HTML knows."""
    keep = {"&lt;", "&gt;", "&amp;"}
    return re.sub(r"&\w+;", lambda name: name[0] if name[0] in keep else unescape(name[0]), mathml)


def _paths(element: ET.Element, symbols: dict[str, ET.Element]) -> Iterator[Path]:
    number = {name: float(value) for name, value in element.attrib.items() if re.fullmatch(r"-?[\d.]+(?:e-?\d+)?", value)}
    if element.tag == f"{SVG}use":
        symbol = symbols[element.get("href").removeprefix("#")]
        left, top, width, _ = map(float, symbol.get("viewBox").split())
        scale = number["width"] / width
        for path in (path for part in symbol for path in _paths(part, symbols)):
            yield [
                (letter, [(number["x"] + scale * (x - left), number["y"] + scale * (y - top)) for x, y in points])
                for letter, points in path
            ]
    elif element.tag == f"{SVG}rect":
        x, y = number.get("x", 0.0), number.get("y", 0.0)
        right, bottom = x + number["width"], y + number["height"]
        yield [("M", [(x, y)]), ("L", [(right, y)]), ("L", [(right, bottom)]), ("L", [(x, bottom)]), ("Z", [])]
    elif element.tag == f"{SVG}path":
        yield list(_read(element.get("d", "")))
    elif element.tag == f"{SVG}g":
        for part in element:
            yield from _paths(part, symbols)


def _read(written: str) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Yield the parts of a path, whose letters are large: points are absolute."""
    words = WORD.findall(written)
    while words:
        letter = words.pop(0)
        numbers = [float(words.pop(0)) for _ in range(2 * POINTS[letter])]
        yield letter, list(zip(numbers[::2], numbers[1::2], strict=True))
