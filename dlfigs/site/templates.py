"""The theme's templates in a server: compiled once, and filled again only for pages that have changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink

from dlfigs.make.files import checksum
from dlfigs.site.ingredients import written

# What a template is given, and differs in each build or is looked at by itself
APART = {"nav", "pages", "config", "page", "build_date_utc"}
# Of the configuration, what a template does not show
UNSEEN = {"plugins", "hooks", "mdx_configs", "site_dir"}


class Templates(jinja2.BytecodeCache):
    """Templates and pages, as long as the process lives."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}
        self.filled: dict[str, tuple[str, str]] = {}  # by a page's address: what was shown, and the result
        self.around = ""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, if its template has not changed."""
        if code := self.compiled.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is in the bucket."""
        self.compiled[bucket.key] = bucket.bytecode_to_string()

    def remember_pages(self, env: jinja2.Environment, config: MkDocsConfig, nav: Navigation) -> None:
        """Let this build's templates not be filled with what they were filled with before.

        Only for themes that show nothing but what MkDocs gives them.
        """
        shown = {name: value for name, value in config.items() if name not in UNSEEN}
        plugins = {name: dict(getattr(plugin, "config", {})) for name, plugin in config.plugins.items()}
        # Material's own do not change while a server runs; those of the site may
        own = [place for place in (config.theme.custom_dir,) if place]
        dates = [
            [str(p), p.stat().st_mtime_ns] for place in own for p in sorted(Path(place).rglob("*.html"))
        ]
        titles = [_item(item) for item in nav.items]
        self.around = json.dumps([shown, plugins, dates, titles], default=written)
        templates = self

        class Remembering(jinja2.Template):
            def render(self, *args: Any, **kwargs: Any) -> str:
                context = dict(*args, **kwargs)
                page = context.get("page")
                if page is None:
                    return super().render(context)
                key = templates.key(self.name, page, context)
                known, html = templates.filled.get(page.url, ("", ""))
                if known != key:
                    html = super().render(context)
                    templates.filled[page.url] = key, html
                return html

        env.template_class = Remembering

    def key(self, template: str | None, page: Page, context: dict[str, Any]) -> str:
        """Return what tells a page as it is shown from itself as it was."""
        others = [page.previous_page, page.next_page, *page.ancestors]
        own = [page.content, page.url, page.title, page.meta, page.edit_url, page.canonical_url]
        contents = [_heading(link) for link in page.toc]
        given = {name: value for name, value in context.items() if name not in APART}
        said = [template, own, contents, [_item(other) for other in others], given, self.around]
        return checksum(json.dumps(said, default=written).encode())


def _item(item: Any) -> Any:
    """Return what navigation shows of a page, a section or a link; titles of pages count."""
    if item is None:
        return None
    children = [_item(child) for child in getattr(item, "children", None) or ()]
    return [type(item).__name__, item.title, getattr(item, "url", ""), children]


def _heading(link: AnchorLink) -> list[Any]:
    return [link.level, link.id, link.title, [_heading(child) for child in link.children]]
