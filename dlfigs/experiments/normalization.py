"""What batch normalization computes, forward and backward, in training and at inference."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import Split
from dlfigs.draws import generator
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.training import first_state
from dlfigs.nets.activations import relu
from dlfigs.nets.layers import (
    BATCH_NORM_DEFAULTS,
    batch_norm,
    batch_norm_gradient,
    moving_averages,
    normalize,
)
from dlfigs.nets.mlp import MLP, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train


def output_variance(
    key: Array, *, variances: Sequence[float], epsilons: Sequence[float], batch: int, seeds: int
) -> xr.Dataset:
    """Measure the variance of normalized batches whose own variance is known.

    Returns:
        output_variance: (epsilon, seed, variance), the variance of the output batch.
    """
    x = generator(key).standard_normal((seeds, batch, 1))
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)

    def measure(epsilon: Array, batch_: Array, variance: Array) -> Array:
        return batch_norm(batch_ * jnp.sqrt(variance), np.ones(1), np.zeros(1), epsilon).var()

    over = jax.vmap(measure, (None, None, 0))
    over = jax.vmap(jax.vmap(over, (None, 0, None)), (0, None, None))
    with jax.enable_x64(True):
        found = np.asarray(jax.jit(over)(np.asarray(epsilons), x, np.asarray(variances)))
    return dataset(
        {"epsilon": list(epsilons), "seed": seeds, "variance": (variances, "variance before")},
        output_variance=("epsilon seed variance", found, "variance after batch normalization"),
    )


def input_gradients(
    key: Array, *, batches: Sequence[int], features: int, epsilon: float, seeds: int
) -> xr.Dataset:
    """Compare autodiff's gradient with the formula, and with statistics treated as constants.

    Inputs and the gradients that arrive from above are independent normal numbers.

    Returns:
        formula_error: (batch, seed), largest difference between autodiff and the formula.
        gradient_sum: (batch, seed), largest sum of the gradient over a batch, over features.
        constant_error: (batch, seed), root mean square error of the gradient with mean and
            variance treated as constants, relative to the true gradient.
    """
    one, zero = np.ones(features), np.zeros(features)

    def compare(x: Array, g: Array) -> Array:
        (true,) = jax.vjp(lambda x: batch_norm(x, one, zero, epsilon), x)[1](g)
        constant = g / jnp.sqrt(x.var(axis=0) + epsilon)
        return jnp.stack(
            [
                jnp.abs(true - batch_norm_gradient(x, g, epsilon)).max(),
                jnp.abs(true.sum(axis=0)).max(),
                jnp.linalg.norm(constant - true) / jnp.linalg.norm(true),
            ]
        )

    rng = generator(key)
    x, g = rng.standard_normal((2, seeds, max(batches), features))  # smaller batches are their beginnings
    with jax.enable_x64(True):
        many = jax.jit(jax.vmap(compare))
        found = [np.asarray(many(x[:, :size], g[:, :size])) for size in batches]
    formula_error, gradient_sum, constant_error = np.stack(found).transpose(2, 0, 1)
    dims = "batch seed"
    return dataset(
        {"batch": (batches, "batch size"), "seed": seeds},
        formula_error=(dims, formula_error, "largest difference between autodiff and formula"),
        gradient_sum=(dims, gradient_sum, "largest sum of the gradient over a batch"),
        constant_error=(dims, constant_error, "error with statistics treated as constants"),
    )


def stored_statistics(
    key: Array, *, mean: float, variance: float, batch: int, steps: Sequence[int], seeds: int
) -> xr.Dataset:
    """Follow the moving averages of one feature whose distribution does not change.

    The feature is normal; all libraries see the same batches.

    Args:
        key: JAX key.
        mean: Of the feature.
        variance: Of the feature.
        batch: Examples in each batch.
        steps: After how many updates to look, in ascending order.
        seeds: Repetitions.

    Returns:
        stored_mean, stored_variance: (library, seed, step).
        start_up: (library), updates until at most 1 % of the start is left, for batches that all have
            the feature's own mean; one more than the last of `steps` if they are not enough.
        output_error: (library, seed, step), root mean square difference between the layer's output at
            inference and the output with the true mean and variance, over inputs.
    """
    found, start_up = _stored(key, mean, variance, batch, tuple(map(int, steps)), seeds)
    dims = "library seed step"
    return dataset(
        {"library": list(BATCH_NORM_DEFAULTS), "seed": seeds, "step": (steps, "steps of training")},
        stored_mean=(dims, found[0], "stored mean"),
        stored_variance=(dims, found[1], "stored variance"),
        output_error=(dims, found[2], "error of the layer's output at inference"),
        start_up=("library", start_up, "steps until 1 % of the start is left"),
    )


@partial(jax.jit, static_argnums=(3, 4, 5))
def _stored(
    key: Array, mean: float, variance: float, batch: int, steps: tuple[int, ...], seeds: int
) -> tuple[Array, Array]:
    """Return stored mean, stored variance and error, (3, library, seed, step), and start-up, (library)."""

    def statistics(key: Array) -> tuple[Array, Array]:
        x = mean + jnp.sqrt(variance) * jax.random.normal(key, (batch, seeds))
        return x.mean(axis=0), x.var(axis=0)

    means, variances = lax.map(statistics, jax.random.split(key, max(steps)))
    # Two inputs with the mean and the variance of all: a line's mean square needs no more
    inputs = mean + jnp.sqrt(variance) * jnp.array([-1.0, 1.0])
    found, start_up = [], []
    constant = jnp.ones(max(steps))
    for rule in BATCH_NORM_DEFAULTS.values():
        without_noise, _ = moving_averages(constant, constant, rule, batch)
        start_up.append((1 - without_noise > 0.01).sum())
        stored = [part[np.array(steps)] for part in moving_averages(means, variances, rule, batch)]
        outputs = [normalize(x, *stored, 1.0, 0.0, rule.epsilon) for x in inputs]
        right = [normalize(x, mean, variance, 1.0, 0.0, rule.epsilon) for x in inputs]
        squares = [(output - exact) ** 2 for output, exact in zip(outputs, right, strict=True)]
        found.append(jnp.stack([*stored, jnp.sqrt(sum(squares) / 2)]))
    return jnp.moveaxis(jnp.stack(found, axis=1), -1, -2), jnp.stack(start_up)


CORRECTED = "corrected"  # the average of Flax without what is left of its start


def early_inference(
    key: Array,
    *,
    steps: Sequence[int],
    rate: float,
    depth: int,
    width: int,
    batch: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train nets with batch normalization on digits and evaluate them early, with stored statistics.

    Training does not depend on the stored statistics, so that each net is trained once and evaluated
    with each library's. They differ in momentum and variance only: epsilon is 1e-5 for all.

    Args:
        key: JAX key.
        steps: After how many updates to evaluate, in ascending order.
        rate: Learning rate of plain SGD.
        depth: Hidden layers.
        width: Units in each.
        batch: Examples in each minibatch.
        seeds: Repetitions; each has its own split, weights and minibatches.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        test_accuracy: (statistics, seed, step), with the statistics that each library stores, with
            Flax's divided by what Adam would divide them by ("corrected"), and with those of all
            training examples under the weights of that step ("exact").
    """
    # One step more than asked for: what is kept of a step are the parameters before it
    sizes = {"depth": depth, "width": width, "steps": max(steps) + 1, "batch": batch, "seeds": seeds}
    splits, nets, index = first_state(key, "he_normal", data_set=data_set, **sizes)
    found = _evaluated(index, splits, nets, tuple(map(int, steps)), rate)
    names = [*BATCH_NORM_DEFAULTS, CORRECTED, "exact"]
    return dataset(
        {"statistics": names, "seed": seeds, "step": (steps, "steps of training")},
        attrs={"width": width, "depth": depth},
        test_accuracy=("statistics seed step", np.moveaxis(found, 0, 1), "test accuracy"),
    )


