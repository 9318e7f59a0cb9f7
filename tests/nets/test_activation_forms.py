"""Closed forms of Swish and GELU against grids, differences and published constants."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, ndtr

from dlfigs import theory
from dlfigs.nets.activations import gelu_tanh, swish

betas = pytest.mark.parametrize("beta", [0.3, 1.0, 4.0])


def test_the_steepest_point_is_a_root():
    u = theory.SWISH_STEEPEST_AT
    assert u * np.tanh(u / 2) == pytest.approx(2, abs=1e-12)
    assert 1 / np.tanh(u / 2) == pytest.approx(u / 2, abs=1e-12), "coth v = v"
    assert np.exp(u) * (u - 2) / (u + 2) == pytest.approx(1, abs=1e-12)


@betas
def test_the_largest_slope_is_that_of_a_grid(beta):
    at, slope = theory.swish_steepest(beta)
    with jax.enable_x64(True):
        x = jnp.linspace(-12, 12, 240_001) / beta
        slopes = jax.vmap(jax.grad(swish), (0, None))(x, beta)
    x, slopes = np.asarray(x), np.asarray(slopes)
    assert slope == pytest.approx(slopes.max(), abs=1e-9)
    assert 1 - slope == pytest.approx(slopes.min(), abs=1e-9)
    assert at == pytest.approx(x[slopes.argmax()], abs=1e-3 / beta)


@betas
def test_the_slope_in_beta_is_the_derivative(beta):
    x = np.linspace(-9, 9, 1001)
    difference = (x * expit((beta + 1e-5) * x) - x * expit((beta - 1e-5) * x)) / 2e-5
    np.testing.assert_allclose(theory.swish_beta_slope(x, beta), difference, atol=1e-8)
    with jax.enable_x64(True):
        automatic = jax.vmap(jax.grad(swish, 1), (0, None))(jnp.asarray(x), beta)
    np.testing.assert_allclose(theory.swish_beta_slope(x, beta), automatic, atol=1e-12)


@betas
def test_the_slope_in_beta_peaks_where_the_slope_in_x_does(beta):
    x = np.linspace(0, 12, 120_001) / beta
    slopes = theory.swish_beta_slope(x, beta)
    assert theory.swish_beta_slope_peak(beta) == pytest.approx(slopes.max(), rel=1e-8)
    assert theory.swish_steepest(beta)[0] == pytest.approx(x[slopes.argmax()], abs=1e-3 / beta)


def test_swish_without_a_beta_is_that_of_beta_1():
    x = np.linspace(-3, 3, 7)
    for of in (theory.swish_minimum, theory.swish_steepest, theory.swish_beta_slope_peak):
        assert of() == of(1.0)
    np.testing.assert_array_equal(theory.swish_beta_slope(x), theory.swish_beta_slope(x, 1.0))


def test_the_peak_in_beta_is_the_square_of_the_laplace_limit():
    assert np.sqrt(theory.swish_beta_slope_peak()) == pytest.approx(0.66274341934918158, abs=1e-12)


@given(c=st.floats(0.8, 3))
def test_the_error_of_the_logistic_form_is_that_of_a_grid(c):
    at, error = theory.gelu_logistic_error(c)
    x = np.linspace(-12, 12, 24_001)
    distances = np.abs(x * (expit(c * x) - ndtr(x)))
    assert error == pytest.approx(distances.max(), abs=1e-6)
    assert abs(at * (expit(c * at) - ndtr(at))) == pytest.approx(error, abs=1e-12)


def test_the_error_of_the_usual_constant():
    assert theory.gelu_logistic_error(1.702) == pytest.approx((2.2704, 0.020335), abs=1e-4)


def test_the_best_constant_has_two_equal_errors():
    """At a minimax there is nothing left to trade: both humps of the difference are equally high."""
    c, error = theory.gelu_best_logistic()
    x = np.linspace(0, 8, 80_001)
    difference = x * (expit(c * x) - ndtr(x))
    assert difference.max() == pytest.approx(error, abs=1e-6)
    assert difference.min() == pytest.approx(-error, abs=1e-6)
    assert all(theory.gelu_logistic_error(c + step)[1] > error for step in (-0.01, -1e-4, 1e-4, 0.01))


def test_the_usual_constant_is_the_best_for_the_distribution_function():
    x, c = np.linspace(0, 6, 6001), np.arange(1.65, 1.75, 0.001)
    error = np.abs(expit(c[:, None] * x) - ndtr(x)).max(axis=1)
    assert c[error.argmin()] == pytest.approx(1.702, abs=5e-4)


@given(x=st.floats(-30, 30, width=32))
def test_the_tanh_form_is_that_of_jax(x):
    np.testing.assert_allclose(gelu_tanh(x), jax.nn.gelu(x, approximate=True), rtol=2e-5, atol=1e-6)
