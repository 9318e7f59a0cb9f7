"""Layers that behave differently in training and at inference."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from dlfigs.nets.activations import SELU_ALPHA, SELU_SCALE
from dlfigs.nets.inputs import floating, probability, wide


def dropout(key: Array, x: Array, rate: float) -> Array:
    """Drop each element with probability `rate` and divide the others by the keep probability.

    This is inverted dropout: the expected value of each element stays what it was, and at
    inference the layer is left out (Srivastava et al., 2014, scale at test time instead).

    Args:
        key: JAX key; a new one for each call.
        x: Any shape. Every element has its own mask, and so every example of a batch.
        rate: Probability of dropping, 0 <= rate < 1, dimensionless.

    Raises:
        ValueError: If the rate is another.
    """
    probability(rate)
    x, keep = floating(x), 1 - rate
    return jnp.where(jax.random.bernoulli(key, keep, x.shape), x / keep, 0)


def alpha_dropout(key: Array, x: Array, rate: float) -> Array:
    """Set each element to SELU's lowest value with probability `rate`, then scale and shift all.

    The line a x + b that follows is the one that keeps mean 0 and variance 1, if the input has them
    (Klambauer et al., 2017, "New dropout technique"). At inference the layer is left out.

    Args:
        key: JAX key; a new one for each call.
        x: Any shape, activations of SELU. Every element has its own mask.
        rate: Probability of dropping, 0 <= rate < 1, dimensionless.

    Raises:
        ValueError: If the rate is another.
    """
    probability(rate)
    x = floating(x)
    keep, lowest = 1 - rate, -SELU_SCALE * SELU_ALPHA
    a = 1 / jnp.sqrt(keep + keep * rate * lowest**2)
    b = -a * rate * lowest
    return a * jnp.where(jax.random.bernoulli(key, keep, x.shape), x, lowest) + b


def batch_norm(x: Array, scale: Array, shift: Array, epsilon: float = 1e-5) -> Array:
    """Normalize each feature over the batch as in training (Ioffe and Szegedy, 2015, algorithm 1).

    Args:
        x: (batch, ..., features); statistics are over all axes but the last, as in Flax and Keras.
        scale: (features,), usually written gamma.
        shift: (features,), usually written beta.
        epsilon: Added to the variance, in the units of x squared.

    Raises:
        ValueError: If x has no batch, or if scale and shift do not fit.
    """
    x = floating(x)
    _fit(x, 2, scale=scale, shift=shift)
    axes, exact = tuple(range(x.ndim - 1)), wide(x)
    # The variance is that of the batch itself: divided by n, not n - 1
    result = _line(exact, exact.mean(axis=axes), exact.var(axis=axes), scale, shift, epsilon)
    return result.astype(jnp.result_type(x, scale, shift))


def normalize(
    x: Array, mean: Array, variance: Array, scale: Array, shift: Array, epsilon: float = 1e-5
) -> Array:
    """Normalize with given statistics: batch normalization as at inference.

    Each example is mapped by the same line, whatever else is in the batch (Ioffe and Szegedy, 2015,
    algorithm 2).

    Args:
        x: (..., features), or one number, which is normalized with each of the statistics.
        mean: (features,), usually a moving average of batch means.
        variance: (features,), usually a moving average of batch variances.
        scale: (features,), usually written gamma.
        shift: (features,), usually written beta.
        epsilon: Added to the variance, in the units of x squared.

    Raises:
        ValueError: If the statistics, scale or shift do not fit x.
    """
    x = floating(x)
    if x.ndim:
        _fit(x, 1, mean=mean, variance=variance, scale=scale, shift=shift)
    result = _line(wide(x), mean, variance, scale, shift, epsilon)
    return result.astype(jnp.result_type(x, mean, variance, scale, shift))


def _line(x: Array, mean: Array, variance: Array, scale: Array, shift: Array, epsilon: float) -> Array:
    return scale * (x - mean) / jnp.sqrt(variance + epsilon) + shift


def _fit(x: Array, least: int, **others: Any) -> None:
    """Refuse what would be broadcast to another shape than that of x."""
    if x.ndim < least:
        raise ValueError(f"x must have {least} axes or more, the last for features; it has {x.ndim}")
    for name, other in others.items():
        shape = jnp.shape(other)
        fits = all(n in (1, m) for n, m in zip(shape[::-1], x.shape[::-1], strict=False))
        if len(shape) > x.ndim or not fits:
            raise ValueError(f"{name} has the shape {shape}, which does not fit the features of {x.shape}")


class BatchNormDefaults(NamedTuple):
    """What a library's batch normalization does if it is told nothing else.

    Attributes:
        momentum: Weight of the old value in the moving averages, which start at mean 0 and variance 1.
        epsilon: Added to the variance.
        unbiased: Whether the stored variance is that of the batch times n / (n - 1).
    """

    momentum: float
    epsilon: float
    unbiased: bool


# tests/nets/test_normalization_defaults.py holds these against the layers of the installed libraries
BATCH_NORM_DEFAULTS: dict[str, BatchNormDefaults] = {
    "keras": BatchNormDefaults(0.99, 1e-3, unbiased=False),
    "flax": BatchNormDefaults(0.99, 1e-5, unbiased=False),
    # PyTorch itself calls the weight of the new value momentum, and says 0.1
    "pytorch": BatchNormDefaults(0.9, 1e-5, unbiased=True),
}
"""Batch normalization as libraries do it when they are told nothing else, by library."""


def moving_averages(
    means: Array, variances: Array, rule: BatchNormDefaults, batch: int
) -> tuple[Array, Array]:
    """Follow a layer's stored mean and variance from step to step.

    Args:
        means: (steps, ...), mean of each batch.
        variances: (steps, ...), variance of each batch, divided by n.
        rule: Momentum, and which variance is stored.
        batch: Examples in each batch.

    Returns:
        Stored mean and variance before each step and after the last, (steps + 1, ...).

    Raises:
        ValueError: If the rule's variance needs more than one example.
    """
    means, variances = floating(means, "means"), floating(variances, "variances")
    if rule.unbiased and batch < 2:
        raise ValueError(f"an unbiased variance needs batches of 2 or more, not {batch}")
    correction = batch / (batch - 1) if rule.unbiased else 1.0

    def update(stored: tuple[Array, Array], new: tuple[Array, Array]) -> tuple[tuple[Array, Array], Any]:
        after = jax.tree.map(lambda old, new: rule.momentum * old + (1 - rule.momentum) * new, stored, new)
        return after, stored

    start = jnp.zeros(means.shape[1:], means.dtype), jnp.ones(variances.shape[1:], variances.dtype)
    last, before = lax.scan(update, start, (means, correction * variances))
    return jax.tree.map(lambda before, last: jnp.concatenate([before, last[None]]), before, last)


def batch_norm_gradient(x: Array, gradient: Array, epsilon: float = 1e-5) -> Array:
    """Return the gradient with respect to the input of `batch_norm` with unit scale, by hand.

    It flows through the batch's mean and variance too (Ioffe and Szegedy, 2015, sec. 3), which
    leaves (g - mean(g) - xhat mean(g xhat)) / sqrt(v + epsilon).

    Args:
        x: (batch, features), the layer's input.
        gradient: (batch, features), gradient with respect to the layer's output.
        epsilon: As in the layer.

    Raises:
        ValueError: If x is not (batch, features), or the gradient has another shape.
    """
    x, gradient = floating(x), floating(gradient, "gradient")
    kind = jnp.result_type(x, gradient)
    if x.ndim != 2 or gradient.shape != x.shape:
        words = f"x {x.shape} and gradient {gradient.shape}"
        raise ValueError(f"{words} must have one shape, (batch, features)")
    x, gradient = wide(x), wide(gradient)
    deviation = jnp.sqrt(x.var(axis=0) + epsilon)
    normalized = (x - x.mean(axis=0)) / deviation
    along = normalized * (gradient * normalized).mean(axis=0)
    return ((gradient - gradient.mean(axis=0) - along) / deviation).astype(kind)


def layer_norm(x: Array, scale: Array, shift: Array, epsilon: float = 1e-5) -> Array:
    """Normalize each example over its features (Ba et al., 2016); the same at inference.

    Args:
        x: (..., features).
        scale: (features,).
        shift: (features,).
        epsilon: Added to the variance, in the units of x squared.
    """
    return _normalized_in_groups(floating(x), scale, shift, 1, epsilon)


def group_norm(x: Array, scale: Array, shift: Array, groups: int, epsilon: float = 1e-5) -> Array:
    """Normalize each example over groups of neighboring features (Wu and He, 2018); the same at inference.

    Args:
        x: (batch, features).
        scale: (features,).
        shift: (features,).
        groups: Number of groups, a divisor of the number of features; with 1 this is `layer_norm`.
        epsilon: Added to the variance, in the units of x squared.

    Raises:
        ValueError: If x is not (batch, features), or the groups do not divide the features.
    """
    x = floating(x)
    if x.ndim != 2:  # with more axes libraries disagree about what a group is
        raise ValueError(f"x must be (batch, features), not {x.shape}")
    if groups < 1 or x.shape[-1] % groups:
        raise ValueError(f"{groups} groups do not divide {x.shape[-1]} features")
    return _normalized_in_groups(x, scale, shift, groups, epsilon)


def _normalized_in_groups(x: Array, scale: Array, shift: Array, groups: int, epsilon: float) -> Array:
    _fit(x, 1, scale=scale, shift=shift)
    parts = wide(x).reshape(*x.shape[:-1], groups, x.shape[-1] // groups)
    centered = parts - parts.mean(axis=-1, keepdims=True)
    variance = (centered**2).mean(axis=-1, keepdims=True)
    result = scale * (centered / jnp.sqrt(variance + epsilon)).reshape(x.shape) + shift
    return result.astype(jnp.result_type(x, scale, shift))
