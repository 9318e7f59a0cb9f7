"""From recipes to finished folders: decide what is stale and let workers make it.

Every figure is made in a process of its own (see `dlfigs.make.pool`), so that a recipe can leave nothing
behind for the next one, and a server never holds an old module. A finished folder appears under its
final name in one step: if it exists, it is complete.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dlfigs.make import stale
from dlfigs.make.jobs import MINUTES, Jobs, Order, check_minutes
from dlfigs.make.store import CACHE, Built, Store


def build(
    recipes: Mapping[str, Path],
    cache: Path = CACHE,
    *,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    jobs: int | None = None,
    force: bool = False,
    minutes: float = MINUTES,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
    log: logging.Logger | None = None,
) -> dict[str, Built]:
    """Make what is stale, side by side, and return all figures by slug.

    Args:
        recipes: Paths by slug.
        cache: Folder of finished figures.
        parameters: For each slug the values that differ from the defaults, checked.
        jobs: Figures made at the same time; by default one for each processor.
        force: Make everything again, the data too.
        minutes: After which a figure that is not done is given up.
        say: Writes a line about a build that takes long, where there is no terminal for a bar.
        log: The logger whose lines are to stand above that bar.

    Raises:
        UserError: If `minutes` are no time, or if the cache cannot be written.
    """
    check_minutes(minutes)
    looked = stale.look(recipes, cache, parameters, force=force)
    done = looked.done
    if looked.orders:
        queue = Jobs(at_once=jobs, cache=cache, minutes=minutes, force=force)
        Store(cache).check_writable()
        done |= make(looked.orders, queue, functools.partial(shown, say, log))
    return {slug: done[slug] for slug in recipes}


def shown(say: Callable[[str], None], log: logging.Logger | None) -> Any:
    """Return what shows how far a build is, which is entered before it and left after it."""
    from dlfigs.make.progress import Shown  # a build with nothing to do shows nothing

    return Shown(say, log)


def make(orders: Mapping[str, Order], jobs: Jobs, shown: Callable[[], Any]) -> dict[str, Built]:
    """Make what is ordered, by whatever name, and return what came of it by the same names."""
    made = {}
    try:
        with shown() as progress:
            jobs.put(orders.values())
            progress.update(jobs, len(orders))
            while jobs.left and (got := jobs.report()):
                made[got[0].slug] = got[1]
                progress.update(jobs, len(orders))
    except KeyboardInterrupt:
        names = ", ".join(str(order.recipe) for order in jobs.at_work)
        if names:
            print(f"interrupted at work on {names}", file=sys.stderr, flush=True)
        raise
    finally:
        code = jobs.end()
    for slug, order in orders.items():
        lost = f"{order.recipe}: the build ended before its turn (exit code {code})"
        made.setdefault(slug, Built(slug, None, lost))
    return made
