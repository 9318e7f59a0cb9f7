"""Least squares with fewer and with more features than examples, on average over Gaussian data.

A linear target has many independent standard normal features; the model sees p of them. What the
unseen features contribute is independent of the seen ones, so that it acts as noise of that variance.
"""

from __future__ import annotations

import numpy as np


def least_squares_test_error(
    examples: int, features: int, *, seen: float, unseen: float, noise: float
) -> float:
    """Return the mean squared test error of least squares, of minimum norm where it is not unique.

    With p features, n examples and v = noise + unseen: v (1 + p / (n - p - 1)) for p < n - 1, which
    is the mean p / (n - p - 1) of the trace of an inverse Wishart matrix, and
    seen (1 - n / p) + v (1 + n / (p - n - 1)) for p > n + 1, where a random projection keeps the share
    n / p of the signal. In between the mean is infinite. Belkin, Hsu and Xu (2020); without unseen
    features and for many examples, Hastie et al. (2022).

    Args:
        examples: n.
        features: p, those that the model sees.
        seen: Sum of squares of the target's weights of the seen features.
        unseen: The same for the other features.
        noise: Variance of the labels' noise, in the same units as the squared error.
    """
    variance = noise + unseen
    if features < examples - 1:
        return variance * (1 + features / (examples - features - 1))
    if features > examples + 1:
        spread = examples / (features - examples - 1)
        return seen * (1 - examples / features) + variance * (1 + spread)
    return float("inf")


def least_squares_training_error(examples: int, features: int, *, unseen: float, noise: float) -> float:
    """Return the mean squared training error: (noise + unseen) (1 - p / n), and 0 from p = n on.

    Arguments as in `least_squares_test_error`.
    """
    return (noise + unseen) * max(0.0, 1 - features / examples)


def best_ridge_penalty(features: int, *, seen: float, unseen: float, noise: float) -> float:
    """Return the penalty on the sum of squared weights with the lowest mean test error.

    p (noise + unseen) / seen: under a normal prior of the weights with variance seen / p it gives
    their posterior mean, and for isotropic features only the length of the weights matters. It does
    not depend on the number of examples (Nakkiran et al., 2021). Arguments as above.
    """
    return features * (noise + unseen) / seen


def ridge_test_error(examples: int, features: int, *, seen: float, unseen: float, noise: float) -> float:
    """Return the mean squared test error of ridge regression with the best penalty, for large n and p.

    v + v gamma m, where gamma = p / n and m is the Stieltjes transform of the Marchenko-Pastur law
    at minus the penalty over n (Dobriban and Wager, 2018; Hastie et al., 2022).
    Arguments as in `least_squares_test_error`.
    """
    variance, gamma = noise + unseen, features / examples
    penalty = gamma * variance / seen
    b = 1 - gamma + penalty
    stieltjes = (np.sqrt(b**2 + 4 * gamma * penalty) - b) / (2 * gamma * penalty)
    return float(variance * (1 + gamma * stieltjes))
