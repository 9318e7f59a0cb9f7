"""Figures, numbers, mathematics and citations in Markdown: one Python-Markdown extension.

It knows nothing of MkDocs: any generator that runs Python-Markdown can use it, with finished
figures in a folder (`dlfigs build --to FOLDER`).

    ![](swish)                       the figure, with its own description and caption
    ![My alt text](swish "Caption")  the same figure, described in your words
    {{ swish.lowest:.3f }}           a measured number
    {{ gallery }}, {{ cite }}        all figures; how to cite the course
    [@he2015] and @he2015            "(He et al., 2015)" and "He et al. (2015)"
    [see @he2015, p. 3; -@hanin2018] with words before and after; only the year
    $x^2$ and $$ ... $$              mathematics, as MathML
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from dlfigs.errors import UserError
from dlfigs.markdown import citations, leftovers, mathematics, numbers, options, panels, place
from dlfigs.markdown.blocks import Blocks
from dlfigs.markdown.citing import Course
from dlfigs.markdown.figures import Figures
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.glossary import Glossary
from dlfigs.markdown.place import Place
from dlfigs.markdown.source import Source


class DlfigsExtension(Extension):
    """Registers the four parts and gives them what they share."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = copy.deepcopy(options.DEFAULTS)
        self.wrong = ""
        try:
            options.check(kwargs)
        except UserError as error:
            # Said when there is a page: MkDocs shows what is raised here as a traceback
            self.wrong, kwargs = f"dlfigs.markdown: {error}", {}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  Python-Markdown's name
        """Register the processors on one Markdown instance."""
        given = place.from_root(self.getConfigs(), md)
        figures = given["figures"]
        places = figures if isinstance(figures, Mapping) else Path(figures)
        source = Source(md, Path(given["docs"]), given["error"], self.wrong, given["recipes"])
        finished = Finished(places, given["waiting"])
        library = citations.library(given["bibliography"], given["macros"])
        cited = citations.register(md, source, library)
        numbers.register(md, source, finished)
        formulas = mathematics.register(md, source, given["macros"])
        leftovers.register(md, source)

        @functools.cache
        def course() -> Course | None:  # when it is needed: only then is the path one that leads there
            return Course.read(Path(given["citation"])) if given["citation"] else None

        where = Place(md, source, given)
        Figures(md, source, finished, cited, formulas, where, course)
        Blocks(md, source, finished, given, where, course)
        panels.CitePage(md, source, where, course)
        Glossary(md, source, where, given["glossary"])


def makeExtension(**kwargs: Any) -> DlfigsExtension:  # noqa: N802  Python-Markdown's name
    """Return the extension: `dlfigs.markdown` in a list of Markdown extensions."""
    return DlfigsExtension(**kwargs)
