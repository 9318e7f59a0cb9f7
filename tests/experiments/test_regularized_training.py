"""Each regularizer does what it says, and nothing at strength zero."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.datasets import load_digits

from dlfigs.datasets import SHIFTS, digits, wrong_labels
from dlfigs.draws import generator, starts, tables
from dlfigs.experiments import regularized_training as training
from dlfigs.experiments.penalties import soft_threshold
from dlfigs.experiments.regularized_training import Regularizer
from dlfigs.nets.initializers import he_normal
from dlfigs.nets.mlp import init_mlp

RNG = generator(jax.random.key(5))
BEGIN, UNIFORM = starts(RNG, 5), tables(RNG).uniform
SMALL = {"examples": 40, "width": 8, "steps": 20, "batch": 8, "rate": 0.05, "seeds": 2}
STRONG = {"l1": 0.03, "l2": 0.1, "max_norm": 0.5, "dropout": 0.5, "shifts": 1.0, "smoothing": 0.5}


@pytest.fixture(scope="module")
def runs():
    zero = {name: 1e9 if name == "max_norm" else 0.0 for name in STRONG}
    settings = [Regularizer(), *(Regularizer(**{name: zero[name]}) for name in STRONG)]
    settings += [Regularizer(**{name: value}) for name, value in STRONG.items()]
    return training.train_regularized(jax.random.key(0), regularizers=settings, noises=(0.0, 0.5), **SMALL)


def test_strength_zero_is_no_regularizer(runs):
    assert runs.step.values.tolist() == [10, 20]
    for other in range(1, 7):
        for name in ("norm", "validation_loss", "test_accuracy", "train_accuracy"):
            np.testing.assert_array_equal(runs[name][other], runs[name][0])


@pytest.mark.parametrize("index", range(6))
def test_each_regularizer_changes_the_net(runs, index):
    assert not np.allclose(runs.norm[7 + index], runs.norm[0])


def test_max_norm_and_l2_bound_norms_and_only_l1_makes_zeros(runs):
    l1, l2, limited = (runs.isel(regularizer=7 + i) for i in range(3))
    assert limited.norm.max() <= 0.5 * (1 + 1e-6)
    assert (l2.norm < runs.norm[0]).all()
    assert (l1.zeros.isel(step=-1) > 0.05).all()
    assert runs.zeros.drop_sel(regularizer=7).max() == 0


def test_wrong_labels_hurt_and_are_as_many_as_asked_for(runs):
    assert runs.test_accuracy[0, 1].mean() < runs.test_accuracy[0, 0].mean()
    labels = jnp.arange(100_000) % 10
    wrong = np.asarray(wrong_labels(jax.random.key(1), labels, 0.2))
    hit = wrong != labels
    assert hit.mean() == pytest.approx(0.2, abs=0.006)  # several standard errors
    moves = np.bincount((wrong - labels)[hit] % 10, minlength=10)
    assert moves[0] == 0
    np.testing.assert_allclose(moves[1:] / hit.sum(), 1 / 9, atol=0.012)


def test_what_a_wrong_label_becomes_does_not_depend_on_the_share():
    labels = np.zeros(1000, int)
    few, many = (wrong_labels(jax.random.key(1), labels, share) for share in (0.2, 0.8))
    assert (few != labels).sum() < (many != labels).sum()
    np.testing.assert_array_equal(few[few != labels], many[few != labels])


def test_label_smoothing_is_that_of_optax():
    key_z, key_y = jax.random.split(jax.random.key(2))
    z, y = jax.random.normal(key_z, (7, 10)), jax.random.randint(key_y, (7,), 0, 10)
    soft = optax.smooth_labels(jax.nn.one_hot(y, 10), 0.3)
    expected = optax.softmax_cross_entropy(z, soft).mean()
    assert float(training.smoothed_cross_entropy(z, y, 0.3)) == pytest.approx(float(expected), rel=1e-6)


def test_max_norm_scales_long_columns_and_leaves_short_ones_bit_for_bit():
    w = jnp.asarray([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    clipped = training.clip_norms(w, 1.0)
    np.testing.assert_allclose(clipped[:, 0], [0.6, 0.8], rtol=1e-6)
    np.testing.assert_array_equal(clipped[:, 1:], w[:, 1:])
    np.testing.assert_array_equal(training.clip_norms(w, jnp.inf), w)


def test_soft_threshold_is_the_proximal_step_of_l1():
    w = jnp.asarray([-2.0, -0.5, 0.2, 1.0])
    np.testing.assert_allclose(soft_threshold(w, 0.5), [-1.5, 0, 0, 0.5])
    grid = np.linspace(-3, 3, 60_001)
    for value in map(float, w):
        best = grid[np.argmin(0.5 * (grid - value) ** 2 + 0.5 * abs(grid))]
        assert float(soft_threshold(value, 0.5)) == pytest.approx(best, abs=1e-4)


def test_the_loss_has_the_penalty_the_mask_and_the_moved_examples():
    net = init_mlp(jax.random.key(3), he_normal, inputs=64, width=8, depth=2, outputs=10)
    x = jnp.broadcast_to(jnp.arange(SHIFTS, dtype=float)[:, None], (500, SHIFTS, 64))
    y = jnp.zeros(500, int)

    def loss(**strengths):
        return float(training.regularized_loss(net, x, y, BEGIN, UNIFORM, Regularizer(**strengths)))

    squares = sum(float((w**2).sum()) for w in training.weights(net))
    assert loss(l2=0.1) - loss() == pytest.approx(0.1 * squares, rel=1e-4)
    assert loss() == pytest.approx(np.log(10), rel=1e-5)  # version 0 is zero everywhere here
    assert loss(shifts=1.0) != loss()  # and no other is
    assert loss(shifts=1.0, dropout=0.5) != loss(shifts=1.0)


def test_moved_examples_are_of_all_moved_versions():
    """Only where a version is used does the loss depend on it."""
    key_net, key = jax.random.split(jax.random.key(3))
    net = init_mlp(key_net, he_normal, inputs=64, width=8, depth=2, outputs=10)
    x = jax.random.normal(key, (400, SHIFTS, 64))

    @jax.jit
    @jax.grad
    def slope(x, share):
        return training.regularized_loss(
            net, x, jnp.zeros(400, int), BEGIN, UNIFORM, Regularizer(shifts=share)
        )

    for share in (0.0, 0.25, 1.0):
        used = np.abs(slope(x, share)).sum(axis=-1) > 0  # (example, version)
        assert used.sum(axis=1).max() == 1
        assert used[:, 0].sum() == pytest.approx((1 - share) * used.sum(), abs=40)
        counts = used[:, 1:].sum(axis=0)
        assert (counts > 0).all() == (share > 0)
        if share:
            assert abs(counts - counts.mean()).max() < 5 * counts.mean() ** 0.5


def test_shifted_digits_are_moved_images():
    key = jax.random.key(4)
    plain, moved = digits(key, 30), digits(key, 30, shifts=True)
    np.testing.assert_array_equal(moved.x_train[:, 0], plain.x_train)
    for name in ("y_train", "x_validation", "y_validation", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(plain, name))
    # An affine map per pixel leads back to the raw images, in which a moved version is a slice
    pixels = load_digits().data
    order = np.random.default_rng(np.asarray(jax.random.key_data(key))).permutation(len(pixels))
    raw = pixels[order[600:630]]
    mean, scale = raw.mean(axis=0), np.sqrt(((raw - raw.mean(axis=0)) ** 2).mean())
    back = (np.asarray(moved.x_train) * scale + mean).reshape(30, SHIFTS, 8, 8)
    padded = np.pad(raw.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    places = [(i, j) for i in range(3) for j in range(3)]
    found = [
        [at for at in places if np.allclose(back[:, v], padded[:, at[0] :, at[1] :][:, :8, :8], atol=1e-3)]
        for v in range(SHIFTS)
    ]
    assert found[0] == [(1, 1)]
    assert sorted(at for some in found for at in some) == places  # each place once


def test_early_stopping_keeps_the_minimum_that_patience_reaches():
    loss = np.asarray([[5.0, 4.0, 4.5, 4.2, 3.0, 3.5], [1.0, 2.0, 3.0, 4.0, 5.0, 0.5]])
    np.testing.assert_array_equal(training.stop_early(loss, 1), [1, 0])
    np.testing.assert_array_equal(training.stop_early(loss, 2), [1, 0])
    np.testing.assert_array_equal(training.stop_early(loss, 3), [4, 0])
    np.testing.assert_array_equal(training.stop_early(loss, 6), loss.argmin(axis=1))
    np.testing.assert_array_equal(training.stop_early(np.asarray([[2.0, 2.0, 2.0]]), 9), [0])
