"""Activations against jax.nn, against the closed forms, and their slopes against differences."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlfigs import theory
from dlfigs.nets import activations
from dlfigs.nets.activations import ACTIVATIONS, elu, leaky_relu, swish

JUDGES = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "swish": jax.nn.silu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
}
numbers = st.floats(-80, 80, width=32)


@pytest.mark.parametrize("name", JUDGES)
@given(x=st.lists(numbers, min_size=1, max_size=20))
def test_values_and_slopes_are_those_of_jax(name, x):
    x = jnp.asarray(x, jnp.float32)
    # A sigmoid is exact to what 1 has for its last digit, and swish multiplies it by x
    near = np.finfo(np.float32).eps * np.maximum(8, np.abs(x))
    ours, theirs = ACTIVATIONS[name](x), JUDGES[name](x)
    assert (np.abs(ours - theirs) <= 2e-5 * np.abs(theirs) + near).all()
    away = x[jnp.abs(x) > 1e-3]  # at kinks libraries differ
    ours, theirs = (jax.vmap(jax.grad(f))(away) for f in (ACTIVATIONS[name], JUDGES[name]))
    np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_slopes_are_those_of_theory(name):
    with jax.enable_x64(True):
        x = jnp.linspace(-9, 9, 1000)
        np.testing.assert_allclose(ACTIVATIONS[name](x), theory.ACTIVATIONS[name].value(x), atol=1e-13)
        slope = jax.vmap(jax.grad(ACTIVATIONS[name]))(x)
        np.testing.assert_allclose(slope, theory.ACTIVATIONS[name].slope(np.asarray(x)), atol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_theory_s_slopes_are_the_derivatives_of_its_values(name):
    value, slope = theory.ACTIVATIONS[name]
    x = np.linspace(-4, 4, 800)  # no node at a kink
    np.testing.assert_allclose((value(x + 1e-6) - value(x - 1e-6)) / 2e-6, slope(x), atol=1e-7)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("x", [-1e4, -200.0, 0.0, 200.0, 1e4])
def test_nothing_overflows(name, x):
    assert jnp.isfinite(ACTIVATIONS[name](x))
    assert jnp.isfinite(jax.grad(ACTIVATIONS[name])(x))


def test_parameters_do_what_they_say():
    x = jnp.array([-2.0, 3.0])
    np.testing.assert_allclose(leaky_relu(x, 0.2), [-0.4, 3.0])
    np.testing.assert_allclose(elu(x, 2.0), [2 * np.expm1(-2), 3.0], rtol=1e-6)
    np.testing.assert_allclose(swish(x, 0.0), x / 2)
    np.testing.assert_allclose(eqx.nn.PReLU(0.2)(x), leaky_relu(x, 0.2))


def test_relu_has_slope_zero_at_zero():
    assert jax.grad(activations.relu)(0.0) == 0
