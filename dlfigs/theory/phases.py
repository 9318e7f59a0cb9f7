"""Order and chaos: where the gradients of deep random nets vanish, where they explode, and between."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
from scipy.optimize import brentq

from dlfigs.theory.activations import ACTIVATIONS, gaussian_mean
from dlfigs.theory.signals import layer_by_layer


def fixed_point(activation: str, sigma_w2: float, sigma_b2: float) -> tuple[float, float]:
    """Return what a deep net settles into: variance of the pre-activations, and the gradient's factor.

    The limit of `layer_by_layer`: q solves q = sigma_w2 E[phi(sqrt(q) z)²] + sigma_b2 (Poole et
    al., 2016), and there chi = sigma_w2 E[phi'(sqrt(q) z)²] (Schoenholz et al., 2017).

    Args:
        activation: Name in `ACTIVATIONS`.
        sigma_w2: fan_in times the variance of the weights, dimensionless.
        sigma_b2: Variance of the biases, dimensionless.

    Returns:
        q and chi, both dimensionless.

    Raises:
        ValueError: If the signal has not settled after 1000 layers, as on the critical line without
            biases, or if it grows without limit.
    """
    layers = islice(layer_by_layer(activation, sigma_w2, sigma_b2), 1000)
    for (last, _), (q, chi) in pairwise(layers):
        if abs(q - last) <= 1e-10 * q:
            return q, chi
    raise ValueError(f"the signal does not settle for {activation}, {sigma_w2 = }, {sigma_b2 = }")


def critical_point(activation: str, q: float) -> tuple[float, float]:
    """Return the point of the critical line whose fixed point is q: sigma_w2 and sigma_b2.

    Solving chi = 1 for sigma_w2, and the equation of the fixed point for sigma_b2, gives the line
    in closed form with q as its parameter: sigma_w2 = 1 / E[phi'(sqrt(q) z)²] and
    sigma_b2 = q - sigma_w2 E[phi(sqrt(q) z)²] (from Schoenholz et al., 2017, where chi = 1).
    """
    value, slope = ACTIVATIONS[activation]
    sigma_w2 = 1 / gaussian_mean(lambda z: slope(z) ** 2, q)
    return sigma_w2, q - sigma_w2 * gaussian_mean(lambda z: value(z) ** 2, q)


def critical_sigma_w2(sigma_b2: float) -> float:
    """Return where the critical line of tanh has this variance of the biases, above 0 and up to 10."""
    # For tanh sigma_b2 grows with q along the line, from 0 on
    q = brentq(lambda q: critical_point("tanh", q)[1] - sigma_b2, 1e-6, 50, xtol=1e-12)
    return critical_point("tanh", q)[0]


def depth_scale(chi: float | np.ndarray) -> float | np.ndarray:
    """Return in how many layers the mean square of the gradient changes by a factor of e.

    1 / |log(chi)|, the xi of Schoenholz et al. (2017) for gradients; infinite on the critical line.
    """
    with np.errstate(divide="ignore"):
        return 1 / np.abs(np.log(chi))
