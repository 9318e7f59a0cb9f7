"""Dropout: the layer against Equinox, closed forms against every mask, experiments against NumPy."""

import itertools

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import cross_entropy_by_hand
from sklearn.linear_model import Ridge

from dlfigs import theory
from dlfigs.datasets import diabetes, digits, wrong_labels
from dlfigs.draws import generator, minibatches, starts, tables
from dlfigs.experiments.dropout_training import dropout_digits
from dlfigs.experiments.regularization import (
    dropout_gradients,
    dropout_least_squares,
    dropout_sums,
    monte_carlo_dropout,
)
from dlfigs.experiments.training import first_nets
from dlfigs.nets.layers import dropout


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.9])
def test_dropout_is_that_of_equinox(rate):
    key, x = jax.random.key(3), jnp.arange(1.0, 1001.0).reshape(20, 50)
    np.testing.assert_array_equal(dropout(key, x, rate), equinox.nn.Dropout(rate)(x, key=key))


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 6)) * [1, 2, 3, 0.5, 1, 1], rng.normal(size=5), rng.normal(size=6)


def all_masks(features, rate):
    masks = np.array(list(itertools.product((0, 1), repeat=features)))
    return masks / (1 - rate), np.where(masks == 1, 1 - rate, rate).prod(axis=1)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_ridge_is_the_minimizer_over_every_mask(small, rate):
    x, y, _ = small
    noise, chance = all_masks(6, rate)
    dropped = noise[:, None] * x  # (mask, example, feature)
    rows = (np.sqrt(chance)[:, None, None] * dropped).reshape(-1, 6)
    labels = (np.sqrt(chance)[:, None] * y).reshape(-1)
    found = np.linalg.lstsq(rows, labels, rcond=None)[0]
    np.testing.assert_allclose(theory.dropout_ridge(x, y, rate), found, atol=1e-12)


def test_dropout_ridge_is_ordinary_ridge_on_features_of_length_one(small):
    x, y, _ = small
    length = np.sqrt((x**2).sum(axis=0))
    ridge = Ridge(alpha=0.3 / 0.7, fit_intercept=False).fit(x / length, y)
    np.testing.assert_allclose(theory.dropout_ridge(x, y, 0.3) * length, ridge.coef_, atol=1e-10)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_gradient_moments_are_those_over_every_mask(small, rate):
    x, y, w = small
    noise, chance = all_masks(6, rate)

    def loss(w, x, y):
        return (x @ w - y) ** 2 / 2

    gradient = jax.vmap(jax.grad(loss), (None, 0, 0))
    with jax.enable_x64(True):
        every = np.stack([gradient(w, jnp.asarray(n * x), jnp.asarray(y)) for n in noise])
    mean, variance = theory.dropout_gradient(x, w, y, rate)
    expected = np.einsum("m,mef->ef", chance, every)
    np.testing.assert_allclose(mean, expected, atol=1e-10)
    square = np.einsum("m,mef->ef", chance, every**2)
    np.testing.assert_allclose(variance, square - expected**2, atol=1e-9)


def test_least_squares_solves_the_stacked_problem():
    x, y, _ = diabetes()
    data = dropout_least_squares(jax.random.key(1), x, y, rates=(0.2, 0.7), masks=4, seeds=2)
    scaled = x / x.std(axis=0)
    for seed, key in enumerate(jax.random.split(jax.random.key(1), 2)):
        keys = jax.random.split(key, 4)
        for rate in (0.2, 0.7):
            for count in (1, 4):
                rows = np.concatenate([dropout(k, scaled, rate) for k in keys[:count]]).astype(float)
                found = np.linalg.lstsq(rows, np.tile(y, count), rcond=None)[0]
                one = data.weights.sel(rate=rate, count=count, seed=seed)
                np.testing.assert_allclose(one, found, atol=1e-4)


def test_dropout_does_not_care_about_units():
    x, y, _ = diabetes()
    settings = {"rates": (0.5,), "masks": 2, "seeds": 2}
    plain = dropout_least_squares(jax.random.key(1), x, y, **settings)
    rescaled = dropout_least_squares(jax.random.key(1), x * np.arange(1, 11), y, **settings)
    np.testing.assert_allclose(plain.pooled, rescaled.pooled, atol=1e-5)


