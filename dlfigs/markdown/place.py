"""Where the page that is being converted stands in its site, and how it links to other files of it.

Python-Markdown does not know. The generator does, and has told the Markdown instance: MkDocs (and
ProperDocs) through the processor that makes links relative, Zensical through its context.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown import Markdown

from dlfigs.markdown.source import CONTEXT, RELATIVE, Source, registered

TITLE = re.compile(r"^# +(.+?)(?:\s*\{[^{}]*\})?\s*$", re.MULTILINE)


# Options that are paths, from the folder of the configuration
PATHS = ("figures", "bibliography", "citation", "questions", "glossary", "docs")


def from_root(options: Mapping[str, Any], md: Markdown) -> dict[str, Any]:
    """Return the extension's options with paths that lead there from anywhere, as far as Zensical says so.

    MkDocs' plugin has done that already.
    """
    if not (zensical := _zensical(md)):
        return dict(options)
    config = zensical.config
    given = dict(options) | {"docs": config.get("docs_dir", options["docs"])}
    root = Path(config.get("root_dir", "."))
    named = [name for name in PATHS if given[name] and isinstance(given[name], str)]
    return given | {name: str(root / given[name]) for name in named}


def _zensical(md: Markdown) -> Any:
    return registered(md.preprocessors, CONTEXT)


class Place:
    """The page and its site.

    Args:
        md: The Markdown instance.
        source: Finds the page if the generator does not say which it is.
        options: The extension's: docs, downloads, notebooks, figures.
    """

    def __init__(self, md: Markdown, source: Source, options: Mapping[str, Any]) -> None:
        self.md, self.source, self.options = md, source, options

    @property
    def _mkdocs(self) -> Any:
        """MkDocs' own processor of links, which has the file and all files of the site."""
        return registered(self.md.treeprocessors, RELATIVE)

    @property
    def _zensical(self) -> Any:
        return _zensical(self.md)

    @property
    def docs(self) -> Path:
        """Folder of the sources."""
        return Path(self.options["docs"])

    @property
    def path(self) -> str:
        """The page below the folder of sources, "week1/intro.md"; empty if nobody knows."""
        return self.source.page

    @property
    def title(self) -> str:
        """What the generator calls the page, or else its first heading."""
        known = self._mkdocs.file.page.title if self._mkdocs and self._mkdocs.file.page else None
        known = self._zensical.page.title if self._zensical else known
        heading = TITLE.search(self.source.text)
        return known or (heading[1] if heading else self.name)

    @property
    def meta(self) -> Mapping[str, Any]:
        """The page's front matter."""
        if self._mkdocs:
            return getattr(self._mkdocs.file.page, "meta", None) or {}
        return self._zensical.page.meta if self._zensical else {}

    @property
    def told(self) -> bool:
        """Whether a generator has said which page this is; a piece of text alone is none."""
        return bool(self._mkdocs or self._zensical)

    @property
    def name(self) -> str:
        """The name of the page's file, without its ending."""
        return posixpath.splitext(posixpath.basename(self.path))[0]

    @property
    def is_home(self) -> bool:
        """Whether this is the first page of the site."""
        return self.path in ("index.md", "README.md")

    @property
    def downloads(self) -> str:
        """Where the site has the figures' files; empty for nowhere."""
        given, figures = self.options["downloads"], self.options["figures"]
        if given or isinstance(figures, Mapping):
            return given.strip("/")
        folder, docs = Path(figures).resolve(), self.docs.resolve()
        return folder.relative_to(docs).as_posix() if folder.is_relative_to(docs) else ""

    def own_page(self, slug: str) -> str:
        """Return a figure's page below the folder of sources; empty if there is none."""
        folder = self.options["notebooks"].strip("/")
        if folder:
            return f"{folder}/{slug}.md"
        written = f"figures/{slug}.md"
        is_there = self.downloads and not self._mkdocs and (self.docs / written).is_file()
        return written if is_there else ""

    def below_docs(self, path: str) -> str:
        """Return a page, given by its path, below the folder of sources; empty if none is given."""
        folder, page = self.docs.resolve(), Path(path).resolve()
        inside = bool(path) and page.is_relative_to(folder)
        return page.relative_to(folder).as_posix() if inside else Path(path).name if path else ""

    def link(self, target: str) -> str:
        """Return the relative link from this page's source to a path below the folder of sources."""
        there, hash_, anchor = target.partition("#")
        return posixpath.relpath(there, posixpath.dirname(self.path) or ".") + hash_ + anchor

    def address(self, path: str) -> str:
        """Return where the site has a page, below the site's own address."""
        if self._mkdocs and (file := self._mkdocs.files.get_file_from_path(path)):
            return "" if file.url == "./" else file.url
        stem = path.removesuffix(".md")
        folder, _, name = stem.rpartition("/")
        if self._zensical and not self._zensical.config.get("use_directory_urls", True):
            return f"{stem}.html"
        if name in ("index", "README"):
            return f"{folder}/" if folder else ""
        return f"{stem}/"
