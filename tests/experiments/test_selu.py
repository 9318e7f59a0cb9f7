"""SELU: closed forms against quadrature and simulation, alpha dropout against Keras, nets against JAX."""

import os

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize
from scipy.stats import norm

from dlfigs import theory
from dlfigs.datasets import raw_digits
from dlfigs.experiments.self_normalization import Net, from_digits, from_starts
from dlfigs.nets.activations import SELU_ALPHA, SELU_SCALE, selu
from dlfigs.nets.initializers import lecun_normal
from dlfigs.nets.layers import alpha_dropout, dropout

VALUE, SLOPE = theory.ACTIVATIONS["selu"]


def mean_of(function, mean, variance):
    """E[f(z)] for z normal, by adaptive quadrature on both sides of the kink."""
    low, high = mean - 14 * np.sqrt(variance), mean + 14 * np.sqrt(variance)

    def integrand(z):
        return function(np.asarray(z)) * norm.pdf(z, mean, np.sqrt(variance))

    ends = ((low, min(0, high)), (max(0, low), high))
    return sum(integrate.quad(integrand, a, b, epsabs=1e-12, limit=200)[0] for a, b in ends if a < b)


@pytest.mark.parametrize("mean", [-1.5, 0.0, 0.7, 3.0])
@pytest.mark.parametrize("variance", [0.05, 1.0, 9.0])
def test_moments_are_those_of_quadrature(mean, variance):
    expected = [mean_of(lambda z, k=k: VALUE(z) ** k, mean, variance) for k in (1, 2)]
    np.testing.assert_allclose(theory.selu_moments(mean, variance), expected, rtol=1e-8, atol=1e-10)


def test_moments_of_large_variances_do_not_overflow():
    for variance in (1e6, 1e20, 1e60):
        first, second = theory.selu_moments(0.0, variance)
        assert second == pytest.approx(SELU_SCALE**2 * variance / 2, rel=1e-3), "far out: scaled ReLU"
        assert first == pytest.approx(SELU_SCALE * np.sqrt(variance / (2 * np.pi)), rel=3e-3)
        assert theory.selu_slope_square(variance) == pytest.approx(SELU_SCALE**2 / 2, rel=2e-3)


@pytest.mark.parametrize("mean", [0.0, 3e-5, -3e-5])
def test_moments_of_small_signals_keep_their_digits(mean):
    for variance in (1e-9, 4e-9, 1.1e-8):  # on both sides of the change of method
        expected = [mean_of(lambda z, k=k: VALUE(z) ** k, mean, variance) for k in (1, 2)]
        first, second = theory.selu_moments(mean, variance)
        # not pytest.approx, which lets everything below 1e-12 pass
        np.testing.assert_allclose(second, expected[1], rtol=3e-7)
        np.testing.assert_allclose(first, expected[0], atol=1e-7 * np.sqrt(variance))
    first, second = theory.selu_moments(0.0, 1e-40)
    np.testing.assert_allclose(second, SELU_SCALE**2 * (1 + SELU_ALPHA**2) / 2 * 1e-40, rtol=1e-12)


def test_the_constants_solve_the_two_equations():
    assert theory.selu_constants() == pytest.approx((SELU_SCALE, SELU_ALPHA), abs=1e-14)

    def equations(constants):
        scale, alpha = constants
        left = [norm.expect(lambda z, k=k: np.expm1(z) ** k, ub=0) for k in (1, 2)]
        return scale * (norm.pdf(0) + alpha * left[0]), scale**2 * (0.5 + alpha**2 * left[1]) - 1

    found = optimize.root(equations, (1.0, 1.5), tol=1e-14)
    assert tuple(found.x) == pytest.approx(theory.selu_constants(), abs=1e-9)


def test_the_jacobian_is_that_of_finite_differences():
    step = 1e-5
    columns = []
    for direction in np.eye(2):
        ends = [theory.selu_map(*(np.array([0.0, 1.0]) + side * step * direction)) for side in (-1, 1)]
        columns.append(np.diff(ends, axis=0)[0] / (2 * step))
    jacobian = theory.selu_jacobian()
    np.testing.assert_allclose(jacobian, np.transpose(columns), atol=1e-8)
    # Klambauer et al. (2017), eq. 6 and the sentence after it
    np.testing.assert_allclose(jacobian, [[0, 0.088834], [0, 0.782648]], atol=1e-6)
    assert np.linalg.norm(jacobian, 2) == pytest.approx(0.7877, abs=1e-4)


def test_the_map_is_that_of_quadrature():
    """Pre-activations have mean omega times mean, and tau times the variance."""
    first, second = (mean_of(lambda z, k=k: VALUE(z) ** k, -0.3 * 2.0, 0.8 * 3.0) for k in (1, 2))
    mean, variance = theory.selu_map(2.0, 3.0, -0.3, 0.8)
    assert mean == pytest.approx(first, rel=1e-8)
    assert variance == pytest.approx(second - first**2, rel=1e-8)


