"""One figure, made in one process: compute, judge, draw, write, and move into place.

Importing this module is slow (JAX, matplotlib, xarray): `dlfigs.make.build` does it in other processes.
"""

from __future__ import annotations

import contextlib
import json
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from dlfigs import draws, summary
from dlfigs.errors import UserError
from dlfigs.make import beside, build, digests, netcdf, notebook, remarks, store
from dlfigs.make.disk import Disk
from dlfigs.make.files import checksum, date_last, write_whole
from dlfigs.make.reads import Listener
from dlfigs.plot import palette, render
from dlfigs.recipe import dependencies, loading
from dlfigs.recipe.figure import Claim, Figure, fill, numbers


@dataclass(frozen=True)
class Evaluated:
    """A figure's data, what is drawn of them, and what its claims and texts say."""

    seed: int
    parameters: dict[str, Any]
    data: xr.Dataset
    drawn: xr.Dataset
    claims: list[dict[str, Any]]
    texts: dict[str, str]


def compute(figure: Figure, given: Mapping[str, Any]) -> xr.Dataset:
    """Run the recipe's experiment with a key made from its seed, or from the one that is given."""
    arguments = {"seed": figure.seed, **given}
    # The same as jax.random.key(seed), which compiles two programs for it
    key = jax.random.wrap_key_data(np.array([0, arguments.pop("seed")], np.uint32))
    with draws.seeded(key):
        data = figure.compute(key, **arguments)
    if not isinstance(data, xr.Dataset):
        raise UserError(f"compute must return an xarray.Dataset, not {type(data).__name__}", "compute")
    netcdf.check(data)
    return data


def evaluate(figure: Figure, data: xr.Dataset, given: Mapping[str, Any]) -> Evaluated:
    """Summarize the data, judge the claims and fill the numbers into the texts."""
    drawn = (figure.summarize or summary.over_seeds)(data)
    if not isinstance(drawn, xr.Dataset):
        raise UserError(f"summarize must return an xarray.Dataset, not {type(drawn).__name__}", "summarize")
    netcdf.check_described(drawn, "summarize")
    claims = figure.claims(data)
    claims = list(claims) if isinstance(claims, Iterable) else [claims]
    for claim in claims:
        if not isinstance(claim, Claim):
            raise UserError(f"claims must yield Claim(...), not {claim!r}", "claims")
    ids = [claim.id for claim in claims]
    for name in ids:
        if ids.count(name) > 1:
            words = f"claim id {name!r} is used {ids.count(name)} times; each must be its own"
            raise UserError(words, "claims")
    rows = [_row(claim) for claim in claims]
    parameters = figure.parameters | {name: value for name, value in given.items() if name != "seed"}
    values = numbers(rows, parameters)
    texts = {}
    for name in ("title", "caption", "alt"):
        try:
            texts[name] = fill(getattr(figure, name), values)
        except UserError as error:
            raise UserError(str(error), about=name) from None
    return Evaluated(given.get("seed", figure.seed), parameters, data, drawn, rows, texts)


def _row(claim: Claim) -> dict[str, Any]:
    return asdict(claim) | {"holds": claim.holds, "requirement": claim.requirement}


def make(path: Path, cache: Path, given: Mapping[str, Any], *, force: bool = False) -> Path:
    """Make one figure and return its finished folder; keep what was said meanwhile."""
    with remarks.heard(path) as heard:
        target = _make(path, cache, given, force, heard)
    remarks.keep(target, heard.finished())
    return target


