"""The command `dlfigs check`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from dlfigs.cli import checking, claims, making, varying
from dlfigs.cli.options import as_json, folder, for_people, jobs_option, minutes_option, seed_option, store
from dlfigs.cli.options import slugs as slugs_argument
from dlfigs.errors import UserError


@click.command("check")
@slugs_argument
@as_json
@click.option(
    "--twice", is_flag=True, help="Make all figures once more, to see whether they come out the same."
)
@click.option(
    "--vary", is_flag=True, help="Compute the verdicts at the settings that figures name, and keep them."
)
@click.option(
    "--few",
    type=click.IntRange(0),
    metavar="SEED",
    help="With --vary: compare just two settings, drawn by SEED, with what is kept.",
)
@seed_option
@jobs_option
@minutes_option
@folder
@store
@for_people
def check_(
    slugs: tuple[str, ...],
    as_json: bool,
    twice: bool,
    vary: bool,
    few: int | None,
    seed: int | None,
    jobs: int | None,
    minutes: float,
    recipes: Path,
    cache: Path,
) -> None:
    """Check every claim, after building what is stale; exit with 1 if one does not hold.

    With --seed all random numbers are drawn anew: what holds must not be the luck of one seed. Figures that
    a seed does not reach are named. With --twice those are named that come out with other bytes.

    With --vary no claims are checked, but the verdicts of figures computed with other steps, widths or
    whatever they name. They are kept in robustness.csv beside the recipes, for the site.
    """
    if (vary and (as_json or twice or seed is not None)) or (few is not None and not vary):
        raise UserError("--vary goes with --few, --jobs and --minutes alone, and --few with --vary")
    chosen = making.chosen(recipes, slugs)
    if vary:
        sys.exit(not varying.check(chosen, slugs, cache, few=few, jobs=jobs, minutes=minutes))
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
        claims.name_moved(good)
    if seed is not None:
        checking.name_unmoved(chosen, good, cache)
    changing = twice and checking.name_changing(good, chosen, cache, **options)
    stale = seed is None and claims.name_stale(good)
    if claims.name_broken(good) or changing or stale or len(good) < len(chosen):
        sys.exit(1)
