"""Measured numbers in prose: {{ slug.claim }} and {{ slug.claim:.3f }}."""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor

from dlfigs.errors import UserError
from dlfigs.figure import PLACEHOLDER, fill
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.source import Source


def register(md: Markdown, source: Source, finished: Finished) -> None:
    """Replace numbers everywhere but in code and formulas, which have a higher priority."""
    md.inlinePatterns.register(_Numbers(md, source, finished), "dlfigs-numbers", 175)


class _Numbers(InlineProcessor):
    def __init__(self, md: Markdown, source: Source, finished: Finished) -> None:
        super().__init__(PLACEHOLDER.pattern, md)
        self.source, self.finished = source, finished

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # noqa: N802
        slug, dot, _ = m["name"].partition(".")
        try:
            if not dot:
                raise UserError(f"{m[0]}: write {{{{ figure.claim }}}}, with the figure's slug first")
            values = self.finished.numbers(slug)
            text = fill(m[0], {f"{slug}.{name}": value for name, value in values.items()})
        except UserError as error:
            self.source.fail(m[0], str(error))
        return text, m.start(0), m.end(0)
