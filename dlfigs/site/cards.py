"""What other sites show of a link to a page: title, description, and a card with the page's first figure.

These are the meta elements of Open Graph. The cards are drawn when all pages are there, in the site's own
colors and in the font of its drawings; nothing is asked of the network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from dlfigs.make.files import checksum, keep, kept, write_whole
from dlfigs.markdown.uses import BESIDE, FIGURE
from dlfigs.markdown.uses import TITLE as HEADING
from dlfigs.plot.palette import PALETTE

FOLDER = "assets/cards"
FIGURES = "assets/figures"  # where a site has their PNG
SIZE = WIDTH, HEIGHT = 1200, 630  # what those who show cards ask for
MARGIN, GAP = 56, 40
SIZES = range(76, 30, -4)  # of the title, in pixels
LINES = 7
VERSION = "2"  # of how cards look
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
DESCRIPTION = re.compile(r'<meta name="?description"? content="([^"]*)"')
CANONICAL = re.compile(r'<link\b(?=[^>]*\brel="?canonical)[^>]*\bhref="?([^"\s>]+)')


class Card(NamedTuple):
    """What one card shows.

    Args:
        title: Of the page.
        site: Name of the site.
        figure: Slug of the page's first one, or "".
    """

    title: str
    site: str
    figure: str


class Cards:
    """Those of one site.

    Args:
        folder: Keeps cards from build to build.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown: dict[str, Card] = {}

    def described(self, html: str, address: str) -> str:
        """Return a page that says what a link to it is to show, if the page knows its own address.

        Args:
            html: The whole page.
            address: Of the page, below the site's.
        """
        canonical, named = CANONICAL.search(html), TITLE.search(html)
        if not (canonical and named and canonical[1].endswith(address)) or 'property="og:' in html:
            return html
        base = canonical[1].removesuffix(address)
        page, _, site = " ".join(named[1].split()).rpartition(" - ")
        heading = HEADING.search(html)
        title = " ".join(BESIDE.sub("", heading[1]).split()) if heading else page or site
        first = FIGURE.search(html)
        name = re.sub(r"\W+", "-", address.removesuffix(".html")).strip("-") or "home"
        image = f"{FOLDER}/{name}.png"
        self.shown[image] = Card(unescape(title), unescape(site), first[2] if first else "")
        description = DESCRIPTION.search(html)
        said = {
            "og:type": "article" if address else "website",
            "og:site_name": site,
            "og:title": title,
            "og:description": description[1] if description else "",
            "og:url": canonical[1],
            "og:image": f"{base}{image}",
            "og:image:width": str(WIDTH),
            "og:image:height": str(HEIGHT),
            "og:image:alt": title,
        }
        metas = [
            f'<meta property="{name}" content="{escape(unescape(text))}">'
            for name, text in said.items()
            if text
        ]
        metas.append('<meta name="twitter:card" content="summary_large_image">')
        return html.replace("</head>", "\n".join([*metas, "</head>"]), 1)

    def write(self, site: Path) -> None:
        """Draw the cards of all described pages into a site that has the figures' files."""
        for image, card in self.shown.items():
            path = site / FIGURES / f"{card.figure}.png"
            picture = path.read_bytes() if card.figure and path.is_file() else b""
            known = self.folder / checksum(f"{VERSION} {card} {PALETTE}".encode() + picture)
            drawn = kept(known)
            if drawn is None:
                drawn = draw(card, picture)
                keep(known, drawn)
            write_whole(site / image, drawn)


def draw(card: Card, picture: bytes) -> bytes:
    """Return a card as PNG: the title at the left, the figure at the right, or the title alone.

    Args:
        card: What it says.
        picture: The figure as PNG; may be empty.
    """
    from PIL import Image, ImageDraw  # with matplotlib; not for builds whose cards are there

    ink, muted, paper, blue = (PALETTE[name][0] for name in ("ink", "muted", "paper", "blue"))
    image = Image.new("RGB", SIZE, paper)
    pen, room = ImageDraw.Draw(image), WIDTH - 2 * MARGIN
    if picture:
        with Image.open(BytesIO(picture)) as figure:
            box = figure.convert("RGB")
        box.thumbnail((680, HEIGHT - MARGIN), Image.Resampling.LANCZOS)
        image.paste(box, (WIDTH - box.width - MARGIN // 2, (HEIGHT - box.height) // 2))
        room = min(room, WIDTH - box.width - MARGIN // 2 - GAP - MARGIN)
    font, lines = _set(card.title, room)
    pen.rectangle((0, 0, 14, HEIGHT), fill=blue)
    pen.multiline_text((MARGIN, MARGIN), "\n".join(lines), fill=ink, font=font, spacing=font.size * 0.25)
    if card.site != card.title:
        small = _font("DejaVuSans.ttf", 26)
        pen.text((MARGIN, HEIGHT - MARGIN), card.site, fill=muted, font=small, anchor="ls")
    buffer = BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _set(title: str, room: int) -> tuple[Any, Sequence[str]]:
    """Return the largest font in which a title fits, and its lines."""
    for size in SIZES:
        font, lines = _font("DejaVuSans-Bold.ttf", size), [""]
        for word in title.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and font.getlength(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        fits = all(font.getlength(line) <= room for line in lines) and len(lines) <= LINES
        if fits and len(lines) * size * 1.4 <= HEIGHT - 3 * MARGIN:
            break
    return font, lines


def _font(name: str, size: int) -> Any:
    from PIL import ImageFont

    (folder,) = find_spec("matplotlib").submodule_search_locations  # which need not be imported
    return ImageFont.truetype(str(Path(folder, "mpl-data", "fonts", "ttf", name)), size)
