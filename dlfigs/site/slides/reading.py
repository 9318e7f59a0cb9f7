"""The lectures of a finished page, as `markdown/lectures.py` has marked them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dlfigs.markdown import exercises
from dlfigs.markdown.lectures import AIM, CLASS, CLASSES, HOME
from dlfigs.site.copies import named

if TYPE_CHECKING:
    from bs4 import Tag

PLACE = re.compile(
    rf'<section\b(?=[^>]*\sclass="{CLASS}")(?=[^>]*\sdata-lecture="([^"]*)")[^>]*>.*?</section>', re.DOTALL
)
SHOWN = re.compile(r'\sdata-shows="([^"]*)"')
BUTTONS = {"button"}  # which open what only the page itself has


class Item(NamedTuple):
    """A figure, and what to ask before it.

    Args:
        figure: Slug.
        title: As HTML.
        ask: What to ask, as HTML.
        show: Where to point, as HTML.
    """

    figure: str
    title: str
    ask: str
    show: str


class Board(NamedTuple):
    """What is derived on the board, as much as one slide has.

    Args:
        title: As HTML.
        steps: Paragraphs, formulas and lists, as HTML.
    """

    title: str
    steps: tuple[str, ...]


class Lecture(NamedTuple):
    """One lecture; addresses in its HTML are seen from the root of the site.

    Args:
        identity: By which its files are named.
        title: As HTML.
        aim: As HTML.
        notes: What else stands in the plan, for who lectures, as HTML.
        parts: Figures and boards in their order.
        home: What to do at home, as HTML; may be empty.
    """

    identity: str
    title: str
    aim: str
    notes: str
    parts: tuple[Item | Board, ...]
    home: str


def lectures(html: str, address: str) -> list[Lecture]:
    """Return the lectures of a page in their order.

    Args:
        html: Its text.
        address: Of the page, below the site's.
    """
    from bs4 import BeautifulSoup  # which takes half a second to import

    page = BeautifulSoup(named.without(html), "html.parser")
    read = _Page(address)
    found = {
        place["data-lecture"]: read.parts(place) for place in page.select(f"section.{CLASS}[data-lecture]")
    }
    asked = {item.figure: item for parts in found.values() for item in read.items(parts[1:]) if item.ask}
    boards = {name: list(read.boards(parts)) for name, parts in found.items()}
    made = []
    for name, (heading, *parts) in found.items():
        shown: list[Item | Board] = []
        for part in parts:
            if part.name == "ol":
                for item in read.items([part]):
                    known = asked[item.figure]
                    shown.append(item if item.ask else known._replace(title=item.title))
            elif "board" in part.get("class", ()):
                shown += read.boards([part])
            for other in part.get("data-boards", "").split():
                shown += boards[other]
        said = {
            begin: "".join(read.without(begin, part) for part in parts if _is(part, begin))
            for begin in (AIM, HOME)
        }
        notes = "".join(
            read.copied(part) for part in parts if part.name in ("p", "ul") and not part.get("class")
        )
        made.append(Lecture(name, read.inside(heading), said[AIM], notes, tuple(shown), said[HOME]))
    return made


def _is(part: Tag, begin: str) -> bool:
    return CLASSES[begin] in part.get("class", ())


class _Page:
    """Reads elements of one page."""

    def __init__(self, address: str) -> None:
        self.address = address

    def copied(self, *parts: object) -> str:
        return exercises.copied("".join(map(str, parts)), self.address, BUTTONS)

    def inside(self, element: Tag) -> str:
        for link in element.select("a.headerlink"):
            link.decompose()
        return self.copied(*element.contents)

    def parts(self, place: Tag) -> list[Tag]:
        """Return the heading of a lecture, and all that stands below it."""
        heading = place.find_previous_sibling(re.compile(r"^h[1-6]$"))
        below = []
        for part in place.find_next_siblings(True):
            if re.fullmatch(r"h[1-6]", part.name) and part.name <= heading.name:
                break
            below.append(part)
        return [heading, *below]

    def items(self, parts: list[Tag]) -> Iterator[Item]:
        for item in (item for part in parts for item in part.select(":scope > li[data-shows]")):
            title = self.inside(item.find("a"))
            words = {em.get_text().strip(): em for em in item.find_all("em")}
            ask, show = words.get("Ask:"), words.get("Show")
            said = ("", "")
            if ask and show:
                between = list(ask.next_siblings)
                between = between[: next(n for n, node in enumerate(between) if node is show)]
                after = [
                    *show.next_siblings,
                    *(show.parent.next_siblings if show.parent.name == "p" else ()),
                ]
                said = (_sentence(self.copied(*between)), self.copied(*after))
            yield Item(item["data-shows"], title, *said)

    def boards(self, parts: list[Tag]) -> Iterator[Board]:
        for box in (part for part in parts if "board" in part.get("class", ())):
            title, *rest = box.find_all(True, recursive=False)
            steps: list[str] = []
            for part in [*rest, None]:
                if part is None or part.name == "hr":
                    yield Board(self.inside(title), tuple(steps))
                    steps = []
                else:
                    steps.append(self.copied(part))

    def without(self, begin: str, part: Tag) -> str:
        """Return a paragraph without the words that it begins with."""
        inside = self.inside(part).strip().removeprefix(begin).strip()
        return _sentence(inside) if begin == HOME else f"{begin} {inside}"


def _sentence(html: str) -> str:
    """Return text with a capital letter at its beginning, if it begins with a letter."""
    html = html.strip()
    return html[:1].upper() + html[1:]
