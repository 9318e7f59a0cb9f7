"""Statistics that several figures share."""

import numpy as np
import pytest
import xarray as xr

from dlfigs import summary


def test_the_largest_deviation_is_counted_in_standard_errors():
    values = xr.DataArray([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]], dims=("seed", "layer"))
    # Layer 0: mean 2, deviation 1, three seeds; layer 1 is exact
    assert summary.largest_deviation(values, xr.DataArray([1.0, 5.0], dims="layer")) == pytest.approx(
        3**0.5
    )
    assert summary.largest_deviation(values, xr.DataArray([2.0, 5.0 * (1 + 1e-12)], dims="layer")) == 0
    assert summary.largest_deviation(values, xr.DataArray([2.0, 5.1], dims="layer")) > 1e100


def test_independent_noise_stays_within_a_few_standard_errors():
    noise = xr.DataArray(np.random.default_rng(0).standard_normal((64, 500)), dims=("seed", "layer"))
    assert 2 < summary.largest_deviation(noise, 0.0 * noise[0]) < 5
    assert summary.largest_deviation(noise + 1, 0.0 * noise[0]) > 5
