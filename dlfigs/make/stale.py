"""Whether a figure is stale: whether there is a finished one of its recipe, code, files and versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.make import seconds
from dlfigs.make.digests import digest
from dlfigs.make.disk import Disk
from dlfigs.make.jobs import Order
from dlfigs.make.store import CACHE, Built, Store


def finished(
    slug: str,
    path: Path,
    cache: Path = CACHE,
    given: Mapping | None = None,
    disk: Disk | None = None,
) -> Built | None:
    """Return a figure that needs no work, or None if it is stale or damaged."""
    return Store(cache).finished(slug, digest(path, given, disk or Disk(cache)).drawing)


@dataclass(frozen=True)
class Looked:
    """What a look at recipes has found.

    Args:
        done: By slug, the figures that need no work, or cannot have any.
        orders: By slug, what is to be made.
        folders: Where there is something that the figures depend on.
    """

    done: dict[str, Built]
    orders: dict[str, Order]
    folders: set[Path]


def look(
    recipes: Mapping[str, Path],
    cache: Path,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    force: bool = False,
    trusted: Collection[Path] = (),
) -> Looked:
    """Tell figures that need no work from those that do.

    Args:
        recipes: Paths by slug.
        cache: Folder of finished figures.
        parameters: For each slug the values that differ from the defaults, checked.
        force: Take none for finished.
        trusted: Folders whose files are not read to see whether they are whole.
    """
    parameters, done, digests = parameters or {}, {}, {}
    disk, store = Disk(cache), Store(cache)
    for slug, path in recipes.items():
        try:
            digests[slug] = digest(path, parameters.get(slug), disk)
        except UserError as error:  # not valid Python: the other figures do not suffer from it
            done[slug] = Built(slug, None, str(error))
            continue
        folder = store.figure(slug, digests[slug].drawing)
        if folder in trusted:
            built = Built(slug, folder) if folder.is_dir() else None
        else:
            built = store.finished(slug, folder.name)
        if built and not force:
            done[slug] = built
    disk.keep()
    stale = {slug: path for slug, path in recipes.items() if slug not in done}
    data = {slug: digests[slug].data for slug in stale if not force}
    guesses = seconds.guesses(stale, cache, data) if stale else {}
    orders = {
        slug: Order(slug, path, digests[slug].drawing, guesses[slug], parameters.get(slug, {}))
        for slug, path in stale.items()
    }
    return Looked(done, orders, disk.folders())
