"""A course with Zensical, which runs the Markdown extension and no plugins: before and after its build.

Before it, figures' pages become files in the folder of sources. After it, pages get what only all of them
together tell, and what a page's head needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urljoin

from dlfigs.errors import UserError
from dlfigs.make.files import write_whole
from dlfigs.make.store import Built, Store
from dlfigs.markdown import figure_page
from dlfigs.markdown.figure_page import PAGES
from dlfigs.site import look
from dlfigs.site.completing import Completion

# Entries of the navigation: attributes come in any order
LISTED = re.compile(r'<a\b(?=[^>]*\sclass="[^"]*md-nav__link)[^>]*\shref="([^"#]*)"')


def write_pages(done: Iterable[Built], docs: Path) -> None:
    """Write each figure's page and notebook into the folder of sources.

    Args:
        done: Finished figures.
        docs: The folder.

    Raises:
        UserError: If a page of the course's own is in the place of one.
    """
    for built in done:
        page = docs / PAGES / f"{built.slug}.md"
        if page.is_file() and not figure_page.is_ours(page):
            raise UserError(
                f"{page}: dlfigs writes the page of the figure {built.slug!r} there; rename one"
            )
        write_whole(page, figure_page.of(built).encode())
        write_whole(docs / PAGES / built.slug / f"{built.slug}.ipynb", built.file("ipynb").read_bytes())


def finish(site: Path, cache: Path, *, policy: bool) -> int:
    """Complete the pages of a built site, in their place; a second time it changes nothing.

    Args:
        site: Folder of the site.
        cache: Folder that keeps fonts.
        policy: Whether pages get a Content-Security-Policy.

    Returns:
        The number of pages.

    Raises:
        UserError: If there is no site.
    """
    files = {_address(path, site): path for path in sorted(site.rglob("*.html"))}
    if not files:
        raise UserError(f"no site in {site}: build it first, with zensical build")
    pages = _in_order({address: path.read_text(encoding="utf-8") for address, path in files.items()})
    completion = Completion(Path.cwd(), Store(cache).fonts, policy=policy)
    completion.note_pages(pages, {})
    for html in pages.values():
        completion.note(html)
    for address, text in look.files().items():
        write_whole(site / address, text.encode())
    for address, html in pages.items():
        text = look.with_files(completion.text(html, address), address)
        text = completion.page(text, address, styles=True)  # Zensical's search makes a style sheet
        if text != html:
            write_whole(files[address], text.encode())
    completion.write(site)
    return len(pages)


def _address(path: Path, site: Path) -> str:
    """Return the address of a page below the site's: that of its folder for index.html."""
    return path.relative_to(site).as_posix().removesuffix("index.html")


def _in_order(pages: dict[str, str]) -> dict[str, str]:
    """Return pages in the order of the first one's navigation, and then all others."""
    links = LISTED.findall(pages.get("", ""))
    order = dict.fromkeys([*(urljoin("/", link).lstrip("/") for link in links), *pages])
    return {address: pages[address] for address in order if address in pages}
