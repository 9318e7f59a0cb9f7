"""From recipes to finished folders: decide what is stale and let workers make it.

Every figure is made in a process of its own (see `dlfigs.pool`), so that a recipe can leave nothing
behind for the next one, and a server never holds an old module. A finished folder appears under its
final name in one step: if it exists, it is complete.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlfigs import dependencies, gallery
from dlfigs.errors import UserError
from dlfigs.files import UNFINISHED, intact, write_whole

CACHE = Path(".cache/dlfigs")
MINUTES, MOST_MINUTES = 60.0, 1_000_000  # for one figure; the second, two years, is as good as no limit
# One thread for each figure: the order of a sum must not depend on the number of processors, and
# threads of several workers that wait for one another are many times slower than none
ONE_THREAD = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
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


def folder_of(slug: str, digests: gallery.Digests, cache: Path) -> Path:
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
    disk: dependencies.Disk | None = None,
) -> Built | None:
    """Return a figure that needs no work, or None if it is stale or damaged."""
    folder = folder_of(slug, gallery.digest(path, given, disk), cache)
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
    spare: Pool | None = None,
) -> dict[str, Built]:
    """Make what is stale, side by side, and return all figures by slug.

    Args:
        recipes: Paths by slug.
        cache: Folder of finished figures.
        parameters: For each slug the values that differ from the defaults, checked.
        jobs: Figures made at the same time; by default one for each processor.
        force: Make everything again, the data too.
        minutes: After which a figure that is not done is given up.
        spare: A pool to use if there is work, with the same cache; an outdated one is ended.

    Raises:
        UserError: If `minutes` are no time, or if the cache cannot be written.
    """
    if not 0 < minutes <= MOST_MINUTES:
        raise UserError(f"minutes must be above 0 and at most {MOST_MINUTES}, not {minutes:g}")
    parameters = parameters or {}
    done, stale, disk = {}, {}, dependencies.Disk()
    for slug, path in recipes.items():
        try:
            built = finished(slug, path, cache, parameters.get(slug), disk)
        except UserError as error:  # not valid Python: the other figures do not suffer from it
            built = Built(slug, None, str(error))
        if built and (built.error or not force):
            done[slug] = built
        else:
            stale[slug] = path
    if stale:
        done |= _make(stale, cache, parameters, jobs or _processors(), force, minutes, spare)
    return {slug: done[slug] for slug in recipes}


class Pool:
    """A process of `dlfigs.pool` that has imported JAX and the rest, and waits for its orders.

    Args:
        cache: Folder of finished figures.
    """

    def __init__(self, cache: Path) -> None:
        self.code = _dates_of_code()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dlfigs.pool"],
            env=_environment(cache),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends all of them
        )

    @classmethod
    def waiting(cls, old: Pool | None, cache: Path) -> Pool:
        """Return a pool that can be given orders: the old one, or if that is used or outdated another."""
        if old and old.is_usable:
            return old
        if old:
            old.end()
        return cls(cache)

    @property
    def is_usable(self) -> bool:
        """Whether it is waiting, and our code is still what it has imported."""
        return self.process.poll() is None and self.code == _dates_of_code()

    def end(self) -> None:
        """End it, and all its workers."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with self.process:
            pass


def _dates_of_code() -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in Path(__file__).parent.rglob("*.py")}


def export(built: Built, target: Path) -> None:
    """Copy a finished figure as `<slug>.svg`, `.png` and so on; each file arrives whole."""
    for suffix in EXPORTED:
        write_whole(target / f"{built.slug}.{suffix}", built.file(suffix).read_bytes())


def _make(
    stale: Mapping[str, Path],
    cache: Path,
    parameters: Mapping,
    jobs: int,
    force: bool,
    minutes: float,
    spare: Pool | None,
) -> dict[str, Built]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    _check_writable(cache)
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    made, at_work = {}, []
    # Long recipes tend to compute long: begun first, they don't leave one processor alone at the end
    longest_first = sorted(stale.items(), key=lambda item: -item[1].stat().st_size)
    orders = [
        {"recipe": str(path), "parameters": dict(parameters.get(slug, {}))} for slug, path in longest_first
    ]
    pool = Pool.waiting(spare, cache)
    process = pool.process
    try:
        with (
            process,
            Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
        ):
            task = bar.add_task("building figures", total=len(stale))
            todo = {"cache": str(cache), "jobs": jobs, "minutes": minutes, "force": force, "orders": orders}
            process.stdin.write(json.dumps(todo) + "\n")
            process.stdin.flush()  # and left open: the pool ends when this process does, however it dies
            while len(made) < len(stale) and (line := process.stdout.readline()):
                report = json.loads(line)
                slug = Path(report["recipe"]).stem
                if "started" in report:
                    at_work.append(report["recipe"])
                else:
                    at_work.remove(report["recipe"])
                    error = report["error"]
                    made[slug] = Built(slug, None, error) if error else Built(slug, Path(report["folder"]))
                    bar.advance(task)
                bar.update(task, description=f"building {', '.join(Path(r).stem for r in at_work)}")
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and at_work:
            console.print(f"interrupted at work on {', '.join(at_work)}", soft_wrap=True, highlight=False)
        pool.end()
        raise
    for slug, path in stale.items():
        lost = f"{path}: the build ended before its turn (exit code {process.returncode})"
        made.setdefault(slug, Built(slug, None, lost))
    return made


def _check_writable(cache: Path) -> None:
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


def _processors() -> int:
    """How many processors this process may use; not every system can say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _environment(cache: Path) -> dict[str, str]:
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
