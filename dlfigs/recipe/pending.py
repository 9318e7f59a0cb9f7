"""What can be said of a figure that is not there yet: what its recipe says in words. Nothing is run."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.recipe import dependencies
from dlfigs.recipe.figure import PLACEHOLDER, percents_alike
from dlfigs.recipe.info import Info

HEIGHT = 3.4  # inches, of a figure whose recipe names none that can be read


def info(slug: str, recipe: Path) -> Info:
    """Return what `<slug>.json` will say, as far as it stands in the recipe; numbers are "…".

    What is computed in the recipe, or is of the wrong type, is left out; a title is its slug then.
    """
    try:
        written = dependencies.arguments_of(dependencies.parse(recipe))
    except UserError:  # not valid Python: whoever builds it says so
        written = {}

    def literal(name: str, kind: Any, otherwise: Any) -> Any:
        try:
            value = ast.literal_eval(written[name])
        except (KeyError, ValueError):
            return otherwise
        return value if isinstance(value, kind) else otherwise

    words = (PLACEHOLDER.sub("…", literal(name, str, "")) for name in ("title", "caption", "alt"))
    title, *texts = map(percents_alike, words)
    return Info(
        slug=slug,
        title=title or slug,
        caption=texts[0],
        alt=texts[1],
        sources=[key for key in literal("sources", tuple, ()) if isinstance(key, str)],
        questions=[number for number in literal("questions", tuple, ()) if isinstance(number, int)],
        height=literal("height", (int, float), HEIGHT),
    )


def reason(error: str, recipe: Path) -> str:
    """Return one line about why a figure could not be made: file, line, and the last thing that was said.

    Args:
        error: What the build says; may have a traceback.
        recipe: The recipe, whose last line in it counts.
    """
    first, *others = error.strip().splitlines() or [""]
    lines = re.findall(rf'File ".*{re.escape(recipe.name)}", line (\d+)', error)
    line = f"{recipe}:{lines[-1]}: {others[-1].strip()}" if others and lines else first
    return line.removeprefix(f"{recipe.parent.parent}/")