def test_the_slopes_are_those_of_quadrature():
    for variance in (0.1, 1.0, 20.0):
        expected = mean_of(lambda z: SLOPE(z) ** 2, 0.0, variance)
        assert theory.selu_slope_square(variance) == pytest.approx(expected, rel=1e-8)
    assert theory.selu_slope_square(1.0) == pytest.approx(1.07157, abs=1e-5)


def test_the_theorems_intervals_are_kept():
    """Klambauer et al. (2017): theorem 1 (the domain maps into itself), 2 and 3, at some points."""
    mean, variance, omega, tau = np.meshgrid(
        *(np.linspace(*ends, 7) for ends in ((-0.1, 0.1), (0.8, 1.5), (-0.1, 0.1), (0.95, 1.1)))
    )
    new_mean, new_variance = theory.selu_map(mean, variance, omega, tau)
    assert new_mean.min() >= -0.1
    assert new_mean.max() <= 0.1
    assert new_variance.min() >= 0.8
    assert new_variance.max() <= 1.5
    omega, tau = np.meshgrid(np.linspace(-0.1, 0.1, 5), np.linspace(0.9, 1.25, 5))
    for mean, variance in ((-1, 3), (1, 3), (1, 16), (-1, 16)):
        assert (theory.selu_map(mean, variance, omega, tau)[1] < variance).all()
    for mean, variance in ((-0.1, 0.02), (0.1, 0.02), (0.1, 0.24), (-0.1, 0.24)):
        assert (theory.selu_map(mean, variance, omega, tau)[1] > variance).all()


def test_the_window_of_weight_variances():
    low, high = theory.selu_window()
    end = {
        s: theory.selu_signal(theory.SeluNet(sigma_w2=s), 0.0, 1.0, 400)[1][-1]
        for s in (0.9 * low, 1.1 * low, 0.9 * high)
    }
    assert end[0.9 * low] < 1e-12
    assert 1e-3 < end[1.1 * low] < 1
    assert 1 < end[0.9 * high] < 1e3
    beyond = theory.selu_signal(theory.SeluNet(sigma_w2=1.02 * high), 0.0, 1.0, 1000)[1]
    assert beyond[-1] > 1.5 * beyond[-50] > 1e6
    q, gradient = theory.mean_field("selu", 9 / 16, 400)
    assert q[-1] == pytest.approx(0.02303, abs=1e-5)
    assert gradient[-2] == pytest.approx(1.00367, abs=1e-5)


@pytest.mark.parametrize("sigma_w2", [0.5, 1.0, 2.0])
def test_the_recursion_is_that_of_mean_field_theory(sigma_w2):
    """The same layers counted otherwise: there by pre-activations, here by activations."""
    q, field = theory.mean_field("selu", sigma_w2, 12)
    mean, variance, gradient = theory.selu_signal(theory.SeluNet(sigma_w2=sigma_w2), 0.0, 1.0, 11)
    np.testing.assert_allclose(sigma_w2 * (variance + mean**2), q, rtol=1e-5)
    np.testing.assert_allclose(gradient[:-1] / gradient[1:], field[:-1] / field[1:], rtol=1e-5)


