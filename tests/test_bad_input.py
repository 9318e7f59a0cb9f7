"""Mistakes that people make, and what they are told."""

import math

import pytest
from test_markdown import convert  # noqa: F401  a fixture

from dlfigs import Claim
from dlfigs.errors import UserError

NUMBERS = [
    "{{ line.rate",
    "{{ line.rate }",
    "{ line.rate }}",
    "{{ }}",
    "{{ line.ra te }}",
    "{{ line-rate.x }}",
]
FORMULAS = ["An open $x = 2.", "$$\nx\n", "In $$ x $$ line"]
CITATIONS = ["[@he2015", "[@He2015]", "[@ he2015]", "[@he2015,]", "[@he2015 @hanin2020]", "[@]"]
IMAGES = ["![](line", "![][line]", "![] (line)"]


@pytest.mark.parametrize("bad", [*NUMBERS, *FORMULAS, *CITATIONS, *IMAGES])
def test_what_is_not_understood_is_not_published(convert, bad):  # noqa: F811
    with pytest.raises(UserError, match=r"docs/chapter\.md:9: .* is not understood: a "):
        convert(f"# Title\n\nFirst paragraph.\n\n{bad}")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("$a {{ line.rate }} b$", "has no place in a formula"),
        ("![](Line)", "did you mean 'line'"),
        ("# ![](line)", "a paragraph of its own"),
        ("[![](line)](https://example.org)", "a paragraph of its own"),
        ("{{ line.rate:d }}", "it is not a whole number"),
    ],
)
def test_mistakes_have_a_line(convert, bad, said):  # noqa: F811
    with pytest.raises(UserError, match=rf"docs/chapter\.md:9: .*{said}"):
        convert(f"# Title\n\nFirst paragraph.\n\n{bad}")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"low": math.nan}, "low must be a finite number"),
        ({"high": math.inf}, "high must be a finite number"),
        ({"low": 2, "high": 1}, "low = 2 is above high = 1"),
        ({"expected": 1, "tolerance": -0.1}, "the tolerance -0.1 is negative"),
        ({"low": "x"}, "low must be one number"),
    ],
)
def test_a_claim_with_senseless_limits_is_refused(limits, said):
    with pytest.raises(UserError, match=said):
        Claim("a", "A", measured=1, **limits)
