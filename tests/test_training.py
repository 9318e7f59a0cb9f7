"""The shared training loop: minibatches, keys, projections; and what differs from layer to layer."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dlfigs.nets.initializers import he_normal
from dlfigs.nets.mlp import init_mlp, mlp
from dlfigs.nets.training import train

KEY = jax.random.key(3)
X, Y = jnp.arange(4.0), jnp.asarray([1.0, 3.0, 5.0, 7.0])
SETTINGS = {"optimizer": optax.sgd(0.1), "steps": 5}


def squared(w, x, y, key=None):
    return ((w * x - y) ** 2).mean() if key is None else (w * jax.random.normal(key)) ** 2


def test_all_examples_are_plain_gradient_descent():
    w, losses = train(KEY, jnp.asarray(0.5), squared, X, Y, batch=None, **SETTINGS)
    expected, by_hand = 0.5, []
    for _ in range(5):
        by_hand.append(float(squared(expected, X, Y)))
        expected -= 0.1 * float((2 * X * (expected * X - Y)).mean())
    np.testing.assert_allclose(losses, by_hand, rtol=1e-5)
    np.testing.assert_allclose(w, expected, rtol=1e-5)


def test_minibatches_differ_from_step_to_step():
    _, losses = train(KEY, jnp.asarray(2.0), squared, X, Y, batch=1, optimizer=optax.sgd(0.0), steps=40)
    assert len(np.unique(losses)) == 1  # y = 2 x + 1 at w = 2: the same loss on each example
    _, losses = train(KEY, jnp.asarray(0.0), squared, X, Y, batch=1, optimizer=optax.sgd(0.0), steps=40)
    assert sorted(np.unique(losses)) == [1, 9, 25, 49]


def test_a_random_loss_has_a_new_key_in_each_step():
    _, losses = train(
        KEY, jnp.asarray(1.0), squared, X, Y, batch=2, random=True, optimizer=optax.sgd(0.0), steps=20
    )
    assert len(np.unique(losses)) == 20


def test_parameters_are_projected_after_each_update():
    w, _ = train(
        KEY, jnp.asarray(0.5), squared, X, Y, batch=None, project=lambda w: w.clip(max=1), **SETTINGS
    )
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
    _, losses = train(KEY, jnp.asarray(0.5), squared, X, Y, batch=2, optimizer=optax.sgd(0.1), steps=6)
    w, _ = train(KEY, jnp.asarray(0.5), squared, X, Y, batch=2, optimizer=optax.sgd(0.1), steps=6)
    settings = {"batch": 2, "optimizer": optax.sgd(0.1), "steps": 6}
    last, seen = train(
        KEY, jnp.asarray(0.5), squared, X, Y, **settings, watch=lambda w: (w, 2 * w), every=3
    )
    early, _ = train(KEY, jnp.asarray(0.5), squared, X, Y, **settings, watch=lambda w: w, every=1)
    assert losses.shape == (6,)
    np.testing.assert_allclose(last, w, rtol=1e-6)
    assert seen[0].shape == (2,)
    np.testing.assert_allclose(seen[0][1], w, rtol=1e-6)
    np.testing.assert_allclose(seen[1], 2 * seen[0], rtol=1e-6)
    np.testing.assert_allclose(early, w, rtol=1e-6)
