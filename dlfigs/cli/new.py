"""A course to begin with: one chapter, one recipe, one reference, in a site that builds."""

from __future__ import annotations

from pathlib import Path

import click

from dlfigs.cli.options import for_people
from dlfigs.errors import UserError

COURSE = Path(__file__).with_name("course")
IGNORED = ".cache/\nsite/\n__pycache__/\n"


def write(folder: Path) -> list[str]:
    """Write a course into a folder, and return the names of its files.

    Args:
        folder: Empty, or not there yet.

    Raises:
        UserError: If there is something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            f"{folder} is not empty: give a new folder, so that nothing of yours is overwritten"
        )
    files = {
        path.relative_to(COURSE).as_posix(): path.read_bytes()
        for path in sorted(COURSE.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    files[".gitignore"] = IGNORED.encode()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return sorted(files)


@click.command("new")
@click.argument("course", type=click.Path(path_type=Path), metavar="FOLDER")
@for_people
def new_(course: Path) -> None:
    """Write a small course into FOLDER: a chapter, a recipe and a reference, in a site that builds."""
    click.echo("\n".join(str(course / name) for name in write(course)))
    click.echo(f"\nNow: cd {course} && mkdocs serve")
