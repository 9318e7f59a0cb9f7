"""A lecture as a presentation for PowerPoint and its relatives. The same lecture gives the same bytes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from dlfigs.recipe.info import Info
from dlfigs.site.copies.outline import About
from dlfigs.site.slides import boards, runs
from dlfigs.site.slides.reading import Board, Item, Lecture

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

DATE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP knows
INCH, POINT = 914_400, 12_700  # in the units of the format
WIDE, HIGH = 13.333, 7.5  # inches, 16:9
MARGIN = 0.75
TITLE_ONLY, TITLE = 5, 0  # layouts of the template of python-pptx


class Picture(NamedTuple):
    """A figure on a slide.

    Args:
        path: Of its wide PNG. One that is not there is left out.
        info: What is known of the figure.
    """

    path: Path | None
    info: Info


def presentation(lecture: Lecture, pictures: Mapping[str, Picture], about: About) -> bytes:
    """Return a lecture as a file.

    Args:
        lecture: The lecture; its addresses are seen from the root of the site.
        pictures: Of its figures, by slug.
        about: What the site says of itself.
    """
    import pptx  # which takes a quarter of a second to import

    made = pptx.Presentation()
    _widen(made)
    name = runs.plain(lecture.title)
    properties = made.core_properties
    properties.title, properties.author, properties.subject = name, about.name, runs.plain(lecture.aim)
    write = _Writer(made, about)
    write.title(lecture)
    for part in lecture.parts:
        if isinstance(part, Board):
            slide = write.slide(part.title)
            boards.lay_out(slide, part.steps, write.text)
        else:
            write.figure(part, pictures[part.figure])
    if lecture.home:
        slide = write.slide("For home")
        write.text(write.box(slide, 2.0, 4.0), lecture.home, 24)
    packed = BytesIO()
    made.save(packed)
    return _dateless(packed)


def _widen(made: Presentation) -> None:
    """Make the slides of the template, 4:3, as wide as ours, with the places on them."""
    wider = WIDE * INCH / made.slide_width
    made.slide_width, made.slide_height = round(WIDE * INCH), round(HIGH * INCH)
    for layout in (made.slide_master, *made.slide_layouts):
        for place in layout.placeholders:
            place.left, place.top, place.width, place.height = (
                round(place.left * wider), place.top, round(place.width * wider), place.height
            )  # fmt: skip


class _Writer:
    """Adds slides to a presentation."""

    def __init__(self, made: Presentation, about: About) -> None:
        self.made, self.about = made, about

    def slide(self, title: str, size: int = 30, top: float = 0.35, height: float = 0.9) -> Slide:
        """Add a slide with a title, given as HTML."""
        slide = self.made.slides.add_slide(self.made.slide_layouts[TITLE_ONLY])
        place = slide.shapes.title
        place.left, place.top = round(MARGIN * INCH), round(top * INCH)
        place.width, place.height = round((WIDE - 2 * MARGIN) * INCH), round(height * INCH)
        lines = height * 72 // (1.3 * size)
        room = lines * (WIDE - 2 * MARGIN) * 72  # for letters that are 0.55 as wide as high
        fitting = min(size, math.floor(room / (0.55 * max(len(runs.plain(title)), 1))))
        self.text(place.text_frame, title, fitting, bold=True)
        return slide

    def box(self, slide: Slide, top: float, height: float) -> Any:
        """Add a place for text, in inches from the top, and return its frame."""
        left, width = round(MARGIN * INCH), round((WIDE - 2 * MARGIN) * INCH)
        box = slide.shapes.add_textbox(left, round(top * INCH), width, round(height * INCH))
        box.text_frame.word_wrap = True
        return box.text_frame

    def text(self, frame: Any, html: str, size: float, *, bold: bool = False) -> None:
        """Write HTML into a frame as a paragraph of its own."""
        from pptx.enum.text import PP_ALIGN

        paragraph = frame.add_paragraph() if frame.text else frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT
        for said in runs.of(html):
            run = paragraph.add_run()
            run.text = said.text
            run.font.size = round(size * POINT)
            run.font.bold, run.font.italic = (said.bold or bold) or None, said.italic or None
            if said.raised:
                run.font._element.set("baseline", f"{said.raised * 1000}")
            if said.link.startswith("/") and self.about.url:
                run.hyperlink.address = self.about.url + said.link.removeprefix("/")
            elif re.match("https?:", said.link):
                run.hyperlink.address = said.link

    def title(self, lecture: Lecture) -> None:
        """Add the first slide."""
        slide = self.slide(lecture.title, 40, 1.6, 1.2)
        self.text(self.box(slide, 1.1, 0.5), self.about.name, 16)
        self.text(self.box(slide, 3.0, 2.5), lecture.aim, 22)
        below = " · ".join(filter(None, (self.about.url, self.about.rights)))
        self.text(self.box(slide, 6.6, 0.5), below, 14)
        _note(slide, runs.plain(lecture.notes))

    def figure(self, item: Item, picture: Picture) -> None:
        """Add two slides: what to ask, and then the figure."""
        notes = [f"Ask: {runs.plain(item.ask)}", f"Show {runs.plain(item.show)}", picture.info.caption]
        asked = self.slide(item.ask, 40, 2.0, 3.0)
        _note(asked, "\n".join(notes))
        shown = self.slide(item.title, 28, 0.2, 0.75)
        _note(shown, "\n".join([*notes, f"{self.about.url}figures/{item.figure}/"]))
        if picture.path and picture.path.is_file():
            height = 6.3
            left = (WIDE - height * 16 / 9) / 2
            image = shown.shapes.add_picture(
                str(picture.path), round(left * INCH), round(1.0 * INCH), height=round(height * INCH)
            )
            image.name = item.figure
            image._element.nvPicPr.cNvPr.set("descr", picture.info.alt)


def _note(slide: Slide, text: str) -> None:
    if text:
        slide.notes_slide.notes_text_frame.text = text


def _dateless(packed: BytesIO) -> bytes:
    """Return a package whose parts have no time of their own; a PNG is packed already."""
    content = BytesIO()
    with ZipFile(packed) as source, ZipFile(content, "w") as whole:
        for name in source.namelist():
            how = ZIP_STORED if name.endswith(".png") else ZIP_DEFLATED
            whole.writestr(ZipInfo(name, DATE), source.read(name), how)
    return content.getvalue()
