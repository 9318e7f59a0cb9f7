"""From recipes to finished folders: decide what is stale and let workers make it.

Every figure is made in a process of its own (see `dlfigs.make.pool`), so that a recipe can leave nothing
behind for the next one, and a server never holds an old module. A finished folder appears under its
final name in one step: if it exists, it is complete.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.make import seconds
from dlfigs.make.digests import Digests, digest
from dlfigs.make.disk import Disk
from dlfigs.make.files import UNFINISHED, intact, write_whole
from dlfigs.make.jobs import Jobs, Order

CACHE = Path(".cache/dlfigs")
MINUTES, MOST_MINUTES = 60.0, 1_000_000  # for one figure; the second, two years, is as good as no limit
# One thread for each figure: the order of a sum must not depend on the number of processors, and
# threads of several workers that wait for one another are many times slower than none
ONE_THREAD = {
    "XLA_FLAGS": "--xla_backend_optimization_level=1 --xla_cpu_multi_thread_eigen=false",
    "NPROC": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
EXPORTED = ("svg", "dark.svg", "png", "pdf", "csv", "nc", "json")


@dataclass(frozen=True)
class Built:
    """One figure after a build: its folder, or why there is none."""

    slug: str
    folder: Path | None
    error: str = ""
    is_new: bool = field(default=False, compare=False)  # made just now

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """What `<slug>.json` says."""
        return json.loads(self.file("json").read_text(encoding="utf-8"))

    @property
    def run(self) -> dict[str, Any]:
        """When, where and how long the figure's data were computed; empty if that was not kept."""
        record = run_of(self.slug, self.info["digest"]["data"], self.folder.parents[2])
        return read_record(record) or {}

    @property
    def broken_claims(self) -> list[dict[str, Any]]:
        """The claims that do not hold."""
        return [claim for claim in self.info["claims"] if not claim["holds"]]

    def file(self, suffix: str) -> Path:
        """Path of the figure in one format, for example "svg"."""
        return self.folder / f"{self.slug}.{suffix}"


def folder_of(slug: str, digests: Digests, cache: Path) -> Path:
    """Where the finished figure is, or will be."""
    return cache / "figures" / slug / digests.drawing


def run_of(slug: str, data_digest: str, cache: Path) -> Path:
    """Where the record of a computation is: beside the data, which are the same bytes every time."""
    return cache / "runs" / slug / f"{data_digest}.json"


def read_record(record: Path) -> dict[str, Any] | None:
    """Return the record of a computation, or None if there is none that is whole."""
    try:
        run = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return run if isinstance(run, dict) and run.keys() >= {"seconds", "finished", "sha256"} else None


def finished(
    slug: str,
    path: Path,
    cache: Path = CACHE,
    given: Mapping | None = None,
    disk: Disk | None = None,
) -> Built | None:
    """Return a figure that needs no work, or None if it is stale or damaged."""
    folder = folder_of(slug, digest(path, given, disk or Disk(cache)), cache)
    return Built(slug, folder) if is_whole(slug, folder) else None


def is_whole(slug: str, folder: Path) -> bool:
    """Whether a folder has a finished figure whose files are what was written."""
    return intact(folder / f"{slug}.sha256")


def last_good(slug: str, cache: Path = CACHE) -> Built | None:
    """Return the figure as it was when it was last made, from whatever recipe."""
    return next(_good(slug, cache), None)


def with_pictures(slug: str, digest: str, cache: Path) -> Built | None:
    """Return the figure as it was made with the same pictures, but perhaps other words; None if never."""
    return next((one for one in _good(slug, cache) if one.info["digest"].get("pictures") == digest), None)


def _good(slug: str, cache: Path) -> Iterator[Built]:
    folders = [f for f in (cache / "figures" / slug).glob("*") if not f.name.startswith(UNFINISHED)]
    newest_first = sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)
    return (Built(slug, folder) for folder in newest_first if is_whole(slug, folder))


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
    done, stale = look(recipes, cache, parameters, force=force)
    if stale:
        shown = functools.partial(_shown, say, log)
        done |= _make(stale, cache, jobs or processors(), force, minutes, shown)
    return {slug: done[slug] for slug in recipes}


def check_minutes(minutes: float) -> None:
    """Raise a `UserError` if a figure cannot be given that time."""
    if not 0 < minutes <= MOST_MINUTES:
        raise UserError(f"minutes must be above 0 and at most {MOST_MINUTES}, not {minutes:g}")


