"""Gradient descent that stops early, against ridge regression, in least squares.

With w = 0 at the start both multiply the least-squares solution, along each eigenvector of the
Hessian X'X / n with eigenvalue h, by a number between 0 and 1: their filter. All formulas hold for
any data X; noise is independent, with one variance.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import lambertw

RISK_RATIO_BOUND = 1.6862
"""Risk of gradient flow over that of ridge, at most, at any time (Ali, Kolter and Tibshirani, 2019)."""


def descent_filter(h: np.ndarray, rate: float, steps: float) -> np.ndarray:
    """Return 1 - (1 - rate h)^steps, what gradient descent with this learning rate has learned.

    Each step multiplies the distance to the solution by 1 - rate h (Goodfellow et al., 2016, sec.
    7.8). `h` has any shape, in units of 1 / rate; 0 <= rate h < 2 or it diverges.
    """
    return 1 - (1 - rate * np.asarray(h, float)) ** steps


def flow_filter(x: np.ndarray) -> np.ndarray:
    """Return 1 - exp(-x), the filter for small learning rates; x = rate steps h, dimensionless."""
    return -np.expm1(-np.asarray(x, float))


def ridge_filter(x: np.ndarray) -> np.ndarray:
    """Return x / (1 + x), that is h / (h + penalty) with x = h / penalty, dimensionless."""
    x = np.asarray(x, float)
    return x / (1 + x)


def largest_filter_gap(scale: float = 1.0) -> tuple[float, float]:
    """Return where gradient flow and ridge differ most, x = rate steps h, and by how much there.

    With scale 1 flow is always ahead, and the derivative of the gap vanishes where
    exp(x) = (1 + x)^2, that is x = -1 - 2 W(-1 / (2 sqrt(e))) with the lower branch of Lambert's W.

    Args:
        scale: The ridge penalty in units of 1 / (rate steps).
    """

    def gap(x: np.ndarray) -> np.ndarray:
        return np.abs(flow_filter(x) - ridge_filter(np.asarray(x) / scale))

    if scale == 1:
        x = float(-1 - 2 * lambertw(-0.5 / np.sqrt(np.e), -1).real)
        return x, float(gap(x))
    # Flow may lag for small x and lead for large x: look everywhere, then refine
    grid = np.geomspace(1e-3, 1e3, 4001)
    best = int(np.clip(np.argmax(gap(grid)), 1, len(grid) - 2))
    bounds = (grid[best - 1], grid[best + 1])
    found = minimize_scalar(lambda x: -gap(x), bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return float(found.x), float(gap(found.x))


def closest_penalty() -> tuple[float, float]:
    """Return the penalty, in units of 1 / (rate steps), with the smallest largest gap, and that gap."""
    found = minimize_scalar(
        lambda scale: largest_filter_gap(scale)[1],
        bounds=(0.2, 1.0),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(found.x), float(found.fun)


def filter_risk(
    factor: np.ndarray, h: np.ndarray, *, signal: float, noise: float, examples: int
) -> np.ndarray:
    """Return the mean squared error of predictions on the training inputs, without the labels' noise.

    An eigenvector contributes signal h (1 - f)^2, what is not yet learned, plus noise f^2 / n, the
    noise that is: bias and variance (Ali, Kolter and Tibshirani, 2019, averaged over true weights).

    Args:
        factor: f, (..., eigenvectors), the filter at each.
        h: (eigenvectors,), eigenvalues of X'X / n.
        signal: Mean square of the true weight along each eigenvector.
        noise: Variance of the labels' noise, in the units of signal times h.
        examples: n.
    """
    factor = np.asarray(factor, float)
    return (signal * h * (1 - factor) ** 2 + noise * factor**2 / examples).sum(axis=-1)
