"""How often a ReLU unit, or a whole net, is dead: zero on every example.

Pre-activations of random nets are symmetric or normal, so that these are probabilities of signs.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray
from scipy.special import ndtr
from scipy.stats import chi2


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
    # The mean over a distribution is the mean over its quantiles: no integral over the density
    quantiles = (np.arange(4000) + 0.5) / 4000
    norm = np.sqrt(2 * chi2.ppf(quantiles, inputs) / inputs)
    return (ndtr(-np.asarray(bias)[..., None] / norm) ** examples).mean(axis=-1)


def relu_kernels(x: ndarray, *, depth: int, width: int, weight: float, bias: float) -> ndarray:
    """Return the covariances of a unit's pre-activations over examples, in wide random ReLU nets.

    The unit's pre-activations are jointly normal in a wide net, with a covariance that follows the
    arc-cosine kernel of Cho and Saul (2009) from layer to layer.

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


def all_negative(covariance: ndarray, draws: int = 1000) -> float:
    """Return the probability that correlated normal numbers with mean 0 are all negative.

    Beyond three numbers there is no elementary closed form; this counts draws, the same ones each
    time. A draw that is positive throughout counts too, by symmetry, for one half as the negative
    ones do. One standard error is then sqrt(p (1 - 2 p) / (2 draws)): at most 0.008, and next to
    nothing where p is close to 0 or 1/2.

    Args:
        covariance: (n, n).
        draws: How many vectors to draw.
    """
    n = len(covariance)
    jitter = 1e-12 * np.trace(covariance) / n  # far below what examples differ by in any layer
    root = np.linalg.cholesky(covariance + jitter * np.eye(n)).astype(np.float32)
    drawn = root @ np.random.default_rng(0).standard_normal((n, draws), dtype=np.float32)
    one_sided = (drawn.max(axis=0) < 0) | (drawn.min(axis=0) > 0)
    return float(one_sided.mean()) / 2
