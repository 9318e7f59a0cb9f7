"""Nets that are trained on few digits with one regularizer or another, and otherwise alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs import datasets
from dlfigs.dataset import dataset
from dlfigs.datasets import SHIFTS, Split, wrong_labels
from dlfigs.draws import generator, minibatches, starts, tables, window
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.penalties import soft_threshold
from dlfigs.experiments.training import first_nets
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP, Dense, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train

DEPTH = 2  # hidden layers
INPUT_DROPOUT = 0.4  # share of the hidden units' drop rate: 0.2 for 0.5, as Srivastava et al. (2014)


class Regularizer(NamedTuple):
    """Strength of each regularizer; by default all are off. Several may be on.

    `l1` and `l2` multiply the sum of absolute and of squared weights; `max_norm` is the largest
    allowed norm of the weights into a hidden unit; `dropout` the probability of dropping a hidden
    unit (of a pixel: 0.4 times that); `shifts` the probability that an example is moved by up to
    one pixel; `smoothing` the share of the label that is spread over all classes. Biases are free.
    """

    l1: float = 0.0
    l2: float = 0.0
    max_norm: float = np.inf
    dropout: float = 0.0
    shifts: float = 0.0
    smoothing: float = 0.0


def train_regularized(
    key: Array,
    *,
    regularizers: Sequence[Regularizer],
    noises: Sequence[float],
    examples: int,
    width: int,
    steps: int,
    batch: int,
    rate: float,
    seeds: int,
    every: int = 10,
    momentum: float = 0.9,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train a ReLU net with two hidden layers by SGD with momentum, once for each regularizer.

    Seed by seed all runs share the split of the data, the wrong labels, the first weights (He
    normal) and the minibatches, so that differences are paired.

    Args:
        key: JAX key.
        regularizers: What the runs differ in.
        noises: Shares of training and validation labels that are replaced by another class, drawn
            uniformly. Test labels stay right.
        examples: Training examples.
        width: Units in each hidden layer.
        steps: Updates, a multiple of `every`.
        batch: Examples in each minibatch.
        rate: Learning rate.
        seeds: Repetitions.
        every: Updates between two measurements.
        momentum: Of the optimizer.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        For each (regularizer, noise, seed, step), `step` counting updates done: `train_accuracy`
        on the labels that were trained on, `validation_accuracy` and `validation_loss` on labels
        that are as noisy, `test_accuracy` on right ones; `norm`, with a dimension `unit`, the norms
        of the weights into hidden units; and `zeros`, the share of all weights that are zero.
    """
    key_splits, key_nets, key_wrong, key_runs = jax.random.split(key, 4)
    splits = datasets.examples(data_set, jax.random.split(key_splits, seeds), examples, shifts=True)
    inputs = splits.x_train.shape[-1]
    nets = first_nets(key_nets, "he_normal", seeds=seeds, depth=DEPTH, width=width, inputs=inputs)
    key_batches, key_masks = jax.random.split(key_runs)
    index = minibatches(key_batches, examples, (seeds, steps, batch))
    rng = generator(key_masks)
    begin, uniform = starts(rng, seeds, steps, 5), tables(rng).uniform
    shares = np.asarray(noises, np.float32)
    both = np.concatenate([splits.y_train, splits.y_validation], axis=1)
    noisy = np.stack([wrong_labels(key_wrong, both, share) for share in shares])
    columns = [np.asarray(column, np.float32) for column in zip(*regularizers, strict=True)]
    measured = _runs(index, begin, uniform, splits, noisy, nets, columns, rate, momentum, every)
    dims = "regularizer noise seed step"
    names = {
        "train_accuracy": ("accuracy on the training labels",),
        "validation_accuracy": ("accuracy on the validation labels",),
        "validation_loss": ("loss on the validation labels", "nats"),
        "test_accuracy": ("accuracy on the test labels, which are right",),
        "zeros": ("share of weights that are zero",),
    }
    return dataset(
        {
            "regularizer": len(regularizers),
            "noise": (np.asarray(noises), "share of wrong labels"),
            "seed": seeds,
            "step": (np.arange(every, steps + 1, every), "updates done"),
            "unit": DEPTH * width,
        },
        attrs={"width": width, "steps": steps, "examples": examples},
        norm=(f"{dims} unit", measured.pop(), "norm of the weights into a hidden unit"),
        **{
            name: (dims, values, *text)
            for (name, text), values in zip(names.items(), measured, strict=True)
        },
    )


def stop_early(loss: np.ndarray, patience: int) -> np.ndarray:
    """Return which measurement early stopping keeps.

    Training stops when `patience` measurements in a row bring no new minimum, or at the end; the
    weights of the minimum are kept (Prechelt, 1998, reviews such rules).

    Args:
        loss: (..., measurements), validation loss in the order of time.
        patience: 1 or more; at least the number of measurements: the minimum of the whole run.

    Returns:
        Indices, (...).
    """
    index = np.arange(loss.shape[-1])
    before = np.minimum.accumulate(loss, axis=-1)[..., :-1]
    new = np.concatenate([np.ones_like(loss[..., :1], bool), loss[..., 1:] < before], axis=-1)
    best = np.maximum.accumulate(np.where(new, index, 0), axis=-1)
    stop = index - best >= patience
    stop[..., -1] = True
    return np.take_along_axis(best, stop.argmax(axis=-1)[..., None], axis=-1)[..., 0]