SETUPS = {
    "dropout": {"dropout": 0.2},
    "alpha": {"alpha_dropout": 0.2},
    "centered": {"centered": True},
    "skip": {"skip": 0.5, "sigma_w2": 0.7},
}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_the_recursion_is_that_of_one_wide_layer(setup):
    """One layer of each kind, drawn at random by NumPy alone: signal up, random gradient down."""
    draw, net = np.random.default_rng(0), theory.SeluNet(**setup)
    inputs, units = 3000, 3000
    h = 4 + 1.5 * draw.standard_normal(inputs)  # so that the mean counts
    w = draw.standard_normal((inputs, units)) / np.sqrt(inputs)
    if net.centered:
        w = w - w.mean(axis=0)
        w = w / np.linalg.norm(w, axis=0)
    z = np.sqrt(net.sigma_w2) * (h @ w)
    out = VALUE(z) + net.skip * h
    kept = draw.random(units) >= net.dropout + net.alpha_dropout
    a, b = theory.alpha_dropout_affine(net.alpha_dropout)
    if net.dropout:
        out = np.where(kept, out / (1 - net.dropout), 0)
    if net.alpha_dropout:
        out = a * np.where(kept, out, theory.SELU_LOWEST) + b
    mean, variance, gradient = theory.selu_signal(net, h.mean(), h.var(), 1)
    error = np.sqrt(variance[1] / units)
    assert out.mean() == pytest.approx(mean[1], abs=5 * error)
    assert out.var() == pytest.approx(variance[1], rel=0.12)
    mask = np.where(kept, a / (1 - net.dropout), 0)
    delta = draw.standard_normal(units) * mask
    below = net.skip * delta + np.sqrt(net.sigma_w2) * w @ (SLOPE(z) * delta)
    assert (below**2).mean() == pytest.approx(gradient[0], rel=0.12)


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_the_recursion_is_that_of_quadrature(setup):
    """One layer of each kind, exactly: moments of SELU by quadrature, then what noise makes of them."""
    net, mean, variance = theory.SeluNet(**setup), 1.2, 0.7
    q = net.sigma_w2 * (variance if net.centered else variance + mean**2)
    of_selu = [mean_of(lambda z, k=k: VALUE(z) ** k, 0.0, q) for k in (1, 2)]
    first = of_selu[0] + net.skip * mean
    second = of_selu[1] + 2 * net.skip * mean * of_selu[0] + net.skip**2 * (variance + mean**2)
    keep, rate = 1 - net.dropout, net.alpha_dropout
    a, b = theory.alpha_dropout_affine(rate)
    lowest = a * theory.SELU_LOWEST + b
    expected = (1 - rate) * (a * first + b) + rate * lowest
    square = (1 - rate) * (a**2 * second / keep + 2 * a * b * first + b**2) + rate * lowest**2
    found_mean, found_variance, gradient = theory.selu_signal(net, mean, variance, 1)
    np.testing.assert_allclose(found_mean, [mean, expected], rtol=1e-8)
    np.testing.assert_allclose(found_variance, [variance, square - expected**2], rtol=1e-8)
    slope = mean_of(lambda z: SLOPE(z) ** 2, 0.0, q)
    passed = (1 - rate) * a**2 / keep * (net.skip**2 + net.sigma_w2 * slope)
    np.testing.assert_allclose(gradient, [passed, 1], rtol=1e-8)


def test_inputs_side_by_side_are_followed_like_one():
    net = theory.SeluNet(sigma_w2=1.3, skip=0.5, dropout=0.2)
    starts = [(0.0, 1.0), (1.2, 0.7), (-3.0, 0.1)]
    together = theory.selu_signal(net, *np.transpose(starts), 5)
    alone = [theory.selu_signal(net, *start, 5) for start in starts]
    np.testing.assert_allclose(together, np.moveaxis(alone, 0, -1), rtol=1e-12)


def test_the_variance_of_the_gradient_in_two_layers_is_that_of_its_terms():
    """The signal after the first layer moves the slopes of the second, which the gradient passes."""
    chi = mean_of(lambda z: SLOPE(z) ** 2, 0.0, 1.0)
    by_gradient = 3 * mean_of(lambda z: SLOPE(z) ** 4, 0.0, 1.0) / chi**2 - 1
    by_signal = mean_of(lambda z: VALUE(z) ** 4, 0.0, 1.0) - 1
    both = mean_of(lambda z: (SLOPE(z) * VALUE(z)) ** 2, 0.0, 1.0) / chi - 1
    ends = [mean_of(lambda z: SLOPE(z) ** 2, 0.0, variance) for variance in (0.999, 1.001)]
    moved = np.log(ends[1] / ends[0]) / 0.002
    signal = moved**2 * by_signal
    expected = [2 * by_gradient + signal + 2 * moved * both, by_gradient + signal, 0]
    np.testing.assert_allclose(theory.selu_log_variance(2), expected, rtol=1e-5)


def test_the_variance_of_the_gradient_is_that_of_nets():
    depth, width, seeds = 16, 64, 800
    nets = {"one": (Net(), 0.0, 1.0)}
    data = from_starts(jax.random.key(1), nets=nets, depth=depth, width=width, seeds=seeds)
    measured = np.log(data.gradient.sel(net="one") ** 2).var("seed", ddof=1) * width
    expected = theory.selu_log_variance(depth)
    np.testing.assert_allclose(measured[[0, 8, 14]], expected[[0, 8, 14]], rtol=0.2)
    without_signal = depth * theory.log_variance("selu", np.ones(1))[0]
    assert float(measured[0]) > 1.1 * without_signal, "what the signal adds is seen"


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.5])
def test_alpha_dropout_is_that_of_keras(rate):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    x = np.asarray(selu(jax.random.normal(jax.random.key(0), (50, 40))))
    ours = np.stack([alpha_dropout(key, x, rate) for key in jax.random.split(jax.random.key(1), 300)])
    dropped, kept = ours.min(axis=0), ours.max(axis=0)  # nothing that is kept is below what is dropped
    theirs = np.asarray(keras.layers.AlphaDropout(rate, seed=3)(x, training=True))
    is_kept, is_dropped = np.isclose(theirs, kept, atol=1e-5), np.isclose(theirs, dropped, atol=1e-5)
    assert (is_kept | is_dropped).all()
    assert is_dropped.mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / x.size))
    np.testing.assert_allclose(keras.layers.AlphaDropout(rate)(x, training=False), x)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.4])
