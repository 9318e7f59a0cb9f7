"""What batch normalization buys and costs: over learning rates, along the gradient, over batch sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import xarray as xr
from jax import Array

from dlfigs.choices import until_inside
from dlfigs.dataset import dataset
from dlfigs.experiments.normalized_training import STATISTICS, Run, train_normalized
from dlfigs.experiments.rate_sweep import sweep_rates
from dlfigs.experiments.training import at_best_rate

ACTIVATIONS = ("relu", "sigmoid")
PAIR = ("none", "batch")
ALL = ("none", "batch", "layer", "group")
BUDGETS = ("equal steps", "equal examples")


def learning_rates(
    key: Array,
    *,
    rates: Sequence[float],
    depth: int,
    width: int,
    batch: int,
    steps: int,
    longer: int,
    longer_rates: Sequence[float],
    level: float,
    window: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train nets with and without batch normalization at many learning rates.

    Args:
        key: JAX key.
        rates: Learning rates.
        depth: Hidden layers.
        width: Units in each.
        batch: Examples in each minibatch.
        steps: Updates.
        longer: Updates of the longer runs, with ReLU.
        longer_rates: Learning rates that these begin with; the list is made longer until it contains what
            is best on validation examples.
        level: Loss to be reached, in nats.
        window: Minibatches over which the loss is averaged for that.
        seeds: Repetitions.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        validation_accuracy, test_accuracy: (activation, normalization, rate, seed).
        steps_to_level: the same, the first step at which the mean loss of the last `window`
            minibatches is below the level; the number of all steps where that never happens.
        longer_accuracy: (normalization, seed), test accuracy after the longer runs, at the rate that is
            best on validation examples.
        longer_rate_at_end, longer_rate_list: of that choice, see `dlfigs.choices`.
    """
    sizes = {"depth": depth, "width": width, "seeds": seeds, "data_set": data_set}
    runs = [Run(n, a, float(r), batch, steps) for a in ACTIVATIONS for n in PAIR for r in rates]
    data = train_normalized(key, runs=runs, **sizes).isel(statistics=0, drop=True)
    words = {name: name.replace("_", " ") for name in ("validation_accuracy", "test_accuracy")}
    grid, dims = (len(ACTIVATIONS), 2, len(rates), seeds), "activation normalization rate seed"
    reached = first_below(data.loss.values, level, window)

    def long(few: Sequence[float]) -> xr.Dataset:
        swept = sweep_rates(key, rates=few, steps=longer, batch=batch, **sizes)
        return swept.drop_dims("step")

    best = at_best_rate(until_inside(long, longer_rates, "rate"))
    return dataset(
        {
            "activation": list(ACTIVATIONS),
            "normalization": list(PAIR),
            "rate": (np.asarray(rates, float), "learning rate"),
            "seed": seeds,
        },
        **{name: (dims, data[name].values.reshape(grid), text) for name, text in words.items()},
        steps_to_level=(dims, reached.reshape(grid), "steps until the loss is below the level"),
        longer_accuracy=("normalization seed", best.test_accuracy.values, "test accuracy, longer training"),
        longer_rate_at_end=("normalization", best.rate_at_end.values, best.rate_at_end.long_name),
        longer_rate_list=("", best.rate_list, best.rate_list.long_name),
    )


def first_below(loss: np.ndarray, level: float, window: int) -> np.ndarray:
    """Return the first step at which the mean of the last losses is below a level, counted from 1.

    Args:
        loss: (..., steps); once it is nan it stays nan.
        level: In the units of the loss.
        window: How many losses are averaged, at most the number of steps.

    Returns:
        (...), the number of all steps where the level is never reached.
    """
    sums = np.cumsum(loss, axis=-1)
    sums[..., window:] -= sums[..., :-window].copy()
    below = sums / window < level
    below[..., : window - 1] = False
    return np.where(below.any(axis=-1), below.argmax(axis=-1) + 1, loss.shape[-1])


