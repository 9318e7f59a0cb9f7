"""The command `dlfigs`: list, build, check and show figures; complete and pack sites; begin a course."""

from __future__ import annotations

from typing import Any

import click

from dlfigs import __version__
from dlfigs.cli import building, new, showing, site
from dlfigs.errors import nearest


class _Group(click.Group):
    """A group that knows which command was probably meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"no command {args[0]!r}; {nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dlfigs")
def main() -> None:
    """Figures that are computed, checked and drawn from one short recipe each."""


for command in (
    showing.list_,
    building.build_,
    building.check_,
    showing.show,
    new.new_,
    *site.COMMANDS,
):
    main.add_command(command)
