"""The cards of a page: its questions with our answers, what may be asked next, and its predictions.

A heading is the front of a card if a box of the class `answer` follows it (`???+ abstract answer "Ours"`).
What stands below it is the back, without what is folded. A box `??? question "And then?"` is a card, and so
is each `??? predict`. Nothing is written for cards alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from dlfigs.site.copies.elements import Element, parse
from dlfigs.site.deck.words import html_of

QUESTION, NEXT, PREDICTION = "question", "next", "prediction"
NAMES = {QUESTION: "Question", NEXT: "Asked next", PREDICTION: "Prediction"}
HEADINGS = ("h2", "h3", "h4")
NUMBER = re.compile(r"^\s*\d+\.\s+")
# A prediction ends with what is folded in it; pages are long, and few have something for a card
PREDICTIONS = re.compile(r'<details\b(?=[^>]*\sclass="predict")[^>]*>.*?</details>\s*</details>', re.DOTALL)
HAS_QUESTIONS = re.compile(r'<details\b[^>]*\sclass="(?:question|[^"]*\banswer\b)')


class Card(NamedTuple):
    """A card.

    Args:
        kind: One of `NAMES`.
        identity: By which a deck knows it again; it says nothing of the answer.
        page: Its place in the site, below the site's address.
        about: What the question belongs to, as HTML; may be empty.
        front: The question, as HTML with formulas as TeX.
        back: The answer, likewise.
        figure: Slug, or "".
    """

    kind: str
    identity: str
    page: str
    about: str
    front: str
    back: str
    figure: str = ""


def cards(html: str, address: str, lead: Callable[[str], str], figures: Collection[str]) -> list[Card]:
    """Return the cards of a page in their order: first those of its predictions.

    Args:
        html: Its text, in which formulas say what they are.
        address: Of the page, below the site's.
        lead: Gives the whole address of a link on the page; "" for a link that is only words on a card.
        figures: Slugs of the figures.
    """
    found = [
        _prediction(parse(block[0]).elements()[0], address, lead, figures)
        for block in PREDICTIONS.finditer(html)
    ]
    return [*found, *_questions(html, address, lead, figures)] if HAS_QUESTIONS.search(html) else found


def parts_of(box: Element) -> tuple[list[Element | str], list[Element | str]]:
    """Return what a prediction asks, the question first, as a paragraph; and what is seen after that."""
    asked: list[Element | str] = []
    seen: list[Element | str] = []
    for child in box.children:
        if isinstance(child, Element) and child.tag == "summary":
            asked.insert(0, Element("p", {}, [part for part in child.children if not _is(part, "strong")]))
        elif has(child, "predict-seen"):
            seen = [part for part in child.children if not _is(part, "summary")]
        else:
            asked.append(child)
    return asked, seen


def _prediction(box: Element, address: str, lead: Callable[[str], str], figures: Collection[str]) -> Card:
    identity = box.attributes.get("id", "")
    slug = identity.removeprefix("predict-").partition("-")[0]
    asked, seen = parts_of(box)
    place = f"{address}#{identity}"
    front, back = html_of(asked, lead), html_of(seen, lead)
    return Card(PREDICTION, place, place, "", front, back, slug if slug in figures else "")


def _questions(
    html: str, address: str, lead: Callable[[str], str], figures: Collection[str]
) -> Iterator[Card]:
    for heading, parts in _sections(parse(html)):
        title = NUMBER.sub("", html_of(heading.children, lead)) if heading else ""
        place = f"{address}#{heading.attributes.get('id', '')}" if heading else address
        if title and any(has(part, "answer") for part in parts):
            back = html_of([part for part in parts if not _is_folded(part)], lead)
            pictured = (_figure(part, figures) for part in parts if not _is_folded(part))
            slug = next(filter(None, pictured), "")
            yield Card(QUESTION, place, place, "", f"<p>{title}</p>", back, slug)
        for box in parts:
            if isinstance(box, Element) and box.tag == "details" and "question" in box.classes:
                summary, *rest = box.elements()
                front = html_of(summary.children, lead)
                yield Card(NEXT, f"{place} {front}", place, title, f"<p>{front}</p>", html_of(rest, lead))


def _sections(page: Element) -> Iterator[tuple[Element | None, list[Element | str]]]:
    """Yield each heading with what follows it, up to the next; first what is before all of them."""
    heading, parts = None, []
    for child in page.children:
        if isinstance(child, Element) and child.tag in HEADINGS:
            yield heading, parts
            heading, parts = child, []
        else:
            parts.append(child)
    yield heading, parts


def _figure(part: Element | str, figures: Collection[str]) -> str:
    """Return the first figure that is embedded, or shown as a picture that leads to its page."""
    for element in part.all() if isinstance(part, Element) else ():
        if (slug := element.attributes.get("data-figure", "")) in figures:
            return slug
        if element.tag == "figure" and (link := element.first("a")):
            slug = link.attributes.get("href", "").rstrip("/").rpartition("/")[2].removesuffix(".html")
            if slug in figures:
                return slug
    return ""


def _is(part: Element | str, *tags: str) -> bool:
    return isinstance(part, Element) and part.tag in tags


def has(part: Element | str, name: str) -> bool:
    """Whether a part of a page is an element of this class."""
    return isinstance(part, Element) and name in part.classes


def _is_folded(part: Element | str) -> bool:
    return _is(part, "details") and not has(part, "answer")


def counts(found: Iterable[Card]) -> dict[str, int]:
    """Return the number of cards of each kind."""
    kinds = [card.kind for card in found]
    return {kind: kinds.count(kind) for kind in NAMES}
