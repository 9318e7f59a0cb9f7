"""Signals and gradients in wide random nets, layer by layer: mean-field theory and its finite width."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy import ndarray
from scipy.special import digamma, gammaln, polygamma

from dlfigs.theory.activations import ACTIVATIONS, gaussian_mean


def weight_variance(initializer: str, fan_in: int, fan_out: int) -> float:
    """Return fan_in * Var(weight), the sigma_w² of mean-field theory, dimensionless.

    Sources: Glorot and Bengio (2010), eq. 16 for the uniform one; He et al. (2015), sec. 2.2;
    LeCun et al. (1998). The rows of a square orthogonal matrix have length 1. `fan_in_uniform` is
    U(-a, a) with a = 1 / sqrt(fan_in), of variance a² / 3: the default of PyTorch and Equinox.
    """
    return {
        "glorot_uniform": 2 * fan_in / (fan_in + fan_out),
        "glorot_normal": 2 * fan_in / (fan_in + fan_out),
        "he_normal": 2.0,
        "lecun_normal": 1.0,
        "lecun_truncated_normal": 1.0,
        "fan_in_uniform": 1 / 3,
        "orthogonal": fan_in / max(fan_in, fan_out),
        "small_normal": 0.01**2 * fan_in,
        "large_normal": 1.0 * fan_in,
    }[initializer]


def layer_by_layer(activation: str, sigma_w2: float, sigma_b2: float) -> Iterator[tuple[float, float]]:
    """Yield q and chi of one layer after another, without end, for an input of mean square 1.

    Poole et al. (2016) and Schoenholz et al. (2017), for infinite width:
    q[1] = sigma_w2 + sigma_b2, q[l + 1] = sigma_w2 E[phi(sqrt(q[l]) z)²] + sigma_b2 and
    chi[l] = sigma_w2 E[phi'(sqrt(q[l]) z)²].

    Args:
        activation: Name in `ACTIVATIONS`.
        sigma_w2: fan_in times the variance of the weights, dimensionless.
        sigma_b2: Variance of the biases, in the units of the signal squared.

    Yields:
        q, the variance of the pre-activations, and chi, what the layer multiplies the mean square
        of the gradient by.
    """
    value, slope = ACTIVATIONS[activation]
    q = sigma_w2 + sigma_b2
    while True:
        yield q, sigma_w2 * gaussian_mean(lambda z: slope(z) ** 2, q)
        q = sigma_w2 * gaussian_mean(lambda z: value(z) ** 2, q) + sigma_b2


def mean_field(
    activation: str, sigma_w2: float, depth: int, sigma_b2: float = 0.0
) -> tuple[ndarray, ndarray]:
    """Return what an infinitely wide net does to signals and gradients, layer by layer.

    The first `depth` layers of `layer_by_layer`, which has the sources.

    Args:
        activation: Name in `ACTIVATIONS`.
        sigma_w2: fan_in times the variance of the weights, dimensionless.
        depth: Number of layers.
        sigma_b2: Variance of the biases, in the units of the signal squared.

    Returns:
        q: (depth,), variance of the pre-activations for an input of mean square 1.
        gradient: (depth,), mean square of the gradient with respect to the pre-activations,
            relative to the last layer: the product of chi from that layer up.
    """
    q, chi = np.array(list(islice(layer_by_layer(activation, sigma_w2, sigma_b2), depth))).T
    gradient = np.append(np.cumprod(chi[:-1][::-1])[::-1], 1.0)
    return q, gradient


def log_variance(activation: str, q: ndarray) -> ndarray:
    """Return how much one layer adds to the variance of log |gradient|², times the width.

    For Gaussian weights, 3 E[phi'^4] / E[phi'^2]^2 - 1: the layer multiplies the squared norm by a
    mean over n units of (phi' g)² with g normal. For ReLU this is 5, as in Hanin and Nica (2020);
    to first order in 1 / width, and leaving out that the forward signal fluctuates too.

    Args:
        activation: Name in `ACTIVATIONS`.
        q: (depth,), variance of the pre-activations, from `mean_field`.

    Returns:
        (depth,), dimensionless.
    """
    slope = ACTIVATIONS[activation].slope
    second, fourth = (gaussian_mean(lambda z, k=k: slope(z) ** k, q) for k in (2, 4))
    return 3 * fourth / second**2 - 1


def finite_width(
    activation: str, q: ndarray, width: int, deviations: float = 1.96
) -> tuple[ndarray, ndarray, ndarray]:
    """Return median and interval of the squared gradient norm, relative to its mean, at finite width.

    The logarithm is close to normal (Hanin and Nica, 2020). If its variance is v, the median lies
    a factor exp(-v / 2) below the mean; v adds up from the last layer down.

    Args:
        activation: Name in `ACTIVATIONS`.
        q: (depth,), from `mean_field`.
        width: Units in each layer.
        deviations: Standard deviations to each side; 1.96 for 95 %.

    Returns:
        Median, lower and upper end, each (depth,), dimensionless; at the last layer all are 1.
    """
    steps = log_variance(activation, q[:-1]) / width
    variance = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
    spread = deviations * np.sqrt(variance)
    return np.exp(-variance / 2), np.exp(-variance / 2 - spread), np.exp(-variance / 2 + spread)


def gradient_interval(
    activation: str, initializer: str, width: int, depth: int
) -> tuple[ndarray, ndarray, ndarray]:
    """Return the mean squared gradient norm by layer, and the interval that holds 95 % of nets.

    Mean-field theory with the finite-width interval around its median, for equal widths. It leaves
    out that the signal of a net of finite width strays too; orthogonal weights are less random
    than independent ones, so that for them the interval is an upper bound.

    Args:
        activation: Name in `ACTIVATIONS`.
        initializer: A name that `weight_variance` knows.
        width: Units in each layer.
        depth: Number of layers.

    Returns:
        Mean, lower and upper end, each (depth,), relative to the last layer.
    """
    q, mean = mean_field(activation, weight_variance(initializer, width, width), depth)
    _, low, high = finite_width(activation, q, width)
    return mean, mean * low, mean * high


def relu_log_factor(width: int) -> tuple[float, float]:
    """Return mean and variance of the logarithm of one He-initialized ReLU layer's factor, exactly.

    The squared gradient norm is multiplied by 2 / width times a sum of B squared normal numbers,
    where B of the width's units are active: B is binomial with probability 1/2, and the sum has a
    chi-squared distribution with B degrees of freedom. Its logarithm has mean psi(B / 2) + log 2 and
    variance psi'(B / 2), with the digamma and trigamma functions. That no unit is active (B = 0)
    has probability 2**-width and is left out.

    Args:
        width: Units in the layer.

    Returns:
        Mean, to first order -5 / (2 width), and variance, to first order 5 / width; dimensionless.
    """
    active = np.arange(1, width + 1)
    log_choices = gammaln(width + 1) - gammaln(active + 1) - gammaln(width - active + 1)
    weight = np.exp(log_choices - width * np.log(2))
    weight /= weight.sum()
    log_mean = digamma(active / 2) + np.log(2 * 2 / width)
    mean = weight @ log_mean
    variance = weight @ polygamma(1, active / 2) + weight @ (log_mean - mean) ** 2
    return float(mean), float(variance)


def relu_floor(sigma_w2: float, sigma_b2: float) -> float:
    """Return the q at which the signal of a deep ReLU net with biases settles.

    The fixed point of q -> sigma_w2 q / 2 + sigma_b2, stable for sigma_w2 < 2. It does not depend
    on the input.
    """
    return sigma_b2 / (1 - sigma_w2 / 2)


def relu_separation(sigma_w2: float, sigma_b2: float, depth: int) -> ndarray:
    """Return by layer the mean squared difference between two inputs' pre-activations.

    For a wide ReLU net and two orthogonal inputs of mean square 1. With theta the angle between
    the two signals, E[relu(u) relu(v)] = q (sin theta + (pi - theta) cos theta) / (2 pi) (Cho and
    Saul, 2009, degree 1). The difference itself is followed rather than its parts, because it
    becomes much smaller than they are.

    Args:
        sigma_w2: fan_in times the variance of the weights, dimensionless.
        sigma_b2: Variance of the biases; the same for both inputs.
        depth: Number of layers.

    Returns:
        (depth,), in the units of the signal squared.
    """
    q, _ = mean_field("relu", sigma_w2, depth, sigma_b2)
    difference = np.empty(depth)
    difference[0] = 2 * sigma_w2
    for layer in range(depth - 1):
        theta = 2 * np.arcsin(np.sqrt(difference[layer] / (4 * q[layer])))
        kept = 2 * np.sin(theta / 2) ** 2 - (np.sin(theta) - theta * np.cos(theta)) / np.pi
        difference[layer + 1] = sigma_w2 * q[layer] * kept
    return difference
