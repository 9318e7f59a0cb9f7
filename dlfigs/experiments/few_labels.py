"""Classifiers learned from a few labels, from scratch or on an encoder that was trained before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.draws import generator, minibatches
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.tasks import Task
from dlfigs.experiments.training import first_nets
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP, Dense, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train

PSEUDO = ", then pseudo-labels"


def encoders(key: Array, task: Task, *, width: int, depth: int, outputs: int) -> MLP:
    """Draw a net with He weights for each seed."""
    seeds, _, inputs = task.x_train.shape
    return first_nets(
        key, "he_normal", seeds=seeds, depth=depth, width=width, inputs=inputs, outputs=outputs
    )


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
    index = minibatches(key, x.shape[1], (len(x), steps, batch))
    parts = [_pretrain(index, nets, x, labels, rate) for labels in y]
    return jax.tree.map(lambda *kinds: np.stack(kinds), *parts)


@jax.jit
def _pretrain(index: Array, nets: MLP, x: Array, y: Array, rate: float) -> tuple[MLP, Array]:
    def run(parts: tuple[Array, ...]) -> tuple[MLP, Array]:
        index, net, inputs, labels = parts
        net, _ = train(
            index,
            net,
            lambda net, x, y: cross_entropy(mlp(net, x, relu)[0], y),
            inputs,
            labels,
            optimizer=optax.adam(rate),
        )
        return net, accuracy(mlp(net, inputs, relu)[0], labels)

    return over_seeds(run, (index, nets, x, y))


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
        validation_accuracy, test_accuracy: (start, budget, rate, seed). With `pseudo_steps` each start
        has a second row, named with `PSEUDO` behind it, for what it becomes by these updates.
    """
    key_head, *keys = jax.random.split(key, 3)
    classes, seeds = int(task.y_test.max()) + 1, len(task.x_train)
    # From 0 to 1: the same numbers choose examples out of few or of many
    phases = [
        generator(key).random((seeds, 2, n, batch), np.float32)
        for key, n in zip(keys, (steps, pseudo_steps), strict=True)
        if n
    ]
    table = [(budget * classes, rate) for budget in budgets for rate in rates]
    columns = [np.asarray(column) for column in zip(*table, strict=True)]
    found = {}
    for name, (net, frozen) in starts.items():
        # What is frozen is computed once: only a linear model of it learns
        data = features(net, task) if frozen else task
        encoder = None if frozen or net is None else net._replace(last=None)
        width = data.x_train.shape[-1] if encoder is None else net.last.w.shape[1]
        head = generator(key_head).normal(size=(seeds, width, classes)) / np.sqrt(width)
        parts = np.asarray(_learn(phases, encoder, head.astype(np.float32), data, columns))
        parts = parts.reshape(len(budgets), len(rates), seeds, len(phases), 2)
        found |= {name + word: parts[..., i, :] for i, word in enumerate(("", PSEUDO)[: len(phases)])}
    values = np.stack(list(found.values()))
    dims = "start budget rate seed"
    return dataset(
        {
            "start": list(found),
            "budget": (np.asarray(budgets), "labels of each class"),
            "rate": (np.asarray(rates), "learning rate"),
            "seed": seeds,
        },
        validation_accuracy=(dims, values[..., 0], "validation accuracy"),
        test_accuracy=(dims, values[..., 1], "test accuracy"),
    )


def pseudo_label_loss(labeled: Array, y: Array, unlabeled: Array) -> Array:
    """Return the loss of Lee (2013) with equal weights, in nats.

    The sum of two mean cross-entropies: to the labels `y`, (batch,), and for unlabeled images to the
    classes that the net itself finds most likely. Outputs are (batch, classes).
    """
    # An index has no derivative: to the gradient these classes are constants
    return cross_entropy(labeled, y) + cross_entropy(unlabeled, unlabeled.argmax(axis=-1))


@jax.jit
def _learn(
    phases: list[Array], encoders: MLP | None, heads: Array, task: Task, columns: list[Array]
) -> Array:
    """Return validation and test accuracies after each phase, (row of the table, seed, phase, 2).

    Encoders have a leading axis (seed,), and no last layer. The first phase sees labels only, the second
    one the source's images too: its random numbers are (seed, labeled or not, step, example).
    """

    def run(phases, encoder, head, data, labels, rate) -> Array:
        def outputs(net: tuple[MLP | None, Dense], x: Array) -> Array:
            encoder, last = net
            if encoder is None:
                return x @ last.w + last.b
            return mlp(encoder._replace(last=last), x, relu)[0]

        def supervised(net: tuple[MLP | None, Dense], x: Array, y: Array, _: Array) -> Array:
            return cross_entropy(outputs(net, x), y)

        def pseudo(net: tuple[MLP | None, Dense], x: Array, y: Array, rows: Array) -> Array:
            both = outputs(net, jnp.concatenate([x, data.x_source[rows]]))
            labeled, unlabeled = jnp.split(both, 2)
            return pseudo_label_loss(labeled, y, unlabeled)

        net, accuracies = (encoder, Dense(head, jnp.zeros(head.shape[1]))), []
        for loss, (chosen, others) in zip((supervised, pseudo), phases, strict=False):
            index, more = (
                (numbers * count).astype(jnp.int32)
                for numbers, count in ((chosen, labels), (others, len(data.x_source)))
            )
            net, _ = train(
                index, net, loss, data.x_train, data.y_train, optimizer=optax.adam(rate), each=more
            )
            x = jnp.concatenate([data.x_validation, data.x_test])
            parts = jnp.split(outputs(net, x), [len(data.y_validation)])
            pairs = zip(parts, (data.y_validation, data.y_test), strict=True)
            accuracies.append(jnp.stack([accuracy(*pair) for pair in pairs]))
        return jnp.stack(accuracies)

    # Small steps cost what it costs to begin them: linear models of all seeds learn together
    at_once = len(heads) if encoders is None else None
    seeds = phases, encoders, heads, task
    return lax.map(lambda row: over_seeds(lambda seed: run(*seed, *row), seeds, at_once=at_once), columns)


def together(tuned: xr.Dataset, linear: xr.Dataset, accuracies: Sequence[xr.DataArray] = ()) -> xr.Dataset:
    """Join nets and linear models that learned the same task, and what was chosen for each.

    Args:
        tuned: As `dlfigs.experiments.training.at_best_rate` returns it, with `rate` as a variable.
        linear: As `dlfigs.experiments.baselines.regularized` returns it.
        accuracies: What to keep of the test accuracies, by default all of both.

    Returns:
        `test_accuracy`, (start, budget, seed); `rate`, `rate_at_end` and `rate_list` with the dimension
        `trained`, and `strength`, `strength_at_end` and `strength_list` with the dimension `linear`.
    """
    rates, strengths = ([name + end for end in ("", "_at_end", "_list")] for name in ("rate", "strength"))
    accuracy = xr.concat(accuracies or [part.test_accuracy for part in (tuned, linear)], "start")
    chosen = tuned[rates].rename(start="trained"), linear[strengths].rename(start="linear")
    return xr.merge([accuracy.to_dataset(), *chosen])
