"""A formula as outlines, which PowerPoint can have as a shape: MathML, set by ziamath in STIX Two Math."""

from __future__ import annotations

import itertools
import math
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from dlfigs.markdown.mathml import ENCLOSED, LINES

SVG = "{http://www.w3.org/2000/svg}"
WORD = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}  # that follow each letter of a path

# How pages say in a style what MathML has names for
LINE = "\u0332"
NOTATIONS = {style: name for name, style in ENCLOSED.items()}
NOTATIONS |= {LINES["mover"][LINE]: "top", LINES["munder"][LINE]: "bottom"}

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
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of how it finds its font
        import ziamath  # which takes more than half a second

        drawn = ET.fromstring(ziamath.Math(standard(mathml), size=size).svg())
    symbols = {symbol.get("id"): symbol for symbol in drawn.iter(f"{SVG}symbol")}
    found = [path for element in drawn for path in _paths(element, symbols)]
    xs, ys = zip(*(point for path in found for _, points in path for point in points), strict=True)
    left, top = min(xs), min(ys)
    paths = [
        [(letter, [(x - left, y - top) for x, y in points]) for letter, points in path] for path in found
    ]
    return Outlines(max(xs) - left, max(ys) - top, paths)


def standard(mathml: str) -> str:
    """Return MathML that says itself what pages say in styles, for browsers, and in names of HTML."""
    mathml = re.sub(r"&(?!lt;|gt;|amp;)\w+;", lambda name: unescape(name[0]), mathml)
    formula = ET.fromstring(mathml)
    for element in formula.iter():
        style = element.get("style", "")
        if element.tag == "mrow" and (notation := NOTATIONS.get(style)):
            element.tag = "menclose"
            element.attrib = {"notation": notation}
        elif element.tag == "mtd" and (align := re.search(r"text-align: *(\w+)", style)):
            element.set("columnalign", align[1])
    return ET.tostring(formula, encoding="unicode")


def _paths(element: ET.Element, symbols: dict[str, ET.Element]) -> Iterator[Path]:
    if "stroke-width" in element.attrib:
        yield from _stroked(element)
        return
    number = {
        name: float(value)
        for name, value in element.attrib.items()
        if re.fullmatch(r"-?[\d.]+(?:e-?\d+)?", value)
    }
    if element.tag == f"{SVG}use":
        symbol = symbols[element.get("href").removeprefix("#")]
        left, top, width, _ = map(float, symbol.get("viewBox").split())
        drawn = (
            [path for part in symbol for path in _paths(part, symbols)] if width else []
        )  # or it is a space
        for path in drawn:
            scale = number["width"] / width
            yield [
                (
                    letter,
                    [
                        (number["x"] + scale * (x - left), number["y"] + scale * (y - top))
                        for x, y in points
                    ],
                )
                for letter, points in path
            ]
    elif element.tag == f"{SVG}rect":
        x, y = number.get("x", 0.0), number.get("y", 0.0)
        right, bottom = x + number["width"], y + number["height"]
        yield [
            ("M", [(x, y)]),
            ("L", [(right, y)]),
            ("L", [(right, bottom)]),
            ("L", [(x, bottom)]),
            ("Z", []),
        ]
    elif element.tag == f"{SVG}path":
        yield list(_read(element.get("d", "")))
    elif element.tag == f"{SVG}g":
        for part in element:
            yield from _paths(part, symbols)


def _stroked(element: ET.Element) -> Iterator[Path]:
    """Yield the lines of a frame, or of a path of straight lines, as areas."""
    if element.tag == f"{SVG}rect":
        x, y, wide, high = (float(element.get(name, 0)) for name in ("x", "y", "width", "height"))
        corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]
    else:
        corners = [point for _, points in _read(element.get("d", "")) for point in points]
    half = float(element.get("stroke-width", 1)) / 2
    for (x, y), (right, bottom) in itertools.pairwise(corners):
        length = math.hypot(right - x, bottom - y) or 1.0
        across, along = half * (y - bottom) / length, half * (right - x) / length
        yield [
            ("M", [(x + across, y + along)]),
            ("L", [(right + across, bottom + along)]),
            ("L", [(right - across, bottom - along)]),
            ("L", [(x - across, y - along)]),
            ("Z", []),
        ]


def _read(written: str) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Yield the parts of a path, whose letters are large: points are absolute."""
    words = WORD.findall(written)
    while words:
        letter = words.pop(0)
        numbers = [float(words.pop(0)) for _ in range(2 * POINTS[letter])]
        yield letter, list(zip(numbers[::2], numbers[1::2], strict=True))
