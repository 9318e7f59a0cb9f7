"""What is derived on the board, laid out on a slide of PowerPoint: text, and formulas as shapes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from dlfigs.site.slides import outlines, runs
from dlfigs.site.slides.outlines import Outlines

if TYPE_CHECKING:
    from pptx.slide import Slide

POINT = 12_700  # in the units of the format
LEFT, TOP, WIDTH, HEIGHT = 54.0, 96.0, 852.0, 425.0  # of the place on the slide, in points
TEXT, FORMULA, SPACE = 24.0, 26.0, 14.0  # sizes of letters, and what is between two steps
LETTER, LINE = 0.55, 1.25  # width of a letter and height of a line, as parts of the size
INDENT, LEAST = 24.0, 0.5  # of formulas, in points; of sizes, as a part
SCALE = 100  # units of an outline in a point
MATH = re.compile(r'<div\b(?=[^>]*\sclass="math")[^>]*>\s*(<math\b.*?</math>).*?</div>', re.DOTALL)
LETTERS = {"M": "moveTo", "L": "lnTo", "Q": "quadBezTo", "C": "cubicBezTo", "Z": "close"}
NAMES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)


def lay_out(slide: Slide, steps: tuple[str, ...], write: Callable[..., None]) -> None:
    """Put the steps of a board below one another, smaller if there are too many.

    Args:
        slide: With a title, and nothing else.
        steps: As HTML.
        write: Writes HTML into a frame, in a size.
    """
    parts = [part for step in steps for part in _parts(step)]
    scale = 1.0
    while scale > LEAST and _height(parts, scale) > HEIGHT:
        scale -= 0.05
    top = TOP
    for text, formula in parts:
        height = _high(text, formula, scale)
        if formula:
            _add(slide, formula, (LEFT + INDENT, top), _fit(formula, scale), text)
        else:
            box = slide.shapes.add_textbox(
                *(round(v * POINT) for v in (LEFT - 7.2, top, WIDTH + 14.4, height))
            )
            frame = box.text_frame
            frame.word_wrap, frame.margin_top, frame.margin_bottom = True, 0, 0
            write(frame, text, TEXT * scale)
        top += height + SPACE * scale


def _parts(step: str) -> Iterator[tuple[str, Outlines | None]]:
    """Yield the texts of a step, as HTML, and its formulas, each with what it is in words."""
    at = 0
    for formula in MATH.finditer(step):
        if text := step[at : formula.start()].strip():
            yield text, None
        yield runs.plain(formula[1]), outlines.of(formula[1], FORMULA)
        at = formula.end()
    if runs.plain(step[at:]):
        yield step[at:], None


def _height(parts: list[tuple[str, Outlines | None]], scale: float) -> float:
    return sum(_high(*part, scale) for part in parts) + SPACE * scale * (len(parts) - 1)


def _high(text: str, formula: Outlines | None, scale: float) -> float:
    """Return the height of a part: of a text, by the number of its letters, as the font is not known."""
    if formula:
        return formula.height * _fit(formula, scale)
    lines = math.ceil(len(runs.plain(text)) * LETTER * TEXT * scale / WIDTH)
    return lines * TEXT * scale * LINE


def _fit(formula: Outlines, scale: float) -> float:
    return min(scale, (WIDTH - INDENT) / formula.width)


def _add(slide: Slide, drawn: Outlines, at: tuple[float, float], fit: float, words: str) -> None:
    """Add a formula as one shape, which says in words what it is."""
    from pptx.oxml import parse_xml

    number = max((shape.shape_id for shape in slide.shapes), default=1) + 1
    left, top, width, height = (
        round(value * POINT) for value in (*at, drawn.width * fit, drawn.height * fit)
    )
    size = f'w="{round(drawn.width * SCALE)}" h="{round(drawn.height * SCALE)}"'
    # Each by itself: where two of one path overlap, as a root and its bar do, nothing would be filled
    paths = "".join(f"<a:path {size}>{_path(path)}</a:path>" for path in drawn.paths)
    xml = (
        f'<p:sp {NAMES}><p:nvSpPr><p:cNvPr id="{number}" name="Formula {number}" descr={quoteattr(words)}/>'
        f'<p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/>'
        f'<a:ext cx="{width}" cy="{height}"/></a:xfrm><a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/>'
        f'<a:rect l="0" t="0" r="r" b="b"/><a:pathLst>{paths}</a:pathLst></a:custGeom>'
        '<a:solidFill><a:schemeClr val="tx1"/></a:solidFill><a:ln><a:noFill/></a:ln></p:spPr></p:sp>'
    )
    slide.shapes._spTree.append(parse_xml(xml))


def _path(path: Any) -> str:
    said = []
    for letter, points in path:
        inside = "".join(f'<a:pt x="{round(x * SCALE)}" y="{round(y * SCALE)}"/>' for x, y in points)
        said.append(f"<a:{LETTERS[letter]}>{inside}</a:{LETTERS[letter]}>")
    return "".join(said)
