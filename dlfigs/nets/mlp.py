"""Fully connected nets with one or more hidden layers of the same width."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from dlfigs.nets.inputs import floating


class Dense(NamedTuple):
    """Weights (fan_in, fan_out) and biases (fan_out,); stacked layers have a leading axis."""

    w: Array
    b: Array


class MLP(NamedTuple):
    """Parameters of a net: from the input, between hidden layers (stacked), to the output."""

    first: Dense
    hidden: Dense
    last: Dense


def init_mlp(
    key: Array,
    initializer: Callable[[Array, int, int], Array],
    *,
    inputs: int,
    width: int,
    depth: int,
    outputs: int,
    biases: Callable[[Array, int, int], Array] | None = None,
) -> MLP:
    """Draw weights for `depth` hidden layers and one output layer.

    Args:
        key: JAX key.
        initializer: `initializer(key, fan_in, fan_out)` returns a matrix (fan_in, fan_out).
        inputs: Number of inputs.
        width: Units in each hidden layer.
        depth: Number of hidden layers, 1 or more.
        outputs: Number of outputs.
        biases: `biases(key, fan_in, fan_out)` returns (fan_out,); without it biases are zero.

    Raises:
        ValueError: If there is no hidden layer.
    """
    if operator.index(depth) < 1:
        raise ValueError(f"depth must be 1 hidden layer or more, not {depth}")
    key_first, key_hidden, key_last = jax.random.split(key, 3)

    def dense(key: Array, fan_in: int, fan_out: int) -> Dense:
        if biases is None:
            return Dense(initializer(key, fan_in, fan_out), jnp.zeros(fan_out))
        key_w, key_b = jax.random.split(key)
        return Dense(initializer(key_w, fan_in, fan_out), biases(key_b, fan_in, fan_out))

    hidden = lax.map(lambda k: dense(k, width, width), jax.random.split(key_hidden, depth - 1))
    return MLP(dense(key_first, inputs, width), hidden, dense(key_last, width, outputs))


def mlp(
    net: MLP,
    x: Array,
    phi: Callable[..., Array],
    *,
    skip: float = 0.0,
    branch: float = 1.0,
    each: Any = None,
) -> tuple[Array, Array]:
    """Return outputs and pre-activations of all hidden layers.

    Hidden layer after hidden layer, h becomes skip * h + branch * phi(h @ w + b): with skip 0 and
    branch 1 a plain net, with skip 1 a residual one (He et al., 2016, with one layer to a block).

    Args:
        net: The parameters.
        x: (batch, inputs).
        phi: Activation function, `phi(z)`; with `each`, `phi(z, part)`.
        skip: Weight of the identity path, dimensionless.
        branch: Weight of the layer's own output, dimensionless.
        each: What differs from hidden layer to hidden layer, such as keys for dropout or the scale,
            shift and averages of a normalization: arrays whose leading axis is the depth. Each
            layer's part goes to `phi`.

    Returns:
        Outputs (batch, outputs), without an activation, and pre-activations (depth, batch, width).

    Raises:
        ValueError: If x has another number of inputs.
    """
    x = floating(x)
    if x.ndim < 1 or x.shape[-1] != net.first.w.shape[-2]:
        raise ValueError(f"x {x.shape} does not have the net's {net.first.w.shape[-2]} inputs")
    first, rest = (
        each if each is None else jax.tree.map(at, each) for at in (lambda e: e[0], lambda e: e[1:])
    )

    def active(z: Array, part: Any) -> Array:
        return phi(z) if each is None else phi(z, part)

    def layer(h: Array, parts: tuple[Dense, Any]) -> tuple[Array, Array]:
        dense, part = parts
        z = h @ dense.w + dense.b
        return skip * h + branch * active(z, part), z

    z_first = x @ net.first.w + net.first.b
    h, z = lax.scan(layer, active(z_first, first), (net.hidden, rest))
    return h @ net.last.w + net.last.b, jnp.concatenate([z_first[None], z])
