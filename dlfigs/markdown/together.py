"""What all pages of a site together tell each of them: who uses a figure, exercises, questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dlfigs.markdown import exercises, lectures, practice, uses

# Attributes of the sections that are filled, by the word that a page has in their place
SECTIONS = {
    "exercises": {"class": exercises.CLASS},
    "practice": {"class": practice.CLASS, "data-search-exclude": ""},
    "slides": {"class": lectures.CLASS, "data-search-exclude": ""},
}


@dataclass(frozen=True)
class Together:
    """What is known when all pages are there.

    Args:
        uses: Of figures.
        exercises: Of all pages, in their order.
        asked: What all pages ask, in their order.
    """

    uses: uses.Known
    exercises: list[exercises.Exercises]
    asked: list[practice.Asked]

    @classmethod
    def of(cls, pages: Mapping[str, str], titles: Mapping[str, str]) -> Self:
        """Read the pages.

        Args:
            pages: The text of all pages, as HTML, by address, in the order of the navigation.
            titles: What to call a page that has no heading.
        """
        return cls(uses.of_figures(pages, titles), exercises.of_pages(pages), practice.of_pages(pages))

    def complete(self, html: str, address: str, commit: str) -> str:
        """Return a page's text with what its marks stand for; `commit` is that of the course."""
        html = practice.fill(exercises.fill(html, address, self.exercises), address, self.asked)
        return uses.complete(html, address, self.uses, commit)
