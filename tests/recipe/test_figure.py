"""Claims, figures, and numbers in texts."""

import math
import re
import subprocess
import sys

import pytest
from conftest import write_recipe

from dlfigs import Claim
from dlfigs.recipe import loading, parameters
from dlfigs.recipe.figure import UserError, fill, nearest, numbers, write_number


def test_claim_with_expected_value_holds_within_tolerance():
    assert Claim("a", "A", measured=1.01, expected=1, tolerance=0.02).holds
    assert not Claim("a", "A", measured=1.03, expected=1, tolerance=0.02).holds


def test_claim_with_bounds_includes_them():
    assert Claim("a", "A", measured=2, low=2, high=3).holds
    assert Claim("a", "A", measured=3, low=2, high=3).holds
    assert not Claim("a", "A", measured=1.9, low=2).holds
    assert not Claim("a", "A", measured=3.1, high=3).holds


@pytest.mark.parametrize("measured", [math.nan, math.inf, -math.inf])
def test_claim_about_a_number_that_is_not_finite_never_holds(measured):
    assert not Claim("a", "A", measured=measured, low=0).holds
    assert not Claim("a", "A", measured=measured, high=0).holds


@pytest.mark.parametrize(
    "limits",
    [{}, {"expected": 1}, {"tolerance": 1}, {"expected": 1, "tolerance": 1, "low": 0}],
    ids=["nothing", "no tolerance", "no value", "both kinds"],
)
def test_claim_that_could_not_fail_is_refused(limits):
    with pytest.raises(UserError, match="needs either expected and tolerance"):
        Claim("a", "A", measured=1, **limits)


@pytest.mark.parametrize(("name", "text"), [("He rate", "A"), ("2x", "A"), ("a", " ")])
def test_claim_needs_a_snake_case_id_and_a_text(name, text):
    with pytest.raises(UserError):
        Claim(name, text, measured=1, low=0)


def test_requirement_says_it_in_signs():
    assert Claim("a", "A", measured=1, expected=0.5, tolerance=1e-5).requirement == "0.5 ± 1\xa0×\xa010⁻⁵"
    assert Claim("a", "A", measured=1, low=-3).requirement == "at least −3"
    assert Claim("a", "A", measured=1, low=1, high=2).requirement == "1 to 2"


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (-0.27846, ".3f", "−0.278"),
        (2.96e-8, ".1e", "3.0\xa0×\xa010⁻⁸"),
        (1.1e44, ".0e", "1\xa0×\xa010⁴⁴"),
        (0.906, ".0%", "91\u202f%"),
        (64.0, "d", "64"),
    ],
)
def test_numbers_are_written_as_in_books(value, spec, text):
    assert write_number(value, spec) == text


def test_fill_replaces_numbers_and_keeps_the_rest():
    values = {"rate": 0.5, "rate.expected": 0.25, "seeds": 64, "kind": "relu"}
    text = "{{ rate:.2f }} and {{rate.expected}} over {{ seeds }} {{kind}} nets {not this}"
    assert fill(text, values) == "0.50 and 0.25 over 64 relu nets {not this}"


def test_fill_sets_percent_signs_alike():
    text = "{{ share:.0%}} of {{ seeds }} %, 95 % and 95% intervals, in %"
    filled = fill(text, {"share": 0.5, "seeds": 64})
    assert filled == "50_% of 64_%, 95_% and 95_% intervals, in %".replace("_", "\u202f")


def test_fill_names_the_nearest_number():
    with pytest.raises(UserError, match="did you mean 'rate'"):
        fill("{{ raet }}", {"rate": 1.0})
    with pytest.raises(UserError, match="format 'q' does not fit"):
        fill("{{ rate:q }}", {"rate": 1.0})


def test_numbers_of_a_claim_include_its_parts():
    claim = Claim("a", "One.", measured=1.0, expected=2.0, tolerance=0.5, standard_error=0.1)
    found = numbers([claim], {"depth": 3})
    assert found == {"depth": 3, "a": 1.0, "a.expected": 2.0, "a.tolerance": 0.5, "a.standard_error": 0.1}


def test_nearest_lists_everything_when_nothing_is_near():
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
    assert nearest("x", []) == "there are none"


@pytest.fixture
def line(tmp_path):
    return loading.load(write_recipe(tmp_path / "figures"))


def test_resolve_reads_values_of_the_defaults_types(line):
    given = {"points": "7", "slope": "3", "kind": "bent"}
    assert line.resolve(given) == {"points": 7, "slope": 3.0, "kind": "bent"}
    assert line.resolve({"points": "5"}) == {}, "a default given again is not another figure"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"point": "3"}, "no parameter 'point'; did you mean 'points'"),
        ({"points": "3.5"}, "points must be a whole number, not '3.5'"),
        ({"points": "true"}, "points must be a whole number"),
        ({"slope": "steep"}, "slope must be a number, not 'steep'"),
        ({"points": "51"}, "points = 51 is out of range: 2 to 50"),
        ({"kind": "bend"}, "kind cannot be 'bend'; did you mean 'bent'"),
        ({"slope": "__import__('os')"}, "slope must be a number"),
    ],
)
def test_resolve_says_what_would_be_right(line, given, message):
    with pytest.raises(UserError, match=re.escape(message)):
        line.resolve(given)


