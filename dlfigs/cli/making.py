"""Figures for the commands: made as asked for, and what there is to say of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from dlfigs.cli import listing
from dlfigs.errors import UserError
from dlfigs.make import build, remarks
from dlfigs.make.store import Built
from dlfigs.recipe import loading


def chosen(folder: Path, slugs: Iterable[str]) -> dict[str, Path]:
    """Return the recipes that were named, or all of them, by slug."""
    return loading.choose(loading.find(folder), slugs)


def make(recipes: Mapping[str, Path], cache: Path, **options: Any) -> list[Built]:
    """Make what is stale, say what was said and what went wrong, and return the figures that are there.

    Args:
        recipes: Paths by slug.
        cache: Folder of finished figures.
        **options: Of `build.build`.
    """
    done = build.build(recipes, cache, **options)
    say = partial(click.echo, err=True)
    for built in done.values():
        if built.error:
            say(f"{built.slug}: not built\n{built.error}")
    remarks.tell(done, recipes, warn=say, say=say)
    return [built for built in done.values() if not built.error]


def parameters_of(
    chosen: Mapping[str, Path], slugs: tuple[str, ...], settings: tuple[str, ...], seed: int | None
) -> dict[str, dict[str, Any]]:
    """Return the values that differ from the defaults, by figure.

    Args:
        chosen: Paths of recipes by slug.
        slugs: The figures that were named.
        settings: What stood behind --set.
        seed: What stood behind --seed.

    Raises:
        UserError: If a setting is malformed, or does not fit a figure.
    """
    if not settings and seed is None:
        return {}
    if settings and not slugs:
        raise UserError("--set needs the figures that it is for: dlfigs build SLUG --set NAME=VALUE")
    given = {} if seed is None else {"seed": str(seed)}
    for setting in settings:
        name, equals, value = setting.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UserError(f"--set {setting}: write it as NAME=VALUE, for example --set depth=100")
        if name in given:
            raise UserError(f"{name} is given twice: {given[name]} and {value.strip()}")
        given[name] = value.strip()
    result = {}
    for slug, path in chosen.items():
        try:
            figure = listing.load(path)
        except UserError:
            if settings:
                raise
            result[slug] = {"seed": seed}  # whoever builds it says why there is none
            continue
        try:
            result[slug] = figure.resolve(given)
        except UserError as error:
            raise UserError(f"{slug}: {error}") from None
    return result
