"""The command `dlfigs`: list, build, check and show figures; print the site."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from dlfigs import __version__
from dlfigs.cli import checking, commands, listing
from dlfigs.cli.commands import for_people as _for_people
from dlfigs.errors import UserError, nearest
from dlfigs.make import build, remarks
from dlfigs.make.disk import Disk
from dlfigs.recipe import loading
from dlfigs.recipe.parameters import SEEDS, shown


class _Group(click.Group):
    """A group that knows which command was probably meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"no command {args[0]!r}; {nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


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
    default=build.CACHE,
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
    default=build.MINUTES,
    show_default=True,
    help="After which a figure that is not done is given up.",
)
seed_option = click.option(
    "--seed", type=click.IntRange(*SEEDS), help="Another root for all random numbers."
)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dlfigs")
def main() -> None:
    """Figures that are computed, checked and drawn from one short recipe each."""


@main.command("list")
@folder
@store
@as_json
@_for_people
def list_(recipes: Path, cache: Path, as_json: bool) -> None:
    """List the figures: title, questions, parameters, sources, and whether each is up to date."""
    disk = Disk(cache)
    rows = [listing.row(slug, path, cache, disk) for slug, path in loading.find(recipes).items()]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(line for row in rows for line in listing.lines(row)))
    if errors := [row["error"] for row in rows if "error" in row]:
        click.echo("\n".join(errors), err=True)
        sys.exit(1)


@main.command("build")
@slugs
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
@_for_people
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
    parameters = _parameters(chosen, slugs, settings, seed)
    done = build.build(chosen, cache, parameters=parameters, jobs=jobs, force=force, minutes=minutes)
    good = _good(done, chosen)
    if to:
        for built in good:
            build.export(built, to)
        commands.write_pages(good, to)
    failing = checking.name_broken(good)
    where = f", copied to {to}" if to else ""
    click.echo(f"{len(good)} of {len(done)} figures up to date{where}")
    # With other parameters a claim may rightly fail: the figure is given, and the reader told
    if len(good) < len(done) or (failing and not parameters):
        sys.exit(1)


@main.command()
@slugs
@as_json
@click.option(
    "--twice", is_flag=True, help="Make all figures once more, to see whether they come out the same."
)
@seed_option
@jobs_option
@minutes_option
@folder
@store
@_for_people
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
    parameters = _parameters(chosen, slugs, (), seed)
    options = {"parameters": parameters, "jobs": jobs, "minutes": minutes}
    done = build.build(chosen, cache, **options)
    good = _good(done, chosen)
    rows = [{"figure": b.slug, **claim} for b in good for claim in b.info["claims"]]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        checking.print_claims(rows)
    if seed is not None:
        checking.name_unmoved(chosen, good, cache)
    changing = twice and checking.name_changing(good, chosen, cache, **options)
    if checking.name_broken(good) or changing or len(good) < len(done):
        sys.exit(1)


@main.command()
@click.argument("slug")
@folder
@store
@_for_people
def show(slug: str, recipes: Path, cache: Path) -> None:
    """Show one figure: what it is, its parameters, its claims, and how to cite it."""
    chosen = loading.choose(loading.find(recipes), [slug])
    figure = listing.load(chosen[slug])
    (built,) = _good(build.build(chosen, cache), chosen) or sys.exit(1)
    info = built.info
    click.echo(f"{info['title']}\n\n{info['caption']}\n\nParameters")
    for name, default in figure.parameters.items():
        click.echo(f"  {name} = {shown(default)}  ({listing.allowed(figure, name)})")
    click.echo("\nClaims")
    checking.print_claims([{"figure": slug, **claim} for claim in info["claims"]])
    click.echo(f"\nSources: {', '.join(info['sources']) or 'none'}")
    click.echo(f"Files: {built.folder}")
    click.echo(f"Digest: {info['digest']['drawing']}")
    if (source := recipes.resolve().parent / "CITATION.cff").is_file():
        from dlfigs.markdown.citing import Course

        citation = Course.read(source).cite("figure", info["title"], name=slug, page=f"figures/{slug}/")
        click.echo(f"\nCite as: {citation.sentence}\n\n{citation.bibtex}")


@main.command("new")
@click.argument("course", type=click.Path(path_type=Path), metavar="FOLDER")
@_for_people
def new_(course: Path) -> None:
    """Write a small course into FOLDER: a chapter, a recipe and a reference, in a site that builds."""
    from dlfigs.cli import new

    click.echo("\n".join(str(course / name) for name in new.write(course)))
    click.echo(f"\nNow: cd {course} && mkdocs serve")


main.add_command(commands.finish)
main.add_command(commands.pdf)


def _parameters(
    chosen: Mapping[str, Path], slugs: tuple[str, ...], settings: tuple[str, ...], seed: int | None
) -> dict[str, dict[str, Any]]:
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


def _good(done: Mapping[str, build.Built], recipes: Mapping[str, Path]) -> list[build.Built]:
    say = partial(click.echo, err=True)
    for built in done.values():
        if built.error:
            say(f"{built.slug}: not built\n{built.error}")
    remarks.tell(done, recipes, warn=say, say=say)
    return [built for built in done.values() if not built.error]
