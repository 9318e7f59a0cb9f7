"""Plans of lectures: what makes slides is marked, and what is missing is named with its line."""

import pytest
from bs4 import BeautifulSoup
from test_markdown import convert  # noqa: F401  a fixture

from dlfigs.errors import UserError

PLAN = r"""# Plans

## One { #one }

{{ slides }}

The aim: to see *lines* of $x^2$.

Take your time.

1. [A line](figures/line.md). *Ask:* where does it go? *Show* its end.

??? board "Its slope"

    It is $a$.

    $$
    y = a x
    $$

For home: exercise 1.

## Two { #two }

{{ slides }}

The aim: to see it again.

1. [The same line](figures/line.md)

On the board: as in [one](#one).
"""


@pytest.fixture
def page(convert):  # noqa: F811
    """Convert a text with boxes."""

    def page(text):
        html = convert(text, extensions=["pymdownx.details", "attr_list", "toc"])
        return BeautifulSoup(html, "html.parser")

    return page


def test_the_parts_of_a_lecture_are_marked(page):
    found = page(PLAN)
    assert [place["data-lecture"] for place in found.select("section.lecture-slides")] == ["one", "two"]
    assert [aim.get_text().split()[0] for aim in found.select("p.lecture-aim")] == ["The", "The"]
    assert [item["data-shows"] for item in found.select("ol > li")] == ["line", "line"]
    assert found.select_one("p.lecture-home").get_text() == "For home: exercise 1."
    (board,) = found.select("p[data-boards]")
    assert board["data-boards"] == "one"
    assert "class" not in found.find("p", string="Take your time.").attrs


def test_a_page_without_the_word_is_left_alone(page):
    found = page(PLAN.replace("{{ slides }}", ""))
    assert not found.select("[data-shows], [data-boards], .lecture-aim")


AGAIN = "{{ slides }}\n\nThe aim: to see it"
LINK = "begins with a link to a figure's page"
MISSING = "what to ask, or where to point, is missing"
WRONG = {
    "no aim": ("The aim: to see *lines*", "We see *lines*", 9, 'has no aim: write a paragraph "The aim:'),
    "no list": ("1. [A line](figures/line.md). *Ask:*", "*Ask:*", 9, "has no figures: write a list, 1. "),
    "no such figure": ("line.md). *Ask", "lime.md). *Ask", 15, "no figure 'lime'; did you mean 'line'?"),
    "another link": ("figures/line.md). *Ask", "lines.md). *Ask", 15, LINK),
    "no link": ("[A line](figures/line.md). *Ask", "A line. *Ask", 15, LINK),
    "nothing to ask": ("*Ask:* where does it go? ", "", 15, MISSING),
    "nowhere to point": ("*Show* its end.", "", 15, MISSING),
    "no board": ("#one).", "#two).", 35, "links to no lecture of this page that has a board"),
    "no heading": (AGAIN, f"Words.\n\n{AGAIN}", 31, "stands by itself below the heading of a lecture"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_have_a_line(page, name):
    before, after, line, said = WRONG[name]
    assert PLAN.count(before) == 1
    with pytest.raises(UserError) as caught:
        page(PLAN.replace(before, after))
    place, _, message = str(caught.value).partition(": ")
    assert said in message
    assert place.endswith(f"docs/chapter.md:{line}")
