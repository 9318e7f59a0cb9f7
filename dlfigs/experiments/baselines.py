"""Simple models that are tuned: the line that a cleverer method has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from dlfigs.dataset import dataset
from dlfigs.experiments.few_labels import Task

# Toward both ends the fit has a limit: with ever stronger penalties the weights keep only the direction of
# the classes' means, with ever weaker ones separable data get the largest margin
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
TOLERANCE = 1e-3  # of the gradient: accuracies do not change with a smaller one


def logistic_regression(
    task: Task, *, budgets: Sequence[int], strengths: Sequence[float] = STRENGTHS
) -> xr.Dataset:
    """Fit logistic regression with an L2 penalty to a few labels of the target, for each seed.

    The strength of the penalty is chosen for each number of labels: the one with the highest
    validation accuracy, averaged over seeds.

    Args:
        task: The data; its images may be what an encoder made of them (`few_labels.features`).
        budgets: Labeled examples of each class.
        strengths: What to choose from, at least two in order, as scikit-learn's `C`: the smaller, the
            stronger the penalty.

    Returns:
        `test_accuracy`, (budget, seed); `strength`, (budget), what was chosen; `at_end`, (budget), 1
        where the list is too short: what was chosen is at one of its ends, and was seen to be better on
        validation examples than the next one inside (95 % t-interval of paired differences); 0 elsewhere.
        Where accuracies have leveled off, the end may be chosen by chance, and nothing lies beyond it.

    Raises:
        ValueError: With fewer than two strengths.
    """
    from scipy import stats
    from sklearn.linear_model import LogisticRegression

    if len(strengths) < 2:
        raise ValueError(f"strengths={strengths!r}: nothing to choose from; give at least two, in order")
    parts = [np.asarray(part) for part in task[2:]]
    classes = int(parts[-1].max()) + 1
    found = np.empty((2, len(budgets), len(strengths), len(parts[0])))
    for seed, (x, y, *measured) in enumerate(zip(*parts, strict=True)):
        for i, budget in enumerate(budgets):
            for j, strength in enumerate(strengths):
                few = slice(budget * classes)
                fit = LogisticRegression(C=strength, max_iter=1000, tol=TOLERANCE).fit(x[few], y[few])
                found[:, i, j, seed] = fit.score(*measured[:2]), fit.score(*measured[2:])
    best = found[0].mean(axis=-1).argmax(axis=-1)
    inside = np.where(best == 0, 1, len(strengths) - 2)  # next to the end that was chosen, if one was
    rows = np.arange(len(budgets))
    gain = found[0, rows, best] - found[0, rows, inside]
    seeds = gain.shape[-1]
    half = stats.t.ppf(0.975, seeds - 1) * gain.std(axis=-1, ddof=1) / np.sqrt(seeds)
    at_end = (np.isin(best, (0, len(strengths) - 1)) & (gain.mean(axis=-1) > half)).astype(float)
    return dataset(
        {"budget": (np.asarray(budgets), "labels of each class"), "seed": found.shape[-1]},
        test_accuracy=("budget seed", found[1, rows, best], "test accuracy"),
        strength=("budget", np.asarray(strengths)[best], "inverse strength of the penalty, chosen"),
        at_end=("budget", at_end, "whether the list of penalties ends too early"),
    )
