"""Statistics at inference, and weights whose length does not matter: theory against other ways to it."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr
from conftest import cross_entropy_by_hand

from dlfigs import theory
from dlfigs.experiments import normalization
from dlfigs.experiments.normalization import (
    early_inference,
    input_gradients,
    output_variance,
    stored_statistics,
)
from dlfigs.experiments.scale_invariance import Setting, rotation, scaled_weights
from dlfigs.experiments.training import first_state
from dlfigs.nets.layers import (
    BATCH_NORM_DEFAULTS,
    BatchNormDefaults,
    batch_norm,
    batch_norm_gradient,
    moving_averages,
    normalize,
)
from dlfigs.nets.training import train


def test_a_moving_average_step_by_step():
    means, variances = jnp.array([[1.0], [3.0]]), jnp.array([[4.0], [8.0]])
    rule = BatchNormDefaults(0.75, 1e-5, unbiased=True)
    mean, variance = moving_averages(means, variances, rule, batch=5)
    np.testing.assert_allclose(mean[:, 0], [0, 0.25, 0.9375])
    np.testing.assert_allclose(variance[:, 0], [1, 0.75 + 1.25, 0.75 * 2 + 0.25 * 10])


def test_start_up_in_numbers():
    for momentum, share in ((0.9, 0.01), (0.99, 0.01), (0.5, 0.3)):
        steps = theory.start_up_steps(momentum, share)
        assert momentum**steps <= share < momentum ** (steps - 1)
    assert theory.start_up_steps(0.9, 0.01) == 44
    assert theory.start_up_steps(0.99, 0.01) == 459  # after 458, 1.002 % is left
    np.testing.assert_allclose(theory.moving_average_bias(0.9, np.array([0, 2])), [1, 0.81])


def test_the_error_of_constant_statistics_by_simulation():
    draw = np.random.default_rng(1)
    x, g = draw.standard_normal((2, 6, 40_000))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    true = g - g.mean(axis=0) - x * (g * x).mean(axis=0)
    found = np.sqrt(((g - true) ** 2).sum() / (true**2).sum())
    assert found == pytest.approx(theory.constant_statistics_error(6), rel=0.01)


@pytest.mark.parametrize(("mean", "variance"), [(-1.0, 0.5), (0.0, 1.0)])
@pytest.mark.parametrize("unbiased", [True, False])
def test_the_error_at_inference_by_simulation(unbiased, mean, variance):
    """In NumPy, from batch to batch, with inputs drawn at random: none of the formula's parts."""
    draw = np.random.default_rng(0)
    momentum, epsilon, batch, runs = 0.9, 1e-2, 20, 4000
    stored_mean, stored_variance = np.zeros(runs), np.ones(runs)
    for step in range(1, 61):
        x = mean + variance**0.5 * draw.standard_normal((batch, runs))
        stored_mean = momentum * stored_mean + (1 - momentum) * x.mean(axis=0)
        new = x.var(axis=0, ddof=int(unbiased))
        stored_variance = momentum * stored_variance + (1 - momentum) * new
        if step in (3, 20, 60):
            test = mean + variance**0.5 * draw.standard_normal((200, runs))
            output = (test - stored_mean) / np.sqrt(stored_variance + epsilon)
            right = (test - mean) / np.sqrt(variance + epsilon)
            found = np.sqrt(((output - right) ** 2).mean())
            expected = theory.batch_norm_inference_error(
                momentum, mean, variance, epsilon, batch, step, unbiased=unbiased
            )
            assert found == pytest.approx(expected, rel=0.03), step


def test_the_biased_variance_leaves_an_error():
    """With a long memory noise is gone, and what is left is one part in the batch size."""
    settings = (0.9999, 0.0, 1.0, 0.0, 4, 10**6)
    biased = theory.batch_norm_inference_error(*settings, unbiased=False)
    assert biased == pytest.approx((4 / 3) ** 0.5 - 1, rel=0.01)
    assert theory.batch_norm_inference_error(*settings, unbiased=True) < 0.01


def test_stored_statistics_follow_the_batches():
    data = stored_statistics(jax.random.key(0), mean=3.0, variance=0.25, batch=16, steps=[1, 500], seeds=64)
    late = data.sel(step=500)
    np.testing.assert_allclose(late.stored_mean.mean("seed").sel(library="pytorch"), 3, rtol=0.01)
    ratio = late.stored_variance.mean("seed") / 0.25
    assert ratio.sel(library="pytorch") == pytest.approx(1, abs=0.03)
    left = 0.99**500
    assert ratio.sel(library="keras") == pytest.approx(15 / 16 * (1 - left) + left / 0.25, abs=0.02)
    one = data.sel(step=1)
    np.testing.assert_allclose(one.stored_mean.sel(library="pytorch").mean(), 0.3, rtol=0.02)


