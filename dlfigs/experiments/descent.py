"""Least squares on random features, from too few to more than there are examples."""

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


def feature_counts(examples: int, features: int) -> np.ndarray:
    """Return numbers of features from 1 to `features`, closer together around `examples`."""
    gaps = np.geomspace(1, max(examples, abs(features - examples), 2), 12).round().astype(int)
    counts = np.concatenate([examples - gaps, [1, examples, features], examples + gaps])
    return np.unique(counts[(counts >= 1) & (counts <= features)])


def double_descent(
    key: Array,
    *,
    examples: int,
    features: int,
    counts: Sequence[int],
    noise: float,
    seeds: int,
    importance: Sequence[float] | None = None,
) -> xr.Dataset:
    """Fit the first p of many features by least squares, and by ridge regression.

    Features are independent and standard normal; the label is a sum of them, of variance 1, plus
    normal noise. Where many weights fit the examples, the shortest are taken. Seeds are shared
    across p.

    Args:
        key: JAX key.
        examples: Number of training examples.
        features: Number of features on which the label depends.
        counts: Numbers p of features that the model sees, each from 1 to `features`.
        noise: Variance of the noise, more than 0.
        seeds: Training sets.
        importance: How much of the label's variance each feature brings, up to a common factor; equal
            for all by default.

    Returns:
        test_error, ridge_error: (seed, p), mean squared error on new examples, computed from the
            weights and not from a test set; for ridge regression under the penalty that is best
            on average, which in practice one would not know.
        train_error: (seed, p), mean squared error of least squares on the training examples.
    """
    shares = np.ones(features) if importance is None else np.asarray(importance)
    target = tuple(np.sqrt(shares / shares.sum()).tolist())
    with jax.enable_x64(True):  # near p = examples, the smallest eigenvalues are tiny
        errors = _errors(key, examples, target, tuple(map(int, counts)), noise, seeds)
    names = {
        "test_error": "test error of least squares",
        "ridge_error": "test error of ridge regression with the best penalty",
        "train_error": "training error of least squares",
    }
    return dataset(
        {"seed": seeds, "p": (np.asarray(counts), "features that the model sees")},
        attrs={"examples": examples, "features": features, "noise": noise},
        **{
            name: ("seed p", values, text)
            for (name, text), values in zip(names.items(), errors, strict=True)
        },
    )


@partial(jax.jit, static_argnums=(1, 2, 3, 5))
def _errors(
    key: Array, examples: int, weights: tuple[float, ...], counts: tuple[int, ...], noise: float, seeds: int
) -> tuple[Array, ...]:
    """Return test error, ridge test error and training error, each (seed, p)."""
    target, features = jnp.array(weights), len(weights)

    def one(key: Array) -> tuple[Array, ...]:
        key_x, key_noise = jax.random.split(key)
        x = jax.random.normal(key_x, (examples, features))
        y = x @ target + jnp.sqrt(noise) * jax.random.normal(key_noise, (examples,))

        def fit(p: Array) -> tuple[Array, ...]:
            # Unseen features are set to zero rather than cut off: all p then have the same shapes
            seen = jnp.arange(features) < p
            x_seen = x * seen
            eigenvalues, basis = jnp.linalg.eigh(x_seen @ x_seen.T)  # in increasing order
            nonzero = jnp.arange(examples) >= examples - p
            signal = (target**2 * seen).sum()
            penalty = p * (noise + 1 - signal) / signal

            def weights(inverse: Array) -> Array:
                return x_seen.T @ (basis @ (inverse * (basis.T @ y)))

            shortest = weights(jnp.where(nonzero, 1 / jnp.where(nonzero, eigenvalues, 1), 0))
            ridge = weights(1 / (jnp.maximum(eigenvalues, 0) + penalty))
            test, ridge_test = (((w - target) ** 2).sum() + noise for w in (shortest, ridge))
            return test, ridge_test, ((x_seen @ shortest - y) ** 2).mean()

        return lax.map(fit, jnp.asarray(counts))

    return over_seeds(one, jax.random.split(key, seeds))
