"""A site's figures: made before the pages, or beside a server that shows what there is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from dlfigs.errors import UserError
from dlfigs.make import build, remarks
from dlfigs.make.state import State
from dlfigs.recipe import loading
from dlfigs.recipe.info import broken

Begin = Callable[[Mapping[str, Path]], dict[str, State]]


def make(
    folder: Path, cache: Path, minutes: float, log: logging.Logger, begin: Begin | None
) -> tuple[dict[str, Path], dict[str, State]]:
    """Have figures made, and return recipes and figures by slug.

    Args:
        folder: Of the recipes.
        cache: Folder of finished figures.
        minutes: After which a figure that is not done is given up.
        log: Hears of warnings, and of claims that do not hold.
        begin: Of a server, which has them made beside it.

    Raises:
        UserError: If some could not be made.
    """
    recipes = loading.find(folder)
    figures = begin(recipes) if begin else _all(recipes, cache, minutes, log)
    for slug, figure in figures.items():
        for claim in figure.info.broken:  # an error ends a strict build; a server shows the figure
            log.error("%s: the claim %r %s", slug, claim.id, broken(claim))
        if figure.info.stale:
            log.error("%s: %s", slug, figure.info.stale)
    return recipes, figures


def _all(recipes: Mapping[str, Path], cache: Path, minutes: float, log: logging.Logger) -> dict[str, State]:
    shown = logging.getLogger("mkdocs")
    built = build.build(recipes, cache, minutes=minutes, say=log.info, log=shown)
    remarks.tell(built, recipes, warn=log.warning, say=log.info)
    if failed := [figure.error for figure in built.values() if figure.error]:
        raise UserError("\n".join(failed))
    return {slug: State(figure) for slug, figure in built.items()}
