"""Weight initializers: `initializer(key, fan_in, fan_out)` returns a matrix (fan_in, fan_out).

A layer computes `inputs @ weights`. Normal ones are plain Gaussians, as in the papers; Keras and
Flax cut theirs off at two standard deviations and rescale to the same variance. All are float32, as
weights are in practice, whatever JAX's default is. `drawn` draws many matrices at once in NumPy, from the
same distributions. A fan below 1 is a ValueError, and one that is no whole number a TypeError.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import ndtr, ndtri

SMALL, LARGE = 0.01, 1.0  # standard deviations that ignore the width
CUT_STD = 0.87962566103423978  # standard deviation of a standard normal cut off at -2 and 2

# Standard deviations of the normal ones, by fan_in and fan_out: one draw can serve them all
NORMAL: dict[str, Callable[[int, int], float]] = {
    "glorot_normal": lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out)),
    "he_normal": lambda fan_in, fan_out: math.sqrt(2 / fan_in),
    "lecun_normal": lambda fan_in, fan_out: math.sqrt(1 / fan_in),
    "small_normal": lambda fan_in, fan_out: SMALL,
    "large_normal": lambda fan_in, fan_out: LARGE,
}
# Limits of the uniform ones
UNIFORM: dict[str, Callable[[int, int], float]] = {
    "glorot_uniform": lambda fan_in, fan_out: math.sqrt(6 / (fan_in + fan_out)),
    "fan_in_uniform": lambda fan_in, fan_out: math.sqrt(1 / fan_in),
}


def _fans(fan_in: int, fan_out: int) -> None:
    if not (operator.index(fan_in) >= 1 and operator.index(fan_out) >= 1):
        raise ValueError(f"a layer has 1 input and 1 output or more, not {fan_in} and {fan_out}")


def _normal(key: Array, shape: tuple[int, int]) -> Array:
    return jax.random.normal(key, shape, jnp.float32)


def glorot_uniform(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from U(-a, a), a = sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    _fans(fan_in, fan_out)
    limit = UNIFORM["glorot_uniform"](fan_in, fan_out)
    return jax.random.uniform(key, (fan_in, fan_out), jnp.float32, -limit, limit)


def glorot_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 2 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    _fans(fan_in, fan_out)
    return NORMAL["glorot_normal"](fan_in, fan_out) * _normal(key, (fan_in, fan_out))


def he_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 2 / fan_in) (He et al., 2015)."""
    _fans(fan_in, fan_out)
    return NORMAL["he_normal"](fan_in, fan_out) * _normal(key, (fan_in, fan_out))


def lecun_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 1 / fan_in) (LeCun et al., 1998)."""
    _fans(fan_in, fan_out)
    return NORMAL["lecun_normal"](fan_in, fan_out) * _normal(key, (fan_in, fan_out))


def orthogonal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw a matrix with orthonormal rows or columns, uniformly (Saxe et al., 2014)."""
    _fans(fan_in, fan_out)
    larger, smaller = max(fan_in, fan_out), min(fan_in, fan_out)
    q = orthonormal(_normal(key, (larger, smaller)))
    return q if fan_in >= fan_out else q.T


def orthonormal(normal: Array) -> Array:
    """Make the columns of a matrix orthonormal, uniformly if its numbers are independent and normal."""
    q, r = jnp.linalg.qr(normal)
    return q * jnp.sign(jnp.diagonal(r))  # else the distribution depends on how QR picks signs


def small_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 0.01²), whatever the width."""
    _fans(fan_in, fan_out)
    return NORMAL["small_normal"](fan_in, fan_out) * _normal(key, (fan_in, fan_out))


def large_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 1), whatever the width."""
    _fans(fan_in, fan_out)
    return NORMAL["large_normal"](fan_in, fan_out) * _normal(key, (fan_in, fan_out))


