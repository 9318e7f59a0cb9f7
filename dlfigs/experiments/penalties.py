"""Linear models with L1 and L2 penalties, minimized in several ways.

The objective is always |y - Xw|²/2 + l1 * sum |w_i| + l2/2 * sum w_i², without an intercept. NumPy
draws the problems, because compiling that takes longer than all else; JAX runs the optimizers.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.draws import generator

OPTIMIZERS = ("proximal", "subgradient", "sgd")


def soft_threshold(v: Array, limit: float | Array) -> Array:
    """Move each element of v by `limit` toward 0, and stop there: the proximal step of L1."""
    return jnp.sign(v) * jnp.maximum(jnp.abs(v) - limit, 0)


def proximal_step(
    w: Array, gradient: Array, rate: float | Array, l1: float | Array, l2: float | Array = 0.0
) -> Array:
    """Take a gradient step of the loss, then the proximal step of both penalties.

    With u what the gradient step gives, the result minimizes over v
    |v - u|²/2 + rate (l1 sum |v_i| + l2/2 sum v_i²) (Parikh and Boyd, 2014).

    Args:
        w: Weights, any shape.
        gradient: Of the loss without the penalties; the shape of `w`.
        rate: Learning rate.
        l1: Factor of sum |w_i|.
        l2: Factor of sum w_i² / 2.
    """
    return soft_threshold(w - rate * gradient, rate * l1) / (1 + rate * l2)


def orthonormal(
    key: Array, *, strengths: Sequence[float], spread: float, examples: int, features: int, seeds: int
) -> xr.Dataset:
    """Minimize both penalties where the columns of X are orthonormal, by proximal gradient steps.

    True weights and noise are normal, each with half the variance of the least-squares weights.

    Args:
        key: JAX key.
        strengths: Factors of the penalty.
        spread: Standard deviation of the least-squares weights.
        examples: Rows of X, at least `features`.
        features: Columns of X.
        seeds: Number of problems.

    Returns:
        `least_squares`: (seed, feature); `l1` and `l2`: (strength, seed, feature), the minimizers.
    """
    random = generator(key)
    x, _ = np.linalg.qr(random.standard_normal((seeds, examples, features)))
    w = random.standard_normal((seeds, features, 1))
    y = (x @ w + random.standard_normal((seeds, examples, 1))) * spread / np.sqrt(2)
    some, none = np.asarray(strengths, float)[:, None, None], np.zeros((len(strengths), 1, 1))
    with jax.enable_x64(True):
        found = np.asarray(_shrink(x, y[..., 0], np.stack([some, none]), np.stack([none, some])))
    dims = "strength seed feature"
    return dataset(
        {"strength": (np.asarray(strengths), "strength λ"), "seed": seeds, "feature": features},
        attrs={"spread": spread},
        least_squares=("seed feature", (x.mT @ y)[..., 0], "least-squares weight"),
        l1=(dims, found[0], "weight under an L1 penalty"),
        l2=(dims, found[1], "weight under an L2 penalty"),
    )


@jax.jit
def _shrink(x: Array, y: Array, l1: Array, l2: Array) -> Array:
    """Return minimizers (penalty, strength, seed, feature)."""

    def step(_, w: Array) -> Array:
        residual = jnp.einsum("sij,plsj->plsi", x, w) - y
        # With rate 1 a single step would do, because X'X is the identity: no test of the optimizer
        return proximal_step(w, jnp.einsum("sij,plsi->plsj", x, residual), 0.4, l1, l2)

    return lax.fori_loop(0, 120, step, jnp.zeros((*l1.shape[:2], len(x), x.shape[2])))


def sparse_problems(
    random: np.random.Generator, *, seeds: int, examples: int, features: int, relevant: int, noise: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw regression problems in which only some features matter.

    Returns:
        Standard normal x (seeds, examples, features); y (seeds, examples) = x w + noise; and w
        (features,), which is 1 for the first `relevant` features and 0 for the others.
    """
    x = random.standard_normal((seeds, examples, features))
    w = (np.arange(features) < relevant).astype(float)
    return x, x @ w + noise * random.standard_normal((seeds, examples)), w


