"""What the commands have in common: options, and how a mistake is said."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from dlfigs.errors import UserError
from dlfigs.make.jobs import MINUTES
from dlfigs.make.store import CACHE
from dlfigs.recipe.parameters import SEEDS

folder = click.option(
    "--recipes",
    type=click.Path(path_type=Path),
    default=Path("figures"),
    show_default=True,
    help="Folder of recipes.",
)
store = click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=CACHE,
    show_default=True,
    help="Folder of finished figures.",
)
slugs = click.argument("slugs", nargs=-1, metavar="[SLUG]...")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
jobs_option = click.option(
    "--jobs", type=click.IntRange(1), help="Figures made at the same time; default: one for each processor."
)
minutes_option = click.option(
    "--minutes",
    type=float,
    default=MINUTES,
    show_default=True,
    help="After which a figure that is not done is given up.",
)
seed_option = click.option(
    "--seed", type=click.IntRange(*SEEDS), help="Another root for all random numbers."
)


def for_people(command: Callable) -> Callable:
    """Turn mistakes and refusals of the system into one line on standard error."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        gc.disable()  # to look for garbage, at the end too, is a third of a command with nothing to do
        try:
            return command(*args, **kwargs)
        except UserError as error:
            click.echo(f"dlfigs: {error}", err=True)
            sys.exit(2)
        except OSError as error:  # no right to write, no room on the disk
            click.echo(f"dlfigs: {error.filename or 'output'}: {error.strerror or error}", err=True)
            sys.exit(1)

    return wrapped
