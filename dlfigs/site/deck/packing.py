"""Cards as files: a deck for Anki, with pictures, and a table (CSV). The same cards give the same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from dlfigs.site.deck.reading import NAMES, Card
from dlfigs.site.deck.words import text_of

DECK, TABLE = "assets/deck/cards.apkg", "assets/deck/cards.csv"
DATE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP knows
LONG_AGO = 1_577_836_800  # where nothing else says when: 2020
FIELDS = ("Question", "Part of", "Answer", "Picture", "Page")
COLUMNS = ("kind", "part of", "question", "answer", "page", "picture", "picture in words")
FRONT = '{{#Part of}}<div class="part-of">{{Part of}}</div>{{/Part of}}{{Question}}'
BACK = '{{FrontSide}}<hr id="answer">{{Answer}}{{Picture}}<div class="page">{{Page}}</div>'
STYLE = """
.card { font: 20px/1.4 sans-serif; max-width: 40em; margin: 0 auto; text-align: start; }
.part-of, .page { font-size: 16px; opacity: 0.8; }
img { max-width: 100%; background: white; }
table { border-collapse: collapse; }
th, td { padding: 0.2em 0.5em; border-bottom: 1px solid; text-align: start; }
"""


class Picture(NamedTuple):
    """A figure as a card shows it.

    Args:
        path: Of its PNG. One that is not there is left out.
        address: Where the site has it.
        alt: What it shows, in words.
    """

    path: Path
    address: str
    alt: str


class Course(NamedTuple):
    """What the cards are of.

    Args:
        name: Of the site, and so of the deck.
        url: Of the site, which ends with a slash; may be empty.
        rights: What one may do with it; may be empty.
        seconds: When it was last changed, since 1970: Anki takes a changed card only with a later time.
    """

    name: str
    url: str
    rights: str
    seconds: int


def files(
    found: Sequence[Card], pictures: Mapping[str, Picture], titles: Mapping[str, str], course: Course
) -> dict[str, bytes]:
    """Return the deck and the table by their names in the site.

    Args:
        found: The cards.
        pictures: By slug.
        titles: Of pages, by address below the site's.
        course: What they are of.
    """
    return {DECK: deck(found, pictures, titles, course), TABLE: table(found, pictures, course)}


def table(found: Sequence[Card], pictures: Mapping[str, Picture], course: Course) -> bytes:
    """Return cards as CSV in UTF-8, with a line of names first; the parameters are those of `files`."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for card in found:
        shown = pictures[card.figure][1:] if card.figure else ("", "")
        said = (text_of(html) for html in (card.about, card.front, card.back))
        rows.writerow([NAMES[card.kind], *said, course.url + card.page, *shown])
    return text.getvalue().encode()


def deck(
    found: Sequence[Card], pictures: Mapping[str, Picture], titles: Mapping[str, str], course: Course
) -> bytes:
    """Return cards as a deck for Anki; the parameters are those of `files`."""
    import genanki  # which takes a tenth of a second to import

    own = course.url or course.name
    parts = [{"name": name} for name in FIELDS]
    sides = [{"name": "Card", "qfmt": FRONT, "afmt": BACK}]
    model = genanki.Model(_number(f"{own} model"), course.name, parts, sides, css=STYLE)
    made = genanki.Deck(_number(own), course.name, escape(f"{course.url} {course.rights}".strip()))
    media: dict[str, Path] = {}
    for card in found:
        image = ""
        if card.figure and (picture := pictures[card.figure]).path.is_file():
            name = f"{made.deck_id}_{card.figure}.png"  # Anki has one folder for the pictures of all decks
            media[name] = picture.path
            image = f'<img src="{name}" alt="{escape(picture.alt)}">'
        title, address = escape(titles.get(card.page.partition("#")[0], "")), course.url + card.page
        page = f'<a href="{escape(address)}">{title}</a>' if course.url else title
        fields = [card.front, card.about, card.back, image, page]
        guid = genanki.guid_for(own, card.identity)
        made.add_note(genanki.Note(model, fields, tags=[card.kind, *_tag(card)], guid=guid))
    packed = BytesIO()
    genanki.Package(made).write_to_file(packed, timestamp=course.seconds)
    with ZipFile(packed) as package:
        return _zipped(package.read("collection.anki2"), media)


def _zipped(collection: bytes, media: Mapping[str, Path]) -> bytes:
    """Return what Anki opens: a database, and pictures by number; none of them with a time of its own."""
    content = BytesIO()
    with ZipFile(content, "w") as whole:

        def put(name: str, part: bytes, how: int) -> None:
            whole.writestr(ZipInfo(name, DATE), part, how)

        put("collection.anki2", collection, ZIP_DEFLATED)
        put("media", json.dumps(dict(enumerate(media))).encode(), ZIP_DEFLATED)
        for number, path in enumerate(media.values()):
            put(str(number), path.read_bytes(), ZIP_STORED)  # a PNG is packed already
    return content.getvalue()


def changed(root: Path) -> int:
    """Return when a course was last changed: what SOURCE_DATE_EPOCH says, or else its last commit."""
    if said := os.environ.get("SOURCE_DATE_EPOCH", "").strip():
        return int(said)
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return LONG_AGO


def _number(name: str) -> int:
    """Return a number by which Anki knows a deck again: the same for the same name, of 31 bits."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1 or 1


def _tag(card: Card) -> list[str]:
    page = card.page.partition("#")[0].strip("/").removesuffix(".html").replace(" ", "_")
    return [page] if page else []
