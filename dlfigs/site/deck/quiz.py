"""Questions as a quiz for learning platforms: QTI 1.2, as Canvas takes it, and Moodle's own XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from dlfigs.site.deck import asked
from dlfigs.site.deck.asked import Asked
from dlfigs.site.deck.packing import DATE, Course

QTI, MOODLE = "assets/deck/predictions.zip", "assets/deck/predictions.xml"
RIGHTS = re.compile(r"(?<=<imsmd:string>)Private \(Copyrighted\)[^<]*")
DAY = re.compile(r"(?<=<imsmd:dateTime>)[^<]*")


def files(
    pages: Mapping[str, str], leads: Callable[[str], Callable[[str], str]], course: Course
) -> dict[str, bytes]:
    """Return the predictions of pages as a quiz in both formats, by their names in the site.

    The same predictions give the same bytes, and none give no files.

    Args:
        pages: Texts by address below the site's.
        leads: Gives for a page what gives the whole address of a link on it.
        course: What they are of.
    """
    found = [one for page, html in pages.items() for one in asked.questions(html, page, leads(page))]
    if not found:
        return {}
    return {QTI: qti(found, course), MOODLE: moodle(found, course)}


def qti(found: Sequence[Asked], course: Course) -> bytes:
    """Return questions as a package of QTI 1.2; as Canvas takes it.

    Args:
        found: The questions.
        course: What they are of.
    """
    from text2qti import qti as packages
    from text2qti.config import Config
    from text2qti.quiz import Quiz

    head = f"Quiz title: {_line(course.name)}: predictions\n"
    text = "\n".join([head, *(_question(number, one) for number, one in enumerate(found, start=1))])
    made = packages.QTI(Quiz(text, config=Config(), source_name=course.name)).zip_bytes()
    content = BytesIO()
    with ZipFile(BytesIO(made)) as package, ZipFile(content, "w") as whole:
        for name in package.namelist():  # without the time at which they were packed
            part = package.read(name)
            part = _of_course(part, course) if name == "imsmanifest.xml" else part
            whole.writestr(ZipInfo(name, DATE), part, ZIP_DEFLATED)
    return content.getvalue()


def _of_course(manifest: bytes, course: Course) -> bytes:
    """Return a manifest with the course's own day and rights, in place of what text2qti says."""
    day = datetime.fromtimestamp(course.seconds, UTC).date().isoformat()
    text = RIGHTS.sub(escape(course.rights or course.name), DAY.sub(day, manifest.decode()))
    return text.encode()


def _question(number: int, one: Asked) -> str:
    """Return a question as text2qti reads it; HTML in a block is left as it is."""
    lines = [f"Title: {_line(one.title)}", "Points: 1", f"{number}. {_block(one.question)}"]
    if one.number:
        lines += [f"... {_block(one.why)}", f"= {one.number} +- {one.within:g}"]
    for place, answer in enumerate(one.answers):
        mark = f"{'*' * answer.right}{chr(ord('a') + place)})"
        lines += [f"{mark} {_block(answer.words)}", f"... {_block(answer.why)}"]
    return "\n".join([*lines, ""])


def moodle(found: Sequence[Asked], course: Course) -> bytes:
    """Return questions as Moodle's XML; the parameters are those of `qti`."""
    quiz = ET.Element("quiz")
    category = ET.SubElement(quiz, "question", {"type": "category"})
    _text(category, "category", f"$course$/top/{course.name.replace('/', '//')}")
    for one in found:
        kind = "numerical" if one.number else "multichoice"
        question = ET.SubElement(quiz, "question", {"type": kind})
        _text(question, "name", one.title)
        _text(question, "questiontext", one.question, html=True)
        _text(question, "generalfeedback", one.why, html=True)
        ET.SubElement(question, "defaultgrade").text = "1"
        if one.number:
            answer = _text(question, "answer", one.number)
            answer.set("fraction", "100")
            ET.SubElement(answer, "tolerance").text = f"{one.within:g}"
            continue
        ET.SubElement(question, "single").text = "true"
        ET.SubElement(question, "shuffleanswers").text = "true"
        ET.SubElement(question, "answernumbering").text = "abc"
        for choice in one.answers:
            answer = _text(question, "answer", choice.words, html=True)
            answer.set("fraction", "100" if choice.right else "0")
            _text(answer, "feedback", choice.why, html=True)
    ET.indent(quiz)
    return ET.tostring(quiz, encoding="utf-8", xml_declaration=True) + b"\n"


def _text(parent: ET.Element, tag: str, words: str, *, html: bool = False) -> ET.Element:
    element = ET.SubElement(parent, tag, {"format": "html"} if html else {})
    ET.SubElement(element, "text").text = words
    return element


def _line(words: str) -> str:
    return " ".join(words.split())


def _block(html: str) -> str:
    """Return HTML as one line that Markdown leaves alone."""
    return f"<div>{_line(html)}</div>"
