"""What a figure depends on, as two digests.

What `compute` depends on is the key of the data, and everything else is added for the key of the drawing. A
new color redraws a figure; it does not train a network again. Of a figure with another caption or claim
not even that: its pictures have a digest of their own.

Code is read from its text. Files that it reads are known when it has run once (see `dlfigs.make.reads`):
the digest of the code leads to their names, and with what is in them it becomes the digest of the data, or
of the drawing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlfigs.make.disk import Disk, modules
from dlfigs.make.distributions import versions
from dlfigs.recipe import robustness

# Beside what a recipe imports; the last two write the files of the data
OF_DATA = ("jax", "jaxlib", "numpy", "scipy", "xarray", "h5netcdf", "h5py")
OF_DRAWING = ("matplotlib", "pandas", "nbformat")
# What turns data into files, whatever the recipe; its style sheets are added below.
MACHINERY = {"dlfigs.make.worker"}
COMPUTING = ("compute", "seed")
DRAWING = ("summarize", "draw", "height")  # beside the data
# Data do not depend on how a figure is described, judged and shown, though every recipe imports that
DESCRIPTION = {"dlfigs.recipe.figure"}


@dataclass(frozen=True)
class Digests:
    """Names of the data and of the finished figure in the cache: 16 hexadecimal digits each."""

    data: str
    drawing: str


@dataclass(frozen=True)
class Code:
    """Some code of a figure.

    Args:
        digest: Of its text, of the modules that it imports, and of versions.
        sources: Those modules.
        names: Files and folders that stand in it by name, as places in the project.
    """

    digest: str
    sources: tuple[Path, ...]
    names: frozenset[str]


def digest(path: Path, parameters: Mapping[str, Any] | None = None, disk: Disk | None = None) -> Digests:
    """Digest a recipe with everything that its figure depends on.

    Args:
        path: The recipe.
        parameters: Values that differ from the defaults.
        disk: What has been read for other recipes, and where the cache is; by default nothing.

    Raises:
        UserError: If the recipe, or a module that it imports, is not valid Python.
    """
    disk = disk or Disk()
    data = _with_files(path, computing(path, parameters, disk), disk)
    return Digests(data, _with_files(path, whole(path, data, disk), disk))


def pictures_digest(path: Path, data: str, disk: Disk | None = None, also: Iterable[str] = ()) -> str:
    """Digest what a figure's pictures depend on: all but its words and claims.

    Args:
        path: The recipe.
        data: Digest of its data.
        disk: What has been read for `digest`; by default nothing.
        also: Places of files that were read for what is drawn.

    Raises:
        UserError: If the recipe, or a module that it imports, is not valid Python.
    """
    disk = disk or Disk()
    return _with_files(path, drawing(path, data, disk), disk, also)


def computing(path: Path, parameters: Mapping[str, Any] | None, disk: Disk) -> Code:
    """Return what data depend on."""
    statements, names, files = disk.slice_of(path, *COMPUTING)
    given = json.dumps(dict(parameters or {}), sort_keys=True)
    files = [*files, *(value for value in (parameters or {}).values() if isinstance(value, str))]
    return _code([given, statements], names, files, path, disk, OF_DATA, machinery=False)


def drawing(path: Path, data: str, disk: Disk) -> Code:
    """Return what pictures depend on, beside the data."""
    statements, names, files = disk.slice_of(path, *DRAWING)
    return _code([data, statements], names, files, path, disk, OF_DRAWING, machinery=True)


def whole(path: Path, data: str, disk: Disk) -> Code:
    """Return what a finished figure depends on, beside the data."""
    parts, names, named = [data, disk.checksum(path)], disk.imports(path), disk.file_names(path)
    parts += [str(row) for row in kept_verdicts(path, disk)]
    return _code(parts, names, named, path, disk, OF_DRAWING, machinery=True)


def kept_verdicts(path: Path, disk: Disk) -> list[robustness.Row]:
    """Return the verdicts of a recipe at other settings, from the table beside it."""
    table = path.parent / robustness.TABLE
    rows = robustness.parse(table, disk.text(table)) if table.is_file() else []
    return [row for row in rows if row.figure == path.stem]


def of_verdicts(path: Path, given: Mapping[str, Any], disk: Disk) -> str:
    """Digest what verdicts depend on: as that of data, but the same on all machines.

    Versions of packages and of Python do not count, nor do docstrings and comments: the verdicts are kept
    in the repository, for everybody.

    Args:
        path: The recipe.
        given: Values that differ from the defaults.
        disk: What has been read.
    """
    computed, names = disk.meaning_of(path, *COMPUTING)
    judged, _ = disk.meaning_of(path, "verdicts")
    sources = modules(names, path.parent, without=DESCRIPTION, disk=disk)
    code = [f"{dotted} {disk.meaning_of(source)[0]}" for dotted, source in sources.items()]
    files = sorted(computing(path, given, disk).names)
    read = [f"{name} {disk.fingerprint(place_of(path, name))}" for name in files]
    return _hash(json.dumps(dict(given), sort_keys=True), computed, judged, *code, *read)


def used(path: Path, disk: Disk) -> dict[str, str]:
    """Return the versions of Python's packages that a figure depends on, by the names of distributions."""
    names = disk.imports(path)
    own = modules(names, path.parent, without=DESCRIPTION, disk=disk)
    return versions(["dlfigs", *OF_DATA, "matplotlib", *_imported(names, own, path, disk)])


