"""What a site has for machines, written when all of its pages are known: copies and indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfigs.make.files import write_whole
from dlfigs.markdown.uses import relative
from dlfigs.site.copies import index, named, outline
from dlfigs.site.copies.copying import Copies, file_of

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation

LLMS, CLAIMS = "llms.txt", "claims.json"
WORDS = "Each number above that was measured, or set: value — name in [claims.json]({}) — what it is."


class Machines:
    """Copies and indexes of one site.

    Args:
        store: Folder that keeps what was made of pages.
        infos: What is known of each figure.
    """

    def __init__(self, store: Path, infos: Mapping[str, Any]) -> None:
        self.infos, self.copies = infos, Copies(store, infos.keys())

    def head(self, html: str, address: str) -> str:
        """Return a whole page whose head names its copy."""
        if address not in self.copies.made:
            return html
        name = file_of(address).rpartition("/")[2]
        return html.replace(
            "</head>", f'<link rel="alternate" type="text/markdown" href="{name}"></head>', 1
        )

    def write(self, config: MkDocsConfig, nav: Navigation) -> None:
        """Write all files into the site; one that the course has by itself is left as it is."""
        about = outline.about(config)
        for name, text in self.files(about, outline.pages(nav, self.copies.titles)):
            path, own = Path(config.site_dir, name), Path(config.docs_dir, name)
            content = text.encode()
            # A server sends what is new
            if not own.is_file() and (not path.is_file() or path.read_bytes() != content):
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
        """Return a copy with what it is a copy of, and what its numbers are."""
        text, shown = self.copies.made[address]
        title = self.copies.titles[address]
        own = next((slug for slug in self.infos if self.copies.page_of(slug) == address), None)
        shown = [*shown, *(named.of_figure(own, self.infos[own]) if own else ())]
        where = f"<{about.url}{address}>" if about.url else title
        notes = ". ".join(filter(None, [f"Copy of {where}", about.name, about.rights]))
        parts = ["" if text.startswith("# ") else f"# {title}", text.strip(), "---", f"{notes}."]
        if lines := named.lines(shown, self.infos):
            words = WORDS.format(relative(CLAIMS, address))
            parts += ["## Claims on this page", words, "\n".join(lines)]
        return "\n\n".join(filter(None, parts)) + "\n"
