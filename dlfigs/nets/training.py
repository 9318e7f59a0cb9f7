"""Minibatch training as one compiled loop."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax
from jax.flatten_util import ravel_pytree

from dlfigs.nets.inputs import floating


def cross_entropy(outputs: Array, labels: Array) -> Array:
    """Return the mean cross-entropy in nats of (batch, classes) outputs and (batch,) labels.

    Raises:
        TypeError: If the labels are not whole numbers.
        ValueError: If the shapes do not fit, or if a label is no class; in compiled code, where labels are
            not known, such an example counts as 0.
    """
    outputs, labels = _labeled(outputs, labels)
    # With classes as vectors there is nothing to gather or scatter: a sixth less to compile. Chosen rather
    # than multiplied by 0 or 1: a class that is ruled out, with output -inf, would give nan
    right = labels[..., None] == jnp.arange(outputs.shape[-1])
    return -jnp.where(right, jax.nn.log_softmax(outputs), 0).sum(axis=-1).mean()


def accuracy(outputs: Array, labels: Array) -> Array:
    """Return the share of (batch, classes) outputs whose largest entry is the (batch,) label's.

    Raises:
        TypeError: If the labels are not whole numbers.
        ValueError: If the shapes do not fit, or if a label is no class.
    """
    outputs, labels = _labeled(outputs, labels)
    return (outputs.argmax(axis=-1) == labels).mean()


def _labeled(outputs: Any, labels: Any) -> tuple[Array, Array]:
    outputs, labels = floating(outputs, "outputs"), jnp.asarray(labels)
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise TypeError(f"labels must be whole numbers, not {labels.dtype}")
    if outputs.ndim < 1 or labels.shape != outputs.shape[:-1]:
        raise ValueError(f"labels {labels.shape} do not fit outputs {outputs.shape}: one label a row")
    if not _within(labels, outputs.shape[-1]):
        raise ValueError(f"labels must be from 0 to {outputs.shape[-1] - 1}, the number of the last class")
    return outputs, labels


def train(
    index: Array | int,
    parameters: Any,
    loss: Callable[..., Array],
    x: Array,
    y: Array,
    *,
    optimizer: optax.GradientTransformation,
    each: Any = None,
    project: Callable[[Any], Any] | None = None,
    keep: bool = False,
    watch: Callable[[Any], Any] | None = None,
    every: int = 1,
) -> tuple[Any, Any]:
    """Minimize a loss over minibatches that were drawn before.

    Args:
        index: (steps, batch), the examples of each minibatch by number, see `draws.minibatches`; or
            just the number of steps, each of which takes all examples.
        parameters: What `optimizer` changes.
        loss: `loss(parameters, x, y)`, a mean over the batch; with `each`, `loss(parameters, x, y, part)`.
        x: (examples, ...).
        y: (examples, ...).
        optimizer: From optax. It sees all parameters as one vector: the same updates, and a third less
            to compile than array by array.
        each: What differs from step to step beside the minibatch, such as random numbers for dropout:
            arrays with a leading axis (steps,). Each step's part goes to the loss.
        project: What is done to the parameters after each update, such as keeping them in a ball.
        keep: Whether the loss returns a pair: its value, and what to keep of each step.
        watch: `watch(parameters)` returns arrays to record on the way, such as validation losses.
        every: Updates between two calls of `watch`; the number of steps is a multiple of it.

    Returns:
        The last parameters, and the minibatch loss before each step, (steps,); with `keep` the pair,
        each array with a leading axis (steps,); with `watch` instead what it returned, each array
        with a leading axis steps / every.

    Raises:
        ValueError: If x and y, the examples' numbers or `every` do not fit.
    """
    x, y, everything = jnp.asarray(x), jnp.asarray(y), jnp.ndim(index) == 0
    index = operator.index(index) if everything else jnp.asarray(index)
    _check(index, x, y, every if watch else 1)

    flat, tree = ravel_pytree(parameters)

    def of_flat(flat: Array, *arguments: Any) -> Any:
        return loss(tree(flat), *arguments)

    def step(carry: tuple[Any, Any], drawn: tuple[Array, Any]) -> tuple[tuple[Any, Any], Any]:
        flat, state = carry
        rows, part = drawn
        data = (x, y) if everything else (x[rows], y[rows])
        more = () if each is None else (part,)
        value, gradient = jax.value_and_grad(of_flat, has_aux=keep)(flat, *data, *more)
        updates, state = optimizer.update(gradient, state, flat)
        flat = flat + updates
        return (flat if project is None else ravel_pytree(project(tree(flat)))[0], state), value

    drawn = jnp.arange(index) if everything else index, each
    start = (flat, optimizer.init(flat))
    if watch is None:
        (flat, _), losses = lax.scan(step, start, drawn)
        return tree(flat), losses

    def leg(carry: tuple[Any, Any], drawn: tuple[Array, Any]) -> tuple[tuple[Any, Any], Any]:
        carry, _ = lax.scan(step, carry, drawn)
        return carry, watch(tree(carry[0]))

    legs = jax.tree.map(lambda part: part.reshape(-1, every, *part.shape[1:]), drawn)
    (flat, _), seen = lax.scan(leg, start, legs)
    return tree(flat), seen


def _check(index: Array | int, x: Array, y: Array, every: int) -> None:
    """Look at what would give another result than is meant, or an error that says little."""
    steps = index if isinstance(index, int) else len(index)
    if x.ndim < 1 or y.ndim < 1 or len(x) != len(y):
        raise ValueError(f"x {x.shape} and y {y.shape} must have as many examples")
    if every < 1 or steps % every:
        raise ValueError(f"{steps} steps are no multiple of every = {every}")
    if not isinstance(index, int) and not _within(index, len(x)):
        raise ValueError(f"examples are numbered from 0 to {len(x) - 1}, and index has others")


def _within(numbers: Array, count: int) -> bool:
    """Whether all are from 0 to count - 1, as far as it is known before compiled code runs."""
    if isinstance(numbers, jax.core.Tracer) or not numbers.size:
        return True
    values = np.asarray(numbers)  # jnp would trace the comparison
    return bool(values.min() >= 0 and values.max() < count)
