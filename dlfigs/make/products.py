"""A figure's files: pictures, table, data, what is known of it, and its notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dlfigs import summary
from dlfigs.make import beside, netcdf, notebook
from dlfigs.make.evaluating import Evaluated
from dlfigs.make.fingerprint import Fingerprint


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
    table, columns = summary.table(result.drawn)
    info = {
        "slug": prints.slug,
        **result.texts,
        "sources": list(result.figure.sources),
        "questions": list(result.figure.questions),
        "seed": result.seed,
        "parameters": result.parameters,
        "claims": result.claims,
        "columns": columns,
        "tables": summary.tables(result.drawn),
        "versions": prints.versions,
        "digest": dict(names),
    }
    own = beside.code(prints.path, prints.text, prints.files)
    shown = notebook.outputs(pictures["svg"].decode(), result.claims)
    return {
        **pictures,
        "csv": table.to_csv(index=False, float_format="%.7g", lineterminator="\n").encode(),
        "nc": _data(result, names["drawing"]),
        "json": (json.dumps(info, indent=1, ensure_ascii=False) + "\n").encode(),
        "ipynb": notebook.from_recipe(prints.slug, prints.text, shown, own).encode(),
    }


def _data(result: Evaluated, drawing: str) -> bytes:
    """Return the data, and what is drawn of them, as NetCDF."""
    everything = netcdf.together(result.data, result.drawn)
    everything.attrs = {
        "title": result.texts["title"],
        "seed": result.seed,
        "parameters": json.dumps(result.parameters),
        "digest": drawing,
        **result.data.attrs,
    }
    return netcdf.write(everything, "summarize")
