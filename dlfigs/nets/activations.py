"""Activation functions, each a plain function of an array of any shape, element by element.

They are written out rather than imported, because they are what this project explains; the tests hold
each of them against `jax.nn` and against closed forms in `dlfigs.theory`. They keep the precision of x,
down to 16 bits; of whole numbers, relu and the identity give whole numbers, the others float32. nan stays
nan. Anything but real numbers is a TypeError. Values near 0 are as exact as those near 1: sigmoid(-20) is
0 in float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import erf

from dlfigs.nets.inputs import numeric

SELU_ALPHA = 1.6732632423543772
"""SELU's alpha, dimensionless; by the fixed point (mean 0, variance 1) of Klambauer et al. (2017)."""
SELU_SCALE = 1.0507009873554805
"""SELU's scale, lambda, dimensionless; from the same fixed point."""


def linear(x: Array) -> Array:
    """Return x itself: the yardstick for all others."""
    return numeric(x)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), the logistic function, between 0 and 1."""
    x = numeric(x)
    # Via tanh: exp(-x) alone overflows for large negative x, and with it the derivative
    return 0.5 * (jnp.tanh(0.5 * x) + 1)


def tanh(x: Array) -> Array:
    """Return the hyperbolic tangent, between -1 and 1."""
    x = numeric(x)
    return jnp.tanh(x)


def relu(x: Array) -> Array:
    """Return max(x, 0), and nan for nan. The derivative at 0 is taken to be 0, as frameworks do."""
    x = numeric(x)
    return jnp.where(x <= 0, 0, x)  # not x > 0, which nan is not: a net that has diverged would look alive


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """Return x where it is positive and slope * x elsewhere (Maas et al., 2013)."""
    x = numeric(x)
    return jnp.where(x > 0, x, slope * x)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """Return x where it is positive and alpha * (exp(x) - 1) elsewhere (Clevert et al., 2016)."""
    x = numeric(x)
    # The inner `where` keeps exp from overflowing in the branch that is not taken:
    # its infinity would turn the derivative into nan
    return jnp.where(x > 0, x, alpha * jnp.expm1(jnp.where(x > 0, 0, x)))


def selu(x: Array) -> Array:
    """Return the scaled ELU of Klambauer et al. (2017)."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def swish(x: Array, beta: float = 1.0) -> Array:
    """Return x * sigmoid(beta * x) (Ramachandran et al., 2017); beta = 1 is also called SiLU."""
    x = numeric(x)
    return x * sigmoid(beta * x)


def gelu(x: Array) -> Array:
    """Return x * Phi(x), Phi the standard normal distribution function (Hendrycks and Gimpel, 2016)."""
    x = numeric(x)
    return x * 0.5 * (1 + erf(x / math.sqrt(2)))


def gelu_tanh(x: Array) -> Array:
    """Return the tanh approximation of GELU (Hendrycks and Gimpel, 2016), JAX's default."""
    x = numeric(x)
    return 0.5 * x * (1 + jnp.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": linear,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "swish": swish,
    "gelu": gelu,
}
"""Activations by name: any shape to the same shape."""