def _make(path: Path, cache: Path, given: Mapping[str, Any], force: bool, heard: remarks.Heard) -> Path:
    disk = Disk(cache)  # read before all work: what is edited meanwhile is for the next build
    slug, code = path.stem, digests.computing(path, given, disk)
    listen = partial(Listener, path, cache, digests.whole(path, "", disk).sources)
    _warn_of_chance(path, disk, heard)
    read = listen()
    with _heard(path, code, read, disk):
        figure = loading.load(path)
    stored, record = _places(path, given, disk)
    data = None if force else _stored(stored, record)
    if data is None:
        heard.stage, began = "compute", time.perf_counter()
        with _heard(path, code, read, disk):
            computed = compute(figure, given)
        content = netcdf.write(computed)
        seconds = time.perf_counter() - began
        _note(path, code, read, disk)
        stored, record = _places(path, given, disk)
        write_whole(record, _record(seconds, content, heard.of_stage()))  # first: data always have one
        write_whole(stored, content)
        for path_made in (record, stored):
            date_last(path_made)
        data = netcdf.read(content)
    else:
        heard.extend(remarks.unpacked(build.read_record(record).get("said", [])))
    # Always what was stored, so that new and cached data give the same bytes
    of_data = digests.digest(path, given, disk).data
    heard.stage = ""
    with listen() as read:
        result = evaluate(figure, data, given)
    heard.stage = "draw"
    pictures = None if force else _drawn_before(path, of_data, read, disk, heard)
    if not pictures:
        with listen() as drawing:
            draw = partial(_draw, figure)
            pictures = render.pictures(draw, result.drawn, height=figure.height, name=slug)
        _note(path, digests.drawing(path, of_data, disk), drawing, disk)
    heard.stage = ""
    of_pictures = _note_drawing(path, of_data, read, disk)
    target = build.folder_of(slug, digests.digest(path, given, disk), cache)
    names = {"data": of_data, "drawing": target.name, "pictures": of_pictures}
    own = beside.code(path, disk.text(path), digests.files(path, given, disk))
    store.write_figure(target, slug, _files(figure, result, path, disk, names, pictures, own))
    for place in (target, *_places(path, given, disk), cache / "said" / slug / "any"):
        store.tidy(place.parent)
    store.tidy(cache / "reads" / slug, 3 * store.KEPT)
    return target


def _warn_of_chance(path: Path, disk: Disk, heard: remarks.Heard) -> None:
    """Warn of generators that begin anywhere: two builds differ, and no other seed means anything."""
    for source in [path, *digests.own_sources(path, disk)]:
        for line in dependencies.generators_without_seed(dependencies.parse(source)):
            place = "" if source == path else f"{source}:{line}: "
            words = "this generator begins anywhere, so that two builds differ"
            instead = "dlfigs.draws.generator(key) begins at the seed"
            heard.warn(f"{place}{words}: {instead}", line if source == path else None)


def _places(path: Path, given: Mapping[str, Any], disk: Disk) -> tuple[Path, Path]:
    """Return where a figure's data are stored, and the record of their computation."""
    name = digests.digest(path, given, disk).data
    return disk.cache / "data" / path.stem / f"{name}.nc", build.run_of(path.stem, name, disk.cache)


@contextlib.contextmanager
def _heard(path: Path, code: digests.Code, read: Listener, disk: Disk) -> Iterator[None]:
    """Listen; a recipe that fails is another one when a file that it has read, or missed, is another."""
    try:
        with read:
            yield
    except BaseException:
        _note(path, code, read, disk)
        raise


def _note(path: Path, code: digests.Code, read: Listener, disk: Disk, also: Iterable[str] = ()) -> None:
    """Keep what was read, which counts as it was then."""
    disk.places |= read.found
    digests.note(path, code, [*read.found, *also], disk)


def _drawn_before(
    path: Path, data: str, read: Listener, disk: Disk, heard: remarks.Heard
) -> dict[str, bytes] | None:
    """Return the pictures of an earlier version, which differs in words or claims, or None."""
    disk.places |= read.found
    digest = digests.pictures_digest(path, data, disk, read.found)
    try:
        if same := build.with_pictures(path.stem, digest, disk.cache):
            heard.extend(remark for remark in remarks.of(same.folder) if remark.stage == heard.stage)
            return {suffix: same.file(suffix).read_bytes() for suffix in render.FORMATS}
    except OSError:  # another build has just tidied it away
        pass
    return None