def l1_by_optimizer(
    key: Array,
    *,
    examples: int,
    features: int,
    relevant: int,
    strength: float,
    batch: int,
    steps: int,
    seeds: int,
) -> xr.Dataset:
    """Minimize one L1 objective by proximal gradient steps, by subgradient steps, and by SGD.

    All begin at the same random weights. The proximal steps have the constant rate 1 / curvature, the
    curvature being the largest eigenvalue of X'X; step t of the others has that over sqrt(t), and a
    quarter of it for SGD, whose minibatches are more curved.

    Args:
        key: JAX key.
        examples: Rows of X.
        features: Columns of X.
        relevant: True weights that are 1; the others are 0, and the noise has variance 1.
        strength: Factor of the penalty, as a share of the smallest one that makes all weights zero.
        batch: Examples in each minibatch of SGD, drawn with replacement.
        steps: Updates.
        seeds: Number of problems.

    Returns:
        `zeros` and `excess`: (optimizer, step, seed), weights that are exactly 0, and how far the
        objective lies above the last proximal one, as a share of that; `last`: (optimizer, seed,
        feature), the last weights; `violation`: (seed,), how far the last proximal weights are from
        the conditions of optimality, in units of the penalty's factor; `minimum`, `curvature` and
        `distance` (from the first weights to the last proximal ones): (seed,); `features`,
        `targets` and `penalty`: the problems.
    """
    random = generator(key)
    sizes = {"seeds": seeds, "examples": examples, "features": features, "relevant": relevant}
    x, y, _ = sparse_problems(random, noise=1.0, **sizes)
    start = random.standard_normal((seeds, features))
    batches = random.integers(0, examples, (steps, seeds, batch))
    moments = (x.mT @ y[..., None])[..., 0]
    penalty = strength * abs(moments).max(axis=1, keepdims=True)
    curvature = np.linalg.eigvalsh(x.mT @ x)[:, -1]
    with jax.enable_x64(True):
        found = _minimize(x, y, x.mT @ x, moments, penalty, 1 / curvature[:, None], start, batches)
        last, zeros, values = map(np.asarray, found)
    zeros, values = zeros.swapaxes(0, 1), values.swapaxes(0, 1)
    pull = (x.mT @ (y[..., None] - x @ last[0][..., None]))[..., 0]  # X'(y - Xw), held by the penalty
    off = np.where(last[0] == 0, abs(pull) - penalty, abs(pull - penalty * np.sign(last[0])))
    violation = np.maximum((off / penalty).max(axis=1), 0)
    dims, minimum = "optimizer step seed", values[0, -1]
    return dataset(
        {
            "optimizer": list(OPTIMIZERS),
            "step": (np.arange(1, steps + 1), "step"),
            "seed": seeds,
            "feature": features,
            "example": examples,
        },
        zeros=(dims, zeros, "weights that are exactly zero"),
        excess=(dims, values / minimum - 1, "objective above its minimum", "of the minimum"),
        last=("optimizer seed feature", last, "last weights"),
        violation=("seed", violation, "largest violation of the conditions of optimality", "λ"),
        minimum=("seed", minimum, "smallest objective"),
        curvature=("seed", curvature, "largest eigenvalue of X'X"),
        distance=("seed", np.linalg.norm(start - last[0], axis=1), "from the first weights to the last"),
        features=("seed example feature", x, "features"),
        targets=("seed example", y, "targets"),
        penalty=("seed", penalty[:, 0], "factor of the penalty"),
    )


@jax.jit
def _minimize(
    x: Array,
    y: Array,
    gram: Array,
    moments: Array,
    penalty: Array,
    rate: Array,
    start: Array,
    batches: Array,
) -> tuple[Array, Array, Array]:
    """Return last weights, and after each step zeros and objective, (step, optimizer, seed)."""
    seed, square = jnp.arange(len(x))[:, None], (y**2).sum(axis=1)

    def gradients(w: Array) -> Array:
        return jnp.einsum("sjk,msk->msj", gram, w) - moments

    def step(carry: tuple[Array, Array], given: tuple[Array, Array]):
        (w, gradient), (t, index) = carry, given
        x_batch = x[seed, index]
        error = jnp.einsum("sij,sj->si", x_batch, w[2]) - y[seed, index]
        noisy = jnp.einsum("sij,si->sj", x_batch, error) * x.shape[1] / index.shape[1]
        slow = rate / jnp.sqrt(t)
        w = jnp.stack(
            [
                proximal_step(w[0], gradient[0], rate, penalty),
                w[1] - slow * (gradient[1] + penalty * jnp.sign(w[1])),
                w[2] - slow / 4 * (noisy + penalty * jnp.sign(w[2])),
            ]
        )
        gradient = gradients(w)
        # |y - Xw|² from what is known already: w'(gradient - moments) + y'y
        value = ((w * (gradient - moments)).sum(axis=-1) + square) / 2
        value += penalty[:, 0] * jnp.abs(w).sum(axis=-1)
        return (w, gradient), ((w == 0).sum(axis=-1), value)

    w = jnp.stack([start] * len(OPTIMIZERS))
    given = (jnp.arange(1.0, len(batches) + 1), batches)
    (last, _), (zeros, values) = lax.scan(step, (w, gradients(w)), given)
    return last, zeros, values
