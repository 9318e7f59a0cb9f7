"""Mistakes in mkdocs.yml, CITATION.cff and references.bib: one line, with file, line and what is right."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, mkdocs, run
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError

OPTIONS = "{bibliography: docs/references.bib}"
CFF = "title: T\nversion: 1.0\nurl: https://example.org/t\nauthors: [{name: Us}]\n"
QUESTIONS = "# Questions\n\n## 1. Why? { #q1 }\n\n## 2. How? { #q2 }\n"


@pytest.fixture
def course(made, tmp_path):
    """A course with all that can be configured."""
    folder = shutil.copytree(made, tmp_path / "course")
    (folder / "CITATION.cff").write_text(CFF)
    (folder / "docs/questions.md").write_text(QUESTIONS)
    more = ", citation: CITATION.cff, questions: docs/questions.md, parts: {Lines: [1, 2]}}"
    change(folder / "mkdocs.yml", OPTIONS, OPTIONS[:-1] + more)
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def configure(course):
    """Do what MkDocs does before it reads a page."""
    config = load_config(str(course / "mkdocs.yml"))
    return config.plugins["dlfigs"].on_config(config)


def test_what_is_right_is_accepted(course):
    assert configure(course)


def test_a_course_is_built_from_any_folder(course, tmp_path):
    result = mkdocs(tmp_path, "--config-file", str(course / "mkdocs.yml"))
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bibliography:", "bibliographie:", ":6: dlfigs.markdown: no option 'bibliographie'; did you mean"),
        (
            "docs/references.bib",
            "3",
            ":6: dlfigs.markdown: the option 'bibliography' must be a text, not 3",
        ),
        ("docs/references.bib", "[a]", ":6: dlfigs.markdown: the option 'bibliography' must be a text"),
        ("bibliography:", "notebooks: {}, bibliography:", "the option 'notebooks' must be a text, not {}"),
        ("CITATION.cff", "5", ":6: dlfigs.markdown: the option 'citation' must be a text, not 5"),
        ("docs/questions.md", "[1]", ":6: dlfigs.markdown: the option 'questions' must be a text, not [1]"),
        ("{Lines: [1, 2]}", "3", ":6: dlfigs.markdown: the option `parts` must be lists of question"),
        ("{Lines: [1, 2]}", "{Lines: 1}", "the option `parts` must be lists of question numbers by title"),
        ("{Lines: [1, 2]}", "{Lines: [one]}", "the option `parts` must be lists of question numbers"),
        ("parts:", "macros: 3, parts:", "the option 'macros' must be a mapping, not 3"),
        ("parts:", "macros: {R: 3}, parts:", "the option 'macros' must be TeX by name"),
        ("parts:", "macros: {1a: x}, parts:", "the option 'macros' must be TeX by name"),
        ("docs/references.bib", "docs/reference.bib", "no bibliography at "),
        ("docs/references.bib", "docs", "no bibliography at "),
        ("bibliography: docs/references.bib, ", "", "line.py:36: no reference 'he2015': the option `bibli"),
        ("CITATION.cff", "CITATION.cf", "no citation file at "),
        (
            "docs/questions.md",
            "docs/question.md",
            "the option `questions` names a page that is not there: ",
        ),
        ("[1, 2]", "[1, 3]", "the option `parts`: Lines has question 3; "),
        ("markdown_extensions:", "x:", "markdown_extensions must have dlfigs.markdown"),
        ("[dlfigs,", "[{dlfigs: {recipes: nowhere}},", "no folder of recipes at "),
        ("[dlfigs,", "[{dlfigs: {recipes: mkdocs.yml}},", "no folder of recipes at "),
        ("[dlfigs,", "[{dlfigs: {cache: mkdocs.yml}},", "mkdocs.yml cannot be written: File exists"),
    ],
)
def test_mistakes_in_the_configuration_end_the_build_before_any_page(course, old, new, said):
    change(course / "mkdocs.yml", old, new)
    with pytest.raises(PluginError) as caught:
        configure(course)
    message = str(caught.value)
    assert said in message
    assert str(course) in message, "which file it is"
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "title, authors, version, url must be there, to cite from"),
        (b"[1, 2]", "title, authors, version, url must be there, to cite from"),
        (b"title: [\n", ":2: not valid YAML: expected the node content"),
        (CFF.replace("title: T", "title: 5").encode(), "title must be a text, not 5"),
        (CFF.replace("https://example.org/t", "3").encode(), "url must be a text, not 3"),
        (CFF.replace("[{name: Us}]", "Us").encode(), "authors must be a list, each with name or"),
        (CFF.replace("[{name: Us}]", "[Us]").encode(), "authors must be a list, each with name or"),
        (CFF.replace("name: Us", "orcid: x").encode(), "authors must be a list, each with name or"),
        (b"title: \xe4\n", "'utf-8' codec can't decode byte 0xe4"),
    ],
)
def test_mistakes_in_the_citation_file_are_named(course, content, said):
    (course / "CITATION.cff").write_bytes(content)
    with pytest.raises(PluginError, match=r"CITATION\.cff:") as caught:
        configure(course)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "figures/line.py:36: no reference 'he2015' in "),
        (b"@misc{he2015, title = ", "references.bib:1: the entry 'he2015' cannot be read to its end"),
        (b"@misc{he2015, title={A}}\n@misc{he2015, title={B}}", "repeated bibliography entry: he2015"),
        (b"@misc{he2015, title={\xe4}}", "references.bib: 'utf-8' codec can't decode byte 0xe4"),
    ],
)
def test_mistakes_in_the_bibliography_are_named(course, content, said):
    (course / "docs/references.bib").write_bytes(content)
    with pytest.raises(PluginError) as caught:
        configure(course)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('("he2015",)', '("he2051",)', r"figures/line\.py:36: no reference 'he2051' .*mean 'he2015'\?"),
        (
            "questions=(1,)",
            "questions=(7,)",
            r"figures/line\.py:37: no question 7; .*questions\.md has 1, 2",
        ),
    ],
)
def test_a_figure_s_sources_and_questions_must_be_there_though_no_page_shows_it(course, old, new, said):
    (course / "docs/index.md").write_text("# Nothing\n")
    change(course / "figures/line.py", old, new)
    with pytest.raises(PluginError, match=said):
        configure(course)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[dlfigs,", "[{dlfigs: {recipe: figures}},", "Unrecognised configuration name: recipe"),
        ("[dlfigs,", "[{dlfigs: {recipes: 3}},", "option 'recipes': Expected type: <class 'str'>"),
        ("[dlfigs,", "[{dlfigs: {cache: [1]}},", "option 'cache': Expected type: <class 'str'>"),
        ("[dlfigs,", "[dlfigs", 'mkdocs.yml", line 5, column 1'),
        ("{dlfigs.markdown: {bib", "{dlfigs.markdwn: {bib", "dlfigs.markdwn"),
    ],
)
def test_what_mkdocs_itself_refuses_leaves_the_last_site(course, old, new, said):
    change(course / "mkdocs.yml", old, new)
    result = run(["-m", "mkdocs", "build", "--strict"], cwd=course)
    assert result.returncode == 1
    assert said in result.stderr
    assert (course / "site/index.html").is_file()


def test_a_page_that_is_not_utf_8_is_named(course):
    (course / "docs/index.md").write_bytes("# Übung\n".encode("latin-1"))
    result = mkdocs(course)
    assert result.returncode == 1
    assert "index.md" in result.stderr
    assert "Traceback" not in result.stderr
    assert "pages are to be saved as UTF-8" in result.stdout


def test_make_site_keeps_the_last_good_site(course):
    """With the Makefile's own step: MkDocs alone empties the site before it finds a mistake in a page."""
    good = {file: file.read_bytes() for file in (course / "site").rglob("*.html")}
    for name in ("requirements.txt", "pyproject.toml", "ready-site"):
        (course / name).touch()
    command = [
        "make",
        "--file",
        str(ROOT / "Makefile"),
        f"BIN={Path(sys.executable).parent}",
        "READY=ready",
    ]
    change(course / "docs/index.md", "![](line)", "![](lien)")
    result = subprocess.run([*command, "site"], cwd=course, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "docs/index.md:3: no figure 'lien'; did you mean 'line'?" in result.stderr
    assert {file: file.read_bytes() for file in (course / "site").rglob("*.html")} == good
    change(course / "docs/index.md", "![](lien)", "Mended.\n\n![](line)")
    result = subprocess.run([*command, "site"], cwd=course, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "Mended." in (course / "site/index.html").read_text()
