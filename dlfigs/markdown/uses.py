"""What is known only when all pages are there: which chapters embed a figure, its neighbors, the commit.

Pages have marks where it is to stand, empty elements, which nobody sees if they are never completed. The
marks stay, so that a page can be completed again.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

MARK = "data-dlfigs"
MARKED = re.compile(
    rf'<(\w+)(?: class="(?:uses|neighbors)"(?: aria-label="[^"]*")?)? {MARK}="(\w+) ?([\w-]*)">(.*?)</\1>'
)
# Attributes come in any order
FIGURE = re.compile(r'<figure\b(?=[^>]*\sid="([^"]+)")(?=[^>]*\sdata-figure="([\w-]+)")')
OWN = f'{MARK}="uses '  # is only in a figure's own page
LISTED = re.compile(rf'{MARK}="chapters ([\w-]+)"')  # in the gallery
TITLE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
# What a heading has beside its words
BESIDE = re.compile(r'<a class="headerlink".*?</a>|<[^>]*>', re.DOTALL)


def title_of(html: str, otherwise: str = "") -> str:
    """Return the first heading of a page as HTML, without the link beside it.

    Args:
        html: The text of the page.
        otherwise: What to return if there is none.
    """
    heading = TITLE.search(html)
    return BESIDE.sub("", heading[1]).strip() if heading else otherwise


def mark(what: str, slug: str = "", tag: str = "span") -> str:
    """Return an empty element for "uses", "chapters" or "neighbors" of a figure, or for the "commit"."""
    return f'<{tag} {MARK}="{" ".join(filter(None, (what, slug)))}"></{tag}>'


@dataclass(frozen=True)
class Known:
    """What all pages together tell.

    Args:
        uses: By slug, titles of the pages that embed a figure, by address with its place there.
        figures: Address and title of figures' own pages by slug, in the order of the gallery.
    """

    uses: Mapping[str, Mapping[str, str]]
    figures: Mapping[str, tuple[str, str]]


def of_figures(pages: Mapping[str, str], titles: Mapping[str, str]) -> Known:
    """Return which pages embed each figure, and the figures' order.

    Args:
        pages: The text of all pages, as HTML, by address; figures' own pages do not count as uses.
        titles: What to call a page that has no heading.
    """
    uses: dict[str, dict[str, str]] = {}
    own: dict[str, tuple[str, str]] = {}
    order: list[str] = []
    for address, html in pages.items():
        title = title_of(html, escape(titles.get(address, "")))
        order += LISTED.findall(html)
        if OWN in html:
            slug = html.partition(OWN)[2].partition('"')[0]
            own[slug] = address, title or address
        else:
            places: dict[str, str] = {}
            for name, slug in FIGURE.findall(html):
                places.setdefault(slug, name)  # the first of several
            for slug, name in places.items():
                uses.setdefault(slug, {})[f"{address}#{name}"] = title or address
    listed = [slug for slug in dict.fromkeys([*order, *sorted(own)]) if slug in own]
    return Known(uses, {slug: own[slug] for slug in listed})


def complete(html: str, address: str, known: Known, commit: str) -> str:
    """Return a page's text with what its marks stand for.

    Args:
        html: The text.
        address: Of the page, below the site's.
        known: From `of_figures`.
        commit: Of the course; may be empty.
    """

    def links(slug: str) -> list[str]:
        pages = known.uses.get(slug, {})
        return [f'<a href="{relative(page, address)}">{title}</a>' for page, title in pages.items()]

    def neighbors(slug: str) -> str:
        order = list(known.figures)
        at = order.index(slug) if slug in order else len(order)
        before, after = order[max(at - 1, 0) : at], order[at + 1 : at + 2]
        parts = []
        for words, rel, other in (("Previous figure", "prev", before), ("Next figure", "next", after)):
            for page, title in (known.figures[name] for name in other):
                parts.append(f'{words}: <a rel="{rel}" href="{relative(page, address)}">{title}</a>')
        return "<br>".join(parts)

    def instead(found: re.Match[str]) -> str:
        tag, what, slug, _ = found.groups()
        text, kind = (commit and escape(commit)) or "not under version control", ""
        if what == "uses":
            text, kind = ", ".join(links(slug)), ' class="uses"'
            text = text and f"Used in: {text}"
        elif what == "neighbors":
            text, kind = neighbors(slug), ' class="neighbors"'
            kind += ' aria-label="Figures"' * (tag == "nav")
        elif what == "chapters":
            others = html[: found.start()].rpartition("<p>")[2]  # in its card, the questions
            text = "".join(f"{' · ' * bool(n or others)}{link}" for n, link in enumerate(links(slug)))
        return f'<{tag}{kind} {MARK}="{" ".join(filter(None, (what, slug)))}">{text}</{tag}>'

    return MARKED.sub(instead, html)


def relative(page: str, address: str) -> str:
    """Return how a page at an address links to another; a slash at its end stays, and a place in it."""
    folder = posixpath.dirname(f"/{address}")
    page, sign, place = page.partition("#")
    link = posixpath.relpath(f"/{page}", folder)
    return (f"{link}/" if page.endswith("/") or not page else link) + sign + place
