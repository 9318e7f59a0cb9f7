"""What a page's head needs when all pages are there: the font of formulas, what links show, the policy."""

from __future__ import annotations

from pathlib import Path

from dlfigs.site import look
from dlfigs.site.cards import Cards
from dlfigs.site.policy import guarded

FONT = look.FONT


class Head:
    """Completes the heads of one site's pages.

    Args:
        cards: Folder that keeps cards.
        policy: Whether pages get a Content-Security-Policy.
    """

    def __init__(self, cards: Path, *, policy: bool) -> None:
        self.cards, self.policy = Cards(cards), policy

    def page(self, html: str, address: str, *, served: bool, styles: bool) -> str:
        """Return a whole page with what its head needs; the parameters are those of `Completion.page`.

        Raises:
            UserError: If the page cannot have the policy.
        """
        html = self.cards.described(look.with_font(html, address), address)
        return guarded(html, served=served, styles=styles) if self.policy else html
