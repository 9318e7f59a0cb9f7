"""Batch normalization, exactly."""

from __future__ import annotations

import numpy as np
from numpy import ndarray
from scipy.special import gammaln


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


def batch_norm_gradient_growth(activation: str, batch: float) -> float:
    """Return by how much one batch-normalized layer multiplies the mean squared gradient norm.

    In wide random nets, far from the last layer. Over the units, the centered batch is then a normal
    vector without a preferred direction: normalized, it is uniform on a sphere in batch - 1
    dimensions, two examples have the correlation r = -1 / (batch - 1), and its length is independent
    of that. With k(r) = E[phi(u) phi(v)] and, for ReLU, the probability p(r) that u and v are both
    positive, this gives (batch - 2) / (batch - 3) for linear units and
    ((batch - 2) / 2 + p(r) + k(r)) / ((batch - 3) (1/2 - k(r))) for ReLU, which falls to
    pi / (pi - 1) for large batches, the limit of Yang et al. (2019, theorem 8).

    Args:
        activation: "relu" or "linear".
        batch: Batch size, more than 3; infinity is allowed.

    Raises:
        ValueError: For another activation or a batch of 3 or less, where the mean is infinite.
    """
    if activation not in ("relu", "linear") or batch <= 3:
        raise ValueError(f"no growth for {activation!r} and batches of {batch}")
    if np.isinf(batch):
        return {"relu": float(np.pi / (np.pi - 1)), "linear": 1.0}[activation]
    if activation == "linear":
        return (batch - 2) / (batch - 3)
    r = -1 / (batch - 1)
    both = 0.25 + np.arcsin(r) / (2 * np.pi)
    kernel = (np.sqrt(1 - r**2) + (np.pi - np.arccos(r)) * r) / (2 * np.pi)
    return float(((batch - 2) / 2 + both + kernel) / ((batch - 3) * (0.5 - kernel)))


def batch_statistics_noise(batch: ndarray) -> tuple[ndarray, ndarray]:
    """Return the standard deviations of a batch's mean and of its standard deviation.

    For independent standard normal examples. The mean has 1 / sqrt(batch). The standard deviation
    (divided by the batch size, not less one) is a chi variable with n = batch - 1 degrees of freedom
    over sqrt(batch): its mean square is n / batch, its mean
    sqrt(2 / batch) Gamma(batch / 2) / Gamma(n / 2), and 1 / sqrt(2 batch) is close for large batches.

    Args:
        batch: Batch sizes, 2 or more, any shape.

    Returns:
        Both of the shape of `batch`, relative to the standard deviation of an example.
    """
    batch = np.asarray(batch, float)
    mean = np.sqrt(2 / batch) * np.exp(gammaln(batch / 2) - gammaln((batch - 1) / 2))
    return 1 / np.sqrt(batch), np.sqrt((batch - 1) / batch - mean**2)
