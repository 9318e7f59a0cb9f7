"""Commands for a site: its figures' pages, what a finished site still needs, and files made of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from dlfigs.cli import taking
from dlfigs.cli.options import for_people
from dlfigs.make.store import CACHE, Built


def write_pages(done: Iterable[Built], to: Path) -> None:
    """Write the figures' pages where a folder of their files is in the sources of a site."""
    from dlfigs.site import configuration, zensical

    if site := configuration.around(to):
        zensical.write_pages(done, site.docs)


@click.command()
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option(
    "--policy/--no-policy",
    default=None,
    help="Whether pages get a Content-Security-Policy; default: the option of the plugin.",
)
@click.option(
    "--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True, help="For fonts."
)
@for_people
def finish(site: Path | None, policy: bool | None, cache: Path) -> None:
    """Complete a SITE that Zensical has built: style sheet, font of the formulas, "Used in", policy."""
    from dlfigs.site import configuration, unread, zensical

    known = configuration.read(Path.cwd())
    site = site or (known.site if known else Path("site"))
    policy = bool(known and known.policy) if policy is None else policy
    click.echo(f"{zensical.finish(site, cache, policy=policy)} pages in {site} are complete")
    findings = unread.in_site(site, known.docs if known else None)
    for finding in findings:
        click.echo(f"dlfigs: {finding}", err=True)
    if findings:
        sys.exit(1)


COMMANDS = (finish, taking.pdf, taking.slides, taking.zip_)