def test_tuples_are_lists_with_commas():
    from conftest import ROOT

    swish = loading.load(ROOT / "figures" / "swish.py")
    assert swish.resolve({"betas": "1,2"}) == {"betas": (1.0, 2.0)}
    assert swish.resolve({"betas": "3"}) == {"betas": (3.0,)}
    with pytest.raises(UserError, match=r"betas = 99\.0 is out of range"):
        swish.resolve({"betas": "1,99"})
    with pytest.raises(UserError, match="betas must be a list"):
        swish.resolve({"betas": "one"})


DEFAULTS = {"flag": False, "kinds": ("a", "c"), "flags": (True, False), "sizes": (1, 2), "rates": (0.1,)}
RANGES = {"kinds": ("a", "b", "c, d", "c"), "sizes": (0, 9), "rates": (0.0, 1.0)}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("flag", "true", True),
        ("flag", "True", True),
        ("kinds", "a,b", ("a", "b")),
        ("kinds", "a, b", ("a", "b")),
        ("kinds", "b", ("b",)),
        ("kinds", "'a','b'", ("a", "b")),
        ("kinds", "('a', 'b')", ("a", "b")),
        ("kinds", '"c, d",a', ("c, d", "a")),
        ("flags", "false,true", (False, True)),
        ("sizes", "(3,)", (3,)),
        ("sizes", "[3, 4]", (3, 4)),
        ("rates", "1,0.5", (1.0, 0.5)),
    ],
)
def test_true_and_false_and_lists_are_read(name, text, value):
    assert parameters.resolve({name: text}, DEFAULTS, RANGES) == {name: value}


@pytest.mark.parametrize("value", DEFAULTS.values())
def test_what_is_shown_can_be_given(value):
    name = next(name for name, default in DEFAULTS.items() if default == value)
    other = {**DEFAULTS, name: (not value) if isinstance(value, bool) else value[:1] + value[:1] + value}
    assert parameters.resolve({name: parameters.shown(value)}, other, RANGES) == {name: value}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("flag", "1", "flag must be true or false, not '1'"),
        ("flags", "true,1", "flags must be a list: 1,2,3, not 'true,1'"),
        ("kinds", "a,d", "kinds cannot be 'd'; "),
        ("kinds", "a,,b", "kinds must be a list"),
        ("sizes", "1,true", "sizes must be a list"),
        ("sizes", "1,10", "sizes = 10 is out of range: 0 to 9"),
    ],
)
def test_what_is_no_such_list_is_said(name, text, said):
    with pytest.raises(UserError, match=re.escape(said)):
        parameters.resolve({name: text}, DEFAULTS, RANGES)


@pytest.mark.parametrize("allowed", [None, (False, True), (True, False)])
def test_true_and_false_need_no_range_and_have_no_order(allowed):
    parameters.check_declared({"flag": False}, {} if allowed is None else {"flag": allowed})


@pytest.mark.parametrize("allowed", [(0, 1), (True,), "ab", ()])
def test_a_range_that_leaves_out_the_default_or_is_none_is_refused(allowed):
    with pytest.raises(UserError, match="flag"):
        parameters.check_declared({"flag": False}, {"flag": allowed})


@pytest.mark.parametrize("default", [[1], (1, "a"), (), ((1,),), None, {"a": 1}])
def test_a_default_of_another_kind_is_refused(default):
    with pytest.raises(UserError, match="a tuple of those, all of one kind"):
        parameters.check_declared({"p": default}, {"p": (0, 1)})


def test_texts_say_true_false_and_lists_as_people_give_them():
    values = {"flag": True, "kinds": ["a", "c"], "rates": (0.1, 0.25)}
    assert (
        fill("{{ flag }}; {{ kinds }}; {{ rates }}; {{ rates:.1f }}", values)
        == "true; a, c; 0.1, 0.25; 0.1, 0.2"
    )
    with pytest.raises(UserError, match="format 'd' does not fit flag = True: it is not a number"):
        fill("{{ flag:d }}", values)


def test_sources_and_questions_are_for_who_has_some(tmp_path):
    path = write_recipe(tmp_path / "figures")
    text = path.read_text()
    path.write_text(text.replace('    sources=("he2015",),\n    questions=(1,),\n', ""))
    figure = loading.load(path)
    assert (figure.sources, figure.questions) == ((), ())


def test_ranges_must_match_the_parameters(tmp_path):
    path = write_recipe(tmp_path / "figures")
    path.write_text(path.read_text().replace('"kind": ("straight"', '"sort": ("straight"'))
    with pytest.raises(UserError, match=r"line.py:38: ranges must name the keyword arguments"):
        loading.load(path)


def test_figure_module_needs_only_the_standard_library():
    heavy = "('jax', 'numpy', 'matplotlib')"
    code = f"import sys, dlfigs.recipe.figure; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
