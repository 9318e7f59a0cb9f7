"""Dead units: closed forms against independent ones, measurements against direct computations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from dlfigs import theory
from dlfigs.datasets import digits
from dlfigs.experiments import dead_units
from dlfigs.experiments.dead_units import Trained
from dlfigs.experiments.training import first_state
from dlfigs.nets.initializers import DEFAULTS, Start, fan_in_uniform, he_normal, zero_biases
from dlfigs.nets.mlp import mlp
from dlfigs.nets.training import cross_entropy


def test_born_dead_is_the_complement_of_surviving_every_layer():
    for width in (1, 2, 5):
        survive = np.cumprod(np.full(6, 1 - 0.5**width))
        np.testing.assert_allclose(theory.born_dead(width, np.arange(1, 7)), 1 - survive, rtol=1e-12)
    assert theory.born_dead(60, np.array(10)) == pytest.approx(10 * 2.0**-60, rel=1e-9)


def test_dead_by_bias_is_the_integral_over_the_length_of_the_weights():
    for bias, inputs, examples in ((-4.0, 64, 100), (-1.0, 3, 5), (0.5, 8, 2)):

        def integrand(square, bias=bias, inputs=inputs, examples=examples):
            norm = np.sqrt(2 * square / inputs)
            return stats.norm.cdf(-bias / norm) ** examples * stats.chi2.pdf(square, inputs)

        exact, _ = integrate.quad(integrand, 0, 50 * inputs, limit=500, points=[inputs])
        found = theory.dead_by_bias(np.array(bias), inputs=inputs, examples=examples)
        assert found == pytest.approx(exact, abs=2e-4)
    assert theory.dead_by_bias(np.array(0.0), inputs=9, examples=3) == pytest.approx(1 / 8)


def test_estimates_of_all_negative_against_the_cases_with_a_closed_form():
    correlated = np.array([[1, -0.6], [-0.6, 1]])
    equal = 0.5 * (np.eye(9) + 1)  # correlation 1/2: the chance that one of ten is the largest
    for covariance, exact in (
        (np.eye(3), 1 / 8),
        (correlated, 1 / 4 + np.arcsin(-0.6) / (2 * np.pi)),
        (equal, 1 / 10),
    ):
        found, error = theory.estimate_all_negative(covariance, draws=40_000)
        assert found == pytest.approx(exact, abs=4 * error)
        assert error < 0.0013  # 1 / (4 sqrt(draws))


def test_a_common_bias_makes_signs_agree():
    exact, _ = integrate.quad(lambda b: stats.norm.cdf(b) ** 3 / 4, -2, 2)  # given b, independent
    found, error = theory.estimate_all_negative(np.eye(3), limit=2.0, draws=40_000)
    assert found == pytest.approx(exact, abs=4 * error)
    assert theory.estimate_all_negative(1e-12 * np.eye(3), limit=1.0)[0] == 1 / 2


def test_the_error_of_the_estimate_is_that_of_independent_sets_of_draws():
    signs = np.random.default_rng(5).standard_normal((200, 500, 3)) > 0
    estimates = (signs.all(axis=-1) | (~signs).all(axis=-1)).mean(axis=1) / 2
    _, error = theory.estimate_all_negative(np.eye(3), draws=500)
    assert error == pytest.approx(estimates.std(ddof=1), rel=0.2)


def test_kernels_and_separation_are_the_same_theory():
    """One follows all covariances, the other only the difference of two inputs, more exactly."""
    n, bias = 30, 0.9
    x = np.sqrt(n) * np.eye(2, n)  # orthogonal, mean square 1
    kernels = theory.relu_kernels(x, depth=6, width=n, weight=1 / 3, bias=bias)
    difference = kernels[:, 0, 0] + kernels[:, 1, 1] - 2 * kernels[:, 0, 1]
    np.testing.assert_allclose(theory.relu_separation(1 / 3, bias / n, 6), difference, rtol=1e-9)


def test_relu_kernels_are_covariances_of_wide_nets():
    x = np.array([[1.0, 0.5, -1.0], [-0.3, 2.0, 0.2]])
    kernels = theory.relu_kernels(x, depth=3, width=50, weight=1 / 3, bias=1 / 3)
    np.testing.assert_allclose(kernels[0], (x @ x.T + 1) / 9)
    diagonal = np.diagonal(kernels, axis1=1, axis2=2)
    np.testing.assert_allclose(diagonal[1:], diagonal[:-1] / 6 + 1 / 150)  # q / 6 + Var(b)
    drawn = np.random.default_rng(1).multivariate_normal([0, 0], kernels[0], size=400_000)
    second = np.maximum(drawn, 0).T @ np.maximum(drawn, 0) / len(drawn) / 3 + 1 / 150
    np.testing.assert_allclose(kernels[1], second, rtol=0.01)


def test_dead_by_layer_is_what_a_wide_net_does():
    rng = np.random.default_rng(2)
    x, width, seen = rng.standard_normal((6, 5)), 2000, []
    dead, error, dependent = theory.dead_by_layer(x, depth=3, width=width, bias=1 / 3)
    h = x
    for _ in range(3):
        limit = h.shape[1] ** -0.5
        z = h @ rng.uniform(-limit, limit, (h.shape[1], width)) + rng.uniform(-limit, limit, width)
        seen.append([(z <= 0).all(axis=0).mean(), z.var(axis=0).mean() / (z**2).mean()])
        h = np.maximum(z, 0)
    off, share = np.transpose(seen)
    np.testing.assert_allclose(off, dead, atol=0.04)
    assert (error < 0.005).all()
    np.testing.assert_allclose(share, dependent, rtol=0.1)


def test_dead_by_layer_does_not_take_uniform_biases_for_normal_ones():
    rng = np.random.default_rng(2)
    x, bias, units = rng.standard_normal((30, 100)), 300, 40_000
    (dead,), (error,), _ = theory.dead_by_layer(x, depth=1, width=units, bias=bias)
    w, b = rng.uniform(-0.1, 0.1, (100, units)), rng.uniform(-0.1, 0.1, units)
    off = (x @ w + np.sqrt(3 * bias) * b <= 0).all(axis=0).mean()
    assert off == pytest.approx(dead, abs=4 * np.hypot(error, 0.5 / np.sqrt(units)))
    normal = theory.relu_kernels(x, depth=1, width=units, weight=1 / 3, bias=bias)[0]
    assert theory.estimate_all_negative(normal)[0] < dead - 8 * error


def test_a_unit_is_off_if_it_is_positive_on_no_example():
    z = jnp.array([[-1.0, 0.0, 1.0, jnp.nan], [-2.0, 0.0, -1.0, jnp.nan]])
    assert dead_units.always_off(z).tolist() == [True, True, False, True]


def test_born_dead_counts_what_a_loop_counts():
    key, widths, depth, examples, nets = jax.random.key(2), (2, 3), 6, 3, 40
    data = dead_units.born_dead(key, widths=widths, depth=depth, examples=examples, nets=nets, chunk=7)
    one, everything = np.zeros((2, depth)), np.zeros((2, depth))
    for key_net in jax.random.split(key, nets):
        key_inputs, key_weights = jax.random.split(key_net)
        x = np.asarray(jax.random.normal(key_inputs, (examples, 3)), float)
        weights = np.asarray(jax.random.normal(key_weights, (depth, 3, 3)), float)
        for i, width in enumerate(widths):
            h = x[:, :width]
            for layer in range(depth):
                h = np.maximum(h @ weights[layer, :width, :width], 0)
                one[i, layer] += not h[0].any()
                everything[i, layer] += not h.any()
    np.testing.assert_allclose(data.dead_one, one / nets, rtol=1e-6)
    np.testing.assert_allclose(data.dead_all, everything / nets, rtol=1e-6)
    assert 0 < data.dead_all.max() < data.dead_one.max() < 1


def test_largest_preactivations_are_those_of_nested_sets():
    data = dead_units.largest_preactivations(
        jax.random.key(0), inputs=5, examples=(2, 30), units=4, seeds=3
    )
    key_inputs, key_weights = jax.random.split(jax.random.split(jax.random.key(0), 3)[1])
    z = jax.random.normal(key_inputs, (30, 5)) @ he_normal(key_weights, 5, 4)
    np.testing.assert_allclose(data.largest.sel(examples=2, seed=1), z[:2].max(axis=0), rtol=1e-5)
    assert (data.largest.sel(examples=30) >= data.largest.sel(examples=2)).all()


def test_at_start_looks_at_a_plain_forward_pass():
    x = np.asarray(digits(jax.random.key(1)).x_train[:50])
    starts, key = {"default": DEFAULTS["pytorch"]}, jax.random.key(3)
    data = dead_units.at_start(key, x, starts=starts, depth=4, width=30, seeds=1).isel(start=0, seed=0)
    h = x
    for layer, key_layer in enumerate(jax.random.split(jax.random.split(key, 1)[0], 4)):
        key_weights, key_biases = jax.random.split(key_layer)
        limit = h.shape[1] ** -0.5
        biases = jax.random.uniform(key_biases, (30,), minval=-limit, maxval=limit)
        z = h @ np.asarray(fan_in_uniform(key_weights, h.shape[1], 30)) + np.asarray(biases)
        h = np.maximum(z, 0)
        found = data.isel(layer=layer)
        assert found.dead == pytest.approx((h == 0).all(axis=0).mean())
        assert found.always_on == pytest.approx((z > 0).all(axis=0).mean())
        assert found.dependent == pytest.approx(z.var(axis=0).sum() / (z**2).mean(axis=0).sum(), rel=1e-3)
    assert found.dead > 0


def test_without_biases_the_size_of_the_weights_kills_nobody():
    def larger(key, fan_in, fan_out):
        return 8 * fan_in_uniform(key, fan_in, fan_out)  # a power of two: no rounding

    x = digits(jax.random.key(1)).x_train[:100]
    starts = {"default": Start(fan_in_uniform, zero_biases), "larger": Start(larger, zero_biases)}
    starts |= {"biased": DEFAULTS["pytorch"]}
    data = dead_units.at_start(jax.random.key(0), x, starts=starts, depth=8, width=16, seeds=4)
    np.testing.assert_array_equal(data.dead.sel(start="default"), data.dead.sel(start="larger"))
    assert (data.dead + data.always_on <= 1).all()
    last = data.isel(layer=-1).mean("seed")
    assert last.dead.sel(start="biased") > last.dead.sel(start="default")
    assert last.dependent.sel(start="biased") < 1e-3 < last.dependent.sel(start="default")


def test_a_spike_is_plain_gradient_descent():
    settings = {"spike": 2, "rate": 0.1, "steps": 3, "width": 12, "batch": 8, "seeds": 1}
    key, nets = jax.random.key(4), {"raw": Trained(centered=False)}
    data = dead_units.learning_rate_spike(key, nets=nets, rates=(2.0,), **settings).isel(
        net=0, rate=0, seed=0
    )
    state = first_state(key, "he_normal", depth=2, width=12, steps=5, batch=8, seeds=1)
    split, net, index = jax.tree.map(lambda part: part[0], state)
    x = split.x_train - split.x_train.min(axis=0)
    x = x / jnp.sqrt((x**2).mean())

    @jax.jit
    @jax.grad
    def slope(net, x, y):
        return cross_entropy(mlp(net, x, jax.nn.relu)[0], y)

    off = []
    for part, rate in ((index[:2], 2.0), (index[2:], 0.1)):
        for rows in part:
            gradient = slope(net, x[rows], split.y_train[rows])
            net = jax.tree.map(lambda p, g, rate=rate: p - rate * g, net, gradient)
        off.append((mlp(net, x, jax.nn.relu)[1] <= 0).all(axis=1))
    np.testing.assert_allclose(data.off_after, off[0].mean(axis=1))
    np.testing.assert_allclose(data.off_end, off[1].mean(axis=1))
    assert data.off_after.max() > 0, "else this test sees nothing"
    np.testing.assert_allclose(data.revived, (off[0] & ~off[1]).mean(axis=1))
