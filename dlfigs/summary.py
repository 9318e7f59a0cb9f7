"""From raw measurements to what is drawn, and from that to a table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import xarray as xr

PERCENT = 95  # of the seeds lie in the interval that figures draw by default


def interval(values: xr.DataArray, dim: str = "seed", percent: float = PERCENT) -> xr.Dataset:
    """Return the median over `dim` and the ends of the central interval.

    Args:
        values: Any shape with a dimension `dim`, and attributes long_name and units.
        dim: Dimension to reduce, usually the seeds.
        percent: Share of the values inside the interval.

    Returns:
        Variables `<name>_median`, `<name>_low`, `<name>_high` without that dimension.
    """
    tail = (100 - percent) / 200
    parts = {
        "median": (0.5, f"median over {dim}s"),
        "low": (tail, f"{100 * tail:g} % quantile over {dim}s"),
        "high": (1 - tail, f"{100 - 100 * tail:g} % quantile over {dim}s"),
    }
    result = {}
    for part, (quantile, words) in parts.items():
        reduced = values.quantile(quantile, dim=dim).drop_vars("quantile")
        long_name = f"{values.attrs.get('long_name', values.name)}, {words}"
        result[f"{values.name}_{part}"] = reduced.assign_attrs(values.attrs | {"long_name": long_name})
    return xr.Dataset(result)


def over_seeds(data: xr.Dataset) -> xr.Dataset:
    """Replace every variable that has a dimension `seed` by its median and interval."""
    parts = [
        interval(variable) if "seed" in variable.dims else variable.to_dataset()
        for variable in data.data_vars.values()
    ]
    return xr.merge([part.drop_vars("seed", errors="ignore") for part in parts])


def table(drawn: xr.Dataset) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Return a tidy table of what is drawn, and what each of its columns means.

    Variables with the same dimensions share rows. Where a figure has several such groups (panels
    with different axes), they follow one another, and cells that do not apply are empty.
    """
    groups: dict[tuple, list[str]] = {}
    for name, variable in drawn.data_vars.items():
        groups.setdefault(variable.dims, []).append(name)
    frames = []
    for dims, names in groups.items():
        part = drawn[names].drop_vars([c for c in drawn[names].coords if c not in dims])
        frames.append(
            part.to_dataframe(dim_order=list(dims)).reset_index()
            if dims
            else pd.DataFrame({n: [part[n].item()] for n in names})
        )
    rows = pd.concat(frames, ignore_index=True)
    dims = [d for d in drawn.sizes if d in rows]
    rows = rows[[*dims, *(c for c in rows if c not in dims)]]
    columns = {
        name: {
            "description": drawn[name].attrs.get("long_name", name),
            "units": drawn[name].attrs.get("units", ""),
        }
        for name in rows
    }
    return rows, columns
