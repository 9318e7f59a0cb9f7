"""How long figures take: as recorded on this machine, or else as others have measured.

A guess decides in which order figures are made, and says how long a reader will wait. It is in no digest.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path

from dlfigs.make.store import CACHE, Store

TABLE = "seconds.json"  # beside the recipes, for who has no records yet
DRAWING = 1.5  # seconds for all that comes after the computation


def recorded(slug: str, cache: Path) -> float | None:
    """Return what the newest computation of a figure took, of whatever version; None if there was none."""
    for run in Store(cache).runs(slug):
        try:
            return float(run["seconds"])
        except (KeyError, TypeError, ValueError):
            continue
    return None


def guesses(recipes: Mapping[str, Path], cache: Path, data: Mapping[str, str]) -> dict[str, float]:
    """Guess the seconds of each figure.

    Args:
        recipes: Paths by slug.
        cache: Folder of finished figures.
        data: Digests of the figures' data, by slug: what is there is not computed again.

    Returns:
        Seconds by slug; of a figure that nobody has measured, the mean of the others.
    """
    known: dict[str, float] = {}
    for slug, path in recipes.items():
        if slug in data and Store(cache).has_data(slug, data[slug]):
            known[slug] = DRAWING
        elif (seconds := recorded(slug, cache)) is not None:
            known[slug] = seconds + DRAWING
        elif slug in (table := _table(path.parent / TABLE)):
            known[slug] = table[slug] + DRAWING
    mean = sum(known.values()) / len(known) if known else 10 * DRAWING
    return {slug: known.get(slug, mean) for slug in recipes}


def duration(seconds: float) -> str:
    """Write a time that nobody knows exactly: "about 40 s", "about 3 min"."""
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    return f"about {round(seconds / 60)} min"


@functools.cache
def _table(path: Path) -> dict[str, float]:
    """Return a table of seconds by slug; one that is not there, or is none, is empty."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {slug: float(seconds) for slug, seconds in table.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def main() -> None:
    """Write the table anew from what this machine has recorded, for who has no records yet."""
    folder, cache = Path("figures"), CACHE
    measured = {path.stem: recorded(path.stem, cache) for path in sorted(folder.glob("[a-z]*.py"))}
    # Half seconds: what differs from run to run is no change
    table = {slug: max(0.5, round(2 * took) / 2) for slug, took in measured.items() if took is not None}
    (folder / TABLE).write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
