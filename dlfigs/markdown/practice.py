"""{{ practice }}: all that the pages ask, folded, one question below the other.

A page has an empty section, which is filled when all pages are there, and can be filled again. What asks is
a heading with a box of the class `answer` below it, a box `??? question`, or a prediction. The script
(site/theme/practice.js) asks them one by one, in random order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dlfigs.markdown import exercises, uses

CLASS = "practice"
SHEET = re.compile(  # attributes come in any order
    rf'(<section\b(?=[^>]*\sclass="{CLASS}")[^>]*>)(.*?)(</section>)', re.DOTALL
)
# Each ends with what is folded in it
PREDICTION = re.compile(
    r'<details\b(?=[^>]*\sclass="predict")(?=[^>]*\sid="([^"]*)")[^>]*>(.*?</details>)\s*</details>',
    re.DOTALL,
)
HEADING = re.compile(r"<h([2-4])\b([^>]*)>(.*?)</h\1>", re.DOTALL)
END = re.compile(r"<(?:section|footer|/article|/body)\b")
ID = re.compile(r'\sid="([^"]*)"')
ANSWER = re.compile(
    r'<details\b[^>]*\sclass="[^"]*\banswer\b[^>]*>\s*<summary>.*?</summary>(.*?)</details>', re.DOTALL
)
FOLDED = re.compile(r"<details\b([^>]*)>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
NEXT = re.compile(r'\sclass="question"')
NUMBER = re.compile(r"^\s*\d+\.\s+")
LEFT_OUT = {"button"}  # which open what only the page itself has


class Asked(NamedTuple):
    """What is asked.

    Args:
        kind: "question", "next" or "predict".
        address: Where it is asked, from the root of the site.
        title: Of that page, as HTML.
        about: What it belongs to, as HTML; may be empty.
        front: The question, as HTML.
        back: The answer, as HTML; of a prediction, all that is to be seen.
    """

    kind: str
    address: str
    title: str
    about: str
    front: str
    back: str


def of_pages(pages: Mapping[str, str]) -> list[Asked]:
    """Return what all pages ask, in the order of the pages.

    Args:
        pages: Their text, as HTML, by address.
    """
    found: list[Asked] = []
    for address, html in pages.items():
        html = SHEET.sub("", html)  # which has all of it again
        title = uses.title_of(html)
        for one in PREDICTION.finditer(html):
            summary = re.match(r"\s*<summary>(.*?)</summary>", one[2], re.DOTALL)
            back = exercises.copied(one[2][summary.end() :], address, LEFT_OUT)
            found.append(Asked("predict", f"/{address}#{one[1]}", title, "", summary[1], back))
        if ANSWER.search(html) or NEXT.search(html):
            found += _questions(PREDICTION.sub("", html), address, title)
    return found


def _questions(html: str, address: str, title: str) -> Iterator[Asked]:
    headings = list(HEADING.finditer(html))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        part = html[heading.end() : following.start() if following else len(html)]
        part = END.split(part)[0]
        id_ = ID.search(heading[2])
        place = f"/{address}#{id_[1]}" if id_ else f"/{address}"
        front = NUMBER.sub("", uses.BESIDE.sub("", heading[3])).strip()
        if ANSWER.search(part):
            shown = FOLDED.sub("", ANSWER.sub(r"\1", part))
            back = exercises.copied(shown, address, LEFT_OUT)
            yield Asked("question", place, title, "", front, back)
        for box in FOLDED.finditer(ANSWER.sub("", part)):
            if NEXT.search(box[1]):
                back = exercises.copied(box[3], address, LEFT_OUT)
                yield Asked("next", place, title, front, box[2].strip(), back)


def fill(html: str, address: str, found: list[Asked]) -> str:
    """Return a page's text with the questions in its section, if it has one.

    Args:
        html: The text.
        address: Of the page, below the site's.
        found: From `of_pages`.
    """
    if not SHEET.search(html):
        return html
    cards = "".join(_card(number, one, address) for number, one in enumerate(found, 1))
    return SHEET.sub(lambda sheet: sheet[1] + cards + sheet[3], html)


def _card(number: int, one: Asked, address: str) -> str:
    """Return a card; the class of a prediction is that by which it works on any page."""
    name = "predict" if one.kind == "predict" else "practice-card"
    about = f'<span class="practice-about">{one.about}</span> ' if one.about else ""
    back = exercises.led(one.back, address)
    if one.kind != "question":  # which says itself where it leads
        link = uses.relative(one.address.removeprefix("/"), address)
        back += f'<p>→ <a href="{link}">{one.title}</a></p>'
    begin = f'<details class="{name}" id="practice-{number}" data-kind="{one.kind}">'
    return f"{begin}<summary>{about}{one.front}</summary>{back}</details>"
