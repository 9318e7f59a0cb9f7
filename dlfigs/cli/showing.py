"""The commands `dlfigs list` and `dlfigs show`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from dlfigs.cli import claims, listing, making
from dlfigs.cli.options import as_json, folder, for_people, store
from dlfigs.recipe import loading


@click.command("list")
@folder
@store
@as_json
@for_people
def list_(recipes: Path, cache: Path, as_json: bool) -> None:
    """List the figures: title, questions, parameters, sources, and whether each is up to date."""
    rows = listing.rows(loading.find(recipes), cache)
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(line for row in rows for line in listing.lines(row)))
    if errors := [row["error"] for row in rows if "error" in row]:
        click.echo("\n".join(errors), err=True)
        sys.exit(1)


@click.command()
@click.argument("slug")
@folder
@store
@for_people
def show(slug: str, recipes: Path, cache: Path) -> None:
    """Show one figure: what it is, its parameters, its claims, and how to cite it."""
    chosen = loading.choose(loading.find(recipes), [slug])
    figure = listing.load(chosen[slug])
    (built,) = making.make(chosen, cache) or sys.exit(1)
    info = built.info
    click.echo(f"{info.title}\n\n{info.caption}\n\nParameters")
    for line in listing.parameters(figure):
        click.echo(f"  {line}")
    click.echo("\nClaims")
    claims.print_claims([(slug, claim) for claim in info.claims])
    click.echo(f"\nSources: {', '.join(info.sources) or 'none'}")
    click.echo(f"Files: {built.folder}")
    click.echo(f"Digest: {info.digest['drawing']}")
    if (source := recipes.resolve().parent / "CITATION.cff").is_file():
        from dlfigs.markdown.citing import Course  # YAML takes a while to import

        citation = Course.read(source).cite("figure", info.title, name=slug, page=f"figures/{slug}/")
        click.echo(f"\nCite as: {citation.sentence}\n\n{citation.bibtex}")
