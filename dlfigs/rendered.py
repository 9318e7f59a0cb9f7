"""Pages as they were rendered, kept for the next build until something that they are made of changes.

A notebook takes half a second, a chapter a tenth. mkdocs-jupyter has a cache too, but it fails on half a
file, which a build that was killed leaves and another build at work shows, and on a folder that cannot be
written.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc
from mkdocs.utils import CountHandler

from dlfigs.citing import today
from dlfigs.files import checksum, keep, kept

# Text of other pages, or of the whole course: {{ gallery }}. The marks of such text, [start:name], are none
FROM_ELSEWHERE = re.compile(r"-8<-++(?! *\[)|\{\{\s*\w+\s*\}\}")
# What may be a figure's name: in an image, its reference, or a number
USED = re.compile(r"(?:[(:]|\{\{)\s*<?(\w+)")
# Drawings, whose numbers are no text, and what `notebook_page` marks
UNSEARCHED = re.compile(r"<svg\b.*?</svg>|<section data-search-exclude>.*?</section>", re.DOTALL)
log = logging.getLogger("mkdocs")


def _renderers() -> bytes:
    """Return the names of all packages, with versions, and what our own code is."""
    folders = [Path(place) for place in dict.fromkeys(sys.path) if Path(place).is_dir()]
    packages = sorted(entry.name for folder in folders for entry in folder.glob("*.dist-info"))
    ours = [checksum(path.read_bytes()) for path in sorted(Path(__file__).parent.rglob("*.py"))]
    return json.dumps([packages, ours]).encode()


# As this process has loaded them: a server goes on with the code that it began with
RENDERERS = _renderers()


class Memory:
    """What one build remembers of the last.

    Args:
        store: Folder for the pages.
        jupyter: The plugin that renders notebooks, whose own cache is switched off; None for none.
        figures: Folders of the finished figures by slug.
        chapters: Whether to remember chapters too, not just notebooks, and what the search has read.
    """

    def __init__(
        self, store: Path, jupyter: BasePlugin | None, figures: Mapping[str, Path], *, chapters: bool
    ) -> None:
        self.store, self.figures, self.chapters, self.everywhere = store, figures, chapters, b""
        self.renderers, self.notebooks = RENDERERS, jupyter is not None
        if jupyter:
            jupyter.config["cache"] = False
            self.renderers += json.dumps(dict(jupyter.config), default=str).encode()

    def look_around(self, config: MkDocsConfig, files: Files) -> None:
        """Note what all chapters depend on beside their own text and figures, when all files are known."""
        options = {
            name: {key: value for key, value in given.items() if key not in ("figures", "error")}
            for name, given in config.mdx_configs.items()
        }
        read = [Path(value) for value in options["dlfigs.markdown"].values() if isinstance(value, str)]
        addresses = sorted((file.src_uri, file.url) for file in files)
        # A page of questions is a chapter, and of those that have text of others all texts count
        texts = [checksum(path.read_bytes()) for path in read if path.is_file() and path.suffix != ".md"]
        links = str(dict(config.validation.links))
        everything = [config.markdown_extensions, options, addresses, texts, links, str(today())]
        here = str(Path(config.config_file_path).parent)  # the same in a copy of the course
        self.everywhere = json.dumps(everything, default=str).replace(here, ".").encode()
        self.docs = Path(config.docs_dir)

    def attach(self, page: Page) -> None:
        """Make a page render itself only if it has changed; after all that replace its `render`."""
        store = self.store / f"{page.file.src_uri}.json"
        if not page.file.src_uri.endswith(".ipynb"):
            if self.chapters:
                page.render = once(page, store, lambda: self._chapter(page))
        elif self.notebooks:
            content = self.renderers + Path(page.file.abs_src_path).read_bytes()
            page.render = once(page, store, lambda: content)

    def figure_page(self, slug: str, html: str, parts: Sequence[Any], make: Callable[[], str]) -> str:
        """Return a figure's page, made anew only if what it is made of has changed.

        Args:
            slug: Name of the figure.
            html: Its notebook, rendered.
            parts: What the page is made of beside that and the figure: text, mappings.
            make: Makes it.
        """
        own = json.dumps([self.figures[slug].name, *parts]).encode() + html.encode()
        content = self.renderers + self.everywhere + own
        return _remembered(self.store / f"{slug}.json", content, lambda: (make(), True))

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

    def _searched(self, page: Page, config: MkDocsConfig) -> Callable[[], None]:
        """Take away the content of a page whose entries are known; return what adds, or keeps, them."""
        plugin = config.plugins.get("material/search")
        entries = getattr(getattr(plugin, "search_index", None), "entries", None)
        if entries is None or not self.chapters:
            return lambda: None
        said = [
            dict(plugin.config),
            page.content,
            page.url,
            page.title,
            page.meta,
            [_token(link) for link in page.toc],
        ]
        parts = self.renderers + json.dumps(said, default=str).encode()
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

    def _chapter(self, page: Page) -> bytes:
        """Return what one chapter is made of, with other pages' texts if it asks for some."""
        text = page.markdown
        everything = FROM_ELSEWHERE.search(text)
        used = set(USED.findall(text))
        named = {slug: folder.name for slug, folder in self.figures.items() if everything or slug in used}
        own = [page.url.encode(), text.encode(), json.dumps(named).encode()]
        others = [path.read_bytes() for path in sorted(self.docs.rglob("*.md"))] if everything else []
        return b"\0".join([self.renderers, self.everywhere, *own, *others])


