"""What L1 and L2 penalties do to the weights of a linear model, and what outliers do to its loss."""

from __future__ import annotations

import numpy as np
from numpy import ndarray
from scipy.special import erf


def l1_weight(least_squares: ndarray, strength: float) -> ndarray:
    """Return the minimizer of |y - Xw|²/2 + strength * sum |w_i| if the columns of X are orthonormal.

    Soft thresholding, sign(w)(|w| - strength)+ of each least-squares weight w (Tibshirani, 1996, on
    the orthonormal design).

    Args:
        least_squares: Any shape, the weights without a penalty.
        strength: The penalty's factor, in units of the weights; at least 0.

    Returns:
        The shape and units of `least_squares`.
    """
    w = np.asarray(least_squares)
    return np.where(w > strength, w - strength, np.where(w < -strength, w + strength, 0.0))


def l2_weight(least_squares: ndarray, strength: float) -> ndarray:
    """Return the minimizer of |y - Xw|²/2 + strength/2 * sum w_i² if the columns of X are orthonormal.

    Each weight is divided by 1 + strength (Tibshirani, 1996, on the orthonormal design).

    Args:
        least_squares: Any shape, the weights without a penalty.
        strength: The penalty's factor, dimensionless; at least 0. Without the factor 1/2 in the
            penalty it would be twice as strong.

    Returns:
        The shape and units of `least_squares`.
    """
    return np.asarray(least_squares) / (1 + strength)


def l1_zero_share(strength: float, spread: float) -> float:
    """Return the share of exact zeros under L1 if the least-squares weights are normal with mean 0.

    Args:
        strength: The penalty's factor, in the units of the weights.
        spread: Standard deviation of the least-squares weights.

    Returns:
        The probability that a normal number is smaller than `strength` in size.
    """
    return float(erf(strength / (spread * np.sqrt(2))))


def ista_bound(curvature: ndarray, distance: ndarray, steps: ndarray) -> ndarray:
    """Return how far the objective can lie above its minimum after proximal gradient steps.

    curvature * distance² / (2 steps), for a step size of 1 / curvature (Beck and Teboulle, 2009).

    Args:
        curvature: Largest curvature of the smooth part, for |y - Xw|²/2 the largest eigenvalue of
            X'X.
        distance: Between the first weights and a minimizer.
        steps: Number of steps, at least 1.

    Returns:
        The units of the objective, in the shape that the arguments broadcast to.
    """
    return curvature * distance**2 / (2 * steps)


def least_squares_error(variance: float, examples: int, features: int) -> float:
    """Return the root mean square of |w_hat - w| for least squares with standard normal features.

    E|w_hat - w|² = variance * features / (examples - features - 1), exactly, by the
    mean of the inverse Wishart distribution. The errors need not be
    normal, only independent of the features and of each other with mean 0.

    Args:
        variance: Of the errors in y, outliers included.
        examples: More than features + 1.
        features: Number of weights; there is no intercept.

    Returns:
        In the units of y, because features are dimensionless.
    """
    return float(np.sqrt(variance * features / (examples - features - 1)))


def absolute_deviations_error(density: float, examples: int, features: int) -> float:
    """Return the root mean square of |w_hat - w| for least absolute deviations, for many examples.

    The asymptotic covariance of the weights is 1 / (4 density² examples) times the identity for
    standard normal features (Bassett and Koenker, 1978).

    Args:
        density: Probability density of the errors at their median, in 1 / units of y.
        examples: Number of examples, many.
        features: Number of weights; there is no intercept.

    Returns:
        In the units of y.
    """
    return float(np.sqrt(features / examples) / (2 * density))


def contaminated(noise: float, share: float, size: float) -> tuple[float, float]:
    """Return variance and density at 0 of normal errors, some of which have an outlier added.

    Args:
        noise: Standard deviation of all errors.
        share: Probability of an outlier.
        size: Standard deviation of the normal number that is added then.
    """
    widths = np.array([noise, np.hypot(noise, size)])
    density = np.array([1 - share, share]) @ (1 / (np.sqrt(2 * np.pi) * widths))
    return noise**2 + share * size**2, float(density)
