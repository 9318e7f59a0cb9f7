"""Pages as they were rendered, kept for the next build until something that they are made of changes.

A chapter takes a tenth of a second. Notebooks of the course's own are left to the plugin that renders them.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mkdocs
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc
from mkdocs.utils import CountHandler

from dlfigs.make.files import checksum, keep, kept
from dlfigs.site import documented, internals, search_words
from dlfigs.site.ingredients import RENDERERS, Ingredients

# Drawings, whose numbers are no text, and what `figure_page` marks
UNSEARCHED = re.compile(r"<svg\b.*?</svg>|<section data-search-exclude>.*?</section>", re.DOTALL)
LOG = logging.getLogger(mkdocs.__name__)  # under ProperDocs, mkdocs is another name for it
# A server asks for the same in each build, and what is on the disk takes ten times as long
_lately: dict[Path, dict[str, Any]] = {}


class Memory:
    """What one build remembers of the last.

    Args:
        store: Folder for the pages.
        figures: What tells the versions of each figure apart, by slug.
        chapters: Whether to remember pages, and what the search has read of them.
    """

    def __init__(self, store: Path, figures: Mapping[str, str], *, chapters: bool) -> None:
        self.store, self.figures, self.chapters = store, figures, chapters

    def look_around(self, config: MkDocsConfig, files: Files) -> None:
        """Note what all chapters depend on beside their own text and figures, when all files are known."""
        self.ingredients = Ingredients(self.figures, config, files)

    def attach(self, page: Page) -> None:
        """Make a page render itself only if it has changed; after all that replace its `render`."""
        # Or a plugin renders it in its own way
        if self.chapters and "render" not in vars(page) and internals.can_replace_render():
            store = self.store / f"{page.file.src_uri}.json"
            page.render = once(page, store, lambda: self.ingredients.of(page))

    def hide(self, page: Page, config: MkDocsConfig) -> Callable[[], None]:
        """Hide from the search what it is not to read, or all of a page that it has read in another build.

        Args:
            page: To be indexed next.
            config: With the search of Material for MkDocs; any other reads all pages itself.

        Returns:
            What puts the content back, after the search.
        """
        hidden, indexed = hide(page), self._searched(page, config)

        def restore() -> None:
            indexed()
            show(page, hidden)

        return restore

    def complete_search(self, config: MkDocsConfig, addresses: Mapping[str, str]) -> None:
        """Tell the search what it does not read on pages, now that it has read all of them.

        Args:
            config: Of MkDocs.
            addresses: Where the site has each page, by its path below the folder of sources.
        """
        search_words.complete(config, addresses)

    def _searched(self, page: Page, config: MkDocsConfig) -> Callable[[], None]:
        """Take away the content of a page whose entries are known; return what adds, or keeps, them."""
        entries = internals.search_entries(config)
        if entries is None or not self.chapters:
            return lambda: None
        said = [
            dict(config.plugins[internals.SEARCH].config),
            page.content,
            page.url,
            page.title,
            page.meta,
            [_token(link) for link in page.toc],
        ]
        parts = RENDERERS + json.dumps(said, default=str).encode()
        store, begun = self.store / f"{page.file.src_uri}.search.json", len(entries)
        if known := _remembered(store, parts, lambda: (None, False)):
            page.content = ""

        def after() -> None:
            if known:
                entries.extend(known["entries"])
                page.content = known["content"]
            else:
                found = {"entries": entries[begun:], "content": page.content}
                # A page without entries is not to be searched, or this is another search than it was
                _remembered(store, parts, lambda: (found, bool(found["entries"])))

        return after


def once(page: Page, store: Path, parts: Callable[[], bytes | None]) -> Callable[..., None]:
    """Return the page's `render` with a memory.

    Args:
        page: A page whose `render` is the one to use.
        store: Where the result is kept.
        parts: Gives what the page is made of; when that changes, it is rendered again. None: always.
    """
    render = page.render

    def render_once(config: MkDocsConfig, files: Files) -> None:
        def rendered() -> tuple[dict[str, Any], bool]:
            complaints = CountHandler()
            LOG.addHandler(complaints)
            try:
                with documented.heard(config) as told:
                    render(config, files)
            finally:
                LOG.removeHandler(complaints)
            # A page that was complained of is to be complained of in the next build too, which a quiet
            # build does not hear
            keepable = LOG.isEnabledFor(logging.INFO) and not complaints.get_counts()
            return _result(page) | {"told": told}, keepable

        if (made_of := parts()) is None:
            render(config, files)
            return
        said = _remembered(store, made_of, rendered)
        _apply(said, page, files)
        documented.tell(page, said["told"], config)

    return render_once


def _remembered(store: Path, parts: bytes, make: Callable[[], tuple[Any, bool]]) -> Any:
    """Return what was made of the same parts before, or make it, and keep it if that is allowed."""
    key = checksum(parts)
    said = _lately.get(store, {})
    if said.get("key") != key:
        said = json.loads(kept(store) or "{}")
    if said.get("key") != key:
        made, keepable = make()
        said = {"key": key, "made": made}
        if keepable:
            keep(store, json.dumps(said).encode())
        else:
            return made
    _lately[store] = said
    return said["made"]


def _result(page: Page) -> dict[str, Any]:
    links = page.links_to_anchors
    return {
        "content": page.content,
        "contents": [_token(link) for link in page.toc],
        "title": page.title,
        "anchors": None if page.present_anchor_ids is None else sorted(page.present_anchor_ids),
        "links": None if links is None else [[file.src_uri, found] for file, found in links.items()],
    }


def _apply(said: Mapping[str, Any], page: Page, files: Files) -> None:
    page.content, page.toc = said["content"], get_toc(said["contents"])
    page.title = said["title"]  # or MkDocs would look for it in the text that it has not rendered
    if said["anchors"] is not None:
        page.present_anchor_ids = set(said["anchors"])
    if said["links"] is not None:
        page.links_to_anchors = {files.src_uris[uri]: found for uri, found in said["links"]}


def _token(link: AnchorLink) -> dict[str, Any]:
    """Return a heading as Python-Markdown's table of contents has it."""
    children = [_token(child) for child in link.children]
    return {"level": link.level, "id": link.id, "name": link.title, "children": children}


def hide(page: Page) -> list[str]:
    """Take out of a page what its search is not to read, most of many pages; return it, for `show`."""
    hidden: list[str] = []

    def out(found: re.Match[str]) -> str:
        hidden.append(found[0])
        return f"<!--dlfigs hides {len(hidden) - 1}-->"

    page.content = UNSEARCHED.sub(out, page.content or "")
    return hidden


def show(page: Page, hidden: Sequence[str]) -> None:
    """Put back what `hide` has taken out."""
    page.content = re.sub(r"<!--dlfigs hides (\d+)-->", lambda found: hidden[int(found[1])], page.content)
