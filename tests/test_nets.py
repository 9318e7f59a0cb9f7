"""Dropout and batch normalization against Equinox, jax.nn and finite differences."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlfigs.nets.layers import batch_norm, batch_norm_gradient, dropout


@given(rate=st.floats(0, 0.9), seed=st.integers(0, 1000))
def test_dropout_is_that_of_equinox(rate, seed):
    key, x = jax.random.key(seed), jnp.arange(1.0, 13.0).reshape(3, 4)
    np.testing.assert_allclose(dropout(key, x, rate), eqx.nn.Dropout(rate)(x, key=key), rtol=1e-6)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.8])
def test_dropout_drops_the_rate_and_keeps_the_mean(rate):
    y = np.asarray(dropout(jax.random.key(0), jnp.ones((200, 500)), rate))
    assert (y == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / y.size))
    assert y.mean() == pytest.approx(1, abs=5 * np.sqrt(rate / (1 - rate) / y.size))
    assert (y[0] != y[1]).any(), "each example has its own mask"


@given(seed=st.integers(0, 100), epsilon=st.sampled_from([1e-5, 1e-3, 0.1]))
def test_batch_norm_is_that_of_jax(seed, epsilon):
    x = 3 + 2 * jax.random.normal(jax.random.key(seed), (16, 5))
    ours = batch_norm(x, jnp.ones(5), jnp.zeros(5), epsilon)
    np.testing.assert_allclose(ours, jax.nn.standardize(x, axis=0, epsilon=epsilon), atol=2e-5)
    scaled = batch_norm(x, 2 * jnp.ones(5), 3 * jnp.ones(5), epsilon)
    np.testing.assert_allclose(scaled, 2 * ours + 3, atol=1e-5)


def test_the_gradient_by_hand_is_the_derivative():
    with jax.enable_x64(True):
        key_x, key_g = jax.random.split(jax.random.key(0))
        x, g = jax.random.normal(key_x, (7, 3)), jax.random.normal(key_g, (7, 3))

        def loss(x):
            return (batch_norm(x, jnp.ones(3), jnp.zeros(3), 1e-3) * g).sum()

        by_hand = batch_norm_gradient(x, g, 1e-3)
        step = 1e-6
        for i, j in ((0, 0), (3, 1), (6, 2)):
            difference = (loss(x.at[i, j].add(step)) - loss(x.at[i, j].add(-step))) / (2 * step)
            assert by_hand[i, j] == pytest.approx(float(difference), abs=1e-8)
