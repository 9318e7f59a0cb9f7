"""How fast gradients vanish or explode, over a grid of variances of weights and biases."""

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


def gradient_factors(
    key: Array,
    *,
    activation: str,
    sigma_w2: Sequence[float],
    sigma_b2: Sequence[float],
    settle: int,
    depth: int,
    width: int,
    seeds: int,
) -> xr.Dataset:
    """Measure what one layer does to the gradient, deep inside nets with random weights and biases.

    The first layers let the signal of one random input settle; gradients of a random linear loss
    are followed through the layers after them. Nets of the same seed share their random numbers
    across the grid.

    Args:
        key: JAX key.
        activation: Name in `ACTIVATIONS`.
        sigma_w2: Variances of the weights, times the width.
        sigma_b2: Variances of the biases.
        settle: Layers before the first that is measured.
        depth: Layers that the gradient is followed through.
        width: Units in each layer.
        seeds: Number of nets at each point of the grid.

    Returns:
        factor: (sigma_b2, sigma_w2, seed), what a layer multiplies the squared norm of the gradient
            with respect to the pre-activations by, averaged over `depth` layers.
    """
    sizes = (activation, settle, depth, width, seeds)
    factor = _factors(key, jnp.asarray(sigma_w2), jnp.asarray(sigma_b2), *sizes)
    return dataset(
        {
            "sigma_b2": (sigma_b2, "variance of the biases"),
            "sigma_w2": (sigma_w2, "variance of the weights, times the width"),
            "seed": seeds,
        },
        {"width": width},
        factor=(
            "sigma_b2 sigma_w2 seed",
            np.moveaxis(np.asarray(factor), 0, -1),
            "factor of the squared gradient in one layer",
        ),
    )


@partial(jax.jit, static_argnums=(3, 4, 5, 6, 7))
def _factors(
    key: Array,
    sigma_w2: Array,
    sigma_b2: Array,
    activation: str,
    settle: int,
    depth: int,
    width: int,
    seeds: int,
) -> Array:
    """Return the mean factor over layers, (seed, sigma_b2, sigma_w2)."""
    phi = ACTIVATIONS[activation]
    shape = (len(sigma_b2), len(sigma_w2), width)
    w_scale = jnp.sqrt(sigma_w2 / width)[None, :, None]
    b_scale = jnp.sqrt(sigma_b2)[:, None, None]

    def layer(h: Array, w: Array, b: Array) -> Array:
        return w_scale * (h @ w) + b_scale * b

    def one_net(key: Array) -> Array:
        key_input, key_layers, key_loss = jax.random.split(key, 3)

        def forward(h: Array, key: Array):
            key_w, key_b = jax.random.split(key)
            w = jax.random.normal(key_w, (width, width))
            z = layer(h, w, jax.random.normal(key_b, (width,)))
            return phi(z), (w, z)

        x = jnp.broadcast_to(jax.random.normal(key_input, (width,)), shape)
        _, (w, z) = lax.scan(forward, x, jax.random.split(key_layers, settle + depth + 1))

        def backward(delta: Array, above: tuple[Array, Array]):
            w_above, z_here = above
            _, pull = jax.vjp(lambda z: layer(phi(z), w_above, 0.0), z_here)
            (delta,) = pull(delta)
            factor = (delta**2).sum(axis=-1)
            # Back to length 1 in each layer: a product of thirty small factors leaves float32
            return delta / jnp.sqrt(factor)[..., None], factor

        top = jax.random.normal(key_loss, (width,))
        delta = jnp.broadcast_to(top / jnp.linalg.norm(top), shape)
        _, factor = lax.scan(backward, delta, (w[settle + 1 :], z[settle:-1]), reverse=True)
        return factor.mean(axis=0)

    return over_seeds(one_net, jax.random.split(key, seeds))
