"""Find recipes in a folder, load one, and digest what it depends on.

There are two digests: what `compute` depends on is the key of the data, and everything else is
added for the key of the drawing. A new color redraws a figure; it does not train a network again. Of a
figure with another caption or claim not even that: its pictures have a digest of their own.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dlfigs import dependencies
from dlfigs.errors import UserError, nearest
from dlfigs.figure import NAME, Figure

DATA_VERSIONS = ("jax", "jaxlib", "numpy", "scipy", "xarray")
DRAWING_VERSIONS = ("matplotlib", "pandas", "jupytext", "nbformat")
# What turns data into files, whatever the recipe; its style sheets are added below.
MACHINERY = {"dlfigs.worker"}
OF_DATA = ("compute", "seed")
OF_PICTURES = ("summarize", "draw", "height")  # beside the data
# Data do not depend on how a figure is described, judged and shown, though every recipe imports that
DESCRIPTION = {"dlfigs.figure"}


@dataclass(frozen=True)
class Digests:
    """Names of the data and of the finished figure in the cache: 16 hexadecimal digits each."""

    data: str
    drawing: str


def find(folder: Path) -> dict[str, Path]:
    """Return the recipes of a folder by slug, in alphabetical order.

    Files whose names begin with an underscore are helpers, not recipes.

    Raises:
        UserError: If the folder is missing or a file's name is not a slug.
    """
    if not folder.is_dir():
        raise UserError(f"no folder of recipes at {folder}: go to the project's folder, or give another")
    recipes = {p.stem: p for p in sorted(folder.glob("*.py")) if not p.name.startswith("_")}
    for slug, path in recipes.items():
        if not NAME.fullmatch(slug):
            raise UserError(f"{path}: the file's name must be snake_case, like dead_relu.py")
    return recipes


def choose(recipes: Mapping[str, Path], slugs: Iterable[str]) -> dict[str, Path]:
    """Return the recipes named, or all of them when none is named.

    Raises:
        UserError: If a slug is unknown, or if there are no recipes at all.
    """
    slugs = list(slugs)
    if not recipes:
        raise UserError("no recipes there: write figures/<slug>.py, or give another folder with --recipes")
    for slug in slugs:
        if slug not in recipes:
            # A path is meant for its slug
            raise UserError(f"no figure {slug!r}; {nearest(Path(slug).stem, recipes)}")
    return {slug: path for slug, path in recipes.items() if slug in slugs or not slugs}


def load(path: Path) -> Figure:
    """Run a recipe and return its `figure`.

    Raises:
        UserError: If the recipe defines no `figure`, or one that is not complete.
        Exception: Whatever the recipe itself raises.
    """
    name = f"recipe_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as an import would; pickle and dataclasses look there
    folders = [str(path.resolve().parent), str(path.resolve().parent.parent)]
    sys.path[:0] = folders  # a recipe may import its project's own modules
    try:
        spec.loader.exec_module(module)
    except UserError as error:
        raise UserError(f"{place(path, error)}: {error}") from error
    finally:
        for folder in folders:
            sys.path.remove(folder)
    figure = getattr(module, "figure", None)
    if not isinstance(figure, Figure):
        raise UserError(f"{path}: a recipe must define `figure = Figure(...)`")
    return figure


def place(path: Path, error: BaseException, about: str = "") -> str:
    """Return where in a recipe a mistake is, "figures/line.py:12", or its path if no line is known.

    Args:
        path: The recipe.
        error: What was raised.
        about: The argument of `Figure(...)` that is wrong, if the error does not say so.
    """
    about = about or getattr(error, "about", "")
    frames, recipe = traceback.extract_tb(error.__traceback__), path.resolve()
    lines = [frame.lineno for frame in frames if Path(frame.filename) == recipe]
    lines = [dependencies.line_of(path, about)] if about else lines
    return f"{path}:{lines[-1]}" if lines and lines[-1] else str(path)


def own_traceback(error: BaseException, path: Path) -> str:
    """The traceback from the recipe's own first line on: what its author can act on."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, f in enumerate(frames) if Path(f.filename).name == path.name), 0)
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames[first:])]
    return "".join([*lines, *traceback.format_exception_only(error)]).rstrip()


def digest(
    path: Path, parameters: Mapping[str, Any] | None = None, disk: dependencies.Disk | None = None
) -> Digests:
    """Digest a recipe with everything that its figure depends on.

    Args:
        path: The recipe.
        parameters: Values that differ from the defaults.
        disk: What has been read for other recipes; by default nothing.

    Raises:
        UserError: If the recipe, or a module that it imports, is not valid Python.
    """
    disk = disk or dependencies.Disk()
    tree = dependencies.parse(path)
    statements, names = dependencies.slice_of(tree, *OF_DATA)
    data = _hash(
        json.dumps(dict(parameters or {}), sort_keys=True),
        *statements,
        *_texts(dependencies.modules(names, path.parent, without=DESCRIPTION, disk=disk).values(), disk),
        *_versions(DATA_VERSIONS),
    )
    makers = _makers(dependencies.imported(tree), path, disk)
    return Digests(data, _hash(data, disk.text(path), *makers))


def pictures_digest(path: Path, data: str, disk: dependencies.Disk | None = None) -> str:
    """Digest what a figure's pictures depend on: all but its words and claims.

    Args:
        path: The recipe.
        data: Digest of its data.
        disk: What has been read for `digest`; by default nothing.

    Raises:
        UserError: If the recipe, or a module that it imports, is not valid Python.
    """
    statements, names = dependencies.slice_of(dependencies.parse(path), *OF_PICTURES)
    return _hash(data, *statements, *_makers(names, path, disk or dependencies.Disk()))


def _makers(names: set[str], path: Path, disk: dependencies.Disk) -> list[str]:
    """Return what draws: the modules of these names, and what all recipes need."""
    modules = dependencies.modules(names | MACHINERY, path.parent, disk=disk)
    styles = sorted(dependencies.PACKAGE.glob("plot/*.mplstyle"))
    return [*_texts([*modules.values(), *styles], disk), *_versions(DRAWING_VERSIONS)]


def _texts(paths: Iterable[Path], disk: dependencies.Disk) -> list[str]:
    return [f"{path.name}\n{disk.text(path)}" for path in paths]


def _hash(*parts: str) -> str:
    whole = hashlib.sha256()
    for part in parts:  # with lengths, so that "ab", "c" differs from "a", "bc"
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()[:16]


@functools.cache
def _versions(packages: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for name in packages:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} none")
    return tuple(found)
