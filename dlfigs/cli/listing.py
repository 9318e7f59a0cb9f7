"""What `dlfigs list` and `dlfigs show` say of figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.make import stale
from dlfigs.make.disk import Disk
from dlfigs.recipe import loading
from dlfigs.recipe.figure import PLACEHOLDER, Figure
from dlfigs.recipe.parameters import choices, shown


def load(path: Path) -> Figure:
    """Load a recipe; what it raises becomes a `UserError` with its own traceback."""
    try:
        return loading.load(path)
    except UserError:
        raise
    except BaseException as error:
        words = f"{path}: the recipe failed\n{loading.own_traceback(error, path)}"
        raise UserError(words) from None


def rows(recipes: Mapping[str, Path], cache: Path) -> list[dict[str, Any]]:
    """Return what is known of each figure."""
    disk = Disk(cache)
    return [_row(slug, path, cache, disk) for slug, path in recipes.items()]


def _row(slug: str, path: Path, cache: Path, disk: Disk) -> dict[str, Any]:
    """Return what is known of one figure: title, questions, parameters, sources, state; or its error."""
    try:
        if built := stale.finished(slug, path, cache, disk=disk):  # no need to run the recipe
            info = built.info
            described = {key: getattr(info, key) for key in ("title", "questions", "parameters", "sources")}
            return {"slug": slug, **described, "state": "fresh"}
        figure = load(path)
    except UserError as error:  # the others are listed all the same
        return {"slug": slug, "state": "broken", "error": str(error)}
    return {
        "slug": slug,
        "title": PLACEHOLDER.sub("…", figure.title),  # its numbers are not known yet
        "questions": list(figure.questions),
        "parameters": figure.parameters,
        "sources": list(figure.sources),
        "state": "stale",
    }


def lines(row: Mapping[str, Any]) -> list[str]:
    """Return a row as people read it."""
    questions = ", ".join(map(str, row.get("questions", ())))
    about = [f"questions {questions}" * bool(questions), ", ".join(row.get("sources", ()))]
    parameters = "  ".join(f"{name}={shown(value)}" for name, value in row.get("parameters", {}).items())
    details = [" · ".join(filter(None, about)), parameters]
    head = f"{row['slug']}  ({row['state']})  {row.get('title', '')}".rstrip()
    return [head, *(f"    {words}" for words in details if words)]


def parameters(figure: Figure) -> list[str]:
    """Return each parameter with its default, and what it may be."""
    return [f"{n} = {shown(default)}  ({_allowed(figure, n)})" for n, default in figure.parameters.items()]


def _allowed(figure: Figure, name: str) -> str:
    """Return what a parameter may be, in words."""
    values = choices(figure.parameters[name], figure.ranges.get(name))
    several = isinstance(values[0], (bool, str))
    return ", ".join(map(shown, values)) if several else f"{values[0]} to {values[1]}"
