"""Slides of a built site as PDF: one page for each slide, and then the notes of all of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from dlfigs.errors import UserError
from dlfigs.make.files import write_whole
from dlfigs.site import press
from dlfigs.site.slides.showing import FOLDER

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

NOWHERE = "http://site.invalid/"  # of a site that does not say where it will be
POWERPOINT = re.compile(rf'(<a href="([^"]*{FOLDER}/[^"/]+)\.pptx"[^>]*>[^<]*</a>)(?! · <a href="\2\.pdf")')


def write(site: Path, *, dark: bool = False) -> dict[Path, int]:
    """Print the slides of a built site beside them, and link to that where their lectures are planned.

    Args:
        site: Folder of the site.
        dark: Whether pages are dark.

    Returns:
        The number of pages of each file.

    Raises:
        UserError: If there are no slides or no browser, or if a package is missing.
    """
    try:
        import bs4  # noqa: F401
        import playwright  # noqa: F401
        import pypdf  # noqa: F401
    except ImportError as error:
        raise UserError(f"no package {error.name}: pip install 'dlfigs[pdf]'") from None
    slides = sorted((site / FOLDER).glob("*.html"))
    if not slides:
        raise UserError(
            f"no slides in {site / FOLDER}: write {{{{ slides }}}} below the heading of a lecture, "
            "and then mkdocs build"
        )
    made = {}
    for path in slides:
        document, base = _document(path.read_text(encoding="utf-8"), path.name, dark=dark)
        printed = press.print_document(str(document), site, base, "A4")  # slides have a size of their own
        headings = [" ".join(heading.get_text().split()) for heading in document.select("h1, h2, h3")]
        about = {"/Title": document.title.get_text()}
        to = path.with_suffix(".pdf")
        made[to] = press.save(printed, to, headings=headings, about=about)
    for page in sorted(site.rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        if (linked := POWERPOINT.sub(r'\1 · <a href="\2.pdf">PDF</a>', html)) != html:
            write_whole(page, linked.encode())
    return made


def _document(html: str, name: str, *, dark: bool) -> tuple[BeautifulSoup, str]:
    """Return slides as a document to print, and the address of their site."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(html, "html.parser")
    own = page.select_one("link[rel=canonical]")
    base = own["href"].removesuffix(f"{FOLDER}/{name}") if own else NOWHERE
    page.html["data-scheme"] = "dark" if dark else "light"
    unseen = ".light" if dark else ".dark"
    for element in page.select(f"script, source, meta[http-equiv], link[rel=preload], picture{unseen}"):
        element.decompose()
    for element in page.select("[src], [href]"):
        attribute = "src" if "src" in element.attrs else "href"
        element[attribute] = urljoin(f"{base}{FOLDER}/{name}", element[attribute])
        element.attrs.pop("loading", None)  # nobody scrolls to it
    for style in page.head.select("style"):  # in print nobody waits for a page: it waits for its font
        text = style.get_text().replace("font-display:optional", "font-display:block")
        style.string = re.sub(
            r'url\("([^"]+)"\)', lambda url: f'url("{urljoin(f"{base}{FOLDER}/{name}", url[1])}")', text
        )
    _add_notes(page)
    return page, base


def _add_notes(page: BeautifulSoup) -> None:
    """Add what the notes of all slides say, at the end."""
    notes = page.new_tag("section", attrs={"class": "all-notes"})
    heading = page.new_tag("h2", string="Notes")
    notes.append(heading)
    for number, slide in enumerate(page.select("section"), 1):
        if said := slide.select_one(".notes"):
            notes.append(page.new_tag("h3", string=f"{number}. {slide.select_one('h1, h2').get_text()}"))
            notes.append(said.extract())
            said.name = "div"
    if len(notes.contents) > 1:
        page.select_one(".slides").append(notes)
