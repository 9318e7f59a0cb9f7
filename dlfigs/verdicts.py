"""Better, worse, equal or undecided: what paired differences say, in one word and with its interval.

Recipes take all of this from `dlfigs.summary`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr

from dlfigs.errors import UserError
from dlfigs.intervals import PERCENT, mean_interval
from dlfigs.recipe.figure import Claim, write_number

WORDS = ("equal", "better", "worse", "undecided")


@dataclass(frozen=True)
class Verdict:
    """What the differences of one comparison say, and under which conditions.

    Args:
        mean: Of the differences.
        low: Lower end of the 95 % t-interval of that mean.
        high: Its upper end.
        repetitions: Number of independent differences, usually seeds.
        margin: Differences up to this size count as none; None if no difference is too small to matter.
    """

    mean: float
    low: float
    high: float
    repetitions: int
    margin: float | None = None

    @property
    def word(self) -> str:
        """What the interval says.

        Equal if it lies within the margin, else better or worse if it excludes zero. Otherwise undecided:
        the data are compatible with a difference of either sign, or of a size that matters. That is not
        equality.
        """
        return str(_word(self.low, self.high, self.margin))

    def __str__(self) -> str:
        mean, low, high = (write_number(value, ".2g") for value in (self.mean, self.low, self.high))
        within = f", margin {write_number(self.margin, '.2g')}" if self.margin is not None else ""
        interval = f"{PERCENT} % interval {low} to {high}, {self.repetitions} repetitions"
        return f"{self.word}: {mean} ({interval}{within})"


def verdict(differences: xr.DataArray, *, margin: float | None = None, dim: str = "seed") -> Verdict:
    """Return what paired differences say.

    Args:
        differences: One value for each repetition, positive where the first is better: any shape with
            the dimension `dim`. Over others the mean is taken first: only repetitions are independent.
        margin: Differences up to this size count as none, in the units of the differences. Without one,
            no verdict is "equal".
        dim: Dimension of the repetitions.

    Raises:
        UserError: If there are fewer than two repetitions, if a difference is not finite, or if the margin
            is not positive.
    """
    found = verdicts(differences.mean([d for d in differences.dims if d != dim]), margin=margin, dim=dim)
    mean, low, high = (float(found[name]) for name in ("mean", "low", "high"))
    return Verdict(mean, low, high, differences.sizes[dim], margin)


def verdicts(
    differences: xr.DataArray, *, margin: float | None = None, dim: str = "seed", units: str | None = None
) -> xr.Dataset:
    """Return a verdict for each comparison of an array.

    Args:
        differences: As for `verdict`; other dimensions are those of the comparisons.
        margin: As for `verdict`.
        dim: Dimension of the repetitions.
        units: Of the differences; by default as their attributes say.

    Returns:
        `mean`, `low`, `high` and `word`, without the dimension `dim`.

    Raises:
        UserError: As `verdict`.
    """
    repetitions = differences.sizes.get(dim, 0)
    if repetitions < 2:
        raise UserError(f"a verdict needs two repetitions or more along {dim!r}, not {repetitions}")
    if margin is not None and not (margin > 0 and math.isfinite(margin)):
        raise UserError(f"the margin of a verdict must be a positive number, not {margin!r}")
    if not np.isfinite(differences).all():
        raise UserError("differences of a verdict must be finite: say what a run that diverged counts as")
    mean, _, half = mean_interval(differences, dim)
    low, high = mean - half, mean + half
    units = differences.attrs.get("units", "1") if units is None else units
    name = differences.attrs.get("long_name", "difference")
    parts = {
        "mean": (mean, f"{name}, mean over {dim}s"),
        "low": (low, f"{name}, lower end of the {PERCENT} % interval"),
        "high": (high, f"{name}, upper end of the {PERCENT} % interval"),
    }
    data = {
        part: values.assign_attrs(long_name=text, units=units) for part, (values, text) in parts.items()
    }
    words = xr.DataArray(_word(low.values, high.values, margin), coords=low.coords, dims=low.dims)
    return xr.Dataset({**data, "word": words.assign_attrs(long_name="verdict", units="1")})


def _word(low: np.ndarray, high: np.ndarray, margin: float | None) -> np.ndarray:
    low, high, margin = np.asarray(low), np.asarray(high), -1.0 if margin is None else margin
    # What lies within the margin counts as no difference, even where it is seen not to be zero
    conditions = [(low >= -margin) & (high <= margin) & (margin > 0), low > 0, high < 0]
    return np.select(conditions, WORDS[:3], WORDS[3])


def choice_claim(data: xr.Dataset, name: str, *, id: str = "", high: float = 0) -> Claim:
    """Return the claim that lists from which something was chosen are long enough.

    Args:
        data: Has what `dlfigs.choices.Choice.variables(name, ...)` returns.
        name: Such as "rate".
        id: Of the claim, by default `<name>_at_end`.
        high: In how many cases a list may end too early.
    """
    ends, lists = data[f"{name}_at_end"], data[f"{name}_list"]
    tried = "; or ".join(dict.fromkeys(lists.values.ravel().tolist()))
    text = f"{lists.attrs['long_name']}: {tried}. Choices, of {ends.size}, whose list ends too early"
    return Claim(id or f"{name}_at_end", text[:1].upper() + text[1:], measured=ends.sum(), high=high)