def test_the_error_of_stored_statistics_is_that_over_all_inputs():
    """The difference of two lines, for a normal input: the square of its mean, and its variance."""
    settings = {"mean": 3.0, "variance": 0.25, "batch": 16, "steps": [1, 40, 500]}
    data = stored_statistics(jax.random.key(0), **settings, seeds=5)
    for library, rule in BATCH_NORM_DEFAULTS.items():
        one = data.sel(library=library)
        assert int(one.start_up) == theory.start_up_steps(rule.momentum, 0.01)
        stored, right = 1 / np.sqrt(one.stored_variance + rule.epsilon), 1 / np.sqrt(0.25 + rule.epsilon)
        mean = (3 - one.stored_mean) * stored
        expected = np.sqrt(mean**2 + (stored - right) ** 2 * 0.25)
        np.testing.assert_allclose(one.output_error, expected, rtol=1e-4)


def test_the_variance_after_normalization_is_just_short_of_one():
    variances, epsilons = (1e-4, 1.0, 30.0), (0.0, 1e-3)
    data = output_variance(jax.random.key(0), variances=variances, epsilons=epsilons, batch=9, seeds=2)
    for variance, epsilon in itertools.product(variances, epsilons):
        found = data.output_variance.sel(epsilon=epsilon, variance=variance)
        np.testing.assert_allclose(found, variance / (variance + epsilon), rtol=1e-9)


def test_gradients_are_compared_as_a_whole(monkeypatch):
    """A layer that only multiplies by 1, 2 and 3 takes the place of batch normalization."""
    factors = jnp.array([1.0, 2.0, 3.0])
    monkeypatch.setattr(normalization, "batch_norm", lambda x, one, zero, epsilon: x * factors)
    key, epsilon = jax.random.key(1), 0.1
    data = input_gradients(key, batches=(4, 6), features=3, epsilon=epsilon, seeds=2)
    with jax.enable_x64(True):
        rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
        x, g = rng.standard_normal((2, 2, 6, 3))
        for batch, seed in itertools.product((4, 6), range(2)):
            part, above = x[seed, :batch], g[seed, :batch]
            one, true = data.sel(batch=batch, seed=seed), above * factors
            formula = batch_norm_gradient(jnp.asarray(part), jnp.asarray(above), epsilon)
            np.testing.assert_allclose(one.formula_error, abs(true - formula).max(), rtol=1e-9)
            np.testing.assert_allclose(one.gradient_sum, abs(true.sum(axis=0)).max(), rtol=1e-9)
            wrong = above / np.sqrt(part.var(axis=0) + epsilon) - true
            error = np.sqrt((wrong**2).sum() / (true**2).sum())
            np.testing.assert_allclose(one.constant_error, error, rtol=1e-9)


def test_early_inference_is_that_of_nets_trained_step_by_step():
    """Each step, each library's averages and each evaluation once more, for two nets."""
    key, depth, width, batch, rate, steps = jax.random.key(6), 2, 8, 16, 0.5, (0, 2, 5)
    settings = {"rate": rate, "depth": depth, "width": width, "batch": batch, "seeds": 2}
    data = early_inference(key, steps=steps, **settings)
    sizes = {"depth": depth, "width": width, "steps": max(steps) + 1, "batch": batch, "seeds": 2}
    splits, nets, index = first_state(key, "he_normal", **sizes)

    def layers(parameters, x, statistics=None):
        """Outputs, and mean and variance of what enters each normalization."""
        net, lines = parameters
        weights = [(net.first.w, net.first.b), (net.hidden.w[0], net.hidden.b[0])]
        found = []
        for layer, ((w, b), scale, shift) in enumerate(zip(weights, *lines, strict=True)):
            z = x @ w + b
            found.append((z.mean(axis=0), z.var(axis=0)))
            mean, variance = statistics[layer] if statistics else found[layer]
            x = jax.nn.relu((z - mean) / jnp.sqrt(variance + 1e-5) * scale + shift)
        return x @ net.last.w + net.last.b, found

    def loss(parameters, x, y):
        return cross_entropy_by_hand(layers(parameters, x)[0], y)

    fast, slopes = jax.jit(layers), jax.jit(jax.grad(loss))
    for seed in range(2):
        split, net = (jax.tree.map(lambda part, seed=seed: part[seed], tree) for tree in (splits, nets))
        parameters = (net, (jnp.ones((depth, width)), jnp.zeros((depth, width))))
        stored = {name: [(0.0, 1.0)] * depth for name in BATCH_NORM_DEFAULTS}
        for step in range(max(steps) + 1):
            if step in steps:
                used = dict(stored)
                left = 0.99 ** max(step, 1)
                used["corrected"] = [(m / (1 - left), (v - left) / (1 - left)) for m, v in stored["flax"]]
                used["exact"] = fast(parameters, split.x_train)[1]
                for name, statistics in used.items():
                    outputs = fast(parameters, split.x_test, statistics)[0]
                    right = (outputs.argmax(axis=1) == split.y_test).mean()
                    found = data.test_accuracy.sel(statistics=name, seed=seed, step=step)
                    assert abs(found - right) <= 0.007, (name, step)  # rounding near a boundary
            x, y = split.x_train[index[seed, step]], split.y_train[index[seed, step]]
            for name, rule in BATCH_NORM_DEFAULTS.items():
                more = batch / (batch - 1) if rule.unbiased else 1
                new = [(mean, more * variance) for mean, variance in fast(parameters, x)[1]]
                stored[name] = [
                    tuple(rule.momentum * o + (1 - rule.momentum) * n for o, n in zip(*pair, strict=True))
                    for pair in zip(stored[name], new, strict=True)
                ]
            slope = slopes(parameters, x, y)
            parameters = jax.tree.map(lambda part, g: part - rate * g, parameters, slope)


