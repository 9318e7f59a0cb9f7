"""Data sets as plain arrays. Nothing is downloaded: scikit-learn brings them with it."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

DIGITS, VALIDATION, TEST = 1797, 300, 300  # examples
PIXELS, CLASSES = 64, 10


class Split(NamedTuple):
    """Examples and labels for training, for choosing settings, and for the final measurement."""

    x_train: Array
    y_train: Array
    x_validation: Array
    y_validation: Array
    x_test: Array
    y_test: Array


@functools.cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return pixels.astype(np.float32), labels.astype(np.int32)


def raw_digits() -> np.ndarray:
    """Return all 1797 digits as they come: (examples, 64) pixels from 0 to 16."""
    return _digits()[0]


def digits(key: Array, train: int = DIGITS - VALIDATION - TEST) -> Split:
    """Split the 1797 handwritten digits of scikit-learn (8 by 8 pixels) at random.

    Each pixel is centered; all are divided by one number, so that the mean square over the training
    examples and pixels is 1. Dividing each pixel by its own deviation would blow up those at the
    edge, which are zero in nearly all examples.

    Args:
        key: JAX key; a different one gives a different split. Several keys, an array (seeds,), give
            as many splits.
        train: Number of examples to train on, at most 1197.

    Returns:
        Pixels ([seeds,] examples, 64), labels ([seeds,] examples) from 0 to 9; 300 examples each for
        validation and test.
    """
    if key.ndim:
        return Split(*map(jnp.stack, zip(*(digits(one, train) for one in key), strict=True)))
    pixels, labels = _digits()
    # NumPy shuffles, because compiling a shuffle takes longer than all else that is done here
    order = np.random.default_rng(np.asarray(jax.random.key_data(key))).permutation(DIGITS)
    test, validation, rest = np.split(order, (TEST, TEST + VALIDATION))
    mean = pixels[rest[:train]].mean(axis=0)
    scale = np.sqrt(((pixels[rest[:train]] - mean) ** 2).mean())
    x = (pixels - mean) / scale
    parts = ((x[index], labels[index]) for index in (rest[:train], validation, test))
    return Split(*(jnp.asarray(array) for part in parts for array in part))


def diabetes() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return the diabetes data of Efron et al. (2004) as scikit-learn has them, centered.

    Returns:
        Features (442, 10), each in its own units and with mean 0; the target (442,), a measure of
        how far the disease has gone after a year, with mean 0 and standard deviation 1; and the
        features' names.
    """
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    x, y = (values - values.mean(axis=0) for values in (data.data, data.target))
    return x, y / y.std(), tuple(data.feature_names)
