"""`dlfigs check --vary`, from a recipe that names settings to the table that is kept, and to the site."""

import dataclasses
import re

import pytest
from conftest import dlfigs, mkdocs, write_course

from dlfigs.recipe import robustness

VERDICTS = """
def verdicts(data):
    yield "steep", "The line against a level one", summary.verdict(data.y.mean("x"), margin=3)


figure = Figure(
    vary={"slope": (2.0, -2.0, 0.0), "kind": ("straight", "bent")},
    verdicts=verdicts,
"""
EXPECTED = {  # of seeds 0, 1 and 2, which are added to slope times mean place
    "slope=-2.0": "worse",
    "slope=0.0": "undecided",
    "kind=bent": "better",
}


@pytest.fixture
def course(tmp_path):
    write_course(tmp_path)
    change(tmp_path, "figure = Figure(\n", VERDICTS.lstrip())
    change(tmp_path, "import Claim, Figure", "import Claim, Figure, summary")
    return tmp_path


def change(course, old, new):
    recipe = course / "figures/line.py"
    text = recipe.read_text(encoding="utf-8")
    assert old in text
    recipe.write_text(text.replace(old, new), encoding="utf-8")


def kept(course):
    table = course / "figures" / robustness.TABLE
    return robustness.parse(table, table.read_text(encoding="utf-8"))


def test_verdicts_are_computed_kept_and_shown(course):
    found = dlfigs("check", "--vary", cwd=course)
    assert found.returncode == 0, found.stderr
    assert "3 verdicts at 3 settings are kept in figures/robustness.csv" in found.stdout
    assert {row.setting: row.word for row in kept(course)} == EXPECTED
    assert not (course / ".cache/dlfigs/figures").exists(), "nothing is drawn"
    # As it is drawn, the line's own verdict needs no table
    (course / "docs/index.md").write_text("# Where\n\n{{ verdicts }}\n")
    assert mkdocs(course).returncode == 0
    for page in ("index.html", "figures/line/index.html"):
        html = (course / "site" / page).read_text(encoding="utf-8")
        words = re.findall(r'<span class="(\w+)" title', html)
        assert words == ["better", *EXPECTED.values()], page
        assert "the same at all 4 settings: 0 of 1" in html
        assert "slope = -2.0" in html
        assert ">turns<" in html
    assert dlfigs("check", cwd=course).returncode == 0


def test_verdicts_of_other_code_are_an_error_that_says_what_to_do(course):
    assert dlfigs("check", "--vary", "line", cwd=course).returncode == 0
    before = kept(course)
    change(course, "A line for tests.", "Another caption.")
    change(course, "ax.plot(", "ax.step(")
    change(course, "def compute(", "# Why\ndef compute(")
    change(course, '"""Values of a line; dims (seed, x)."""', '"""Values."""')
    assert dlfigs("check", cwd=course).returncode == 0, "neither words nor drawings change a verdict"
    change(course, "slope * x", "slope * x + 0.001")
    advice = "line: its verdicts with slope=-2.0, slope=0.0, kind=bent are not kept, or not of this code"
    for found in (dlfigs("check", cwd=course), mkdocs(course)):
        assert found.returncode == 1
        assert f"{advice}: run dlfigs check --vary line" in found.stderr + found.stdout
    few = dlfigs("check", "--vary", "--few", "3", cwd=course)
    assert few.returncode == 1
    assert "--few 3: line with " in few.stderr
    assert "the kept verdict is of other code" in few.stderr
    assert kept(course) == before, "who compares changes nothing"
    assert dlfigs("check", "--vary", cwd=course).returncode == 0
    assert dlfigs("check", "--vary", "--few", "3", cwd=course).returncode == 0
    assert {row.digest for row in kept(course)}.isdisjoint({row.digest for row in before})


def test_a_kept_verdict_that_this_machine_does_not_find_is_named(course):
    assert dlfigs("check", "--vary", cwd=course).returncode == 0
    table = course / "figures" / robustness.TABLE
    rows = kept(course)
    words = [dataclasses.replace(row, word="undecided", mean=row.high) for row in rows]
    table.write_text(robustness.written(words))
    found = dlfigs("check", "--vary", "--few", "0", cwd=course)
    assert found.returncode == 0, "intervals that overlap do not contradict each other"
    moved = [dataclasses.replace(row, low=row.low + 100, high=row.high + 100) for row in rows]
    table.write_text(robustness.written(moved))
    found = dlfigs("check", "--vary", "--few", "0", cwd=course)
    assert found.returncode == 1
    assert re.search(r"line with .*: The line against a level one: \w+, .*; kept is \w+, \d", found.stderr)
    assert "run dlfigs check --vary line" in found.stderr
    table.write_text("figure,word\n")
    found = dlfigs("check", "--vary", cwd=course)
    assert found.returncode == 2
    assert "robustness.csv:1: the columns must be" in found.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("(2.0, -2.0, 0.0)", "(99.0,)", "vary: slope = 99.0 is out of range: -10.0 to 10.0"),
        ("(2.0, -2.0, 0.0)", "('a',)", "vary: slope must be a number, not 'a'"),
        ("(2.0, -2.0, 0.0)", "3.0", "vary: slope must have a tuple of values, (3.0,)"),
        ('vary={"slope"', 'vary={"slop"', "vary: no parameter 'slop'; did you mean 'slope'?"),
        ('{"slope": (2.0, -2.0, 0.0), "kind": ("straight", "bent")}', "(3,)", "vary cannot be (3,): write"),
        ("    verdicts=verdicts,\n", "", "a figure needs both, `vary`"),
    ],
)
def test_a_mistake_in_vary_names_file_and_line(course, old, new, said):
    change(course, old, new)
    found = dlfigs("check", "--vary", cwd=course)
    assert found.returncode == 2
    assert re.match(rf"dlfigs: figures/line.py:\d+: {re.escape(said)}", found.stderr), found.stderr
    lines = (course / "figures/line.py").read_text().splitlines()
    assert "vary=" in lines[int(found.stderr.split(":")[2]) - 1]


def test_a_mistake_in_verdicts_leaves_the_others_and_what_was_kept(course):
    assert dlfigs("check", "--vary", cwd=course).returncode == 0
    before = kept(course)
    change(course, 'summary.verdict(data.y.mean("x"), margin=3)', "3")
    found = dlfigs("check", "--vary", cwd=course)
    assert found.returncode == 1
    assert "line with slope=-2.0: no verdicts" in found.stderr
    assert "verdicts must yield (id, text, summary.verdict(...)), not ('steep'" in found.stderr
    assert kept(course) == before


def test_a_wrong_margin_names_file_and_line(course):
    change(course, "margin=3)", "margin=-3)")
    found = dlfigs("check", cwd=course)
    assert found.returncode == 1
    said = re.search(
        r"figures/line.py:(\d+): the margin of a verdict must be a positive number", found.stderr
    )
    assert said, found.stderr
    lines = (course / "figures/line.py").read_text().splitlines()
    assert "verdicts" in lines[int(said[1]) - 1]
