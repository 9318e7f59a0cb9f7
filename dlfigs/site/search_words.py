"""What the search of Material for MkDocs has to know beyond the words of a place, to lead readers there.

Each entry of its index, one for each heading, gets fields of its own, to which mkdocs.yml gives weights:

    names    names of the terms that the glossary explains there, and words near them
    code     their names in code
    chapter  title and names of the whole page, so that "dropout variance" finds a heading of that chapter
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dlfigs.markdown import glossary
from dlfigs.markdown.glossary import Term

# The search prefers pages to their sections by a factor of 3 or so, even if they have fewer of the words
PAGE = 0.4


def complete(config: Any, addresses: Mapping[str, str]) -> None:
    """Complete the index of a site that has a glossary, and the search of Material for MkDocs.

    Args:
        config: Of MkDocs, with paths that lead there.
        addresses: Where the site has each page, by its path below the folder of sources.
    """
    index = getattr(config.plugins.get("material/search"), "search_index", None)
    path = config.mdx_configs["dlfigs.markdown"].get("glossary")
    if path and index is not None:
        own = Path(path).resolve().relative_to(Path(config.docs_dir).resolve())
        index.entries = completed(index.entries, glossary.read(path), own.parent.as_posix(), addresses)


def completed(
    entries: Iterable[Mapping[str, Any]], terms: Iterable[Term], folder: str, addresses: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the entries of an index with the names that lead to them.

    Args:
        entries: What the search has read of all pages, each page before its sections.
        terms: Those of the glossary.
        folder: Of the glossary, below that of sources: its links to places begin there.
        addresses: Where the site has each page, by its path below the folder of sources.
    """
    explained: dict[str, list[Term]] = {}
    for term in terms:
        page, hash_, anchor = term.place.partition("#")
        address = addresses.get(posixpath.normpath(posixpath.join(folder, page)), page)
        explained.setdefault(address + hash_ + anchor, []).append(term)
    done, chapter = [], ""
    for entry in entries:
        here = explained.get(entry["location"], ())
        more: dict[str, Any] = {"names": _once(w for t in here for w in t.sought)}
        more["code"] = " ".join(name for term in here for name in term.code)
        if "#" not in entry["location"]:
            more["boost"] = PAGE * entry.get("boost", 1)
            chapter = " ".join([entry["title"], *more["names"]])
        else:
            more["chapter"] = chapter
        done.append(dict(entry) | {name: value for name, value in more.items() if value})
    return done


def _once(names: Iterable[str]) -> list[str]:
    """Return the names without those whose plural is there: a search for the one finds the other."""
    known = list(dict.fromkeys(names))
    plural = {name.lower() for name in known}
    return [name for name in known if f"{name.lower()}s" not in plural]