def _note_drawing(path: Path, data: str, read: Listener, disk: Disk) -> str:
    """Keep what was read for the whole figure, and return the digest of its pictures."""
    of_pictures = digests.recorded(path, digests.drawing(path, data, disk), disk)
    places = [digests.place_of(path, name) for name in of_pictures]
    _note(path, digests.whole(path, data, disk), read, disk, places)
    return digests.pictures_digest(path, data, disk, read.found)


def _stored(store: Path, record: Path) -> xr.Dataset | None:
    """Return the data that an earlier build has kept, or None if they are missing or damaged."""
    run = build.read_record(record)
    try:
        content = store.read_bytes()
    except FileNotFoundError:
        return None
    return netcdf.read(content) if run and run["sha256"] == checksum(content) else None


def _record(seconds: float, content: bytes, said: list[remarks.Remark]) -> bytes:
    """What is true of one computation only, and so no part of the figure's files."""
    run = {
        "seconds": round(seconds, 2),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sha256": checksum(content),
        "said": remarks.packed(said),
    }
    return (json.dumps(run) + "\n").encode()


def _files(
    figure: Figure,
    result: Evaluated,
    path: Path,
    disk: Disk,
    names: Mapping[str, str],
    pictures: Mapping[str, bytes],
    own: str,
) -> dict[str, bytes]:
    drawn, slug = result.drawn, path.stem
    table, columns = summary.table(drawn)
    info = {
        "slug": slug,
        **result.texts,
        "sources": list(figure.sources),
        "questions": list(figure.questions),
        "seed": result.seed,
        "parameters": result.parameters,
        "claims": result.claims,
        "columns": columns,
        "tables": summary.tables(drawn),
        "versions": digests.used(path, disk),
        "digest": dict(names),
    }
    everything = netcdf.together(result.data, drawn)
    everything.attrs = {
        "title": result.texts["title"],
        "seed": result.seed,
        "parameters": json.dumps(result.parameters),
        "digest": names["drawing"],
        **result.data.attrs,
    }
    shown = notebook.outputs(pictures["svg"].decode(), result.claims)
    return {
        **pictures,
        "dark.svg": palette.dark(pictures["svg"].decode()).encode(),
        "csv": table.to_csv(index=False, float_format="%.7g", lineterminator="\n").encode(),
        "nc": netcdf.write(everything, "summarize"),
        "json": (json.dumps(info, indent=1, ensure_ascii=False) + "\n").encode(),
        "ipynb": notebook.from_recipe(slug, disk.text(path), shown, own).encode(),
    }


def _draw(figure: Figure, fig: Any, drawn: xr.Dataset) -> None:
    figure.draw(fig, drawn)
    if len(fig.get_children()) == 1:  # its background; pyplot, for example, draws somewhere else
        raise UserError("draw has drawn nothing on the figure that it was given", "draw")


def run(
    path: Path,
    cache: Path,
    given: Mapping[str, Any],
    *,
    force: bool,
    done: Callable[[Path], None] = lambda _: None,
) -> int:
    """Make one figure and give its folder to `done`, or print why there is none; return the exit code."""
    try:
        done(make(path, cache, given, force=force))
    except UserError as error:
        text = str(error)
        where = loading.place(path, error)
        print(text if text.startswith(str(path)) else f"{where}: {text}", flush=True)
        return 1
    except OSError as error:  # the system's refusal of what we write; a recipe's own is shown below
        if loading.place(path, error) != str(path):
            return _failed(path, error)
        print(f"{path}: not built: {error.filename or cache}: {error.strerror or error}", flush=True)
        return 1
    except BaseException as error:  # a recipe may raise anything, SystemExit included
        return _failed(path, error)
    return 0


def _failed(path: Path, error: BaseException) -> int:
    print(f"{path}: the recipe failed\n{loading.own_traceback(error, path)}", flush=True)
    return 1
