"""Random numbers drawn by NumPy: by key, evenly, and read in windows."""

import random
import sys

import jax
import numpy as np
import pytest

from dlfigs.draws import LENGTH, generator, minibatches, parts, seeded, split, starts, tables, window

KEY = jax.random.key(8)


def test_the_key_alone_decides():
    one, other = jax.random.split(KEY)
    numbers = [generator(key).random(5) for key in (one, one, other)]
    np.testing.assert_array_equal(numbers[0], numbers[1])
    assert (numbers[0] != numbers[2]).all()


def test_shared_generators_begin_at_the_key_and_are_put_back():
    """PyTorch's too, where there is one."""

    def draw():
        torch = sys.modules.get("torch")
        return [random.random(), np.random.random(), *(torch.rand(2).tolist() if torch else ())]

    random.seed(5)
    np.random.seed(5)
    undisturbed = draw()[:2]
    random.seed(5)
    np.random.seed(5)
    one, other = jax.random.split(KEY)
    numbers = []
    for key in (one, one, other):
        with seeded(key):
            numbers.append(draw())
    assert numbers[0] == numbers[1]
    assert not set(numbers[0]) & set(numbers[2])
    assert draw()[:2] == undisturbed


@pytest.mark.parametrize("number", [1, 2, 3, 1000])
def test_keys_are_those_of_jax(number):
    key, data = jax.random.key(2**32 - 1), jax.random.key_data
    for root in (KEY, key, jax.random.split(key)[1]):
        expected = data(jax.random.split(root, number))
        np.testing.assert_array_equal(data(split(root, number)), expected)
        np.testing.assert_array_equal([data(one) for one in parts(root, number)], expected)


def test_minibatches_have_each_example_equally_often():
    index = minibatches(KEY, 7, (3, 1000, 10))
    assert index.shape == (3, 1000, 10)
    counts = np.bincount(index.ravel(), minlength=7)
    assert len(counts) == 7
    assert abs(counts / counts.mean() - 1).max() < 0.05  # five standard errors are 0.07


def test_tables_are_uniform_and_normal():
    noise = tables(generator(KEY))
    assert noise.uniform.shape == noise.normal.shape == (LENGTH,)
    for table, moments in ((noise.uniform, (1 / 2, 1 / 12)), (noise.normal, (0, 1))):
        np.testing.assert_allclose((table.mean(), table.var()), moments, atol=0.005)
    assert noise.uniform.min() >= 0
    assert noise.uniform.max() < 1


def test_a_window_is_a_part_of_the_table():
    table = np.arange(LENGTH, dtype=np.float32)
    np.testing.assert_array_equal(window(table, 5, (2, 3)), [[5, 6, 7], [8, 9, 10]])
    begin = starts(generator(KEY), 1000)
    assert begin.min() >= 0
    assert begin.max() + LENGTH // 2 <= LENGTH, "JAX would move a window that does not fit"
    window(table, int(begin.max()), (LENGTH // 2,))
    with pytest.raises(ValueError, match="at most 524288 random numbers, not 524289"):
        window(table, 0, (LENGTH // 2 + 1,))
