"""Pages that mkdocstrings fills from code: what they depend on beside their text, and tell others."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from dlfigs.make.files import checksum

# ::: package.module, with options indented below
DOCUMENTED = re.compile(r"^ {0,3}(?:#{1,6} *)?::: ?(\w+)", re.MULTILINE)
OTHER_HANDLER = re.compile(r"^ +handler:", re.MULTILINE)


def code(text: str, config: MkDocsConfig) -> str | None:
    """Return what the documented packages are, or None if that, or what is told of them, cannot be known.

    Args:
        text: A page's Markdown.
        config: Of MkDocs.
    """
    names = sorted(set(DOCUMENTED.findall(text)))
    if not names:
        return ""
    options = getattr(config.plugins.get("mkdocstrings"), "config", None)
    # An inventory lists what has been rendered in this build, and another handler reads other files
    if not options or options.enable_inventory is not False or options.default_handler != "python":
        return None
    python = options.handlers.get("python") or {}
    folders = [str(Path(config.config_file_path).parent / path) for path in python.get("paths", ["."])]
    sources = [_sources(name, [*folders, *sys.path]) for name in names]
    if OTHER_HANDLER.search(text) or not all(sources):
        return None
    read = [f"{path.name} {checksum(path.read_bytes())}" for files in sources for path in files]
    return f"{python} {names} {read}"


def _sources(package: str, folders: list[str]) -> list[Path]:
    """Return the files of a package or a module, without importing it."""
    spec = PathFinder.find_spec(package, folders)
    places = (spec.submodule_search_locations or [spec.origin or ""]) if spec else []
    below = [sorted(Path(place).rglob("*")) if Path(place).is_dir() else [Path(place)] for place in places]
    return [path for files in below for path in files if path.suffix in {".py", ".pyi"}]


@contextlib.contextmanager
def heard(config: MkDocsConfig) -> Iterator[list[dict[str, Any]]]:
    """Give what autorefs is told of places while a page is rendered, by headings and by documented code."""
    told: list[dict[str, Any]] = []
    references = config.plugins.get("autorefs")
    if references is None:
        yield told
        return
    register = references.register_anchor

    def listening(page: Page, identifier: str, anchor: str | None = None, **more: Any) -> None:
        told.append({"identifier": identifier, "anchor": anchor, **more})
        register(page, identifier, anchor, **more)

    references.register_anchor = listening
    try:
        yield told
    finally:
        references.register_anchor = register


def tell(page: Page, told: Iterable[Mapping[str, Any]], config: MkDocsConfig) -> None:
    """Tell others of a page that is not rendered in this build what they would have heard.

    Args:
        page: With its text.
        told: What autorefs is told of its places.
        config: Of MkDocs.
    """
    for place in told:
        config.plugins["autorefs"].register_anchor(page, **place)
    if DOCUMENTED.search(page.markdown or "") and "mkdocstrings" in config.plugins:
        config.plugins["mkdocstrings"].get_handler("python")  # whose style sheet the site then gets
