"""From raw measurements to what is drawn, and from that to a table."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import stdtrit

from dlfigs.errors import UserError
from dlfigs.intervals import PERCENT, mean_interval, standard_error
from dlfigs.recipe.figure import write_number
from dlfigs.verdicts import Verdict, choice_claim, verdict, verdicts

# With what recipes take from here although other modules have it
__all__ = [
    "PERCENT",
    "Verdict",
    "chance_limit",
    "choice_claim",
    "geometric_mean",
    "interval",
    "largest_deviation",
    "layer_factors",
    "mean",
    "mean_interval",
    "over_seeds",
    "standard_error",
    "table",
    "tables",
    "verdict",
    "verdicts",
]


def interval(values: xr.DataArray, dim: str = "seed", percent: float = PERCENT) -> xr.Dataset:
    """Return the median over `dim` and the ends of the central interval.

    Args:
        values: Any shape with a dimension `dim`, and attributes long_name and units.
        dim: Dimension to reduce, usually the seeds.
        percent: Share of the values inside the interval.

    Returns:
        Variables `<name>_median`, `<name>_low`, `<name>_high` without that dimension. Of values that may be
        missing (see the attribute `missing`) nan is left out, and an infinite value is larger than others.

    Raises:
        UserError: If the values are no real numbers.
    """
    if values.dtype.kind not in "iuf":
        words = f"have no median over {dim}s: give the figure a `summarize` of its own"
        raise UserError(f"the {values.dtype} values of {values.name!r} {words}", "compute")
    tail = (100 - percent) / 200
    parts = {
        "median": (0.5, f"median over {dim}s"),
        "low": (tail, f"{100 * tail:g} % quantile over {dim}s"),
        "high": (1 - tail, f"{100 - 100 * tail:g} % quantile over {dim}s"),
    }
    result = {}
    for part, (quantile, words) in parts.items():
        reduced = _quantile(values, quantile, dim)
        left_out = ", nan left out" * bool(values.isnull().any())
        long_name = f"{values.attrs.get('long_name', values.name)}, {words}{left_out}"
        result[f"{values.name}_{part}"] = reduced.assign_attrs(values.attrs | {"long_name": long_name})
    return xr.Dataset(result)


def _quantile(values: xr.DataArray, share: float, dim: str) -> xr.DataArray:
    with (
        warnings.catch_warnings()
    ):  # about a difference of infinities, and about seeds that are all missing
        warnings.simplefilter("ignore", RuntimeWarning)
        found = values.quantile(share, dim=dim)
        if np.isinf(values).any():  # between two equal values is that value, an infinite one too
            below, above = (values.quantile(share, dim=dim, method=m) for m in ("lower", "higher"))
            found = xr.where(below == above, below, found)
    return found.drop_vars("quantile")


def layer_factors(values: xr.DataArray) -> xr.DataArray:
    """Return by what each layer multiplies what comes from the layer above it.

    Args:
        values: Any shape with a dimension `layer`, such as squared gradient norms.

    Returns:
        The value of each layer over that of the next one; the last layer has none and is left out.
    """
    return (values / values.shift(layer=-1)).isel(layer=slice(-1))


def mean(values: xr.DataArray) -> dict[str, xr.DataArray]:
    """Return what a claim about a mean over seeds needs: `Claim(name, text, **mean(values), low=1)`.

    Args:
        values: Any shape with a dimension `seed`. Over other dimensions the mean is taken first, for
            only the seeds are independent.
    """
    values = values.mean([dim for dim in values.dims if dim != "seed"])
    return {"measured": values.mean(), "standard_error": standard_error(values)}


def geometric_mean(logs: xr.DataArray) -> dict[str, xr.DataArray]:
    """Return what a claim about a geometric mean over seeds needs, from logarithms.

    The standard error is that of the mean logarithm, times the geometric mean.

    Args:
        logs: Natural logarithms with a dimension `seed`, treated as in `mean`.
    """
    found = mean(logs)
    middle = np.exp(found["measured"])
    return {"measured": middle, "standard_error": middle * found["standard_error"]}


def largest_deviation(
    values: xr.DataArray, expected: Any, dim: str = "seed", *, beyond: float = 1e-9
) -> float:
    """Return how far means over `dim` stray from what was expected, at the worst place.

    Args:
        values: Any shape with a dimension `dim`.
        expected: What broadcasts against `values` without that dimension.
        dim: Dimension of independent repetitions, usually the seeds.
        beyond: Share of the expectation that the mean may be off by without being counted: what
            the theory leaves out. By default only rounding.

    Returns:
        The largest absolute difference between mean and expectation, less that share, in standard
        errors of the mean at that place.
    """
    gap = (abs(values.mean(dim) - expected) - beyond * abs(expected)).clip(min=0)
    return float((gap / (standard_error(values, dim) + 1e-300)).max())


def chance_limit(comparisons: int, repetitions: int) -> float:
    """Return how many standard errors the worst of many means strays by, once in a thousand sets.

    Two-sided limit of Student's distribution, with the chance of 1/1000 shared out among the
    comparisons (Bonferroni), which need not be independent.

    Args:
        comparisons: Number of means that are held to an expectation.
        repetitions: Number of values behind each mean, usually the seeds.

    Returns:
        The limit, in standard errors.
    """
    return float(-stdtrit(repetitions - 1, 5e-4 / comparisons))


def over_seeds(data: xr.Dataset) -> xr.Dataset:
    """Replace every variable that has a dimension `seed` by its median and interval.

    Args:
        data: Variables `<name>` become `<name>_median`, `<name>_low` and `<name>_high`, without the seeds;
            others stay what they are, and so do the attributes of the dataset.
    """
    parts = [
        interval(variable) if "seed" in variable.dims else variable.to_dataset()
        for variable in data.data_vars.values()
    ]
    merged = xr.merge([part.drop_vars("seed", errors="ignore") for part in parts])
    return merged.assign_attrs(data.attrs)


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


def tables(drawn: xr.Dataset, *, rows: int = 21, columns: int = 12) -> list[dict[str, Any]]:
    """Return what is drawn as short tables for people who cannot see the picture.

    Variables of one dimension share a table; one of two dimensions has its own, with the longer
    dimension downwards. Long dimensions are thinned to evenly spaced points, both ends included;
    the CSV has all of them.

    Args:
        drawn: What a recipe's `summarize` returns.
        rows: Largest number of rows.
        columns: Largest number of columns of numbers in a table of one variable.

    Returns:
        For each table its caption, the heads of its columns, its rows, and `all_rows`, the number
        of rows before thinning.
    """
    groups: dict[tuple, list[str]] = {}
    for name, variable in drawn.data_vars.items():
        # Each variable of two dimensions is a group of its own
        key = variable.dims if variable.ndim < 2 else (*variable.dims, name)
        groups.setdefault(key, []).append(name)
    return [_table(drawn[names], rows, columns) for names in groups.values()]


def _table(part: xr.Dataset, rows: int, columns: int) -> dict[str, Any]:
    names = list(part.data_vars)
    dims = sorted(part[names[0]].dims, key=part.sizes.get, reverse=True)
    everything = part.sizes[dims[0]] if dims else 1
    thin = {dim: _spaced(part.sizes[dim], most) for dim, most in zip(dims, (rows, columns), strict=False)}
    part = part.isel(thin)
    if len(dims) == 2:
        down, across = dims
        frame = part[names[0]].transpose(down, across).to_pandas()
        frame.columns = [f"{_words(part[across])} {_cell(value)}" for value in frame.columns]
        caption = _words(part[names[0]])
    else:  # one dimension, none, or more than two in tidy form
        frame = (
            part.to_dataframe().reset_index(dims[1:])
            if dims
            else pd.DataFrame({name: [part[name].item()] for name in names})
        )
        frame = frame.rename(columns={name: _words(part[name]) for name in [*names, *dims[1:]]})
        caption = _words(part[names[0]]) if len(names) == 1 else ""
    if not dims:
        return {"caption": caption, "head": list(frame), "rows": _cells(frame.to_numpy()), "all_rows": 1}
    head = [_words(part[dims[0]]), *frame.columns]
    body = _cells([[label, *values] for label, values in zip(frame.index, frame.to_numpy(), strict=True)])
    return {"caption": caption, "head": head, "rows": body, "all_rows": everything}


def _spaced(size: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, size - 1, min(size, most)).round().astype(int))


def _words(variable: xr.DataArray) -> str:
    units = variable.attrs.get("units", "1")
    return variable.attrs.get("long_name", str(variable.name)) + f" ({units})" * (units != "1")


def _cells(rows: Any) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(
        value, np.timedelta64
    )
    return write_number(float(value), ".4g") if real else str(value)
