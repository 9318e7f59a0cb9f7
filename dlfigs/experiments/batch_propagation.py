"""Gradients by layer for whole batches, in float32, for many activations and initializers at once.

`dlfigs.experiments.propagation` follows one input through float64. This is for larger questions: all
nets of a seed and an initializer share their weights, so that their matrix products are one, and one
compilation serves every activation and every initializer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import INITIALIZERS, NORMAL

# Signals are kept between exp(-18) and exp(18), about 1e-8 and 1e8, and the rest of their size is kept
# as a logarithm. Beyond, every activation here is to float32's precision what it is at the bound: linear
# on either side of zero, or bounded.
LARGEST_LOG = 18.0


def batch_gradient_norms(
    key: Array,
    *,
    activations: Sequence[str],
    initializers: Sequence[str] = tuple(INITIALIZERS),
    depth: int,
    width: int,
    batch: int,
    seeds: int,
) -> xr.Dataset:
    """Measure gradients by layer in fully connected nets without biases, each fed a batch of inputs.

    All layers have the same width. The inputs are random, of mean square 1 each; the loss is a random
    linear function of the last layer's pre-activations, with a gradient of norm 1. Nets of the same
    seed share their random numbers across activations and initializers.

    Args:
        key: JAX key.
        activations: Names in `ACTIVATIONS`.
        initializers: Names in `INITIALIZERS`.
        depth: Number of layers.
        width: Units in each layer.
        batch: Inputs.
        seeds: Number of nets for each activation and initializer.

    Returns:
        log_gradient_norm: (activation, initializer, seed, layer), natural logarithm of the norm of the
            loss's gradient with respect to the layer's pre-activations, (batch, width); 0 at the last
            layer. Finite also where float32 is not, below exp(-87) and above exp(88); minus infinity
            where no gradient arrives, as when every unit of a layer is off.
        log_weight_gradient_norm: (activation, initializer, seed, layer), the same for the layer's
            weight matrix.
    """
    names = tuple(activations), tuple(initializers)
    logs = _log_norms(key, *names, depth, width, batch, seeds)
    delta, weights = (np.moveaxis(np.asarray(log, float), (0, 1, 2, 3), (2, 1, 3, 0)) for log in logs)
    dims = "activation initializer seed layer"
    return dataset(
        {
            "activation": list(activations),
            "initializer": list(initializers),
            "seed": seeds,
            "layer": np.arange(1, depth + 1),
        },
        attrs={"width": width, "batch": batch},
        log_gradient_norm=(dims, delta, "log of gradient norm of pre-activations"),
        log_weight_gradient_norm=(dims, weights, "log of gradient norm of weights"),
    )


@partial(jax.jit, static_argnums=(1, 2, 3, 4, 5, 6))
def _log_norms(
    key: Array,
    activations: tuple[str, ...],
    initializers: tuple[str, ...],
    depth: int,
    width: int,
    batch: int,
    seeds: int,
) -> tuple[Array, Array]:
    """Return the logarithms of both norms, (seed, initializer, layer, activation)."""
    functions = [ACTIVATIONS[name] for name in activations]
    shape = (len(functions), batch, width)

    def phi(z: Array) -> Array:
        return jnp.stack([f(part) for f, part in zip(functions, z, strict=True)])

    def slope(z: Array) -> Array:
        # One by one: the derivative of the stack as a whole would add up seven arrays of zeros
        pulls = [jax.vjp(f, part)[1] for f, part in zip(functions, z, strict=True)]
        return jnp.stack([pull(jnp.ones(shape[1:]))[0] for pull in pulls])

    def times(h: Array, w: Array) -> Array:  # one product for all activations
        return (h.reshape(-1, width) @ w).reshape(shape)

    def one_net(key: Array) -> tuple[Array, Array]:
        key_input, key_weights, key_loss = jax.random.split(key, 3)
        x = jax.random.normal(key_input, (batch, width))
        x = x * jnp.sqrt(width) / jnp.linalg.norm(x, axis=-1, keepdims=True)
        top = jax.random.normal(key_loss, (batch, width))
        keys = jax.random.split(key_weights, depth)

        def drawn(key: Array) -> list[Array]:
            normal = jax.random.normal(key, (width, width), jnp.float32)
            return [
                NORMAL[name](width, width) * normal
                if name in NORMAL
                else INITIALIZERS[name](key, width, width)
                for name in initializers
            ]

        return lax.map(partial(norms, x, top), jnp.stack(lax.map(drawn, keys)))

    def norms(x: Array, top: Array, w: Array) -> tuple[Array, Array]:
        """Return both logarithms, (layer, activation), for weights (layer, width, width)."""
        # Signals and gradients are scaled while they pass through the next matrix, not on their own

        def forward(carry: tuple[Array, Array, Array], layer: Array) -> tuple:
            h, factor, excess = carry
            z = times(h, w[layer]) * jnp.exp(factor)[:, None, None]
            excess -= factor
            h = phi(z)
            log = jnp.log(jnp.mean(h * h, axis=(1, 2))) / 2
            factor = jnp.clip(log + excess, -LARGEST_LOG, LARGEST_LOG) - log
            return (h, jnp.where(log > -jnp.inf, factor, 0), excess), (z, excess)

        none, below = jnp.zeros(len(functions)), jnp.arange(depth - 1)
        _, (z, excess) = lax.scan(forward, (jnp.broadcast_to(x, shape), none, none), below)

        def norms_of(h: Array, delta: Array) -> tuple[Array, Array]:
            """Return the logarithms of the norms of delta and of h.T @ delta, without that matrix."""
            inner, outer = jnp.einsum("fbi,fci->fbc", h, h), jnp.einsum("fbi,fci->fbc", delta, delta)
            squares = jnp.einsum("fbb->f", outer), jnp.sum(inner * outer, axis=(1, 2))
            return tuple(jnp.log(square) / 2 for square in squares)

        def backward(carry: tuple[Array, Array], layer: tuple) -> tuple:
            delta, log = carry  # the gradient is delta * exp(log)
            layer, z, excess = layer
            norm, of_weights = norms_of(phi(z), delta)
            found = log + norm, log + excess + of_weights
            # Renormalizing at each layer keeps even hopeless nets within floating point
            factor = jnp.where(norm > -jnp.inf, norm, 0)
            delta = times(delta, w[layer + 1].T) * slope(z) * jnp.exp(-factor)[:, None, None]
            return (delta, log + factor), found

        start = jnp.broadcast_to(top / jnp.linalg.norm(top), shape), none
        (delta, log), above = lax.scan(backward, start, (below, z, excess), reverse=True)
        first = [log + norm for norm in norms_of(jnp.broadcast_to(x, shape), delta)]
        return jax.tree.map(lambda one, others: jnp.concatenate([one[None], others]), tuple(first), above)

    stored = len(initializers) * depth * width**2 * 4 + depth * len(functions) * batch * width * 4
    return over_seeds(one_net, jax.random.split(key, seeds), bytes_each=stored)
