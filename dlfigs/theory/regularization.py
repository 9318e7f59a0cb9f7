"""What dropout does to sums, to least squares and to gradients, exactly."""

from __future__ import annotations

import numpy as np


def dropout_factor(rule: str, rate: float) -> float:
    """Return test-time sum over the mean training-time sum of a linear unit, by scaling rule.

    Srivastava et al. (2014), sec. 4, with `rate` the probability of dropping. `inverted` divides
    by 1 - rate in training; the others change only what is done at test time.
    """
    keep = 1 - rate
    return {"inverted": 1.0, "keep": keep / keep, "rate": rate / keep, "none": 1 / keep}[rule]


def dropout_variance(rate: float) -> float:
    """Return the variance that inverted dropout adds to sum(w x), in units of sum(w² x²).

    Each term is w x m / (1 - rate) with m Bernoulli(1 - rate), of variance rate / (1 - rate).
    """
    return rate / (1 - rate)


def dropout_ridge(x: np.ndarray, y: np.ndarray, rate: float) -> np.ndarray:
    """Return the weights that minimize the mean squared error over all dropout masks of the inputs.

    The mean over masks of |y - (mask * x / keep) @ w|² is |y - x @ w|² plus
    rate / keep * sum(diag(xᵀx) w²): ridge regression with its own penalty for each weight
    (Srivastava et al., 2014, sec. 9.1, where keep is p and the weights are scaled by it).

    Args:
        x: (examples, features).
        y: (examples,).
        rate: Probability of dropping, less than 1, dimensionless.
    """
    gram = x.T @ x
    return np.linalg.solve(gram + dropout_variance(rate) * np.diag(np.diag(gram)), x.T @ y)


def dropout_gradient(
    x: np.ndarray, w: np.ndarray, y: np.ndarray, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance over masks of the gradient of (x̃ @ w - y)² / 2, with dropped inputs x̃.

    The gradient's entry i is x_i n_i (sum_j w_j x_j n_j - y), where n = mask / keep has the moments
    E[n^r] = keep^(1 - r). Splitting off the term j = i leaves products of independent factors.

    Args:
        x: (examples, features).
        w: (features,).
        y: (examples,).
        rate: Probability of dropping, less than 1, dimensionless.

    Returns:
        Two arrays (examples, features).
    """
    keep = 1 - rate
    own = x * w
    rest = own.sum(axis=1, keepdims=True) - own - y[:, None]  # mean of all but the term i, less y
    spread = dropout_variance(rate) * ((own**2).sum(axis=1, keepdims=True) - own**2)
    mean = own / keep + rest
    square = own**2 / keep**3 + 2 * own * rest / keep**2 + (rest**2 + spread) / keep
    return x * mean, x**2 * (square - mean**2)
