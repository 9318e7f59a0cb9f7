"""What the default initializers of libraries do to signals and gradients in deep nets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import Start
from dlfigs.nets.mlp import MLP, init_mlp, mlp


def signals_and_gradients(
    key: Array, *, defaults: Mapping[str, Start], activation: str, depth: int, width: int, seeds: int
) -> xr.Dataset:
    """Follow signals up and gradients down nets with biases whose layers all have the same width.

    Each net is fed two orthogonal inputs of mean square 1. The loss is a random linear function of
    the last layer's pre-activations for the first of them. Nets of the same seed share inputs and
    loss across initializers.

    Args:
        key: JAX key.
        defaults: Initializers of weights and biases, by name.
        activation: Name in `ACTIVATIONS`.
        depth: Number of layers, 2 or more.
        width: Units in each layer and number of inputs, 2 or more.
        seeds: Number of nets for each name.

    Returns:
        signal: (library, seed, layer), mean square of the first input's pre-activations.
        separation: (library, seed, layer), mean squared difference between the pre-activations of
            the two inputs.
        gradient_norm: (library, seed, layer), norm of the gradient with respect to the first
            input's pre-activations, relative to the last layer's.
        weight_variance: (library, seed), mean square of all weights, times the width.
    """
    # float64: two inputs come closer to each other than float32 can tell
    with jax.enable_x64(True):
        measured = _follow(key, tuple(defaults.values()), activation, depth, width, seeds)
        signal, separation, gradient, variance = (np.moveaxis(np.asarray(m), 0, 1) for m in measured)
    dims = "library seed layer"
    return dataset(
        {"library": list(defaults), "seed": seeds, "layer": np.arange(1, depth + 1)},
        attrs={"width": width, "activation": activation},
        signal=(dims, signal, "mean square of pre-activations"),
        separation=(dims, separation, "mean squared difference between two inputs' pre-activations"),
        gradient_norm=(dims, gradient, "gradient norm of pre-activations", "relative to the last layer"),
        weight_variance=("library seed", variance, "variance of the weights times fan-in"),
    )


@partial(jax.jit, static_argnums=(1, 2, 3, 4, 5))
def _follow(
    key: Array, defaults: tuple[Start, ...], activation: str, depth: int, width: int, seeds: int
) -> tuple[Array, ...]:
    """Return the four measurements, each (seed, library, ...)."""

    def draw(default: Start) -> Callable[[Array], MLP]:
        sizes = {"inputs": width, "width": width, "depth": depth, "outputs": 1}
        return lambda key: init_mlp(key, default.weights, biases=default.biases, **sizes)

    def one_net(index: Array, key: Array, x: Array, direction: Array) -> tuple[Array, ...]:
        # One branch for each initializer, so that the rest is compiled once
        net = lax.switch(index, [draw(default) for default in defaults], key)
        net = jax.tree.map(lambda part: part.astype(float), net)

        def loss(net: MLP) -> tuple[Array, Array]:
            _, z = mlp(net, x, ACTIVATIONS[activation])
            return z[-1, 0] @ direction, z

        gradient, z = jax.grad(loss, has_aux=True)(net)
        # A bias is added to its unit's pre-activation, so that both have the same gradient
        delta = jnp.linalg.norm(jnp.concatenate([gradient.first.b[None], gradient.hidden.b]), axis=-1)
        squares = jnp.concatenate([net.first.w[None], net.hidden.w]) ** 2
        signal, separation = z[:, 0] ** 2, (z[:, 0] - z[:, 1]) ** 2
        return signal.mean(-1), separation.mean(-1), delta / delta[-1], width * squares.mean()

    def one_seed(key: Array) -> tuple[Array, ...]:
        key_inputs, key_loss, key_net = jax.random.split(key, 3)
        x = jnp.linalg.qr(jax.random.normal(key_inputs, (width, 2)))[0].T * jnp.sqrt(width)
        direction = jax.random.normal(key_loss, (width,))
        return lax.map(lambda i: one_net(i, key_net, x, direction), jnp.arange(len(defaults)))

    return over_seeds(one_seed, jax.random.split(key, seeds))