def test_alpha_dropout_keeps_mean_and_variance_and_dropout_does_not(rate):
    size = 400_000
    key_z, key_noise = jax.random.split(jax.random.key(2))
    h = selu(jax.random.normal(key_z, (size,)))
    alpha, plain = (np.asarray(noise(key_noise, h, rate), float) for noise in (alpha_dropout, dropout))
    assert alpha.mean() == pytest.approx(0, abs=5 / np.sqrt(size))
    assert alpha.var() == pytest.approx(1, abs=0.012)
    assert plain.var() == pytest.approx(1 / (1 - rate), rel=0.015)
    a, b = theory.alpha_dropout_affine(rate)
    if rate:
        assert (np.isclose(alpha, a * theory.SELU_LOWEST + b, atol=1e-5)).mean() == pytest.approx(
            rate, abs=0.004
        )
    np.testing.assert_allclose(alpha.max(), a * np.asarray(h).max() + b, rtol=0.2)


def test_nets_from_starts_are_those_of_jax_grad():
    """Each net written out with its own weights and masks, and differentiated whole."""
    depth, width = 3, 12
    nets = {
        "plain": (Net(sigma_w2=1.3), 0.0, 4.0),
        "centered": (Net(centered=1.0), 1.0, 0.5),
        "skip": (Net(skip=0.5, dropout=0.2), 0.5, 1.0),
        "alpha": (Net(alpha_dropout=0.3), 0.0, 1.0),
    }
    key = jax.random.key(4)
    data = from_starts(key, nets=nets, depth=depth, width=width, seeds=1)
    for seed, key_net in enumerate(jax.random.split(key, 1)):
        key_start, key_layers, key_loss = jax.random.split(key_net, 3)
        x = jax.random.normal(key_start, (width,))
        x = (x - x.mean()) / x.std()
        top = jax.random.normal(key_loss, (width,))
        for name, (net, mean, variance) in nets.items():

            def run(shifts, net=net, mean=mean, variance=variance, x=x, top=top, key_layers=key_layers):
                h = mean + jnp.sqrt(variance) * x + shifts[0]
                states = [h]
                for key, shift in zip(jax.random.split(key_layers, depth), shifts[1:], strict=True):
                    key_w, key_noise = jax.random.split(key)
                    w = lecun_normal(key_w, width, width)
                    if net.centered:
                        w = w - w.mean(axis=0)
                        w = w / jnp.linalg.norm(w, axis=0)
                    h = selu(jnp.sqrt(net.sigma_w2) * (h @ w)) + net.skip * h
                    # The layers get a batch of one example
                    h = dropout(key_noise, h[None], net.dropout)[0]
                    h = alpha_dropout(key_noise, h[None], net.alpha_dropout)[0] + shift
                    states.append(h)
                return h @ top, states

            gradients, states = jax.grad(run, has_aux=True)(jnp.zeros((depth + 1, width)))
            one = data.sel(net=name, seed=seed)
            norms = jnp.linalg.norm(gradients, axis=1)
            np.testing.assert_allclose(one.gradient, norms / norms[-1], rtol=2e-4)
            np.testing.assert_allclose(one["mean"], [h.mean() for h in states], atol=1e-5)
            np.testing.assert_allclose(one.variance, [h.var(ddof=1) for h in states], rtol=1e-4)


def test_nets_from_digits_start_with_digits_and_know_how_they_differ():
    nets = {"intact": Net(), "raw": Net(raw=1.0), "skip": Net(skip=1.0)}
    data = from_digits(jax.random.key(5), nets=nets, depth=3, width=64, batch=16, seeds=40)
    first = data.isel(layer=0)
    np.testing.assert_allclose(first.variance.sel(net="skip"), first.variance.sel(net="intact"), rtol=1e-5)
    pixels = raw_digits()
    assert pixels.shape == (1797, 64)
    assert (pixels.min(), pixels.max()) == (0, 16)
    # Layer 1 of raw pixels, averaged over nets: its mean square is that of SELU at each digit's own norm
    squares = (pixels.astype(float) ** 2).mean(axis=1)
    expected = theory.selu_moments(0.0, squares)[1].mean()
    square = (first.variance + first["mean"] ** 2).sel(net="raw")
    error = float(square.std()) / np.sqrt(40)
    assert float(square.mean()) == pytest.approx(expected, abs=4 * error)
    # With identical digits nothing differs; with centered ones nearly everything does
    assert float(first.share.sel(net="intact").mean()) > 0.97
    assert 0.2 < float(first.share.sel(net="raw").mean()) < 0.4
