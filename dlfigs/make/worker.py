"""One figure, made in one process: fingerprint, load, compute, evaluate, draw, write, publish.

Importing this module is slow (JAX, matplotlib, xarray): `dlfigs.make.build` does it in other processes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlfigs.make import drawing, moving, products, remarks
from dlfigs.make.fingerprint import Fingerprint
from dlfigs.make.measuring import Work


def make(path: Path, cache: Path, given: Mapping[str, Any], *, force: bool = False) -> Path:
    """Make one figure and return its finished folder; keep what was said meanwhile."""
    with remarks.heard(path) as heard:
        prints = Fingerprint(path, cache, given)
        prints.warn_of_chance(heard)
        work = Work(prints.load(), prints, heard, force)
        result = work.measured()
        pictures = drawing.pictures_of(work.figure, result.drawn, prints, heard, force=force)
        result, pictures = moving.moved(work, result, pictures)
        names = prints.of_all()
        files = products.files_of(result, pictures, prints, names)
        folder = prints.store.put_figure(path.stem, names["drawing"], files, work.positions)
    remarks.keep(folder, heard.finished())
    return folder


def judge(path: Path, cache: Path, given: Mapping[str, Any]) -> Path:
    """Compute a figure's data at other settings, draw nothing, and return the file with its verdicts."""
    with remarks.heard(path) as heard:
        prints = Fingerprint(path, cache, given)
        found = Work(prints.load(), prints, heard).verdicts()
    return prints.store.put_verdicts(path.stem, prints.data, json.dumps(found))
