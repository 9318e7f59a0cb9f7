"""What all functions of nets do with what they are given: take what is a number, refuse what is none."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def numeric(x: Any, name: str = "x") -> Array:
    """Return x as an array of real numbers, unchanged if it is one.

    Raises:
        TypeError: If it holds anything else: complex numbers, truth values, texts.
    """
    try:
        array = jnp.asarray(x)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be real numbers, not {type(x).__name__}: {error}") from None
    kind = array.dtype
    if not (jnp.issubdtype(kind, jnp.floating) or jnp.issubdtype(kind, jnp.integer)):
        raise TypeError(f"{name} must be real numbers, not {kind}")
    return array


def floating(x: Any, name: str = "x") -> Array:
    """Return x as an array of floating-point numbers; whole numbers take JAX's default precision."""
    array = numeric(x, name)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))


def wide(x: Array) -> Array:
    """Return numbers of 16 bits or fewer in 32, in which means and variances do not overflow."""
    return x if jnp.finfo(x.dtype).bits > 16 else x.astype(jnp.float32)


def probability(rate: Any) -> None:
    """Look at a rate, unless it is only known when compiled code runs.

    Raises:
        ValueError: If it is not 0 or more and below 1.
    """
    if not isinstance(rate, jax.core.Tracer) and not 0 <= rate < 1:
        raise ValueError(f"the rate must be 0 or more and below 1, not {rate}")
