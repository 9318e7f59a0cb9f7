"""Chapters that a build does not render again, and those that it must."""

import logging

import markdown
import pytest
from conftest import write_course
from mkdocs.commands import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

OTHER = "# Other\n\n--8<-- [start:answer]\nYes.\n--8<-- [end:answer]\n"
ANSWERS = '# Answers\n\n--8<-- "other.md:answer"\n'
OF_ALL = ("answers.md", "all.md")
PAGES = ("index.md", "other.md", *OF_ALL)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of four chapters that remembers them; built once."""
    folder = write_course(tmp_path_factory.mktemp("course"))
    (folder / "docs/other.md").write_text(OTHER)
    (folder / "docs/answers.md").write_text(ANSWERS)
    (folder / "docs/all.md").write_text("# All\n\n{{ gallery }}\n\n[Lines](index.md#lines)\n")
    config = folder / "mkdocs.yml"
    text = config.read_text().replace("[dlfigs,", "[search, dlfigs: {remember: true},")
    config.write_text(text.replace("[{dlfigs", "[pymdownx.snippets: {base_path: [docs]}, {dlfigs"))
    rendered(folder)
    return folder


def rendered(course, level="INFO"):
    """Build the site strictly; return the chapters that were rendered."""
    seen, convert, log = [], markdown.Markdown.convert, logging.getLogger("mkdocs")
    texts = {path.read_text().strip(): path.name for path in (course / "docs").glob("*.md")}

    def watched(md, text):
        seen.append(texts.get(text.strip()))
        return convert(md, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown.Markdown, "convert", watched)
        before = log.level
        log.setLevel(level)  # as the command line does, with --quiet another one
        try:
            build.build(load_config(str(course / "mkdocs.yml"), strict=True))
        finally:
            log.setLevel(before)
    return {name for name in seen if name}


def site(course):
    # The index of pages for search engines has the day; nothing else differs between two builds
    files = (course / "site").rglob("*.*")
    return {f.relative_to(course): f.read_bytes() for f in files if f.is_file() and f.suffix != ".gz"}


def test_nothing_is_rendered_twice_and_pages_are_the_same_bytes(course):
    before = site(course)
    assert rendered(course) == set()
    assert site(course) == before


@pytest.mark.parametrize(
    ("file", "change", "which"),
    [
        ("docs/other.md", ("Yes.", "No."), ["other.md", *OF_ALL]),
        ("docs/index.md", ("Its", "The"), ["index.md", *OF_ALL]),
        ("figures/line.py", ("for tests.", "anew."), ["index.md", *OF_ALL]),
        ("docs/references.bib", ("{T}", "{U}"), PAGES),
        ("mkdocs.yml", ("{bibliography", "{macros: {R: x}, bibliography"), PAGES),
    ],
)
def test_what_a_change_reaches_is_rendered_again(course, file, change, which):
    path = course / file
    text = path.read_text()
    before = site(course)
    assert change[0] in text
    path.write_text(text.replace(*change))
    try:
        assert rendered(course) == set(which)
    finally:
        path.write_text(text)
    assert rendered(course) == set(which)
    assert site(course) == before


def test_a_new_page_may_mend_a_link_so_all_are_rendered(course):
    new = course / "docs/new.md"
    new.write_text("# New\n")
    assert rendered(course) == {*PAGES, "new.md"}
    new.unlink()
    assert rendered(course) == set(PAGES)


def test_what_is_wrong_is_said_in_each_build(course):
    page = course / "docs/other.md"
    page.write_text(f"{OTHER}\n[Lost](nowhere.md)\n")
    try:
        for _ in range(2):
            with pytest.raises(Abort, match="1 warnings"):
                rendered(course)
    finally:
        page.write_text(OTHER)


def test_a_quiet_build_hears_no_complaints_and_so_keeps_no_chapter_but_uses_them(course):
    rendered(course)
    assert rendered(course, "ERROR") == set()
    page = course / "docs/index.md"
    text = page.read_text()
    page.write_text(f"{text}\nMore.\n")
    try:
        assert "index.md" in rendered(course, "ERROR")
        assert "index.md" in rendered(course, "ERROR")
    finally:
        page.write_text(text)


def test_pages_are_rendered_always_unless_the_site_says_that_they_may_be_kept(tmp_path):
    folder = write_course(tmp_path)
    rendered(folder)
    assert rendered(folder) == {"index.md"}
