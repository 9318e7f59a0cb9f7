"""Installed packages: which distribution a module is of, in which version, and who works on it."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from dlfigs.make.files import checksum

INSTALLED = {"site-packages", "dist-packages"}  # folders of what is installed for good


def versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of distributions by name."""
    return {name: version(name) for name in names}


@functools.cache
def version(name: str) -> str:
    """Return the version of a distribution, or "none"."""
    if found := _installed().get(_plain(name)):
        return found
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as found_version

    try:
        return found_version(name)
    except PackageNotFoundError:
        return "none"


def of(top: str) -> list[str]:
    """Return the distributions that have a module, by its first name: scikit-learn for sklearn."""
    if _plain(top) in _installed():
        return [top.replace("_", "-")]
    # What importlib.metadata.packages_distributions says; it takes ten times as long
    found = set()
    for folder in _folders():
        with contextlib.suppress(OSError):
            files = (folder / "RECORD").read_bytes()
            if re.search(rf"^{re.escape(top)}(/|\.py,|\.[\w.-]*so,)".encode(), files, re.MULTILINE):
                name = re.search(r"^Name: (\S+)", (folder / "METADATA").read_text("utf-8"), re.MULTILINE)
                found.add(name[1])
    return sorted(found)


@functools.cache
def mark() -> str:
    """Return what tells this set of installed packages from others."""
    return checksum("\n".join(f"{name} {number}" for name, number in sorted(_installed().items())).encode())


def elsewhere(top: str) -> tuple[Path, ...]:
    """Return the folders that have a package which is not installed for good.

    Such a package is installed from its source (`pip install -e`, by a path or by an import hook), or found
    through PYTHONPATH.

    Args:
        top: The first part of its name.
    """
    if top in sys.stdlib_module_names:
        return ()
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):  # not a module, or one that nobody can find
        return ()
    if spec is None:
        return ()
    if spec.submodule_search_locations is not None:
        places = [Path(place).parent for place in spec.submodule_search_locations]
    else:
        places = [Path(spec.origin).parent] if spec.origin and spec.origin.endswith(".py") else []
    # Where a command happens to be run is on the path of some commands only
    return tuple(place for place in places if not _for_good(place) and place != Path.cwd())


def _for_good(place: Path) -> bool:
    return bool(INSTALLED & set(place.parts)) or place.is_relative_to(sysconfig.get_path("stdlib"))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _folders() -> list[Path]:
    """Return the folders that describe packages; of two for the same one, the first counts."""
    places = [Path(place) for place in dict.fromkeys(sys.path) if os.path.isdir(place)]
    return [folder for place in places for folder in place.glob("*.dist-info")]


@functools.cache
def _installed() -> dict[str, str]:
    """Return the versions of packages by the names of the folders that describe them.

    importlib.metadata looks there too, but it imports all that reads e-mail, which takes longer than
    everything else in a build with nothing to do.
    """
    found = {}
    for place in filter(os.path.isdir, reversed(sys.path)):  # of two, the first one counts
        for entry in os.listdir(place):
            name, _, rest = entry.partition("-")
            if rest.endswith(".dist-info"):
                found[_plain(name)] = rest.removesuffix(".dist-info")
    return found
