"""Nets trained on digits or other examples, with the learning rate chosen on validation examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.choices import choose, until_inside
from dlfigs.dataset import dataset
from dlfigs.datasets import CLASSES, PIXELS, TRAINING, Split, examples
from dlfigs.draws import generator, minibatches, parts, split
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import drawn
from dlfigs.nets.mlp import MLP, Dense, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train

# By name; a step of Adam is about as long as its rate, so that its rates are smaller by that factor
OPTIMIZERS = {"SGD": (optax.sgd, 1.0), "Adam": (optax.adam, 0.03)}
"""Optimizers by name, each with what its learning rates are times those of SGD."""


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
    data_set: str = "digits",
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
        data_set: What to train on, see `dlfigs.datasets.examples`.

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
    sizes = {"depth": depth, "width": width, "steps": steps, "batch": batch, "seeds": seeds}
    splits, nets, index = first_state(key, initializers, data_set=data_set, **sizes)
    measured = _runs(index, splits, nets, columns, functions, optimizer)
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


def first_nets(
    key: Array,
    initializers: str | tuple[str, ...],
    *,
    seeds: int,
    depth: int,
    width: int,
    inputs: int = PIXELS,
    outputs: int = CLASSES,
) -> MLP:
    """Draw the weights and biases of nets.

    Args:
        key: JAX key.
        initializers: A name in `INITIALIZERS` or `DEFAULTS`, or several.
        seeds: How many nets.
        depth: Hidden layers.
        width: Units in each.
        inputs: Number of inputs.
        outputs: Number of outputs.

    Returns:
        Parameters with a leading axis (seeds,); for several initializers, which share random numbers,
        with leading axes (initializers, seeds).
    """
    several = (initializers,) if isinstance(initializers, str) else initializers

    def net(name: str) -> MLP:
        rng = generator(key)  # the same numbers for each
        shapes = (seeds, inputs, width), (seeds, depth - 1, width, width), (seeds, width, outputs)
        return MLP(*(Dense(*drawn(rng, name, shape)) for shape in shapes))

    nets = [net(name) for name in several]
    return nets[0] if several != initializers else jax.tree.map(lambda *parts: np.stack(parts), *nets)


def first_state(
    key: Array,
    initializers: str | tuple[str, ...],
    *,
    depth: int,
    width: int,
    steps: int,
    batch: int,
    seeds: int,
    data_set: str = "digits",
) -> tuple[Split, MLP, Array]:
    """Draw all that training begins with.

    Args:
        key: JAX key.
        initializers: As for `first_nets`.
        depth: Hidden layers.
        width: Units in each.
        steps: Updates.
        batch: Examples in each minibatch.
        seeds: Repetitions.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        Splits of the data, (seeds, ...); nets, as `first_nets` returns them; minibatches as indices of
        training examples, drawn with replacement, (seeds, steps, batch).
    """
    key_splits, key_nets, key_batches = parts(key, 3)
    splits = examples(data_set, split(key_splits, seeds))
    inputs = splits.x_train.shape[-1]
    nets = first_nets(key_nets, initializers, seeds=seeds, depth=depth, width=width, inputs=inputs)
    return splits, nets, minibatches(key_batches, TRAINING, (seeds, steps, batch))


@partial(jax.jit, static_argnums=(4, 5))
def _runs(
    index: Array,
    splits: Split,
    nets: MLP,
    columns: list[Array],
    functions: tuple[str, ...],
    optimizer: Callable[[Array], optax.GradientTransformation],
) -> tuple[Array, ...]:
    """Return loss and accuracies, each (row of the table, seed)."""

    def run(
        index: Array, data: Split, net: MLP, function: Array, skip: Array, branch: Array, rate: Array
    ) -> tuple[Array, ...]:
        def outputs(net, x: Array) -> Array:
            def phi(z: Array) -> Array:
                return lax.switch(function, [ACTIVATIONS[name] for name in functions], z)

            return mlp(net, x, phi, skip=skip, branch=branch)[0]

        net, _ = train(
            index,
            net,
            lambda net, x, y: cross_entropy(outputs(net, x), y),
            data.x_train,
            data.y_train,
            optimizer=optimizer(rate),
        )
        sizes = np.cumsum([len(data.y_train), len(data.y_validation)])
        parts = jnp.split(outputs(net, jnp.concatenate(data[::2])), sizes)
        loss = cross_entropy(parts[0], data.y_train)
        return loss, *(accuracy(*part) for part in zip(parts, data[1::2], strict=True))

    def row(column: tuple[Array, ...]) -> tuple[Array, ...]:
        initializer, *settings = column
        starts = jax.tree.map(lambda part: part[initializer], nets)
        return over_seeds(lambda seed: run(*seed, *settings), (index, splits, starts))

    return lax.map(row, columns)


def at_best_rate(data: xr.Dataset) -> xr.Dataset:
    """Keep for each net the learning rate with the highest validation accuracy, averaged over seeds.

    The chosen rate becomes the coordinate `rate` of each net; test accuracies play no part.

    Returns:
        The data at that rate, with `rate_at_end`, 1 where the list of rates is too short (see
        `dlfigs.choices`), and `rate_list`, that list in words.
    """
    choice = choose(data.validation_accuracy, "rate")
    return data.isel(rate=choice.index).assign(choice.variables("rate", "learning rates"))


def train_at_best_rate(
    key: Array, *, rates: Sequence[float], optimizer: str = "SGD", **settings: Any
) -> xr.Dataset:
    """Train each net with several learning rates, and with more until the best one lies inside the list.

    Args:
        key: JAX key.
        rates: Learning rates to begin with, of SGD; other optimizers begin with smaller or larger ones.
        optimizer: A name in `OPTIMIZERS`.
        **settings: As for `train_digits`.

    Returns:
        As `at_best_rate`.
    """
    method, factor = OPTIMIZERS[optimizer]
    train = partial(train_digits, key, optimizer=method, **settings)
    first = [float(f"{factor * rate:.3g}") for rate in rates] if factor != 1 else rates
    return at_best_rate(until_inside(lambda few: train(rates=few), first, "rate"))
