"""The command `dlfigs`: list, build, check and show figures; print the site."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from dlfigs import __version__, build, dependencies, gallery
from dlfigs.citing import Course
from dlfigs.errors import UserError, nearest
from dlfigs.figure import Figure, write_number
from dlfigs.parameters import SEEDS


def _for_people(command: Callable) -> Callable:
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
    found = gallery.find(recipes)
    disk = dependencies.Disk()
    rows = [_listed(s, path, build.finished(s, path, cache, disk=disk)) for s, path in found.items()]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['slug']}  ({row['state']})  {row['title']}")
        parameters = "  ".join(f"{k}={_shown(v)}" for k, v in row["parameters"].items())
        questions = ", ".join(map(str, row["questions"]))
        click.echo(f"    questions {questions} · {', '.join(row['sources'])}\n    {parameters}")


def _listed(slug: str, path: Path, built: build.Built | None) -> dict[str, Any]:
    if built:  # no need to run the recipe, and with it JAX
        info = built.info
        described = {key: info[key] for key in ("title", "questions", "parameters", "sources")}
    else:
        figure = _load(path)
        described = {
            "title": figure.title,
            "questions": list(figure.questions),
            "parameters": figure.parameters,
            "sources": list(figure.sources),
        }
    return {"slug": slug, **described, "state": "fresh" if built else "stale"}


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

    With --to, FOLDER gets <slug>.svg, .png, .pdf, .csv, .nc and .json of each figure.
    """
    chosen = gallery.choose(gallery.find(recipes), slugs)
    parameters = _parameters(chosen, slugs, settings, seed)
    done = build.build(chosen, cache, parameters=parameters, jobs=jobs, force=force, minutes=minutes)
    good = _good(done)
    if to:
        for built in good:
            build.export(built, to)
    broken = _broken(good)
    where = f", copied to {to}" if to else ""
    click.echo(f"{len(good)} of {len(done)} figures up to date{where}")
    # With other parameters a claim may rightly fail: the figure is given, and the reader told
    if len(good) < len(done) or (broken and not parameters):
        sys.exit(1)


@main.command()
@slugs
@as_json
@seed_option
@jobs_option
@minutes_option
@folder
@store
@_for_people
def check(
    slugs: tuple[str, ...],
    as_json: bool,
    seed: int | None,
    jobs: int | None,
    minutes: float,
    recipes: Path,
    cache: Path,
) -> None:
    """Check every claim, after building what is stale; exit with 1 if one does not hold.

    With --seed all random numbers are drawn anew: what holds must not be the luck of one seed.
    """
    chosen = gallery.choose(gallery.find(recipes), slugs)
    parameters = _parameters(chosen, slugs, (), seed)
    done = build.build(chosen, cache, parameters=parameters, jobs=jobs, minutes=minutes)
    good = _good(done)
    rows = [{"figure": b.slug, **claim} for b in good for claim in b.info["claims"]]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        _print_claims(rows)
    if _broken(good) or len(good) < len(done):
        sys.exit(1)


@main.command()
@click.argument("slug")
@folder
@store
@_for_people
def show(slug: str, recipes: Path, cache: Path) -> None:
    """Show one figure: what it is, its parameters, its claims, and how to cite it."""
    chosen = gallery.choose(gallery.find(recipes), [slug])
    figure = _load(chosen[slug])
    (built,) = _good(build.build(chosen, cache)) or sys.exit(1)
    info = built.info
    click.echo(f"{info['title']}\n\n{info['caption']}\n\nParameters")
    for name, default in figure.parameters.items():
        allowed = figure.ranges[name]
        words = ", ".join(allowed) if isinstance(allowed[0], str) else f"{allowed[0]} to {allowed[1]}"
        click.echo(f"  {name} = {_shown(default)}  ({words})")
    click.echo("\nClaims")
    _print_claims([{"figure": slug, **claim} for claim in info["claims"]])
    click.echo(f"\nSources: {', '.join(info['sources'])}")
    click.echo(f"Files: {built.folder}")
    click.echo(f"Digest: {info['digest']['drawing']}")
    source = recipes.resolve().parent / "CITATION.cff"
    if source.is_file():
        citation = Course.read(source).cite("figure", info["title"], name=slug, page=f"figures/{slug}/")
        click.echo(f"\nCite as: {citation.sentence}\n\n{citation.bibtex}")


@main.command()
@click.argument("site", type=click.Path(path_type=Path), default="site")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("course.pdf"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--paper", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True, help="Its size."
)
@_for_people
def pdf(site: Path, to: Path, paper: str) -> None:
    """Print a built SITE into one PDF, in the order of its navigation."""
    from dlfigs import book

    click.echo(f"{book.write(site, to, paper=paper)} pages in {to}")


def _load(path: Path) -> Figure:
    """Load a recipe; if it raises, show its own traceback and end."""
    try:
        return gallery.load(path)
    except UserError:
        raise
    except BaseException as error:
        click.echo(f"{path}: the recipe failed\n{gallery.own_traceback(error, path)}", err=True)
        sys.exit(1)


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
            result[slug] = _load(path).resolve(given)
        except UserError as error:
            raise UserError(f"{slug}: {error}") from None
    return result


def _good(done: Mapping[str, build.Built]) -> list[build.Built]:
    for built in done.values():
        if built.error:
            click.echo(f"{built.slug}: not built\n{built.error}", err=True)
    return [built for built in done.values() if not built.error]


def _print_claims(rows: list[dict[str, Any]]) -> None:
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


def _broken(good: list[build.Built]) -> bool:
    """Name each claim that does not hold, last, where the eye is; say whether there is one."""
    broken = [(built.slug, claim) for built in good for claim in built.broken_claims]
    for slug, claim in broken:
        found = f"{write_number(claim['measured'], '.6g')}, required {claim['requirement']}"
        click.echo(f"{slug}: does not hold: {claim['text']}: {found}", err=True)
    return bool(broken)


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
