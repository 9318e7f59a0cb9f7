"""Fine-tuning in two stages: first the new output layer alone, then all layers."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.draws import generator
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.tasks import Task
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP, Dense, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train


def head_first(
    key: Array,
    task: Task,
    nets: MLP,
    *,
    budgets: Sequence[int],
    rates: Sequence[float],
    steps: int,
    batch: int,
) -> xr.Dataset:
    """Learn the target task from pretrained nets: their new output layer first, and then all layers.

    Each stage has half of the steps, so that there are as many as in `few_labels.learn`, whose other
    settings are the same.

    Args:
        key: JAX key.
        task: The data.
        nets: Pretrained, with a leading axis of seeds; their output layer is replaced.
        budgets: Labeled examples of each class.
        rates: Learning rates of Adam, the same in both stages.
        steps: Updates, of both stages together.
        batch: Examples in each minibatch, drawn with replacement.

    Returns:
        validation_accuracy, test_accuracy: (start, budget, rate, seed), with one start, "head first".
    """
    key_head, key_batches = jax.random.split(key)
    classes, (seeds, width, _) = int(task.y_test.max()) + 1, nets.last.w.shape
    # From 0 to 1: the same numbers choose examples out of few or of many
    numbers = generator(key_batches).random((seeds, steps, batch), np.float32)
    heads = generator(key_head).normal(size=(seeds, width, classes)) / np.sqrt(width)
    table = [(budget * classes, rate) for budget in budgets for rate in rates]
    columns = [np.asarray(column) for column in zip(*table, strict=True)]
    found = _learn(numbers, nets._replace(last=None), heads.astype(np.float32), task, columns)
    found = np.asarray(found).reshape(1, len(budgets), len(rates), seeds, 2)
    dims = "start budget rate seed"
    return dataset(
        {
            "start": ["head first"],
            "budget": (np.asarray(budgets), "labels of each class"),
            "rate": (np.asarray(rates), "learning rate"),
            "seed": seeds,
        },
        validation_accuracy=(dims, found[..., 0], "validation accuracy"),
        test_accuracy=(dims, found[..., 1], "test accuracy"),
    )


@jax.jit
def _learn(numbers: Array, encoders: MLP, heads: Array, task: Task, columns: list[Array]) -> Array:
    """Return validation and test accuracies, (row of the table, seed, 2)."""

    def outputs(net: tuple[MLP, Dense], x: Array) -> Array:
        encoder, last = net
        return mlp(encoder._replace(last=last), x, relu)[0]

    def of_all(net: tuple[MLP, Dense], x: Array, y: Array) -> Array:
        return cross_entropy(outputs(net, x), y)

    def of_head(net: tuple[MLP, Dense], x: Array, y: Array) -> Array:
        encoder, last = net  # without a gradient Adam does not move the encoder
        return of_all((lax.stop_gradient(encoder), last), x, y)

    def run(numbers, encoder, head, data, labels, rate) -> Array:
        net = (encoder, Dense(head, jnp.zeros(head.shape[1])))
        index = (numbers * labels).astype(jnp.int32)
        half = len(index) // 2
        for loss, rows in ((of_head, index[:half]), (of_all, index[half:])):
            net, _ = train(rows, net, loss, data.x_train, data.y_train, optimizer=optax.adam(rate))
        pairs = ((data.x_validation, data.y_validation), (data.x_test, data.y_test))
        return jnp.stack([accuracy(outputs(net, x), y) for x, y in pairs])

    seeds = numbers, encoders, heads, task
    return lax.map(lambda row: over_seeds(lambda seed: run(*seed, *row), seeds), columns)
