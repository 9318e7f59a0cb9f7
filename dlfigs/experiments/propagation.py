"""How signals and gradients travel through deep nets at initialization."""

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
from dlfigs.nets.initializers import INITIALIZERS, LARGE, NORMAL


def gradient_norms(
    key: Array,
    *,
    activations: Sequence[str],
    initializers: Sequence[str] = tuple(INITIALIZERS),
    depth: int,
    width: int,
    seeds: int,
) -> xr.Dataset:
    """Measure gradients by layer in fully connected nets without biases, each fed one random input.

    All layers have the same width. The loss is a random linear function of the last layer's
    pre-activations. Nets of the same seed share their random numbers across activations and
    initializers.

    Args:
        key: JAX key.
        activations: Names in `ACTIVATIONS`.
        initializers: Names in `INITIALIZERS`.
        depth: Number of layers.
        width: Units in each layer.
        seeds: Number of nets for each activation and initializer.

    Returns:
        gradient_norm: (activation, initializer, seed, layer), norm of the gradient with respect to
            the layer's pre-activations, relative to the last layer's.
        weight_gradient_norm: (activation, initializer, seed, layer), the same for the layer's
            weight matrix.
    """
    # float64: signals under small weights leave float32 after some thirty layers
    with jax.enable_x64(True):
        logs = _log_norms(key, tuple(activations), tuple(initializers), depth, width, seeds)
        delta, weights = (np.moveaxis(np.exp(np.asarray(log)), 0, 2) for log in logs)
    dims, units = "activation initializer seed layer", "relative to the last layer"
    return dataset(
        {
            "activation": list(activations),
            "initializer": list(initializers),
            "seed": seeds,
            "layer": np.arange(1, depth + 1),
        },
        attrs={"width": width},
        gradient_norm=(dims, delta, "gradient norm of pre-activations", units),
        weight_gradient_norm=(dims, weights, "gradient norm of weights", units),
    )


@partial(jax.jit, static_argnums=(1, 2, 3, 4, 5))
def _log_norms(
    key: Array,
    activations: tuple[str, ...],
    initializers: tuple[str, ...],
    depth: int,
    width: int,
    seeds: int,
) -> tuple[Array, Array]:
    """Return the logarithms of both norms, (seed, activation, initializer, layer)."""
    shape = (len(activations), len(initializers), width)
    # All normal weights are multiples of one draw: it is made once, and its products are one product
    rules = list(dict.fromkeys("large_normal" if name in NORMAL else name for name in initializers))
    of_rule = [rules.index("large_normal" if name in NORMAL else name) for name in initializers]
    groups = [np.flatnonzero(np.equal(of_rule, rule)) for rule in range(len(rules))]
    back = np.argsort(np.concatenate(groups))
    scale = np.array([NORMAL[name](width, width) / LARGE if name in NORMAL else 1 for name in initializers])

    def phi(z: Array) -> Array:
        return jnp.stack([ACTIVATIONS[name](z[i]) for i, name in enumerate(activations)])

    def weights(key: Array) -> list[Array]:  # one (width, width) for each rule
        return [INITIALIZERS[name](key, width, width).astype(float) for name in rules]

    def layer(w: list[Array], h: Array) -> Array:
        products = [h[:, group] @ part for group, part in zip(groups, w, strict=True)]
        return scale[:, None] * jnp.concatenate(products, axis=1)[:, back]

    def one_net(key: Array) -> tuple[Array, Array]:
        key_input, key_weights, key_loss = jax.random.split(key, 3)
        x = jax.random.normal(key_input, (width,))
        x = jnp.broadcast_to(x * jnp.sqrt(width) / jnp.linalg.norm(x), shape)

        def forward(h: Array, key: Array) -> tuple[Array, tuple[list[Array], Array, Array]]:
            w = weights(key)
            z = layer(w, h)
            return phi(z), (w, z, h)

        _, (w, z, h) = lax.scan(forward, x, jax.random.split(key_weights, depth))

        def backward(carry: tuple[Array, Array], above: tuple[list[Array], Array]):
            delta, log = carry
            w_above, z_here = above
            _, pull = jax.vjp(lambda z: layer(w_above, phi(z)), z_here)
            (delta,) = pull(delta)
            norm = jnp.linalg.norm(delta, axis=-1)
            # Renormalizing at each layer keeps even hopeless nets within floating point
            return (delta / norm[..., None], log + jnp.log(norm)), log + jnp.log(norm)

        top = jax.random.normal(key_loss, (width,))
        start = (jnp.broadcast_to(top / jnp.linalg.norm(top), shape), jnp.zeros(shape[:2]))
        above = [part[1:] for part in w]
        _, log = lax.scan(backward, start, (above, z[:-1]), reverse=True)
        log = jnp.moveaxis(jnp.concatenate([log, jnp.zeros((1, *shape[:2]))]), 0, -1)
        # For one input the gradient of a weight matrix is the outer product of input and delta
        log_inputs = jnp.moveaxis(jnp.log(jnp.linalg.norm(h, axis=-1)), 0, -1)
        return log, log + log_inputs - log_inputs[..., -1:]

    stored = len(rules) * depth * width**2 * 8  # one net's weights, for the way back
    return over_seeds(one_net, jax.random.split(key, seeds), bytes_each=stored)
