"""A lecture as HTML slides: a page to read from top to bottom, which a script shows slide by slide."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from dlfigs.markdown import exercises, uses
from dlfigs.recipe.info import Info
from dlfigs.site.copies.outline import About
from dlfigs.site.deck.words import text_of
from dlfigs.site.slides.reading import Board, Item, Lecture

FOLDER = "assets/slides"
PICTURES = "assets/figures"  # where a site has them
# reveal.js 6.0.2, https://revealjs.com, MIT: dist/ of its npm package, unchanged; and what is ours
SHARED = ("reveal.js", "reveal.css", "reveal.LICENSE", "slides.css", "slides.js")
THEME = Path(__file__).parents[1] / "theme/slides"
NOTES = '<div class="notes">{}</div>'


def address(identity: str, suffix: str = "html") -> str:
    """Return where a site has the slides of a lecture."""
    return f"{FOLDER}/{identity}.{suffix}"


def link(identity: str, suffix: str, page: str) -> str:
    """Return how a page at an address links to the slides of a lecture."""
    return uses.relative(address(identity, suffix), page)


def shared() -> dict[str, bytes]:
    """Return the files that all slides ask for, by address."""
    return {f"{FOLDER}/{name}": (THEME / name).read_bytes() for name in SHARED}


def page(lecture: Lecture, plan: str, about: About, infos: Mapping[str, Info], lang: str = "en") -> str:
    """Return the slides of a lecture as a whole page.

    Args:
        lecture: The lecture.
        plan: Address of the page that declares it, below the site's.
        about: What the site says of itself.
        infos: What is known of each figure.
        lang: Language of the site.
    """
    sections = [_title(lecture, about)]
    for part in lecture.parts:
        sections += [_board(part)] if isinstance(part, Board) else _figure(part, infos[part.figure])
    if lecture.home:
        sections.append(
            f'<section class="home"><h2>For home</h2><div class="words"><p>{lecture.home}</p></div>'
            "</section>"
        )
    name = text_of(lecture.title)
    back = uses.relative(f"{plan}#{lecture.identity}", address(lecture.identity))
    own = (
        f'<link rel="canonical" href="{escape(about.url + address(lecture.identity))}">'
        if about.url
        else ""
    )
    body = exercises.led("\n".join(sections), address(lecture.identity))
    return f"""<!doctype html>
<html lang="{escape(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(name)} – {escape(about.name)}</title>
{own}
<link rel="icon" href="data:,">
<link rel="stylesheet" href="reveal.css">
<link rel="stylesheet" href="slides.css">
<script src="reveal.js" defer></script>
<script src="slides.js" defer></script>
</head>
<body>
<header><a href="{escape(back)}">Plan of the lecture</a></header>
<main>
<div class="deck">
<div class="slides">
{body}
</div>
</div>
</main>
</body>
</html>
"""


def _title(lecture: Lecture, about: About) -> str:
    notes = NOTES.format(lecture.notes) if lecture.notes else ""
    below = " · ".join(filter(None, (about.url, about.rights)))
    return (
        f'<section class="title"><p class="kicker">{escape(about.name)}</p><h1>{lecture.title}</h1>'
        f'<div class="words"><p>{lecture.aim}</p></div><p class="rights">{escape(below)}</p>{notes}'
        "</section>"
    )


def _figure(item: Item, info: Info) -> list[str]:
    """Return two slides: first what to ask, then the figure, with where to point among the notes."""
    stem = uses.relative(f"{PICTURES}/{item.figure}", FOLDER + "/")
    alt, pictures = escape(info.alt), []
    for scheme, suffix in (("light", "svg"), ("dark", "dark.svg")):
        pictures.append(
            f'<picture class="{scheme}"><source media="(max-width: 600px)" srcset="{stem}.{suffix}">'
            f'<img src="{stem}.wide.{suffix}" alt="{alt}" width="1280" height="720" loading="lazy">'
            "</picture>"
        )
    own = uses.relative(f"figures/{item.figure}/", FOLDER + "/")
    where = f"<p><strong>Show</strong> {item.show}</p>"
    notes = NOTES.format(f'{where}<p>{escape(info.caption)} <a href="{own}">Data and claims</a></p>')
    return [
        f'<section class="question"><p class="kicker">Predict</p><h2>{item.ask}</h2></section>',
        f'<section class="figure"><h2>{item.title}</h2>{"".join(pictures)}{notes}</section>',
    ]


def _board(board: Board) -> str:
    # What is wider than a phone scrolls, and a keyboard must be able to reach it
    first, *others = (step.replace(' class="math"', ' class="math" tabindex="0"') for step in board.steps)
    rest = "".join(f'<div class="fragment">{step}</div>' for step in others)
    steps = f'<div class="words"><div>{first}</div>{rest}</div>'
    return f'<section class="board"><h2>{board.title}</h2>{steps}</section>'