def test_what_is_kept_of_a_step_are_the_parameters_before_it():
    def loss(w, x, y):
        return ((w * x - y) ** 2).mean(), w

    x, y = jnp.ones(4), jnp.zeros(4)
    rate = optax.sgd(0.25)
    last, (losses, kept) = train(3, jnp.array(8.0), loss, x, y, optimizer=rate, keep=True)
    np.testing.assert_allclose(kept, [8, 4, 2])  # each step halves w: gradient 2 w
    np.testing.assert_allclose(losses, kept**2)
    assert last == 1


def test_scaled_weights_notice_a_layer_that_is_not_invariant():
    data = scaled_weights(jax.random.key(0), factors=(0.5, 2.0), epsilons=(0.0, 1.0))
    exact, not_at_all = data.sel(epsilon=0.0), data.sel(epsilon=1.0)
    for name in ("loss_change", "gradient_change", "cosine", "pythagoras"):
        assert abs(exact[name]).max() < 1e-10
        assert abs(not_at_all[name]).min() > 1e-6, name


def batch_normalized(z, epsilon):
    return (z - z.mean(axis=0)) / jnp.sqrt(z.var(axis=0) + epsilon)


def test_scaled_weights_are_compared_unit_by_unit():
    """The same net again, in NumPy but for the gradient."""
    key, factors, epsilons = jax.random.key(3), (0.5, 2.0, 3.0), (0.0, 0.5)
    data = scaled_weights(key, factors=factors, epsilons=epsilons, rate=0.2)
    xr.testing.assert_identical(
        scaled_weights(key, factors=factors, epsilons=epsilons),
        scaled_weights(key, factors=factors, epsilons=epsilons, rate=0.1),
    )
    draw = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    x, y = draw.standard_normal((24, 20)), draw.integers(0, 5, 24)
    weights, last = draw.standard_normal((20, 16)) / 20**0.5, draw.standard_normal((16, 5)) / 4
    with jax.enable_x64(True):

        def loss(w, epsilon):
            h = jax.nn.relu(batch_normalized(jnp.asarray(x) @ w, epsilon))
            return cross_entropy_by_hand(h @ last, jnp.asarray(y))

        for epsilon in epsilons:
            base, slope = (np.asarray(f(weights, epsilon)) for f in (loss, jax.grad(loss)))
            for factor in factors:
                one, w = data.sel(epsilon=epsilon, factor=factor), factor * weights
                value, g = (np.asarray(f(w, epsilon)) for f in (loss, jax.grad(loss)))
                close = {"rtol": 1e-9, "atol": 1e-12}
                np.testing.assert_allclose(one.loss_change, value / base - 1, **close)
                change = np.sqrt(((factor * g - slope) ** 2).sum() / (slope**2).sum())
                np.testing.assert_allclose(one.gradient_change, change, **close)
                cosines = [
                    w[:, j] @ g[:, j] / np.sqrt((w[:, j] ** 2).sum() * (g[:, j] ** 2).sum())
                    for j in range(16)
                ]
                np.testing.assert_allclose(one.cosine, np.abs(cosines).max(), **close)
                after = ((w - 0.2 * g) ** 2).sum(axis=0)
                ratio = after / ((w**2).sum(axis=0) + ((0.2 * g) ** 2).sum(axis=0))
                np.testing.assert_allclose(one.pythagoras, abs(ratio - 1).max(), **close)


