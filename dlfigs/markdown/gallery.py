"""All figures as cards, by parts of the course, with a form that finds some of them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown import Markdown

from dlfigs.errors import UserError
from dlfigs.markdown import drawing
from dlfigs.markdown.page import Page
from dlfigs.markdown.uses import MARK
from dlfigs.recipe.info import Info

QUESTION = re.compile(r"^## (\d+)\. (.+?)(?:\s*\{.*\})?\s*$", re.MULTILINE)


class Gallery:
    """Makes the gallery of a page.

    Args:
        md: The Markdown instance.
        page: The page that is read.
    """

    def __init__(self, md: Markdown, page: Page) -> None:
        self.md, self.page = md, page

    def fill(self, parent: ET.Element) -> None:
        """Add the form and the cards, by parts of the course."""
        infos = {slug: self.page.finished.info(slug) for slug in self.page.finished.slugs}
        try:
            questions = read_questions(self.page.options["questions"])
            parts = group(infos, self.page.options["parts"])
        except UserError as error:
            self.page.source.fail("{{ gallery }}", str(error))
        asked = sorted({number for info in infos.values() for number in info.questions})
        form = ET.SubElement(parent, "div")
        form.text = self.md.htmlStash.store(_form(list(parts), asked, questions, len(infos)))
        for number, (part, slugs) in enumerate(parts.items()):
            section = ET.SubElement(parent, "section", {"class": "gallery-part"})
            if len(parts) > 1:
                ET.SubElement(section, "h2").text = part
            cards = ET.SubElement(section, "ul", {"class": "gallery"})
            for slug in slugs:
                self._card(cards, slug, infos[slug], number)

    def _card(self, cards: ET.Element, slug: str, info: Info, part: int) -> None:
        numbers = " ".join(map(str, info.questions))
        card = ET.SubElement(cards, "li", {"data-slug": slug, "data-part": str(part)})
        card.attrib |= {"data-questions": numbers, "data-words": info.caption}
        if words := self.page.finished.words(slug):
            card.set("data-waiting", slug)
            note = ET.SubElement(card, "p", {"class": "waiting-words"})
            ET.SubElement(note, "span", {"class": "waiting-state"}).text = words
        downloads = self.page.place.downloads
        if downloads and not self.page.finished.svg(slug):
            ET.SubElement(card, "p", {"class": "waiting-alt"}).text = info.alt
        elif downloads:
            size = drawing.size(self.page.finished.svg(slug))
            drawing.add_images(card, self.page.place, slug, info.alt, size)
        title = ET.SubElement(card, "p", {"class": "gallery-title"})  # a heading would go into the contents
        if page := self.page.place.own_page(slug):
            title = ET.SubElement(title, "a", {"href": self.page.place.link(page)})
        title.text = info.title
        meta = ET.SubElement(card, "p")
        questions = self.page.place.below_docs(self.page.options["questions"])
        for number in info.questions:
            if len(meta):
                meta[-1].tail = " · "
            address = {"href": self.page.place.link(f"{questions}#q{number}")} if questions else {}
            ET.SubElement(meta, "a" if questions else "span", address).text = f"Question {number}"
        ET.SubElement(meta, "span", {MARK: f"chapters {slug}"})


def group(infos: Mapping[str, Info], parts: Mapping[str, Sequence[int]]) -> dict[str, list[str]]:
    """Return the figures' slugs by part of the course: the one of their first question.

    Raises:
        UserError: If `parts` are not lists of numbers by title.
    """
    if not isinstance(parts, Mapping) or not all(
        isinstance(numbers, list) and all(type(number) is int for number in numbers)
        for numbers in parts.values()
    ):
        words = "the option `parts` must be lists of question numbers by title: {Depth: [1, 2]}"
        raise UserError(words, about="parts")
    place = {number: part for part, numbers in parts.items() for number in numbers}
    found: dict[str, list[str]] = {part: [] for part in [*parts, "Other"]}
    for slug, info in infos.items():
        found[place.get(next(iter(info.questions), None), "Other")].append(slug)
    return {part: slugs for part, slugs in found.items() if slugs}


def read_questions(path: str) -> dict[int, str]:
    """Return the questions by number, from the headings of the page that answers them.

    Raises:
        UserError: If there is no such page.
    """
    if path and not Path(path).is_file():
        raise UserError(f"the option `questions` names a page that is not there: {path}")
    text = Path(path).read_text(encoding="utf-8") if path else ""
    return {int(number): words for number, words in QUESTION.findall(text)}


def _form(parts: list[str], asked: list[int], questions: Mapping[int, str], count: int) -> str:
    def select(name: str, label: str, all_of_them: str, options: Mapping[Any, str]) -> str:
        choices = "".join(
            f'<option value="{value}">{escape(text)}</option>' for value, text in options.items()
        )
        return (
            f'<label>{label} <select name="{name}"><option value="">{all_of_them}</option>{choices}'
            "</select></label>"
        )

    numbered = {number: f"{number}. {questions.get(number, '')}".rstrip() for number in asked}
    return (
        '<form class="gallery-filter" role="search" aria-label="Figures" data-search-exclude>'
        '<label>Search <input type="search" name="find" autocomplete="off"></label>'
        + select("part", "Part", "All parts", dict(enumerate(parts)))
        + select("question", "Question", "All questions", numbered)
        + f'<output aria-live="polite">{count} figures</output></form>'
    )