def look(
    recipes: Mapping[str, Path],
    cache: Path,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    force: bool = False,
    trusted: Collection[Path] = (),
    disk: Disk | None = None,
) -> tuple[dict[str, Built], dict[str, Order]]:
    """Return the figures that need no work, or cannot have any, and orders for the others, by slug.

    Args:
        recipes: Paths by slug.
        cache: Folder of finished figures.
        parameters: For each slug the values that differ from the defaults, checked.
        force: Take none for finished.
        trusted: Folders whose files are not read to see whether they are whole.
        disk: Notes what has been looked at.
    """
    parameters, done, disk, digests = parameters or {}, {}, disk or Disk(cache), {}
    for slug, path in recipes.items():
        try:
            digests[slug] = digest(path, parameters.get(slug), disk)
        except UserError as error:  # not valid Python: the other figures do not suffer from it
            done[slug] = Built(slug, None, str(error))
            continue
        folder = folder_of(slug, digests[slug], cache)
        there = folder.is_dir() if folder in trusted else is_whole(slug, folder)
        if there and not force:
            done[slug] = Built(slug, folder)
    disk.keep()
    stale = {slug: path for slug, path in recipes.items() if slug not in done}
    data = {slug: digests[slug].data for slug in stale if not force}
    guesses = seconds.guesses(stale, cache, data) if stale else {}
    return done, {
        slug: Order(slug, path, digests[slug].drawing, guesses[slug], parameters.get(slug, {}))
        for slug, path in stale.items()
    }


def export(built: Built, target: Path) -> None:
    """Copy a finished figure as `<slug>.svg`, `.png` and so on; each file arrives whole."""
    for suffix in EXPORTED:
        write_whole(target / f"{built.slug}.{suffix}", built.file(suffix).read_bytes())


def _shown(say: Callable[[str], None], log: logging.Logger | None) -> Any:
    from dlfigs.make.progress import Shown  # a build with nothing to do shows nothing

    return Shown(say, log)


def _make(
    stale: Mapping[str, Order],
    cache: Path,
    at_once: int,
    force: bool,
    minutes: float,
    shown: Callable[[], Any],
) -> dict[str, Built]:
    check_writable(cache)
    made = {}
    jobs = Jobs(environment(cache), at_once=at_once, cache=str(cache), minutes=minutes, force=force)
    try:
        with shown() as progress:
            jobs.put(stale.values())
            progress.update(jobs, len(stale))
            while jobs.left and (got := jobs.report()):
                order, said = got
                made[order.slug] = result(order, said)
                progress.update(jobs, len(stale))
    except KeyboardInterrupt:
        names = ", ".join(str(order.recipe) for order in jobs.at_work)
        if names:
            print(f"interrupted at work on {names}", file=sys.stderr, flush=True)
        raise
    finally:
        code = jobs.end()
    for slug, order in stale.items():
        lost = f"{order.recipe}: the build ended before its turn (exit code {code})"
        made.setdefault(slug, Built(slug, None, lost))
    return made


def result(order: Order, said: Mapping[str, Any]) -> Built:
    """Return what a pool's report says of an order."""
    if said["error"]:
        return Built(order.slug, None, said["error"])
    return Built(order.slug, Path(said["folder"]), is_new=True)


def check_writable(cache: Path) -> None:
    """Say once, before any work, what each figure would say after it."""
    probe = cache / f"{UNFINISHED}{os.getpid()}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"?")
    except OSError as error:
        words = "give another with --cache, or `cache` in mkdocs.yml"
        raise UserError(f"the cache {cache} cannot be written: {error.strerror}; {words}") from None
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def processors() -> int:
    """How many processors this process may use; not every system can say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment(cache: Path) -> dict[str, str]:
    """Surroundings in which the same inputs give the same bytes, on one processor or on many."""
    return {
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # or the first of several workers takes a GPU whole
        # Settings of a person's own, such as JAX_ENABLE_X64, would give other data under the same digest
        **{name: value for name, value in os.environ.items() if not name.startswith("JAX_")},
        **ONE_THREAD,
        # Compiled programs, by what they are made of and for which processor: with another seed, or after
        # a change elsewhere, the same ones are needed again. JAX compiles anew what it cannot read
        "JAX_COMPILATION_CACHE_DIR": str((cache / "compiled").resolve()),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        # matplotlib lists the system's fonts once; without a home it would do so in each process
        "MPLCONFIGDIR": str((cache / "matplotlib").resolve()),
    }
