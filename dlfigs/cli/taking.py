"""Commands that make files of a built site: a PDF to print, PDFs of slides, a ZIP to open from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from dlfigs.cli.options import for_people


def _from_site(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command take the folder of a built site, and the file to write, by default `name`."""
    site = click.argument("site", type=click.Path(path_type=Path), default="site")
    to = click.option(
        "--to",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path(name),
        show_default=True,
        help="The file to write.",
    )
    return lambda command: site(to(command))


@click.command()
@_from_site("course.pdf")
@click.option(
    "--paper", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True, help="Its size."
)
@for_people
def pdf(site: Path, to: Path, paper: str) -> None:
    """Print a built SITE into one PDF, in the order of its navigation."""
    from dlfigs.site import book

    click.echo(f"{book.write(site, to, paper=paper)} pages in {to}")


@click.command()
@click.argument("site", type=click.Path(path_type=Path), default="site")
@click.option("--dark", is_flag=True, help="Dark pages.")
@for_people
def slides(site: Path, dark: bool) -> None:
    """Print the slides of a built SITE into PDFs beside them, and link to these on the pages."""
    from dlfigs.site.slides import printing

    for path, pages in printing.write(site, dark=dark).items():
        click.echo(f"{pages} pages in {path}")


@click.command("zip")
@_from_site("course.zip")
@for_people
def zip_(site: Path, to: Path) -> None:
    """Pack a built SITE into a ZIP whose pages open from disk; they have no search."""
    from dlfigs.site import archive

    click.echo(f"{archive.write(site, to)} pages in {to}")
