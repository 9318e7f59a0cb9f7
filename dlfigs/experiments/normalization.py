"""What batch normalization computes, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array

from dlfigs.dataset import dataset
from dlfigs.nets.layers import batch_norm, batch_norm_gradient


def output_variance(
    key: Array, *, variances: Sequence[float], epsilons: Sequence[float], batch: int, seeds: int
) -> xr.Dataset:
    """Measure the variance of normalized batches whose own variance is known.

    Returns:
        output_variance: (epsilon, seed, variance), the variance of the output batch.
    """
    with jax.enable_x64(True):
        x = jax.random.normal(key, (seeds, batch, 1), dtype=jnp.float64)
        x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
        one, zero = jnp.ones(1), jnp.zeros(1)

        def measure(epsilon: Array, batch_: Array, variance: Array) -> Array:
            return batch_norm(batch_ * jnp.sqrt(variance), one, zero, epsilon).var()

        over = jax.vmap(measure, (None, None, 0))
        over = jax.vmap(jax.vmap(over, (None, 0, None)), (0, None, None))
        found = np.asarray(jax.jit(over)(jnp.asarray(epsilons), x, jnp.asarray(variances)))
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
    one, zero = jnp.ones(features), jnp.zeros(features)

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

    with jax.enable_x64(True):
        # Drawn once and cut to size: one compilation of the generator, not one for each batch size
        shape = (2, seeds, max(batches), features)
        x, g = jax.random.normal(key, shape, dtype=jnp.float64)
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
