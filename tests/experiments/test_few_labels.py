"""Few labels: the split, the canvas, what is frozen, and the tasks that need no labels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dlfigs.datasets import place, raw_digits, raw_labels
from dlfigs.draws import generator, starts, tables
from dlfigs.experiments import few_labels, pretext, tasks
from dlfigs.experiments.tasks import draw_task, on_canvas
from dlfigs.nets.initializers import he_normal
from dlfigs.nets.mlp import init_mlp, mlp
from dlfigs.nets.training import cross_entropy

KEY = jax.random.key(3)
RNG = generator(KEY)
NOISE = tables(RNG)


def draw(examples):
    """What one step takes at random."""
    return pretext.Draw(RNG.integers(0, pretext.TURNS, examples), starts(RNG, 4))


@pytest.fixture(scope="module")
def task():
    return draw_task(KEY, side=8, most=4, source=range(5), target=range(5, 10), copies=1, seeds=2)


def test_a_placed_digit_is_whole_and_somewhere_else_each_time():
    images = np.repeat(raw_digits()[:1], 300, axis=0)
    placed = place(KEY, images, 14).reshape(300, 14, 14)
    assert (placed.sum(axis=(1, 2)) == images[0].sum()).all()
    corners = {tuple(np.argwhere(image).min(axis=0)) for image in placed}
    assert len(corners) == 49  # 7 by 7 places
    np.testing.assert_array_equal(place(KEY, images, 8), images)


def test_aligned_digits_stand_in_the_middle_each_time():
    images = raw_digits()[:5]
    canvas = tasks.middle(images, 12).reshape(5, 12, 12)
    np.testing.assert_array_equal(canvas[:, 2:10, 2:10].reshape(5, 64), images)
    assert canvas.sum() == images.sum()
    assert tasks.middle(images, 13).shape == (5, 169)
    sizes = {"side": 12, "most": 3, "source": range(3), "target": range(3), "copies": 2, "seeds": 1}
    task = draw_task(KEY, aligned=True, **sizes)
    np.testing.assert_array_equal(task.x_source[0, :9], task.x_source[0, 9:])
    np.testing.assert_array_equal(task.x_source[0, :9], task.x_train[0])


def test_a_signal_is_whole_in_its_window_and_goes_on_as_it_ends():
    signals = np.arange(80.0).reshape(2, 40)
    middle = on_canvas(None, signals, 12, "MNIST-1D")
    assert middle.shape == (2, 60)
    np.testing.assert_array_equal(middle[:, 10:50], signals)
    assert (middle[:, :10] == signals[:, :1]).all()
    assert (middle[:, 50:] == signals[:, -1:]).all()
    moved = on_canvas(KEY, np.repeat(signals[1:], 300, axis=0), 12, "MNIST-1D")
    begins = [np.flatnonzero(window == 40)[-1] for window in moved]
    assert sorted(set(begins)) == list(range(21))
    for window, begin in zip(moved, begins, strict=True):
        np.testing.assert_array_equal(window[begin : begin + 40], signals[1])
    np.testing.assert_array_equal(on_canvas(KEY, signals, 8, "MNIST-1D"), signals)
    images = raw_digits()[:5]
    np.testing.assert_array_equal(on_canvas(KEY, images, 12, "digits"), place(KEY, images, 12))
    np.testing.assert_array_equal(on_canvas(None, images, 12, "digits"), tasks.middle(images, 12))


def test_a_task_of_signals_has_new_ones_for_each_seed():
    sizes = {"side": 12, "most": 4, "source": range(5), "target": range(5, 10), "copies": 2, "seeds": 2}
    task = draw_task(KEY, **sizes, data_set="MNIST-1D")
    assert task.x_train.shape == (2, 20, 60)
    assert (task.x_train[0] != task.x_train[1]).any()
    for seed in range(2):
        assert np.bincount(task.y_train[seed]).tolist() == [4] * 5
        assert set(task.y_source[seed]) == set(range(5))
        rows = [{row.tobytes() for row in part[seed]} for part in task[2::2]]
        assert not rows[0] & rows[1]
        assert not (rows[0] | rows[1]) & rows[2]


def test_labels_stay_with_their_signals(monkeypatch):
    labels = np.tile(np.arange(10), 60)

    def known(name, key):
        order = generator(key).permutation(labels)
        parts = np.split(order, [300, 450])
        return [
            values for part in parts for values in (np.tile(part[:, None], 40).astype(np.float32), part)
        ]

    monkeypatch.setattr(tasks, "examples", known)
    sizes = {"side": 12, "most": 4, "source": range(5), "target": range(5, 10), "copies": 2, "seeds": 2}
    task = draw_task(KEY, **sizes, data_set="MNIST-1D")
    for x, y in zip(task[::2], task[1::2], strict=True):
        assert x[0].std(axis=1).max() < 1e-5, "a constant signal is constant everywhere in its window"
        levels = [x[0][y[0] == label] for label in range(5)]
        assert all(np.ptp(level) < 1e-5 for level in levels)
        assert np.diff([level.mean() for level in levels]).min() > 0


def test_without_copies_the_source_has_the_training_images_themselves():
    sizes = {"side": 12, "most": 3, "source": range(3), "target": range(3), "copies": 1, "seeds": 1}
    task = draw_task(KEY, **sizes)
    np.testing.assert_array_equal(task.x_source, task.x_train)
    np.testing.assert_array_equal(task.y_source, task.y_train)


def test_copies_of_the_training_images_keep_their_order():
    sizes = {"side": 12, "most": 3, "source": range(3), "target": range(3), "copies": 2, "seeds": 1}
    task = draw_task(KEY, **sizes)
    np.testing.assert_array_equal(task.y_source[0], np.tile(task.y_train[0], 2))
    # What does not depend on the place: the sorted ink of an image, up to the mean image
    ink = [np.asarray(x[0]).std(axis=1) for x in (task.x_source, task.x_train)]
    np.testing.assert_allclose(ink[0], np.tile(ink[1], 2), rtol=0.35)


def test_the_first_examples_are_so_many_of_each_class(task):
    for labels in np.asarray(task.y_train):
        for count in (1, 2, 4):
            assert np.bincount(labels[: 5 * count]).tolist() == [count] * 5


def test_source_and_target_share_no_image_and_no_digit(task):
    rows = [{row.tobytes() for row in np.asarray(part[0])} for part in task[::2]]
    source, train, validation, test = rows
    assert not source & (train | validation | test)
    assert not train & validation
    assert not (train | validation) & test
    counts = np.bincount(raw_labels())
    assert len(task.y_source[0]) == counts[:5].sum()
    assert len(task.y_train[0]) + len(task.y_validation[0]) + len(task.y_test[0]) == counts[5:].sum()


def test_only_what_is_not_frozen_learns(task):
    nets = few_labels.encoders(KEY, task, width=8, depth=2, outputs=5)
    settings = {"budgets": (4,), "rates": (1e-2,), "steps": 60, "batch": 8}
    starts = {"fine-tuned": (nets, False), "frozen": (nets, True), "pixels": (None, False)}
    data = few_labels.learn(KEY, task, starts=starts, **settings)
    accuracy = data.test_accuracy.squeeze(["budget", "rate"])
    assert (accuracy > 0.3).all()
    assert (accuracy.sel(start="frozen") != accuracy.sel(start="fine-tuned")).any()
    # An encoder that says nothing leaves a frozen learner at chance, and not one that may change it
    silent = nets._replace(hidden=jax.tree.map(jnp.zeros_like, nets.hidden))
    silent = silent._replace(hidden=silent.hidden._replace(b=silent.hidden.b + 0.1))
    starts = {"fine-tuned": (silent, False), "frozen": (silent, True)}
    accuracy = few_labels.learn(KEY, task, starts=starts, **settings).test_accuracy
    assert accuracy.sel(start="frozen").max() < 0.3
    assert accuracy.sel(start="fine-tuned").min() > 0.3


def test_learning_on_features_is_learning_with_a_frozen_encoder(task):
    nets = few_labels.encoders(KEY, task, width=16, depth=2, outputs=5)
    settings = {"budgets": (2, 4), "rates": (1e-2,), "steps": 40, "batch": 8}
    frozen = few_labels.learn(KEY, task, starts={"net": (nets, True)}, **settings)
    encoded = few_labels.features(nets, task)
    assert encoded.x_train.shape == (2, 20, 16)
    on_features = few_labels.learn(KEY, encoded, starts={"net": (None, False)}, **settings)
    np.testing.assert_allclose(frozen.test_accuracy, on_features.test_accuracy, atol=0.01)


def test_a_learner_is_followed_into_its_pseudo_labels(task):
    """What it was before them is what it is without them."""
    nets = few_labels.encoders(KEY, task, width=8, depth=2, outputs=5)
    settings = {"starts": {"net": (nets, False)}, "budgets": (2, 4), "rates": (1e-2, 0.1), "batch": 8}
    alone = few_labels.learn(KEY, task, steps=20, **settings)
    both = few_labels.learn(KEY, task, steps=20, pseudo_steps=20, **settings)
    assert both.start.values.tolist() == ["net", "net" + few_labels.PSEUDO]
    for name in ("validation_accuracy", "test_accuracy"):
        np.testing.assert_array_equal(both[name].sel(start="net"), alone[name].sel(start="net"))
        assert (both[name][0] != both[name][1]).any()


def test_the_loss_of_pseudo_labels_takes_the_nets_own_classes_as_constants():
    keys = jax.random.split(KEY)
    labeled, unlabeled = (3 * jax.random.normal(key, (6, 4)) for key in keys)
    y = jnp.arange(6) % 4
    own = unlabeled.argmax(axis=1)
    log_labeled, log_unlabeled = jax.nn.log_softmax(labeled), jax.nn.log_softmax(unlabeled)
    expected = -log_labeled[jnp.arange(6), y].mean() - log_unlabeled.max(axis=1).mean()
    assert few_labels.pseudo_label_loss(labeled, y, unlabeled) == pytest.approx(float(expected), rel=1e-5)
    slope = jax.grad(few_labels.pseudo_label_loss, argnums=2)(labeled, y, unlabeled)
    residual = (jax.nn.softmax(unlabeled) - jax.nn.one_hot(own, 4)) / 6
    np.testing.assert_allclose(slope, residual, atol=1e-6)


def test_pseudo_labels_move_a_boundary_to_where_no_data_are():
    """Two long clouds, one label each: labels alone give a boundary that cuts through both."""
    rng, seeds = np.random.default_rng(0), 12
    y = np.tile(np.arange(2), (seeds, 150))
    x = np.stack([2.0 * y - 1 + 0.2 * rng.normal(size=y.shape), rng.normal(size=y.shape)], axis=2)
    x, y = jnp.asarray(x, jnp.float32), jnp.asarray(y)
    task = few_labels.Task(
        x, y, x[:, :100], y[:, :100], x[:, 100:200], y[:, 100:200], x[:, 200:], y[:, 200:]
    )
    settings = {"budgets": (1,), "rates": (3e-2,), "steps": 200, "batch": 16}

    def found(**more):
        data = few_labels.learn(KEY, task, starts={"linear": (None, False)}, **settings | more)
        return float(data.test_accuracy[-1].mean())

    assert found(pseudo_steps=200) > found(steps=400) + 0.03


def test_a_source_is_learned_from_each_labeling(task):
    nets = few_labels.encoders(KEY, task, width=32, depth=2, outputs=5)
    labels = jnp.stack([task.y_source, jnp.zeros_like(task.y_source)])
    trained, accuracy = few_labels.pretrain(
        KEY, nets, task.x_source, labels, rate=5e-3, steps=100, batch=32
    )
    assert accuracy.shape == (2, 2)
    assert accuracy.min() > 0.9
    assert trained.first.w.shape == (2, *nets.first.w.shape)
    assert (trained.first.w[0] != trained.first.w[1]).any()


def test_turns_are_counterclockwise_quarters():
    x = jnp.arange(8.0).reshape(2, 4)  # two images: 0 1 / 2 3 and 4 5 / 6 7
    np.testing.assert_array_equal(pretext.rotated(x, jnp.array([0, 1]))[0], x[0])
    np.testing.assert_array_equal(pretext.rotated(x, jnp.array([1, 2])), [[1, 3, 0, 2], [7, 6, 5, 4]])


def test_signals_have_four_mirror_images():
    x = jnp.repeat(jnp.array([[1.0, 2.0, 5.0]]), 4, axis=0)
    expected = [[1, 2, 5], [5, 2, 1], [-5, -2, -1], [-1, -2, -5]]
    np.testing.assert_array_equal(pretext.mirrored(x, jnp.arange(4)), expected)
    net = init_mlp(KEY, he_normal, inputs=3, width=6, depth=2, outputs=4)
    one = pretext.Draw(jnp.arange(4), None)
    loss = pretext.rotation_loss(net, x, one, NOISE, signals=True)
    assert loss == cross_entropy(mlp(net, jnp.array(expected, float), jax.nn.relu)[0], jnp.arange(4))


def test_masking_hides_a_share():
    hidden = pretext.masked(NOISE.uniform[: 50 * 400].reshape(50, 400), jnp.ones((50, 400)), 0.3) == 0
    assert hidden.mean() == pytest.approx(0.3, abs=0.02)
    assert len(np.unique(np.asarray(hidden), axis=0)) == 50, "each image has its own mask"


def test_losses_of_nets_that_know_nothing():
    silent = jax.tree.map(jnp.zeros_like, init_mlp(KEY, he_normal, inputs=16, width=6, depth=2, outputs=4))
    x = jax.random.normal(KEY, (32, 16))
    assert pretext.rotation_loss(silent, x, draw(32), NOISE) == pytest.approx(np.log(4))
    # Each view is as likely as any other but itself
    assert pretext.contrastive_loss(silent, x, draw(32), NOISE) == pytest.approx(np.log(63), rel=1e-5)
    silent = silent._replace(last=silent.last._replace(w=jnp.zeros((6, 16)), b=jnp.zeros(16)))
    loss = pretext.reconstruction_loss(silent, x, draw(32), NOISE, share=0.5)
    assert loss == pytest.approx(float((x**2).mean()), rel=1e-5)


def test_the_contrastive_loss_is_that_of_its_definition():
    net = init_mlp(KEY, he_normal, inputs=16, width=6, depth=2, outputs=4)
    x, one = jax.random.normal(KEY, (5, 16)), draw(5)
    views = jnp.concatenate([pretext.view(pair, NOISE, x) for pair in (one.starts[:2], one.starts[2:])])
    z = np.asarray(mlp(net, views, jax.nn.relu)[0], float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    losses = []
    for i in range(10):
        likeness = {j: z[i] @ z[j] / pretext.TEMPERATURE for j in range(10) if j != i}
        losses.append(np.log(sum(map(np.exp, likeness.values()))) - likeness[(i + 5) % 10])
    assert pretext.contrastive_loss(net, x, one, NOISE) == pytest.approx(np.mean(losses), rel=1e-4)


def test_pretraining_lowers_the_loss(task):
    nets = few_labels.encoders(KEY, task, width=32, depth=2, outputs=16)
    settings = {"rate": 3e-3, "steps": 80, "batch": 32}
    trained = pretext.pretrain(pretext.contrastive_loss, KEY, nets, task.x_source, **settings)
    for seed in range(2):
        x = task.x_source[seed, :64]
        one, other = (jax.tree.map(lambda part, s=seed: part[s], net) for net in (nets, trained))
        same = draw(64), NOISE
        assert pretext.contrastive_loss(other, x, *same) < 0.7 * pretext.contrastive_loss(one, x, *same)


def test_a_view_hides_its_share_and_adds_noise_to_all_pixels():
    x = jnp.full((400, 64), 10.0)
    seen = np.asarray(pretext.view(starts(RNG, 2), NOISE, x))
    hidden = seen < 5
    assert hidden.mean() == pytest.approx(pretext.MASKED, abs=0.015)
    for part, level in ((hidden, 0), (~hidden, 10)):
        assert seen[part].mean() == pytest.approx(level, abs=0.02)
        assert seen[part].std() == pytest.approx(pretext.NOISE, rel=0.05)


def test_errors_of_turns_are_counted_from_the_right_answer():
    nets = jax.tree.map(
        jnp.zeros_like, init_mlp(KEY, he_normal, inputs=16, width=6, depth=2, outputs=pretext.TURNS)
    )
    always_one = nets._replace(last=nets.last._replace(b=jnp.array([0.0, 1.0, 0.0, 0.0])))
    stacked = jax.tree.map(lambda part: jnp.stack([part, part]), always_one)
    errors = np.asarray(pretext.turn_errors(stacked, jnp.ones((2, 3, 16))))
    assert errors.shape == (2, pretext.TURNS, 3)
    assert errors[1, :, 2].tolist() == [1, 0, 3, 2]
