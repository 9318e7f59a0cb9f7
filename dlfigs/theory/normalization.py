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
