"""The slides of a site's lectures, made when all pages are known, and kept until what they show changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfigs.errors import UserError
from dlfigs.make import files
from dlfigs.site.copies import outline
from dlfigs.site.slides import powerpoint, reading, showing

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

OWN_CODE = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
KEPT = 3  # versions of the slides of one page
LINKS = '<p>Slides: <a href="{html}">in the browser</a> · <a href="{pptx}" type="{kind}">PowerPoint</a></p>'
KIND = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


class Slides:
    """Those of one site.

    Args:
        store: Folder that keeps what was made.
        figures: What there is of each figure, by slug.
    """

    def __init__(self, store: Path, figures: Mapping[str, Any]) -> None:
        self.store, self.figures = store, figures
        self.pages: dict[str, str] = {}  # with lectures, by address

    def take(self, html: str, address: str) -> str:
        """Note a page that has lectures, and return it with links to their slides.

        Args:
            html: The text of the page, complete.
            address: Of the page, below the site's.

        Raises:
            UserError: If two lectures have one name.
        """
        if not (names := reading.PLACE.findall(html)):
            return html
        self.pages[address] = html
        for other, known in self.pages.items():
            same = set(names) & set(reading.PLACE.findall(known)) if other != address else ()
            for name in same:
                raise UserError(
                    f"{other or 'index'} and {address or 'index'}: two lectures are named {name!r}, "
                    "and their slides would be one file; give a heading another id: { #another }"
                )

        def links(place: Any) -> str:
            to = {suffix: showing.link(place[1], suffix, address) for suffix in ("html", "pptx")}
            begin = place[0][: place[0].index(">") + 1]
            return f"{begin}{LINKS.format(**to, kind=KIND)}</section>"

        return reading.PLACE.sub(links, html)

    def write(self, config: MkDocsConfig, complete: Callable[[str, str], str]) -> None:
        """Write all slides into the site.

        Args:
            config: Of MkDocs.
            complete: Gives a page, by its text and its address, what its head needs.
        """
        about, lang = outline.about(config), str(config.theme.get("language", "en"))
        made = dict(showing.shared()) if self.pages else {}
        for address, html in self.pages.items():
            made |= self._of_page(html, address, about, lang)
        for address, content in made.items():
            path = Path(config.site_dir, address)
            whole = complete(content.decode(), address).encode() if path.suffix == ".html" else content
            if not path.is_file() or path.read_bytes() != whole:  # a server sends what is new
                files.write_whole(path, whole)

    def _of_page(self, html: str, address: str, about: outline.About, lang: str) -> dict[str, bytes]:
        """Return the slides of a page's lectures by address: as they were kept, or made now."""
        shown = {slug: self.figures[slug] for slug in sorted(set(reading.SHOWN.findall(html)))}
        if any(figure.words for figure in shown.values()):
            return {}  # a server is still making some: the pages follow each, and slides come with the last
        states = {slug: figure.name for slug, figure in shown.items()}
        key = files.checksum(OWN_CODE + json.dumps([html, address, about, lang, states]).encode())[:16]
        page = self.store / files.checksum(address.encode())[:16]
        if not files.intact(page / key / "sha256"):
            made = self._made(html, address, about, lang)
            made["sha256"] = files.checksums(made)
            files.write_folder(page / key, made)
            files.tidy(page, KEPT)
        paths = sorted(path for path in (page / key).iterdir() if path.name != "sha256")
        return {f"{showing.FOLDER}/{path.name}": path.read_bytes() for path in paths}

    def _made(self, html: str, address: str, about: outline.About, lang: str) -> dict[str, bytes]:
        infos = {slug: figure.info for slug, figure in self.figures.items()}
        pictures = {
            slug: powerpoint.Picture(figure.built and figure.built.file("wide.png"), figure.info)
            for slug, figure in self.figures.items()
        }
        made = {}
        for lecture in reading.lectures(html, address):
            made[f"{lecture.identity}.html"] = showing.page(lecture, address, about, infos, lang).encode()
            made[f"{lecture.identity}.pptx"] = powerpoint.presentation(lecture, pictures, about)
        return made
