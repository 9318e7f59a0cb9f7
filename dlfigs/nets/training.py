"""Minibatch training as one compiled loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import optax
from jax import Array, lax


def cross_entropy(outputs: Array, labels: Array) -> Array:
    """Return the mean cross-entropy in nats of (batch, classes) outputs and (batch,) labels."""
    return optax.softmax_cross_entropy_with_integer_labels(outputs, labels).mean()


def accuracy(outputs: Array, labels: Array) -> Array:
    """Return the share of (batch, classes) outputs whose largest entry is the (batch,) label's."""
    return (outputs.argmax(axis=-1) == labels).mean()


def train(
    key: Array,
    parameters: Any,
    loss: Callable[[Any, Array, Array], Array],
    x: Array,
    y: Array,
    *,
    optimizer: optax.GradientTransformation,
    steps: int,
    batch: int,
) -> tuple[Any, Array]:
    """Minimize a loss; each step takes a fresh random minibatch, drawn with replacement.

    Args:
        key: JAX key, for the minibatches.
        parameters: What `optimizer` changes.
        loss: `loss(parameters, x, y)`, a mean over the batch.
        x: (examples, ...).
        y: (examples, ...).
        optimizer: From optax.
        steps: Number of updates.
        batch: Examples in each minibatch.

    Returns:
        The last parameters, and the minibatch loss before each step, (steps,).
    """

    def step(carry: tuple[Any, Any], index: Array) -> tuple[tuple[Any, Any], Array]:
        parameters, state = carry
        value, gradient = jax.value_and_grad(loss)(parameters, x[index], y[index])
        updates, state = optimizer.update(gradient, state, parameters)
        return (optax.apply_updates(parameters, updates), state), value

    # All minibatches at once: drawing one in each step takes a sixth of the time of small nets
    minibatches = jax.random.randint(key, (steps, batch), 0, len(x))
    (parameters, _), losses = lax.scan(step, (parameters, optimizer.init(parameters)), minibatches)
    return parameters, losses
