"""Marks say in words what a reader must not have to guess from a color."""

import pytest
from matplotlib.figure import Figure

from dlfigs.plot import marks


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(1, 3, "better"), (-3, -1, "worse"), (-1, 3, "undecided"), (-13, 7, "undecided"), (0, 2, "undecided")],
)
def test_an_interval_with_zero_in_it_decides_nothing(low, high, word):
    """Nor does it show that two are equal, however often it is called a tie."""
    ax = Figure().subplots()
    marks.forest(ax, ["net"], [(low + high) / 2], [low], [high])
    assert [text.get_text() for text in ax.texts] == [word]
