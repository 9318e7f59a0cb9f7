"""The same nets at several depths, each trained with the learning rate that suits it best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import xarray as xr
from jax import Array

from dlfigs.experiments.training import Setup, train_at_best_rate


def train_at_depths(
    key: Array, *, setups: Mapping[str, Setup], depths: Sequence[int], **settings: Any
) -> xr.Dataset:
    """Train nets on digits at several depths; the learning rate is chosen for each net and depth.

    Args:
        key: JAX key; each depth has its own splits of the data and its own minibatches.
        setups: The nets to compare, by name.
        depths: Numbers of hidden layers.
        **settings: `width`, `rates`, `optimizer`, `steps`, `batch` and `seeds` of `train_at_best_rate`.

    Returns:
        `validation_accuracy` and `test_accuracy`, (depth, net, seed), at the learning rate with the
        highest mean validation accuracy; that `rate`, and `rate_at_end`, 1 where its list is too short,
        (depth, net); `rate_list`, that list in words, (depth).
    """
    parts = [
        train_at_best_rate(key_depth, setups=setups, depth=depth, **settings)
        .reset_coords("rate")[["validation_accuracy", "test_accuracy", "rate", "rate_at_end", "rate_list"]]
        .drop_attrs(deep=False)
        for depth, key_depth in zip(depths, jax.random.split(key, len(depths)), strict=True)
    ]
    axis = xr.Variable("depth", list(depths), {"long_name": "hidden layers", "units": "1"})
    data = xr.concat(parts, axis, combine_attrs="override")  # lists of rates may differ
    data.rate.attrs["long_name"] = "learning rate chosen on validation examples"
    return data
