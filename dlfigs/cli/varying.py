"""What `dlfigs check --vary` does: verdicts at the settings that figures name, as a table that is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from dlfigs.cli import listing
from dlfigs.errors import UserError
from dlfigs.make import varying
from dlfigs.make.files import write_whole
from dlfigs.recipe import dependencies, robustness

FEW = 2  # settings that are drawn at random


def check(
    recipes: Mapping[str, Path],
    slugs: tuple[str, ...],
    cache: Path,
    *,
    few: int | None,
    jobs: int | None,
    minutes: float,
) -> bool:
    """Compute verdicts at other settings, print them, and keep them; or compare a few with those kept.

    Args:
        recipes: Paths by slug.
        slugs: The figures that were named.
        cache: Folder of finished figures.
        few: Seed by which settings are drawn, which are compared; by default all are computed, and kept.
        jobs: Settings at the same time.
        minutes: After which one is given up.

    Returns:
        Whether all is well.

    Raises:
        UserError: If there is nothing to vary.
    """
    figures = {slug: listing.load(path) for slug, path in recipes.items() if _varies(path)}
    variations = {slug: figure.variations for slug, figure in figures.items() if figure.variations}
    without = [slug for slug in slugs if slug not in variations]
    if without or not variations:
        who = f"{without[0]} has" if without else "there is no figure that has"
        where = 'see "Say where a verdict holds" in How to use'
        raise UserError(f"{who} no `vary`, with `verdicts` that are to hold: {where}")
    table = next(iter(recipes.values())).parent / robustness.TABLE
    text = table.read_text(encoding="utf-8") if table.is_file() else robustness.written([])
    kept = robustness.parse(table, text)
    tasks = varying.tasks(variations, recipes, cache)
    todo = tasks if few is None else varying.few(tasks, few, FEW)
    if few is not None:
        click.echo(f"--few {few}: {'; '.join(map(str, todo))}", err=True)
    rows, errors = varying.run(todo, cache, jobs=jobs, minutes=minutes, say=_say)
    print_verdicts(rows)
    for name, error in errors.items():
        _say(f"{name}: no verdicts\n{error}")
    if few is None:
        done = {(task.slug, task.setting) for task in tasks if str(task) not in errors}
        # What failed stays as it was, and what is not declared any more goes
        old = {(task.slug, task.setting) for task in tasks} - done
        own = set(variations)
        others = [r for r in kept if (r.figure not in own and slugs) or (r.figure, r.setting) in old]
        write_whole(table, robustness.written([*others, *rows]).encode())
        click.echo(f"{len(rows)} verdicts at {len(done)} settings are kept in {table}")
        return not errors
    lines = varying.differences(rows, kept)
    for line in lines:
        _say(line)
    if lines:
        names = " ".join(dict.fromkeys(row.figure for row in rows))
        _say(f"{table} is not what this code finds: run dlfigs check --vary {names}, and see what it means")
    return not (lines or errors)


def print_verdicts(rows: Iterable[robustness.Row]) -> None:
    """Print verdicts, for each figure a table of comparisons by settings."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 160)
    by_figure: dict[str, list[robustness.Row]] = {}
    for row in rows:
        by_figure.setdefault(row.figure, []).append(row)
    for slug, own in by_figure.items():
        settings = list(dict.fromkeys(row.setting for row in own))
        table = Table(box=SIMPLE, pad_edge=False, title=slug, title_justify="left")
        for head in ("verdict", *settings):
            table.add_column(head, overflow="fold")
        for name, text in {row.verdict: row.text for row in own}.items():
            found = {row.setting: f"{row.word} {row.mean:+.2g}" for row in own if row.verdict == name}
            table.add_row(escape(text), *(found.get(setting, "") for setting in settings))
        console.print(table)


def _varies(path: Path) -> bool:
    return "vary" in dependencies.arguments_of(dependencies.parse(path))


def _say(line: str) -> None:
    click.echo(line, err=True)
