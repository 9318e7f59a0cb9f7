"""The predictions of a page as questions of a quiz: answers to choose from, or a number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from dlfigs.site.copies.elements import Element, parse
from dlfigs.site.deck.reading import PREDICTIONS, has, parts_of
from dlfigs.site.deck.words import html_of

WRITTEN = re.compile(r"(?P<digits>-?[\d.]+)(?:\s*×\s*10(?P<power>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NEAR = 20  # a number counts as right within this part of its scale


class Answer(NamedTuple):
    """One answer to choose.

    Args:
        words: As HTML.
        why: Why it is right, or why not, as HTML.
        right: Whether it is.
    """

    words: str
    why: str
    right: bool


class Asked(NamedTuple):
    """One question.

    Args:
        page: Its place in the site, below the site's address.
        title: The question as plain text.
        question: With what one has to know, as HTML with formulas as TeX.
        answers: To choose from; none if a number is asked for.
        number: That number, as it is written on the page.
        within: How far off is still right.
        why: What is to be known of the number, as HTML.
    """

    page: str
    title: str
    question: str
    answers: tuple[Answer, ...] = ()
    number: str = ""
    within: float = 0.0
    why: str = ""


def questions(html: str, address: str, lead: Callable[[str], str]) -> Iterator[Asked]:
    """Yield the predictions of a page; not those whose figure a server is still making.

    Args:
        html: Its text, in which formulas say what they are.
        address: Of the page, below the site's.
        lead: Gives the whole address of a link on the page; "" for a link that is only words.
    """
    for block in PREDICTIONS.finditer(html):
        box = parse(block[0]).elements()[0]
        if "data-waiting" not in box.attributes:
            yield _asked(box, address, lead)


def _asked(box: Element, address: str, lead: Callable[[str], str]) -> Asked:
    parts, seen = parts_of(box)
    choices = next((part for part in parts if has(part, "predict-choices")), None)
    asked = Asked(
        f"{address}#{box.attributes.get('id', '')}",
        " ".join(parts[0].text().split()),
        html_of([part for part in parts if part is not choices], lead),
    )
    if choices:
        (why,) = (part for part in seen if has(part, "predict-why"))
        pairs = zip(choices.elements(), why.elements(), strict=True)
        answers = (
            Answer(html_of(choice.children, lead), _why(item, lead), "predict-right" in item.classes)
            for choice, item in pairs
        )
        return asked._replace(answers=tuple(answers))
    (scale,) = (part for part in parts if has(part, "predict-scale"))
    (told,) = (part for part in seen if has(part, "predict-it"))
    number, ends = _number(told.first("strong").text()), scale.attributes
    within = (float(ends["data-high"]) - float(ends["data-low"])) / NEAR
    return asked._replace(number=number, within=within, why=html_of(seen, lead))


def _number(written: str) -> str:
    """Return a number as programs read it: a page has true minus signs and powers of ten."""
    found = WRITTEN.match(written.replace("−", "-"))
    power = (found["power"] or "").translate(RAISED)
    return found["digits"] + (f"e{power}" if power else "")


def _why(item: Element, lead: Callable[[str], str]) -> str:
    """Return why an answer is right or not, without the mark and the answer before it."""
    tags = [part.tag if isinstance(part, Element) else "" for part in item.children]
    return html_of(item.children[tags.index("strong") + 1 :], lead)
