"""Random numbers that NumPy draws for a JAX key, before the compiled program that reads them.

A generator inside a program is compiled with it, which takes longer than what a figure draws, and on a
processor it is several times slower than NumPy's. What comes out depends on the key alone.
"""

from __future__ import annotations

import contextlib
import math
import random
import sys
from collections.abc import Iterator
from typing import NamedTuple

import jax
import numpy as np
from jax import Array, lax

LENGTH = 2**20  # numbers in each table


def generator(key: Array) -> np.random.Generator:
    """Return NumPy's generator for a key; different keys give independent streams.

    PyTorch's: `torch.manual_seed(int(generator(key).integers(2**63)))`.
    """
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


@contextlib.contextmanager
def seeded(key: Array) -> Iterator[None]:
    """Let the generators that everybody shares, Python's, NumPy's and PyTorch's, begin at a key.

    Who draws from them has the same numbers in every run, and others with another root seed. PyTorch's is
    set if it is imported by then. Afterwards they are what they were before.
    """
    rng = generator(key)
    before = random.getstate(), np.random.get_state()
    random.seed(int(rng.integers(2**63)))
    np.random.seed(rng.integers(2**32, size=4, dtype=np.uint32))
    torch = sys.modules.get("torch")
    with torch.random.fork_rng(devices=[]) if torch else contextlib.nullcontext():
        if torch:
            torch.manual_seed(int(rng.integers(2**63)))
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


def split(key: Array, number: int) -> Array:
    """Return the keys that `jax.random.split` returns, which compiles a program for each number.

    Each is Threefry-2x32 of its number (Salmon et al., 2011), which is what JAX takes too.

    Args:
        key: JAX key.
        number: How many.

    Returns:
        (number,).
    """
    first, second = np.asarray(jax.random.key_data(key))
    keys = np.array([first, second, first ^ second ^ np.uint32(0x1BD11BDA)])
    x, y = keys[0] + np.zeros(number, np.uint32), keys[1] + np.arange(number, dtype=np.uint32)
    for group in range(5):
        for bits in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            x = x + y
            y = x ^ (y << np.uint32(bits) | y >> np.uint32(32 - bits))
        x = x + keys[(group + 1) % 3]
        y = y + keys[(group + 2) % 3] + np.uint32(group + 1)
    return jax.random.wrap_key_data(np.stack([x, y], axis=1))


def parts(key: Array, number: int) -> tuple[Array, ...]:
    """Return the keys of `split` one by one: to take them out of their array is a program too."""
    return tuple(map(jax.random.wrap_key_data, np.asarray(jax.random.key_data(split(key, number)))))


def minibatches(key: Array, examples: int, shape: tuple[int, ...]) -> np.ndarray:
    """Draw examples with replacement, by number.

    Args:
        key: JAX key.
        examples: How many there are.
        shape: Such as (seeds, steps, batch).

    Returns:
        From 0 to examples - 1, of that shape.
    """
    return generator(key).integers(0, examples, shape, np.int32)


class Noise(NamedTuple):
    """Tables of random numbers, (LENGTH,) each: uniform from 0 to 1, and standard normal.

    Masks and noise are most of the random numbers of a small net. Each step reads them in windows that
    begin at random places (Salimans et al., 2017, sec. 2.1).
    """

    uniform: Array
    normal: Array


def tables(rng: np.random.Generator) -> Noise:
    """Draw the tables."""
    return Noise(rng.random(LENGTH, np.float32), rng.standard_normal(LENGTH, np.float32))


def starts(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw where windows begin; a window has at most half of a table."""
    return rng.integers(0, LENGTH // 2, shape, np.int32)


def window(table: Array, start: Array, shape: tuple[int, ...]) -> Array:
    """Return the numbers of a table from `start` on, in a shape of at most LENGTH / 2 numbers."""
    if (size := math.prod(shape)) > LENGTH // 2:
        raise ValueError(f"a window has at most {LENGTH // 2} random numbers, not {size}")
    return lax.dynamic_slice(table, (start,), (size,)).reshape(shape)
