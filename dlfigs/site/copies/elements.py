"""HTML of a page as a tree of elements, without what is not read: drawings and the insides of formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Most of the characters of many pages, which a parser need not see
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
CODE = re.compile(r"(<pre\b[^>]*>)((?:(?!</pre>|linenos).)*)(</pre>)", re.DOTALL)
COLORED = re.compile(r"</?(?:span|a)\b[^>]*>")
DESCRIBED = re.compile(r"<desc\b[^>]*>(.*?)</desc>", re.DOTALL)
MATH = re.compile(r"(<(?:span|div)\b[^>]*\sdata-tex=\"[^\"]*\"[^>]*>[^<]*<math)\b.*?</math>", re.DOTALL)


@dataclass
class Element:
    """An element with what is in it.

    Args:
        tag: Its name.
        attributes: By name.
        children: Elements and texts.
    """

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """Names of its classes."""
        return self.attributes.get("class", "").split()

    def elements(self) -> list[Element]:
        """Return the elements that are directly in it."""
        return [child for child in self.children if isinstance(child, Element)]

    def all(self) -> Iterator[Element]:
        """Yield it and all elements below it, in the order in which they are read."""
        yield self
        for child in self.elements():
            yield from child.all()

    def first(self, *tags: str) -> Element | None:
        """Return the first element below it that has one of these tags."""
        return next((e for e in self.all() if e is not self and e.tag in tags), None)

    def text(self) -> str:
        """Return its text, with the spaces that it has."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def parse(html: str) -> Element:
    """Return a page's text as a tree.

    Args:
        html: The text of the page, as a generator has it before its template.
    """
    reader = _Reader()
    html = MATH.sub(r"\1></math>", DRAWING.sub(_description, COMMENT.sub("", html)))
    reader.feed(CODE.sub(lambda pre: pre[1] + COLORED.sub("", pre[2]) + pre[3], html))
    reader.close()
    return reader.open[0]


def _description(drawing: re.Match[str]) -> str:
    described = DESCRIBED.search(drawing[0])
    return f'<svg alt="{escape(unescape(described[1]))}"></svg>' if described else ""


class _Reader(HTMLParser):
    """Reads what browsers read: an end without a beginning is passed over, a missing one comes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("body")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        place = next((n for n in range(len(self.open) - 1, 0, -1) if self.open[n].tag == tag), 0)
        if place:
            del self.open[place:]

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)
