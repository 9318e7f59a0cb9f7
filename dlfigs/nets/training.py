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
    loss: Callable[..., Array],
    x: Array,
    y: Array,
    *,
    optimizer: optax.GradientTransformation,
    steps: int,
    batch: int | None,
    random: bool = False,
    project: Callable[[Any], Any] = lambda parameters: parameters,
    examples: Array | None = None,
    keep: bool = False,
    watch: Callable[[Any], Any] | None = None,
    every: int = 1,
) -> tuple[Any, Any]:
    """Minimize a loss; each step takes a fresh random minibatch, drawn with replacement.

    Args:
        key: JAX key, for the minibatches.
        parameters: What `optimizer` changes.
        loss: `loss(parameters, x, y)`, a mean over the batch; `loss(parameters, x, y, key)` if it
            is random.
        x: (examples, ...).
        y: (examples, ...).
        optimizer: From optax.
        steps: Number of updates.
        batch: Examples in each minibatch; None takes all examples, every time.
        random: Whether the loss takes a key, a new one in each step, as for dropout.
        project: What is done to the parameters after each update, such as keeping them in a ball.
        examples: How many of the first examples to draw minibatches from, by default all; it may be
            traced.
        keep: Whether the loss returns a pair: its value, and what to keep of each step.
        watch: `watch(parameters)` returns arrays to record on the way, such as validation losses.
        every: Updates between two calls of `watch`; `steps` is a multiple of it.

    Returns:
        The last parameters, and the minibatch loss before each step, (steps,); with `keep` the pair,
        each array with a leading axis (steps,); with `watch` instead what it returned, each array
        with a leading axis steps / every.
    """
    key_batches, key_loss = jax.random.split(key)

    def step(carry: tuple[Any, Any], drawn: tuple[Array, Array]) -> tuple[tuple[Any, Any], Any]:
        parameters, state = carry
        index, *keys = drawn
        data = (x, y) if batch is None else (x[index], y[index])
        value, gradient = jax.value_and_grad(loss, has_aux=keep)(parameters, *data, *keys)
        updates, state = optimizer.update(gradient, state, parameters)
        return (project(optax.apply_updates(parameters, updates)), state), value

    # All minibatches at once: drawing one in each step takes a sixth of the time of small nets
    most = len(x) if examples is None else examples
    drawn = (jax.random.randint(key_batches, (steps, batch or 0), 0, most),)
    if random:
        drawn += (jax.random.split(key_loss, steps),)
    start = (parameters, optimizer.init(parameters))
    if watch is None:
        (parameters, _), losses = lax.scan(step, start, drawn)
        return parameters, losses

    def leg(carry: tuple[Any, Any], drawn: tuple[Array, Array]) -> tuple[tuple[Any, Any], Any]:
        carry, _ = lax.scan(step, carry, drawn)
        return carry, watch(carry[0])

    legs = jax.tree.map(lambda part: part.reshape(-1, every, *part.shape[1:]), drawn)
    (parameters, _), seen = lax.scan(leg, start, legs)
    return parameters, seen
