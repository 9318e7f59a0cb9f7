"""Find recipes in a folder, and load one."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import CodeType

from dlfigs.errors import UserError, nearest
from dlfigs.recipe import dependencies
from dlfigs.recipe.figure import NAME, Figure

# A line that may define `figure`, in a file that nobody needs to parse for it
FIGURE = re.compile(rb"^(figure\b|from\b.+\bimport\b.*\bfigure\b)", re.MULTILINE)


def find(folder: Path) -> dict[str, Path]:
    """Return the recipes of a folder by slug, in alphabetical order.

    Not recipes but helpers are files whose names begin with an underscore, and those that define no
    `figure` and that another file there imports.

    Raises:
        UserError: If the folder is missing or a file's name is not a slug.
    """
    if not folder.is_dir():
        raise UserError(f"no folder of recipes at {folder}: go to the project's folder, or give another")
    recipes = {p.stem: p for p in sorted(folder.glob("*.py")) if not p.name.startswith("_")}
    for slug in _helpers(folder, recipes):
        del recipes[slug]
    for slug, path in recipes.items():
        if not NAME.fullmatch(slug):
            raise UserError(f"{path}: the file's name must be snake_case, like dead_relu.py")
    return recipes


def _helpers(folder: Path, recipes: Mapping[str, Path]) -> list[str]:
    """Return the names of modules that others import, among files that define no figure."""
    without = [slug for slug, path in recipes.items() if not FIGURE.search(path.read_bytes())]
    imported = set()
    for path in folder.glob("*.py") if without else ():
        try:
            imported |= dependencies.imported(dependencies.parse(path))
        except UserError:  # not valid Python: whoever builds it says so
            continue
    return [slug for slug in without if {slug, f"{folder.name}.{slug}"} & imported]


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


class AsItIs(importlib.machinery.SourceFileLoader):
    """Runs a recipe's source.

    Python takes compiled code that it has kept for that of a file of the same size and the same second:
    of a recipe that is saved twice within a second it could run the older one.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Return the compiled source, as it is now."""
        return self.source_to_code(self.get_data(self.path), self.path)


def load(path: Path) -> Figure:
    """Run a recipe and return its `figure`.

    Raises:
        UserError: If the recipe defines no `figure`, or one that is not complete.
        Exception: Whatever the recipe itself raises.
    """
    name = f"recipe_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=AsItIs(name, str(path)))
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
        words = "; the name of a file that only helps others begins with an underscore"
        raise UserError(f"{path}: a recipe must define `figure = Figure(...)`{words}")
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
