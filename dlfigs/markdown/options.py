"""The extension's options: what each is for, and whether what is given fits."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from dlfigs.errors import UserError, nearest
from dlfigs.markdown import dialect

DEFAULTS = {
    "figures": ["docs/assets/figures", "folder of finished figures, or a mapping of slugs to folders"],
    "bibliography": ["", "BibTeX file; empty for no citations"],
    "downloads": ["", "where the site has the figures' files; by default `figures`, if in the docs"],
    "notebooks": ["", "where the site has the figures' pages; by default `figures`, if they are there"],
    "run": [
        "",
        "address at which a figure's notebook can be run, with {slug} for its name; empty for none",
    ],
    "citation": ["", "CITATION.cff, to cite figures from; empty for no button"],
    "questions": ["", "page with the questions as headings `## 1. ...`; empty for none"],
    "glossary": ["", "page with the course's terms as headings `## Term { #anchor }`; empty for none"],
    "parts": [{}, "parts of the course for the gallery: lists of question numbers by title"],
    "docs": ["docs", "folder of the Markdown sources, to name files in errors"],
    "macros": [{}, "TeX macros, by name without the backslash"],
    "recipes": [{}, "set by the MkDocs plugin: of which recipe each figure's page is made"],
    "waiting": [{}, "set by the MkDocs plugin, for figures that a server is still making"],
    "named": [False, "set by the MkDocs plugin: whether numbers and formulas say what they are"],
    "error": [UserError, "exception class for mistakes in a page"],
}
KINDS = {
    "figures": (str, PathLike, Mapping),
    "parts": object,
    "macros": Mapping,
    "recipes": Mapping,
    "waiting": Mapping,
    "named": bool,
    "error": type,
}


def check(given: Mapping[str, Any]) -> None:
    """Look at names and types; `parts` is looked at with the questions.

    Raises:
        UserError: About the first option that is unknown or does not fit.
    """
    for name, value in given.items():
        if name not in DEFAULTS:
            raise UserError(f"no option {name!r}; {nearest(name, DEFAULTS)}", about=name)
        if not isinstance(value, KINDS.get(name, (str, PathLike))):
            words = "a mapping" if KINDS.get(name) is Mapping else "a text"
            raise UserError(
                f"the option {name!r} must be {words}, not {value!r}: {DEFAULTS[name][1]}", about=name
            )
    dialect.page_macros(given.get("macros", {}))


def wrong_with(given: Mapping[str, Any]) -> str:
    """Return what `check` says; nothing, if all is well."""
    try:
        check(given)
    except UserError as error:
        return f"dlfigs.markdown: {error}"
    return ""
