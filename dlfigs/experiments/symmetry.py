"""Hidden units that start alike, and whether training tells them apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import TRAINING, Split, examples
from dlfigs.draws import minibatches
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import tanh
from dlfigs.nets.mlp import init_mlp, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train


def train_from(
    key: Array,
    *,
    initializers: Mapping[str, Callable[[Array, int, int], Array]],
    width: int,
    rate: float,
    batch: int,
    chunks: int,
    every: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train a tanh net with one hidden layer on digits, and follow the weights into its units.

    Weights are initialized by the given functions, in both layers; biases are zero. Training is
    plain SGD. Seed by seed the nets share the split of the data and the minibatches.

    Args:
        key: JAX key.
        initializers: By name, functions `initializer(key, fan_in, fan_out)`.
        width: Hidden units.
        rate: Learning rate.
        batch: Examples in each minibatch.
        chunks: How often the weights are looked at after the start.
        every: Updates between two looks.
        seeds: Repetitions; each has its own split, weights and minibatches.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        weight: (initializer, seed, step, pixel, unit), from each pixel to each hidden unit.
        gradient: (initializer, seed, step), largest absolute gradient of any of these weights, over
            all training examples.
        test_accuracy: (initializer, seed), after training.
    """
    names = list(initializers)

    def outputs(net, x: Array) -> Array:
        return mlp(net, x, tanh)[0]

    def loss(net, x: Array, y: Array) -> Array:
        return cross_entropy(outputs(net, x), y)

    def run(key: Array, index: Array, data: Split, which: Array) -> tuple[Array, Array, Array]:
        def draw(key: Array, fan_in: int, fan_out: int) -> Array:
            return jnp.stack([initializers[name](key, fan_in, fan_out) for name in names])[which]

        def look(net) -> tuple[Array, Array]:
            gradient = jax.grad(loss)(net, data.x_train, data.y_train)
            return net.first.w, jnp.abs(gradient.first.w).max()

        net = init_mlp(key, draw, inputs=data.x_train.shape[1], width=width, depth=1, outputs=10)
        start, pairs = look(net), (data.x_train, data.y_train)
        settings = {"optimizer": optax.sgd(rate), "watch": look, "every": every}
        net, later = train(index, net, loss, *pairs, **settings)
        weight, gradient = (jnp.concatenate([a[None], b]) for a, b in zip(start, later, strict=True))
        return weight, gradient, accuracy(outputs(net, data.x_test), data.y_test)

    @jax.jit
    def runs(keys: Array, index: Array, splits: Split) -> tuple[Array, ...]:
        def of(which: Array) -> tuple[Array, ...]:
            return over_seeds(lambda seed: run(*seed, which), (keys, index, splits))

        return lax.map(of, jnp.arange(len(names)))

    key_splits, key_nets, key_batches = jax.random.split(key, 3)
    splits = examples(data_set, jax.random.split(key_splits, seeds))
    index = minibatches(key_batches, TRAINING, (seeds, chunks * every, batch))
    weight, gradient, test = runs(jax.random.split(key_nets, seeds), index, splits)
    return dataset(
        {
            "initializer": names,
            "seed": seeds,
            "step": (np.arange(chunks + 1) * every, "training step"),
            "pixel": weight.shape[3],
            "unit": width,
        },
        weight=("initializer seed step pixel unit", weight, "weight from a pixel to a hidden unit"),
        gradient=("initializer seed step", gradient, "largest gradient of these weights", "nats"),
        test_accuracy=("initializer seed", test, "test accuracy"),
    )
