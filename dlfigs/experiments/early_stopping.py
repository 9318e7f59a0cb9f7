"""Least squares on digits: gradient descent, watched on its way, and ridge regression."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import raw_digits
from dlfigs.draws import generator


def stopped_descent(
    key: Array, *, examples: int, speed: float, stops: Sequence[int], noise: float, seeds: int
) -> xr.Dataset:
    """Fit made-up labels of digits by gradient descent, and by ridge regression.

    The inputs are the pixels of some digits, centered, with mean square 1; they are the same for all
    seeds. Labels are linear in them, with true weights drawn from N(0, 1/pixels), plus normal noise.

    Args:
        key: JAX key.
        examples: Number of digits.
        speed: Learning rate in units of 1 / largest eigenvalue, below 2.
        stops: Numbers of steps after which descent is looked at, in increasing order.
        noise: Variance of the noise, in units of the labels' own variance.
        seeds: Draws of true weights and noise.

    Returns:
        eigenvalue: (pixel,), of X'X / examples, in decreasing order.
        learned: (stop, pixel), weights along each eigenvector as a multiple of the least-squares
            solution’s, for the first seed; 0 where the eigenvalue is 0 up to rounding.
        descent_risk, ridge_risk: (seed, stop), mean squared difference of predictions and noise-free
            labels over the digits; the ridge penalty is 1 / (learning rate times steps).
        dense_x, dense_learned: (dense,), the same as `learned` for evenly spread eigenvalues and a
            small learning rate, against rate * steps * eigenvalue.
    """
    rng = generator(key)
    x = rng.permutation(raw_digits())[:examples].astype(float)
    x -= x.mean(axis=0)
    x = x[:, x.std(axis=0) > 0]
    x /= np.sqrt((x**2).mean())
    true = rng.standard_normal((x.shape[1], seeds)) / np.sqrt(x.shape[1])
    labels = x @ true + np.sqrt(noise) * rng.standard_normal((examples, seeds))
    with jax.enable_x64(True):  # least squares divides by eigenvalues near zero
        found = _fit(x, true, labels, tuple(map(int, stops)), speed)
    values, learned, *risks, rate = map(np.asarray, found)
    dense, at, steps = np.linspace(0.01, 10, 1000), np.zeros(1000), 2000
    for _ in range(steps):  # eigenvectors do not see each other: the Hessian is diagonal
        at -= dense * (at - 1) / steps
    dims, stop = "seed stop", (np.asarray(stops), "steps of gradient descent")
    risk = "mean squared error of the predictions"
    return dataset(
        {"seed": seeds, "stop": stop, "pixel": x.shape[1], "dense": 1000},
        attrs={"rate": float(rate), "examples": examples, "noise": noise, "pixels": x.shape[1]},
        eigenvalue=("pixel", values, "eigenvalue of X'X / n"),
        learned=("stop pixel", np.where(values > 1e-9, learned, 0), "share learned"),
        descent_risk=(dims, risks[0], f"{risk}, gradient descent"),
        ridge_risk=(dims, risks[1], f"{risk}, ridge regression"),
        dense_x=("dense", dense, "learning rate times steps times eigenvalue"),
        dense_learned=("dense", at, "share learned, evenly spread eigenvalues"),
    )


def _descend(hessian: Array, target: Array, rate: Array, stops: tuple[int, ...]) -> Array:
    """Minimize w'Hw/2 - w'b from w = 0; target b is (pixels, seeds). Return w at the stops."""

    def to_next(w: Array, steps: Array) -> tuple[Array, Array]:
        w = lax.fori_loop(0, steps, lambda _, w: w - rate * (hessian @ w - target), w)
        return w, w

    return lax.scan(to_next, jnp.zeros_like(target), jnp.diff(jnp.asarray((0, *stops))))[1]


@partial(jax.jit, static_argnums=3)
def _fit(x: Array, true: Array, labels: Array, stops: tuple[int, ...], speed: float) -> tuple[Array, ...]:
    examples, pixels = x.shape
    hessian = x.T @ x / examples
    values, basis = jnp.linalg.eigh(hessian)
    values, basis = values[::-1], basis[:, ::-1]
    rate = speed / values[0]

    target = x.T @ labels / examples
    descent = _descend(hessian, target, rate, stops)
    penalties = 1 / (rate * jnp.asarray(stops, float))
    ridge = lax.map(lambda p: jnp.linalg.solve(hessian + p * jnp.eye(pixels), target), penalties)
    learned = values * (basis.T @ descent[:, :, 0].T).T / (basis.T @ target[:, 0])
    risks = (((x @ (w - true)) ** 2).mean(axis=1).T for w in (descent, ridge))
    return values, learned, *risks, rate