def smoothed_cross_entropy(outputs: Array, labels: Array, smoothing: Array) -> Array:
    """Return the cross-entropy in nats against 1 - smoothing for the label, the rest over all classes.

    Szegedy et al. (2016), sec. 7; (batch, classes) outputs, (batch,) labels, `smoothing` dimensionless.
    """
    uniform = -jax.nn.log_softmax(outputs).mean()
    return (1 - smoothing) * cross_entropy(outputs, labels) + smoothing * uniform


def clip_norms(w: Array, largest: Array) -> Array:
    """Scale each column of (fan_in, fan_out) weights down to norm `largest` where it is longer.

    Srivastava et al. (2014), sec. 5.1: w <- w min(1, c / |w|), for each unit's incoming weights.
    """
    return w * jnp.minimum(1, largest / jnp.linalg.norm(w, axis=-2, keepdims=True))


def weights(net: MLP) -> list[Array]:
    """Return the weights of a net's layers, without the biases."""
    return [layer.w for layer in net]


def _drop(uniform: Array, start: Array, x: Array, rate: Array) -> Array:
    return jnp.where(window(uniform, start, x.shape) < 1 - rate, x / (1 - rate), 0)


def regularized_loss(
    net: MLP, x: Array, y: Array, begin: Array, uniform: Array, setting: Regularizer
) -> Array:
    """Return the training loss; what acts on the weights after the update is not in it.

    Args:
        net: Parameters.
        x: (batch, SHIFTS, pixels), the first version of each example being the unmoved one.
        y: (batch,), labels.
        begin: (5,), where windows of random numbers begin.
        uniform: A table of random numbers from 0 to 1.
        setting: Strengths.
    """
    moved = window(uniform, begin[0], y.shape) < setting.shifts
    version = 1 + ((SHIFTS - 1) * window(uniform, begin[1], y.shape)).astype(jnp.int32)
    x = x[jnp.arange(len(y)), jnp.where(moved, version, 0)]
    x = _drop(uniform, begin[2], x, INPUT_DROPOUT * setting.dropout)
    outputs, _ = mlp(
        net, x, lambda z, start: _drop(uniform, start, relu(z), setting.dropout), each=begin[3:]
    )
    penalty = setting.l2 * sum((w**2).sum() for w in weights(net))
    return smoothed_cross_entropy(outputs, y, setting.smoothing) + penalty


def constrain(net: MLP, setting: Regularizer, step: Array) -> MLP:
    """Do what regularizers do to the weights after an update of size `step`: L1 and max-norm."""

    def layer(dense: Dense, largest: Array) -> Dense:
        return Dense(clip_norms(soft_threshold(dense.w, step * setting.l1), largest), dense.b)

    hidden = (layer(dense, setting.max_norm) for dense in net[:2])
    return MLP(*hidden, layer(net.last, jnp.inf))


@partial(jax.jit, static_argnums=9)
def _runs(
    index: Array,
    begin: Array,
    uniform: Array,
    splits: Split,
    labels: Array,
    nets: MLP,
    columns: list[Array],
    rate: float,
    momentum: float,
    every: int,
) -> list[Array]:
    """Return what is measured, each (regularizer, noise, seed, step, ...)."""

    def run(
        index: Array, begin: Array, data: Split, labels: Array, net: MLP, setting: Regularizer
    ) -> list[Array]:
        y_train, y_validation = jnp.split(labels, [len(data.y_train)])

        def watch(net: MLP) -> list[Array]:
            x = [data.x_train[:, 0], data.x_validation, data.x_test]
            sizes = np.cumsum([len(part) for part in x[:-1]])
            parts = jnp.split(mlp(net, jnp.concatenate(x), relu)[0], sizes)
            scores = [
                accuracy(*part) for part in zip(parts, (y_train, y_validation, data.y_test), strict=True)
            ]
            loss = cross_entropy(parts[1], y_validation)
            zeros = jnp.concatenate([(w == 0).ravel() for w in weights(net)]).mean()
            norms = [jnp.linalg.norm(w, axis=-2).ravel() for w in weights(net)[:2]]
            return [*scores[:2], loss, scores[2], zeros, jnp.concatenate(norms)]

        return train(
            index,
            net,
            lambda net, x, y, begin: regularized_loss(net, x, y, begin, uniform, setting),
            data.x_train,
            y_train,
            optimizer=optax.sgd(rate, momentum),
            each=begin,
            # Momentum sums gradients to 1 / (1 - momentum) times their size; L1 has to keep up
            project=lambda net: constrain(net, setting, rate / (1 - momentum)),
            watch=watch,
            every=every,
        )[1]

    def row(column: tuple[Array, ...]) -> list[Array]:
        setting = Regularizer(*column)
        return lax.map(
            lambda noisy: over_seeds(lambda seed: run(*seed, setting), (index, begin, splits, noisy, nets)),
            labels,
        )

    return lax.map(row, columns)
