"""The references of a course: its bibliography, with formulas in titles set as those of its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from dlfigs.errors import UserError
from dlfigs.markdown import dialect, tex
from dlfigs.markdown.bibliography.library import Library
from dlfigs.markdown.mathml import convert


def library(path: str, macros: Mapping[str, str]) -> Library:
    """Return the works of a bibliography, with formulas set as those of the page."""
    return Library(path, _formulas(tuple(sorted(macros.items()))))


@cache
def _formulas(macros: tuple[tuple[str, str], ...]) -> Callable[[str], str]:
    """Return what sets the formulas in titles; the same one for the same macros."""
    known = dialect.page_macros(dict(macros))

    def formula(written: str) -> str:
        try:
            return convert(known.expand(tex.words(written)), display=False)
        except UserError as error:
            raise ValueError(str(error)) from None

    return formula
