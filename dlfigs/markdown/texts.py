"""What stands in a text: numbers, formulas and citations; and what looks like one and is none."""

from __future__ import annotations

from markdown import Markdown

from dlfigs.markdown import cited_works, leftovers, mathematics, numbers
from dlfigs.markdown.captioning import Captions
from dlfigs.markdown.page import Page


def register(md: Markdown, page: Page) -> Captions:
    """Register what reads them, and return what writes captions, which have all of them too."""
    macros = page.options["macros"]
    cited = cited_works.register(md, page)
    numbers.register(md, page.source, page.finished, named=page.options["named"])
    formulas = mathematics.register(md, page.source, macros, named=page.options["named"])
    leftovers.register(md, page.source)
    return Captions(cited, formulas)
