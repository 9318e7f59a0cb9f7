"""One figure, made in one process: compute, judge, draw, write, and move into place.

Importing this module is slow (JAX, matplotlib, xarray): `dlfigs.build` does it in other processes.
"""

from __future__ import annotations

import inspect
import io
import json
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from dlfigs import build, dependencies, gallery, notebook, summary
from dlfigs.errors import UserError
from dlfigs.figure import Claim, Figure, fill, numbers
from dlfigs.files import UNFINISHED, checksum, checksums, date_last, dates, write, write_whole
from dlfigs.plot import palette, render

KEPT = 12  # finished folders of one figure; older ones are removed
# A dimension of such a name could not be selected from: data.sel(method="he") means something else
SELECTION = {*inspect.signature(xr.Dataset.sel).parameters, *inspect.signature(xr.Dataset.isel).parameters}


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
    data = figure.compute(jax.random.key(arguments.pop("seed")), **arguments)
    if not isinstance(data, xr.Dataset):
        raise UserError(f"compute must return an xarray.Dataset, not {type(data).__name__}", "compute")
    _check_data(data)
    return data


def _check_data(data: xr.Dataset) -> None:
    for name in data.dims:
        if name in SELECTION:
            words = f"dimension {name!r} needs another name: for xarray's sel() it is an option"
            raise UserError(words, "compute")
    for name, variable in data.variables.items():
        if not isinstance(name, str):
            raise UserError(f"variable {name!r} needs a name that is text", "compute")
        texts = variable.dtype.kind == "O" and all(isinstance(v, str) for v in variable.values.flat)
        if variable.dtype.kind not in "biufSU" and not texts:
            words = f"variable {name!r} must have numbers or texts, not {variable.dtype}"
            raise UserError(words, "compute")
        # Means and maxima leave out nan, and a claim about them would hold
        if variable.dtype.kind == "f" and not np.isfinite(variable.values).all():
            raise UserError(f"variable {name!r} has values that are not finite", "compute")
    _check_described(data, "compute")


def _check_described(data: Any, about: str) -> None:
    for name, variable in data.data_vars.items():
        if not {"long_name", "units"} <= variable.attrs.keys():
            raise UserError(f"variable {name!r} needs the attributes long_name and units", about)


