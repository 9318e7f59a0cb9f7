"""What dropout does to the sums that the next layer sees, to least squares and to gradients."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax
from scipy.special import log_softmax, softmax

from dlfigs.dataset import dataset
from dlfigs.draws import generator
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import relu
from dlfigs.nets.layers import dropout


def dropout_sums(
    key: Array, *, rates: Sequence[float], inputs: int, units: int, masks: int, seeds: int
) -> xr.Dataset:
    """Compare a linear layer under dropout with the same layer at test time.

    Args:
        key: JAX key.
        rates: Probabilities of dropping.
        inputs: Number of inputs, which are ReLUs of normal numbers.
        units: Number of linear units.
        masks: Masks drawn for each seed and rate.
        seeds: Number of layers, each with its own inputs and weights.

    Returns:
        factor: (seed, rate, rule), test-time sums as a multiple of the mean training-time sums,
            both projected on the sums without dropout, for four rules of scaling.
        variance: (seed, rate), variance over masks of the training-time sums with inverted
            dropout, divided by the sum of squares of its terms, averaged over the units.
    """

    def one(key: Array, rate: Array) -> tuple[Array, Array]:
        key_inputs, key_weights, key_inverted, key_plain = jax.random.split(key, 4)
        x = relu(jax.random.normal(key_inputs, (inputs,)))
        w = jax.random.normal(key_weights, (inputs, units)) / jnp.sqrt(inputs)

        def sums(key: Array) -> Array:  # (mask, unit)
            return jax.vmap(lambda k: dropout(k, x, rate))(jax.random.split(key, masks)) @ w

        inverted = sums(key_inverted)
        plain = sums(key_plain) * (1 - rate)  # as first published: nothing is divided in training
        test = x @ w

        def factor(at_test: Array, in_training: Array) -> Array:
            # The noisy mean stands in one product only, so that its noise averages out
            return (at_test @ test) / (in_training.mean(axis=0) @ test)

        factors = jnp.stack(
            [
                factor(test, inverted),
                factor((1 - rate) * test, plain),
                factor(rate * test, plain),
                factor(test, plain),
            ]
        )
        variance = (inverted.var(axis=0, ddof=1) / (x**2 @ w**2)).mean()
        return factors, variance

    def over_rates(key: Array) -> tuple[Array, Array]:
        return lax.map(lambda rate: one(key, rate), jnp.asarray(rates))

    factors, variance = jax.jit(lambda key: over_seeds(over_rates, jax.random.split(key, seeds)))(key)
    return dataset(
        {
            "rule": ["inverted", "keep", "rate", "none"],
            "seed": seeds,
            "rate": (np.asarray(rates), "drop rate"),
        },
        factor=("seed rate rule", factors, "test-time sum over mean training-time sum"),
        variance=("seed rate", variance, "variance over masks, in units of sum(w² x²)"),
    )


def softmax_ensemble(key: Array, *, rate: float, inputs: int, classes: int) -> xr.Dataset:
    """Average a softmax layer over every possible dropout mask, exactly.

    Returns:
        Scalars, dimensionless: the largest difference in any class's probability between the
        normalized geometric mean over all 2**inputs masks and one pass with weights scaled by the
        keep probability (`geometric_gap`); the same for the arithmetic mean (`arithmetic_gap`);
        and for the geometric mean against weights scaled by the drop rate (`wrong_scale_gap`).
    """
    rng = generator(key)
    x, w = rng.standard_normal(inputs), rng.standard_normal((inputs, classes))
    masks = (np.arange(2**inputs)[:, None] >> np.arange(inputs)) & 1
    log_p = (masks * np.log1p(-rate) + (1 - masks) * np.log(rate)).sum(axis=1)
    log_y = log_softmax((masks * x) @ w, axis=1)
    geometric = softmax(np.exp(log_p) @ log_y)
    arithmetic = np.exp(log_p) @ np.exp(log_y)
    by_keep, by_rate = (softmax(scale * x @ w) for scale in (1 - rate, rate))

    def gap(a: np.ndarray, b: np.ndarray) -> float:
        return abs(a - b).max()

    return dataset(
        {},
        geometric_gap=("", gap(geometric, by_keep), "geometric mean against weights times keep"),
        arithmetic_gap=("", gap(arithmetic, by_keep), "arithmetic mean against weights times keep"),
        wrong_scale_gap=("", gap(geometric, by_rate), "geometric mean against weights times rate"),
    )


def dropout_least_squares(
    key: Array, x: np.ndarray, y: np.ndarray, *, rates: Sequence[float], masks: int, seeds: int
) -> xr.Dataset:
    """Minimize the squared error of a linear model with dropped inputs, over a set of masks.

    Each mask set holds a mask for each example. The minimizer is found exactly, from the normal
    equations summed over the masks; sets of 1, 2, 4 ... masks are parts of one another.

    Args:
        key: JAX key.
        x: (examples, features), any units: dropout does not care.
        y: (examples,).
        rates: Probabilities of dropping; all rates share the random numbers.
        masks: Masks for each example and seed, a power of 2.
        seeds: Sets of masks.

    Returns:
        weights: (rate, count, seed, feature), minimizers over `count` masks, each in units of one
            over its feature's standard deviation.
        pooled: (rate, feature), the minimizers over the masks of all seeds together.
    """
    deviation = x.std(axis=0)
    counts = 2 ** np.arange(int(masks).bit_length())
    gram, product = _normal_equations(key, x / deviation, y, np.asarray(rates), counts.tolist()[-1], seeds)
    # Sums in double precision; at high rates the equations of few masks are badly conditioned
    gram, product = (np.cumsum(np.asarray(part, float), axis=1)[:, counts - 1] for part in (gram, product))
    weights = np.linalg.solve(gram, product[..., None])[..., 0]  # (seed, count, rate, feature)
    pooled = np.linalg.solve(gram[:, -1].sum(axis=0), product[:, -1].sum(axis=0)[..., None])[..., 0]
    return dataset(
        {
            "rate": (np.asarray(rates), "drop rate"),
            "count": (counts, "masks for each example"),
            "seed": seeds,
            "feature": x.shape[1],
        },
        weights=(
            "rate count seed feature",
            weights.transpose(2, 1, 0, 3),
            "weight of the minimizer, times its feature's standard deviation",
        ),
        pooled=("rate feature", pooled, "weight of the minimizer over the masks of all seeds"),
    )


@partial(jax.jit, static_argnums=(4, 5))
def _normal_equations(
    key: Array, x: Array, y: Array, rates: Array, masks: int, seeds: int
) -> tuple[Array, Array]:
    """Return dropped xᵀx and xᵀy for each (seed, mask, rate)."""

    def one(key: Array) -> tuple[Array, Array]:
        dropped = jax.vmap(lambda rate: dropout(key, x, rate))(rates)
        return jnp.einsum("ref,reg->rfg", dropped, dropped), dropped.mT @ y

    return over_seeds(lambda key: lax.map(one, jax.random.split(key, masks)), jax.random.split(key, seeds))


def dropout_gradients(
    key: Array, x: np.ndarray, y: np.ndarray, *, rates: Sequence[float], masks: int, seeds: int
) -> xr.Dataset:
    """Measure how much the gradient of one example varies with the mask, where training ends.

    The model is linear, its inputs are dropped, and its weights are those of least squares without
    dropout: the mean gradient over the examples is zero there, and what is left is noise.

    Args:
        key: JAX key.
        x: (examples, features).
        y: (examples,).
        rates: Probabilities of dropping; all rates share the random numbers.
        masks: Masks for each example and seed, at least 2.
        seeds: Repetitions.

    Returns:
        variance: (seed, rate), variance over masks of the gradient of half the squared error, mean
            over the examples and summed over the weights.
        examples: variance over the examples of the gradient without dropout, summed over the weights.
        weights: (feature,), where the gradient is taken.
    """
    w = np.linalg.lstsq(x, y, rcond=None)[0]
    variance = _mask_variance(key, x, y, w, np.asarray(rates), masks, seeds)
    without = x * (x @ w - y)[:, None]
    return dataset(
        {"rate": (np.asarray(rates), "drop rate"), "seed": seeds, "feature": x.shape[1]},
        variance=("seed rate", variance, "variance of the gradient over masks"),
        examples=("", without.var(axis=0).sum(), "variance of the gradient over examples"),
        weights=("feature", w, "weight of least squares"),
    )


@partial(jax.jit, static_argnums=(5, 6))
def _mask_variance(key: Array, x: Array, y: Array, w: Array, rates: Array, masks: int, seeds: int) -> Array:
    """Return the variance over masks of each example's gradient, as (seed, rate)."""

    def gradients(key: Array) -> Array:  # (rate, example, feature)
        dropped = jax.vmap(lambda rate: dropout(key, x, rate))(rates)
        return dropped * (dropped @ w - y)[..., None]

    def one(key: Array) -> Array:
        every = lax.map(gradients, jax.random.split(key, masks))
        return every.var(axis=0, ddof=1).mean(axis=1).sum(axis=1)

    return over_seeds(one, jax.random.split(key, seeds))