def test_without_dropping_nothing_varies():
    x, y, _ = diabetes()
    gradients = dropout_gradients(jax.random.key(0), x / x.std(axis=0), y, rates=(0.0,), masks=3, seeds=2)
    np.testing.assert_allclose(gradients.variance, 0, atol=1e-10)
    passes = monte_carlo_dropout(jax.random.key(0), rates=(0.0,), passes=4, hidden=8, outputs=2, seeds=2)
    np.testing.assert_allclose(passes.error, 0, atol=1e-10)


def test_sums_are_those_of_each_mask():
    """Four rules of scaling and the variance, from the same random numbers in NumPy."""
    key, rates, masks = jax.random.key(5), (0.2, 0.5), 6
    data = dropout_sums(key, rates=rates, inputs=12, units=4, masks=masks, seeds=2)
    for (seed, key_seed), rate in itertools.product(enumerate(jax.random.split(key, 2)), rates):
        key_inputs, key_weights, *keys = jax.random.split(key_seed, 4)
        x = np.maximum(np.asarray(jax.random.normal(key_inputs, (12,)), float), 0)
        w = np.asarray(jax.random.normal(key_weights, (12, 4)), float) / np.sqrt(12)
        inverted, plain = (
            np.array([np.asarray(dropout(k, x, rate), float) @ w for k in jax.random.split(each, masks)])
            for each in keys
        )
        along, published = x @ w, (1 - rate) * plain.mean(axis=0)
        square = along @ along
        one = data.sel(seed=seed, rate=rate)
        expected = {
            "inverted": square / (inverted.mean(axis=0) @ along),
            "keep": (1 - rate) * square / (published @ along),
            "rate": rate * square / (published @ along),
            "none": square / (published @ along),
        }
        for rule, factor in expected.items():
            np.testing.assert_allclose(one.factor.sel(rule=rule), factor, rtol=1e-4, err_msg=rule)
        terms = (x[:, None] ** 2 * w**2).sum(axis=0)
        np.testing.assert_allclose(one.variance, (inverted.var(axis=0, ddof=1) / terms).mean(), rtol=1e-4)


def test_gradients_and_passes_vary_as_those_of_each_mask():
    rng, rates = np.random.default_rng(2), (0.3, 0.6)
    x, y, key = rng.normal(size=(7, 3)), rng.normal(size=7), jax.random.key(6)
    data = dropout_gradients(key, x, y, rates=rates, masks=5, seeds=2)
    w = np.linalg.lstsq(x, y, rcond=None)[0]
    np.testing.assert_allclose(data.weights, w, atol=1e-9)
    without = x * (x @ w - y)[:, None]
    np.testing.assert_allclose(data.examples, without.var(axis=0).sum(), rtol=1e-6)
    passes = monte_carlo_dropout(key, rates=rates, passes=4, hidden=9, outputs=2, seeds=2)
    for (seed, key_seed), rate in itertools.product(enumerate(jax.random.split(key, 2)), rates):
        dropped = [np.asarray(dropout(k, x, rate), float) for k in jax.random.split(key_seed, 5)]
        each = np.array([part * (part @ w - y)[:, None] for part in dropped])
        expected = sum(each[:, i, j].var(ddof=1) for i in range(7) for j in range(3)) / 7
        np.testing.assert_allclose(data.variance.sel(seed=seed, rate=rate), expected, rtol=1e-4)

        key_hidden, key_weights, key_masks = jax.random.split(key_seed, 3)
        h = np.maximum(np.asarray(jax.random.normal(key_hidden, (9,)), float), 0)
        v = np.asarray(jax.random.normal(key_weights, (9, 2)), float)
        outs = np.array([dropout(k, h, rate) @ v for k in jax.random.split(key_masks, 4)])
        unit, one = (h[:, None] ** 2 * v**2).sum(axis=0), passes.sel(seed=seed, rate=rate)
        np.testing.assert_allclose(one.variance, (outs.var(axis=0, ddof=1) / unit).mean(), rtol=1e-4)
        for count in (1, 2, 4):
            error = ((outs[:count].mean(axis=0) - h @ v) ** 2 / unit).mean()
            np.testing.assert_allclose(one.error.sel(count=count), error, rtol=1e-3)


