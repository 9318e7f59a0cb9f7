"""What is chosen from a list on validation examples, and whether the list was long enough.

A value at the end of its list is no choice: the next one beyond might be better. But where accuracies have
leveled off, an end is chosen by chance. So a list counts as too short only where the end is chosen and is
seen to be better than the value next to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from dlfigs.intervals import mean_interval


class Choice(NamedTuple):
    """What was chosen; each part has the dimensions of the scores but two, the list's and the repetitions'.

    Attributes:
        index: Number of the value in its list.
        value: The value.
        beyond: -1 where the list is too short before its first value, 1 where it is after its last; else 0.
        tried: The list, in words.
    """

    index: xr.DataArray
    value: xr.DataArray
    beyond: xr.DataArray
    tried: str

    def variables(self, name: str, words: str) -> dict[str, xr.DataArray]:
        """Return what data keep of the list, for `dlfigs.summary.choice_claim`.

        Args:
            name: Of the chosen value among the variables, such as "rate".
            words: What the list has, such as "learning rates".

        Returns:
            `<name>_at_end`, 1 where the list is too short and 0 elsewhere; `<name>_list`, that list.
        """
        ends = {"long_name": f"whether the list of {words} ends too early", "units": "1"}
        tried = {"long_name": f"{words} to choose from", "units": "1"}
        return {
            f"{name}_at_end": abs(self.beyond).assign_attrs(ends),
            f"{name}_list": xr.DataArray(self.tried, attrs=tried),
        }


def choose(scores: xr.DataArray, dim: str, *, over: str = "seed") -> Choice:
    """Choose from a list what has the highest score, averaged over repetitions.

    Args:
        scores: Of validation examples, never of test examples: any shape with the dimensions `dim`, whose
            coordinate is the list, in order, and `over`.
        dim: The list's dimension, such as learning rates.
        over: Dimension of independent repetitions that share what else is random, so that the
            difference of two scores is paired.

    Returns:
        The choice. Its list is too short where an end is chosen and is better than the value next to it
        by a 95 % t-interval of the paired difference.

    Raises:
        ValueError: If there is nothing to choose from.
    """
    last, repetitions = scores.sizes[dim] - 1, scores.sizes[over]
    if last < 0:
        raise ValueError(f"{dim}: nothing to choose from")
    index = scores.mean(over).argmax(dim)
    end = (index == last).astype(int) - (index == 0).astype(int)  # 0 for a list of one, which is no choice
    inside = xr.where(index == 0, min(1, last), last - 1)  # next to the end that was chosen, if one was
    chosen, other = (scores.isel({dim: at}).drop_vars(dim, errors="ignore") for at in (index, inside))
    beyond = xr.zeros_like(end)
    if repetitions > 1:  # one repetition alone shows nothing
        gain, _, half = mean_interval(chosen - other, over)
        beyond = xr.where(gain > half, end, 0)
    value = scores[dim].isel({dim: index}).drop_vars(dim, errors="ignore")
    return Choice(index, value, beyond, _words(scores[dim].values))


def until_inside(
    measure: Callable[[Sequence[float]], xr.Dataset],
    tried: Sequence[float],
    dim: str,
    *,
    score: str = "validation_accuracy",
    most: int = 4,
) -> xr.Dataset:
    """Measure with ever longer lists, until each list contains what is chosen from it.

    Args:
        measure: `measure(values)` returns a dataset with the dimension `dim`, whose coordinate is `values`;
            for the same value it gives the same.
        tried: What to begin with: positive numbers, in order. The list goes on in the steps that it has
            at the end where it is too short; one value alone is taken as it is.
        dim: Its dimension.
        score: The variable to choose by.
        most: How often a list may be made longer.

    Returns:
        What was measured, for all values.
    """
    data = measure(tuple(tried))
    for _ in range(most):
        beyond, values = choose(data[score], dim).beyond, data[dim].values
        if not beyond.any():
            break
        more = [values[0] ** 2 / values[1]] * bool((beyond < 0).any())
        more += [values[-1] ** 2 / values[-2]] * bool((beyond > 0).any())
        # Three digits: 0.00333, not 0.003333333333333334
        added = measure(tuple(float(f"{value:.3g}") for value in more))
        data = xr.concat([data, added], dim, data_vars="minimal", combine_attrs="override").sortby(dim)
    return data


def _words(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in values)
