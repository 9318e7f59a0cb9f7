"""Nets trained on digits with and without dropout: few examples or many, right labels or wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import Split, examples, wrong_labels
from dlfigs.draws import generator, minibatches, starts, tables, window
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.training import first_nets
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train

MEASURED = 300  # training examples, or all where there are fewer: enough to follow the training


def dropout_digits(
    key: Array,
    *,
    sizes: Sequence[int],
    noises: Sequence[float],
    input_drop: float,
    hidden_drop: float,
    width: int,
    rate: float,
    steps: int,
    batch: int,
    seeds: int,
    checks: int = 1,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train nets with two hidden layers by plain SGD, with and without dropout.

    Seed by seed, nets with and without dropout share the split of the data, the wrong labels, the
    first weights and the minibatches: differences are paired. Smaller training sets are parts of
    larger ones.

    Args:
        key: JAX key.
        sizes: Numbers of training examples.
        noises: Shares of training labels that are replaced by a wrong one, each with this chance.
        input_drop: Probability of dropping a pixel.
        hidden_drop: Probability of dropping a hidden unit.
        width: Units in each of the two hidden layers.
        rate: Learning rate.
        steps: Updates, a multiple of `checks`.
        batch: Examples in each minibatch.
        seeds: Repetitions; each has its own split, wrong labels, weights and minibatches.
        checks: How often nets are measured, evenly spaced; the last time is at the end.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        For each (size, noise, dropout, seed, step), measured without dropout: `accuracy` and `loss`
        in nats on up to 300 of the training examples (`train_...`, against the labels that are
        trained on), and on 300 validation and 300 test examples with right labels.
    """
    key_splits, key_wrong, key_nets, key_runs = jax.random.split(key, 4)
    splits = [examples(data_set, jax.random.split(key_splits, seeds), train=size) for size in sizes]
    inputs = splits[0].x_train.shape[-1]
    # Labels of the largest set; the smaller ones are its beginnings
    right = max(splits, key=lambda split: split.y_train.shape[1]).y_train
    labels = np.stack([wrong_labels(key_wrong, right, noise) for noise in noises])
    table = [
        (size, noise, on) for size in range(len(sizes)) for noise in range(len(noises)) for on in (0, 1)
    ]
    # All sets as long as the longest repetition that holds each example equally often, or nearly so
    length = min(int(np.lcm.reduce(sizes)), 20 * max(sizes))
    columns = [np.asarray(column) for column in zip(*table, strict=True)]
    key_batches, key_masks = jax.random.split(key_runs)
    rng = generator(key_masks)
    measured = _runs(
        minibatches(key_batches, length, (seeds, steps, batch)),
        starts(rng, seeds, steps, 2),
        tables(rng).uniform,
        _stacked(splits, length),
        np.stack([labels[:, :, np.arange(length) % size] for size in sizes]),
        first_nets(key_nets, "he_normal", seeds=seeds, depth=2, width=width, inputs=inputs),
        columns,
        (input_drop, hidden_drop, rate),
        checks,
    )
    dims, shape = "size noise dropout seed step", (len(sizes), len(noises), 2, seeds, checks)
    names = [f"{part}_{kind}" for part in ("train", "validation", "test") for kind in ("loss", "accuracy")]
    return dataset(
        {
            "size": (list(sizes), "training examples"),
            "noise": (list(noises), "share of wrong training labels"),
            "dropout": ["without", "with"],
            "seed": seeds,
            "step": (steps // checks * np.arange(1, checks + 1), "step"),
        },
        attrs={"width": width, "steps": steps},
        **{
            name: (dims, part.reshape(shape), name.replace("_", " ").replace("train ", "training "), unit)
            for name, part, unit in zip(names, measured, ("nats", "1") * 3, strict=True)
        },
    )


def _stacked(splits: Sequence[Split], length: int) -> Split:
    """Put splits of several sizes into arrays with leading axes (size, seed).

    Training examples are repeated up to `length`: all sizes then have one shape, and one compiled
    loop that draws examples evenly serves them all.
    """
    repeated = [
        s._replace(
            x_train=np.asarray(s.x_train)[:, np.arange(length) % s.x_train.shape[1]],
            y_train=np.asarray(s.y_train)[:, np.arange(length) % s.y_train.shape[1]],
        )
        for s in splits
    ]
    return Split(*map(np.stack, zip(*repeated, strict=True)))


@partial(jax.jit, static_argnums=8)
def _runs(
    index: Array,
    begin: Array,
    uniform: Array,
    splits: Split,
    labels: Array,
    nets: MLP,
    columns: Sequence[Array],
    settings: tuple[float, float, float],
    checks: int,
) -> list[Array]:
    """Return losses and accuracies in turn, each (row of the table, seed, check).

    Labels to train on are (size, noise, seed, example).
    """
    input_drop, hidden_drop, rate = settings
    steps, batch = index.shape[1:]

    def run(index: Array, begin: Array, data: Split, labels: Array, net: MLP, on: Array) -> list[Array]:
        def mask(start: Array, shape: tuple[int, ...], rate: float) -> Array:
            keep = 1 - on * rate
            return (window(uniform, start, shape) < keep) / keep

        def loss(net: MLP, x: Array, y: Array, begin: Array) -> Array:
            inputs = mask(begin[0], x.shape, input_drop)
            hidden = mask(begin[1], (2, batch, net.last.w.shape[0]), hidden_drop)
            outputs, _ = mlp(net, x * inputs, lambda z, mask: relu(z) * mask, each=hidden)
            return cross_entropy(outputs, y)

        parts = ((data.x_train[:MEASURED], labels[:MEASURED]), data[2:4], data[4:6])

        def measure(net: MLP) -> list[Array]:
            outputs = [mlp(net, x, relu)[0] for x, _ in parts]
            kinds = (cross_entropy, accuracy)
            return [kind(z, y) for z, (_, y) in zip(outputs, parts, strict=True) for kind in kinds]

        _, seen = train(
            index,
            net,
            loss,
            data.x_train,
            labels,
            optimizer=optax.sgd(rate),
            each=begin,
            watch=measure,
            every=steps // checks,
        )
        return seen

    def row(column: tuple[Array, ...]) -> list[Array]:
        size, noise, on = column
        data = jax.tree.map(lambda part: part[size], splits)
        return over_seeds(lambda seed: run(*seed, on), (index, begin, data, labels[size, noise], nets))

    return lax.map(row, columns)