def evaluate(figure: Figure, data: xr.Dataset, given: Mapping[str, Any]) -> Evaluated:
    """Summarize the data, judge the claims and fill the numbers into the texts."""
    drawn = (figure.summarize or summary.over_seeds)(data)
    if not isinstance(drawn, xr.Dataset):
        raise UserError(f"summarize must return an xarray.Dataset, not {type(drawn).__name__}", "summarize")
    _check_described(drawn, "summarize")
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
    """Make one figure and return its finished folder."""
    disk = dependencies.Disk()  # read before all work: what is edited meanwhile is for the next build
    digests = gallery.digest(path, given, disk)
    of_pictures = gallery.pictures_digest(path, digests.data, disk)
    figure = gallery.load(path)
    slug = path.stem
    store, record = cache / "data" / slug / f"{digests.data}.nc", build.run_of(slug, digests.data, cache)
    data = None if force else _stored(store, record)
    if data is None:
        began = time.perf_counter()
        content = _netcdf(compute(figure, given))
        write_whole(record, _record(time.perf_counter() - began, content))  # first: data always have one
        write_whole(store, content)
        for path_made in (record, store):
            date_last(path_made)
        data = _read(content)
    # Always what was stored, so that new and cached data give the same bytes
    result = evaluate(figure, data, given)
    pictures = None if force else _drawn_before(slug, of_pictures, cache)
    if not pictures:
        pictures = render.pictures(partial(_draw, figure), result.drawn, height=figure.height, name=slug)
    target = build.folder_of(slug, digests, cache)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    try:
        made = _files(
            figure, result, slug, disk.text(path), asdict(digests) | {"pictures": of_pictures}, pictures
        )
        files = {f"{slug}.{suffix}": content for suffix, content in made.items()}
        for name, content in (files | {f"{slug}.sha256": checksums(files)}).items():
            write(unfinished / name, content)
        _publish(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    date_last(target)
    for folder in (target.parent, store.parent, record.parent):
        _tidy(folder)
    return target


def _drawn_before(slug: str, digest: str, cache: Path) -> dict[str, bytes] | None:
    """Return the pictures of an earlier version, which differs in words or claims, or None."""
    try:
        same = build.with_pictures(slug, digest, cache)
        return {suffix: same.file(suffix).read_bytes() for suffix in render.FORMATS} if same else None
    except OSError:  # another build has just tidied it away
        return None


def _netcdf(data: xr.Dataset) -> bytes:
    try:
        return bytes(data.to_netcdf(engine="scipy"))
    except (TypeError, ValueError, OverflowError) as error:
        raise UserError(f"the data cannot be kept as NetCDF: {error}", "compute") from None


def _stored(store: Path, record: Path) -> xr.Dataset | None:
    """Return the data that an earlier build has kept, or None if they are missing or damaged."""
    run = build.read_record(record)
    try:
        content = store.read_bytes()
    except FileNotFoundError:
        return None
    return _read(content) if run and run["sha256"] == checksum(content) else None


def _read(content: bytes) -> xr.Dataset:
    with xr.open_dataset(io.BytesIO(content), engine="scipy") as stored:
        return stored.load()


def _record(seconds: float, content: bytes) -> bytes:
    """What is true of one computation only, and so no part of the figure's files."""
    run = {
        "seconds": round(seconds, 2),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sha256": checksum(content),
    }
    return (json.dumps(run) + "\n").encode()


def _files(
    figure: Figure,
    result: Evaluated,
    slug: str,
    text: str,
    digests: Mapping[str, str],
    pictures: Mapping[str, bytes],
) -> dict[str, bytes]:
    drawn = result.drawn
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
        "versions": {name: version(name) for name in ("dlfigs", *gallery.DATA_VERSIONS, "matplotlib")},
        "digest": dict(digests),
    }
    summarized = drawn.drop_vars(set(drawn.data_vars) & set(result.data.data_vars))
    everything = result.data.merge(summarized, join="outer")
    everything.attrs = {
        "title": result.texts["title"],
        "seed": result.seed,
        "parameters": json.dumps(result.parameters),
        "digest": digests["drawing"],
    }
    shown = notebook.outputs(pictures["svg"].decode(), result.claims)
    return {
        **pictures,
        "dark.svg": palette.dark(pictures["svg"].decode()).encode(),
        "csv": table.to_csv(index=False, float_format="%.7g", lineterminator="\n").encode(),
        "nc": _netcdf(everything),
        "json": (json.dumps(info, indent=1, ensure_ascii=False) + "\n").encode(),
        "ipynb": notebook.from_recipe(slug, text, shown).encode(),
    }


def _draw(figure: Figure, fig: Any, drawn: xr.Dataset) -> None:
    figure.draw(fig, drawn)
    if len(fig.get_children()) == 1:  # its background; pyplot, for example, draws somewhere else
        raise UserError("draw has drawn nothing on the figure that it was given", "draw")


def _publish(unfinished: Path, target: Path) -> None:
    """Give the folder its final name; if another build was first, replace file by file.

    The second case is a forced rebuild, or two builds at once: by construction the bytes are the
    same, so that any mixture of old and new files is the same figure.
    """
    unfinished.chmod(0o755)
    if target.is_file():  # nothing of ours
        target.unlink()
    try:
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        for file in sorted(unfinished.iterdir()):
            file.replace(target / file.name)


def _tidy(folder: Path) -> None:
    """Forget the oldest versions, and what killed builds left behind more than an hour ago."""
    times = dates(folder)
    entries = sorted(times, key=times.__getitem__, reverse=True)
    finished = [entry for entry in entries if not entry.name.startswith(UNFINISHED)]
    hour_ago = time.time_ns() - 3600 * 10**9
    left = [entry for entry in entries if entry not in finished and times[entry] < hour_ago]
    for entry in [*finished[KEPT:], *left]:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


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
        where = gallery.place(path, error)
        print(text if text.startswith(str(path)) else f"{where}: {text}", flush=True)
        return 1
    except OSError as error:  # the system's refusal of what we write; a recipe's own is shown below
        if gallery.place(path, error) != str(path):
            return _failed(path, error)
        print(f"{path}: not built: {error.filename or cache}: {error.strerror or error}", flush=True)
        return 1
    except BaseException as error:  # a recipe may raise anything, SystemExit included
        return _failed(path, error)
    return 0


def _failed(path: Path, error: BaseException) -> int:
    print(f"{path}: the recipe failed\n{gallery.own_traceback(error, path)}", flush=True)
    return 1
