"""A built site as a ZIP that opens from disk: links lead to files, and what needs a server is gone.

A browser that opens a file fetches nothing for its scripts: the search of Material for MkDocs cannot read
its index there, and the copy says so in its place.
"""

from __future__ import annotations

import posixpath
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from dlfigs.errors import UserError
from dlfigs.make.files import write_whole

LINK = re.compile(r'(\s(?:href|src)=")([^"#?]*)([^"]*")')
SEARCH = re.compile(
    r'<label class="md-header__button md-icon" for="__search">.*?</label>\s*<div class="md-search".*?'
    r'(?=<div class="md-header__source">|</nav>\s*(?:<nav class="md-tabs|</header>))',
    re.DOTALL,
)
NO_SEARCH = '<p class="no-search">This copy has no search.</p>'
# A policy that names the site's own origin, and a request that names it: files have none
SERVED = re.compile(r'\s*<meta http-equiv="Content-Security-Policy"[^>]*>|<link rel="preload"[^>]*>')
LEFT_OUT = ("404.html", "sitemap.xml", "sitemap.xml.gz", "search/", "assets/cards/", "robots.txt", "CNAME")
PDF = "course.pdf"
DATE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP knows: the same site gives the same file


def write(site: Path, to: Path) -> int:
    """Write a built site into a ZIP, in a folder with the name of the file.

    Args:
        site: Folder of the site.
        to: The file. One that exists is replaced when the new one is complete.

    Returns:
        The number of pages.

    Raises:
        UserError: If there is no site.
    """
    if not (site / "index.html").is_file():
        raise UserError(f"no site in {site}: build it first, with mkdocs build")
    if not to.parent.is_dir():
        raise UserError(f"no folder {to.parent} to write {to.name} into")
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    # What was copied there to be downloaded is no part of the site
    names = [name for name in names if not name.startswith(LEFT_OUT) and name not in (to.name, PDF)]
    known, pages = set(names), 0
    buffer = BytesIO()
    with ZipFile(buffer, "w") as packed:
        for name in names:
            content = (site / name).read_bytes()
            if name.endswith(".html"):
                content, pages = on_disk(content.decode("utf-8"), name, known).encode(), pages + 1
            entry = ZipInfo(f"{to.stem}/{name}", DATE)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content, ZIP_DEFLATED, 9)
    write_whole(to, buffer.getvalue())
    return pages


def on_disk(html: str, name: str, known: set[str]) -> str:
    """Return a page as it works without a server.

    Args:
        html: The page.
        name: Of its file, below the site's folder.
        known: Names of all files.
    """
    folder = posixpath.dirname(name)

    def led(link: re.Match[str]) -> str:
        before, address, after = link.groups()
        place = posixpath.normpath(posixpath.join(folder, address))
        index = posixpath.normpath(posixpath.join(place, "index.html"))
        if not address or ":" in address or address.startswith("/") or index not in known:
            return link[0]
        return f"{before}{posixpath.join(address, 'index.html')}{after}"

    html = SERVED.sub("", SEARCH.sub(NO_SEARCH, html))
    return LINK.sub(led, html)
