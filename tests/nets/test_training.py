"""The shared training loop: minibatches, noise, projections; and what differs from layer to layer."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dlfigs.draws import minibatches
from dlfigs.nets.initializers import he_normal
from dlfigs.nets.mlp import init_mlp, mlp
from dlfigs.nets.training import cross_entropy, train

KEY = jax.random.key(3)
X, Y = jnp.arange(4.0), jnp.asarray([1.0, 3.0, 5.0, 7.0])
SETTINGS = {"optimizer": optax.sgd(0.1)}


def squared(w, x, y):
    return ((w * x - y) ** 2).mean()


def test_all_examples_are_plain_gradient_descent():
    w, losses = train(5, jnp.asarray(0.5), squared, X, Y, **SETTINGS)
    expected, by_hand = 0.5, []
    for _ in range(5):
        by_hand.append(float(squared(expected, X, Y)))
        expected -= 0.1 * float((2 * X * (expected * X - Y)).mean())
    np.testing.assert_allclose(losses, by_hand, rtol=1e-5)
    np.testing.assert_allclose(w, expected, rtol=1e-5)


def test_each_step_takes_its_minibatch():
    index = np.array([[0, 1], [3, 3], [2, 0]])
    w, losses = train(index, jnp.asarray(0.5), squared, X, Y, **SETTINGS)
    expected, by_hand = 0.5, []
    for rows in index:
        x, y = X[rows], Y[rows]
        by_hand.append(float(squared(expected, x, y)))
        expected -= 0.1 * float((2 * x * (expected * x - y)).mean())
    np.testing.assert_allclose(losses, by_hand, rtol=1e-5)
    np.testing.assert_allclose(w, expected, rtol=1e-5)


def test_what_differs_from_step_to_step_goes_to_the_loss():
    def loss(w, x, y, part):
        return w * part["slope"] * x.sum() / x.sum()

    slopes = np.array([3.0, -1.0, 2.0], np.float32)
    w, losses = train(3, jnp.asarray(1.0), loss, X, Y, each={"slope": slopes}, **SETTINGS)
    np.testing.assert_allclose(losses, [3.0, -0.7, 1.6], rtol=1e-5)  # w: 1, 0.7, 0.8
    np.testing.assert_allclose(w, 0.6, rtol=1e-5)


def test_optimizers_do_the_same_as_array_by_array():
    net = init_mlp(KEY, he_normal, inputs=3, width=5, depth=2, outputs=2)
    x, y = jax.random.normal(KEY, (6, 3)), jnp.arange(6) % 2
    index = minibatches(KEY, 6, (20, 4))

    def loss(net, x, y):
        return cross_entropy(mlp(net, x, jnp.tanh)[0], y)

    optimizer, expected = optax.adam(0.05), net
    state = optimizer.init(net)
    for rows in index:
        updates, state = optimizer.update(jax.grad(loss)(expected, x[rows], y[rows]), state)
        expected = optax.apply_updates(expected, updates)
    found, _ = train(index, net, loss, x, y, optimizer=optimizer)
    for one, other in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_parameters_are_projected_after_each_update():
    w, _ = train(5, jnp.asarray(0.5), squared, X, Y, project=lambda w: w.clip(max=1), **SETTINGS)
    assert w == 1


def test_each_layer_has_its_part():
    net = init_mlp(KEY, he_normal, inputs=3, width=5, depth=3, outputs=2)
    x = jnp.ones((4, 3))
    same, _ = mlp(net, x, jnp.tanh)
    scaled, z = mlp(net, x, lambda z, part: jnp.tanh(z) * part, each=jnp.asarray([1.0, 2.0, 0.0]))
    assert (same != scaled).all()
    np.testing.assert_allclose(z[2], 2 * jnp.tanh(z[1]) @ net.hidden.w[1], rtol=1e-5)
    np.testing.assert_allclose(scaled, 0)  # the last layer's part is 0


def test_watching_does_not_change_the_training():
    index = minibatches(KEY, len(X), (6, 2))
    w, losses = train(index, jnp.asarray(0.5), squared, X, Y, **SETTINGS)
    last, seen = train(
        index, jnp.asarray(0.5), squared, X, Y, **SETTINGS, watch=lambda w: (w, 2 * w), every=3
    )
    early, _ = train(index, jnp.asarray(0.5), squared, X, Y, **SETTINGS, watch=lambda w: w)
    assert losses.shape == (6,)
    np.testing.assert_allclose(last, w, rtol=1e-6)
    assert seen[0].shape == (2,)
    np.testing.assert_allclose(seen[0][1], w, rtol=1e-6)
    np.testing.assert_allclose(seen[1], 2 * seen[0], rtol=1e-6)
    np.testing.assert_allclose(early, w, rtol=1e-6)
