"""Measured numbers in prose: {{ slug.claim }}, {{ slug.claim:.3f }}; how many there are: {{ claims }}.

Percent signs are set alike, whoever wrote them.

One that a server is still computing is marked.
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
# Characters of nobody's language, around a number that waits until its place in the page is known
BEGIN, THEN, END = "\ue000", "\ue001", "\ue002"
MARKED = re.compile(f"{BEGIN}([^{THEN}]*){THEN}([^{END}]*){END}")


def register(md: Markdown, source: Source, finished: Finished) -> None:
    """Replace numbers everywhere but in code and formulas, which have a higher priority."""
    md.inlinePatterns.register(_Numbers(md, source, finished), "dlfigs-numbers", 175)
    md.inlinePatterns.register(_Percent(PERCENT, md), "dlfigs-percent", 174)
    if finished.waiting:  # after all inline patterns, before figures take texts out of attributes
        md.treeprocessors.register(_Marks(md, finished), "dlfigs-waiting-numbers", 15)


class _Numbers(InlineProcessor):
    def __init__(self, md: Markdown, source: Source, finished: Finished) -> None:
        super().__init__(PLACEHOLDER.pattern, md)
        self.source, self.finished = source, finished

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
        return f"{BEGIN}{slug}{THEN}{text}{END}" if waits else text, m.start(0), m.end(0)


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
        for parent in list(root.iter()):
            for name, value in parent.attrib.items():
                parent.set(name, MARKED.sub(r"\2", value))
            parent.text, numbers = self._split(parent.text)
            for child in list(parent):
                child.tail, following = self._split(child.tail)
                at = list(parent).index(child) + 1
                parent[at:at] = following
            parent[0:0] = numbers

    def _split(self, text: str | None) -> tuple[str | None, list[ET.Element]]:
        """Return the text before the first marked number, and elements for all of them."""
        if not text or BEGIN not in text:
            return text, []
        before, *parts = MARKED.split(text)
        elements = []
        for slug, number, after in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            title = f"{slug}: {self.finished.words(slug)}"
            element = ET.Element("span", {"class": "waiting-number", "data-waiting": slug, "title": title})
            element.text, element.tail = number, after
            elements.append(element)
        return before, elements