def landscape(
    key: Array,
    *,
    rate: float,
    probes: Sequence[float],
    depth: int,
    width: int,
    batch: int,
    steps: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Measure along the gradient how far the loss moves and how fast the gradient changes.

    In training, before each update, trial steps are taken along the gradient of the minibatch
    (Santurkar et al., 2018). ReLU nets, with and without batch normalization.

    Args:
        key: JAX key.
        rate: Learning rate.
        probes: Lengths of the trial steps, as learning rates.
        depth: Hidden layers.
        width: Units in each.
        batch: Examples in each minibatch.
        steps: Updates.
        seeds: Repetitions.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        loss_range: (normalization, seed, step), largest minus smallest loss after the trial steps.
        smoothness: (normalization, seed, step, probe), change of the gradient over the length of the
            trial step that caused it: an effective smoothness along the gradient. It depends on that
            length; its limit is that of steps too short to meet a kink.
        gradient_norm: (normalization, seed, step), before the update.
    """
    runs = [Run(name, "relu", rate, batch, steps) for name in PAIR]
    settings = {"depth": depth, "width": width, "seeds": seeds, "data_set": data_set}
    data = train_normalized(key, runs=runs, probes=probes, **settings)
    loss, dims = data.probe_loss, "normalization seed step"
    smoothness = data.smoothness.transpose("run", "seed", "step", "probe")
    return dataset(
        {
            "normalization": list(PAIR),
            "seed": seeds,
            "step": data.step.values,
            "probe": (data.probe.values, "length of the trial step"),
        },
        loss_range=(dims, (loss.max("probe") - loss.min("probe")).values, "range of the loss", "nats"),
        smoothness=(f"{dims} probe", smoothness.values, "effective smoothness"),
        gradient_norm=(dims, data.gradient_norm.values, "gradient norm"),
    )


def batch_sizes(
    key: Array,
    *,
    batches: Sequence[int],
    factors: Sequence[float],
    depth: int,
    width: int,
    steps: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train with small and large minibatches, with equal numbers of steps and of examples.

    Each normalization, batch size and budget has the learning rate that is best on validation
    examples, out of those that `factors` times the root of the batch size give; the list of factors is
    made longer until it contains what is chosen.

    Args:
        key: JAX key.
        batches: Batch sizes.
        factors: Learning rates over the root of the batch size, to begin with.
        depth: Hidden layers.
        width: Units in each.
        steps: Updates, for equal steps; for equal examples those of batches of 32.
        seeds: Repetitions.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        validation_accuracy, test_accuracy: (statistics, budget, normalization, batch, seed); for the
            statistics see `train_normalized`.
        last_loss: the same, mean minibatch loss over the last quarter of the steps; it depends on the
            statistics only through the choice of the rate.
        rate_at_end, rate_list: of the choice, see `dlfigs.choices`.
    """
    groups = {}  # the time of a step depends on the largest size in its group
    for size in batches:
        groups.setdefault(next((p for p in (8, 128) if p % size == 0), size), []).append(size)
    settings = {"depth": depth, "width": width, "seeds": seeds, "data_set": data_set}

    def measure(few: Sequence[float]) -> xr.Dataset:
        parts = [_batch_sizes(key, group, few, steps, **settings) for group in groups.values()]
        return xr.concat(parts, "batch", data_vars="all").sel(batch=list(batches))

    return at_best_rate(until_inside(measure, factors, "rate"))


def _batch_sizes(
    key: Array, sizes: list[int], factors: Sequence[float], steps: int, **settings: Any
) -> xr.Dataset:
    """Return what `batch_sizes` does, for all rates: the dimension rate stands before the seeds."""
    rates = np.outer(np.sqrt(sizes), factors)
    lengths = [[steps] * len(sizes), [max(1, 32 * steps // size) for size in sizes]]
    runs = [
        Run(name, "relu", float(rate), size, length)
        for of_budget in lengths
        for name in ALL
        for size, row, length in zip(sizes, rates, of_budget, strict=True)
        for rate in row
    ]
    unique = list(dict.fromkeys(runs))  # batches of 32 have both budgets at once
    data = train_normalized(key, runs=unique, **settings)
    quarters = [(run.steps - max(1, run.steps // 4), run.steps) for run in unique]
    last = [data.loss.values[i, :, slice(*quarter)] for i, quarter in enumerate(quarters)]
    values = {
        "validation_accuracy": data.validation_accuracy.values,
        "test_accuracy": data.test_accuracy.values,
        "last_loss": np.broadcast_to([part.mean(axis=-1) for part in last], data.test_accuracy.shape),
    }
    shape = (len(STATISTICS), len(BUDGETS), len(ALL), len(sizes), len(factors), data.sizes["seed"])
    where = [unique.index(run) for run in runs]
    words = {"last_loss": ("minibatch loss, last quarter of the steps", "nats")}
    return dataset(
        {
            "statistics": list(STATISTICS),
            "budget": list(BUDGETS),
            "normalization": list(ALL),
            "batch": (sizes, "batch size"),
            "rate": (np.asarray(factors, float), "learning rate over the root of the batch size"),
            "seed": data.sizes["seed"],
        },
        **{
            name: (
                "statistics budget normalization batch rate seed",
                part[:, where].reshape(shape),
                *words.get(name, (name.replace("_", " "),)),
            )
            for name, part in values.items()
        },
    )


def statistics_noise(key: Array, *, batches: Sequence[int], draws: int) -> xr.Dataset:
    """Measure how much mean and standard deviation of a batch vary, for standard normal examples.

    Returns:
        mean_noise, deviation_noise: (batch), standard deviations over the draws.
    """
    x = np.asarray(jax.random.normal(key, (draws, max(batches))))
    noise = [(x[:, :size].mean(axis=1).std(), x[:, :size].std(axis=1).std()) for size in batches]
    mean, deviation = np.transpose(noise)
    return dataset(
        {"batch": (list(batches), "batch size")},
        mean_noise=("batch", mean, "standard deviation of the batch mean"),
        deviation_noise=("batch", deviation, "standard deviation of the batch standard deviation"),
    )
