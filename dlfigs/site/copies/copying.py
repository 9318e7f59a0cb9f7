"""Markdown copies of a site's pages, made of their HTML when all are rendered, and kept till it changes."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Collection, Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dlfigs.make.files import checksum, keep, kept
from dlfigs.markdown.uses import BESIDE, TITLE, relative
from dlfigs.site.copies import blocks, elements, named

FIGURES = "figures"  # the folder of figures' pages
PICTURES = "assets/figures"
# What a page ends with: how to cite it. Beside it is how to take it
ACTIONS = re.compile(r'(<section class="cite-row"[^>]*>\s*<button\b.*?</button>)', re.DOTALL)
OWN_CODE = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))


def file_of(address: str) -> str:
    """Return where the copy of a page is, below the site's address."""
    return f"{address}index.html.md" if address.endswith("/") or not address else f"{address}.md"


class Copies:
    """Those of one site.

    Args:
        store: Folder that keeps what was made of pages.
        figures: Slugs of the figures.

    Attributes:
        titles: Of all pages, by address below the site's.
        made: Text of each copy, and the numbers that it has, by the address of the page.
    """

    def __init__(self, store: Path, figures: Collection[str]) -> None:
        self.store, self.figures = store, figures
        self.titles: dict[str, str] = {}
        self.made: dict[str, tuple[str, list[named.Shown]]] = {}

    def note_pages(self, pages: Mapping[str, str], titles: Mapping[str, str]) -> None:
        """Note which pages there are, before the first is copied.

        Args:
            pages: Their text, as HTML, by address, in the order of the navigation.
            titles: What to call a page that has no heading.
        """
        self.made = {}
        for address, html in pages.items():
            heading = TITLE.search(html)
            words = BESIDE.sub("", named.without(heading[1])) if heading else titles.get(address, "")
            self.titles[address] = " ".join(unescape(words).split()) or address

    def take(self, html: str, address: str) -> str:
        """Copy a page, and return it as readers get it, with a button and a link that take the copy.

        Args:
            html: The text of the page, complete, in which numbers and formulas say what they are.
            address: Of the page, below the site's.
        """
        self.made[address] = self._copied(html, address)
        name = posixpath.basename(file_of(address))
        about = f'type="button" class="cite-button" data-copy-page="{name}" aria-live="polite"'
        buttons = (
            f'<a href="{name}" type="text/markdown">Page as Markdown</a>'
            f"<span hidden> · <button {about}>Copy page</button></span>"
        )
        buttons = f'<span class="copy-page">{buttons}</span>'
        html, beside = ACTIONS.subn(rf"\1 · {buttons}", named.without(html), 1)
        row = f'<section class="cite-row" data-search-exclude="">{buttons}</section>'
        return html if beside else f"{html}\n{row}"

    def _copied(self, html: str, address: str) -> tuple[str, list[named.Shown]]:
        said = json.dumps([html, address, list(self.titles)]).encode()
        key = checksum(OWN_CODE + said)
        store = self.store / f"{file_of(address)}.json"
        known: dict[str, Any] = json.loads(kept(store) or "{}")
        if known.get("key") != key:
            page = elements.parse(html)
            text = blocks.markdown(page, lambda link: self._lead(link, address), self._figure(address))
            known = {"key": key, "text": text, "numbers": named.of(page)}
            keep(store, json.dumps(known).encode())
        return known["text"], [named.Shown(*number) for number in known["numbers"]]

    def _lead(self, link: str, address: str) -> str:
        """Return where a link of a page leads from its copy: to copies, if it leads to pages."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or not parts.path:
            return link if parts.scheme or parts.netloc else ""
        folder = posixpath.dirname(f"/{address}")
        place = posixpath.normpath(posixpath.join(folder, unquote(parts.path))).lstrip("/")
        ends = parts.path.endswith(("/", ".", ".."))
        for page in (f"{place}/" if place not in ("", ".") else "", place):
            if page in self.titles and (ends or page == place):
                hash_ = f"#{parts.fragment}" if parts.fragment else ""
                return relative(file_of(page), address) + hash_
        return link

    def _figure(self, address: str) -> Any:
        def leads(slug: str) -> tuple[str, str]:
            page = self.page_of(slug)
            known = slug in self.figures
            picture = relative(f"{PICTURES}/{slug}.png", address) if known else ""
            elsewhere = page and page != address
            return picture, relative(file_of(page), address) if elsewhere else ""

        return leads

    def page_of(self, slug: str) -> str:
        """Return the address of a figure's own page; "" if there is none."""
        places = (f"{FIGURES}/{slug}/", f"{FIGURES}/{slug}.html")
        return next((place for place in places if place in self.titles), "")
