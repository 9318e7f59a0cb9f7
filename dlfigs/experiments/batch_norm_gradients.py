"""How gradients grow through deep nets with batch normalization, at initialization."""

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
from dlfigs.nets.initializers import he_normal
from dlfigs.nets.layers import batch_norm


def batch_norm_gradients(
    key: Array,
    *,
    activations: Sequence[str],
    batches: Sequence[int],
    depth: int,
    width: int,
    seeds: int,
) -> xr.Dataset:
    """Measure gradients by layer in random nets of batch-normalized layers without biases.

    A layer multiplies by its weights, normalizes over the batch with scale 1 and shift 0, and applies
    the activation. All layers have the same width, inputs are independent normal numbers, and so is
    the gradient that enters at the last layer's pre-activations. How large the weights are does not
    matter: the normalization takes it out again. Nets of the same seed share their weights.

    Args:
        key: JAX key.
        activations: Names in `ACTIVATIONS`.
        batches: Batch sizes, 4 or more each.
        depth: Number of layers.
        width: Units in each layer.
        seeds: Number of nets.

    Returns:
        squared_gradient: (activation, batch, seed, layer), squared norm over the whole batch of the
            gradient with respect to the layer's pre-activations, relative to the last layer's.
    """
    logs = _log_squares(key, tuple(activations), tuple(batches), depth, width, seeds)
    return dataset(
        {
            "activation": list(activations),
            "batch": (np.asarray(batches), "batch size"),
            "seed": seeds,
            "layer": np.arange(1, depth + 1),
        },
        attrs={"depth": depth, "width": width},
        squared_gradient=(
            "activation batch seed layer",
            # float64, which also holds what a net of more than a hundred layers makes of it
            np.exp(np.moveaxis(np.asarray(logs, np.float64), 0, 2)),
            "squared gradient norm of pre-activations",
            "relative to the last layer",
        ),
    )


@partial(jax.jit, static_argnums=(1, 2, 3, 4, 5))
def _log_squares(
    key: Array,
    activations: tuple[str, ...],
    batches: tuple[int, ...],
    depth: int,
    width: int,
    seeds: int,
) -> Array:
    """Return the logarithm of the squared norms, (seed, activation, batch, layer)."""
    # Side by side in one loop over layers: the weights are drawn and the loop is compiled only once
    cases = [(ACTIVATIONS[name], size) for name in activations for size in batches]
    one, zero = jnp.ones(width), jnp.zeros(width)

    def one_net(key: Array) -> Array:
        key_input, key_weights, key_top = jax.random.split(key, 3)
        x, top = (jax.random.normal(k, (max(batches), width)) for k in (key_input, key_top))

        def forward(h: list[Array], key: Array) -> tuple[list[Array], tuple[Array, list[Array]]]:
            w = he_normal(key, width, width)
            z = [part @ w for part in h]
            h = [phi(batch_norm(part, one, zero)) for (phi, _), part in zip(cases, z, strict=True)]
            return h, (w, z)

        _, (w, z) = lax.scan(forward, [x[:size] for _, size in cases], jax.random.split(key_weights, depth))

        def backward(deltas: list[Array], above: tuple[Array, list[Array]]) -> tuple[list[Array], Array]:
            w_above, z_here = above
            deltas, grown = list(deltas), []
            for i, ((phi, _), part) in enumerate(zip(cases, z_here, strict=True)):
                _, pull = jax.vjp(lambda z, phi=phi: phi(batch_norm(z, one, zero)), part)
                (deltas[i],) = pull(deltas[i] @ w_above.T)
                norm = jnp.linalg.norm(deltas[i])
                deltas[i] /= norm  # within floating point at any depth
                grown.append(2 * jnp.log(norm))
            return deltas, jnp.stack(grown)

        start = [top[:size] / jnp.linalg.norm(top[:size]) for _, size in cases]
        _, steps = lax.scan(backward, start, (w[1:], [part[:-1] for part in z]), reverse=True)
        log = jnp.concatenate([jnp.cumsum(steps[::-1], axis=0)[::-1], jnp.zeros((1, len(cases)))])
        return log.T.reshape(len(activations), len(batches), depth)

    return over_seeds(one_net, jax.random.split(key, seeds))
