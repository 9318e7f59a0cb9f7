"""Classifiers learned from a few labels, from scratch or on an encoder that was trained before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import SIDE, place, raw_digits, raw_labels
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.training import first_nets
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP, Dense, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train

VALIDATION = 200  # examples


class Task(NamedTuple):
    """A target task with few labels, and what may be learned from before. Leading axis: seeds.

    Training examples are sorted so that the first n * classes of them are n of each class.
    """

    x_source: Array
    y_source: Array
    x_train: Array
    y_train: Array
    x_validation: Array
    y_validation: Array
    x_test: Array
    y_test: Array


def digits_task(
    key: Array,
    *,
    side: int,
    most: int,
    source: Sequence[int],
    target: Sequence[int],
    copies: int,
    seeds: int,
    aligned: bool = False,
) -> Task:
    """Split the digits into a source task and a target task of few labels.

    Digits stand on a canvas. All pixels are centered and divided by one number, by means over the
    source's images.

    Args:
        key: JAX key.
        side: Height and width of the canvas; with 8 the digits are aligned, as they come.
        most: Largest number of labeled examples of each class.
        source: Digits of the source task. Where they are those of the target, source and target
            share images: the source's are then the training images, of which the target sees labels
            of a few.
        target: Digits of the target task.
        copies: How often each source image is placed, each time somewhere else: all images once,
            then all again in the same order.
        seeds: Repetitions, each with its own split and places.
        aligned: Whether all digits stand in the middle of the canvas instead.

    Returns:
        A task; labels count from 0.
    """
    pixels, labels = raw_digits(), raw_labels()
    source, target = np.asarray(source), np.asarray(target)

    def one(key: Array) -> tuple[np.ndarray, ...]:
        key_order, key_place, key_source = jax.random.split(key, 3)
        order = np.random.default_rng(np.asarray(jax.random.key_data(key_order))).permutation(len(pixels))
        of_target = order[np.isin(labels[order], target)]
        by_class = [of_target[labels[of_target] == digit] for digit in target]
        train = np.stack([members[:most] for members in by_class], axis=1).ravel()
        rest = of_target[~np.isin(of_target, train)]
        validation, test = rest[:VALIDATION], rest[VALIDATION:]
        of_source = train if np.array_equal(source, target) else order[np.isin(labels[order], source)]
        x = middle(pixels, side) if aligned else place(key_place, pixels, side)
        of_source = np.tile(of_source, copies)
        moved = copies > 1 and not aligned
        x_source = place(key_source, pixels[of_source], side) if moved else x[of_source]
        mean = x_source.mean(axis=0)
        scale = np.sqrt(((x_source - mean) ** 2).mean())
        x = (x - mean) / scale
        return (
            (x_source - mean) / scale,
            np.searchsorted(source, labels[of_source]),
            *(
                part
                for index in (train, validation, test)
                for part in (x[index], np.searchsorted(target, labels[index]))
            ),
        )

    parts = zip(*(one(key) for key in jax.random.split(key, seeds)), strict=True)
    return Task(*(jnp.asarray(np.stack(part)) for part in parts))


def middle(images: np.ndarray, side: int) -> np.ndarray:
    """Put each digit, (examples, 64), in the middle of an empty canvas: (examples, side**2)."""
    before = (side - SIDE) // 2
    margins = (before, side - SIDE - before)
    return np.pad(images.reshape(-1, SIDE, SIDE), ((0, 0), margins, margins)).reshape(len(images), -1)


def encoders(key: Array, task: Task, *, width: int, depth: int, outputs: int) -> MLP:
    """Draw a net with He weights for each seed."""
    keys, inputs = jax.random.split(key, len(task.x_train)), task.x_train.shape[-1]
    return first_nets(keys, "he_normal", depth=depth, width=width, inputs=inputs, outputs=outputs)


@partial(jax.jit, static_argnames=("steps", "batch"))
def pretrain(
    key: Array, nets: MLP, x: Array, y: Array, *, rate: float, steps: int, batch: int
) -> tuple[MLP, Array]:
    """Train classifiers of a source task, one for each seed, by Adam.

    Args:
        key: JAX key.
        nets: Nets with a leading axis of seeds.
        x: (seeds, examples, inputs).
        y: (kinds, seeds, examples): several labelings of the same examples.
        rate: Learning rate.
        steps: Updates.
        batch: Examples in each minibatch.

    Returns:
        Nets with leading axes (kinds, seeds), and their accuracies on all these examples.
    """
    keys = jax.random.split(key, len(x))

    def run(parts: tuple[Array, ...], labels: Array) -> tuple[MLP, Array]:
        key, net, inputs = parts
        net, _ = train(
            key,
            net,
            lambda net, x, y: cross_entropy(mlp(net, x, relu)[0], y),
            inputs,
            labels,
            optimizer=optax.adam(rate),
            steps=steps,
            batch=batch,
        )
        return net, accuracy(mlp(net, inputs, relu)[0], labels)

    return lax.map(lambda labels: over_seeds(lambda p: run(p[:3], p[3]), (keys, nets, x, labels)), y)


@jax.jit
def features(nets: MLP, task: Task) -> Task:
    """Replace the target's images by what encoders make of them, one for each seed: these are frozen."""
    encode = jax.vmap(lambda net, x: relu(mlp(net, x, relu)[1][-1]))
    images = ("x_train", "x_validation", "x_test")
    return task._replace(**{name: encode(nets, getattr(task, name)) for name in images})


