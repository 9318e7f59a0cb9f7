"""Experiments against direct computations on small cases."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from conftest import cross_entropy_by_hand

from dlfigs import theory
from dlfigs.dataset import dataset
from dlfigs.datasets import digits
from dlfigs.draws import minibatches
from dlfigs.experiments import training
from dlfigs.experiments.defaults import signals_and_gradients
from dlfigs.experiments.normalization import input_gradients, output_variance
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.experiments.regularization import dropout_sums, softmax_ensemble
from dlfigs.experiments.training import Setup, at_best_rate, train_digits
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import DEFAULTS, INITIALIZERS
from dlfigs.nets.mlp import init_mlp


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_gradient_norms_are_those_of_jax_grad(activation):
    """The same nets, written as one function of added zeros and weights, and differentiated whole."""
    depth, width, seeds, name = 5, 8, 3, "he_normal"
    key = jax.random.key(3)
    data = gradient_norms(
        key, activations=(activation,), initializers=(name,), depth=depth, width=width, seeds=seeds
    )
    phi = ACTIVATIONS[activation]
    with jax.enable_x64(True):
        for seed, key_net in enumerate(jax.random.split(key, seeds)):
            key_input, key_weights, key_loss = jax.random.split(key_net, 3)
            x = jax.random.normal(key_input, (width,))
            x = x * jnp.sqrt(width) / jnp.linalg.norm(x)
            keys = jax.random.split(key_weights, depth)
            weights = jnp.stack([INITIALIZERS[name](k, width, width) for k in keys]).astype(float)
            top = jax.random.normal(key_loss, (width,))

            def loss(shifts, weights, x=x, top=top):
                h = x
                for w, shift in zip(weights, shifts, strict=True):
                    z = h @ w + shift
                    h = phi(z)
                return z @ top

            for_z, for_w = jax.grad(loss, (0, 1))(jnp.zeros((depth, width)), weights)
            norms, weight_norms = jnp.linalg.norm(for_z, axis=1), jnp.linalg.norm(for_w, axis=(1, 2))
            one = data.sel(activation=activation, initializer=name, seed=seed)
            np.testing.assert_allclose(one.gradient_norm, norms / norms[-1], rtol=1e-9)
            np.testing.assert_allclose(one.weight_gradient_norm, weight_norms / weight_norms[-1], rtol=1e-9)


@pytest.mark.parametrize("name", ["flax", "pytorch"])
def test_signals_and_gradients_are_those_of_a_net_written_out(name):
    depth, width, key = 4, 6, jax.random.key(5)
    names = {"keras": DEFAULTS["keras"], name: DEFAULTS[name]}
    sizes = {"activation": "relu", "depth": depth, "width": width, "seeds": 2}
    data = signals_and_gradients(key, defaults=names, **sizes).sel(library=name)
    for seed, key_seed in enumerate(jax.random.split(key, 2)):
        with jax.enable_x64(True):
            key_inputs, key_loss, key_net = jax.random.split(key_seed, 3)
            net = init_mlp(
                key_net,
                DEFAULTS[name].weights,
                inputs=width,
                width=width,
                depth=depth,
                outputs=1,
                biases=DEFAULTS[name].biases,
            )
            draws = np.asarray(jax.random.normal(key_inputs, (width, 2)))
            direction = np.asarray(jax.random.normal(key_loss, (width,)))
        layers = [net.first, *(jax.tree.map(lambda p, i=i: p[i], net.hidden) for i in range(depth - 1))]
        layers = [(np.asarray(w, float), np.asarray(b, float)) for w, b in layers]
        h, z = np.linalg.qr(draws)[0].T * np.sqrt(width), []
        for w, b in layers:
            z.append(h @ w + b)
            h = np.maximum(z[-1], 0)
        deltas = [direction]
        for (w, _), below in zip(layers[:0:-1], z[-2::-1], strict=True):
            deltas.insert(0, (w @ deltas[0]) * (below[0] > 0))
        norms = np.linalg.norm(deltas, axis=1)
        one = data.sel(seed=seed)
        signal, separation = (
            np.mean(np.square(a), axis=-1) for a in zip(*((a, a - b) for a, b in z), strict=True)
        )
        np.testing.assert_allclose(one.signal, signal, rtol=1e-9)
        np.testing.assert_allclose(one.separation, separation, rtol=1e-9)
        np.testing.assert_allclose(one.gradient_norm, norms / norms[-1], rtol=1e-9)
        squares = np.mean([w**2 for w, _ in layers])
        assert float(one.weight_variance) == pytest.approx(width * squares)


def test_hopeless_nets_stay_within_floating_point():
    data = gradient_norms(
        jax.random.key(0),
        activations=("sigmoid",),
        initializers=("small_normal",),
        depth=100,
        width=16,
        seeds=2,
    )
    first = data.gradient_norm.isel(layer=0)
    assert np.isfinite(np.log(first)).all()
    assert (first < 1e-150).all()


def test_dropout_sums_do_not_depend_on_the_order_of_rates():
    sizes = {"inputs": 16, "units": 4, "masks": 32, "seeds": 2}
    one = dropout_sums(jax.random.key(0), rates=(0.2, 0.5), **sizes)
    other = dropout_sums(jax.random.key(0), rates=(0.5, 0.2), **sizes)
    np.testing.assert_allclose(one.factor.sel(rate=0.5), other.factor.sel(rate=0.5))


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.7])
def test_softmax_ensemble_is_exact_for_every_rate(rate):
    found = softmax_ensemble(jax.random.key(5), rate=rate, inputs=6, classes=3)
    assert found.geometric_gap < 1e-12
    assert (found.wrong_scale_gap < 1e-12) == (rate == 0.5)


def test_normalized_batches_have_the_variance_asked_for():
    data = output_variance(jax.random.key(0), variances=(1e-3, 1.0), epsilons=(1e-3,), batch=8, seeds=4)
    np.testing.assert_allclose(data.output_variance.sel(variance=1e-3), 0.5, rtol=1e-9)
    data = input_gradients(jax.random.key(0), batches=(4, 8), features=3, epsilon=1e-5, seeds=4)
    assert data.formula_error.max() < 1e-10
    assert data.constant_error.sel(batch=4).median() > data.constant_error.sel(batch=8).median()


def test_learning_rates_are_chosen_by_validation_alone():
    data = dataset(
        {"net": ["a", "b"], "rate": [0.1, 1.0], "seed": 2},
        validation_accuracy=("net rate seed", [[[0.5, 0.7], [0.5, 0.6]], [[0.1, 0.1], [0.2, 0.1]]], "v"),
        test_accuracy=("net rate seed", [[[0.3, 0.4], [0.9, 0.9]], [[0.9, 0.9], [0.5, 0.6]]], "t"),
    )
    chosen = at_best_rate(data)
    assert chosen.rate.values.tolist() == [0.1, 1.0]
    np.testing.assert_array_equal(chosen.test_accuracy, [[0.3, 0.4], [0.5, 0.6]])


def test_training_learns_and_pairs_seeds():
    setups = {"ReLU": Setup("relu", "he_normal"), "again": Setup("relu", "he_normal")}
    sizes = {"depth": 2, "width": 16, "steps": 60, "batch": 32, "seeds": 2}
    data = train_digits(jax.random.key(1), setups=setups, rates=(0.0, 0.3), **sizes)
    still, trained = (data.test_accuracy.sel(rate=rate) for rate in (0.0, 0.3))
    assert still.max() < 0.3
    assert trained.min() > 0.6
    np.testing.assert_array_equal(trained[0], trained[1])
    assert (trained.sel(seed=0) != trained.sel(seed=1)).any()


def test_training_is_that_of_each_net_step_by_step():
    """Nets side by side in one loop, and each net written out: weights, skips and minibatches."""
    key, sizes = jax.random.key(2), {"depth": 3, "width": 6, "steps": 3, "batch": 8}
    setups = {"plain": Setup("tanh", "glorot_normal"), "skip": Setup("relu", "he_normal", 0.5, 0.7)}
    data = train_digits(key, setups=setups, rates=(0.1, 0.4), seeds=2, **sizes)
    seed, rules = 1, tuple(setup.initializer for setup in setups.values())
    splits, nets, index = training.first_state(key, rules, seeds=2, **sizes)
    split, index = jax.tree.map(lambda part: part[seed], splits), index[seed]
    for name, (activation, initializer, skip, branch) in setups.items():
        phi = {"tanh": jnp.tanh, "relu": jax.nn.relu}[activation]
        which = rules.index(initializer), seed
        start = jax.tree.map(lambda part, which=which: part[which], nets)

        @jax.jit
        def outputs(net, x, phi=phi, skip=skip, branch=branch):
            h = phi(x @ net.first.w + net.first.b)
            for w, b in zip(net.hidden.w, net.hidden.b, strict=True):
                h = skip * h + branch * phi(h @ w + b)
            return h @ net.last.w + net.last.b

        def loss(net, x, y, outputs=outputs):
            return cross_entropy_by_hand(outputs(net, x), y)

        slopes = jax.jit(jax.grad(loss))
        for rate in (0.1, 0.4):
            net = start
            for rows in index:
                slope = slopes(net, split.x_train[rows], split.y_train[rows])
                net = jax.tree.map(lambda part, g, rate=rate: part - rate * g, net, slope)
            one = data.sel(net=name, rate=rate, seed=seed)
            np.testing.assert_allclose(one.train_loss, loss(net, *split[:2]), rtol=1e-4)
            for which, x, y in zip(("train", "validation", "test"), split[::2], split[1::2], strict=True):
                right = (outputs(net, x).argmax(axis=1) == y).mean()
                np.testing.assert_allclose(one[f"{which}_accuracy"], right, atol=0.004)


def test_training_takes_a_librarys_default_and_another_optimizer():
    setups = {"default": Setup("relu", "pytorch"), "zero biases": Setup("relu", "he_normal")}
    sizes = {"depth": 2, "width": 16, "rates": (0.01,), "steps": 60, "batch": 32, "seeds": 2}
    sgd = train_digits(jax.random.key(1), setups=setups, **sizes).train_loss
    adam = train_digits(jax.random.key(1), setups=setups, optimizer=optax.adam, **sizes).train_loss
    assert sgd.sel(net="default").min() > 2
    assert adam.max() < 1.5


def test_what_training_begins_with_is_drawn_from_three_keys():
    sizes = {"depth": 3, "width": 8, "seeds": 2}
    rules = ("he_normal", "glorot_uniform")
    splits, nets, index = training.first_state(jax.random.key(6), rules, **sizes, steps=5, batch=4)
    key_splits, key_nets, key_batches = jax.random.split(jax.random.key(6), 3)
    for part, expected in zip(splits, digits(jax.random.split(key_splits, 2)), strict=True):
        np.testing.assert_array_equal(part, expected)
    np.testing.assert_array_equal(index, minibatches(key_batches, len(splits.y_train[0]), (2, 5, 4)))
    for i, rule in enumerate(rules):
        alone = training.first_nets(key_nets, rule, **sizes)
        for leaf, other in zip(*map(jax.tree.leaves, (nets, alone)), strict=True):
            np.testing.assert_array_equal(leaf[i], other)
    shapes = [part.shape for part in jax.tree.leaves(nets)]
    assert shapes[::2] == [(2, 2, 64, 8), (2, 2, 2, 8, 8), (2, 2, 8, 10)]
    assert shapes[1::2] == [(2, 2, 8), (2, 2, 2, 8), (2, 2, 10)]


def test_first_nets_are_those_of_their_initializers_and_share_random_numbers():
    names = ("he_normal", "glorot_normal", "pytorch")
    he, glorot, default = (
        training.first_nets(jax.random.key(1), name, seeds=20, depth=3, width=30, inputs=50)
        for name in names
    )
    for net, name in ((he, "he_normal"), (glorot, "glorot_normal")):
        for layer, (fan_in, fan_out) in zip(net, ((50, 30), (30, 30), (30, 10)), strict=True):
            variance = theory.weight_variance(name, fan_in, fan_out) / fan_in
            assert float((layer.w**2).mean()) == pytest.approx(variance, rel=0.1)
            assert not layer.b.any()
    np.testing.assert_allclose(he.first.w, np.sqrt(80 / 50) * glorot.first.w, rtol=1e-6)
    np.testing.assert_array_equal(np.sign(he.hidden.w), np.sign(default.hidden.w))
    assert abs(default.hidden.b).max() == pytest.approx(1 / np.sqrt(30), rel=0.02)
    assert len({layer.tobytes() for seed in he.hidden.w for layer in seed}) == 40
