"""Training from equal weights: who stays alike, and what is enough to make a difference."""

import jax
import jax.numpy as jnp
import numpy as np

from dlfigs.experiments.symmetry import train_from
from dlfigs.nets.initializers import glorot_normal

SIZES = {"width": 5, "rate": 0.3, "batch": 32, "chunks": 2, "every": 5, "seeds": 2}


def equal(key, fan_in, fan_out):
    return jnp.full((fan_in, fan_out), 0.1)


def one_unit_apart(key, fan_in, fan_out):
    return equal(key, fan_in, fan_out).at[0, 0].set(0.2)


def test_units_stay_alike_only_if_they_start_alike():
    starts = {"equal": equal, "one apart": one_unit_apart, "random": glorot_normal}
    data = train_from(jax.random.key(0), initializers=starts, **SIZES)
    apart = (data.weight.max("unit") - data.weight.min("unit")).max("pixel")
    assert (apart.sel(initializer="equal") == 0).all()
    assert (apart.sel(initializer="one apart") > 0.05).all()
    assert (apart.sel(initializer="random") > 0.05).all()
    # The units that started alike stay alike; only the one that did not goes its own way
    last = data.weight.sel(initializer="one apart").isel(step=-1)
    np.testing.assert_allclose(last.isel(unit=1), last.isel(unit=4), atol=1e-6)


def test_the_first_look_is_before_training():
    data = train_from(jax.random.key(1), initializers={"random": glorot_normal}, **SIZES)
    still = train_from(jax.random.key(1), initializers={"random": glorot_normal}, **(SIZES | {"rate": 0.0}))
    assert data.step.values.tolist() == [0, 5, 10]
    np.testing.assert_array_equal(still.weight.isel(step=0), still.weight.isel(step=-1))
    np.testing.assert_array_equal(data.weight.isel(step=0), still.weight.isel(step=0))
    assert (data.weight.isel(step=0) != data.weight.isel(step=-1)).any()


def test_seeds_are_paired_and_differ():
    data = train_from(jax.random.key(2), initializers={"a": glorot_normal, "b": glorot_normal}, **SIZES)
    np.testing.assert_array_equal(data.weight[0], data.weight[1])
    assert (data.weight.sel(seed=0) != data.weight.sel(seed=1)).any()
