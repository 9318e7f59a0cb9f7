"""Code that a notebook begins with if its recipe needs files: a notebook comes alone, a recipe does not.

It sets `__file__`, which notebooks have not, looks for helpers where the recipe does, and writes the files
that are not there. Files that are too large are named.
"""

from __future__ import annotations

import ast
import base64
import textwrap
from collections.abc import Iterable
from pathlib import Path

MOST = 100_000  # bytes in all; what is larger does not come along
START = """\
# A recipe has files beside it, and a notebook comes alone: here is what this recipe needs
import sys
{base64}from pathlib import Path

__file__ = str(Path("{name}" if Path("{name}").exists() else "{folder}/{name}").resolve())
_course = Path(__file__).parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(_course)]
"""
WRITE = """\
for _name, _content in {{
{files}
}}.items():
    if not (_course / _name).exists():
        (_course / _name).parent.mkdir(parents=True, exist_ok=True)
        (_course / _name).write_bytes(_content)
"""
MISSING = """\
for _name in ({names},):
    if not (_course / _name).exists():
        raise FileNotFoundError(f"{{_name}} of the course did not come along: put it into {{_course}}")
"""


def code(recipe: Path, text: str, names: Iterable[str]) -> str:
    """Return that code; nothing, if the recipe needs no files.

    Args:
        recipe: Its path.
        text: What stands in it.
        names: Of files, as seen from the project's folder.
    """
    names = sorted(names)
    if not names and not _asks_where(text):
        return ""
    course, sizes = recipe.parent.parent, {}
    for name in names:
        place = course / name
        sizes[name] = place.stat().st_size if place.is_file() else None
    room, files = MOST, {}
    for name in sorted(names, key=lambda name: sizes[name] or 0):
        if sizes[name] is not None and sizes[name] <= room and not name.startswith(".."):
            room -= sizes[name]
            files[name] = (course / name).read_bytes()
    missing = [name for name in names if name not in files and sizes[name] is not None]
    written = {name: _bytes(files[name]) for name in sorted(files)}
    start = START.format(
        name=recipe.name,
        folder=recipe.resolve().parent.name,
        base64="from base64 import b64decode\n" * any("b64" in one for one in written.values()),
    )
    parts = [start]
    if written:
        parts.append(WRITE.format(files="\n".join(f"    {n!r}: {one}," for n, one in written.items())))
    if missing:
        parts.append(MISSING.format(names=", ".join(map(repr, missing))))
    return "".join(parts).rstrip("\n")


def _asks_where(text: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__file__" for node in ast.walk(ast.parse(text)))


def _bytes(content: bytes) -> str:
    """Return an expression for bytes: lines of text, as far as they are text."""
    try:
        lines, end = content.decode("utf-8").splitlines(keepends=True), ".encode()"
    except UnicodeDecodeError:
        lines, end = textwrap.wrap(base64.b64encode(content).decode(), 88), ")"
    body = "".join(f"\n        {line!r}" for line in lines) or '""'
    return f"({body}\n    ){end}" if end != ")" else f"b64decode(({body}\n    ))"
