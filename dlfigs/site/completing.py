"""What pages get when all are there: what they tell together, the commit, and what their heads need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dlfigs.markdown.citing import commit_of
from dlfigs.markdown.together import Together
from dlfigs.site import head, unread
from dlfigs.site.copies.publishing import Machines
from dlfigs.site.slides.making import Slides


class Completion:
    """Completes the pages of one site.

    Args:
        root: Folder of the course, whose commit counts.
        fonts: Folder that keeps fonts; cards are kept beside it.
        policy: Whether pages get a Content-Security-Policy.
        keys: Of the references, which are citations wherever they stand.
        recipes: What pages are made of that have no file of their own.
        copied: What is known of each figure, if machines get copies of the pages.
        deck: Whether there are cards with what the copies have of questions.
        figures: What there is of each figure, if lectures get slides.
    """

    def __init__(
        self,
        root: Path,
        fonts: Path,
        *,
        policy: bool,
        keys: Collection[str] = (),
        recipes: Mapping[str, Path] | None = None,
        copied: Mapping[str, Any] | None = None,
        deck: bool = False,
        figures: Mapping[str, Any] | None = None,
    ) -> None:
        self.keys, self.recipes = keys, recipes or {}
        self.head = head.Head(fonts, policy=policy)
        self.commit = commit_of(root)
        self.machines = None if copied is None else Machines(fonts.with_name("copies"), copied, deck=deck)
        self.slides = None if figures is None else Slides(fonts.with_name("slides"), figures)
        self.together = Together.of({}, {})

    def note(self, html: str) -> None:
        """Note the formulas' characters of a page."""
        self.head.note(html)

    def note_pages(self, pages: Mapping[str, str], titles: Mapping[str, str]) -> None:
        """Note what all pages together tell.

        Args:
            pages: The text of all pages, as HTML, by address, in the order of the navigation.
            titles: What to call a page that has no heading.
        """
        self.together = Together.of(pages, titles)
        if self.machines:
            self.machines.copies.note_pages(pages, titles)

    def text(self, html: str, address: str) -> str:
        """Return a page's text with what its marks stand for; copy it for machines."""
        html = self.together.complete(html, address, self.commit)
        html = self.slides.take(html, address) if self.slides else html
        return self.machines.take(html, address) if self.machines else html

    def page(self, html: str, address: str, *, served: bool = False, styles: bool = False) -> str:
        """Return a whole page with what its head needs.

        Args:
            html: The page.
            address: Below the site's.
            served: Whether a server puts a script of its own into the page when it sends it.
            styles: Whether the site's own script puts style sheets into the page.

        Raises:
            UserError: If the page cannot have the policy.
        """
        html = self.machines.head(html, address) if self.machines else html
        return self.head.page(html, address, served=served, styles=styles)

    def unread(self, html: str, file: Any) -> list[unread.Finding]:
        """Return what a finished page shows as it was written.

        Args:
            html: The page.
            file: What MkDocs knows of its file; a figure's page is made of its recipe.
        """
        source = self.recipes.get(file.src_uri) or file.abs_src_path
        return unread.in_page(html, file.dest_uri, source and Path(source), self.keys)

    def write(self, site: Path, *, cards: bool = True) -> None:
        """Write what the completed pages ask for: the font of the formulas, and the cards.

        Args:
            site: Folder of the site.
            cards: Whether links to the pages will be shown elsewhere.
        """
        self.head.write(site, cards=cards)

    def write_slides(self, config: Any, *, served: bool = False) -> None:
        """Write the slides of all lectures into the site.

        Args:
            config: Of MkDocs.
            served: Whether a server puts a script of its own into pages when it sends them.
        """
        if self.slides:
            self.slides.write(config, lambda html, address: self.head.bare(html, address, served=served))
