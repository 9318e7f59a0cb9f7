"""Training from equal weights: who stays alike, and what is enough to make a difference."""

import jax
import jax.numpy as jnp
import numpy as np
from conftest import cross_entropy_by_hand

from dlfigs.datasets import digits
from dlfigs.draws import minibatches
from dlfigs.experiments.symmetry import train_from
from dlfigs.nets.initializers import glorot_normal
from dlfigs.nets.mlp import init_mlp

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


def test_training_is_that_of_one_hidden_layer_of_tanh_step_by_step():
    key, sizes = jax.random.key(3), {"width": 5, "rate": 0.3, "batch": 8, "chunks": 2, "every": 2}
    starts = {"equal": equal, "random": glorot_normal}
    data = train_from(key, initializers=starts, seeds=2, **sizes)
    key_splits, key_nets, key_batches = jax.random.split(key, 3)
    index = minibatches(key_batches, 1197, (2, 4, 8))
    splits = digits(jax.random.split(key_splits, 2))

    def outputs(parameters, x):
        w, b, last, bias = parameters
        return jnp.tanh(x @ w + b) @ last + bias

    @jax.jit
    @jax.grad
    def slopes(parameters, x, y):
        return cross_entropy_by_hand(outputs(parameters, x), y)

    for seed, key_net in enumerate(jax.random.split(key_nets, 2)):
        split = jax.tree.map(lambda part, seed=seed: part[seed], splits)
        for name, draw in starts.items():
            net = init_mlp(key_net, draw, inputs=64, width=5, depth=1, outputs=10)
            parameters, one = [*net.first, *net.last], data.sel(initializer=name, seed=seed)
            for chunk, minibatches_of_chunk in enumerate([(), index[seed, :2], index[seed, 2:]]):
                for rows in minibatches_of_chunk:
                    slope = slopes(parameters, split.x_train[rows], split.y_train[rows])
                    parameters = [p - 0.3 * g for p, g in zip(parameters, slope, strict=True)]
                look = one.isel(step=chunk)
                np.testing.assert_allclose(look.weight, parameters[0], atol=1e-5)
                whole = slopes(parameters, split.x_train, split.y_train)[0]
                np.testing.assert_allclose(look.gradient, abs(whole).max(), rtol=1e-3)
            right = (outputs(parameters, split.x_test).argmax(axis=1) == split.y_test).mean()
            np.testing.assert_allclose(one.test_accuracy, right, atol=0.004)
