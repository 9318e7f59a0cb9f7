"""Marks say in words what a reader must not have to guess from a color."""

import pytest
from matplotlib.figure import Figure

from dlfigs.plot import marks


@pytest.mark.parametrize("word", ["better", "worse", "equal", "undecided"])
def test_each_row_says_its_verdict_and_only_the_undecided_is_hollow(word):
    ax = Figure().subplots()
    marks.forest(ax, ["net"], [1.0], [-1.0], [3.0], [word])
    assert [text.get_text() for text in ax.texts] == [word]
    dot = ax.containers[0].lines[0]
    assert (dot.get_markerfacecolor() == "white") == (word == "undecided")


def test_a_name_that_moved_far_is_tied_to_the_end_of_its_line():
    ax = Figure().subplots()
    ax.set_ylim(0, 1)
    marks.label_ends(ax, [(0.2, "low", "C0"), (0.9, "high", "C1")])
    assert not ax.lines, "beside its line a name needs no tie"
    crowd = [(0.50, "a", "C0"), (0.51, "b", "C1"), (0.52, "c", "C2"), (0.53, "d", "C3")]
    marks.label_ends(ax, crowd)
    names = {text.get_text(): text for text in ax.texts[2:]}
    assert len(ax.lines) == len(names) == 4
    for line, (end, name, _) in zip(ax.lines, crowd, strict=True):
        (left, right), (bottom, top) = line.get_data()
        assert bottom == pytest.approx(end), "from where the line ends"
        assert top == pytest.approx(names[name].get_position()[1]), "to where its name is"
        assert 1 < left < right < names[name].get_position()[0], "between the two"


def test_a_line_that_has_left_the_axes_is_tied_to_nothing():
    ax = Figure().subplots()
    ax.set(yscale="log", ylim=(1e-15, 1))
    marks.label_ends(ax, [(1e-31, "a", "C0"), (1e-25, "b", "C1"), (1e-104, "c", "C2")])
    assert not ax.lines
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert heights["c"] < heights["a"] < heights["b"], "their order is kept"
