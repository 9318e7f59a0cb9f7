"""How often a ReLU unit, or a whole net, is dead: zero on every example.

Pre-activations of random nets are symmetric or normal, so that these are probabilities of signs.
The one without a closed form is estimated by drawing, and says how exact it is.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy import ndarray
from scipy.linalg.blas import strmm
from scipy.special import gammaincinv, ndtr


def born_dead(width: int, depth: ndarray) -> ndarray:
    """Return the probability that a random ReLU net is dead for one input.

    With zero biases and independent weights, symmetric about 0 and continuous, each unit of a layer
    that gets a nonzero input is negative with probability 1/2, independently of the others. So a
    layer is dead with probability 2^-N and the net with 1 - (1 - 2^-N)^L (Lu et al., 2020; Rister
    and Rubin, 2020).

    Args:
        width: Units in each layer, N.
        depth: Number of layers, L, any shape.
    """
    return -np.expm1(depth * np.log1p(-(2.0**-width)))


def dead_by_bias(bias: ndarray, *, inputs: int, examples: int) -> ndarray:
    """Return the probability that a unit with He weights is dead on standard normal examples.

    Given its weights w, the pre-activations are independent normal numbers with mean b and standard
    deviation |w|: all are negative with probability Phi(-b / |w|)^N. This is averaged over w, for
    which inputs |w|² / 2 is chi-squared with `inputs` degrees of freedom.

    Args:
        bias: b, any shape, in units of the pre-activation.
        inputs: Number of inputs of the unit.
        examples: Number of examples, N.
    """
    # The mean over a distribution is the mean over its quantiles, for chi-squared twice those of gamma
    quantiles = (np.arange(4000) + 0.5) / 4000
    norm = np.sqrt(4 * gammaincinv(inputs / 2, quantiles) / inputs)
    return (ndtr(-np.asarray(bias)[..., None] / norm) ** examples).mean(axis=-1)


def relu_kernels(x: ndarray, *, depth: int, width: int, weight: float, bias: float) -> ndarray:
    """Return the covariances of a unit's pre-activations over examples, in wide random ReLU nets.

    Over random weights and normal biases the pre-activations are jointly normal in a wide net, with a
    covariance that follows the arc-cosine kernel of Cho and Saul (2009) from layer to layer. For
    biases of another symmetric distribution the variances hold, and the covariances nearly so.

    Args:
        x: (examples, inputs).
        depth: Number of layers.
        width: Units in each layer: the fan-in of all layers but the first.
        weight: Variance of the weights times the fan-in, dimensionless.
        bias: Variance of the biases times the fan-in, dimensionless.

    Returns:
        (depth, examples, examples).
    """
    examples, inputs = x.shape
    kernels = np.empty((depth, examples, examples))
    kernels[0] = (weight * (x @ x.T) + bias) / inputs
    for layer in range(1, depth):
        deviation = np.sqrt(np.diag(kernels[layer - 1]))
        scale = np.outer(deviation, deviation)
        cosine = np.clip(kernels[layer - 1] / scale, -1, 1)
        angle = np.arccos(cosine)
        mean_product = scale * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi)
        kernels[layer] = weight * mean_product + bias / width
    return kernels


@functools.cache
def _drawn(n: int, draws: int) -> tuple[ndarray, ndarray]:
    """Return normal numbers, (n, draws), and numbers from -1 to 1, (draws,), the same ones each time."""
    rng = np.random.default_rng(0)
    normal = rng.standard_normal((draws, n), dtype=np.float32).T  # by columns, as BLAS reads it
    return normal, rng.uniform(-1, 1, draws).astype(np.float32)


def estimate_all_negative(
    covariance: ndarray, *, limit: float = 0.0, draws: int = 4000
) -> tuple[float, float]:
    """Estimate how often a unit is negative on all examples: normal numbers plus a common uniform one.

    In a wide net the weights add correlated normal numbers to the pre-activations, one for each
    example, and the bias adds the same to all. In general there is no elementary closed form, so
    this counts random draws, the same ones each time. A draw that is positive throughout counts as
    well, by symmetry: the two cases together have probability 2 p.

    Args:
        covariance: (n, n), of the normal numbers; their mean is 0.
        limit: The bias is uniform between -limit and limit.
        draws: How many vectors to draw.

    Returns:
        The estimate p and its standard error sqrt(p (1 - 2 p) / (2 draws)), at most
        1 / (4 sqrt(draws)).
    """
    n = len(covariance)
    jitter = 1e-12 * np.trace(covariance) / n  # far below what examples differ by in any layer
    root = np.linalg.cholesky(covariance + jitter * np.eye(n)).astype(np.float32)
    normal, uniform = _drawn(n, draws)
    drawn = strmm(1.0, root, normal, lower=True)  # half the work of a product that reads the zeros too
    drawn += np.float32(limit) * uniform
    one_sided = (drawn.max(axis=0) < 0) | (drawn.min(axis=0) > 0)
    p = float(one_sided.mean()) / 2
    return p, float(np.sqrt(p * (1 - 2 * p) / (2 * draws)))


def dead_by_layer(x: ndarray, *, depth: int, width: int, bias: float) -> tuple[ndarray, ndarray, ndarray]:
    """Return what uniform weights within ±1/sqrt(fan-in) and uniform biases do in wide ReLU nets.

    Such weights have variance 1 / (3 fan-in). Without biases their size changes no sign, so that the
    result holds for others too. The share that depends on the example is its variance over examples
    relative to its mean square.

    Args:
        x: (examples, inputs).
        depth: Number of layers.
        width: Units in each layer: the fan-in of all layers but the first.
        bias: Variance of the biases times the fan-in, dimensionless.

    Returns:
        Each (depth,): the share of dead units, counted over draws; its standard error; the share of
        the signal that depends on the example, in closed form.
    """
    kernels = relu_kernels(x, depth=depth, width=width, weight=1 / 3, bias=bias)
    fan_in = np.append(x.shape[1], np.full(depth - 1, width))
    counted = [
        # A uniform bias is not normal, however wide the net is: it is drawn for itself
        estimate_all_negative(kernel - bias / n, limit=np.sqrt(3 * bias / n))
        for kernel, n in zip(kernels, fan_in, strict=True)
    ]
    dead, error = np.transpose(counted)
    return dead, error, np.array([1 - kernel.mean() / np.diag(kernel).mean() for kernel in kernels])
