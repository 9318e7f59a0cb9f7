"""Normalization in training, judged by Flax; sweeps and closed forms, judged by hand."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr
from scipy import integrate, stats

from dlfigs import theory
from dlfigs.experiments import normalization_sweeps
from dlfigs.experiments.batch_norm_gradients import batch_norm_gradients
from dlfigs.experiments.normalization_sweeps import first_below, statistics_noise
from dlfigs.experiments.normalized_training import Normalization, Run, normalize, train_normalized
from dlfigs.experiments.training import first_state
from dlfigs.nets.initializers import he_normal
from dlfigs.nets.layers import batch_norm, group_norm, layer_norm

KEY = jax.random.key(5)
X, SCALE, SHIFT, MEAN, SPREAD = (
    draw * 2 + 0.5 for draw in jax.random.normal(KEY, (5, 6, 12))
)  # (6, 12) each; one row of the last four is enough
PARTS = {"scale": SCALE[0], "bias": SHIFT[0]}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (layer_norm(X, SCALE[0], SHIFT[0]), nn.LayerNorm(epsilon=1e-5)),
        (group_norm(X, SCALE[0], SHIFT[0], 3), nn.GroupNorm(num_groups=3, epsilon=1e-5)),
        (group_norm(X, SCALE[0], SHIFT[0], 12), nn.GroupNorm(num_groups=12, epsilon=1e-5)),
    ],
    ids=["layer", "group", "one feature to a group"],
)
def test_layer_and_group_normalization_are_flax_s(ours, theirs):
    np.testing.assert_allclose(ours, theirs.apply({"params": PARTS}, X), rtol=1e-4, atol=1e-5)


def test_inference_is_flax_s():
    part = Normalization(SCALE[0], SHIFT[0], MEAN[0], SPREAD[0] ** 2)
    layer = nn.BatchNorm(use_running_average=True, epsilon=1e-5)
    averages = {"mean": part.mean, "var": part.variance}
    theirs = layer.apply({"params": PARTS, "batch_stats": averages}, X)
    np.testing.assert_allclose(normalize("batch", X, part, False), theirs, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        normalize("batch", X, part, True), batch_norm(X, part.scale, part.shift), rtol=1e-6
    )


class Net(nn.Module):
    """The trained nets once more, with layers of Flax."""

    @nn.compact
    def __call__(self, x, training):
        """Return the outputs; in training the averages move."""
        for _ in range(2):
            x = nn.Dense(8)(x)
            x = nn.BatchNorm(not training, momentum=0.9, epsilon=1e-5, use_fast_variance=False)(x)
            x = nn.relu(x)
        return nn.Dense(10)(x)


def test_a_whole_training_run_is_flax_s_with_small_batches_repeated_and_averages():
    """The run of batches of 4 is compiled with batches of 8 that repeat it; Flax gets the 4 examples."""
    runs = [Run("batch", "relu", 0.1, 4, 30), Run("batch", "relu", 0.1, 8, 30)]
    data = train_normalized(KEY, runs=runs, depth=2, width=8, seeds=1)
    state = first_state(KEY, "he_normal", depth=2, width=8, steps=30, batch=8, seeds=1)
    split, start, index = jax.tree.map(lambda part: part[0], state)
    layers = (start.first, jax.tree.map(lambda part: part[0], start.hidden), start.last)
    model, fresh = Net(), {"scale": jnp.ones(8), "bias": jnp.zeros(8)}
    params = {f"Dense_{i}": {"kernel": layer.w, "bias": layer.b} for i, layer in enumerate(layers)}
    params |= {"BatchNorm_0": fresh, "BatchNorm_1": fresh}
    empty = {"mean": jnp.zeros(8), "var": jnp.ones(8)}
    averages = {"BatchNorm_0": empty, "BatchNorm_1": empty}

    @jax.jit
    def step(params, averages, x, y):
        def loss(params):
            variables = {"params": params, "batch_stats": averages}
            outputs, new = model.apply(variables, x, True, mutable=["batch_stats"])
            losses = optax.softmax_cross_entropy_with_integer_labels(outputs, y)
            return losses.mean(), new["batch_stats"]

        (value, averages), gradient = jax.value_and_grad(loss, has_aux=True)(params)
        return jax.tree.map(lambda p, g: p - 0.1 * g, params, gradient), averages, value

    losses = []
    for rows in index[:, :4]:
        params, averages, value = step(params, averages, split.x_train[rows], split.y_train[rows])
        losses.append(value)
    np.testing.assert_allclose(data.loss.sel(run=0, seed=0), losses, rtol=2e-3, atol=1e-3)
    one = data.test_accuracy.sel(run=0, seed=0)
    for statistics, factor in (("uncorrected averages", 1), ("moving averages", 4 / 3)):
        used = {name: {"mean": a["mean"], "var": a["var"] * factor} for name, a in averages.items()}
        outputs = model.apply({"params": params, "batch_stats": used}, split.x_test, False)
        accuracy = (outputs.argmax(axis=-1) == split.y_test).mean()
        assert abs(float(one.sel(statistics=statistics)) - accuracy) <= 0.01  # rounding near a boundary
    variables = {"params": params, "batch_stats": averages}
    _, new = model.apply(variables, split.x_train, True, mutable=["batch_stats"])
    # What a step adds to the averages are a tenth of the statistics of its batch, here of all examples
    used = jax.tree.map(lambda new, old: 10 * new - 9 * old, new["batch_stats"], averages)
    outputs = model.apply({"params": params, "batch_stats": used}, split.x_test, False)
    accuracy = (outputs.argmax(axis=-1) == split.y_test).mean()
    assert abs(float(one.sel(statistics="training examples")) - accuracy) <= 0.01


def test_trial_steps_follow_the_gradient():
    runs = [Run(name, "relu", 0.05, 16, 5) for name in ("none", "batch")]
    data = train_normalized(KEY, runs=runs, depth=3, width=8, seeds=2, probes=(1e-4, 0.05))
    slope = (data.loss - data.probe_loss.isel(probe=0)) / 1e-4
    # Not at all steps: near a kink, or where a feature hardly varies, even short steps are too long
    assert np.median(abs(slope / data.gradient_norm**2 - 1)) < 0.01
    # Half the smoothness times the squared length is what the loss falls short of its slope, at most
    short = data.gradient_norm**2 * 0.05 - (data.loss - data.probe_loss.isel(probe=1))
    most = data.smoothness.max("probe") * (0.05 * data.gradient_norm) ** 2 / 2
    assert (abs(short) <= 1.2 * most).mean() >= 0.8
    assert (abs(short) >= 0.2 * most).mean() >= 0.8


def test_batch_sizes_must_divide_the_largest():
    with pytest.raises(ValueError, match="divide the largest, 8"):
        train_normalized(
            KEY,
            runs=[Run("none", "relu", 0.1, size, 1) for size in (3, 8)],
            depth=2,
            width=8,
            seeds=1,
        )


@pytest.fixture
def asked(monkeypatch):
    """Runs that a sweep asks for; none is trained."""
    found = []

    def note(key, *, runs, **settings):
        found.extend(runs)
        raise RuntimeError("noted")

    monkeypatch.setattr(normalization_sweeps, "train_normalized", note)
    return found


def test_long_runs_have_more_rates_until_the_best_lies_between(monkeypatch, trained):
    swept = []

    def sweep(key, *, rates, steps, seeds, **settings):
        swept.append((steps, tuple(rates)))
        best = np.array([-abs(np.log2(rate) + 4) for rate in rates])  # at 1/16
        values = np.broadcast_to(best[:, None], (2, len(rates), seeds))
        variables = {
            f"{name}_accuracy": (("normalization", "rate", "seed"), values)
            for name in ("validation", "test")
        }
        return xr.Dataset(variables, {"rate": list(rates), "step": np.arange(steps)})

    monkeypatch.setattr(normalization_sweeps, "sweep_rates", sweep)
    settings = {"depth": 2, "width": 8, "batch": 32, "steps": 5, "longer": 20, "level": 1.0, "window": 2}
    found = normalization_sweeps.learning_rates(
        KEY, rates=(0.1, 1.0), longer_rates=(0.25, 0.5), **settings, seeds=2
    )
    assert swept == [(20, (0.25, 0.5)), (20, (0.125,)), (20, (0.0625,)), (20, (0.0312,))]
    assert found.longer_rate_at_end.values.tolist() == [0, 0]
    np.testing.assert_allclose(found.longer_accuracy, 0)
    assert set(trained[0].step.values) == {1, 2, 3, 4, 5}


def test_batches_get_the_same_steps_or_the_same_examples(asked):
    with pytest.raises(RuntimeError, match="noted"):
        normalization_sweeps.batch_sizes(
            KEY, batches=(2, 8), factors=(0.1, 0.2), depth=2, width=8, steps=10, seeds=1
        )
    lengths = {(run.batch, run.steps) for run in asked}
    assert lengths == {(2, 10), (8, 10), (2, 160), (8, 40)}
    rates = {(run.batch, round(run.rate, 6)) for run in asked}
    assert rates == {(size, round(f * size**0.5, 6)) for size in (2, 8) for f in (0.1, 0.2)}
    assert {run.normalization for run in asked} == {"none", "batch", "layer", "group"}


@pytest.fixture
def trained(monkeypatch):
    """What a sweep takes for trained nets: random numbers."""
    found = []

    def make_up(key, *, runs, seeds, probes=(0.0,), **settings):
        sizes = {"statistics": 3, "run": len(runs), "probe": len(probes), "seed": seeds}
        sizes["step"] = max(run.steps for run in runs)
        random = np.random.default_rng(0)

        def drawn(*dims):
            return dims, random.random([sizes[dim] for dim in dims])

        variables = {
            f"{name}_accuracy": drawn("statistics", "run", "seed") for name in ("validation", "test")
        }
        variables |= {name: drawn("run", "probe", "seed", "step") for name in ("probe_loss", "smoothness")}
        variables |= {name: drawn("run", "seed", "step") for name in ("loss", "gradient_norm")}
        axes = {"step": np.arange(1, sizes["step"] + 1), "probe": list(probes)}
        found.append(xr.Dataset(variables, axes))
        return found[-1]

    monkeypatch.setattr(normalization_sweeps, "train_normalized", make_up)
    return found


def test_the_last_loss_is_that_of_the_last_quarter(trained):
    settings = {"depth": 2, "width": 8, "steps": 8, "seeds": 2}
    found = normalization_sweeps.batch_sizes(KEY, batches=(8,), factors=(0.1,), **settings)
    (data,) = trained
    for number, name in enumerate(("none", "batch", "layer", "group")):
        of_steps = found.last_loss.sel(normalization=name, batch=8, budget="equal steps").isel(statistics=0)
        np.testing.assert_allclose(of_steps, data.loss[number, :, 6:8].mean("step"), rtol=1e-6)
        of_examples = found.last_loss.sel(normalization=name, batch=8, budget="equal examples")
        np.testing.assert_allclose(
            of_examples.isel(statistics=0), data.loss[4 + number, :, 24:32].mean("step"), rtol=1e-6
        )


def test_the_landscape_is_the_range_over_all_trial_steps(trained):
    settings = {"rate": 0.1, "depth": 2, "width": 8, "batch": 16, "steps": 4, "seeds": 2}
    found = normalization_sweeps.landscape(KEY, probes=(0.01, 0.2, 0.5), **settings)
    (data,) = trained
    losses = np.sort(data.probe_loss.transpose("run", "seed", "step", "probe").values)
    assert losses.shape == (2, 2, 4, 3)
    np.testing.assert_allclose(found.loss_range, losses[..., -1] - losses[..., 0], rtol=1e-5)
    smoothness = found.smoothness.transpose("normalization", "seed", "step", "probe")
    changes = data.smoothness.transpose("run", "seed", "step", "probe")
    np.testing.assert_allclose(smoothness, changes, rtol=1e-6)
    assert smoothness.probe.values.tolist() == [0.01, 0.2, 0.5]


def test_steps_to_a_loss():
    loss = np.array([[3.0, 2, 1, 1, 0, 0], [3, 3, 3, 3, 3, 3], [3, 0, np.nan, np.nan, np.nan, np.nan]])
    assert first_below(loss, 1.2, 2).tolist() == [4, 6, 6]
    assert first_below(loss, 1.2, 1).tolist() == [3, 6, 2]
    # As soon as there are enough losses, and not before
    assert first_below(np.array([0.0, 1, 1]), 1.2, 2) == 2


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_gradient_norms_are_those_of_the_whole_net(activation):
    depth, width, sizes = 4, 16, (4, 8)
    data = batch_norm_gradients(
        KEY, activations=(activation,), batches=sizes, depth=depth, width=width, seeds=2
    )
    phi = {"relu": jax.nn.relu, "linear": lambda z: z}[activation]
    for seed, key in enumerate(jax.random.split(KEY, 2)):
        key_input, key_weights, key_top = jax.random.split(key, 3)
        w = [he_normal(k, width, width) for k in jax.random.split(key_weights, depth)]
        x, top = (jax.random.normal(k, (max(sizes), width)) for k in (key_input, key_top))

        def inner(shifts, size, x=x, w=w, top=top):
            h = x[:size]
            for layer in range(depth):
                z = h @ w[layer] + shifts[layer]
                h = phi(batch_norm(z, jnp.ones(width), jnp.zeros(width)))
            return (z * top[:size]).sum()

        for size in sizes:
            delta = jax.grad(inner)(jnp.zeros((depth, size, width)), size)
            square = (delta**2).sum(axis=(1, 2))
            found = data.squared_gradient.sel(activation=activation, batch=size, seed=seed)
            np.testing.assert_allclose(found, square / square[-1], rtol=2e-3)


@pytest.mark.parametrize(("activation", "batch"), [("relu", 8), ("relu", 32), ("linear", 8)])
def test_gradient_growth_is_the_mean_over_random_units(activation, batch):
    rng = np.random.default_rng(0)
    h, g = rng.standard_normal((2, 200_000, batch))
    h, g = (part - part.mean(axis=1, keepdims=True) for part in (h, g))
    deviation = h.std(axis=1, keepdims=True)
    normalized = h / deviation
    active = normalized > 0 if activation == "relu" else np.ones_like(normalized)
    y = normalized * active
    diagonal = (y**2).mean()
    variance = diagonal - ((y.sum(axis=1) ** 2).mean() / batch - diagonal) / (batch - 1)
    back = active * g
    along = (back * normalized).mean(axis=1, keepdims=True)
    through = (back - back.mean(axis=1, keepdims=True) - normalized * along) / deviation
    growth = (through**2).sum() / (g**2).sum() / variance
    assert growth == pytest.approx(theory.batch_norm_gradient_growth(activation, batch), rel=0.015)


@pytest.mark.parametrize("batch", [4, 9])
def test_gradient_growth_has_the_moments_of_two_correlated_units(batch):
    r = -1 / (batch - 1)
    pair = stats.multivariate_normal(cov=[[1, r], [r, 1]])
    both = pair.cdf([0, 0])
    kernel, _ = integrate.dblquad(lambda u, v: u * v * pair.pdf([u, v]), 0, 7, 0, 7, epsabs=1e-6)
    expected = ((batch - 2) / 2 + both + kernel) / ((batch - 3) * (0.5 - kernel))
    assert theory.batch_norm_gradient_growth("relu", batch) == pytest.approx(expected, rel=1e-4)


def test_gradient_growth_at_its_ends():
    growth = theory.batch_norm_gradient_growth
    assert growth("relu", np.inf) == pytest.approx(1.4669, abs=5e-5)
    assert growth("relu", 1e7) == pytest.approx(growth("relu", np.inf), rel=1e-6)
    assert growth("linear", np.inf) == 1
    for wrong in (("relu", 3), ("tanh", 8)):
        with pytest.raises(ValueError, match="no growth"):
            growth(*wrong)


def test_noise_of_batch_statistics():
    mean, deviation = theory.batch_statistics_noise(np.array([2, 10_000]))
    np.testing.assert_allclose(mean, [2**-0.5, 0.01])
    # Two examples: their standard deviation is half their distance, |x - y| / 2
    assert deviation[0] == pytest.approx(np.sqrt(0.5 * (1 - 2 / np.pi)))
    assert deviation[1] == pytest.approx(1 / np.sqrt(20_000), rel=1e-3)
    found = statistics_noise(KEY, batches=(2, 5), draws=20_000)
    expected = theory.batch_statistics_noise(found.batch.values)
    np.testing.assert_allclose(found.mean_noise, expected[0], rtol=0.02)
    np.testing.assert_allclose(found.deviation_noise, expected[1], rtol=0.02)
