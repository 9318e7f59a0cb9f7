"""The mean over independent repetitions, and how far off it may be."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.special import stdtrit

PERCENT = 95
"""Per cent of all intervals, unless another number is given."""


def standard_error(values: xr.DataArray, dim: str = "seed") -> xr.DataArray:
    """Return the standard error of the mean over `dim`, a dimension of independent repetitions."""
    return values.std(dim, ddof=1) / np.sqrt(values.sizes[dim])


def mean_interval(
    values: xr.DataArray, dim: str = "seed", percent: float = PERCENT
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Return the mean over `dim`, its standard error, and half the width of its t-interval.

    For paired comparisons `values` are the differences, one for each seed.

    Args:
        values: Any shape with a dimension `dim`, of two or more independent repetitions.
        dim: That dimension.
        percent: In which share of all experiments such an interval contains the mean that is estimated.

    Returns:
        Three arrays without that dimension, in the units of the values.
    """
    error = standard_error(values, dim)
    return values.mean(dim), error, error * stdtrit(values.sizes[dim] - 1, 0.5 + percent / 200)
