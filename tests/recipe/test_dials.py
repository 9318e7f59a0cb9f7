"""What readers can move: values, dials, settings, and the parts of a caption."""

import pytest

from dlfigs.errors import UserError
from dlfigs.recipe import moving, parameters

DEFAULTS = {"width": 64, "kind": "relu", "rates": (0.1, 0.2), "bias": True}
RANGES = {"width": (1, 512), "kind": ("relu", "tanh", "selu"), "rates": (0.0, 1.0)}


@pytest.mark.parametrize(
    ("move", "words"),
    [
        ({"with": (1, 2)}, "no parameter 'with'; did you mean 'width'?"),
        ({"width": (16, 1000)}, "width = 1000 is out of range: 1 to 512"),
        ({"width": 16}, "width must have a tuple of two values or more, not 16"),
        ({"width": (16,)}, "a tuple of two values or more"),
        ({"width": (16, 16)}, "width has 16 twice"),
        ({"width": ("16", "32")}, "width must be a whole number, not '16'"),
        ({"kind": ("relu", "tahn")}, "kind cannot be 'tahn'; did you mean 'tanh'?"),
        ("width", 'write {"width": (16, 64, 256)}'),
    ],
)
def test_what_cannot_be_moved_is_said(move, words):
    with pytest.raises(UserError) as error:
        parameters.moves(move, DEFAULTS, RANGES)
    assert words in str(error.value)
    assert error.value.about == "move"


def test_the_value_of_the_figure_is_among_those_of_the_dial_and_numbers_are_in_order():
    move = parameters.moves({"width": (256, 16), "kind": ("tanh", "selu")}, DEFAULTS, RANGES)
    values = moving.values_of(move, DEFAULTS)
    assert values == {"width": [16, 64, 256], "kind": ["tanh", "selu", "relu"]}
    width, kind = moving.dials(values, DEFAULTS)
    assert (width.values, width.at, width.ordered) == (["16", "64", "256"], 1, True)
    assert (kind.at, kind.ordered) == (2, False)
    settings = list(moving.settings(values))
    assert len(settings) == 9
    assert settings[0] == ("width=16 kind=tanh", {"width": 16, "kind": "tanh"})
    assert settings[1][0] == "width=16 kind=selu"


def test_lists_and_truth_are_chosen_from_a_list():
    move = parameters.moves({"rates": ((0.1,), (0.1, 0.2)), "bias": (False, True)}, DEFAULTS, RANGES)
    dials = moving.dials(moving.values_of(move, DEFAULTS), DEFAULTS)
    assert [(dial.values, dial.at, dial.ordered) for dial in dials] == [
        (["0.1", "0.1,0.2"], 1, False),
        (["false", "true"], 1, False),
    ]


def test_a_caption_comes_in_parts_and_together_they_are_the_caption():
    caption = "Width {{ width }}: {{ share:.0% }} of {{ few:.0f}}% are $x^2$, and {{ gone }}."
    parts = moving.parts(caption, {"width": 16, "share": 0.25, "few": 3.0}, "(none)")
    assert parts[1::2] == ["16", "25\u202f%", "3\u202f%", "(none)"]
    assert "".join(parts) == "Width 16: 25\u202f% of 3\u202f% are $x^2$, and (none)."
    assert moving.parts("No number.", {}, "") == ["No number."]


def test_a_number_in_a_formula_cannot_follow():
    with pytest.raises(UserError, match="stands in a formula"):
        moving.parts("With $w = {{ width }}$.", {"width": 3}, "")
