"""{{ exercises }}: a sheet of what all chapters have below their heading "Exercises", without answers.

A page has an empty section, which is filled when all pages are there, and can be filled again. Answers are
what is folded (`??? success`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

from dlfigs.markdown import uses

CLASS = "exercise-sheet"
SHEET = re.compile(rf'(<section class="{CLASS}">)(.*?)(</section>)', re.DOTALL)
# The part of a page, up to the next heading of its level, its references or what opens
PART = re.compile(
    r'<h2\b[^>]*\sid="exercises"[^>]*>.*?</h2>(.*?)'
    r'(?=<h2\b|<ul class="references"|<section\b|</(?:article|body)\b|\Z)',
    re.DOTALL,
)
ADDRESS = re.compile(r'\s(href|src)="([^"]*)"')
OWN = re.compile(r'\s(?:id|tabindex)="[^"]*"')  # of the page that it comes from
UNSEEN = {"details", "button", "figure"}
VOID = {"br", "hr", "img", "input", "wbr"}


@dataclass(frozen=True)
class Exercises:
    """Those of one page.

    Args:
        address: Of the page, below the site's.
        title: Of the page, as HTML.
        html: With addresses from the root of the site.
    """

    address: str
    title: str
    html: str


def of_pages(pages: Mapping[str, str]) -> list[Exercises]:
    """Return the exercises of all pages that have some, in the order of the pages.

    Args:
        pages: Their text, as HTML, by address.
    """
    found = []
    for address, html in pages.items():
        if part := PART.search(html):
            title = uses.title_of(html, escape(address))
            found.append(Exercises(address, title, copied(part[1], address, UNSEEN)))
    return found


def fill(html: str, address: str, found: list[Exercises]) -> str:
    """Return a page's text with the exercises in its sheet, if it has one.

    Args:
        html: The text.
        address: Of the page, below the site's.
        found: From `of_pages`.
    """
    if not SHEET.search(html):
        return html

    parts = []
    for one in found:
        link = f'<a href="{uses.relative(one.address, address)}">{one.title}</a>'
        parts.append(f"<h2>{link}</h2>{led(one.html, address)}")
    return SHEET.sub(lambda sheet: sheet[1] + "".join(parts) + sheet[3], html)


def copied(html: str, address: str, unseen: Collection[str]) -> str:
    """Return a part of a page as another page can have it: no ids, and addresses from the root of the site.

    Args:
        html: The part.
        address: Of its page, below the site's.
        unseen: Tags of the elements that are left out.
    """
    kept = _Kept(address, unseen)
    kept.feed(html)
    kept.close()
    return "".join(kept.parts).strip()


def led(html: str, address: str) -> str:
    """Return what `copied` gives with the addresses that it has on a page.

    Args:
        html: From `copied`.
        address: Of the page, below the site's.
    """

    def here(link: re.Match[str]) -> str:
        if not link[2].startswith("/"):
            return link[0]
        return f' {link[1]}="{uses.relative(link[2].removeprefix("/"), address)}"'

    return ADDRESS.sub(here, html)


class _Kept(HTMLParser):
    """Writes HTML down again without some elements, and with addresses from the root of the site."""

    def __init__(self, address: str, tags: Collection[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.base, self.tags, self.parts, self.unseen = f"/{address}", tags, [], 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.tags:
            self.unseen += 1
        self._keep(OWN.sub("", ADDRESS.sub(self._rooted, self.get_starttag_text())))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(OWN.sub("", ADDRESS.sub(self._rooted, self.get_starttag_text())))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._keep(f"</{tag}>")
        if tag in self.tags:
            self.unseen -= 1

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._keep(f"&#{name};")

    def _keep(self, text: str) -> None:
        if not self.unseen:
            self.parts.append(text)

    def _rooted(self, link: re.Match[str]) -> str:
        address = unescape(link[2])
        whole = address if re.match(r"[a-z]+:", address) else urljoin(self.base, address)
        return f' {link[1]}="{escape(whole)}"'
