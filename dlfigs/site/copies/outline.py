"""What MkDocs knows of a site and its pages, as an index for machines lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation

OPTIONAL = "Optional"  # by the convention of llms.txt, what one can do without


class About(NamedTuple):
    """What a site says of itself.

    Args:
        name: Of the site.
        url: Its address, which ends with a slash; may be empty.
        description: In a sentence; may be empty.
        rights: What one may do with it; may be empty.
    """

    name: str
    url: str = ""
    description: str = ""
    rights: str = ""


class Listed(NamedTuple):
    """A page.

    Args:
        section: Of the navigation, the highest; "" for a page that is in none.
        address: Below the site's.
        description: In a sentence; may be empty.
    """

    section: str
    address: str
    description: str = ""


def about(config: MkDocsConfig) -> About:
    """Return what a site says of itself."""
    rights = unescape(re.sub("<[^>]*>", "", config.copyright or "")).strip()
    url = config.site_url or ""
    return About(config.site_name, url and f"{url.rstrip('/')}/", config.site_description or "", rights)


def pages(nav: Navigation, addresses: Iterable[str]) -> list[Listed]:
    """Return all pages: those of the navigation in its order, and then the others, such as figures' pages.

    Args:
        nav: The navigation.
        addresses: Of all pages.
    """
    found = {one.address: one for item in nav.items for one in _below(item)}
    others = {address: Listed(OPTIONAL, address) for address in addresses if address not in found}
    return [*found.values(), *others.values()]


def _below(item: Any, section: str = "") -> Iterator[Listed]:
    if item.is_section:
        for child in item.children:
            yield from _below(child, section or item.title)
    elif item.is_page:
        yield Listed(section, item.url, str(item.meta.get("description") or ""))