def test_training_drops_pixels_and_hidden_units():
    """Three steps of each net, written out with its own masks."""
    key, sizes, noises, width, batch, rate = jax.random.key(2), (31, 37), (0.0, 0.5), 8, 6, 0.3
    drops = {"input_drop": 0.3, "hidden_drop": 0.5}
    settings = {"width": width, "batch": batch, "rate": rate, "seeds": 2, "steps": 3}
    data = dropout_digits(key, sizes=sizes, noises=noises, **drops, **settings)
    key_splits, key_wrong, key_nets, key_runs = jax.random.split(key, 4)
    splits = [digits(jax.random.split(key_splits, 2), train=size) for size in sizes]
    wrong = wrong_labels(key_wrong, splits[1].y_train, 0.5)
    nets = first_nets(key_nets, "he_normal", seeds=2, depth=2, width=width)
    length = 20 * 37  # 31 times 37 would be more
    key_batches, key_masks = jax.random.split(key_runs)
    index = minibatches(key_batches, length, (2, 3, batch))
    rng = generator(key_masks)
    begin, uniform = starts(rng, 2, 3, 2), tables(rng).uniform

    def mask(start, shape, drop):
        return (uniform[start : start + np.prod(shape)].reshape(shape) < 1 - drop) / (1 - drop)

    def outputs(net, x, inputs=1.0, hidden=(1.0, 1.0)):
        h = jax.nn.relu((x * inputs) @ net.first.w + net.first.b) * hidden[0]
        h = jax.nn.relu(h @ net.hidden.w[0] + net.hidden.b[0]) * hidden[1]
        return h @ net.last.w + net.last.b

    def loss(net, x, y, *masks):
        return cross_entropy_by_hand(outputs(net, x, *masks), y)

    for (size, split), seed in itertools.product(zip(sizes, splits, strict=True), range(2)):
        for noise, dropped in itertools.product(noises, ("without", "with")):
            x, y = split.x_train[seed], (wrong if noise else splits[1].y_train)[seed]
            net = jax.tree.map(lambda part, seed=seed: part[seed], nets)
            for rows, (first, second) in zip(index[seed] % size, begin[seed], strict=True):
                masks = ()
                if dropped == "with":
                    masks = mask(first, (batch, 64), 0.3), mask(second, (2, batch, width), 0.5)
                slope = jax.grad(loss)(net, x[rows], y[rows], *masks)
                net = jax.tree.map(lambda part, g: part - rate * g, net, slope)
            one = data.sel(size=size, noise=noise, dropout=dropped, seed=seed).isel(step=0)
            assert float(one.step) == 3
            repeated = np.arange(300) % size
            for name, images, digit in (
                ("train", x[repeated], y[repeated]),
                ("validation", split.x_validation[seed], split.y_validation[seed]),
                ("test", split.x_test[seed], split.y_test[seed]),
            ):
                np.testing.assert_allclose(one[f"{name}_loss"], loss(net, images, digit), rtol=1e-4)
                right = (outputs(net, images).argmax(axis=1) == digit).mean()
                np.testing.assert_allclose(one[f"{name}_accuracy"], right, atol=1e-6)


def test_nets_that_drop_nothing_are_the_nets_without_dropout():
    settings = {"width": 8, "rate": 0.1, "steps": 40, "batch": 8, "seeds": 2, "checks": 2}
    data = dropout_digits(
        jax.random.key(0), sizes=(20, 30), noises=(0.0, 1.0), input_drop=0.0, hidden_drop=0.0, **settings
    )
    for name in data.data_vars:
        pair = data[name].sel(dropout="with").values, data[name].sel(dropout="without").values
        np.testing.assert_allclose(*pair, rtol=1e-4)
    end = data.isel(step=-1).mean("seed")
    # With every label wrong nets learn something, but never the right label
    assert (end.train_loss < 2.2).all()
    assert (end.test_accuracy.sel(noise=0.0) > 0.2).all()
    assert (end.test_accuracy.sel(noise=1.0) < 0.12).all()
