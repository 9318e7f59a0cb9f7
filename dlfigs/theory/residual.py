"""The size of the signal in wide random nets with skip connections."""

from __future__ import annotations

import numpy as np
from numpy import ndarray


def residual_growth(blocks: int, branch: float) -> float:
    """Return how blocks h + branch * F(h) multiply the mean square of h: (1 + branch²) ** blocks.

    Holds where F(h) has mean 0 given h and the mean square of h itself, as for F(h) = W relu(h) with
    weights of variance 2 / n and symmetric h: squares add up. Without a factor (branch = 1) that is
    2 ** blocks; with branch = 1 / sqrt(blocks) it stays below e. De and Smith (2020): normalization
    scales branches down by about the square root of the depth.

    Args:
        blocks: Number of blocks.
        branch: Factor of the branch, dimensionless.
    """
    return (1 + branch**2) ** blocks


def residual_moments(depth: int, branch: float) -> tuple[ndarray, ndarray]:
    """Return mean and mean square of the units of a net whose branches end in ReLU, by layer.

    The first layer is relu(W x), every further one h + branch * relu(W h), with weights of variance
    2 / n. Given h, the pre-activations are normal with mean 0 and variance 2 q, where q is the mean
    square of h. So each branch has mean sqrt(q / pi) and mean square q: it is never negative, the
    means add up, and the mean square grows by a cross term too. For infinite width.

    Args:
        depth: Number of hidden layers, the first one included.
        branch: Factor of the branch, dimensionless.

    Returns:
        mean, square: (depth,) each, for an input of mean square 1.
    """
    mean, square = np.empty(depth), np.empty(depth)
    mean[0], square[0] = np.sqrt(1 / np.pi), 1.0
    for layer in range(1, depth):
        m, q = mean[layer - 1], square[layer - 1]
        mean[layer] = m + branch * np.sqrt(q / np.pi)
        square[layer] = q + 2 * branch * m * np.sqrt(q / np.pi) + branch**2 * q
    return mean, square
