"""Figures' files and pages, and our style sheet and script, as files of a site in MkDocs."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

from dlfigs.make.state import State
from dlfigs.make.store import EXPORTED
from dlfigs.markdown import figure_page
from dlfigs.markdown.figure_page import PAGES
from dlfigs.site import look
from dlfigs.site.deck import making

DOWNLOADS = "assets/figures"


class Elsewhere(File):
    """A file that a server takes from where it is."""

    def copy_file(self, dirty: bool = False) -> None:
        """Copy nothing."""


def add(files: Files, figures: Mapping[str, State], config: MkDocsConfig, *, served: bool) -> None:
    """Add each figure's page, notebook and files, which have their addresses even before they are there.

    Args:
        files: All files of the site.
        figures: The figures by slug.
        config: Of MkDocs.
        served: Whether a server takes the files from where they are.

    Raises:
        PluginError: If the course has a file of its own in the place of one of them.
    """
    there = {file.dest_uri: file for file in files}
    hidden = InclusionLevel.NOT_IN_NAV

    def put(kind: type[File], address: str, **content: str) -> None:
        file = kind.generated(config, address, inclusion=hidden, **content)
        if other := there.get(file.dest_uri) or files.get_file_from_path(address):
            _check_ours(other, file)
            files.remove(other)
        files.append(file)

    kind = Elsewhere if served else File
    for slug, figure in figures.items():
        page = figure_page.of(figure.built) if figure.built else figure_page.waiting(slug, figure.info)
        put(File, f"{PAGES}/{slug}.md", content=page)
        suffixes = figure.built.exported if figure.built else EXPORTED
        places = {f"{DOWNLOADS}/{slug}.{suffix}": suffix for suffix in suffixes}
        for address, suffix in (places | {f"{PAGES}/{slug}/{slug}.ipynb": "ipynb"}).items():
            path = {"abs_src_path": str(figure.built.file(suffix))} if figure.built else {"content": ""}
            put(kind, address, **path)
    for address, text in look.files().items():
        files.append(File.generated(config, address, content=text))


def add_deck(files: Files, config: MkDocsConfig) -> None:
    """Keep the places of cards, which are made when all pages are there, so that pages can link to them."""
    for address in making.FILES:
        if not files.get_file_from_path(address):
            files.append(File.generated(config, address, content=""))


def ask_for_look(config: MkDocsConfig) -> None:
    """Have all pages ask for our style sheet and script; a course's own come later, and so count more."""
    config.extra_css.insert(0, look.SHEET)
    config.extra_javascript.insert(0, look.SCRIPT)


def _check_ours(other: File, file: File) -> None:
    """Raise an error unless a file was written for Zensical, and so is one of ours."""
    path = Path(other.abs_src_path or "")
    beside = path.parent / f"{posixpath.basename(file.src_uri).partition('.')[0]}.json"
    if path.suffix == ".md":
        ours = figure_page.is_ours(path)
    elif path.suffix == ".ipynb":
        ours = other.src_uri == file.src_uri
    else:
        ours = beside.is_file() and "digest" in json.loads(beside.read_text(encoding="utf-8"))
    if not ours:
        raise PluginError(f"{path}: dlfigs puts {file.dest_uri} there; give it another name")
