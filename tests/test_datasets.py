"""Data sets: complete, split without overlap, standardized by the training examples alone."""

import random

import jax
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from dlfigs.datasets import digits, examples
from dlfigs.errors import UserError


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


def test_signals_are_made_anew_for_each_key_and_split_as_images_are():
    keys = jax.random.split(jax.random.key(4), 2)
    first, second = (examples("MNIST-1D", key, 200) for key in keys)
    assert [part.shape for part in first[::2]] == [(200, 40), (300, 40), (300, 40)]
    np.testing.assert_allclose(first.x_train.mean(axis=0), 0, atol=1e-5)
    assert np.mean(first.x_train**2) == pytest.approx(1, rel=1e-5)
    assert set(np.unique(first.y_test)) == set(range(10))
    assert not {row.tobytes() for row in np.asarray(first.x_test)} & {
        row.tobytes() for part in second[::2] for row in np.asarray(part)
    }
    for part, alone in zip(examples("MNIST-1D", keys, 200), first, strict=True):
        np.testing.assert_array_equal(part[0], alone)
    # Smaller training sets are parts of larger ones
    np.testing.assert_array_equal(examples("MNIST-1D", keys[0]).y_train[:200], first.y_train)


def test_labels_of_signals_are_those_of_their_curves():
    # Nothing moved, stretched or buried in noise: all signals of a class would be alike; here they are
    # told apart by a linear model more often than by chance, ten times as often as with shuffled labels
    data = examples("MNIST-1D", jax.random.key(5))
    right = LogisticRegression(max_iter=500).fit(data.x_train, data.y_train).score(data.x_test, data.y_test)
    wrong = LogisticRegression(max_iter=500).fit(data.x_train, data.y_train[::-1])
    assert right > 0.22 > wrong.score(data.x_test, data.y_test)


def test_moved_signals():
    data = examples("MNIST-1D", jax.random.key(6), 50, shifts=True)
    plain = examples("MNIST-1D", jax.random.key(6), 50).x_train
    assert data.x_train.shape == (50, 9, 40)
    np.testing.assert_array_equal(data.x_train[:, 0], plain)
    # The offset of each sample is taken off in its new place, so differences of examples have moved
    moved = np.asarray(data.x_train[1:] - data.x_train[:-1])
    still = np.asarray(plain[1:] - plain[:-1])
    np.testing.assert_allclose(moved[:, 1, 4:], still[:, :-4], atol=1e-5)  # by four to the right
    np.testing.assert_allclose(moved[:, -1, :-4], still[:, 4:], atol=1e-5)  # by four to the left
    np.testing.assert_allclose(moved[:, 1, :4], np.repeat(still[:, :1], 4, axis=1), atol=1e-5)


def test_signals_leave_other_random_numbers_alone():
    random.seed(7), np.random.seed(7)
    expected = random.random(), np.random.rand()
    random.seed(7), np.random.seed(7)
    examples("MNIST-1D", jax.random.key(8))
    assert (random.random(), np.random.rand()) == expected


def test_an_unknown_data_set():
    with pytest.raises(UserError, match="no data set 'MNIST': 'digits' or 'MNIST-1D'"):
        examples("MNIST", jax.random.key(0))
