"""Activation functions and their slopes, written from their definitions; the special points of some."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, lambertw, ndtr

SELU_SCALE = 1.0507009873554805
"""SELU's scale, for which (mean 0, variance 1) is a fixed point (Klambauer et al., 2017)."""
SELU_ALPHA = 1.6732632423543773
"""SELU's alpha, for which (mean 0, variance 1) is a fixed point (Klambauer et al., 2017)."""
LAMBERT_W_OF_1_OVER_E = float(lambertw(np.exp(-1)).real)
"""Lambert's W of 1/e, about 0.278: the lowest point of Swish is minus this."""
# Swish is steepest where u tanh(u/2) = 2, with u = beta x. For v = u / 2 this reads coth v = v, the
# equation of the Laplace limit. Corless et al.'s W does not solve it: it has u on both sides of a fraction
SWISH_STEEPEST_AT = 2 * brentq(lambda v: v * np.tanh(v) - 1, 1, 2, xtol=1e-15)
"""Where Swish is steepest, for beta = 1."""


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
"""Activations and their slopes in NumPy, by name."""


# The second derivative of GELU is (2 - x²) times the normal density: its slope is largest at sqrt(2)
STEEPEST = {
    "sigmoid": 0.25,
    "tanh": 1.0,
    "gelu": float(ACTIVATIONS["gelu"].slope(np.sqrt(2))),
    "swish": 0.5 + SWISH_STEEPEST_AT / 4,
}
"""Where the slope of an activation is largest, by name."""
# Its slope has one zero, which has no closed form
GELU_LOWEST = float(ACTIVATIONS["gelu"].value(brentq(ACTIVATIONS["gelu"].slope, -1, 0, xtol=1e-15)))
"""Lowest value of GELU."""


def _half_line() -> tuple[ndarray, ndarray]:
    """Return nodes and weights of a quadrature rule from 0 to 12, beyond which no normal number lies.

    Gauss and Legendre's rule in panels that halve towards 0, where activations have their kinks and,
    for a large variance, all of their bend.
    """
    node, weight = np.polynomial.legendre.leggauss(16)
    ends = 12 * np.append(0, 2.0 ** np.arange(-20, 1))
    middle, half = (ends[1:] + ends[:-1]) / 2, np.diff(ends) / 2
    return (middle[:, None] + half[:, None] * node).ravel(), np.outer(half, weight).ravel()


_NODES, _WEIGHTS = _half_line()


def gaussian_mean(function: Callable[[ndarray], ndarray], variance: ndarray | float) -> ndarray:
    """Return E[f(z)] for z normal with mean 0 and the given variance, by numerical quadrature.

    To twelve digits for functions that are smooth on either side of 0, such as those of activations.

    Args:
        function: Works element by element.
        variance: Of z; any shape, and that of the result.
    """
    z = np.sqrt(variance)[..., None] * _NODES
    return (function(z) + function(-z)) @ (_WEIGHTS * _normal_density(_NODES))


def sigmoid_chain_bound(weight: float, units: ndarray | int) -> ndarray:
    """Return the largest slope that `units` sigmoids in a row can have: (|weight| / 4)**units.

    Each factor is weight * s * (1 - s), and s * (1 - s) is at most 1/4.
    """
    return (abs(weight) / 4) ** np.asarray(units, float)


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


def swish_steepest(beta: float = 1.0) -> tuple[float, float]:
    """Return where the slope of x * sigmoid(beta x) in x is largest, and that slope: 1/2 + u/4.

    Here u = beta x solves u tanh(u/2) = 2, where the second derivative changes its sign.
    """
    return SWISH_STEEPEST_AT / beta, STEEPEST["swish"]


def swish_beta_slope(x: ndarray, beta: float = 1.0) -> ndarray:
    """Return the derivative of x * sigmoid(beta x) with respect to beta: x² times the logistic density.

    Args:
        x: Any shape.
        beta: The learnable parameter of Ramachandran et al. (2017), dimensionless.
    """
    return x**2 * expit(beta * x) * expit(-beta * x)


def swish_beta_slope_peak(beta: float = 1.0) -> float:
    """Return the largest derivative of swish with respect to beta: (u²/4 - 1) / beta².

    It lies at x = ±u / beta, where the slope in x is at its extremes: up to a factor, both have the same
    derivative, u tanh(u/2) - 2 times a positive function.
    """
    return (SWISH_STEEPEST_AT**2 / 4 - 1) / beta**2


def gelu_logistic_error(c: float) -> tuple[float, float]:
    """Return where x * sigmoid(c x) is furthest from GELU, and that distance, by numerical search.

    The difference is even in x, because both factors of x are symmetric about 1/2.

    Args:
        c: Positive, dimensionless; 1.702 is the usual choice.
    """
    x = np.linspace(0, 10, 2001)
    near = x[np.argmax(np.abs(x * (expit(c * x) - ndtr(x))))]
    found = minimize_scalar(
        lambda x: -abs(x * (expit(c * x) - ndtr(x))),
        bounds=(max(near - 0.01, 0), near + 0.01),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(found.x), float(-found.fun)


def gelu_best_logistic() -> tuple[float, float]:
    """Return the c for which x * sigmoid(c x) is closest to GELU, and its largest error, numerically."""
    found = minimize_scalar(
        lambda c: gelu_logistic_error(c)[1], bounds=(1.7, 1.85), method="bounded", options={"xatol": 1e-8}
    )
    return float(found.x), float(found.fun)
