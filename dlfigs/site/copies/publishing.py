"""What a site has for machines, written when all of its pages are known: copies and indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfigs.make.files import write_whole
from dlfigs.site.copies import index, outline, whole
from dlfigs.site.copies.copying import Copies, file_of
from dlfigs.site.deck.making import Pages

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation

LLMS, CLAIMS = "llms.txt", "claims.json"


class Machines:
    """Copies and indexes of one site.

    Args:
        store: Folder that keeps what was made of pages.
        infos: What is known of each figure.
        deck: Whether there are cards too.
    """

    def __init__(self, store: Path, infos: Mapping[str, Any], *, deck: bool = False) -> None:
        self.infos, self.copies = infos, Copies(store, infos.keys())
        self.deck = Pages() if deck else None

    def take(self, html: str, address: str) -> str:
        """Copy a page, and what it has for cards, and return it as readers get it.

        Args:
            html: The text of the page, complete, in which numbers and formulas say what they are.
            address: Of the page, below the site's.
        """
        if self.deck:
            self.deck.note(html, address)
        return self.copies.take(html, address)

    def head(self, html: str, address: str) -> str:
        """Return a whole page whose head names its copy."""
        if address not in self.copies.made:
            return html
        name = file_of(address).rpartition("/")[2]
        # Not "alternate" alone: Material takes that for another language, and looks for its sitemap
        return html.replace(
            "</head>", f'<link rel="alternate markdown" type="text/markdown" href="{name}"></head>', 1
        )

    def write(self, config: MkDocsConfig, nav: Navigation) -> None:
        """Write all files into the site; one that the course has by itself is left as it is."""
        about = outline.about(config)
        made = self.files(about, outline.pages(nav, self.copies.titles))
        contents = {name: text.encode() for name, text in made}
        if self.deck:
            contents |= self.deck.files(config, about, self.copies.titles, self.infos)
        for name, content in contents.items():
            path, own = Path(config.site_dir, name), Path(config.docs_dir, name)
            if own.is_file():
                continue
            if not content:  # no cards: nothing keeps their place
                path.unlink(missing_ok=True)
            elif not path.is_file() or path.read_bytes() != content:  # a server sends what is new
                write_whole(path, content)

    def files(self, about: outline.About, listed: list[outline.Listed]) -> Iterator[tuple[str, str]]:
        """Yield each file's name below the site's folder, and its text.

        Args:
            about: What the site says of itself.
            listed: All pages in their order.
        """
        copies = self.copies
        for address in copies.made:
            yield file_of(address), self._whole(address, about)
        entries = [
            index.Entry(section, copies.titles[address], about.url + file_of(address), said)
            for section, address, said in listed
            if address in copies.made
        ]
        yield (
            LLMS,
            index.llms(about.name, about.description, entries, about.url + CLAIMS, about.rights),
        )
        numbers = {address: shown for address, (_, shown) in copies.made.items()}
        pages = {address: (title, about.url + address) for address, title in copies.titles.items()}
        own = {slug: about.url + page for slug in self.infos if (page := copies.page_of(slug))}
        of_site = {"site": about.name, "url": about.url}
        yield CLAIMS, index.claims(of_site, self.infos, numbers, pages, own)

    def _whole(self, address: str, about: outline.About) -> str:
        text, shown = self.copies.made[address]
        own = next((slug for slug in self.infos if self.copies.page_of(slug) == address), None)
        page = whole.Page(address, self.copies.titles[address], text, own)
        return whole.text(page, shown, about, self.infos, CLAIMS)
