"""A copy as it is published: the text of a page, what it is a copy of, and what its numbers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dlfigs.markdown.uses import relative
from dlfigs.recipe.info import Info
from dlfigs.site.copies import named, outline

WORDS = "Each number above that was measured, or set: value — name in [claims.json]({}) — what it is."


class Page(NamedTuple):
    """A page that is copied.

    Args:
        address: Below the site's.
        title: Its name.
        text: As Markdown.
        own: The figure whose own page it is, or None.
    """

    address: str
    title: str
    text: str
    own: str | None


def text(
    page: Page,
    shown: Sequence[named.Shown],
    about: outline.About,
    infos: Mapping[str, Info],
    claims: str,
) -> str:
    """Return a copy with what it is a copy of, and what its numbers are.

    Args:
        page: What is copied.
        shown: The numbers that it has.
        about: What the site says of itself.
        infos: What is known of each figure.
        claims: Address of claims.json below the site's.
    """
    where = f"<{about.url}{page.address}>" if about.url else page.title
    notes = ". ".join(filter(None, [f"Copy of {where}", about.name, about.rights]))
    parts = ["" if page.text.startswith("# ") else f"# {page.title}", page.text.strip(), "---", f"{notes}."]
    own = named.of_figure(page.own, infos[page.own]) if page.own else []
    if lines := named.lines([*shown, *own], infos):
        words = WORDS.format(relative(claims, page.address))
        parts += ["## Claims on this page", words, "\n".join(lines)]
    return "\n\n".join(filter(None, parts)) + "\n"
