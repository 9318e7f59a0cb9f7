"""ReLU units that are zero on every example: born so, biased so, trained so, initialized so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import Split
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.training import first_state
from dlfigs.nets.activations import leaky_relu, relu
from dlfigs.nets.initializers import Start, he_normal
from dlfigs.nets.mlp import MLP, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train


def always_off(z: Array) -> Array:
    """Return for pre-activations (..., examples, units) which units are positive on no example."""
    return ~(z > 0).any(axis=-2)


def born_dead(
    key: Array, *, widths: Sequence[int], depth: int, examples: int, nets: int, chunk: int = 500
) -> xr.Dataset:
    """Count random ReLU nets in which some layer is zero, for one input and for all of several.

    Weights and inputs are standard normal, biases zero; a net has as many inputs as units in each
    layer. Nets of different width share random numbers, and depths are prefixes of the same nets.

    Args:
        key: JAX key.
        widths: Units in each layer.
        depth: Largest number of layers.
        examples: Number of inputs that each net is given.
        nets: Number of nets of each width.
        chunk: Nets that a processor computes at the same time.

    Returns:
        dead_one: (width, depth), share of nets with a layer that is zero on the first input.
        dead_all: (width, depth), share of nets with a layer that is zero on every input.
    """
    largest = max(widths)
    used = np.arange(largest) < np.asarray(widths)[:, None]  # (width, unit)

    def one_net(key: Array) -> tuple[Array, Array]:
        key_inputs, key_weights = jax.random.split(key)
        x = jax.random.normal(key_inputs, (examples, largest))
        weights = jax.random.normal(key_weights, (depth, largest, largest))

        def layer(h: Array, w: Array) -> tuple[Array, Array]:  # h: (width, example, unit)
            h = relu(h @ w) * used[:, None]
            # The size of a signal does not change its signs later: there are no biases
            h = h / jnp.maximum(h.max(axis=-1, keepdims=True), jnp.finfo(h.dtype).tiny)
            return h, (h == 0).all(axis=-1)

        _, dead = lax.scan(layer, x * used[:, None], weights)  # (depth, width, example)
        return dead[..., 0], dead.all(axis=-1)

    each = 4 * (depth * largest**2 + len(widths) * examples * largest)

    @jax.jit
    def shares(key: Array) -> list[Array]:  # each (depth, width)
        dead = over_seeds(one_net, jax.random.split(key, nets), bytes_each=each, at_once=chunk)
        return [part.mean(axis=0) for part in dead]

    one, everything = (np.asarray(part).T for part in shares(key))
    dims = "width depth"
    return dataset(
        {"width": list(widths), "depth": (np.arange(1, depth + 1), "depth")},
        attrs={"nets": nets, "examples": examples},
        dead_one=(dims, one, "share of nets dead for one input"),
        dead_all=(dims, everything, "share of nets dead for all inputs"),
    )


def largest_preactivations(
    key: Array, *, inputs: int, examples: Sequence[int], units: int, seeds: int
) -> xr.Dataset:
    """Find the largest w·x of units with He weights over standard normal examples.

    With a bias b a unit is dead if this largest value is -b or less: one measurement serves all
    biases. The units of a seed share its examples, so that the unit of statistics is the seed.

    Args:
        key: JAX key.
        inputs: Number of inputs of each unit.
        examples: Numbers of examples; smaller sets are the beginnings of larger ones.
        units: Units for each seed.
        seeds: Sets of examples, each with its own units.

    Returns:
        largest: (examples, seed, unit).
    """

    def one(key: Array) -> Array:
        key_inputs, key_weights = jax.random.split(key)
        x = jax.random.normal(key_inputs, (max(examples), inputs))
        z = x @ he_normal(key_weights, inputs, units)
        return jnp.stack([z[:number].max(axis=0) for number in examples])

    largest = jax.jit(lambda keys: over_seeds(one, keys))(jax.random.split(key, seeds))
    return dataset(
        {"examples": (list(examples), "number of examples"), "seed": seeds, "unit": units},
        attrs={"inputs": inputs},
        largest=("seed examples unit", largest, "largest pre-activation without bias"),
    ).transpose("examples", "seed", "unit")


def at_start(
    key: Array, x: Array, *, starts: Mapping[str, Start], depth: int, width: int, seeds: int
) -> xr.Dataset:
    """Look at each hidden layer of untrained ReLU nets, on all examples.

    Nets of the same seed share their random numbers across starts.

    Args:
        key: JAX key.
        x: (examples, inputs).
        starts: What draws weights and biases of every layer, by name.
        depth: Hidden layers.
        width: Units in each.
        seeds: Number of nets for each start.

    Returns:
        dead: (start, seed, layer), share of the units that are zero on all examples.
        always_on: (start, seed, layer), share that are positive on all examples.
        dependent: (start, seed, layer), variance of the pre-activations over examples, relative to
            their mean square, both averaged over the units.
    """

    def one_net(key: Array) -> Array:
        keys = jax.random.split(key, depth)

        def look(start: Start) -> Array:
            def layer(h: Array, key: Array) -> tuple[Array, Array]:
                key_weights, key_biases = jax.random.split(key)
                fan_in = h.shape[1]
                w, b = start.weights(key_weights, fan_in, width), start.biases(key_biases, fan_in, width)
                z = h @ w + b
                dependent = z.var(axis=0).mean() / (z**2).mean()
                return relu(z), jnp.stack([always_off(z).mean(), (z > 0).all(axis=0).mean(), dependent])

            h, first = layer(x, keys[0])
            return jnp.concatenate([first[None], lax.scan(layer, h, keys[1:])[1]])

        return jnp.stack([look(start) for start in starts.values()])

    found = jax.jit(lambda keys: over_seeds(one_net, keys))(jax.random.split(key, seeds))
    dead, on, dependent = np.moveaxis(np.asarray(found), (3, 0), (0, 2))
    dims = "start seed layer"
    return dataset(
        {"start": list(starts), "seed": seeds, "layer": np.arange(1, depth + 1)},
        attrs={"width": width, "examples": len(x)},
        dead=(dims, dead, "share of units that are zero on all examples"),
        always_on=(dims, on, "share of units that are positive on all examples"),
        dependent=(dims, dependent, "share of the signal that depends on the example"),
    )


class Trained(NamedTuple):
    """What nets in a comparison differ in: the slope below zero (0 is ReLU), and centered or raw pixels."""

    slope: float = 0.0
    centered: bool = True


def learning_rate_spike(
    key: Array,
    *,
    nets: Mapping[str, Trained],
    rates: Sequence[float],
    spike: int,
    rate: float,
    steps: int,
    width: int,
    batch: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train nets on digits by plain SGD, whose first steps have another learning rate.

    The nets have two hidden layers, He weights and zero biases. Centered and raw pixels have the
    same mean square. Seed by seed all nets and rates share the split of the data, the first weights
    and the minibatches.

    Args:
        key: JAX key.
        nets: What to compare, by name.
        rates: Learning rates of the first steps.
        spike: Number of first steps.
        rate: Learning rate afterwards.
        steps: Number of steps afterwards.
        width: Units in each hidden layer.
        batch: Examples in each minibatch.
        seeds: Repetitions; each has its own split, weights and minibatches.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        off_after: (net, rate, seed, layer), share of the units with z <= 0 on all training examples
            directly after the first steps.
        off_end: the same after all steps.
        revived: (net, rate, seed, layer), share of all units that are in the first but not in the
            second.
        test_accuracy: (net, rate, seed), over 300 examples.
        diverged: (net, rate, seed), whether outputs are no longer finite at the end. All units of
            such a net count as off at the end.
    """
    sizes = {"depth": 2, "width": width, "steps": spike + steps, "batch": batch, "seeds": seeds}
    splits, starts, index = first_state(key, "he_normal", data_set=data_set, **sizes)
    rows = [(net.slope, net.centered, first) for net in nets.values() for first in rates]
    columns = [np.asarray(column) for column in zip(*rows, strict=True)]
    found = _spike_runs(index[:, :spike], index[:, spike:], splits, starts, columns, rate)
    found = [part.reshape(len(nets), len(rates), *part.shape[1:]) for part in found]
    after, end, finite, accuracies = (np.asarray(part) for part in found)
    end = end | ~finite[..., None, None]
    dims = "net rate seed layer"
    return dataset(
        {
            "net": list(nets),
            "rate": (np.asarray(rates), "learning rate of the first steps"),
            "seed": seeds,
            "layer": [1, 2],
        },
        attrs={"width": width, "spike": spike, "steps": steps},
        off_after=(dims, after.mean(axis=-1), "share of units off on all examples after the first steps"),
        off_end=(dims, end.mean(axis=-1), "share of units off on all examples at the end"),
        revived=(
            dims,
            (after & ~end).mean(axis=-1),
            "share of units off after the first steps only",
        ),
        test_accuracy=("net rate seed", accuracies, "test accuracy"),
        diverged=("net rate seed", ~finite, "whether outputs are no longer finite"),
    )


