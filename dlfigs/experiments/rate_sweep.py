"""Many small nets at once: their learning rates are one axis of each matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.normalized_training import EPSILON, MOMENTUM
from dlfigs.experiments.training import first_state
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP
from dlfigs.nets.training import cross_entropy

NORMALIZED = {"none": False, "batch": True}


def sweep_rates(
    key: Array,
    *,
    rates: Sequence[float],
    depth: int,
    width: int,
    batch: int,
    steps: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train ReLU nets on digits with plain SGD, without and with batch normalization, all rates at once.

    What `train_normalized` does net by net, for when only the results count: small nets leave a
    processor idle, half a dozen side by side do not.

    Args:
        key: JAX key.
        rates: Learning rates.
        depth: Hidden layers.
        width: Units in each.
        batch: Examples in each minibatch.
        steps: Updates.
        seeds: Repetitions; each has its own split, weights and minibatches, which all its nets share.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        loss: (normalization, rate, seed, step), of the minibatch before the update.
        validation_accuracy, test_accuracy: (normalization, rate, seed), over 300 examples each; batch
            normalization takes its moving averages.
    """
    sizes = {"depth": depth, "width": width, "steps": steps, "batch": batch, "seeds": seeds}
    splits, nets, index = first_state(key, "he_normal", data_set=data_set, **sizes)
    # Each seed twice, without and with normalization: one program for both, that is compiled once. What
    # can be arranged or counted here is not in it: to compile that takes longer
    ways, number = np.array(list(NORMALIZED.values())), len(rates)
    data = splits.x_train, splits.y_train, np.concatenate([splits.x_validation, splits.x_test], axis=1)
    labels = np.concatenate([splits.y_validation, splits.y_test], axis=1)
    nets = jax.tree.map(lambda part: np.repeat(np.asarray(part)[:, None], number, axis=1), nets)
    rows = jax.tree.map(lambda part: np.repeat(np.asarray(part), len(ways), axis=0), (data, nets, index))
    found = _sweep(*rows, np.tile(ways, seeds), np.asarray(rates, np.float32))
    loss, outs = (np.asarray(part).reshape(seeds, len(ways), *part.shape[1:]) for part in found)
    right = np.moveaxis(outs.argmax(axis=-1) == labels[:, None, None], 0, 2)
    validation, test = (part.mean(axis=-1) for part in np.split(right, [splits.y_validation.shape[1]], -1))
    dims = "normalization rate seed"
    return dataset(
        {
            "normalization": list(NORMALIZED),
            "rate": (np.asarray(rates, float), "learning rate"),
            "seed": seeds,
            "step": np.arange(1, steps + 1),
        },
        attrs={"depth": depth, "width": width, "batch": batch},
        loss=(f"{dims} step", loss.transpose(1, 3, 0, 2), "minibatch loss", "nats"),
        validation_accuracy=(dims, validation, "validation accuracy"),
        test_accuracy=(dims, test, "test accuracy"),
    )


@jax.jit
def _sweep(
    data: tuple[Array, Array, Array], nets: MLP, index: Array, ways: Array, rates: Array
) -> tuple[Array, Array]:
    """Return losses (row, step, rate) and outputs (row, rate, example, class).

    Args:
        data: Inputs and labels for training, and other inputs, (row, example, ...). A row is a seed,
            and whether its nets are normalized.
        nets: (row, rate, ...).
        index: Minibatches, (row, step, batch).
        ways: Whether to normalize, (row,).
        rates: (rate,).
    """
    depth, width = nets.hidden.w.shape[2] + 1, nets.hidden.w.shape[-1]

    def one_row(inputs: tuple) -> tuple[Array, Array]:
        (x_train, y_train, others), net, index, normalized = inputs

        def copied(x: Array) -> Array:  # a product of its own for each net needs no other order in memory
            return jnp.broadcast_to(x, (len(rates), *x.shape))

        def gradient(parameters: tuple, averages: tuple, x: Array, y: Array) -> tuple:
            def loss(parameters: tuple) -> tuple[Array, tuple]:
                outs, seen = _outputs(*parameters, None, x, normalized)
                return cross_entropy(outs, y), seen

            (value, seen), slope = jax.value_and_grad(loss, has_aux=True)(parameters)
            moved = jax.tree.map(lambda old, new: MOMENTUM * old + (1 - MOMENTUM) * new, averages, seen)
            return slope, moved, value

        def step(carry: tuple, rows: Array) -> tuple:
            parameters, averages = carry
            batch = copied(x_train[rows]), copied(y_train[rows])
            slope, averages, value = jax.vmap(gradient)(parameters, averages, *batch)
            update = jax.vmap(lambda rate, p, g: jax.tree.map(lambda p, g: p - rate * g, p, g))
            return (update(rates, parameters, slope), averages), value

        one, zero = (copied(jnp.full((depth, width), value)) for value in (1.0, 0.0))
        (parameters, averages), losses = lax.scan(step, ((net, one), (zero, one)), index)
        outputs = jax.vmap(partial(_outputs, normalized=normalized))
        return losses, outputs(*parameters, averages, copied(others))[0]

    each = sum(leaf.nbytes // len(index) for leaf in jax.tree.leaves(nets)) * 8
    return over_seeds(one_row, (data, nets, index, ways), bytes_each=each)


def _outputs(
    net: MLP, scale: Array, averages: tuple[Array, Array] | None, x: Array, normalized: Array
) -> tuple[Array, tuple[Array, Array]]:
    """Return outputs (batch, classes) and the mean and variance that each unit was normalized with.

    Args:
        net: Its biases are also the shifts of its normalization: a bias before it would change nothing.
        scale: (depth, width).
        averages: Mean and variance, (depth, width) each; without them those of the batch are taken.
        x: (batch, pixels).
        normalized: Whether to normalize.
    """

    def layer(h: Array, parts: tuple) -> tuple:
        dense, scale, moments = parts
        z = h @ dense.w
        if moments is None:
            # From the mean square, as Flax does by default: fewer passes over `z`, there and back
            mean = z.mean(axis=0)
            moments = mean, jnp.maximum((z * z).mean(axis=0) - mean**2, 0)
        factor = jnp.where(normalized, scale * lax.rsqrt(moments[1] + EPSILON), 1)
        shift = dense.b - jnp.where(normalized, factor * moments[0], 0)
        return relu(factor * z + shift), moments

    first, rest = (jax.tree.map(at, (scale, averages)) for at in (lambda e: e[0], lambda e: e[1:]))
    h, below = layer(x, (net.first, *first))
    h, above = lax.scan(layer, h, (net.hidden, *rest))
    moments = jax.tree.map(lambda one, others: jnp.concatenate([one[None], others]), below, above)
    return h @ net.last.w + net.last.b, moments
