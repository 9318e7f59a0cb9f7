"""SELU: its constants, what a layer does to mean and variance, and alpha dropout, in closed form."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy import ndarray
from scipy.special import erfc, erfcx, ndtr

from dlfigs.theory.activations import ACTIVATIONS, SELU_ALPHA, SELU_SCALE, gaussian_mean

SELU_LOWEST = -SELU_SCALE * SELU_ALPHA
"""The value that SELU approaches far to the left."""


def selu_constants() -> tuple[float, float]:
    """Return scale and alpha in closed form: the solution of mean 0 and variance 1 at (0, 1).

    Klambauer et al. (2017) state the two equations and the solution. The mean of SELU(z), z standard
    normal, is zero for one alpha whatever the scale; the scale then makes the mean square 1.
    """
    e1 = np.exp(0.5) * erfc(np.sqrt(0.5))  # 2 E[exp(z); z < 0]
    e2 = np.exp(2.0) * erfc(np.sqrt(2.0))  # 2 E[exp(2 z); z < 0]
    alpha = np.sqrt(2 / np.pi) / (1 - e1)
    scale = np.sqrt(2 / (1 + alpha**2 * (e2 - 2 * e1 + 1)))
    return float(scale), float(alpha)


def _left(k: int, mean: ndarray, variance: ndarray) -> ndarray:
    """Return E[exp(k z); z < 0] for z normal, without overflow for large variances."""
    x = (mean + k * variance) / np.sqrt(variance)
    scaled = erfcx(np.maximum(x, 0) / np.sqrt(2)) / 2  # exp(x² / 2) ndtr(-x)
    plain = np.exp(np.minimum(k * mean + k**2 * variance / 2, 0)) * ndtr(-x)
    return np.where(x > 0, np.exp(-(mean**2) / (2 * variance)) * scaled, plain)


def selu_moments(mean: ndarray, variance: ndarray) -> tuple[ndarray, ndarray]:
    """Return E[SELU(z)] and E[SELU(z)²] for z normal (Klambauer et al., 2017, eqs. 4 and 5).

    Args:
        mean: Of z; any shape.
        variance: Of z, positive; same shape.
    """
    mean, variance = np.asarray(mean, float), np.asarray(variance, float)
    deviation = np.sqrt(variance)
    ratio = mean / deviation
    above, below = ndtr(ratio), ndtr(-ratio)
    density = deviation * np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    square = mean**2 + variance
    e1, e2 = (_left(k, mean, variance) for k in (1, 2))
    left, left_square = e1 - below, e2 - 2 * e1 + below  # E[exp(z) - 1; z < 0], and of its square
    # Close to 0 these differences lose their digits: there z + z²/2 and z² + z³, with 1e-8 left out
    z1, z2 = mean * below - density, square * below - mean * density
    z3 = mean * (square + 2 * variance) * below - (mean**2 + 2 * variance) * density
    small = deviation + np.abs(mean) < 1e-4
    left, left_square = np.where(small, z1 + z2 / 2, left), np.where(small, z2 + z3, left_square)
    first = mean * above + density + SELU_ALPHA * left
    second = square * above + mean * density + SELU_ALPHA**2 * left_square
    return SELU_SCALE * first, SELU_SCALE**2 * second


def selu_map(
    mean: ndarray, variance: ndarray, omega: float = 0.0, tau: float = 1.0
) -> tuple[ndarray, ndarray]:
    """Return mean and variance after one layer (the map g of Klambauer et al., 2017).

    Args:
        mean: Of the layer's inputs; any shape.
        variance: Of the layer's inputs; same shape.
        omega: Sum of the weights of each unit.
        tau: Sum of their squares.
    """
    first, second = selu_moments(np.asarray(mean) * omega, np.asarray(variance) * tau)
    return first, second - first**2


def selu_slope_square(variance: ndarray) -> ndarray:
    """Return E[SELU'(z)²] for z normal with mean 0: with variance 1 it is 1.07157."""
    variance = np.asarray(variance, float)
    return SELU_SCALE**2 * (0.5 + SELU_ALPHA**2 * _left(2, 0.0, variance))


def selu_jacobian() -> ndarray:
    """Return the derivative of the map at (0, 1), for weights of sum 0 and sum of squares 1.

    Rows: new mean, new variance; columns: old mean, which has no influence, and old variance v. By
    dE[f(z)]/dv = E[f''(z)] / 2, where SELU'' has a peak at 0 because its slope jumps there.
    """
    e1, e2 = _left(1, 0.0, 1.0), _left(2, 0.0, 1.0)
    jump = (1 - SELU_ALPHA) / np.sqrt(2 * np.pi)
    by_mean = SELU_SCALE * (SELU_ALPHA * e1 + jump) / 2
    by_variance = selu_slope_square(1.0) + (SELU_SCALE * SELU_ALPHA) ** 2 * (e2 - e1)
    return np.array([[0.0, by_mean], [0.0, by_variance]])


def selu_window() -> tuple[float, float]:
    """Return the weight variances, times fan_in, between which the signal has a fixed point.

    Below 2 / (scale² (1 + alpha²)) a small signal fades: near 0 SELU is two lines, with slopes
    scale and scale * alpha. From 2 / scale² on a large signal grows: far out SELU is scale * ReLU.
    """
    return 2 / (SELU_SCALE**2 * (1 + SELU_ALPHA**2)), 2 / SELU_SCALE**2


def selu_log_variance(depth: int) -> ndarray:
    """Return the variance over nets of log |gradient|², times the width, for a start at (0, 1).

    To first order in 1 / width. In each layer three means over the units fluctuate from net to net:
    that of (SELU' g)², g normal, multiplies the gradient, as in `dlfigs.theory.log_variance`; that of
    SELU² moves the variance q of the next pre-activations, whose deviation then shrinks by the
    Jacobian's factor per layer and changes the factors E[SELU'²] above; and the two are correlated.

    Args:
        depth: Number of layers.

    Returns:
        For the gradient with respect to the activations after layer 0, 1, ... `depth`, relative to the
        last layer: (depth + 1,), 0 at the end.
    """
    value, slope = ACTIVATIONS["selu"]
    chi, decay = float(selu_slope_square(1.0)), selu_jacobian()[1, 1]
    by_gradient = 3 * gaussian_mean(lambda z: slope(z) ** 4, 1.0) / chi**2 - 1
    by_signal = gaussian_mean(lambda z: value(z) ** 4, 1.0) - 1
    both = gaussian_mean(lambda z: slope(z) ** 2 * value(z) ** 2, 1.0) / chi - 1
    step = 1e-4
    log_factor = np.log(selu_slope_square(np.array([1 - step, 1 + step])))
    sensitivity = (log_factor[1] - log_factor[0]) / (2 * step)
    total = np.zeros(depth + 1)
    for layer in range(depth):
        source = np.arange(1, depth)  # layers whose signal fluctuates and has layers above it
        first = np.maximum(source, layer)  # of those above, the ones that the gradient passes
        reach = (decay ** (first - source) - decay ** (depth - source)) / (1 - decay)
        weight = sensitivity * reach
        shared = weight[source > layer].sum()
        total[layer] = (depth - layer) * by_gradient + (weight**2).sum() * by_signal + 2 * shared * both
    return total


def alpha_dropout_affine(rate: float) -> tuple[float, float]:
    """Return a and b of alpha dropout, which outputs a * (x or SELU's lowest value) + b.

    They restore mean 0 and variance 1 (Klambauer et al., 2017, section on dropout).
    """
    a = ((1 - rate) * (1 + rate * SELU_LOWEST**2)) ** -0.5
    return a, -a * rate * SELU_LOWEST


class SeluNet(NamedTuple):
    """What the signal recursion knows of a net, each layer like the others.

    Attributes:
        sigma_w2: fan_in times the variance of the weights.
        centered: Whether the weights of each unit sum to zero exactly.
        skip: Weight of the identity path, 0 for a plain net.
        dropout: Rate of plain, inverted dropout after each layer.
        alpha_dropout: Rate of alpha dropout after each layer.
    """

    sigma_w2: float = 1.0
    centered: bool = False
    skip: float = 0.0
    dropout: float = 0.0
    alpha_dropout: float = 0.0


def selu_signal(
    net: SeluNet, mean: ndarray | float, variance: ndarray | float, depth: int
) -> tuple[ndarray, ndarray, ndarray]:
    """Follow mean, variance and gradient through a wide random net of SELUs.

    For one input, weights drawn independently with mean zero turn mean m and variance v of the
    units into pre-activations of mean 0 and variance sigma_w2 (v + m²); weights that sum to zero
    leave out m². Means and mean squares then follow from `selu_moments`; the gradient's mean square is
    multiplied by skip² + sigma_w2 E[SELU'²] E[mask²] in each layer, as in Schoenholz et al. (2017).

    Args:
        net: The net.
        mean: Over the units, of what enters the first layer; any shape, one element for each input.
        variance: Over the units, of what enters the first layer; what broadcasts against `mean`.
        depth: Number of layers.

    Returns:
        Mean and variance over units, from the start to the last layer, (depth + 1, ...); mean square
        of the gradient with respect to them, relative to the last layer, (depth + 1, ...).
    """
    keep, rate = 1 - net.dropout, net.alpha_dropout
    a, b = alpha_dropout_affine(rate)
    mask = a**2 * (1 - rate) / keep
    mean, square = np.broadcast_arrays(np.asarray(mean, float), variance + np.square(mean))
    means, squares, factors = [mean], [square], []
    for _ in range(depth):
        m, s = means[-1], squares[-1]
        q = net.sigma_w2 * (s - m**2 if net.centered else s)
        first, second = selu_moments(0.0, q)
        m, s = net.skip * m + first, net.skip**2 * s + 2 * net.skip * m * first + second
        m, s = (1 - rate) * m + rate * SELU_LOWEST, (1 - rate) * s / keep + rate * SELU_LOWEST**2
        means.append(a * m + b)
        squares.append(a**2 * s + 2 * a * b * m + b**2)
        factors.append((net.skip**2 + net.sigma_w2 * selu_slope_square(q)) * mask)
    mean_, square = np.array(means), np.array(squares)
    gradient = np.cumprod([np.ones_like(square[0]), *factors[::-1]], axis=0)[::-1]
    return mean_, square - mean_**2, gradient
