"""How to cite: sentence and BibTeX from CITATION.cff, and what a bad file is told."""

from datetime import date

import pybtex.database
import pytest

from dlfigs.markdown.citing import Course
from dlfigs.recipe.figure import UserError

CFF = """
title: Lines & curves
authors:
  - given-names: Ada
    family-names: Lovelace
  - name: The 100 % group
version: 1.2.0
url: "https://example.org/course"
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772323200")  # 1 March 2026
    (tmp_path / "CITATION.cff").write_text(CFF)
    return Course.read(tmp_path / "CITATION.cff")


def test_a_figure_as_a_sentence_and_as_bibtex(course):
    citation = course.cite("figure", "A line: 50 % up_hill", name="line", page="figures/line/")
    assert citation.sentence == (
        "Ada Lovelace and The 100 % group (2026). A line: 50 % up_hill. Figure in: Lines & curves, version "
        "1.2.0. https://example.org/course/figures/line/ (built 1 March 2026)."
    )
    ((key, entry),) = pybtex.database.parse_string(citation.bibtex, "bibtex").entries.items()
    assert key == "lines_curves_line"
    assert entry.fields["title"] == r"{A line: 50 \% up\_hill}"
    assert entry.fields["howpublished"] == r"Figure in: Lines \& curves"
    assert entry.fields["url"] == "https://example.org/course/figures/line/"
    assert entry.fields["urldate"] == "2026-03-01"
    assert [str(person) for person in entry.persons["author"]] == ["{Ada Lovelace}", r"{The 100 \% group}"]


def test_a_date_that_is_none_is_refused(course, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UserError, match="SOURCE_DATE_EPOCH must be seconds since 1970, not 'yesterday'"):
        course.cite("course")


def test_a_chapter_that_asks_has_one_question_mark_and_the_course_is_whole(course):
    assert "Why? Chapter in: Lines & curves" in course.cite("chapter", "Why?").sentence
    whole = course.cite("course")
    assert "Lines & curves. Version 1.2.0. https://example.org/course/ (" in whole.sentence
    assert whole.built == date(2026, 3, 1)
    assert "howpublished = {Website}" in whole.bibtex


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no citation file at "),
        ("title: [", "CITATION.cff:1: not valid YAML"),
        ("title: T", "authors, version, url must be there"),
        ("- a list", "title, authors, version, url must be there"),
    ],
)
def test_a_file_that_cannot_be_cited_says_why(tmp_path, text, said):
    path = tmp_path / "CITATION.cff"
    if text:
        path.write_text(text)
    with pytest.raises(UserError, match=r"CITATION\.cff") as error:
        Course.read(path)
    assert said in str(error.value)