def lecun_truncated_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from a normal distribution cut off at two standard deviations, of variance 1 / fan_in.

    What Flax and Keras call lecun_normal. The cut takes variance away; dividing by the standard
    deviation of the cut distribution, 0.8796, puts it back.
    """
    _fans(fan_in, fan_out)
    cut = jax.random.truncated_normal(key, -2, 2, (fan_in, fan_out), jnp.float32)
    return math.sqrt(1 / fan_in) / CUT_STD * cut


def fan_in_uniform(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from U(-a, a), a = 1 / sqrt(fan_in): the variance is a third of 1 / fan_in."""
    _fans(fan_in, fan_out)
    limit = UNIFORM["fan_in_uniform"](fan_in, fan_out)
    return jax.random.uniform(key, (fan_in, fan_out), jnp.float32, -limit, limit)


def zero_biases(key: Array, fan_in: int, fan_out: int) -> Array:
    """Return zeros, (fan_out,); nothing is drawn."""
    _fans(fan_in, fan_out)
    return jnp.zeros(fan_out, jnp.float32)


def fan_in_uniform_biases(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw biases, (fan_out,), from U(-a, a), a = 1 / sqrt(fan_in), as the weights above."""
    _fans(fan_in, fan_out)
    limit = UNIFORM["fan_in_uniform"](fan_in, fan_out)
    return jax.random.uniform(key, (fan_out,), jnp.float32, -limit, limit)


class Start(NamedTuple):
    """How a dense layer starts: what draws its weights, and what draws its biases."""

    weights: Callable[[Array, int, int], Array]
    biases: Callable[[Array, int, int], Array]


# What libraries draw when they are told nothing else.
# tests/nets/test_framework_defaults.py holds these against the layers of the installed libraries
DEFAULTS: dict[str, Start] = {
    "keras": Start(glorot_uniform, zero_biases),  # keras.layers.Dense
    "flax": Start(lecun_truncated_normal, zero_biases),  # flax.linen.Dense, flax.nnx.Linear
    "pytorch": Start(fan_in_uniform, fan_in_uniform_biases),  # torch.nn.Linear
    "equinox": Start(fan_in_uniform, fan_in_uniform_biases),  # equinox.nn.Linear
}
"""What libraries draw when they are told nothing else, by library."""

INITIALIZERS: dict[str, Callable[[Array, int, int], Array]] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_normal": he_normal,
    "lecun_normal": lecun_normal,
    "orthogonal": orthogonal,
    "small_normal": small_normal,
    "large_normal": large_normal,
}
"""Initializers by name: `(key, fan_in, fan_out)` to weights of the shape (fan_in, fan_out)."""


def drawn(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Draw weights and biases of many layers in NumPy.

    Whatever the name, each number comes from one uniform number: from equal generators, the weights of
    two initializers are as alike as their distributions allow.

    Args:
        rng: NumPy's generator, see `dlfigs.draws`.
        name: In `INITIALIZERS`, with zero biases, or in `DEFAULTS`, with that library's.
        shape: (..., fan_in, fan_out).

    Returns:
        Weights of that shape and biases (..., fan_out), float32.
    """
    *_, fan_in, fan_out = shape
    _fans(fan_in, fan_out)
    start = DEFAULTS.get(name) or Start(INITIALIZERS[name], zero_biases)
    rule = start.weights.__name__
    between = rng.uniform(np.finfo(float).epsneg, 1, shape)  # not 0, whose quantile is infinite
    if rule in UNIFORM:
        w = UNIFORM[rule](fan_in, fan_out) * (2 * between - 1)
    elif rule in NORMAL:
        w = NORMAL[rule](fan_in, fan_out) * ndtri(between)
    elif rule == "lecun_truncated_normal":
        w = math.sqrt(1 / fan_in) / CUT_STD * ndtri(ndtr(-2) + (ndtr(2) - ndtr(-2)) * between)
    else:  # orthogonal
        wide = fan_in < fan_out
        z = ndtri(between)
        q, r = np.linalg.qr(z.swapaxes(-1, -2) if wide else z)
        q = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
        w = q.swapaxes(-1, -2) if wide else q
    limit = UNIFORM["fan_in_uniform"](fan_in, fan_out) if start.biases is fan_in_uniform_biases else 0.0
    b = limit * rng.uniform(-1, 1, (*shape[:-2], fan_out))
    return w.astype(np.float32), b.astype(np.float32)