class Templates(BytecodeCache):
    """The theme's templates, compiled, as long as the process lives."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, if its template has not changed."""
        if code := self.compiled.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is in the bucket."""
        self.compiled[bucket.key] = bucket.bytecode_to_string()


def once(page: Page, store: Path, parts: Callable[[], bytes]) -> Callable[..., None]:
    """Return the page's `render` with a memory.

    Args:
        page: A page whose `render` is the one to use.
        store: Where the result is kept.
        parts: Gives what the page is made of; when that changes, it is rendered again.
    """
    render = page.render

    def render_once(config: MkDocsConfig, files: Files) -> None:
        def rendered() -> tuple[dict[str, Any], bool]:
            complaints = CountHandler()
            log.addHandler(complaints)
            try:
                render(config, files)
            finally:
                log.removeHandler(complaints)
            # A page that was complained of is to be complained of in the next build too, which a quiet
            # build does not hear; of notebooks, whose links MkDocs does not look at, nobody complains
            good = log.isEnabledFor(logging.INFO) and not complaints.get_counts()
            return _result(page), good or page.file.src_uri.endswith(".ipynb")

        _apply(_remembered(store, parts(), rendered), page, files)

    return render_once


def _remembered(store: Path, parts: bytes, make: Callable[[], tuple[Any, bool]]) -> Any:
    """Return what was made of the same parts before, or make it, and keep it if that is allowed."""
    key = checksum(parts)
    said = json.loads(kept(store) or "{}")
    if said.get("key") != key:
        made, keepable = make()
        said = {"key": key, "made": made}
        if keepable:
            keep(store, json.dumps(said).encode())
    return said["made"]


def _result(page: Page) -> dict[str, Any]:
    links = page.links_to_anchors
    return {
        "content": page.content,
        "contents": [_token(link) for link in page.toc],
        "title": getattr(page, "_title_from_render", None),
        "anchors": None if page.present_anchor_ids is None else sorted(page.present_anchor_ids),
        "links": None if links is None else [[file.src_uri, found] for file, found in links.items()],
    }


def _apply(said: Mapping[str, Any], page: Page, files: Files) -> None:
    page.content, page.toc = said["content"], get_toc(said["contents"])
    page._title_from_render = said["title"]
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
