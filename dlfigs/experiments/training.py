"""Nets trained on digits, with the learning rate chosen on validation examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import digits
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import DEFAULTS, INITIALIZERS, Default, zero_biases
from dlfigs.nets.mlp import init_mlp, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train


class Setup(NamedTuple):
    """What nets in a comparison differ in: see `dlfigs.nets.mlp.mlp` for `skip` and `branch`.

    `initializer` is a name in `INITIALIZERS`, with zero biases, or in `DEFAULTS`, with that
    library's biases.
    """

    activation: str
    initializer: str
    skip: float = 0.0
    branch: float = 1.0


def train_digits(
    key: Array,
    *,
    setups: Mapping[str, Setup],
    depth: int,
    width: int,
    rates: Sequence[float],
    steps: int,
    batch: int,
    seeds: int,
    optimizer: Callable[[Array], optax.GradientTransformation] = optax.sgd,
) -> xr.Dataset:
    """Train each net with each learning rate, by plain SGD unless told otherwise, many times.

    Seed by seed all nets and rates share the split of the data, the minibatches and, across
    initializers, the random numbers of the weights: differences are paired.

    Args:
        key: JAX key.
        setups: The nets to compare, by name.
        depth: Hidden layers.
        width: Units in each.
        rates: Learning rates to try.
        steps: Updates.
        batch: Examples in each minibatch.
        seeds: Repetitions; each has its own split, weights and minibatches.
        optimizer: `optimizer(rate)`, such as `optax.adam`.

    Returns:
        For each (net, rate, seed): `train_accuracy` and `train_loss` over all 1197 training
        examples, `validation_accuracy` and `test_accuracy` over 300 examples each. A net that
        diverged counts as what its outputs say, and its loss as infinite.
    """
    measured = _runs(
        key, tuple(setups.values()), depth, width, tuple(rates), steps, batch, seeds, optimizer
    )
    dims, names = "net rate seed", ("train", "validation", "test")
    return dataset(
        {"net": list(setups), "rate": (np.asarray(rates), "learning rate"), "seed": seeds},
        attrs={"depth": depth, "width": width, "steps": steps},
        train_loss=(dims, np.nan_to_num(measured[0], nan=np.inf), "training loss", "nats"),
        **{
            f"{name}_accuracy": (dims, values, f"{name} accuracy")
            for name, values in zip(names, measured[1:], strict=True)
        },
    )


@partial(jax.jit, static_argnums=(1, 2, 3, 4, 5, 6, 7, 8))
def _runs(
    key: Array,
    setups: tuple[Setup, ...],
    depth: int,
    width: int,
    rates: tuple[float, ...],
    steps: int,
    batch: int,
    seeds: int,
    optimizer: Callable[[Array], optax.GradientTransformation],
) -> tuple[Array, ...]:
    """Return loss and accuracies, each (net, rate, seed)."""
    # One compiled loop for all nets: branches are cheaper than compiling each net for itself
    functions = list(dict.fromkeys(setup.activation for setup in setups))
    initializers = list(dict.fromkeys(setup.initializer for setup in setups))
    rules = DEFAULTS | {name: Default(draw, zero_biases) for name, draw in INITIALIZERS.items()}
    table = [
        (functions.index(s.activation), initializers.index(s.initializer), s.skip, s.branch, rate)
        for s in setups
        for rate in rates
    ]

    def run(key: Array, function: Array, initializer: Array, skip: Array, branch: Array, rate: Array):
        key_split, key_net, key_batches = jax.random.split(key, 3)
        data = digits(key_split)

        def draw(part: str, key: Array, fan_in: int, fan_out: int) -> Array:
            drawn = [getattr(rules[name], part)(key, fan_in, fan_out) for name in initializers]
            return jnp.stack(drawn)[initializer]

        def outputs(net, x: Array) -> Array:
            def phi(z: Array) -> Array:
                return lax.switch(function, [ACTIVATIONS[name] for name in functions], z)

            return mlp(net, x, phi, skip=skip, branch=branch)[0]

        sizes = {"inputs": data.x_train.shape[1], "width": width, "depth": depth, "outputs": 10}
        biases = partial(draw, "biases") if DEFAULTS.keys() & initializers else None
        net = init_mlp(key_net, partial(draw, "weights"), biases=biases, **sizes)
        net, _ = train(
            key_batches,
            net,
            lambda net, x, y: cross_entropy(outputs(net, x), y),
            data.x_train,
            data.y_train,
            optimizer=optimizer(rate),
            steps=steps,
            batch=batch,
        )
        on_train = outputs(net, data.x_train)
        return (
            cross_entropy(on_train, data.y_train),
            accuracy(on_train, data.y_train),
            accuracy(outputs(net, data.x_validation), data.y_validation),
            accuracy(outputs(net, data.x_test), data.y_test),
        )

    keys = jax.random.split(key, seeds)
    columns = [jnp.asarray(column) for column in zip(*table, strict=True)]
    results = lax.map(lambda row: lax.map(lambda k: run(k, *row), keys), columns)
    return tuple(part.reshape(len(setups), len(rates), seeds) for part in results)


def at_best_rate(data: xr.Dataset) -> xr.Dataset:
    """Keep for each net the learning rate with the highest validation accuracy, averaged over seeds.

    The chosen rate becomes the coordinate `rate` of each net; test accuracies play no part.
    """
    best = data.validation_accuracy.mean("seed").argmax("rate")
    return data.isel(rate=best)
