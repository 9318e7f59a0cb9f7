"""The digits: complete, split without overlap, standardized by the training examples alone."""

import jax
import numpy as np
import pytest
from sklearn.datasets import load_digits

from dlfigs.datasets import digits


@pytest.mark.parametrize("train", [1197, 200])
def test_digits(train):
    data = digits(jax.random.key(0), train)
    assert [part.shape for part in data[::2]] == [(train, 64), (300, 64), (300, 64)]
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-5)
    assert np.mean(data.x_train**2) == pytest.approx(1, rel=1e-5)
    assert set(np.unique(data.y_test)) == set(range(10))


def test_parts_do_not_overlap_and_come_from_the_original():
    data = digits(jax.random.key(1))
    pixels, labels = load_digits(return_X_y=True)
    together = np.concatenate(data[::2])
    # One scale and one offset per pixel lead back to the original, in another order
    scale = pixels.std(axis=0).max() / together.std(axis=0).max()
    back = together * scale - (together * scale).min(axis=0)
    rows = {tuple(row) for row in np.round(back).astype(int)}
    assert rows == {tuple(row) for row in (pixels - pixels.min(axis=0)).astype(int)}
    assert np.bincount(np.concatenate(data[1::2])).tolist() == np.bincount(labels).tolist()
    assert not np.array_equal(digits(jax.random.key(2)).y_test, data.y_test)


def test_several_keys_give_as_many_splits():
    keys = jax.random.split(jax.random.key(3), 2)
    together = digits(keys, 100, shifts=True)
    for number, key in enumerate(keys):
        for part, alone in zip(together, digits(key, 100, shifts=True), strict=True):
            np.testing.assert_array_equal(part[number], alone)
    assert not np.array_equal(*together.y_train)
