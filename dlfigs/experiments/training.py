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
from dlfigs.datasets import CLASSES, PIXELS, TRAINING, Split, digits
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import DEFAULTS, INITIALIZERS, Start, zero_biases
from dlfigs.nets.mlp import MLP, init_mlp, mlp
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
    deepest: int | None = None,
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
        deepest: Largest depth of several calls that differ in depth: what draws the first weights is
            then compiled once for all of them. It does not change the results.

    Returns:
        For each (net, rate, seed): `train_accuracy` and `train_loss` over all 1197 training
        examples, `validation_accuracy` and `test_accuracy` over 300 examples each. A net that
        diverged counts as what its outputs say, and its loss as infinite.
    """
    # One compiled loop for all nets: branches are cheaper than compiling each net for itself
    functions = tuple(dict.fromkeys(setup.activation for setup in setups.values()))
    initializers = tuple(dict.fromkeys(setup.initializer for setup in setups.values()))
    table = [
        (initializers.index(s.initializer), functions.index(s.activation), s.skip, s.branch, rate)
        for s in setups.values()
        for rate in rates
    ]
    columns = [np.asarray(column) for column in zip(*table, strict=True)]
    key_splits, key_nets, key_batches = jax.random.split(key, 3)
    splits = digits(jax.random.split(key_splits, seeds))
    nets = first_nets(jax.random.split(key_nets, seeds), initializers, depth=deepest or depth, width=width)
    # Random numbers of a layer do not depend on how many layers follow
    nets = nets._replace(hidden=jax.tree.map(lambda part: part[:, :, : depth - 1], nets.hidden))
    measured = _runs(
        jax.random.split(key_batches, seeds), splits, nets, columns, functions, steps, batch, optimizer
    )
    measured = [part.reshape(len(setups), len(rates), seeds) for part in measured]
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


# For programs that run once and only draw: half the time to compile, and the same numbers
DRAWING = {"xla_backend_optimization_level": 1}


def first_nets(
    keys: Array,
    initializers: str | tuple[str, ...],
    *,
    depth: int,
    width: int,
    inputs: int = PIXELS,
    outputs: int = CLASSES,
) -> MLP:
    """Draw nets, one for each key, compiled apart from the training that follows.

    Args:
        keys: JAX keys, (seeds,).
        initializers: A name in `INITIALIZERS` or `DEFAULTS`, or several.
        depth: Hidden layers.
        width: Units in each.
        inputs: Number of inputs.
        outputs: Number of outputs.

    Returns:
        Parameters with a leading axis (seeds,); for several initializers, which share random numbers,
        with leading axes (initializers, seeds).
    """
    return _drawn_nets(keys, initializers, depth, width, inputs, outputs)


def first_state(
    key: Array,
    initializers: str | tuple[str, ...],
    *,
    depth: int,
    width: int,
    steps: int,
    batch: int,
    seeds: int,
) -> tuple[Split, MLP, Array]:
    """Draw all that training on digits begins with, in one program.

    Args:
        key: JAX key.
        initializers: As for `first_nets`.
        depth: Hidden layers.
        width: Units in each.
        steps: Updates.
        batch: Examples in each minibatch.
        seeds: Repetitions.

    Returns:
        Splits of the data, (seeds, ...); nets, as `first_nets` returns them; minibatches as indices of
        training examples, drawn with replacement, (seeds, steps, batch).
    """
    keys, nets, index = _drawn(key, initializers, depth, width, (seeds, steps, batch))
    return digits(keys), nets, index


@partial(jax.jit, static_argnums=(1, 2, 3, 4), compiler_options=DRAWING)
def _drawn(
    key: Array, initializers: str | tuple[str, ...], depth: int, width: int, shape: tuple[int, ...]
) -> tuple[Array, MLP, Array]:
    key_splits, key_nets, key_batches = jax.random.split(key, 3)
    nets = _nets(jax.random.split(key_nets, shape[0]), initializers, depth, width, PIXELS, CLASSES)
    index = jax.random.randint(key_batches, shape, 0, TRAINING, jnp.uint16)
    return jax.random.split(key_splits, shape[0]), nets, index


def _nets(
    keys: Array,
    initializers: str | tuple[str, ...],
    depth: int,
    width: int,
    inputs: int,
    outputs: int,
) -> MLP:
    rules = DEFAULTS | {name: Start(draw, zero_biases) for name, draw in INITIALIZERS.items()}
    sizes = {"inputs": inputs, "width": width, "depth": depth, "outputs": outputs}
    several = (initializers,) if isinstance(initializers, str) else initializers
    biased = any(rules[name].biases is not zero_biases for name in several)

    def start(rule: Start) -> MLP:
        # If one rule draws biases all do, or their weights would have other random numbers
        biases = rule.biases if biased else None
        return lax.map(lambda key: init_mlp(key, rule.weights, biases=biases, **sizes), keys)

    nets = [start(rules[name]) for name in several]
    return nets[0] if several != initializers else jax.tree.map(lambda *parts: jnp.stack(parts), *nets)


_drawn_nets = jax.jit(_nets, static_argnums=(1, 2, 3, 4, 5), compiler_options=DRAWING)


@partial(jax.jit, static_argnums=(4, 5, 6, 7))
def _runs(
    keys: Array,
    splits: Split,
    nets: MLP,
    columns: list[Array],
    functions: tuple[str, ...],
    steps: int,
    batch: int,
    optimizer: Callable[[Array], optax.GradientTransformation],
) -> tuple[Array, ...]:
    """Return loss and accuracies, each (row of the table, seed)."""

    def run(
        key: Array, data: Split, net: MLP, function: Array, skip: Array, branch: Array, rate: Array
    ) -> tuple[Array, ...]:
        def outputs(net, x: Array) -> Array:
            def phi(z: Array) -> Array:
                return lax.switch(function, [ACTIVATIONS[name] for name in functions], z)

            return mlp(net, x, phi, skip=skip, branch=branch)[0]

        net, _ = train(
            key,
            net,
            lambda net, x, y: cross_entropy(outputs(net, x), y),
            data.x_train,
            data.y_train,
            optimizer=optimizer(rate),
            steps=steps,
            batch=batch,
        )
        sizes = np.cumsum([len(data.y_train), len(data.y_validation)])
        parts = jnp.split(outputs(net, jnp.concatenate(data[::2])), sizes)
        loss = cross_entropy(parts[0], data.y_train)
        return loss, *(accuracy(*part) for part in zip(parts, data[1::2], strict=True))

    def row(column: tuple[Array, ...]) -> tuple[Array, ...]:
        initializer, *settings = column
        starts = jax.tree.map(lambda part: part[initializer], nets)
        return over_seeds(lambda seed: run(*seed, *settings), (keys, splits, starts))

    return lax.map(row, columns)


def at_best_rate(data: xr.Dataset) -> xr.Dataset:
    """Keep for each net the learning rate with the highest validation accuracy, averaged over seeds.

    The chosen rate becomes the coordinate `rate` of each net; test accuracies play no part.
    """
    best = data.validation_accuracy.mean("seed").argmax("rate")
    return data.isel(rate=best)
