"""The commands `dlfigs build` and `dlfigs check`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from dlfigs.cli import checking, claims, making, site
from dlfigs.cli.options import as_json, folder, for_people, jobs_option, minutes_option, seed_option, store
from dlfigs.cli.options import slugs as slugs_argument
from dlfigs.recipe import loading


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

    With --to, FOLDER gets <slug>.svg, .png, .pdf, .csv, .nc and .json of each figure. If it is in a site's
    folder of sources, as docs/assets/figures is, that gets the figures' pages too, in docs/figures.
    """
    chosen = loading.choose(loading.find(recipes), slugs)
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


@click.command()
@slugs_argument
@as_json
@click.option(
    "--twice", is_flag=True, help="Make all figures once more, to see whether they come out the same."
)
@seed_option
@jobs_option
@minutes_option
@folder
@store
@for_people
def check(
    slugs: tuple[str, ...],
    as_json: bool,
    twice: bool,
    seed: int | None,
    jobs: int | None,
    minutes: float,
    recipes: Path,
    cache: Path,
) -> None:
    """Check every claim, after building what is stale; exit with 1 if one does not hold.

    With --seed all random numbers are drawn anew: what holds must not be the luck of one seed. Figures that
    a seed does not reach are named. With --twice those are named that come out with other bytes.
    """
    chosen = loading.choose(loading.find(recipes), slugs)
    parameters = making.parameters_of(chosen, slugs, (), seed)
    options = {"parameters": parameters, "jobs": jobs, "minutes": minutes}
    good = making.make(chosen, cache, **options)
    rows = [(built.slug, claim) for built in good for claim in built.info.claims]
    if as_json:
        click.echo(
            json.dumps(
                [{"figure": slug, **asdict(claim)} for slug, claim in rows], indent=1, ensure_ascii=False
            )
        )
    else:
        claims.print_claims(rows)
    if seed is not None:
        checking.name_unmoved(chosen, good, cache)
    changing = twice and checking.name_changing(good, chosen, cache, **options)
    if claims.name_broken(good) or changing or len(good) < len(chosen):
        sys.exit(1)
