"""Weight initializers: `initializer(key, fan_in, fan_out)` returns a matrix (fan_in, fan_out).

A layer computes `inputs @ weights`. Normal ones are plain Gaussians, as in the papers; Keras and
Flax cut theirs off at two standard deviations and rescale to the same variance. All are float32, as
weights are in practice, whatever JAX's default is.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

SMALL, LARGE = 0.01, 1.0  # standard deviations that ignore the width


def _normal(key: Array, shape: tuple[int, int]) -> Array:
    return jax.random.normal(key, shape, jnp.float32)


def glorot_uniform(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from U(-a, a), a = sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    limit = math.sqrt(6 / (fan_in + fan_out))
    return jax.random.uniform(key, (fan_in, fan_out), jnp.float32, -limit, limit)


def glorot_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 2 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    return math.sqrt(2 / (fan_in + fan_out)) * _normal(key, (fan_in, fan_out))


def he_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 2 / fan_in) (He et al., 2015)."""
    return math.sqrt(2 / fan_in) * _normal(key, (fan_in, fan_out))


def lecun_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 1 / fan_in) (LeCun et al., 1998)."""
    return math.sqrt(1 / fan_in) * _normal(key, (fan_in, fan_out))


def orthogonal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw a matrix with orthonormal rows or columns, uniformly (Saxe et al., 2014)."""
    larger, smaller = max(fan_in, fan_out), min(fan_in, fan_out)
    q, r = jnp.linalg.qr(_normal(key, (larger, smaller)))
    q = q * jnp.sign(jnp.diagonal(r))  # else the distribution depends on how QR picks signs
    return q if fan_in >= fan_out else q.T


def small_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 0.01²), whatever the width."""
    return SMALL * _normal(key, (fan_in, fan_out))


def large_normal(key: Array, fan_in: int, fan_out: int) -> Array:
    """Draw from N(0, 1), whatever the width."""
    return LARGE * _normal(key, (fan_in, fan_out))


INITIALIZERS: dict[str, Callable[[Array, int, int], Array]] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_normal": he_normal,
    "lecun_normal": lecun_normal,
    "orthogonal": orthogonal,
    "small_normal": small_normal,
    "large_normal": large_normal,
}
