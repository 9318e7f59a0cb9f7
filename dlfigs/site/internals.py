"""What dlfigs needs of MkDocs and of Material for MkDocs that they do not promise, and whether it is there.

With versions that have it in another way every page is rendered and read by the search: slower, and right.
"""

from __future__ import annotations

import inspect
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

SEARCH = "material/search"
# What a page has after it was rendered, beside its content and its contents
OF_PAGE = ("present_anchor_ids", "links_to_anchors")
# What an entry of the search's index has, at least
OF_ENTRY = {"location", "title", "text"}


def can_replace_render() -> bool:
    """Whether `render` of a page is all that makes its content, and what else that notes is known."""
    arguments = list(inspect.signature(Page.render).parameters)
    names = {name for name in vars(Page) if not name.startswith("_")}
    return arguments == ["self", "config", "files"] and names >= {*OF_PAGE, "title"}


def search_entries(config: MkDocsConfig) -> list[Any] | None:
    """Return the entries of the search's index, to which each page adds its own; None if that is not so."""
    entries = getattr(getattr(config.plugins.get(SEARCH), "search_index", None), "entries", None)
    if not isinstance(entries, list) or not all(set(entry) >= OF_ENTRY for entry in entries[:1]):
        return None
    return entries
