"""Initializers against jax.nn.initializers and against the variance that theory is told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from dlfigs import theory
from dlfigs.nets.initializers import INITIALIZERS

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
