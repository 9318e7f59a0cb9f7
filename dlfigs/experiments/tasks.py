"""Tasks with few labels, and what may be learned before them: which examples, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jax import Array

from dlfigs.datasets import SIDE, examples, place, raw_digits, raw_labels
from dlfigs.draws import generator

VALIDATION = 200  # examples


class Task(NamedTuple):
    """A target task with few labels, and what may be learned from before. Leading axis: seeds.

    Training examples are sorted so that the first n * classes of them are n of each class.
    """

    x_source: Array
    y_source: Array
    x_train: Array
    y_train: Array
    x_validation: Array
    y_validation: Array
    x_test: Array
    y_test: Array


def draw_task(
    key: Array,
    *,
    side: int,
    most: int,
    source: Sequence[int],
    target: Sequence[int],
    copies: int,
    seeds: int,
    aligned: bool = False,
    data_set: str = "digits",
) -> Task:
    """Split a data set into a source task and a target task of few labels.

    Examples stand on a canvas. All inputs are centered and divided by one number, by means over the
    source's examples.

    Args:
        key: JAX key.
        side: Size of the canvas, see `on_canvas`; with 8 examples stay as they come.
        most: Largest number of labeled examples of each class.
        source: Classes of the source task. Where they are those of the target, source and target
            share examples: the source's are then the training examples, of which the target sees labels
            of a few.
        target: Classes of the target task.
        copies: How often each source example is placed, each time somewhere else: all examples once,
            then all again in the same order.
        seeds: Repetitions, each with its own split and places.
        aligned: Whether all examples stand in the middle of the canvas instead.
        data_set: One of `dlfigs.datasets.NAMES`; signals of MNIST-1D are new ones for each seed.

    Returns:
        A task; labels count from 0.
    """
    source, target = np.asarray(source), np.asarray(target)

    def one(key: Array) -> tuple[np.ndarray, ...]:
        key_order, key_place, key_source, key_signals = jax.random.split(key, 4)
        inputs, labels = (
            (raw_digits(), raw_labels()) if data_set == "digits" else _all(data_set, key_signals)
        )
        order = generator(key_order).permutation(len(inputs))
        of_target = order[np.isin(labels[order], target)]
        by_class = [of_target[labels[of_target] == label] for label in target]
        train = np.stack([members[:most] for members in by_class], axis=1).ravel()
        rest = of_target[~np.isin(of_target, train)]
        validation, test = rest[:VALIDATION], rest[VALIDATION:]
        of_source = train if np.array_equal(source, target) else order[np.isin(labels[order], source)]
        x = on_canvas(None if aligned else key_place, inputs, side, data_set)
        of_source = np.tile(of_source, copies)
        moved = copies > 1 and not aligned
        x_source = on_canvas(key_source, inputs[of_source], side, data_set) if moved else x[of_source]
        mean = x_source.mean(axis=0)
        scale = np.sqrt(((x_source - mean) ** 2).mean())
        x = (x - mean) / scale
        return (
            (x_source - mean) / scale,
            np.searchsorted(source, labels[of_source]),
            *(
                part
                for index in (train, validation, test)
                for part in (x[index], np.searchsorted(target, labels[index]))
            ),
        )

    parts = zip(*(one(key) for key in jax.random.split(key, seeds)), strict=True)
    # Of signals some seeds have a few more of a class than others: kept is what all have
    return Task(*(np.stack([values[: min(map(len, part))] for values in part]) for part in parts))


def _all(data_set: str, key: Array) -> tuple[np.ndarray, np.ndarray]:
    """Return all examples of a data set and their labels, as `dlfigs.datasets.examples` splits them."""
    split = examples(data_set, key)
    return np.concatenate(split[::2]), np.concatenate(split[1::2])


def on_canvas(key: Array | None, inputs: np.ndarray, side: int, data_set: str) -> np.ndarray:
    """Put each example on a larger canvas: somewhere, or in the middle.

    Args:
        key: JAX key of the places, which are random; None for the middle.
        inputs: Digits, (examples, 64), or signals, (examples, samples).
        side: Height and width of the canvas of a digit, which is empty elsewhere, 8 or more; at 8 examples
            stay what they are. The window of a signal is longer than the signal by the same factor, and
            has the signal's value at its end before it and after it.
        data_set: Which of both, a name in `dlfigs.datasets.NAMES`.

    Returns:
        (examples, side**2), or (examples, samples * side / 8).
    """
    if data_set == "digits":
        return middle(inputs, side) if key is None else place(key, inputs, side)
    count, length = inputs.shape
    room = length * side // SIDE - length
    begins = np.full(count, room // 2) if key is None else generator(key).integers(0, room + 1, count)
    # Before its first sample a signal has that sample's value, and after its last one the last one's
    samples = (np.arange(length + room) - begins[:, None]).clip(0, length - 1)
    return np.take_along_axis(inputs, samples, axis=1)


def middle(images: np.ndarray, side: int) -> np.ndarray:
    """Put each digit, (examples, 64), in the middle of an empty canvas: (examples, side**2)."""
    before = (side - SIDE) // 2
    margins = (before, side - SIDE - before)
    return np.pad(images.reshape(-1, SIDE, SIDE), ((0, 0), margins, margins)).reshape(len(images), -1)
