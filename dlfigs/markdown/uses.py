"""What is known only when all pages are there: which chapters embed a figure, and the commit.

Pages have marks where it is to stand, empty elements, which nobody sees if they are never completed. The
marks stay, so that a page can be completed again.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from html import escape

MARK = "data-dlfigs"
MARKED = re.compile(rf'<(\w+)(?: class="uses")? {MARK}="(\w+) ?([\w-]*)">(.*?)</\1>')
FIGURE = re.compile(r'<figure\b[^>]*\sdata-figure="([\w-]+)"')
OWN = f'{MARK}="uses '  # is only in a figure's own page
TITLE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
# What a heading has beside its words
BESIDE = re.compile(r'<a class="headerlink".*?</a>|<[^>]*>', re.DOTALL)


def mark(what: str, slug: str = "", tag: str = "span") -> str:
    """Return an empty element for "uses" or "chapters" of a figure, or for the "commit"."""
    return f'<{tag} {MARK}="{" ".join(filter(None, (what, slug)))}"></{tag}>'


def of_figures(pages: Mapping[str, str], titles: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return which pages embed each figure: their titles by address, by slug.

    Args:
        pages: The text of all pages, as HTML, by address; figures' own pages do not count.
        titles: What to call a page that has no heading.
    """
    found: dict[str, dict[str, str]] = {}
    for address, html in pages.items():
        if OWN not in html:
            for slug in dict.fromkeys(FIGURE.findall(html)):
                heading = TITLE.search(html)
                title = BESIDE.sub("", heading[1]).strip() if heading else escape(titles.get(address, ""))
                found.setdefault(slug, {})[address] = title or address
    return found


def complete(html: str, address: str, uses: Mapping[str, Mapping[str, str]], commit: str) -> str:
    """Return a page's text with what its marks stand for.

    Args:
        html: The text.
        address: Of the page, below the site's.
        uses: From `of_figures`.
        commit: Of the course; may be empty.
    """

    def links(slug: str) -> list[str]:
        here = posixpath.dirname(f"/{address}")
        pages = uses.get(slug, {})
        return [f'<a href="{_relative(page, here)}">{title}</a>' for page, title in pages.items()]

    def instead(found: re.Match[str]) -> str:
        tag, what, slug, _ = found.groups()
        text, kind = (commit and escape(commit)) or "not under version control", ""
        if what == "uses":
            text, kind = ", ".join(links(slug)), ' class="uses"'
            text = text and f"Used in: {text}"
        elif what == "chapters":
            others = html[: found.start()].rpartition("<p>")[2]  # in its card, the questions
            text = "".join(f"{' · ' * bool(n or others)}{link}" for n, link in enumerate(links(slug)))
        return f'<{tag}{kind} {MARK}="{" ".join(filter(None, (what, slug)))}">{text}</{tag}>'

    return MARKED.sub(instead, html)


def _relative(page: str, folder: str) -> str:
    """Return the relative address of a page; the slash at the end of a folder stays."""
    link = posixpath.relpath(f"/{page}", folder)
    return f"{link}/" if page.endswith("/") or not page else link
