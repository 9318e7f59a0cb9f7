"""Claims as the commands print them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click

from dlfigs.make.store import Built
from dlfigs.recipe.info import Judged, broken
from dlfigs.recipe.moving import Moves


def print_claims(rows: Sequence[tuple[str, Judged]]) -> None:
    """Print claims, each with the slug of its figure, as a table."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for column in ("figure", "claim", "measured", "required", "s.e.", "holds"):
        table.add_column(column, overflow="fold")
    for slug, claim in rows:
        error = "" if claim.standard_error is None else f"{claim.standard_error:.2g}"
        number, holds = f"{claim.measured:.6g}", "yes" if claim.holds else "NO"
        table.add_row(slug, escape(claim.text), number, claim.requirement, error, holds)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    click.echo(f"{sum(claim.holds for _, claim in rows)} of {len(rows)} claims hold")


def name_broken(good: Iterable[Built]) -> bool:
    """Name each claim that does not hold, last, where the eye is; say whether there is one."""
    failing = [(built.slug, claim) for built in good for claim in built.info.broken]
    for slug, claim in failing:
        click.echo(f"{slug}: {broken(claim)}", err=True)
    return bool(failing)


def name_moved(good: Iterable[Built]) -> None:
    """Say of each figure that readers can move at how many positions all of its claims hold."""
    for built in good:
        if built.info.moves:
            positions = Moves.read(built.info.moves).positions
            held = sum(not one.broken for one in positions)
            click.echo(f"{built.slug}, moved: all claims hold at {held} of {len(positions)} positions")


def name_stale(good: Iterable[Built]) -> bool:
    """Name the figures whose verdicts at other settings are not kept; say whether there is one."""
    stale = {built.slug: built.info.stale for built in good if built.info.stale}
    for slug, words in stale.items():
        click.echo(f"{slug}: {words}", err=True)
    return bool(stale)
