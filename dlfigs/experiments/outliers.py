"""Weights estimated from targets with outliers: squared and absolute loss, with and without penalties."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.draws import generator
from dlfigs.experiments.penalties import proximal_step, soft_threshold, sparse_problems

ESTIMATORS = ("least_squares", "ridge", "lasso", "absolute_deviations")
RIDGE_GRID = np.concatenate([[0.0], np.geomspace(1e-3, 1e4, 120)])  # of the mean eigenvalue of X'X
LASSO_GRID = np.linspace(0, 1, 41)  # of the smallest penalty that makes all weights zero
LASSO_STEPS, DEVIATION_STEPS = 150, 300
LIMIT = 0.3


def outliers(
    key: Array,
    *,
    sizes: Sequence[float],
    share: float,
    examples: int,
    features: int,
    relevant: int,
    noise: float,
    seeds: int,
) -> xr.Dataset:
    """Estimate weights from targets some of which have an outlier added, in four ways.

    The penalties of ridge and lasso are the best of a wide grid for each single problem, judged by
    the true weights, which nobody knows in practice. All sizes share the random numbers of a seed.

    Args:
        key: JAX key.
        sizes: Standard deviations of the outliers, in units of y.
        share: Probability that a target has an outlier.
        examples: Rows of X.
        features: Columns of X, standard normal.
        relevant: True weights that are 1; the others are 0.
        noise: Standard deviation of the noise in all targets.
        seeds: Number of problems.

    Returns:
        `error`: (estimator, outlier, seed), distance to the true weights, in units of their norm;
        `weights`: (estimator, outlier, seed, feature); `features` and `targets`: the problems.
    """
    random = generator(key)
    counts = {"examples": examples, "features": features, "relevant": relevant}
    x, y, w = sparse_problems(random, seeds=seeds, noise=noise, **counts)
    outlier = (random.random(y.shape) < share) * random.standard_normal(y.shape)
    y = y + np.asarray(sizes, float)[:, None, None] * outlier
    gram, moments = x.mT @ x, np.einsum("sij,lsi->lsj", x, y)
    values, vectors = np.linalg.eigh(gram)
    inverse = np.linalg.inv(gram)
    plain = np.einsum("sjk,lsk->lsj", inverse, moments)
    shrunk = 1 / (values + values.mean() * RIDGE_GRID[:, None, None])
    turned = np.einsum("skj,lsk->lsj", vectors, moments)
    ridges = np.einsum("sjk,gsk,lsk->glsj", vectors, shrunk, turned, optimize=True)
    with jax.enable_x64(True):
        found = _fit(x, y, gram, moments, inverse @ x.mT, 1 / values[:, -1:], plain, noise)
        lassos, deviations = map(np.asarray, found)

    def best(candidates: np.ndarray) -> np.ndarray:
        error = np.linalg.norm(candidates - w, axis=-1)
        return np.take_along_axis(candidates, error.argmin(axis=0)[None, ..., None], axis=0)[0]

    estimates = np.stack([plain, best(ridges), best(lassos), _polish(x, y, deviations)])
    error = np.linalg.norm(estimates - w, axis=-1) / np.linalg.norm(w)
    return dataset(
        {
            "estimator": list(ESTIMATORS),
            "outlier": (np.asarray(sizes, float), "standard deviation of the outliers"),
            "seed": seeds,
            "feature": features,
            "example": examples,
        },
        attrs=counts | {"share": share, "noise": noise},
        error=("estimator outlier seed", error, "error of the weights", "of their norm"),
        weights=("estimator outlier seed feature", estimates, "estimated weights"),
        features=("seed example feature", x, "features"),
        targets=("outlier seed example", y, "targets"),
    )


def _polish(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return least absolute deviations to the last digit where nearly found, and otherwise what is given.

    The minimizer fits as many examples exactly as there are weights. ADMM shows which ones long
    before it has their residuals down to zero.
    """

    def residuals(w: np.ndarray) -> np.ndarray:
        return abs(y - np.einsum("sij,lsj->lsi", x, w))

    index = np.argsort(residuals(w), axis=-1)[..., : x.shape[2]]
    seed = np.arange(len(x))[:, None]
    exact = np.linalg.solve(x[seed, index], np.take_along_axis(y, index, axis=-1)[..., None])[..., 0]
    better = residuals(exact).sum(axis=-1) < residuals(w).sum(axis=-1)
    return np.where(better[..., None], exact, w)


@jax.jit
def _fit(
    x: Array,
    y: Array,
    gram: Array,
    moments: Array,
    pseudoinverse: Array,
    rate: Array,
    plain: Array,
    noise: float,
) -> tuple[Array, Array]:
    """Return the lassos, (grid, size, seed, feature), and least absolute deviations."""
    largest = jnp.abs(moments).max(axis=-1, keepdims=True) * LASSO_GRID[:, None, None, None]

    def descend(_, w: Array) -> Array:
        gradient = jnp.einsum("sjk,glsk->glsj", gram, w) - moments
        return proximal_step(w, gradient, rate, largest)

    lassos = lax.fori_loop(0, LASSO_STEPS, descend, jnp.stack([plain] * len(LASSO_GRID)))

    def solve(target: Array) -> Array:
        return jnp.einsum("sji,lsi->lsj", pseudoinverse, target)

    # ADMM (Boyd et al., 2011): the same soft threshold, but of residuals. The limit comes down from the
    # size of the outliers, so that early steps are large; the scaled dual comes down with it
    def alternate(state: tuple[Array, Array, Array], factor: Array):
        residual, dual, limit = state
        fit = jnp.einsum("sij,lsj->lsi", x, solve(y + residual - dual)) - y
        fit = 1.6 * fit - 0.6 * residual  # over-relaxation
        residual = soft_threshold(fit + dual, limit)
        dual = dual + fit - residual
        return (residual, dual * factor, limit * factor), None

    fit = jnp.einsum("sij,lsj->lsi", x, plain) - y
    limit = jnp.abs(fit).mean(axis=-1, keepdims=True)
    half = DEVIATION_STEPS // 2
    factors = jnp.broadcast_to((LIMIT * noise / limit) ** (1 / half), (half, *limit.shape))
    factors = jnp.concatenate([factors, jnp.ones_like(factors)])
    (residual, dual, _), _ = lax.scan(alternate, (fit, jnp.zeros_like(fit), limit), factors)
    return lassos, solve(y + residual - dual)
