"""Prints an HTML document as if it were a page of a built site, into a PDF whose page numbers are right.

The browser is told that the document lies at the site's own address, and every request is answered from the
site's folder. So no server is needed and nothing is asked of the network, and a link to what is not in the
document leads to its place on the web.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dlfigs.errors import UserError
from dlfigs.make.files import write_whole

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pypdf import PdfWriter

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PRINTS = 6
TARGETS = (
    """[...document.querySelectorAll('a[href^="#"]')].map(link => link.getAttribute("href").slice(1))"""
)
FILL_IN = """numbers => document.querySelectorAll("[data-page-of]").forEach(
    place => { place.textContent = numbers[place.dataset.pageOf] })"""


def print_document(document: str, site: Path, base: str, paper: str) -> bytes:
    """Print until the page numbers in the text are those of the pages.

    Args:
        document: HTML. The text of an element with `data-page-of` becomes the page of the element with
            that id; a link must lead there too.
        site: Folder with the files that the document asks for.
        base: The web address of that folder.
        paper: "A4" or "Letter".

    Returns:
        The PDF.

    Raises:
        UserError: If there is no browser, or if a link or a file leads nowhere.
    """
    numbers: dict[str, int] = {}
    with _opened(document, site, base) as page:
        for _ in range(PRINTS):
            printed = page.pdf(
                format=paper, prefer_css_page_size=True, print_background=True, tagged=True, outline=True
            )
            before, numbers = numbers, _destinations(printed)
            if numbers == before:
                return printed
            if lost := {unquote(target) for target in page.evaluate(TARGETS)} - numbers.keys():
                raise UserError(f"links to what is not in the book: {', '.join(sorted(lost))}")
            page.evaluate(FILL_IN, numbers)
    raise UserError(f"the page numbers still move after {PRINTS} prints")


def save(printed: bytes, to: Path, *, headings: Iterable[str], about: Mapping[str, str]) -> int:
    """Write a printed PDF with a proper outline, in one step.

    Args:
        printed: The PDF.
        to: The file. One that exists is replaced when the new one is complete.
        headings: All headings, as the outline should have them.
        about: Entries such as "/Title" and "/Author".

    Returns:
        The number of pages.
    """
    import pypdf

    book = pypdf.PdfWriter(clone_from=BytesIO(printed))
    _name_outline(book, headings)
    book.add_metadata({**about, "/Creator": "dlfigs"})
    book.page_mode = "/UseOutlines"  # readers show the outline beside the text
    buffer = BytesIO()
    book.write(buffer)
    write_whole(to, buffer.getvalue())
    return len(book.pages)


def file_at(site: Path, base: str, address: str) -> Path:
    """Return the file in a site's folder that is at an address."""
    path = site / unquote(urlsplit(address).path.removeprefix(urlsplit(base).path))
    return path / "index.html" if path.is_dir() else path


def _destinations(printed: bytes) -> dict[str, int]:
    """On which page each place is that a link leads to."""
    import pypdf

    reader = pypdf.PdfReader(BytesIO(printed))
    return {
        name.removeprefix("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


def _name_outline(book: PdfWriter, headings: Iterable[str]) -> None:
    """Write headings into the outline as they are: Chromium loses the spaces where a line ends."""
    from pypdf.generic import NameObject, TextStringObject

    def dense(text: str) -> str:
        return re.sub(r"\s", "", text).casefold()  # a style may have changed the case too

    known = {dense(text): text for text in headings}
    nodes = [book.root_object["/Outlines"].get_object()]
    while nodes:
        node = nodes.pop()
        title = dense(node.get("/Title", ""))
        if title in known:
            node[NameObject("/Title")] = TextStringObject(known[title])
        nodes += [node[key].get_object() for key in ("/First", "/Next") if key in node]


@contextmanager
def _opened(document: str, site: Path, base: str) -> Iterator[Page]:
    """Open the document in a browser that has the site's files and no network."""
    from playwright.sync_api import Error, Route, sync_playwright

    missing = []

    def answer(route: Route) -> None:
        address = route.request.url
        path = file_at(site, base, address)
        if address == base:
            route.fulfill(body=document, content_type="text/html; charset=utf-8")
        elif address.startswith(base) and path.is_file():
            route.fulfill(path=path)
        else:
            missing.append(address)
            route.abort()

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = own if Path(own).is_file() else next(filter(None, map(shutil.which, BROWSERS)), None)
        if found is None:
            raise UserError(
                "no browser to print with: apt install chromium, or playwright install chromium"
            )
        try:
            browser = playwright.chromium.launch(executable_path=found)
        except Error as error:
            raise UserError(f"{found} does not start: {error.message.splitlines()[0]}") from None
        page = browser.new_page(service_workers="block")
        page.route("**/*", answer)
        page.goto(base)
        page.evaluate("document.fonts.ready.then(() => true)")
        if missing:
            raise UserError(f"{site}: the pages ask for what the site does not have: {', '.join(missing)}")
        yield page
        browser.close()
