"""Datasets in which every variable says what it is and in which units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

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
            variable is dimensionless. `dims` names the dimensions in one string: "seed layer".

    Returns:
        The dataset; each variable has the attributes long_name and units.
    """
    labeled = {}
    for name, given in coords.items():
        values, text = given if isinstance(given, tuple) and isinstance(given[-1], str) else (given, name)
        values = np.arange(values) if isinstance(values, int) else np.asarray(values)
        labeled[name] = (name, values, {"long_name": text, "units": "1"})
    data = {name: _variable(*given) for name, given in variables.items()}
    return xr.Dataset(data, labeled, dict(attrs or {}))


def _variable(
    dims: str, values: Any, description: str, units: str = "1"
) -> tuple[Sequence[str], Any, dict]:
    return dims.split(), np.asarray(values), {"long_name": description, "units": units}