def learn(
    key: Array,
    task: Task,
    *,
    starts: Mapping[str, tuple[MLP | None, bool]],
    budgets: Sequence[int],
    rates: Sequence[float],
    steps: int,
    batch: int,
    pseudo_steps: int = 0,
) -> xr.Dataset:
    """Learn the target task with a new output layer, from each start, budget and learning rate.

    Seed by seed all share the new output layer and the random numbers of the minibatches.

    Args:
        key: JAX key.
        task: The data.
        starts: By name, nets with a leading axis of seeds, and whether all but the output layer is
            frozen. None instead of nets is logistic regression on the pixels.
        budgets: Labeled examples of each class.
        rates: Learning rates of Adam.
        steps: Updates.
        batch: Examples in each minibatch, drawn with replacement.
        pseudo_steps: Further updates, by `pseudo_label_loss`: each has a minibatch of labeled images
            and one of the source's images, which then should be the target's unlabeled ones.

    Returns:
        validation_accuracy, test_accuracy: (start, budget, rate, seed).
    """
    key_head, *keys = jax.random.split(key, 3)
    classes, seeds = int(task.y_test.max()) + 1, len(task.x_train)
    keys = [jax.random.split(key, seeds) for key in keys]
    # What a net learns on is compiled once for all nets, and once for pixels
    groups = {True: [], False: []}
    for name, (net, _) in starts.items():
        groups[net is None].append(name)
    found = {}
    for names in groups.values():
        if not names:
            continue
        nets = [starts[name][0] for name in names]
        encoder, width = None, task.x_train.shape[-1]
        if nets[0] is not None:
            width = nets[0].last.w.shape[1]
            nets = [net._replace(last=None) for net in nets]
            encoder = jax.tree.map(lambda *parts: jnp.stack(parts), *nets)
        head = jax.random.normal(key_head, (seeds, width, classes)) / np.sqrt(width)
        table = [
            (i, starts[name][1], budget * classes, rate)
            for i, name in enumerate(names)
            for budget in budgets
            for rate in rates
        ]
        columns = [np.asarray(column) for column in zip(*table, strict=True)]
        parts = _learn(keys, encoder, head, task, columns, steps, batch, pseudo_steps)
        parts = [part.reshape(len(names), len(budgets), len(rates), seeds) for part in parts]
        found |= {name: [part[i] for part in parts] for i, name in enumerate(names)}
    dims = "start budget rate seed"
    return dataset(
        {
            "start": list(starts),
            "budget": (np.asarray(budgets), "labels of each class"),
            "rate": (np.asarray(rates), "learning rate"),
            "seed": seeds,
        },
        **{
            f"{word}_accuracy": (dims, [found[name][i] for name in starts], f"{word} accuracy")
            for i, word in enumerate(("validation", "test"))
        },
    )


def pseudo_label_loss(labeled: Array, y: Array, unlabeled: Array) -> Array:
    """Return the loss of Lee (2013) with equal weights, in nats.

    The sum of two mean cross-entropies: to the labels `y`, (batch,), and for unlabeled images to the
    classes that the net itself finds most likely. Outputs are (batch, classes).
    """
    # An index has no derivative: to the gradient these classes are constants
    return cross_entropy(labeled, y) + cross_entropy(unlabeled, unlabeled.argmax(axis=-1))


@partial(jax.jit, static_argnums=(5, 6, 7))
def _learn(
    keys: list[Array],
    encoders: MLP | None,
    heads: Array,
    task: Task,
    columns: list[Array],
    steps: int,
    batch: int,
    pseudo_steps: int,
) -> tuple[Array, Array]:
    """Return validation and test accuracies, (row of the table, seed).

    Encoders have leading axes (start, seed), and no last layer.
    """

    def run(keys, encoder, head, data, frozen, labels, rate) -> tuple[Array, Array]:
        def outputs(net: tuple[MLP | None, Dense], x: Array) -> Array:
            encoder, last = net
            if encoder is None:
                return x @ last.w + last.b
            held = jax.tree.map(lambda p: jnp.where(frozen, lax.stop_gradient(p), p), encoder)
            return mlp(held._replace(last=last), x, relu)[0]

        def pseudo_loss(net: tuple[MLP | None, Dense], x: Array, y: Array, key: Array) -> Array:
            more = data.x_source[jax.random.randint(key, (batch,), 0, len(data.x_source))]
            labeled, unlabeled = jnp.split(outputs(net, jnp.concatenate([x, more])), 2)
            return pseudo_label_loss(labeled, y, unlabeled)

        examples = (data.x_train, data.y_train)
        settings = {"optimizer": optax.adam(rate), "batch": batch, "examples": labels}
        net, _ = train(
            keys[0],
            (encoder, Dense(head, jnp.zeros(head.shape[1]))),
            lambda net, x, y: cross_entropy(outputs(net, x), y),
            *examples,
            steps=steps,
            **settings,
        )
        if pseudo_steps:
            settings |= {"steps": pseudo_steps, "random": True}
            net, _ = train(keys[1], net, pseudo_loss, *examples, **settings)
        return tuple(
            accuracy(outputs(net, x), y)
            for x, y in ((data.x_validation, data.y_validation), (data.x_test, data.y_test))
        )

    def row(column: tuple[Array, ...]) -> tuple[Array, Array]:
        which, *settings = column
        encoder = jax.tree.map(lambda part: part[which], encoders)
        return over_seeds(lambda seed: run(*seed, *settings), (keys, encoder, heads, task))

    return lax.map(row, columns)
