"""Tables of verdicts: what other settings do to each, in a word that does not say too much."""

from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from dlfigs.markdown import verdicts
from dlfigs.recipe import robustness


def varied(*words):
    """One comparison at several settings; None where nothing is known."""
    numbers = {"mean": 1.0, "low": -0.5, "high": 2.5}
    return [
        {
            "setting": "" if n == 0 else f"steps={n} width=8",
            "digest": "",
            "verdicts": [{"verdict": "a", "text": "A < B", "word": word, **numbers}] if word else [],
        }
        for n, word in enumerate(words)
    ]


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (("better", "better"), "holds"),
        (("undecided", "undecided"), "holds"),
        (("better", "undecided"), "not decided everywhere"),
        (("undecided", "worse"), "not decided everywhere"),
        (("better", "worse", "undecided"), "turns"),
        (("better", "equal"), "turns"),
    ],
)
def test_the_last_column_says_what_becomes_of_a_verdict(words, outcome):
    found = BeautifulSoup(verdicts.table(varied(*words), "Verdicts"), "html.parser")
    heads = [head.text for head in found.select("thead th")]
    assert heads[1:4] == ["Elsewhere", "as drawn", "steps = 1, width = 8"]
    cells = [cell.text for cell in found.select("tbody td")]
    assert cells == [outcome, *(f"{word} +1" for word in words)]
    assert found.select_one("tbody th").text == "A < B"


def test_what_is_not_known_is_not_claimed():
    rows = varied("better", None, "better")
    assert "?" in BeautifulSoup(verdicts.table(rows, "Verdicts"), "html.parser").select("td")[2].text
    assert verdicts.counts(rows).startswith("Verdicts that are the same at all 2 settings: 1 of 1.")


def test_the_overview_counts_what_the_tables_say():
    three = [*varied("better", "better"), *varied("better", "equal")]
    for number, one in enumerate(three):  # two comparisons at two settings each
        one["verdicts"][0] = one["verdicts"][0] | {"verdict": "a" if number < 2 else "b"}
    figures = {
        "first": SimpleNamespace(title="One & two", varied=three),
        "second": SimpleNamespace(title="Three", varied=varied("undecided", "worse")),
    }
    found = BeautifulSoup(verdicts.overview(figures), "html.parser")
    assert [link["href"] for link in found.select("a")] == ["#first", "#second"]
    rows = [[cell.text for cell in row.select("th, td")] for row in found.select("tbody tr")]
    assert rows == [
        ["One & two", "2", "1", "0", "1"],
        ["Three", "1", "0", "1", "0"],
        ["All", "3", "1", "1", "1"],
    ]


def test_texts_name_words_and_means():
    values = robustness.numbers(varied("better", "worse"))
    assert values == {
        "a": 1.0,
        "a.elsewhere": "turns",
        "a.word": "better",
        "a.at_steps_1_width_8": 1.0,
        "a.at_steps_1_width_8.word": "worse",
    }
