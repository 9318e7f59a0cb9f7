r"""{{ slides }}: a lecture, declared by what stands below its heading, and links to its slides.

    ## Means of many numbers { #means }

    {{ slides }}

    The aim: to say how far a mean is from what it estimates. Chapters: [Means](index.md).

    1. [The mean of many numbers](figures/mean_of_many.md). *Ask:* how much less does it vary?
       *Show* the dashes.

    ??? board "The variance of a mean"

        Variances of independent numbers add up: $$\operatorname{Var}(x_1 + x_2) = 2\sigma^2.$$

    For home: exercise 2.

Figures and boards come in their order. An item that another lecture of the page asks about needs no *Ask*.
A paragraph that begins with "On the board" and links to another lecture takes its boards. All else is for
who lectures. Here the form is checked and marked; slides are made of the finished page (site/slides).
"""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NoReturn

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from dlfigs.errors import nearest
from dlfigs.markdown.page import Page

CLASS = "lecture-slides"
WORD = re.compile(r"\{\{\s*slides\s*\}\}")
AIM, HOME, BOARD = "The aim:", "For home:", "On the board"
CLASSES = {AIM: "lecture-aim", HOME: "lecture-home", BOARD: "lecture-board"}
HEADING = re.compile(r"h([1-6])")
# What the extension has set aside begins with a character of no language
SET_ASIDE = re.compile("[\x02\x03\ue000-\uf8ff]")
AS_ITEM = "1. [Its title](figures/its_name.md). *Ask:* what will it show? *Show* where to look."


class Lectures(Treeprocessor):
    """Checks the lectures of a page, and marks their parts.

    Args:
        md: The Markdown instance.
        page: The page that is read.
    """

    def __init__(self, md: Markdown, page: Page) -> None:
        super().__init__(md)
        self.source, self.finished = page.source, page.finished
        md.treeprocessors.register(
            self, "dlfigs-lectures", 4
        )  # when headings have ids, and links their pages

    def run(self, root: ET.Element) -> None:
        """Mark each lecture: where links to its slides go, its aim, figures, boards and work for home."""
        marked = [element for element in root.iter() if element.get("class") == CLASS]
        if not marked:
            return
        written = WORD.findall(self.source.text)[0]
        lectures = {}
        for nth, place in enumerate(marked):
            heading = _heading(root, place)
            if heading is None:
                self._fail(written, "it stands by itself below the heading of a lecture", nth)
            lectures[heading.get("id", "")] = parts = _below(root, heading)
            place.set("data-lecture", heading.get("id", ""))
            if not any(_marked(part, CLASSES) == AIM for part in parts):
                self._fail(written, f'this lecture has no aim: write a paragraph "{AIM} to know ..."', nth)
            if not any(part.tag == "ol" for part in parts):
                self._fail(written, f"this lecture has no figures: write a list, {AS_ITEM}", nth)
        asked = {
            self._figure(root, item)
            for parts in lectures.values()
            for item in _items(parts)
            if _words(item)["Ask:"] and _words(item)["Show"]
        }
        for parts in lectures.values():
            for item in _items(parts):
                slug = self._figure(root, item)
                if slug not in asked:
                    self._fail_at(
                        root, item, f"what to ask, or where to point, is missing: write {AS_ITEM}"
                    )
                item.set("data-shows", slug)
            for part in parts:
                self._mark(part, lectures)

    def _mark(self, part: ET.Element, lectures: dict[str, list[ET.Element]]) -> None:
        begin = _marked(part, CLASSES)
        if begin is None:
            return
        part.set("class", CLASSES[begin])
        if begin == BOARD:
            known = [link.get("href", "").removeprefix("#") for link in part.iter("a")]
            boards = [name for name in known if any(map(is_board, lectures.get(name, ())))]
            if not boards:
                said = (
                    "it links to no lecture of this page that has a board, as [lecture 1](#lecture-1) does"
                )
                self._fail(_begin(part), f'{said}; a board of its own begins with ??? board "Its title"')
            part.set("data-boards", " ".join(boards))

    def _figure(self, root: ET.Element, item: ET.Element) -> str:
        """Return the figure that an item is about: that of its first link."""
        link = next(item.iter("a"), None)
        folder, name = (
            posixpath.split(link.get("href", "").partition("#")[0]) if link is not None else ("", "")
        )
        if posixpath.basename(folder) != "figures" or not name.endswith(".md"):
            self._fail(
                _begin(item), f"an item of a lecture begins with a link to a figure's page: {AS_ITEM}"
            )
        slug = name.removesuffix(".md")
        if slug not in self.finished.slugs:
            self._fail_at(root, item, f"no figure {slug!r}; {nearest(slug, self.finished.slugs)}")
        return slug

    def _fail_at(self, root: ET.Element, item: ET.Element, message: str) -> NoReturn:
        """Raise an error that names the line of an item's link."""
        link = next(item.iter("a"))
        same = [other for other in root.iter("a") if other.get("href") == link.get("href")]
        self._fail(f"]({link.get('href')}", message, same.index(link))

    def _fail(self, snippet: str, message: str, nth: int = 0) -> NoReturn:
        self.source.fail(snippet, message, nth=nth)


def is_board(part: ET.Element) -> bool:
    """Whether an element is a box with what is derived on the board."""
    return part.tag in ("details", "div") and "board" in part.get("class", "").split()


def _heading(root: ET.Element, place: ET.Element) -> ET.Element | None:
    """Return the heading right above a place, if there is one."""
    children = list(root)
    at = children.index(place) if place in children else 0
    above = children[at - 1] if at else None
    return above if above is not None and HEADING.fullmatch(above.tag) else None


def _below(root: ET.Element, heading: ET.Element) -> list[ET.Element]:
    """Return what stands below a heading, up to the next of its level or a higher one."""
    children = list(root)
    parts = children[children.index(heading) + 1 :]
    levels = [HEADING.fullmatch(str(part.tag)) for part in parts]
    ends = (n for n, level in enumerate(levels) if level and f"h{level[1]}" <= heading.tag)
    return parts[: next(ends, len(parts))]


def _items(parts: list[ET.Element]) -> Iterator[ET.Element]:
    for part in parts:
        if part.tag == "ol":
            yield from part.findall("li")


def _words(item: ET.Element) -> dict[str, bool]:
    """Return which of the two words an item has."""
    emphasized = [_text(element).strip() for element in item.iter("em")]
    return {word: word in emphasized for word in ("Ask:", "Show")}


def _marked(part: ET.Element, begins: dict[str, str]) -> str | None:
    """Return with which of the words a paragraph begins."""
    text = _text(part).lstrip() if part.tag == "p" else ""
    return next((begin for begin in begins if text.startswith(begin)), None)


def _begin(element: ET.Element) -> str:
    """Return the first words of an element, as they stand in the source; of a link, where it leads."""
    if words := SET_ASIDE.split(element.text or "")[0].strip():
        return words.partition("\n")[0].rstrip(" .")
    first = next(iter(element), None)
    if first is None:
        return ""
    return f"]({first.get('href')}" if first.tag == "a" else _begin(first)


def _text(element: ET.Element) -> str:
    return "".join(element.itertext())
