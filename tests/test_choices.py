"""What is chosen from a list is the best, and a list that is too short is told from one that is level."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dlfigs.choices import choose, until_inside

RATES = [0.1, 0.3, 1.0]


def scores(values, rates=RATES):
    """Scores, (rate, seed)."""
    return xr.DataArray(values, dims=("rate", "seed"), coords={"rate": list(rates)})


@given(st.lists(st.lists(st.integers(0, 20), min_size=4, max_size=4), min_size=2, max_size=5))
def test_the_choice_is_the_best_mean_and_an_end_counts_only_if_it_is_seen_to_be_better(values):
    rates = [2.0**n for n in range(len(values))]
    found = choose(scores(values, rates), "rate")
    means = np.mean(values, axis=1)
    best = int(found.index)
    assert means[best] == means.max()
    assert found.value == rates[best]
    at_end = best in (0, len(values) - 1)
    inside = 1 if best == 0 else len(values) - 2
    if not at_end:
        assert found.beyond == 0
        return
    gain = np.subtract(values[best], values[inside])
    t = stats.ttest_1samp(gain, 0) if gain.std() else None
    seen = gain.mean() > 0 if t is None else (t.pvalue < 0.05 and gain.mean() > 0)
    assert found.beyond == (0 if not seen else -1 if best == 0 else 1)


def test_each_net_has_its_own_choice():
    values = np.zeros((2, 3, 4))
    values[0, 1] = values[1, 2] = 1 + np.arange(4) / 100
    data = xr.DataArray(values, dims=("net", "rate", "seed"), coords={"rate": RATES, "net": ["a", "b"]})
    found = choose(data, "rate")
    assert list(found.value.values) == [0.3, 1.0]
    assert list(found.beyond.values) == [0, 1]
    kept = found.variables("rate", "learning rates")
    assert list(kept["rate_at_end"].values) == [0, 1]
    assert kept["rate_list"].item() == "0.1, 0.3, 1"


def test_who_gives_one_value_has_chosen_and_is_not_told_that_the_list_is_short():
    found = choose(scores([[1.0, 2.0]], [0.1]), "rate")
    assert (found.value, found.beyond) == (0.1, 0)
    data = until_inside(measured(5.0, []), [0.1], "rate")
    assert list(data.rate.values) == [0.1]


def test_of_nothing_nothing_is_chosen():
    with pytest.raises(ValueError, match="rate: nothing to choose from"):
        choose(scores(np.zeros((0, 2)), []), "rate")


def test_one_repetition_shows_no_end():
    assert choose(scores([[3.0], [2.0], [1.0]]), "rate").beyond == 0


def measured(best, asked):
    """A score that falls with the distance to the best rate, on a log scale, the same for each seed."""

    def measure(rates):
        asked.append(tuple(rates))
        score = -abs(np.log(np.asarray(rates) / best))[:, None] + np.arange(3) / 1000
        return xr.Dataset({"validation_accuracy": scores(score, rates)})

    return measure


@pytest.mark.parametrize(
    ("best", "more"),
    [
        (0.3, []),
        (0.009, [(0.0333,), (0.0111,), (0.0037,)]),
        (12.0, [(3.33,), (11.1,), (37.0,)]),
    ],
)
def test_a_list_goes_on_until_the_choice_is_inside(best, more):
    asked = []
    data = until_inside(measured(best, asked), RATES, "rate")
    assert asked == [tuple(RATES), *more]
    assert list(data.rate.values) == sorted(data.rate.values)
    found = choose(data.validation_accuracy, "rate")
    assert found.beyond == 0
    assert 0 < found.index < data.sizes["rate"] - 1


def test_a_list_that_never_contains_its_choice_is_given_up_and_told():
    asked = []
    data = until_inside(measured(1e-30, asked), RATES, "rate", most=2)
    assert len(asked) == 3
    assert choose(data.validation_accuracy, "rate").beyond == -1
