"""Code that a notebook begins with: it installs what the notebook needs, where dlfigs is not there."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable

START = """\
# Where dlfigs is not installed, as on Colab, this installs what the notebook needs
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("dlfigs") is None:
    needed = [{needed}]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *needed], check=True)
"""
NAME = re.compile(r"[\w.-]+")


def code(distributions: Iterable[str]) -> str:
    """Return that code.

    Args:
        distributions: What the figure depends on; what dlfigs needs itself comes with it.
    """
    own = {"dlfigs", *map(_plain, _requirements())}
    others = [name for name in distributions if _plain(name) not in own]
    needed = ", ".join(f'"{one}"' for one in [source(), *sorted(others)])
    return START.format(needed=needed).rstrip("\n")


def source() -> str:
    """Return what pip takes to install this package: its repository, which its own metadata names."""
    try:
        urls = importlib.metadata.metadata("dlfigs").get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        urls = []
    by_label = dict(url.split(", ", maxsplit=1) for url in urls)
    return f"dlfigs @ git+{by_label['Repository']}" if "Repository" in by_label else "dlfigs"


def _requirements() -> list[str]:
    """Return the distributions that this package needs in any case."""
    try:
        needed = importlib.metadata.requires("dlfigs") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    # h5netcdf[h5py] brings h5py
    return ["h5py", "jaxlib", *(NAME.match(one)[0] for one in needed if "extra ==" not in one)]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
