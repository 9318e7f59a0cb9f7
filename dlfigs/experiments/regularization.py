"""What dropout does to the sums that the next layer sees."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
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

    factors, variance = jax.jit(lambda keys: lax.map(over_rates, keys))(jax.random.split(key, seeds))
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
    with jax.enable_x64(True):
        key_inputs, key_weights = jax.random.split(key)
        x = jax.random.normal(key_inputs, (inputs,))
        w = jax.random.normal(key_weights, (inputs, classes))
        masks = (jnp.arange(2**inputs)[:, None] >> jnp.arange(inputs)) & 1
        log_p = (masks * jnp.log1p(-rate) + (1 - masks) * jnp.log(rate)).sum(axis=1)
        log_y = jax.nn.log_softmax((masks * x) @ w, axis=1)
        geometric = jax.nn.softmax(jnp.exp(log_p) @ log_y)
        arithmetic = jnp.exp(log_p) @ jnp.exp(log_y)
        by_keep, by_rate = (jax.nn.softmax(scale * x @ w) for scale in (1 - rate, rate))

        def gap(a: Array, b: Array) -> float:
            return float(jnp.abs(a - b).max())

        return dataset(
            {},
            geometric_gap=("", gap(geometric, by_keep), "geometric mean against weights times keep"),
            arithmetic_gap=("", gap(arithmetic, by_keep), "arithmetic mean against weights times keep"),
            wrong_scale_gap=("", gap(geometric, by_rate), "geometric mean against weights times rate"),
        )
