"""Verdicts: the intervals are scipy's, the words say what those allow, and no word says more."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from dlfigs import summary
from dlfigs.errors import UserError

NUMBERS = st.floats(-100, 100).map(lambda x: round(x, 3))


def seeds(values):
    return xr.DataArray(values, dims="seed")


@given(st.lists(NUMBERS, min_size=2, max_size=12))
def test_the_interval_is_that_of_a_t_test(values):
    assume(np.std(values) > 1e-6)
    found = summary.verdict(seeds(values))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-9)
    assert found.mean == pytest.approx(np.mean(values), abs=1e-12)
    assert found.repetitions == len(values)


@given(st.lists(NUMBERS, min_size=2, max_size=12), st.floats(0.01, 200))
def test_words_agree_with_tests_of_hypotheses(values, margin):
    """Equal is two one-sided tests against the margin; better and worse are a t-test of the rest."""
    assume(np.std(values) > 1e-6)
    word = summary.verdict(seeds(values), margin=margin).word
    p = stats.ttest_1samp(values, 0).pvalue
    assume(abs(p - 0.05) > 1e-9)
    # Two one-sided tests at 2.5 % each
    sides = (
        stats.ttest_1samp(values, -margin, alternative="greater").pvalue,
        stats.ttest_1samp(values, margin, alternative="less").pvalue,
    )
    assume(abs(max(sides) - 0.025) > 1e-9)
    if max(sides) < 0.025:
        assert word == "equal"
    elif p < 0.05:
        assert word == ("better" if np.mean(values) > 0 else "worse")
    else:
        assert word == "undecided"


@given(st.lists(NUMBERS, min_size=2, max_size=12))
def test_without_a_margin_nothing_is_equal_and_turning_the_comparison_round_turns_the_word(values):
    word, other = (summary.verdict(sign * seeds(values)).word for sign in (1, -1))
    turned = {"better": "worse", "worse": "better", "undecided": "undecided"}
    assert other == turned[word]


def test_only_seeds_are_independent():
    """Two layers of the same seeds are no more evidence than their mean."""
    values = xr.DataArray(np.random.default_rng(0).normal(size=(5, 3)), dims=("seed", "layer"))
    assert summary.verdict(values) == summary.verdict(values.mean("layer"))


def test_verdicts_of_many_comparisons_are_those_of_each():
    rng = np.random.default_rng(0)
    values = xr.DataArray(
        rng.normal([5, -5, 0, 0], [1, 1, 0.1, 9], (10, 4)),
        dims=("seed", "net"),
        coords={"net": list("abcd")},
    )
    found = summary.verdicts(values, margin=1, units="points")
    assert list(found.word.values) == ["better", "worse", "equal", "undecided"]
    for net in "abcd":
        one, expected = found.sel(net=net), summary.verdict(values.sel(net=net), margin=1)
        assert one.word == expected.word
        assert (one["mean"], one.low, one.high) == (expected.mean, expected.low, expected.high)
    assert found.low.attrs["units"] == "points"


def test_a_verdict_is_read_as_a_sentence():
    assert str(summary.verdict(seeds([1.0, 2.0, 3.0]), margin=0.5)) == (
        "undecided: 2 (95 % interval −0.48 to 4.5, 3 repetitions, margin 0.5)"
    )


@pytest.mark.parametrize(
    ("values", "margin", "words"),
    [
        ([1.0], None, "two repetitions"),
        ([1.0, np.nan], None, "finite"),
        ([1.0, np.inf], None, "finite"),
        ([1.0, 2.0], 0, "positive"),
        ([1.0, 2.0], -1, "positive"),
        ([1.0, 2.0], np.inf, "positive"),
    ],
)
def test_what_decides_nothing_is_refused(values, margin, words):
    with pytest.raises(UserError, match=words):
        summary.verdict(seeds(values), margin=margin)


def test_a_claim_names_the_list_and_counts_the_choices_that_it_is_too_short_for():
    data = xr.Dataset(
        {
            "rate_at_end": ("net", [0, 1]),
            "rate_list": (
                "depth",
                ["0.1, 1", "0.1, 1, 10"],
                {"long_name": "learning rates to choose from"},
            ),
        }
    )
    claim = summary.choice_claim(data, "rate")
    assert (claim.id, claim.measured, claim.holds) == ("rate_at_end", 1, False)
    assert claim.text.startswith("Learning rates to choose from: 0.1, 1; or 0.1, 1, 10. Choices, of 2,")
    assert summary.choice_claim(data, "rate", id="ends", high=1).holds
