"""Whether the parts of a course fit together, looked at before any page is read.

What a page would not show is said too: a source that no reference explains, a question that nobody asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.markdown import gallery, options
from dlfigs.markdown.bibliography.library import Library
from dlfigs.markdown.citing import Course
from dlfigs.recipe.dependencies import line_of


def options_of(config: Any) -> dict[str, Any]:
    """Return the options of `dlfigs.markdown` in a configuration of MkDocs, whose lines are named.

    Paths become those from anywhere.

    Raises:
        UserError: If the extension is not there, if an option is unknown or has another type, or if nothing
            can be cited from the file that is for that.
    """
    path = Path(config.config_file_path or "mkdocs.yml")
    if "dlfigs.markdown" not in config.markdown_extensions:
        raise UserError(f"{path}: markdown_extensions must have dlfigs.markdown, which reads the figures")
    given = config.mdx_configs.setdefault("dlfigs.markdown", {})
    try:
        options.check(given)
        gallery.group({}, given.get("parts", {}))
    except UserError as error:
        key = rf"\b{re.escape(error.about)}\b\W*:" if error.about else "dlfigs.markdown"
        raise UserError(f"{_place(path, key)}: dlfigs.markdown: {error}") from None
    for name in ("bibliography", "citation", "questions", "glossary"):
        if given.get(name):
            given[name] = str(root_of(config) / given[name])
    if given.get("citation"):
        Course.read(Path(given["citation"]))
    return given


def root_of(config: Any) -> Path:
    """Return the folder of a configuration, from which all paths in it count, inherited ones too."""
    return Path(config.config_file_path).parent if config.config_file_path else Path.cwd()


def _place(path: Path, key: str) -> str:
    """Return file and line of what matches first, in a configuration or in what it inherits from."""
    looked_at = path
    while looked_at.is_file():
        text = looked_at.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(key, line):
                return f"{looked_at}:{number}"
        parent = re.search(r"""^INHERIT:\s*["']?(.+?)["']?\s*$""", text, re.MULTILINE)
        if not parent:
            break
        looked_at = looked_at.parent / parent[1]
    return str(path)


def check_figures(
    given: Mapping[str, Any], infos: Mapping[str, Any], recipes: Mapping[str, Path]
) -> set[str]:
    """Check that each figure's sources are references, and its questions are asked.

    Args:
        given: The options of `dlfigs.markdown`, with paths that lead there.
        infos: What is known of each figure.
        recipes: Their paths, whose lines are named.

    Returns:
        The keys of the references.

    Raises:
        UserError: If a file is missing or malformed, or if a figure does not fit.
    """
    library = Library(given.get("bibliography", ""))
    questions = gallery.read_questions(given.get("questions", ""))
    known = set(library.entries)
    asked = f"{given.get('questions')} has {', '.join(map(str, questions))}"
    for part, numbers in given.get("parts", {}).items():
        if questions and (strange := set(numbers) - questions.keys()):
            raise UserError(f"the option `parts`: {part} has question {min(strange)}; {asked}")
    for slug, info in infos.items():
        place = recipes[slug]
        for key in info.sources:
            if key not in known:
                try:
                    library.entry(key)
                except UserError as error:
                    raise UserError(f"{place}:{line_of(place, 'sources')}: {error}") from None
        if questions and (strange := set(info.questions) - questions.keys()):
            raise UserError(f"{place}:{line_of(place, 'questions')}: no question {min(strange)}; {asked}")
    return known
