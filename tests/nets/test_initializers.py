"""Initializers against jax.nn.initializers and against the variance that theory is told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from dlfigs import theory
from dlfigs.nets.initializers import DEFAULTS, INITIALIZERS, Start, drawn, zero_biases

FAN_IN, FAN_OUT = 300, 200


@pytest.mark.parametrize("name", INITIALIZERS)
def test_variance_is_what_theory_assumes(name):
    w = INITIALIZERS[name](jax.random.key(0), FAN_IN, FAN_OUT)
    assert w.shape == (FAN_IN, FAN_OUT)
    assert w.dtype == jnp.float32
    expected = theory.weight_variance(name, FAN_IN, FAN_OUT)
    # 60,000 numbers: the standard error of a normal variance is 0.6 %
    assert float(jnp.mean(w**2)) * FAN_IN == pytest.approx(expected, rel=0.025)
    assert abs(float(w.mean())) < 5 * float(w.std()) / np.sqrt(w.size)


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        ("glorot_uniform", jax.nn.initializers.glorot_uniform()),
        ("he_normal", jax.nn.initializers.variance_scaling(2.0, "fan_in", "normal")),
        ("lecun_normal", jax.nn.initializers.variance_scaling(1.0, "fan_in", "normal")),
        ("glorot_normal", jax.nn.initializers.variance_scaling(1.0, "fan_avg", "normal")),
        ("small_normal", jax.nn.initializers.normal(0.01)),
        ("large_normal", jax.nn.initializers.normal(1.0)),
    ],
)
def test_distribution_is_that_of_jax(name, judge):
    key_ours, key_theirs = jax.random.split(jax.random.key(1))
    ours = INITIALIZERS[name](key_ours, FAN_IN, FAN_OUT).ravel()
    theirs = judge(key_theirs, (FAN_IN, FAN_OUT), jnp.float32).ravel()
    assert stats.ks_2samp(np.asarray(ours), np.asarray(theirs)).pvalue > 1e-4


@pytest.mark.parametrize("shape", [(40, 40), (60, 30), (30, 60)])
def test_orthogonal_is_orthogonal_and_uniform(shape):
    w = INITIALIZERS["orthogonal"](jax.random.key(2), *shape)
    small = w.T @ w if shape[0] >= shape[1] else w @ w.T
    np.testing.assert_allclose(small, jnp.eye(min(shape)), atol=1e-5)
    keys = jax.random.split(jax.random.key(3), 400)
    corner = jax.vmap(lambda key: INITIALIZERS["orthogonal"](key, 6, 6)[0, 0])(keys)
    assert abs(float((corner > 0).mean()) - 0.5) < 0.1, "without the sign correction one sign prevails"


@pytest.mark.parametrize("name", [*INITIALIZERS, *DEFAULTS])
def test_numpy_draws_from_the_same_distributions_as_jax(name):
    """By Kolmogorov and Smirnov's test, for weights and for biases, of many layers."""
    start = DEFAULTS.get(name) or Start(INITIALIZERS[name], zero_biases)
    keys = jax.random.split(jax.random.key(4), 30)
    theirs = (np.asarray([rule(key, 40, 30) for key in keys]) for rule in (start.weights, start.biases))
    ours = drawn(np.random.default_rng(0), name, (2, 15, 40, 30))
    for one, other, shape in zip(ours, theirs, ((2, 15, 40, 30), (2, 15, 30)), strict=True):
        assert one.shape == shape
        assert one.dtype == np.float32
        if other.any():
            assert stats.ks_2samp(one.ravel(), other.ravel()).pvalue > 1e-3
        else:
            assert not one.any()


@pytest.mark.parametrize("shape", [(3, 20, 20), (3, 30, 15), (3, 15, 30)])
def test_numpy_s_orthogonal_matrices_are_orthogonal_and_uniform(shape):
    w, _ = drawn(np.random.default_rng(2), "orthogonal", shape)
    wt = w.swapaxes(-1, -2)
    small = wt @ w if shape[1] >= shape[2] else w @ wt
    np.testing.assert_allclose(small, np.broadcast_to(np.eye(min(shape[1:])), small.shape), atol=1e-5)
    corners, _ = drawn(np.random.default_rng(3), "orthogonal", (400, 6, 6))
    assert abs((corners[:, 0, 0] > 0).mean() - 0.5) < 0.1, "without the sign correction one sign prevails"
