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
from dlfigs.draws import generator
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import INITIALIZERS, NORMAL, orthonormal

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
    # Where both fans are the same, some of them are too, and are followed once
    laws = [_law(name, width) for name in initializers]
    distinct = tuple(dict.fromkeys(laws))
    rng = generator(key)
    x, top = rng.standard_normal((2, seeds, batch, width), np.float32)
    x *= np.sqrt(width) / np.linalg.norm(x, axis=2, keepdims=True)
    top /= np.linalg.norm(top, axis=(1, 2), keepdims=True)
    keys = jax.random.wrap_key_data(rng.integers(2**32, size=(seeds, depth, 2), dtype=np.uint32))
    logs = _log_norms((keys, x, top), tuple(activations), distinct)
    each = np.array([distinct.index(law) for law in laws], int)
    delta, weights = (np.moveaxis(np.asarray(log, float)[:, each], (0, 1, 2), (2, 1, 0)) for log in logs)
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


def _law(initializer: str, width: int) -> tuple[str, float]:
    """Return how an initializer draws square matrices: what by, in `_drawn`, and times which factor."""
    if initializer in NORMAL:
        return "normal", NORMAL[initializer](width, width)
    return initializer, 1.0


def _drawn(key: Array, rules: Sequence[str], width: int) -> Array:
    """Draw a square matrix by each rule, (rules, width, width), from the same random numbers."""
    # What `jax.random.normal` and `uniform` do, but the uniform numbers behind both are drawn once
    uniform = jax.random.uniform(key, (width, width), jnp.float32, np.nextafter(np.float32(-1), 0), 1)
    normal = np.float32(np.sqrt(2)) * lax.erf_inv(uniform)
    known = {
        "normal": lambda: normal,
        "glorot_uniform": lambda: np.float32(np.sqrt(3 / width)) * uniform,
        "orthogonal": lambda: orthonormal(normal),
    }
    return jnp.stack([known[r]() if r in known else INITIALIZERS[r](key, width, width) for r in rules])


@partial(jax.jit, static_argnums=(1, 2))
def _log_norms(
    drawn: tuple[Array, Array, Array], activations: tuple[str, ...], laws: tuple[tuple[str, float], ...]
) -> tuple[Array, Array]:
    """Return the logarithms of both norms, (seed, law, activation, layer).

    Args:
        drawn: Keys of the weights, (seeds, depth); inputs and gradients at the top, (seeds, batch, width).
        activations: By name.
        laws: Of the weights, as `_law` returns them.
    """
    depth, (batch, width) = drawn[0].shape[1], drawn[1].shape[1:]
    rules = tuple(dict.fromkeys(rule for rule, _ in laws))
    nets = [(rules.index(rule), factor, f) for rule, factor in laws for f in range(len(activations))]
    columns = [np.array(column) for column in zip(*nets, strict=True)]

    def values_and_slopes(f: Array, z: Array) -> tuple[Array, Array]:
        branches = [
            lambda z, phi=ACTIVATIONS[name]: jax.jvp(phi, (z,), (jnp.ones_like(z),)) for name in activations
        ]
        return lax.switch(f, branches, z)

    def one_seed(drawn: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        keys, x, top = drawn
        w = lax.map(lambda key: _drawn(key, rules, width), keys)
        found = lax.map(lambda column: norms(x, top, w, *column), tuple(columns))
        return jax.tree.map(lambda log: log.reshape(len(laws), len(activations), depth), found)

    def norms(x: Array, top: Array, w: Array, rule: Array, factor: Array, f: Array) -> tuple[Array, Array]:
        """Return both logarithms, (layer,), for weights factor * w[:, rule]."""
        # Signals and gradients are scaled while they pass through the next matrix, not on their own

        def forward(carry: tuple[Array, Array, Array], layer: Array) -> tuple:
            h, scale, excess = carry
            z = (h @ w[layer, rule]) * (factor * jnp.exp(scale))
            excess -= scale
            h, slope = values_and_slopes(f, z)
            inner = _gram(h)
            log = jnp.log(jnp.mean(h * h)) / 2
            scale = jnp.clip(log + excess, -LARGEST_LOG, LARGEST_LOG) - log
            return (h, jnp.where(log > -jnp.inf, scale, 0), excess), (slope, inner, excess)

        below = jnp.arange(depth - 1)
        _, (slopes, inner, excess) = lax.scan(forward, (x, 0.0, 0.0), below)

        def norms_of(inner: tuple[Array, Array], delta: Array) -> tuple[Array, Array]:
            """Return the logarithms of the norms of delta and of h.T @ delta, without that matrix."""
            square = sum(jnp.sum(one * other) for one, other in zip(inner, _gram(delta), strict=True))
            return jnp.log(jnp.sum(delta * delta)) / 2, jnp.log(square) / 2

        def backward(carry: tuple[Array, Array], layer: tuple) -> tuple:
            delta, log = carry  # the gradient is delta * exp(log)
            layer, slope, inner, excess = layer
            norm, of_weights = norms_of(inner, delta)
            found = log + norm, log + excess + of_weights
            # Renormalizing at each layer keeps even hopeless nets within floating point
            size = jnp.where(norm > -jnp.inf, norm, 0)
            delta = (delta @ w[layer + 1, rule].T) * slope * (factor * jnp.exp(-size))
            return (delta, log + size), found

        parts = below, slopes, inner, excess
        (delta, log), above = lax.scan(backward, (top, 0.0), parts, reverse=True)
        first = [log + norm for norm in norms_of(_gram(x), delta)]
        return jax.tree.map(lambda one, others: jnp.concatenate([one[None], others]), tuple(first), above)

    stored = len(rules) * depth * width**2 * 4 + depth * batch * (width + batch) * 4
    return over_seeds(one_seed, drawn, bytes_each=stored)


def _gram(x: Array) -> tuple[Array, Array]:
    """Return two blocks of x @ x.T, symmetric as it is: what is above its diagonal alone, times sqrt(2).

    The sum of products of two such pairs is that of the whole matrices, for three quarters of the work.
    """
    half = len(x) // 2
    twice = np.where(np.arange(len(x)) < half, 1, np.sqrt(2)).astype(np.float32)
    return x[:half] @ x.T * twice, x[half:] @ x[half:].T
