"""Batch normalization, exactly."""

from __future__ import annotations

import numpy as np
from numpy import ndarray


def batch_norm_output_variance(variance: ndarray, epsilon: float) -> ndarray:
    """Return the variance after batch normalization with unit scale: v / (v + epsilon)."""
    return variance / (variance + epsilon)


def constant_statistics_error(batch: int) -> float:
    """Return how wrong the gradient is when mean and variance are treated as constants.

    Relative to the true gradient, in root mean square, for a gradient that is independent of the
    input: of `batch` directions the true gradient lacks two, hence sqrt(2 / (batch - 2)).
    """
    return float(np.sqrt(2 / (batch - 2)))


def moving_average_bias(momentum: float, steps: ndarray) -> ndarray:
    """Return the share of its start that a moving average still has: momentum ** steps.

    An average that starts at s, of values with mean m, has the mean m + (s - m) momentum ** steps.
    Adam divides by one minus this (Kingma and Ba, 2015, sec. 3).

    Args:
        momentum: Weight of the old value, dimensionless.
        steps: Any shape, number of updates.
    """
    return momentum ** np.asarray(steps, float)


def start_up_steps(momentum: float, share: float) -> int:
    """Return after how many steps a moving average has at most that share of its start left."""
    return int(np.ceil(np.log(share) / np.log(momentum)))


def batch_norm_inference_error(
    momentum: float,
    mean: float,
    variance: float,
    epsilon: float,
    batch: int,
    steps: ndarray,
    *,
    unbiased: bool,
) -> ndarray:
    """Return how wrong inference with moving averages is, in root mean square over inputs and seeds.

    The input is normal; the right output is (x - mean) / sqrt(variance + epsilon). The averages start
    at 0 and 1. They are wrong by their bias, what is left of the start and, if the variance of the
    batch itself is stored, one part in `batch`; and by their noise, the variance of one batch's mean or
    variance times (1 - momentum) / (1 + momentum) (1 - momentum ** (2 steps)). To first order in
    that noise, which is small for batches of 16 or more.

    Args:
        momentum: Weight of the old value, dimensionless.
        mean: Of the input.
        variance: Of the input, in units of mean squared.
        epsilon: As in the layer.
        batch: Examples in each batch.
        steps: Any shape, number of updates.
        unbiased: Whether n / (n - 1) times the variance of the batch is stored.

    Returns:
        Shape of `steps`, in units of the output, whose variance is nearly 1.
    """
    left = moving_average_bias(momentum, steps)
    noise = (1 - momentum) / (1 + momentum) * (1 - left**2)
    stored = variance * (1.0 if unbiased else (batch - 1) / batch)
    mean_bias, expected = -mean * left, stored + (1 - stored) * left
    scale, right = (expected + epsilon) ** -0.5, (variance + epsilon) ** -0.5
    mean_noise, variance_noise = variance / batch * noise, 2 * stored**2 / (batch - 1) * noise
    by_mean = scale**2 * (mean_bias**2 + mean_noise)
    by_variance = variance * ((scale - right) ** 2 + scale**6 / 4 * variance_noise)
    return np.sqrt(by_mean + by_variance)


def rotation_angle(decay: ndarray) -> ndarray:
    """Return by which angle a step turns scale-invariant weights in equilibrium: arccos(1 - decay).

    A step of SGD first shrinks the weights by 1 - decay, then adds a vector at right angles. If that
    restores the length, the cosine of the angle is 1 - decay. For small decay this is
    sqrt(2 decay), the angular update of Wan et al. (2021) and Kosson et al. (2024) without momentum.

    Args:
        decay: Any shape, learning rate times weight decay, dimensionless.

    Returns:
        Radians.
    """
    return np.arccos(1 - np.asarray(decay, float))
