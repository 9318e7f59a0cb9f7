"""Closed forms that judge the measurements.

Nothing of `dlfigs.nets` or `dlfigs.experiments` is used here: a claim is not judged by the code
that it judges. Activations and their derivatives are therefore written a second time, in NumPy and
from their definitions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from scipy.special import expit, lambertw, ndtr

# Klambauer et al. (2017): scale and alpha for which (mean 0, variance 1) is a fixed point
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543773
LAMBERT_W_OF_1_OVER_E = float(lambertw(np.exp(-1)).real)
# The second derivative of GELU is (2 - x²) times the normal density: its slope is largest at sqrt(2).
# That of swish is zero where x tanh(x / 2) = 2, at 2.39936. The lowest value of GELU is numerical.
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "gelu": 1.128904, "swish": 1.099839}
GELU_LOWEST, SWISH_STEEPEST_AT = -0.169971, 2.399357


def _normal_density(x: ndarray) -> ndarray:
    return np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)


def _step(x: ndarray) -> ndarray:
    return np.heaviside(x, 0.5)


class Activation(NamedTuple):
    """A function and its derivative, element by element."""

    value: Callable[[ndarray], ndarray]
    slope: Callable[[ndarray], ndarray]


def _elu(alpha: float, scale: float = 1.0) -> Activation:
    return Activation(
        lambda x: scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        lambda x: scale * np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0))),
    )


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(lambda x: x, np.ones_like),
    "sigmoid": Activation(expit, lambda x: expit(x) * expit(-x)),
    "tanh": Activation(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "relu": Activation(lambda x: np.maximum(x, 0), _step),
    "leaky_relu": Activation(lambda x: np.maximum(x, 0.01 * x), lambda x: 0.01 + 0.99 * _step(x)),
    "elu": _elu(1.0),
    "selu": _elu(SELU_ALPHA, SELU_SCALE),
    "swish": Activation(lambda x: x * expit(x), lambda x: expit(x) + x * expit(x) * expit(-x)),
    "gelu": Activation(lambda x: x * ndtr(x), lambda x: ndtr(x) + x * _normal_density(x)),
}


def weight_variance(initializer: str, fan_in: int, fan_out: int) -> float:
    """Return fan_in * Var(weight), the sigma_w² of mean-field theory, dimensionless.

    Sources: Glorot and Bengio (2010), eq. 16 for the uniform one; He et al. (2015), sec. 2.2;
    LeCun et al. (1998). The rows of a square orthogonal matrix have length 1.
    """
    return {
        "glorot_uniform": 2 * fan_in / (fan_in + fan_out),
        "glorot_normal": 2 * fan_in / (fan_in + fan_out),
        "he_normal": 2.0,
        "lecun_normal": 1.0,
        "orthogonal": fan_in / max(fan_in, fan_out),
        "small_normal": 0.01**2 * fan_in,
        "large_normal": 1.0 * fan_in,
    }[initializer]


def gaussian_mean(function: Callable[[ndarray], ndarray], variance: float) -> float:
    """Return E[f(z)] for z normal with mean 0 and the given variance.

    A plain sum over an even number of symmetric nodes: none lies at 0, where activations have
    their kinks, so that the rule keeps its accuracy there (1e-6 or better).
    """
    z = np.linspace(-12, 12, 24_000)
    weight = _normal_density(z)
    return float(np.sum(function(np.sqrt(variance) * z) * weight) / np.sum(weight))


def mean_field(activation: str, sigma_w2: float, depth: int) -> tuple[ndarray, ndarray]:
    """Return what an infinitely wide net does to signals and gradients, layer by layer.

    Poole et al. (2016) and Schoenholz et al. (2017), without biases:
    q[1] = sigma_w2, q[l + 1] = sigma_w2 E[phi(sqrt(q[l]) z)²] and
    chi[l] = sigma_w2 E[phi'(sqrt(q[l]) z)²].

    Args:
        activation: Name in `ACTIVATIONS`.
        sigma_w2: fan_in times the variance of the weights, dimensionless.
        depth: Number of layers.

    Returns:
        q: (depth,), variance of the pre-activations for an input of mean square 1.
        gradient: (depth,), mean square of the gradient with respect to the pre-activations,
            relative to the last layer: the product of chi from that layer up.
    """
    value, slope = ACTIVATIONS[activation]
    q, chi = np.empty(depth), np.empty(depth)
    q[0] = sigma_w2
    for layer in range(depth):
        chi[layer] = sigma_w2 * gaussian_mean(lambda z: slope(z) ** 2, q[layer])
        if layer + 1 < depth:
            q[layer + 1] = sigma_w2 * gaussian_mean(lambda z: value(z) ** 2, q[layer])
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
    moments = [[gaussian_mean(lambda z, k=k: slope(z) ** k, v) for v in q] for k in (2, 4)]
    second, fourth = np.array(moments)
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


def swish_minimum(beta: float = 1.0) -> tuple[float, float]:
    """Return where x * sigmoid(beta x) is smallest, and its value there.

    The slope is zero where 1 + beta x (1 - sigmoid(beta x)) = 0, that is at
    beta x = -(1 + W(1/e)) with Lambert's W (Corless et al., 1996).
    """
    w = LAMBERT_W_OF_1_OVER_E
    return -(1 + w) / beta, -w / beta


def swish_distance_to_relu(beta: float) -> float:
    """Return the largest difference between x * sigmoid(beta x) and ReLU: W(1/e) / beta.

    For x > 0 the difference is x * sigmoid(-beta x), and for x < 0 it is its mirror image.
    """
    return LAMBERT_W_OF_1_OVER_E / beta


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


def batch_norm_output_variance(variance: ndarray, epsilon: float) -> ndarray:
    """Return the variance after batch normalization with unit scale: v / (v + epsilon)."""
    return variance / (variance + epsilon)


def constant_statistics_error(batch: int) -> float:
    """Return how wrong the gradient is when mean and variance are treated as constants.

    Relative to the true gradient, in root mean square, for a gradient that is independent of the
    input: of `batch` directions the true gradient lacks two, hence sqrt(2 / (batch - 2)).
    """
    return float(np.sqrt(2 / (batch - 2)))