def test_rotation_is_that_of_nets_trained_step_by_step():
    key, width, batch, steps = jax.random.key(7), 6, 16, 3
    settings = [Setting(0.5, 0.0), Setting(0.3, 0.5), Setting(0.1, 0.2, normalized=False)]
    data = rotation(key, settings=settings, width=width, steps=steps, batch=batch, seeds=2)
    sizes = {"depth": 1, "width": width, "steps": steps + 1, "batch": batch, "seeds": 2}
    splits, nets, index = first_state(key, "he_normal", **sizes)

    def loss(parameters, x, y, normalized):
        w, b, scale, shift, last, bias = parameters
        z = x @ w + b
        h = jax.nn.relu(batch_normalized(z, 1e-5) * scale + shift if normalized else z)
        return cross_entropy_by_hand(h @ last + bias, y)

    slopes = jax.jit(jax.grad(loss), static_argnums=3)
    for seed in range(2):
        split, net = (jax.tree.map(lambda part, seed=seed: part[seed], tree) for tree in (splits, nets))
        for number, setting in enumerate(settings):
            parameters = [
                net.first.w,
                net.first.b,
                jnp.ones(width),
                jnp.zeros(width),
                net.last.w,
                net.last.b,
            ]
            for step in range(steps):
                rows = index[seed, step]
                slope = slopes(parameters, split.x_train[rows], split.y_train[rows], setting.normalized)
                after = [part - setting.rate * g for part, g in zip(parameters, slope, strict=True)]
                before, after[0] = parameters[0], after[0] - setting.product * parameters[0]
                lengths = [jnp.linalg.norm(w, axis=0) for w in (before, after[0])]
                cosine = (before * after[0]).sum(axis=0) / lengths[0] / lengths[1]
                one = data.isel(setting=number, seed=seed, step=step)
                np.testing.assert_allclose(one.squared_norm, (lengths[0] ** 2).mean(), rtol=1e-4)
                update = (setting.rate * slope[0]) ** 2
                np.testing.assert_allclose(one.squared_update, update.sum(axis=0).mean(), rtol=2e-3)
                angle = (jnp.arccos(jnp.minimum(cosine, 1)) ** 2).mean()
                np.testing.assert_allclose(one.squared_angle, angle, rtol=0.03)
                parameters = after


def test_weights_turn_at_random_by_the_angle_of_theory():
    """No net: steps in random directions at right angles, of a length that goes with 1 / |w|."""
    draw = np.random.default_rng(0)
    decay, w, angles = 0.01, np.ones(50), []
    for step in range(2000):
        g = draw.standard_normal(50)
        g -= w * (g @ w) / (w @ w)
        after = (1 - decay) * w - 0.02 * g / np.linalg.norm(w)
        cosine = after @ w / np.linalg.norm(after) / np.linalg.norm(w)
        angles.append(np.arccos(cosine) if step > 500 else 0)
        w = after
    rms = np.sqrt(np.mean(np.square(angles[501:])))
    assert rms == pytest.approx(theory.rotation_angle(0.01), rel=0.02)
    assert theory.rotation_angle(1e-4) == pytest.approx(np.sqrt(2e-4), rel=1e-4)


def test_rotation_measures_lengths_and_angles():
    settings = [Setting(0.5, 0.0), Setting(0.5, 0.02)]
    data = rotation(jax.random.key(0), settings=settings, width=8, steps=30, batch=16, seeds=2)
    free, decayed = data.isel(setting=0), data.isel(setting=1)
    grown = free.squared_norm.diff("step").values
    np.testing.assert_allclose(grown, free.squared_update.values[:, :-1], rtol=0.02, atol=2e-5)
    assert (decayed.squared_norm.isel(step=-1) < free.squared_norm.isel(step=-1)).all()
    # The first step is the same for both, apart from the decay
    first = decayed.squared_update.isel(step=0)
    np.testing.assert_allclose(first, free.squared_update.isel(step=0), rtol=1e-3)


def test_folding_is_exact():
    draw = np.random.default_rng(0)
    w, b = draw.standard_normal((4, 3)), draw.standard_normal(3)
    mean, variance = draw.standard_normal(3), draw.uniform(0.5, 2, 3)
    scale, shift, x = draw.standard_normal(3), draw.standard_normal(3), draw.standard_normal((5, 4))
    with jax.enable_x64(True):
        apart = normalize(x @ w + b, mean, variance, scale, shift, 1e-3)
        factor = scale / np.sqrt(variance + 1e-3)
        folded = x @ (w * factor) + (b - mean) * factor + shift
        np.testing.assert_allclose(apart, folded, atol=1e-12)
        with_bias = batch_norm(x @ w + b, scale, shift)
        np.testing.assert_allclose(with_bias, batch_norm(x @ w, scale, shift), atol=1e-12)