@jax.jit
def _spike_runs(
    spike: Array, rest: Array, splits: Split, starts: MLP, columns: list[Array], rate: float
) -> tuple[Array, ...]:
    """Return which units are off, twice, whether nets are finite, and accuracies.

    (row, seed, layer, unit) for the units, (row, seed) for the others; `spike` and `rest` are the
    minibatches, (seed, step, batch).
    """

    def run(
        spike: Array, rest: Array, data: Split, net: MLP, slope: Array, centered: Array, first_rate: Array
    ) -> tuple[Array, ...]:
        # Background is the smallest value of a pixel: with it at 0 they are raw pixels again
        background = jnp.where(centered, 0, data.x_train.min(axis=0))
        scale = jnp.sqrt(((data.x_train - background) ** 2).mean())
        x_train, x_test = ((x - background) / scale for x in (data.x_train, data.x_test))

        def outputs(net: MLP, x: Array) -> tuple[Array, Array]:
            return mlp(net, x, lambda z: leaky_relu(z, slope))

        def loss(net: MLP, x: Array, y: Array) -> Array:
            return cross_entropy(outputs(net, x)[0], y)

        net, _ = train(spike, net, loss, x_train, data.y_train, optimizer=optax.sgd(first_rate))
        after = always_off(outputs(net, x_train)[1])
        net, _ = train(rest, net, loss, x_train, data.y_train, optimizer=optax.sgd(rate))
        on_train, z = outputs(net, x_train)
        finite = jnp.isfinite(on_train).all()
        return after, always_off(z), finite, accuracy(outputs(net, x_test)[0], data.y_test)

    def row(column: list[Array]) -> tuple[Array, ...]:
        return over_seeds(lambda seed: run(*seed, *column), (spike, rest, splits, starts))

    return lax.map(row, columns)
