"""Words of a page as Markdown: emphasis, code, links, images, formulas, and signs that mean something."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from dlfigs.site.copies.elements import Element

UNSEEN_TAGS = {"button", "form", "script", "style", "template", "dialog", "input", "nav", "select"}
UNSEEN = {"headerlink", "figure-links", "figure-open", "only-focused", "only-dark", "linenos", "cite-row"}
UNSEEN |= {"footnote-backref", "neighbors", "md-source-file", "waiting-words"}
STRONG, EMPHASIZED, STRUCK = {"strong", "b"}, {"em", "i", "cite", "var", "dfn"}, {"del", "s", "strike"}
CODE = {"code", "kbd", "samp", "tt"}
# What Markdown would read as more than signs. Underscores in a word are none; dollars begin formulas
SIGNS = re.compile(r"[\\`*$]|~~|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=[(\[:])")
BEGINS = re.compile(r"^(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|=+$|-+$)")
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
FOOTNOTE = re.compile(r"^#?fn(?:ref\d*)?:(.+)$")


def unseen(element: Element) -> bool:
    """Whether an element is there for readers with a screen only, or for none."""
    has = element.attributes
    shut = "popover" in has or "hidden" in has or has.get("aria-hidden") == "true"
    return shut or element.tag in UNSEEN_TAGS or bool(UNSEEN & set(element.classes))


class Words:
    """Writes what stands in a line.

    Args:
        lead: Gives the address that a link or an image of the page has in the copy; "" for a link that is
            only words there.
    """

    def __init__(self, lead: Callable[[str], str]) -> None:
        self.lead = lead

    def of(self, children: Iterable[Element | str]) -> str:
        """Return texts and elements as one line, in which each space counts."""
        return "".join(
            _escaped(re.sub(r"[ \t\r\n]+", " ", child)) if isinstance(child, str) else self._element(child)
            for child in children
        )

    def line(self, children: Iterable[Element | str]) -> str:
        """Return texts and elements as a paragraph."""
        text = re.sub(r"[ ]{2,}", " ", self.of(children)).strip(" ")
        text = re.sub(r" ?\\\n ?", "\\\n", text).strip()
        return "\n".join(_begun(line) for line in text.removesuffix("\\").rstrip().split("\n"))

    def heading(self, children: Iterable[Element | str]) -> str:
        """Return texts and elements as a heading, which nothing in its line can end or turn."""
        return re.sub(" {2,}", " ", self.of(children).replace("\\\n", " ")).strip()

    @staticmethod
    def with_tex(element: Element, around: str) -> list[Element | str]:
        """Return what is in the element of a formula: its TeX, and the signs that no line parts from it."""
        tex = element.attributes["data-tex"].strip()
        written = Element("tex", {}, [f"{around}{tex}{around}" if tex else ""])
        return [
            written if isinstance(child, Element) and child.tag == "math" else child
            for child in element.children
        ]

    def _element(self, element: Element) -> str:
        if unseen(element):
            return ""
        if "data-tex" in element.attributes:
            return self.of(self.with_tex(element, "$"))
        alone = {"br": lambda _: "\\\n", "img": self._image, "svg": self._image}
        alone["tex"] = Element.text
        alone |= dict.fromkeys(CODE, lambda code: in_ticks(code.text()))
        if element.tag in alone:
            return alone[element.tag](element)
        inner = self.of(element.children)
        if element.tag == "a":
            return self._link(element, inner)
        return _marked(element.tag, inner)

    def _image(self, element: Element) -> str:
        source = self.lead(element.attributes.get("src", ""))
        said = _escaped(" ".join(element.attributes.get("alt", "").split()))
        return f"![{said}]({_address(source)})" if source else said

    def _link(self, element: Element, inner: str) -> str:
        href = element.attributes.get("href", "")
        if "footnote-ref" in element.classes and (number := FOOTNOTE.match(href)):
            return f"[^{number[1]}]"
        address = self.lead(href) if href and "citation" not in element.classes else ""
        if not address or not inner.strip():
            return inner
        if address == element.text().strip():
            return f"<{address}>"
        return _around(inner, "[", f"]({_address(address)})")


def in_ticks(text: str) -> str:
    """Return text as code in a line, in more backticks than it has side by side."""
    text = " ".join(text.split())
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks, space = "`" * (longest + 1), " " * bool(longest)
    return f"{ticks}{space}{text}{space}{ticks}" if text else ""


def _marked(tag: str, inner: str) -> str:
    around = "**" if tag in STRONG else "*" if tag in EMPHASIZED else "~~" if tag in STRUCK else ""
    if around:
        return _around(inner, around)
    sign = {"sup": "^", "sub": r"\_"}.get(tag)
    return f"{sign}({inner})" if sign and inner and not inner.startswith("[^") else inner


def _around(text: str, before: str, after: str = "") -> str:
    """Put signs around words; spaces stay outside, where Markdown wants them."""
    words = text.strip()
    if not words:
        return text
    begin = text[: len(text) - len(text.lstrip())]
    return f"{begin}{before}{words}{after or before}{text[len(text.rstrip()) :]}"


def _address(address: str) -> str:
    return f"<{address}>" if re.search(r"[\s()]", address) else address


def _escaped(text: str) -> str:
    return SIGNS.sub(lambda sign: f"\\{sign[0]}", text)


def _begun(line: str) -> str:
    """Keep the first signs of a line from making it a heading, a list or a quotation."""
    return BEGINS.sub(r"\\\1", NUMBERED.sub(r"\1\\\2", line))
