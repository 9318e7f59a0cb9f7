"""Nets trained on digits with batch, layer or group normalization, or with none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import Split
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.training import first_state
from dlfigs.nets import layers as nets_layers
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.layers import batch_norm, group_norm, layer_norm
from dlfigs.nets.mlp import MLP, mlp
from dlfigs.nets.training import accuracy, cross_entropy

GROUPS = 4  # of group normalization
MOMENTUM = 0.9  # weight of the old value in the moving averages; PyTorch calls this 0.1
EPSILON = 1e-5
INITIALIZER = {"relu": "he_normal", "sigmoid": "glorot_uniform"}  # of the nets with these activations
STATISTICS = ("moving averages", "uncorrected averages", "training examples")


class Normalization(NamedTuple):
    """What every normalized layer has: learned scale and shift, and moving averages; (depth, width)."""

    scale: Array
    shift: Array
    mean: Array
    variance: Array


class Run(NamedTuple):
    """One way of training: a normalization, as in `normalize`, an activation, and the settings of SGD."""

    normalization: str
    activation: str
    rate: float
    batch: int
    steps: int


def train_normalized(
    key: Array,
    *,
    runs: Sequence[Run],
    depth: int,
    width: int,
    seeds: int,
    probes: Sequence[float] = (),
    data_set: str = "digits",
) -> xr.Dataset:
    """Train nets that differ in normalization, activation, learning rate, batch size or steps.

    Plain SGD; the normalization stands before the activation. Seed by seed all runs share the split of
    the data and the random numbers of the weights, and runs of the same batch size their minibatches.
    All batch sizes must divide the largest one: a batch of 2 that is repeated four times has the same
    moments, loss and gradient as the batch itself, so that all sizes are compiled as one.

    Args:
        key: JAX key.
        runs: What to train.
        depth: Hidden layers.
        width: Units in each, a multiple of `GROUPS`.
        seeds: Repetitions; each has its own split, weights and minibatches.
        probes: Lengths of trial steps, as learning rates. Before each update the loss of the minibatch
            is measured after trial steps of plain gradient descent with these rates.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        loss, gradient_norm: (run, seed, step), of the minibatch before the update; nan after a run's
            last step.
        probe_loss: (run, seed, step, probe), after the trial step.
        smoothness: (run, seed, step, probe), change of the gradient over length of the trial step.
        validation_accuracy, test_accuracy: (statistics, run, seed), over 300 examples each. Only batch
            normalization takes statistics at inference: moving averages with the variance times
            m / (m - 1) for batches of m (Ioffe and Szegedy, 2015, algorithm 2), without that factor,
            or the moments of all training examples under the final weights.
    """
    largest, longest = max(run.batch for run in runs), max(run.steps for run in runs)
    if any(largest % run.batch for run in runs):
        raise ValueError(f"every batch size must divide the largest, {largest}")
    # One compiled loop for all runs: branches, and only those that some run takes
    kinds, functions = (tuple(dict.fromkeys(run[part] for run in runs)) for part in (0, 1))
    table = [(kinds.index(r[0]), functions.index(r[1]), *r[2:]) for r in runs]
    columns = [np.asarray(column) for column in zip(*table, strict=True)]
    rules = tuple(INITIALIZER[name] for name in functions)
    sizes = {"depth": depth, "width": width, "steps": longest, "batch": largest, "seeds": seeds}
    splits, nets, index = first_state(key, rules, data_set=data_set, **sizes)
    etas = (0.0, *map(float, probes))
    record, validation, test = map(np.asarray, _runs(columns, index, splits, nets, kinds, functions, etas))
    moved, dims = record[:, :, :, :, 1:], "run seed step"
    return dataset(
        {
            "statistics": list(STATISTICS),
            "run": len(runs),
            "seed": seeds,
            "step": np.arange(1, longest + 1),
            "probe": (np.asarray(probes, float), "length of the trial step"),
        },
        attrs={"depth": depth, "width": width},
        loss=(dims, record[:, :, :, 0, 0], "minibatch loss", "nats"),
        probe_loss=(f"{dims} probe", moved[:, :, :, 0], "loss after a trial step", "nats"),
        gradient_norm=(dims, record[:, :, :, 2, 0], "gradient norm"),
        smoothness=(f"{dims} probe", moved[:, :, :, 1], "change of the gradient over length of the step"),
        validation_accuracy=("statistics run seed", np.moveaxis(validation, 2, 0), "validation accuracy"),
        test_accuracy=("statistics run seed", np.moveaxis(test, 2, 0), "test accuracy"),
    )


def normalize(kind: str, z: Array, part: Normalization, training: bool) -> Array:
    """Apply a normalization, by name: none, batch, layer or group.

    Args:
        kind: The name.
        z: (batch, width), pre-activations.
        part: Of one layer: (width,) each.
        training: Whether batch normalization takes the statistics of `z`, or the averages.
    """
    if kind == "none":
        return z
    if kind == "layer":
        return layer_norm(z, part.scale, part.shift, EPSILON)
    if kind == "group":
        return group_norm(z, part.scale, part.shift, GROUPS, EPSILON)
    if training:
        return batch_norm(z, part.scale, part.shift, EPSILON)
    return nets_layers.normalize(z, part.mean, part.variance, part.scale, part.shift, EPSILON)


def untrained(depth: int, width: int) -> Normalization:
    """Return what normalized layers start with: scale 1, shift 0, averages 0 and 1."""
    one, zero = jnp.ones((depth, width)), jnp.zeros((depth, width))
    return Normalization(one, zero, zero, one)


def averaged(layers: Normalization, moments: Sequence[Array]) -> Normalization:
    """Return the layers with averages that have moved towards the moments of a minibatch.

    Args:
        layers: Of a net.
        moments: Mean and variance, (depth, width) each.
    """
    mean, variance = (
        MOMENTUM * old + (1 - MOMENTUM) * new for old, new in zip(layers[2:], moments, strict=True)
    )
    return layers._replace(mean=mean, variance=variance)


@partial(jax.jit, static_argnums=(4, 5, 6))
def _runs(
    columns: list[Array],
    index: Array,
    splits: Split,
    nets: MLP,
    kinds: tuple[str, ...],
    functions: tuple[str, ...],
    etas: tuple[float, ...],
) -> tuple[Array, Array, Array]:
    """Return the record (run, seed, step, 3, probe) and accuracies (run, seed, statistics)."""
    longest, largest = index.shape[1:]
    depth, width = nets.hidden.w.shape[2] + 1, nets.hidden.w.shape[-1]

    def moments(z: Array) -> tuple[Array, Array]:
        return z.mean(axis=1), z.var(axis=1)

    def one(inputs: tuple, settings: tuple) -> tuple[Array, Array, Array]:
        index, data, net = inputs
        normalization, function, rate, batch, steps = settings

        def outputs(net: MLP, layers: Normalization, x: Array, training: bool) -> tuple[Array, Array]:
            def phi(z: Array, part: Normalization) -> Array:
                branches = [partial(normalize, kind, training=training) for kind in kinds]
                z = lax.switch(normalization, branches, z, part)
                return lax.switch(function, [ACTIVATIONS[name] for name in functions], z)

            return mlp(net, x, phi, each=layers)

        def step(t: Array, carry: tuple) -> tuple:
            net, layers, record = carry
            rows = index[t][jnp.arange(largest) % batch]  # a small batch is repeated
            x, y = data.x_train[rows], data.y_train[rows]

            def loss(parameters: tuple) -> tuple[Array, tuple[Array, Array]]:
                net, scale, shift = parameters
                learned = layers._replace(scale=scale, shift=shift)
                outs, z = outputs(net, learned, x, True)
                return cross_entropy(outs, y), moments(z)

            parameters = (net, layers.scale, layers.shift)

            def trial(gradient: tuple, eta: Array) -> tuple:
                # The first trial step has length 0: it measures the gradient that the others follow
                moved = jax.tree.map(lambda p, g: p - eta * g, parameters, gradient)
                (value, seen), here = jax.value_and_grad(loss, has_aux=True)(moved)
                gradient = jax.tree.map(lambda g, h: jnp.where(eta == 0, h, g), gradient, here)
                change = _norm(jax.tree.map(jnp.subtract, here, gradient))
                length = eta * _norm(gradient)
                ratio = change / jnp.where(eta == 0, 1, length)
                return gradient, (jnp.stack([value, ratio, _norm(here)]), seen)

            start = jax.tree.map(jnp.zeros_like, parameters)
            gradient, (measured, seen) = lax.scan(trial, start, jnp.asarray(etas))
            net, scale, shift = jax.tree.map(lambda p, g: p - rate * g, parameters, gradient)
            layers = averaged(layers._replace(scale=scale, shift=shift), [moment[0] for moment in seen])
            return net, layers, record.at[t].set(measured.T)

        record = jnp.full((longest, 3, len(etas)), jnp.nan)
        first = (net, untrained(depth, width), record)
        net, layers, record = lax.fori_loop(0, steps, step, first)
        seen = moments(outputs(net, layers, data.x_train, True)[1])
        correction = batch / jnp.maximum(batch - 1, 1)
        choices = (
            (layers.mean, layers.mean, seen[0]),
            (layers.variance * correction, layers.variance, seen[1]),
        )
        x = jnp.concatenate([data.x_validation, data.x_test])

        def evaluate(statistics: tuple[Array, Array]) -> tuple[Array, Array]:
            mean, variance = statistics
            outs, _ = outputs(net, layers._replace(mean=mean, variance=variance), x, False)
            sizes = len(data.y_validation)
            return accuracy(outs[:sizes], data.y_validation), accuracy(outs[sizes:], data.y_test)

        return record, *lax.map(evaluate, tuple(jnp.stack(choice) for choice in choices))

    def row(settings: tuple) -> tuple[Array, Array, Array]:
        starts = jax.tree.map(lambda part: part[settings[1]], nets)
        return over_seeds(lambda inputs: one(inputs, settings), (index, splits, starts), at_once=len(index))

    return lax.map(row, columns)


def _norm(tree: object) -> Array:
    return jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree)))
