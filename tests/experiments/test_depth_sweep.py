"""The sweep over depths is one call of `train_digits` for each depth, judged on validation examples."""

import jax
import numpy as np
import pytest

from dlfigs.experiments.depth_sweep import train_at_depths
from dlfigs.experiments.training import Setup, train_at_best_rate, train_digits

SETUPS = {"ReLU": Setup("relu", "he_normal"), "tanh": Setup("tanh", "glorot_uniform")}
SETTINGS = {"width": 16, "rates": (1e-4, 0.5), "steps": 30, "batch": 32, "seeds": 3}


def test_other_optimizers_begin_with_other_rates_and_lists_contain_what_is_chosen():
    settings = {**SETTINGS, "rates": (0.01, 0.03), "setups": {"tanh": SETUPS["tanh"]}}
    sgd, adam = (
        train_at_best_rate(jax.random.key(5), depth=1, optimizer=name, **settings)
        for name in ("SGD", "Adam")
    )
    assert sgd.rate_list.item().startswith("0.01, 0.03, 0.09"), "30 steps need more"
    assert adam.rate_list.item().startswith("0.0003, 0.0009, 0.0027")
    for one in (sgd, adam):
        assert one.rate_at_end.dims == ("net",)
        tried = [float(rate) for rate in one.rate_list.item().split(", ")]
        assert any(float(one.rate[0]) == pytest.approx(rate, rel=1e-3) for rate in tried)


def test_each_depth_has_its_own_key_and_the_rate_that_validates_best():
    key, depths = jax.random.key(5), (1, 3)
    swept = train_at_depths(key, setups=SETUPS, depths=depths, **SETTINGS)
    assert swept.test_accuracy.dims == ("depth", "net", "seed")
    assert swept.rate.dims == ("depth", "net")
    assert swept.test_accuracy.attrs["long_name"] == "test accuracy"
    assert "depth" not in swept.attrs, "it is another in each part"
    for depth, key_depth in zip(depths, jax.random.split(key, 2), strict=True):
        alone = train_digits(key_depth, setups=SETUPS, depth=depth, **SETTINGS)
        for net in SETUPS:
            one = alone.sel(net=net)
            best = int(one.validation_accuracy.mean("seed").argmax("rate"))
            at = {"depth": depth, "net": net}
            assert swept.rate.sel(at) == SETTINGS["rates"][best] == 0.5
            for name in ("validation_accuracy", "test_accuracy"):
                np.testing.assert_array_equal(swept[name].sel(at), one[name].isel(rate=best))
