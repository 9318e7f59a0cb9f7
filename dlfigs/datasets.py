"""Data sets as plain arrays. Nothing is downloaded: packages bring them, or compute them from a seed."""

from __future__ import annotations

import functools
import random
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from dlfigs.draws import generator
from dlfigs.errors import UserError

DIGITS, VALIDATION, TEST = 1797, 300, 300  # examples
TRAINING = DIGITS - VALIDATION - TEST
SIDE = 8
"""Height and width of an image of a digit, in pixels."""
CLASSES = 10
"""Classes of digits."""
PIXELS = SIDE**2
"""Pixels of an image of a digit."""
SHIFTS = 9  # versions of an image: moved by -1, 0 or 1 pixel in both directions
NAMES = ("digits", "MNIST-1D")
"""Data sets that nets can be trained on, for `examples`."""
STEPS = SHIFTS // 2  # by which a signal is moved at most, so that it has as many versions as an image


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


def raw_labels() -> np.ndarray:
    """Return the labels of `raw_digits`: (examples,) from 0 to 9."""
    return _digits()[1]


@functools.cache
def _shifted_digits() -> np.ndarray:
    """Return all digits in all versions, (examples, SHIFTS, 64), the unmoved one first."""
    images = np.pad(raw_digits().reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    corners = sorted(np.ndindex(3, 3), key=lambda corner: corner != (1, 1))
    versions = [images[:, i : i + SIDE, j : j + SIDE] for i, j in corners]
    return np.stack(versions, axis=1).reshape(DIGITS, SHIFTS, PIXELS)


@functools.lru_cache(maxsize=256)  # the seeds of a figure, each with training sets of several sizes
def _signals(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return signals of MNIST-1D, (DIGITS, 40), and labels, new ones for each seed."""
    from mnist1d.data import get_dataset_args, make_dataset

    options = get_dataset_args()
    options.seed, options.num_samples, options.train_split = seed, DIGITS + -DIGITS % CLASSES, 1.0
    before = random.getstate(), np.random.get_state()  # generators of the process, which it seeds anew
    made = make_dataset(options)
    random.setstate(before[0])
    np.random.set_state(before[1])
    return made["x"][:DIGITS].astype(np.float32), made["y"][:DIGITS].astype(np.int32)


def _moved_signals(signals: np.ndarray) -> np.ndarray:
    """Return signals in all versions, (examples, SHIFTS, samples), the unmoved one first."""
    padded = np.pad(signals, ((0, 0), (STEPS, STEPS)), mode="edge")
    begins = sorted(range(SHIFTS), key=lambda begin: begin != STEPS)
    return np.stack([padded[:, begin : begin + signals.shape[1]] for begin in begins], axis=1)


def digits(key: Array, train: int = TRAINING, *, shifts: bool = False) -> Split:
    """Split the 1797 handwritten digits of scikit-learn (8 by 8 pixels) at random.

    Each pixel is centered; all are divided by one number, so that the mean square over the training
    examples and pixels is 1. Dividing each pixel by its own deviation would blow up those at the
    edge, which are zero in nearly all examples. Test images are by the writers of the training images.

    Args:
        key: JAX key; a different one gives a different split. Several keys, an array (seeds,), give
            as many splits.
        train: Number of examples to train on, at most 1197.
        shifts: Whether training examples come in all versions that are moved by up to one pixel in
            both directions, for augmentation: ([seeds,] examples, 9, 64), the unmoved one first. What
            is moved in is empty.

    Returns:
        Pixels ([seeds,] examples, 64), labels ([seeds,] examples) from 0 to 9; 300 examples each for
        validation and test.
    """
    return examples("digits", key, train, shifts=shifts)


def examples(name: str, key: Array, train: int = TRAINING, *, shifts: bool = False) -> Split:
    """Return examples of a data set, each of which belongs to one of ten classes, as `digits` does.

    "digits" are the images of scikit-learn. "MNIST-1D" are signals of 40 samples, ten curves that are
    moved, stretched and sheared, with noise before and after them (Greydanus and Kobak, 2024, with the
    package mnist1d); they are made anew for each key, so that no test example is ever seen twice.

    Args:
        name: One of `NAMES`.
        key: As for `digits`.
        train: As for `digits`.
        shifts: As for `digits`; signals are moved by up to 4 samples, and what is moved in has the value
            at the end: ([seeds,] examples, 9, 40).

    Returns:
        As `digits`; inputs are ([seeds,] examples, 64) or ([seeds,] examples, 40).

    Raises:
        UserError: If there is no such data set.
    """
    if name not in NAMES:
        raise UserError(f"no data set {name!r}: {' or '.join(map(repr, NAMES))}")
    # All in NumPy: compiling a shuffle, or even a stack, takes longer than all that is done here
    seeds = np.asarray(jax.random.key_data(key))
    if key.ndim == 0:
        return Split(*map(jnp.asarray, _split(name, seeds, train, shifts)))
    splits = [_split(name, seed, train, shifts) for seed in seeds]
    return Split(*(jnp.asarray(np.stack(parts)) for parts in zip(*splits, strict=True)))


def _split(name: str, seed: np.ndarray, train: int, shifts: bool) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    order = rng.permutation(DIGITS)
    if name == "digits":
        inputs, labels = _digits()
        versions = _shifted_digits() if shifts else inputs
    else:
        inputs, labels = _signals(int(rng.integers(2**32)))
        versions = _moved_signals(inputs) if shifts else inputs
    test, validation, rest = np.split(order, (TEST, TEST + VALIDATION))
    mean = inputs[rest[:train]].mean(axis=0)
    scale = np.sqrt(((inputs[rest[:train]] - mean) ** 2).mean())
    parts = (
        ((x[index] - mean) / scale, labels[index])
        for x, index in zip((versions, inputs, inputs), (rest[:train], validation, test), strict=True)
    )
    return tuple(array for part in parts for array in part)


@functools.cache
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


def place(key: Array, images: np.ndarray, side: int) -> np.ndarray:
    """Put each digit somewhere on an empty canvas, at random.

    Args:
        key: JAX key.
        images: (examples, 64), with 0 as background.
        side: Height and width of the canvas, 8 or more; at 8 the digits stay what they are.

    Returns:
        (examples, side**2).
    """
    room = side - SIDE + 1
    corners = generator(key).integers(0, room, (len(images), 2))
    canvas, within = np.zeros((len(images), side, side), np.float32), np.arange(SIDE)
    rows, columns = (corners[:, axis, None] + within for axis in (0, 1))
    each = np.arange(len(images))[:, None, None]
    canvas[each, rows[:, :, None], columns[:, None, :]] = images.reshape(-1, SIDE, SIDE)
    return canvas.reshape(len(images), -1)


def wrong_labels(key: Array, labels: Array, share: float) -> np.ndarray:
    """Replace each label, with probability `share`, by another one of the ten, all equally likely."""
    rng, labels = generator(key), np.asarray(labels)
    hit = rng.random(labels.shape) < share
    other = (labels + rng.integers(1, CLASSES, labels.shape)) % CLASSES
    return np.where(hit, other, labels).astype(np.int32)
