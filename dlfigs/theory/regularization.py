"""What dropout does to sums, exactly."""

from __future__ import annotations


def dropout_factor(rule: str, rate: float) -> float:
    """Return test-time sum over the mean training-time sum of a linear unit, by scaling rule.

    Srivastava et al. (2014), sec. 4, with `rate` the probability of dropping. `inverted` divides
    by 1 - rate in training; the others change only what is done at test time.
    """
    keep = 1 - rate
    return {"inverted": 1.0, "keep": keep / keep, "rate": rate / keep, "none": 1 / keep}[rule]


def dropout_variance(rate: float) -> float:
    """Return the variance that inverted dropout adds to sum(w x), in units of sum(w² x²).

    Each term is w x m / (1 - rate) with m Bernoulli(1 - rate), of variance rate / (1 - rate).
    """
    return rate / (1 - rate)
