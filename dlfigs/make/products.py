"""A figure's files: pictures, table, data, what is known of it, and its notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from dlfigs.make import beside, netcdf, notebook
from dlfigs.make.evaluating import Evaluated
from dlfigs.make.fingerprint import Fingerprint
from dlfigs.recipe.info import Info


def files_of(
    result: Evaluated,
    pictures: Mapping[str, bytes],
    prints: Fingerprint,
    names: Mapping[str, str],
) -> dict[str, bytes]:
    """Return the files by suffix.

    Args:
        result: What came of it.
        pictures: By suffix, too.
        prints: What the figure is made of.
        names: Digests of data, drawing and pictures.
    """
    info = result.info
    info = replace(info, versions=prints.versions, digest=names, varied=prints.varied(info.varied))
    own = beside.code(prints.path, prints.text, prints.files)
    shown = notebook.outputs(pictures["svg"].decode(), info.claims)
    return {
        **pictures,
        "csv": result.table.to_csv(index=False, float_format="%.7g", lineterminator="\n").encode(),
        "nc": _data(info, result),
        "json": info.written().encode(),
        "ipynb": notebook.from_recipe(prints.slug, prints.text, shown, own, prints.versions).encode(),
    }


def _data(info: Info, result: Evaluated) -> bytes:
    """Return the data, and what is drawn of them, as NetCDF."""
    everything = netcdf.together(result.data, result.drawn)
    everything.attrs = {
        "title": info.title,
        "seed": info.seed,
        "parameters": json.dumps(info.parameters),
        "digest": info.digest["drawing"],
        **result.data.attrs,
    }
    return netcdf.write(everything, "summarize")
