"""The phases of random nets: closed forms against roots and recursions, measurements against autodiff."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize
from scipy.stats import norm

from dlfigs import theory
from dlfigs.experiments.phases import gradient_factors


@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(0.5, 0.05), (2.5, 0.25), (4.0, 0.05)])
def test_the_fixed_point_is_where_the_signal_stays(sigma_w2, sigma_b2):
    """By another integral and another solver."""

    def mean(function, q):
        return 2 * integrate.quad(lambda z: function(np.sqrt(q) * z) * norm.pdf(z), 0, 12)[0]

    stays = optimize.brentq(
        lambda q: sigma_w2 * mean(lambda z: np.tanh(z) ** 2, q) + sigma_b2 - q, 1e-3, 20
    )
    q, chi = theory.fixed_point("tanh", sigma_w2, sigma_b2)
    assert q == pytest.approx(stays, rel=1e-6)
    assert chi == pytest.approx(sigma_w2 * mean(lambda z: np.cosh(z) ** -4, stays), rel=1e-6)


def test_the_fixed_point_is_that_of_mean_field_theory_without_biases():
    q, gradient = theory.mean_field("tanh", 2.0, 200)
    assert theory.fixed_point("tanh", 2.0, 0.0) == pytest.approx((q[-1], gradient[-2]), rel=1e-6)


@pytest.mark.parametrize("q", [0.1, 0.5, 2.0])
def test_on_the_critical_line_chi_is_one(q):
    sigma_w2, sigma_b2 = theory.critical_point("tanh", q)
    assert theory.fixed_point("tanh", sigma_w2, sigma_b2) == pytest.approx((q, 1.0), rel=1e-5)
    assert theory.critical_sigma_w2(sigma_b2) == pytest.approx(sigma_w2, rel=1e-6)


def test_the_ends_of_the_critical_line():
    """Without biases tanh is critical at 1; ReLU has chi = 1 at 2, whatever q is."""
    np.testing.assert_allclose(theory.critical_point("tanh", 1e-4), (1, 0), atol=3e-4)
    np.testing.assert_allclose(theory.critical_point("relu", 3.0), (2, 0), atol=1e-6)


def test_a_signal_that_does_not_settle_is_an_error():
    for sigma_w2 in (1.0, 2.5):
        with pytest.raises(ValueError, match="does not settle"):
            theory.fixed_point("relu" if sigma_w2 > 2 else "tanh", sigma_w2, 0.0)


def test_the_depth_scale():
    assert theory.depth_scale(np.exp(-0.1)) == pytest.approx(10)
    assert theory.depth_scale(np.exp(0.1)) == pytest.approx(10), "growth counts as decay does"
    assert theory.depth_scale(1.0) == np.inf


def test_gradient_factors_are_those_of_jax_grad():
    """The same nets as one function of added zeros, differentiated whole."""
    grid = {"sigma_w2": (0.8, 2.5), "sigma_b2": (0.1, 0.4)}
    settle, depth, width = 2, 3, 8
    key = jax.random.key(7)
    sizes = {"settle": settle, "depth": depth, "width": width, "seeds": 2}
    data = gradient_factors(key, activation="tanh", **grid, **sizes)
    for seed, key_net in enumerate(jax.random.split(key, 2)):
        key_input, key_layers, key_loss = jax.random.split(key_net, 3)
        x, top = (jax.random.normal(k, (width,)) for k in (key_input, key_loss))
        keys = [jax.random.split(k) for k in jax.random.split(key_layers, settle + depth + 1)]
        for w2 in grid["sigma_w2"]:
            for b2 in grid["sigma_b2"]:

                def loss(shifts, w2=w2, b2=b2, x=x, top=top, keys=keys):
                    h = x
                    for (key_w, key_b), shift in zip(keys, shifts, strict=True):
                        w = jax.random.normal(key_w, (width, width)) * np.sqrt(w2 / width)
                        z = h @ w + np.sqrt(b2) * jax.random.normal(key_b, (width,)) + shift
                        h = jnp.tanh(z)
                    return z @ top

                delta = jax.grad(loss)(jnp.zeros((settle + depth + 1, width)))
                squares = (delta**2).sum(axis=1)[settle:]
                found = data.factor.sel(sigma_w2=w2, sigma_b2=b2, seed=seed)
                expected = float((squares[:-1] / squares[1:]).mean())
                assert float(found) == pytest.approx(expected, rel=1e-4)
