"""The commands `dlfigs build` and, from its own module, `dlfigs check`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dlfigs.cli import claims, making, site
from dlfigs.cli.check import check_
from dlfigs.cli.options import folder, for_people, jobs_option, minutes_option, seed_option, store
from dlfigs.cli.options import slugs as slugs_argument

__all__ = ["build_", "check_"]


@click.command("build")
@slugs_argument
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter."
)
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), help="Copy the results to this folder."
)
@seed_option
@jobs_option
@minutes_option
@click.option("--force", is_flag=True, help="Make everything again, the data too.")
@folder
@store
@for_people
def build_(
    slugs: tuple[str, ...],
    settings: tuple[str, ...],
    to: Path | None,
    seed: int | None,
    jobs: int | None,
    minutes: float,
    force: bool,
    recipes: Path,
    cache: Path,
) -> None:
    """Build what is stale: all figures, or the ones named.

    With --to, FOLDER gets <slug>.svg, .png, .pdf, .csv, .nc and .json of each figure, and .wide.svg and
    .wide.png for slides. If it is in a site's folder of sources, as docs/assets/figures is, that gets the
    figures' pages too, in docs/figures.
    """
    chosen = making.chosen(recipes, slugs)
    parameters = making.parameters_of(chosen, slugs, settings, seed)
    good = making.make(chosen, cache, parameters=parameters, jobs=jobs, force=force, minutes=minutes)
    if to:
        for built in good:
            built.export(to)
        site.write_pages(good, to)
    failing = claims.name_broken(good)
    where = f", copied to {to}" if to else ""
    click.echo(f"{len(good)} of {len(chosen)} figures up to date{where}")
    # With other parameters a claim may rightly fail: the figure is given, and the reader told
    if len(good) < len(chosen) or (failing and not parameters):
        sys.exit(1)
