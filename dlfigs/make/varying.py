"""Verdicts of figures at other settings: computed side by side, and compared with those that are kept."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlfigs.make import build, digests
from dlfigs.make.disk import Disk
from dlfigs.make.jobs import Jobs, Order
from dlfigs.recipe import parameters
from dlfigs.recipe.robustness import Row

SLACK = 1e-4  # the table has six digits


@dataclass(frozen=True)
class Task:
    """One figure at one setting.

    Args:
        slug: Its name.
        recipe: Path of its recipe.
        given: Values that differ from the defaults.
        digest: Of what its verdicts depend on.
    """

    slug: str
    recipe: Path
    given: Mapping[str, Any]
    digest: str

    @property
    def setting(self) -> str:
        """The values as `--set` reads them."""
        return parameters.setting(self.given)

    def __str__(self) -> str:
        return f"{self.slug} with {self.setting}"


def tasks(
    variations: Mapping[str, Sequence[Mapping[str, Any]]], recipes: Mapping[str, Path], cache: Path
) -> list[Task]:
    """Return what there is to compute.

    Args:
        variations: Settings by slug.
        recipes: Paths by slug.
        cache: Folder of finished figures.
    """
    disk = Disk(cache)
    return [
        Task(slug, recipes[slug], given, digests.of_verdicts(recipes[slug], given, disk))
        for slug, settings in variations.items()
        for given in settings
    ]


def few(of: Sequence[Task], seed: int, number: int) -> list[Task]:
    """Return some tasks, drawn at random, the same for the same seed."""
    return random.Random(seed).sample(of, min(number, len(of)))


def run(
    todo: Iterable[Task], cache: Path, *, jobs: int | None, minutes: float, say: Callable[[str], None]
) -> tuple[list[Row], dict[str, str]]:
    """Compute the data of tasks, as far as they are not in the cache, and judge them.

    Args:
        todo: The tasks.
        cache: Folder of finished figures.
        jobs: Tasks computed at the same time; by default one for each processor.
        minutes: After which one that is not done is given up.
        say: Writes a line about what takes long, where there is no terminal for a bar.

    Returns:
        The verdicts, in the order of the tasks; and why there are none of the others, by their names.
    """
    by_name = {str(task): task for task in todo}
    # Which takes longest is not known: more steps, usually, and those stand last
    orders = {
        name: Order(name, task.recipe, task.digest, float(number), task.given, judge=True)
        for number, (name, task) in enumerate(by_name.items(), start=1)
    }
    queue = Jobs(at_once=jobs, cache=cache, minutes=minutes)
    made = build.make(orders, queue, functools.partial(build.shown, say, None)) if orders else {}
    rows, errors = [], {}
    for name, task in by_name.items():
        if made[name].error:
            errors[name] = made[name].error
            continue
        for one in json.loads(made[name].folder.read_text(encoding="utf-8")):
            rows.append(Row(task.slug, task.setting, digest=task.digest, **one))
    return rows, errors


def differences(found: Iterable[Row], kept: Iterable[Row]) -> list[str]:
    """Return what differs between verdicts and those that were kept, in lines for people.

    Two machines round differently, and training makes that larger: an interval must overlap with the kept
    one. Its word may be another one, if an end is near zero or near the margin.
    """
    known = {(row.figure, row.setting, row.verdict): row for row in kept}
    lines = []
    for row in found:
        where = f"{row.figure} with {row.setting}: {row.text}"
        old = known.get((row.figure, row.setting, row.verdict))
        if old is None or old.digest != row.digest:
            lines.append(f"{where}: the kept verdict is of other code, or missing")
        elif row.low > old.high + SLACK or row.high < old.low - SLACK:
            kept_is = f"kept is {old.word}, {old.low:g} to {old.high:g}"
            lines.append(f"{where}: {row.word}, {row.low:g} to {row.high:g}; {kept_is}")
    return lines
