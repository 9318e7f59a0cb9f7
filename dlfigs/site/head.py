"""What a page's head needs when all pages are there: the font of formulas, what links show, the policy."""

from __future__ import annotations

from pathlib import Path

from dlfigs.site import look, mathfont
from dlfigs.site.cards import Cards
from dlfigs.site.policy import guarded

FONT = look.FONT


class Head:
    """Completes the heads of one site's pages.

    Args:
        fonts: Folder that keeps fonts; cards are kept beside it.
        policy: Whether pages get a Content-Security-Policy.
    """

    def __init__(self, fonts: Path, *, policy: bool) -> None:
        self.fonts, self.cards, self.policy = fonts, Cards(fonts.with_name("cards")), policy
        self.characters: set[str] = set()

    def note(self, html: str) -> None:
        """Note the formulas' characters of a page."""
        self.characters |= mathfont.characters(html)

    def write(self, site: Path, *, cards: bool) -> None:
        """Write what the pages' heads ask for; the parameters are those of `Completion.write`."""
        mathfont.write_font(self.characters, site / FONT, self.fonts)
        if cards:
            self.cards.write(site)

    def page(self, html: str, address: str, *, served: bool, styles: bool) -> str:
        """Return a whole page with what its head needs; the parameters are those of `Completion.page`.

        Raises:
            UserError: If the page cannot have the policy.
        """
        return self.bare(self.cards.described(html, address), address, served=served, styles=styles)

    def bare(self, html: str, address: str, *, served: bool, styles: bool = False) -> str:
        """Return a whole page with font and policy, which links do not show; as `page` does otherwise."""
        html = look.with_font(html, address)
        return guarded(html, served=served, styles=styles) if self.policy else html
