"""Blocks that a page asks for by one word: {{ gallery }}, all figures; {{ cite }}, the whole course."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor

from dlfigs.errors import UserError
from dlfigs.markdown import panels, pictures
from dlfigs.markdown.citing import Course
from dlfigs.markdown.figures import size
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.place import Place
from dlfigs.markdown.source import Source
from dlfigs.markdown.uses import MARK

BLOCK = re.compile(r"\{\{\s*(gallery|cite)\s*\}\}")
QUESTION = re.compile(r"^## (\d+)\. (.+?)(?:\s*\{.*\})?\s*$", re.MULTILINE)


class Blocks(BlockProcessor):
    """Makes the blocks.

    Args:
        md: The Markdown instance.
        source: Names file and line in errors.
        finished: The figures.
        options: The extension's: questions, parts.
        place: Where the page stands in its site.
        course: Gives what to cite; None for nothing.
    """

    def __init__(
        self,
        md: Markdown,
        source: Source,
        finished: Finished,
        options: Mapping[str, Any],
        place: Place,
        course: Callable[[], Course | None],
    ) -> None:
        super().__init__(md.parser)
        self.md, self.source, self.finished, self.course = md, source, finished, course
        self.options, self.place = options, place
        md.parser.blockprocessors.register(self, "dlfigs-blocks", 95)

    def test(self, parent: ET.Element, block: str) -> bool:
        """Whether the block is one of the words, and nothing else."""
        return bool(BLOCK.fullmatch(block.strip()))

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Replace the word."""
        block = blocks.pop(0)
        word = BLOCK.fullmatch(block.strip())[1]
        if word == "gallery":
            self._gallery(parent)
        else:
            try:
                course = self.course()
            except UserError as error:
                self.source.fail(block, str(error))
            if course is None:
                self.source.fail(block, "{{ cite }} needs the option `citation`, a path to CITATION.cff")
            box = ET.SubElement(parent, "div", {"class": "cite-course"})
            box.text = self.md.htmlStash.store(panels.texts("cite-course", course.cite("course")))

    def _gallery(self, parent: ET.Element) -> None:
        infos = {slug: self.finished.info(slug) for slug in self.finished.slugs}
        try:
            questions = read_questions(self.options["questions"])
            parts = group(infos, self.options["parts"])
        except UserError as error:
            self.source.fail("{{ gallery }}", str(error))
        asked = sorted({number for info in infos.values() for number in info["questions"]})
        form = ET.SubElement(parent, "div")
        form.text = self.md.htmlStash.store(_form(list(parts), asked, questions, len(infos)))
        for number, (part, slugs) in enumerate(parts.items()):
            section = ET.SubElement(parent, "section", {"class": "gallery-part"})
            if len(parts) > 1:
                ET.SubElement(section, "h2").text = part
            cards = ET.SubElement(section, "ul", {"class": "gallery"})
            for slug in slugs:
                self._card(cards, slug, infos[slug], number)

    def _card(self, cards: ET.Element, slug: str, info: Mapping[str, Any], part: int) -> None:
        numbers = " ".join(map(str, info["questions"]))
        card = ET.SubElement(cards, "li", {"data-slug": slug, "data-part": str(part)})
        card.attrib |= {"data-questions": numbers, "data-words": info["caption"]}
        if words := self.finished.words(slug):
            card.set("data-waiting", slug)
            note = ET.SubElement(card, "p", {"class": "waiting-words"})
            ET.SubElement(note, "span", {"class": "waiting-state"}).text = words
        downloads = self.place.downloads
        if downloads and not self.finished.svg(slug):
            ET.SubElement(card, "p", {"class": "waiting-alt"}).text = info["alt"]
        elif downloads:
            pictures.add(card, self.place, slug, info["alt"], size(self.finished.svg(slug)))
        title = ET.SubElement(card, "p", {"class": "gallery-title"})  # a heading would go into the contents
        if page := self.place.own_page(slug):
            title = ET.SubElement(title, "a", {"href": self.place.link(page)})
        title.text = info["title"]
        meta = ET.SubElement(card, "p")
        questions = self.place.below_docs(self.options["questions"])
        for number in info["questions"]:
            if len(meta):
                meta[-1].tail = " · "
            address = {"href": self.place.link(f"{questions}#q{number}")} if questions else {}
            ET.SubElement(meta, "a" if questions else "span", address).text = f"Question {number}"
        ET.SubElement(meta, "span", {MARK: f"chapters {slug}"})


def group(
    infos: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Sequence[int]]
) -> dict[str, list[str]]:
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
        found[place.get(next(iter(info["questions"]), None), "Other")].append(slug)
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
