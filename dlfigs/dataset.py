"""Datasets in which every variable says what it is and in which units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from dlfigs.errors import UserError

Labeled = tuple  # (dims, values, description) or (dims, values, description, units)


def dataset(
    coords: Mapping[str, Any], /, attrs: Mapping[str, Any] | None = None, **variables: Labeled
) -> xr.Dataset:
    """Build a dataset from plain arrays and their descriptions.

    Args:
        coords: For each dimension its values, or `(values, description)`; a whole number n stands
            for 0 ... n - 1, as for seeds.
        attrs: What holds for the whole dataset, such as the width of the nets.
        **variables: `name=(dims, values, description)`, with units as a fourth element unless the
            variable is dimensionless. `dims` names the dimensions in one string, "seed layer", or
            in a tuple, ("seed", "layer").

    Returns:
        The dataset; each variable has the attributes long_name and units.

    Raises:
        UserError: If a variable is not given like that, or if its dimensions do not fit its values.
    """
    labeled = {}
    for name, given in coords.items():
        described = isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], str)
        # A tuple of two texts is two values
        values, text = given if described and not isinstance(given[0], str) else (given, name)
        values = np.arange(values) if isinstance(values, int) else np.asarray(values)
        labeled[name] = (name, values, _described(values, text, "1"))
    data = {name: _variable(name, given) for name, given in variables.items()}
    return xr.Dataset(data, labeled, dict(attrs or {}))


def _variable(name: str, given: Labeled) -> tuple[Sequence[str], Any, dict]:
    if not isinstance(given, tuple) or len(given) not in (3, 4):
        words = "(dims, values, description) or (dims, values, description, units)"
        raise UserError(f"variable {name!r} must be given as {words}")
    dims, values, description, units = given if len(given) == 4 else (*given, "1")
    dims = dims.split() if isinstance(dims, str) else dims
    if not isinstance(dims, (tuple, list)) or not all(isinstance(dim, str) for dim in dims):
        words = f'its dimensions are named in one text, "seed layer", not {dims!r}'
        raise UserError(f"variable {name!r}: {words}")
    values = np.asarray(values)
    if values.ndim != len(dims):
        words = f"{len(dims)} dimensions are named, {' '.join(dims)!r}, and its values have {values.ndim}"
        raise UserError(f"variable {name!r}: {words}")
    return dims, values, _described(values, description, units)


def _described(values: np.ndarray, description: str, units: str) -> dict[str, str]:
    times = values.dtype.kind in "mM"  # a file says the units of times by itself
    return {"long_name": description} if times else {"long_name": description, "units": units}