def files(path: Path, parameters: Mapping[str, Any] | None, disk: Disk) -> set[str]:
    """Return the names of a recipe's own files in its project: modules that it imports, what it reads."""
    parts = [computing(path, parameters, disk)]
    parts.append(whole(path, _with_files(path, parts[0], disk), disk))
    read = {name for code in parts for name in [*code.names, *recorded(path, code, disk)]}
    own = (_in_project(path, source) for source in own_sources(path, disk))
    return read | {name for name in own if name[:2] != ".."}


def own_sources(path: Path, disk: Disk) -> list[Path]:
    """Return the modules that a recipe imports, itself or through others, but those of dlfigs."""
    sources = modules(disk.imports(path), path.parent, without=DESCRIPTION, disk=disk)
    return [source for dotted, source in sources.items() if dotted.partition(".")[0] != "dlfigs"]


def note(path: Path, code: Code, places: Iterable[str], disk: Disk) -> None:
    """Keep which files some code has read, for the next digest of it."""
    if disk.store:
        known = sorted({_in_project(path, place) for place in places} - code.names)
        if known != recorded(path, code, disk):
            disk.store.put_reads(path.stem, code.digest, known)


def recorded(path: Path, code: Code, disk: Disk) -> list[str]:
    """Return which files that code read when it last ran; none, if that is not known."""
    return disk.store.reads(path.stem, code.digest) if disk.store else []


def place_of(path: Path, name: str) -> str:
    """Return where something is that has this name in a recipe's project."""
    return os.path.abspath(os.path.join(path.parent.parent, name))


def _with_files(path: Path, code: Code, disk: Disk, also: Iterable[str] = ()) -> str:
    read = {*code.names, *recorded(path, code, disk), *(_in_project(path, place) for place in also)}
    prints = [f"{name} {disk.fingerprint(place_of(path, name))}" for name in sorted(read)]
    return _hash(code.digest, *prints) if prints else code.digest


def _code(
    parts: list[str],
    names: Iterable[str],
    files: Iterable[str],
    path: Path,
    disk: Disk,
    always: Iterable[str],
    *,
    machinery: bool,
) -> Code:
    """Digest parts, the modules that these names import, and versions of packages; what draws, if asked."""
    own = sources = modules(names, path.parent, without=DESCRIPTION, disk=disk)
    if machinery:
        sources = modules([*names, *MACHINERY], path.parent, disk=disk)
    styles = disk.styles() if machinery else []
    numbers = versions([*always, *_imported(names, own, path, disk)])
    digest = _hash(
        *parts,
        *(f"{file.name} {disk.checksum(file)}" for file in [*sources.values(), *styles]),
        *(f"{name} {number}" for name, number in numbers.items()),
    )
    return Code(digest, tuple(sources.values()), _named(files, sources, path, disk))


def _imported(names: Iterable[str], own: Mapping[str, Path], path: Path, disk: Disk) -> list[str]:
    """Return the distributions that these names import, themselves or through modules of ours."""
    tops = disk.outside(names, path.parent).union(*(disk.needs(one, path.parent) for one in own.values()))
    return disk.distributions(tops)


def _named(files: Iterable[str], sources: Mapping[str, Path], path: Path, disk: Disk) -> frozenset[str]:
    """Return the files that stand in code by name: beside it, beside the recipe, or in the project."""
    found = set()
    own = [source for dotted, source in sources.items() if dotted.partition(".")[0] != "dlfigs"]
    folders = [path.parent, path.parent.parent]
    for places, texts in [(folders, files), *(([s.parent, *folders], disk.file_names(s)) for s in own)]:
        for text in texts:
            found |= {_in_project(path, place) for place in _files_of(text, places, disk)}
    return frozenset(found)


def _files_of(text: str, folders: Iterable[Path], disk: Disk) -> list[str]:
    name = os.path.expanduser(text)
    if os.path.isabs(name):
        candidates = [name]
    else:
        first = name.split("/")[0]
        candidates = [
            os.path.join(folder, name)
            for folder in folders
            if first in (".", "..") or first in disk.listed(folder)
        ]
    return [place for place in candidates if os.path.isfile(place) and not place.endswith(".py")]


def _in_project(path: Path, place: str) -> str:
    """Return the name of a place in a recipe's project, which is the same on every machine."""
    course = os.path.abspath(path.parent.parent)
    place = os.path.abspath(place)
    real = os.path.realpath(course)
    start = real if real != course and place.startswith(real + os.sep) else course
    return os.path.relpath(place, start).replace(os.sep, "/")


def _hash(*parts: str) -> str:
    whole = hashlib.sha256()
    for part in parts:  # with lengths, so that "ab", "c" differs from "a", "bc"
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()[:16]
