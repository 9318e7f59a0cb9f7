"""Closed forms against quadrature, simulation and published constants."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, optimize
from scipy.stats import norm

from dlfigs import theory


@pytest.mark.parametrize("name", theory.ACTIVATIONS)
@pytest.mark.parametrize("part", ["value", "slope"])
def test_gaussian_means_are_those_of_quadrature(name, part):
    function = getattr(theory.ACTIVATIONS[name], part)
    variances = np.array([[1e-4, 0.3, 1.0], [7.0, 400.0, 1e6]])

    def expected(variance):
        def integrand(z):
            return function(np.sqrt(variance) * z) ** 2 * norm.pdf(z)

        bends = [0, 1e-3, 1e-2, 0.1, 1, 4, 12]  # for a large variance, all bend is near 0
        ends = [*(-z for z in bends[:0:-1]), *bends]
        return sum(integrate.quad(integrand, a, b, epsrel=1e-12)[0] for a, b in pairwise(ends))

    found = theory.gaussian_mean(lambda z: function(z) ** 2, variances)
    np.testing.assert_allclose(found, np.vectorize(expected)(variances), rtol=1e-10)


@pytest.mark.parametrize(
    ("activation", "sigma_w2", "factor"),
    [("relu", 2.0, 1.0), ("relu", 1.0, 0.5), ("linear", 0.5, 0.5), ("leaky_relu", 2.0, 1.0001)],
)
def test_homogeneous_activations_have_constant_factors(activation, sigma_w2, factor):
    _, gradient = theory.mean_field(activation, sigma_w2, 12)
    np.testing.assert_allclose(gradient[:-1] / gradient[1:], factor, rtol=1e-6)
    assert gradient[-1] == 1


def test_known_fixed_points():
    q, gradient = theory.mean_field("selu", 1.0, 40)
    assert q[-1] == pytest.approx(1.0, abs=1e-3), "Klambauer et al. (2017): variance 1"
    assert gradient[-2] == pytest.approx(1.07157, abs=1e-3)
    q, gradient = theory.mean_field("sigmoid", 1.0, 40)
    assert gradient[-2] == pytest.approx(0.0557, abs=5e-4)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_biases_add_their_variance_to_the_signal_in_every_layer(activation):
    value = theory.ACTIVATIONS[activation].value
    q, gradient = theory.mean_field(activation, 1.5, 6, sigma_b2=0.3)
    assert q[0] == 1.8
    for below, here in pairwise(q):
        mean = integrate.quad(lambda z, v=below: value(np.sqrt(v) * z) ** 2 * norm.pdf(z), -12, 12)[0]
        assert here == pytest.approx(1.5 * mean + 0.3, rel=1e-6)
    if activation == "relu":
        np.testing.assert_allclose(gradient[:-1] / gradient[1:], 0.75, rtol=1e-6)


def test_the_floor_is_where_the_signal_settles():
    for sigma_w2, sigma_b2 in ((1 / 3, 0.01), (1.5, 2.0)):
        q, _ = theory.mean_field("relu", sigma_w2, 200, sigma_b2)
        assert q[-1] == pytest.approx(theory.relu_floor(sigma_w2, sigma_b2), rel=1e-6)
    assert theory.relu_floor(1 / 3, 1 / 3 / 128) == pytest.approx(0.4 / 128)


def test_the_separation_of_two_inputs_is_that_of_correlated_normals():
    """Layer by layer, E[(relu(u) - relu(v))²] of two normals with the variance and covariance so far."""
    sigma_w2, sigma_b2 = 1.2, 0.1
    q, _ = theory.mean_field("relu", sigma_w2, 5, sigma_b2)
    separation = theory.relu_separation(sigma_w2, sigma_b2, 5)
    z = np.linspace(-8, 8, 1600)
    weights = norm.pdf(z) / norm.pdf(z).sum()
    for layer in range(4):
        c = 1 - separation[layer] / (2 * q[layer])
        u, v = np.meshgrid(z, z)
        v = c * u + np.sqrt(1 - c**2) * v
        squares = (np.maximum(u, 0) - np.maximum(v, 0)) ** 2 * np.outer(weights, weights)
        mean = q[layer] * squares.sum()
        assert separation[layer + 1] == pytest.approx(sigma_w2 * mean, rel=1e-4)
    deep = theory.relu_separation(1 / 3, 1e-3, 36)
    np.testing.assert_allclose(deep[-5:] / deep[-6:-1], 1 / 6, rtol=1e-5)


def test_the_log_variance_of_relu_is_five():
    np.testing.assert_allclose(theory.log_variance("relu", np.ones(3)), 5, rtol=1e-5)
    np.testing.assert_allclose(theory.log_variance("linear", np.ones(3)), 2, rtol=1e-5)


def test_the_band_is_that_of_simulated_products():
    """One layer: the mean of n values (relu' g)², many times; median and spread of the product of 20."""
    draw, width, layers = np.random.default_rng(0), 200, 20
    g = draw.standard_normal((2000, layers, width)) * (draw.random((2000, layers, width)) < 0.5)
    norms = (2 * (g**2).mean(axis=2)).prod(axis=1)
    q = np.ones(layers + 1)
    median, low, high = (end[0] for end in theory.finite_width("relu", q, width))
    assert np.median(norms) == pytest.approx(median, rel=0.08)
    assert np.quantile(norms, [0.025, 0.975]) == pytest.approx([low, high], rel=0.15)


def test_the_band_widens_from_the_last_layer_down():
    v = np.array([3, 2, 1, 0]) * 5 / 50
    ends = theory.finite_width("relu", np.ones(4), 50)
    expected = [np.exp(-v / 2 + deviations * np.sqrt(v)) for deviations in (0, -1.96, 1.96)]
    np.testing.assert_allclose(ends, expected, rtol=1e-5)


def test_the_exact_log_factor_of_two_units_is_written_out():
    """One of two units is active twice as often as both: the log of chi² with 1 or 2 degrees."""
    euler = np.euler_gamma
    one, two = -euler - np.log(2), np.log(2) - euler  # E log chi², with variances pi²/2 and pi²/6
    mean = (2 * one + two) / 3
    variance = (2 * np.pi**2 / 2 + np.pi**2 / 6) / 3 + 2 / 9 * (one - two) ** 2
    assert theory.relu_log_factor(2) == pytest.approx((mean, variance))


def test_the_exact_log_factor_is_that_of_simulated_layers():
    draw, width = np.random.default_rng(1), 24
    active = draw.random((40_000, width)) < 0.5
    g = draw.standard_normal(active.shape)
    factor = np.log(2 * (active * g**2).mean(axis=1))
    mean, variance = theory.relu_log_factor(width)
    assert factor.mean() == pytest.approx(mean, abs=5 * factor.std() / np.sqrt(len(factor)))
    assert factor.var() == pytest.approx(variance, rel=0.05)
    wide = np.array(theory.relu_log_factor(4000)) * 4000
    np.testing.assert_allclose(wide, [-2.5, 5], rtol=2e-3)  # Hanin and Nica (2020), to first order


def test_the_interval_for_gradients_is_mean_field_times_finite_width():
    mean, low, high = theory.gradient_interval("relu", "glorot_normal", 100, 11)
    np.testing.assert_allclose(mean, 0.5 ** np.arange(10, -1, -1), rtol=1e-5)
    variance = 10 * 5 / 100
    expected = mean[0] * np.exp(-variance / 2 + np.array([-1.96, 1.96]) * np.sqrt(variance))
    np.testing.assert_allclose([low[0], high[0]], expected, rtol=1e-4)


def test_the_bound_of_a_chain_of_sigmoids():
    h, slope = 0.5, 1.0
    for _ in range(6):
        h = 1 / (1 + np.exp(-(3 * h - 1.5)))
        slope *= 3 * h * (1 - h)
    assert slope == pytest.approx(theory.sigmoid_chain_bound(-3.0, 6))


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_the_lowest_point_of_swish_is_a_minimum(beta):
    at, value = theory.swish_minimum(beta)
    found = optimize.minimize_scalar(lambda x: x / (1 + np.exp(-beta * x)), bracket=(at - 1, at, at + 0.1))
    assert (found.x, found.fun) == pytest.approx((at, value), abs=1e-6)
    x = np.linspace(-20, 20, 200_001)
    distance = np.abs(x / (1 + np.exp(-beta * x)) - np.maximum(x, 0)).max()
    assert theory.swish_distance_to_relu(beta) == pytest.approx(distance, abs=1e-7)


@pytest.mark.parametrize("name", theory.STEEPEST)
def test_the_steepest_points(name):
    x = np.linspace(-5, 5, 100_001)
    assert theory.ACTIVATIONS[name].slope(x).max() == pytest.approx(theory.STEEPEST[name], abs=1e-6)
    assert x[theory.ACTIVATIONS["swish"].slope(x).argmax()] == pytest.approx(
        theory.SWISH_STEEPEST_AT, abs=1e-4
    )
    assert theory.ACTIVATIONS["gelu"].value(x).min() == pytest.approx(theory.GELU_LOWEST, abs=1e-6)


def test_dropout_by_counting():
    for rate in (0.2, 0.5, 0.8):
        keep = 1 - rate
        mean, square = keep * (1 / keep), keep * (1 / keep) ** 2
        assert theory.dropout_variance(rate) == pytest.approx(square - mean**2)
        assert theory.dropout_factor("rate", rate) == pytest.approx(rate / keep)
    assert theory.dropout_factor("rate", 0.5) == 1
    assert theory.dropout_factor("none", 0.2) == pytest.approx(1 / 0.8)
    assert theory.dropout_factor("keep", 0.2) == theory.dropout_factor("inverted", 0.2) == 1


def test_batch_norm_in_numbers():
    assert theory.batch_norm_output_variance(1e-3, 1e-3) == 0.5
    draw = np.random.default_rng(0)
    lost = []
    for _ in range(400):  # the true gradient is g without its parts along 1 and along x
        x, g = draw.standard_normal((2, 10))
        basis = np.linalg.qr(np.stack([np.ones(10), x], axis=1))[0]
        true = g - basis @ (basis.T @ g)
        lost.append([((g - true) ** 2).sum(), (true**2).sum()])
    error = np.sqrt(np.divide(*np.mean(lost, axis=0)))
    assert theory.constant_statistics_error(10) == pytest.approx(error, rel=0.06)
