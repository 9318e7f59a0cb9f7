"""A figure's data: those of an earlier build, or computed now."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jax
import numpy as np
import xarray as xr

from dlfigs import draws
from dlfigs.errors import UserError
from dlfigs.make import netcdf, remarks
from dlfigs.make.fingerprint import Fingerprint
from dlfigs.recipe.figure import Figure


def compute(figure: Figure, given: Mapping[str, Any]) -> xr.Dataset:
    """Run the recipe's experiment with a key made from its seed, or from the one that is given."""
    arguments = {"seed": figure.seed, **given}
    # The same as jax.random.key(seed), which compiles two programs for it
    key = jax.random.wrap_key_data(np.array([0, arguments.pop("seed")], np.uint32))
    with draws.seeded(key):
        data = figure.compute(key, **arguments)
    if not isinstance(data, xr.Dataset):
        raise UserError(f"compute must return an xarray.Dataset, not {type(data).__name__}", "compute")
    netcdf.check(data)
    return data


def data_of(figure: Figure, prints: Fingerprint, heard: remarks.Heard, *, force: bool) -> xr.Dataset:
    """Return a figure's data, always as they were stored, so that new and old ones give the same bytes.

    Args:
        figure: What the recipe says.
        prints: What it is made of; knows the data's digest from then on.
        heard: Hears what is said, or was said when they were computed.
        force: Whether they are computed in any case.
    """
    store, slug, name = prints.store, prints.slug, prints.of_data()
    content = None if force else store.data(slug, name)
    if content is not None:
        heard.extend(remarks.unpacked(store.run(slug, name).get("said", [])))
        return netcdf.read(content)
    with heard.during("compute"):
        began = time.perf_counter()
        with prints.computing():
            computed = compute(figure, prints.given)
        content = netcdf.write(computed)
        seconds = time.perf_counter() - began
        said = remarks.packed(heard.of_stage())
    store.put_data(slug, prints.of_data(computed=True), content, _run(seconds, said))
    return netcdf.read(content)


def _run(seconds: float, said: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is true of one computation only, and so no part of the figure's files."""
    return {
        "seconds": round(seconds, 2),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "said": said,
    }
