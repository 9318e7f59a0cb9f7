"""Simple models that are tuned: the line that a cleverer method has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from dlfigs.choices import choose
from dlfigs.dataset import dataset
from dlfigs.experiments.tasks import Task

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
        `validation_accuracy` and `test_accuracy`, (budget, seed); `strength`, (budget), what was chosen;
        `strength_at_end`, (budget), 1 where the list is too short and 0 elsewhere; and `strength_list` (see
        `dlfigs.choices`).

    Raises:
        ValueError: With fewer than two strengths.
    """
    from sklearn.linear_model import LogisticRegression

    if len(strengths) < 2:  # a baseline that nobody has tuned is none
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
    scores = dataset(
        {
            "budget": (np.asarray(budgets), "labels of each class"),
            "strength": np.asarray(strengths, float),
            "seed": found.shape[-1],
        },
        validation_accuracy=("budget strength seed", found[0], "validation accuracy"),
        test_accuracy=("budget strength seed", found[1], "test accuracy"),
    )
    choice = choose(scores.validation_accuracy, "strength")
    return (
        scores.isel(strength=choice.index)
        .drop_vars("strength")
        .assign(
            strength=choice.value.assign_attrs(
                long_name="inverse strength of the penalty, chosen", units="1"
            ),
            **choice.variables("strength", "inverse strengths of the penalty"),
        )
    )


def regularized(inputs: Mapping[str, Task], *, budgets: Sequence[int]) -> xr.Dataset:
    """Fit logistic regression with an L2 penalty to several kinds of inputs, such as frozen features.

    Args:
        inputs: By name.
        budgets: As for `logistic_regression`.

    Returns:
        As `logistic_regression`, with a first dimension `start`, the names.
    """
    parts = [logistic_regression(task, budgets=budgets) for task in inputs.values()]
    return xr.concat(parts, xr.DataArray(list(inputs), dims="start", name="start"))
