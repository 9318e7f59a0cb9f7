"""Measured numbers in prose: {{ slug.claim }}, {{ slug.claim:.3f }}; how many there are: {{ claims }}.

Percent signs are set alike, whoever wrote them.

One that a server is still computing is marked; and each, if asked, says what it is, as
<data class="named-number" value="swish.lowest">−0.28</data>.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

from dlfigs.errors import UserError
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.source import Source
from dlfigs.recipe.figure import NARROW, PLACEHOLDER, fill

# Of all figures together
COUNT = re.compile(r"\{\{\s*(figures|claims|runs)\s*(?::[^{}]*)?\}\}")
# After a typed digit, or after what Python-Markdown has set aside, as it does with our numbers
PERCENT = r"(?<=[\d\x03])[ \xa0]?%(?!\w)"
NAMED = "named-number"
# Characters of nobody's language, around a number that waits until its place in the page is known
BEGIN, THEN, END = "\ue000", "\ue001", "\ue002"
MARKED = re.compile(f"{BEGIN}([^{THEN}]*){THEN}([^{END}]*){END}")


def register(md: Markdown, source: Source, finished: Finished, *, named: bool = False) -> None:
    """Replace numbers everywhere but in code and formulas, which have a higher priority.

    Args:
        md: The Markdown instance.
        source: Names file and line in errors.
        finished: The figures.
        named: Whether each number says what it is.
    """
    md.inlinePatterns.register(_Numbers(md, source, finished, named=named), "dlfigs-numbers", 175)
    md.inlinePatterns.register(_Percent(PERCENT, md), "dlfigs-percent", 174)
    if finished.waiting or named:  # after all inline patterns, before figures take texts out of attributes
        md.treeprocessors.register(_Marks(md, finished), "dlfigs-waiting-numbers", 15)


class _Numbers(InlineProcessor):
    def __init__(self, md: Markdown, source: Source, finished: Finished, *, named: bool) -> None:
        super().__init__(PLACEHOLDER.pattern, md)
        self.source, self.finished, self.named = source, finished, named

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # noqa: N802
        slug, dot, _ = m["name"].partition(".")
        if count := COUNT.fullmatch(m[0]):
            # With a server it is renewed as long as a figure waits
            slug = next((slug for slug in self.finished.slugs if self.finished.words(slug)), "")
        waits = bool(self.finished.words(slug))
        try:
            if not dot and not count:
                raise UserError(f"{m[0]}: write {{{{ figure.claim }}}}, with the figure's slug first")
            if count:
                values = self.finished.counts()
            else:
                numbers = self.finished.numbers(slug)
                values = {f"{slug}.{name}": value for name, value in numbers.items()}
            text = fill(m[0], values)
        except UserError as error:
            if not waits:
                self.source.fail(m[0], str(error))
            text = "…"
        name = slug if waits else m["name"] if self.named else ""
        return f"{BEGIN}{name}{THEN}{text}{END}" if name else text, m.start(0), m.end(0)


class _Percent(InlineProcessor):
    """Sets the percent signs of prose as those of measured numbers, and no line breaks before one."""

    def handleMatch(  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[str | None, int | None, int | None]:
        if data.rfind("{", 0, m.start(0)) > data.rfind("}", 0, m.start(0)):  # attributes: { width=50% }
            return None, None, None
        return f"{NARROW}%", m.start(0), m.end(0)


class _Marks(Treeprocessor):
    """Makes elements of marked numbers; in attributes, where there can be none, the number stands alone."""

    def __init__(self, md: Markdown, finished: Finished) -> None:
        super().__init__(md)
        self.finished = finished

    def run(self, root: ET.Element) -> None:
        unseen: list[ET.Element] = []
        for parent in list(root.iter()):
            for name, value in parent.attrib.items():
                unseen += self._split(value)[1]
                parent.set(name, MARKED.sub(r"\2", value))
            parent.text, numbers = self._split(parent.text)
            for child in list(parent):
                child.tail, following = self._split(child.tail)
                at = list(parent).index(child) + 1
                parent[at:at] = following
            parent[0:0] = numbers
        for number in unseen:  # in a description, where no element can be
            if number.tag == "data":
                number.set("hidden", "")
                number.tail = None
                root.append(number)

    def _split(self, text: str | None) -> tuple[str | None, list[ET.Element]]:
        """Return the text before the first marked number, and elements for all of them."""
        if not text or BEGIN not in text:
            return text, []
        before, *parts = MARKED.split(text)
        elements = []
        for slug, number, after in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            if words := self.finished.words(slug):
                about = {"class": "waiting-number", "data-waiting": slug, "title": f"{slug}: {words}"}
                element = ET.Element("span", about)
            else:
                element = ET.Element("data", {"class": NAMED, "value": slug})
            element.text, element.tail = number, after
            elements.append(element)
        return before, elements
