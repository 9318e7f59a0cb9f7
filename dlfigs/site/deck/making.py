"""The deck of a site, made when all of its pages are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from dlfigs.markdown import practice
from dlfigs.recipe.info import Info
from dlfigs.site.copies import outline
from dlfigs.site.deck import packing, quiz, reading

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

FILES = (packing.DECK, packing.TABLE, quiz.QTI, quiz.MOODLE)
PICTURES = "assets/figures"  # where a site has their PNG


class Pages:
    """Those of one site that have something for a card."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def note(self, html: str, address: str) -> None:
        """Keep a page's text, in which formulas say what they are, if it has something for a card."""
        html = practice.SHEET.sub("", html)  # which has all of it again
        if reading.HAS_QUESTIONS.search(html) or reading.PREDICTIONS.search(html):
            self.kept[address] = html
        else:
            self.kept.pop(address, None)

    def cards(self, url: str, figures: Mapping[str, Info]) -> list[reading.Card]:
        """Return all cards, in the order of the pages.

        Args:
            url: Of the site, which ends with a slash; may be empty.
            figures: What is known of each.
        """
        found = []
        for address, html in self.kept.items():
            found += reading.cards(html, address, _leads(url + address), figures.keys())
        return found

    def files(
        self,
        config: MkDocsConfig,
        about: outline.About,
        titles: Mapping[str, str],
        figures: Mapping[str, Info],
    ) -> dict[str, bytes]:
        """Return deck, table and quiz by their names in the site; empty if there is nothing for them.

        Args:
            config: Of MkDocs, whose folder of the site has the pictures of the figures.
            about: What the site says of itself.
            titles: Of pages, by address below the site's.
            figures: What is known of each.
        """
        seconds = packing.changed(Path(config.config_file_path).parent)
        course = packing.Course(about.name, about.url, about.rights, seconds)
        pictures = {
            slug: packing.Picture(Path(config.site_dir, address), about.url + address, info.alt)
            for slug, info in figures.items()
            for address in [f"{PICTURES}/{slug}.png"]
        }
        found = self.cards(about.url, figures)
        made = packing.files(found, pictures, titles, course) if found else {}
        made |= quiz.files(self.kept, lambda address: _leads(about.url + address), course)
        return dict.fromkeys(FILES, b"") | made


def _leads(base: str) -> Callable[[str], str]:
    """Return what gives the whole address of a link on the page with this address."""

    def lead(link: str) -> str:
        whole = urljoin(base, link)
        return whole if re.match(r"https?:", whole) else ""

    return lead
