"""Figures, numbers, mathematics and citations in Markdown: one Python-Markdown extension.

It knows nothing of MkDocs: any generator that runs Python-Markdown can use it, with finished
figures in a folder (`dlfigs build --to FOLDER`).

    ![](swish)                       the figure, with its own description and caption
    ![My alt text](swish "Caption")  the same figure, described in your words
    {{ swish.lowest:.3f }}           a measured number
    {{ gallery }}, {{ cite }}        all figures; how to cite the course
    [@he2015] and @he2015            "(He et al., 2015)" and "He et al. (2015)"
    $x^2$ and $$ ... $$              mathematics, as MathML
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from dlfigs.citing import Course
from dlfigs.errors import UserError
from dlfigs.markdown import citations, leftovers, mathematics, numbers
from dlfigs.markdown.blocks import Blocks
from dlfigs.markdown.figures import Figures
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.source import Source


class DlfigsExtension(Extension):
    """Registers the four parts and gives them what they share."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "figures": ["figures", "folder of finished figures, or a mapping of slugs to folders"],
            "bibliography": ["", "BibTeX file; empty for no citations"],
            "downloads": ["", "where the site has the figures' files, for links; empty for no links"],
            "notebooks": ["", "where the site has the figures' notebooks; empty for no links"],
            "citation": ["", "CITATION.cff, to cite figures from; empty for no button"],
            "questions": ["", "page with the questions as headings `## 1. ...`; empty for none"],
            "parts": [{}, "parts of the course for the gallery: lists of question numbers by title"],
            "docs": ["docs", "folder of the Markdown sources, to name files in errors"],
            "macros": [{}, "TeX macros, by name without the backslash"],
            "error": [UserError, "exception class for mistakes in a page"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  Python-Markdown's name
        """Register the processors on one Markdown instance."""
        places = self.getConfig("figures")
        places = places if isinstance(places, Mapping) else Path(places)
        source = Source(md, Path(self.getConfig("docs")), self.getConfig("error"))
        finished = Finished(places)
        library = citations.Library(self.getConfig("bibliography"))
        cited = citations.register(md, source, library)
        numbers.register(md, source, finished)
        mathematics.register(md, source, self.getConfig("macros"))
        leftovers.register(md, source)
        citation = self.getConfig("citation")
        course = Course.read(Path(citation)) if citation else None
        Figures(md, source, finished, cited, self.getConfigs(), course)
        Blocks(md, source, finished, self.getConfigs(), course)


def makeExtension(**kwargs: Any) -> DlfigsExtension:  # noqa: N802  Python-Markdown's name
    """Return the extension: `dlfigs.markdown` in a list of Markdown extensions."""
    return DlfigsExtension(**kwargs)
