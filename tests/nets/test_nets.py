"""Layers, nets and training against Equinox, jax.nn, finite differences and a step by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlfigs.nets.activations import relu
from dlfigs.nets.initializers import fan_in_uniform_biases, he_normal
from dlfigs.nets.layers import batch_norm, batch_norm_gradient, dropout
from dlfigs.nets.mlp import init_mlp, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train


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


def test_biases_are_drawn_with_their_own_keys_for_each_layer():
    sizes = {"inputs": 5, "width": 4, "depth": 3, "outputs": 2}
    net = init_mlp(jax.random.key(0), he_normal, biases=fan_in_uniform_biases, **sizes)
    assert np.abs(net.first.b).max() <= 5**-0.5
    assert net.last.b.shape == (2,)
    values = np.concatenate([net.first.b[None], net.hidden.b])
    assert len(np.unique(values)) == values.size == 12
    plain = init_mlp(jax.random.key(0), he_normal, **sizes)
    assert not np.concatenate([np.ravel(dense.b) for dense in plain]).any()


def test_an_mlp_is_its_layers_one_after_another():
    net = init_mlp(jax.random.key(0), he_normal, inputs=5, width=4, depth=3, outputs=2)
    x = jax.random.normal(jax.random.key(1), (7, 5))
    outputs, z = mlp(net, x, relu)
    h = relu(x @ net.first.w + net.first.b)
    for w, b in zip(net.hidden.w, net.hidden.b, strict=True):
        h = relu(h @ w + b)
    np.testing.assert_allclose(outputs, h @ net.last.w + net.last.b, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(relu(z[-1]), h, rtol=1e-5, atol=1e-6)
    assert z.shape == (3, 7, 4)
    # Without branches a residual net passes on what its first layer gives
    passed, _ = mlp(net, x, relu, skip=1.0, branch=0.0)
    np.testing.assert_allclose(passed, relu(z[0]) @ net.last.w, rtol=1e-5, atol=1e-6)


def test_training_follows_the_optimizer():
    """One step with the whole data set as its own minibatch of one example."""
    x, y = jnp.ones((1, 1)), jnp.ones((1,))
    found, losses = train(
        jnp.zeros((2, 1), int),
        jnp.zeros(1),
        lambda w, x, y: ((x @ w - y) ** 2).mean(),
        x,
        y,
        optimizer=optax.sgd(0.25),
    )
    np.testing.assert_allclose(losses, [1, 0.25])  # w = 0, then 1/2
    np.testing.assert_allclose(found, [0.75])
    outputs = jnp.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.4], [0.6, 0.5]])
    assert accuracy(outputs, jnp.array([1, 1, 1, 0])) == 0.75
    assert cross_entropy(jnp.zeros((3, 4)), jnp.array([0, 1, 2])) == pytest.approx(np.log(4), rel=1e-6)
