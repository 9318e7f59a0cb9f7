"""Claims as the commands print them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from dlfigs.make.store import Built
from dlfigs.recipe.figure import broken


def print_claims(rows: list[dict[str, Any]]) -> None:
    """Print claims, each with the slug of its figure, as a table."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for column in ("figure", "claim", "measured", "required", "s.e.", "holds"):
        table.add_column(column, overflow="fold")
    for row in rows:
        error = "" if row["standard_error"] is None else f"{row['standard_error']:.2g}"
        number, holds = f"{row['measured']:.6g}", "yes" if row["holds"] else "NO"
        table.add_row(row["figure"], escape(row["text"]), number, row["requirement"], error, holds)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    click.echo(f"{sum(row['holds'] for row in rows)} of {len(rows)} claims hold")


def name_broken(good: Iterable[Built]) -> bool:
    """Name each claim that does not hold, last, where the eye is; say whether there is one."""
    failing = [(built.slug, claim) for built in good for claim in built.broken_claims]
    for slug, claim in failing:
        click.echo(f"{slug}: {broken(claim)}", err=True)
    return bool(failing)
