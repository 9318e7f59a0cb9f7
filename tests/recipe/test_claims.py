"""The table of claims: sentences, and no digit more than was measured."""

import math
import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from dlfigs import Claim
from dlfigs.recipe.claims import table, written
from dlfigs.recipe.info import Judged
from dlfigs.recipe.sentences import sentence


def row(measured, **parts):
    """Return a claim and what was found."""
    return Judged.of(Claim("a", parts.pop("text", "Slope"), measured=measured, **parts))


@pytest.mark.parametrize(
    ("measured", "parts", "shown", "required", "error"),
    [
        (
            0.500946,
            {"expected": 0.5, "tolerance": 0.01, "standard_error": 4e-4},
            "0.5009",
            "0.5 ± 0.01",
            "0.0004",
        ),
        (-0.265306, {"low": -3, "standard_error": 0.8}, "−0.3", "at least −3", "0.8"),
        (6.0333, {"low": 1, "standard_error": 0.989}, "6", "at least 1", "1"),
        (0.34054, {"expected": 0.3392, "tolerance": 0.004}, "0.3405", "0.3392 ± 0.004", ""),
        (0.6174, {"high": 1.306}, "0.617", "at most 1.31", ""),
        (
            2.9604e-8,
            {"low": 1.306e-8, "high": 5.224e-8},
            "2.96\xa0×\xa010⁻⁸",
            "1.31\xa0×\xa010⁻⁸ to 5.22\xa0×\xa010⁻⁸",
            "",
        ),
        (1639.0, {"low": 100}, "1639", "at least 100", ""),
        (3.0, {"expected": 3, "tolerance": 0}, "3", "3", ""),
        (3e-17, {"expected": 0, "tolerance": 1e-12}, "3\xa0×\xa010⁻¹⁷", "0 ± 1\xa0×\xa010⁻¹²", ""),
        (math.nan, {"high": 1}, "nan", "at most 1", ""),
    ],
)
def test_digits_end_where_the_error_or_the_tolerance_does(measured, parts, shown, required, error):
    assert written(row(measured, **parts)) == (shown, required, error)


def test_a_claim_that_fails_narrowly_is_not_written_as_if_it_held():
    assert written(row(0.49996, low=0.5))[0] == "0.49996"
    assert written(row(0.51004, expected=0.5, tolerance=0.01))[0] == "0.51004"


SIZE = st.floats(-1e3, 1e3).map(lambda value: round(value, 4))


@given(measured=SIZE, low=SIZE, error=st.none() | st.floats(1e-3, 1e3))
def test_what_is_written_is_what_was_measured_and_has_the_same_verdict(measured, low, error):
    claim = row(measured, low=low, standard_error=error)
    shown, required, _ = written(claim)
    number = str.maketrans(
        {"−": "-", "\xa0": "", "×": "e", "⁻": "-"} | dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
    )
    value, bound = (
        float(re.sub("e10(?=.)", "e", text.removeprefix("at least ").translate(number)))
        for text in (shown, required)
    )
    assert abs(value - measured) <= max(0.51 * (error or 0), 0.006 * abs(measured))
    assert (value >= bound) == claim.holds


def test_each_row_begins_with_its_verdict_and_is_a_sentence():
    claims = [
        row(0.5, expected=0.5, tolerance=0.1, text="One layer multiplies the square by"),
        row(0.25, low=0.5, standard_error=0.02, text="5% wrong labels: accuracy"),
    ]
    made = BeautifulSoup(table(claims), "html.parser")
    assert [cell.text for cell in made.select("thead th")] == ["Holds", "Measured", "Must be"]
    texts = [[cell.text for cell in row.select("td")] for row in made.select("tbody tr")]
    assert texts == [
        ["yes", "One layer multiplies the square by 0.50.", "0.5 ± 0.1"],
        ["no", "5\u202f% wrong labels: the accuracy was 0.25 (standard error 0.02).", "at least 0.5"],
    ]
    # Where a style sheet makes blocks of rows, only these say that it is a table
    roles = {element.name: element["role"] for element in made.select("[role]")}
    assert roles == {
        **{"table": "table", "thead": "rowgroup", "tbody": "rowgroup"},
        **{"tr": "row", "th": "columnheader", "td": "cell"},
    }
    assert not made.select("td:not([role]), tr:not([role])")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Largest slope", "The largest slope was 3"),
        ("clean labels: test accuracy in %", "Clean labels: the test accuracy was 3\u202f%"),
        (
            "ELU minus ReLU in percentage points, paired",
            "ELU minus ReLU was 3\u202fpercentage points, paired",
        ),
        ("Log-loss with minus without, nats", "The log-loss with minus without was 3\u202fnats"),
        ("Width 24: variance, averaged over seeds:", "Width 24: the variance, averaged over seeds, was 3"),
        ("β = 1: its slope at zero", "β = 1: its slope at zero was 3"),
        ("std 1: gradient norm at 50% of layers", "std 1: the gradient norm at 50\u202f% of layers was 3"),
        ("one layer multiplies it by", "One layer multiplies it by 3"),
        # No sentence is made of what is none: a clause, or something without a quantity
        (
            "He: the layer is off by so many standard errors",
            "He: the layer is off by so many standard errors: 3",
        ),
        ("dead units at the end", "Dead units at the end: 3"),
    ],
)
def test_text_and_number_are_one_sentence_where_one_can_be_made(text, written):
    assert sentence(text, "3", "") == written


def test_the_standard_error_stands_behind_the_unit_and_before_how_it_was_compared():
    text = sentence("gain in percentage points, paired", "3", "0.5")
    assert text == "The gain was 3\u202fpercentage points (standard error 0.5), paired"


def test_most_claims_of_the_course_are_sentences(figures):
    said = [sentence(claim.text, "N", "") for built in figures.values() for claim in built.info.claims]
    left = [text for text in said if ": N" in text]
    assert len(said) > 700
    assert len(left) < 0.2 * len(said), left
    assert not [text for text in said if re.search(r"the the |was was|,, | \.", text)]
