"""Figures, numbers, mathematics and citations in Markdown: one Python-Markdown extension.

It knows nothing of MkDocs: any generator that runs Python-Markdown can use it, with finished
figures in a folder (`dlfigs build --to FOLDER`).

    ![](swish)                       the figure, with its own description and caption
    ![My alt text](swish "Caption")  the same figure, described in your words
    {{ swish.lowest:.3f }}           a measured number
    {{ gallery }}, {{ verdicts }}    all figures; where their verdicts hold
    {{ cite }}                       how to cite the course
    [@he2015] and @he2015            "(He et al., 2015)" and "He et al. (2015)"
    [see @he2015, p. 3; -@hanin2018] with words before and after; only the year
    $x^2$ and $$ ... $$              mathematics, as MathML
"""

from __future__ import annotations

import copy
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from dlfigs.markdown import options, texts
from dlfigs.markdown.blocks import Blocks
from dlfigs.markdown.figures import Figures
from dlfigs.markdown.glossary import Glossary
from dlfigs.markdown.page import Page


class DlfigsExtension(Extension):
    """Registers the parts and gives them what they share."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = copy.deepcopy(options.DEFAULTS)
        # Said when there is a page: MkDocs shows what is raised here as a traceback
        self.wrong = options.wrong_with(kwargs)
        super().__init__(**{} if self.wrong else kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  Python-Markdown's name
        """Register the processors on one Markdown instance."""
        page = Page(md, self.getConfigs(), self.wrong)
        captions = texts.register(md, page)
        Figures(md, page, captions)
        Blocks(md, page)
        Glossary(md, page)


def makeExtension(**kwargs: Any) -> DlfigsExtension:  # noqa: N802  Python-Markdown's name
    """Return the extension: `dlfigs.markdown` in a list of Markdown extensions."""
    return DlfigsExtension(**kwargs)
