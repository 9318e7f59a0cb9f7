"""One figure, made in one process: fingerprint, load, compute, evaluate, draw, write, publish.

Importing this module is slow (JAX, matplotlib, xarray): `dlfigs.make.build` does it in other processes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlfigs.make import computing, drawing, evaluating, products, remarks
from dlfigs.make.fingerprint import Fingerprint


def make(path: Path, cache: Path, given: Mapping[str, Any], *, force: bool = False) -> Path:
    """Make one figure and return its finished folder; keep what was said meanwhile."""
    with remarks.heard(path) as heard:
        prints = Fingerprint(path, cache, given)
        prints.warn_of_chance(heard)
        figure = prints.load()
        data = computing.data_of(figure, prints, heard, force=force)
        with prints.judged:
            result = evaluating.evaluate(path.stem, figure, data, given)
        pictures = drawing.pictures_of(figure, result.drawn, prints, heard, force=force)
        names = prints.of_all()
        files = products.files_of(result, pictures, prints, names)
        folder = prints.store.put_figure(path.stem, names["drawing"], files)
    remarks.keep(folder, heard.finished())
    return folder


def judge(path: Path, cache: Path, given: Mapping[str, Any]) -> Path:
    """Compute a figure's data at other settings, draw nothing, and return the file with its verdicts."""
    with remarks.heard(path) as heard:
        prints = Fingerprint(path, cache, given)
        figure = prints.load()
        data = computing.data_of(figure, prints, heard, force=False)
        found = evaluating.judge(figure, data)
    return prints.store.put_verdicts(path.stem, prints.data, json.dumps(found))