@partial(jax.jit, static_argnums=3)
def _evaluated(index: Array, splits: Split, nets: MLP, steps: tuple[int, ...], rate: float) -> Array:
    """Return test accuracies, (seed, statistics, step)."""
    at = np.array(steps)

    def in_training(parameters: Any, x: Array) -> tuple[Array, Array, Array]:
        net, lines = parameters
        outputs, z = mlp(net, x, lambda z, line: relu(batch_norm(z, *line)), each=lines)
        return outputs, z.mean(axis=1), z.var(axis=1)

    def at_inference(parameters: Any, means: Array, variances: Array, x: Array) -> Array:
        net, lines = parameters
        each = (means, variances, *lines)
        return mlp(net, x, lambda z, part: relu(normalize(z, *part)), each=each)[0]

    def loss(parameters: Any, x: Array, y: Array) -> tuple[Array, Any]:
        outputs, *statistics = in_training(parameters, x)
        return cross_entropy(outputs, y), (parameters, statistics)

    def run(seed: tuple[Array, Split, MLP]) -> Array:
        index, data, net = seed
        batch = index.shape[1]
        shape = (len(net.hidden.b) + 1, net.first.b.shape[0])
        lines = (jnp.ones(shape), jnp.zeros(shape))
        settings = {"optimizer": optax.sgd(rate), "keep": True}
        _, (_, kept) = train(index, (net, lines), loss, data.x_train, data.y_train, **settings)
        parameters, (means, variances) = kept
        stored = [moving_averages(means, variances, rule, batch) for rule in BATCH_NORM_DEFAULTS.values()]
        mean, variance = stored[list(BATCH_NORM_DEFAULTS).index("flax")]
        left = BATCH_NORM_DEFAULTS["flax"].momentum ** np.maximum(np.arange(len(mean)), 1)[:, None, None]
        stored.append((mean / (1 - left), (variance - left) / (1 - left)))
        parameters, stored = jax.tree.map(lambda part: part[at], (parameters, stored))
        exact = lax.map(lambda now: tuple(in_training(now, data.x_train)[1:]), parameters)
        each = jax.tree.map(lambda *parts: jnp.stack(parts, axis=1), *stored, exact)

        def evaluate(now: tuple[Any, tuple[Array, Array]]) -> Array:
            parameters, each = now
            return lax.map(
                lambda one: accuracy(at_inference(parameters, *one, data.x_test), data.y_test), each
            )

        return lax.map(evaluate, (parameters, each)).T

    return over_seeds(run, (index, splits, nets))
