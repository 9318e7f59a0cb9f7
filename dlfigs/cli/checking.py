"""What `dlfigs check` finds beside claims that do not hold: seeds without effect, and runs that differ."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from dlfigs.errors import UserError
from dlfigs.make import build
from dlfigs.make.digests import digest
from dlfigs.make.disk import Disk
from dlfigs.make.store import Built, Store
from dlfigs.recipe import dependencies


def without_key(recipes: Mapping[str, Path]) -> list[str]:
    """Return the slugs of figures whose `compute` never uses its key, as far as their text tells."""
    found = []
    for slug, path in recipes.items():
        try:
            if dependencies.ignores_key(dependencies.parse(path)):
                found.append(slug)
        except UserError:  # not valid Python: whoever builds it says so
            continue
    return found


def name_unmoved(recipes: Mapping[str, Path], good: Iterable[Built], cache: Path) -> None:
    """Name the figures for which another seed means nothing.

    Args:
        recipes: Paths by slug.
        good: The same figures with another seed.
        cache: Folder of finished figures; has their data with their own seed, if somebody has built them.
    """
    deaf = without_key(recipes)
    if deaf:
        words = "compute never uses its key, and another seed reaches only NumPy's, PyTorch's and Python's"
        click.echo(f"{', '.join(deaf)}: {words} own generators", err=True)
    disk = Disk(cache)
    for built in good:
        own = digest(recipes[built.slug], None, disk).data
        usual = Store(cache).run(built.slug, own)
        if usual and own != built.info.digest["data"] and usual["sha256"] == built.run.get("sha256"):
            click.echo(f"{built.slug}: another seed gives the same data", err=True)


def name_changing(good: Iterable[Built], recipes: Mapping[str, Path], cache: Path, **options: Any) -> bool:
    """Make figures once more, elsewhere, and name those that come out with other bytes.

    Args:
        good: The figures as they are.
        recipes: Paths by slug.
        cache: Their folder.
        **options: Of `build.build`.

    Returns:
        Whether there is one.
    """
    good = {built.slug: built for built in good}
    with tempfile.TemporaryDirectory(prefix="dlfigs-") as folder:
        again = Path(folder)
        Store(cache).lend(Store(again))
        made = build.build({slug: recipes[slug] for slug in good}, again, **options)
        changed = {slug: _changed(good[slug], built) for slug, built in made.items()}
    for slug, what in changed.items():
        if what:
            click.echo(f"{slug}: {what}", err=True)
    return any(changed.values())


def _changed(first: Built, second: Built) -> str:
    if second.error:
        return f"not built a second time\n{second.error}"
    if first.run.get("sha256") != second.run.get("sha256"):
        words = "something in compute is drawn from neither its key nor a seed"
        return f"its data differ between two runs: {words}"
    suffixes = [*first.exported, "ipynb"]
    other = [s for s in suffixes if first.file(s).read_bytes() != second.file(s).read_bytes()]
    return f"its files differ between two runs, though its data do not: {', '.join(other)}" * bool(other)
