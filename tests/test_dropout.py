"""Dropout: the layer against Equinox, closed forms against every mask, experiments against NumPy."""

import itertools

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import Ridge

from dlfigs import theory
from dlfigs.datasets import diabetes
from dlfigs.experiments.dropout_training import dropout_digits
from dlfigs.experiments.regularization import (
    dropout_gradients,
    dropout_least_squares,
    monte_carlo_dropout,
)
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