def monte_carlo_dropout(
    key: Array, *, rates: Sequence[float], passes: int, hidden: int, outputs: int, seeds: int
) -> xr.Dataset:
    """Average passes with dropout after the one hidden layer of random ReLU nets.

    Args:
        key: JAX key.
        rates: Probabilities of dropping a hidden unit; all rates share the random numbers.
        passes: Largest number of passes, a power of 2.
        hidden: Hidden units.
        outputs: Linear outputs.
        seeds: Nets, each with one input.

    Returns:
        Both in units of the sum of squares of an output's terms, averaged over the outputs:
        error: (seed, rate, count), squared distance of the mean over `count` passes from the pass
            without dropout.
        variance: (seed, rate), variance over all passes.
    """
    counts = 2 ** np.arange(int(passes).bit_length())

    def one(key: Array) -> tuple[Array, Array]:
        key_hidden, key_weights, key_masks = jax.random.split(key, 3)
        h = relu(jax.random.normal(key_hidden, (hidden,)))
        w = jax.random.normal(key_weights, (hidden, outputs))
        keys, unit = jax.random.split(key_masks, int(counts[-1])), h**2 @ w**2

        def at(rate: Array) -> tuple[Array, Array]:
            y = jax.vmap(lambda k: dropout(k, h, rate))(keys) @ w  # (pass, output)
            means = jnp.cumsum(y, axis=0)[counts - 1] / counts[:, None]
            return ((means - h @ w) ** 2 / unit).mean(axis=1), (y.var(axis=0, ddof=1) / unit).mean()

        return jax.vmap(at)(jnp.asarray(rates))

    error, variance = jax.jit(lambda key: over_seeds(one, jax.random.split(key, seeds)))(key)
    return dataset(
        {
            "rate": (np.asarray(rates), "drop rate"),
            "count": (counts, "passes averaged"),
            "seed": seeds,
        },
        error=("seed rate count", error, "squared error of the mean, in units of Σh²w²"),
        variance=("seed rate", variance, "variance over passes, in units of Σh²w²"),
    )
