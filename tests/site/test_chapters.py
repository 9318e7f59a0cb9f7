"""Chapters keep their contract, and every Python block that a reader sees has been run."""

import ast
import functools
import re

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from pytest_codeblocks import extract_from_file

DOCS = ROOT / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
CHAPTERS = [
    name
    for name in PAGES
    if name
    not in (
        "index.md",
        "api.md",
        "api_experiments.md",
        "api_nets.md",
        "how_it_works.md",
        "practice.md",
        "questions.md",
        "exercises.md",
        "gallery.md",
        "how_to_use.md",
        "citing.md",
        "corrections.md",
        "formulas.md",
        "glossary.md",
        "notation.md",
        "benchmarks.md",
        "robustness.md",
        "reference.md",
    )
]
PARTS = [
    "The question",
    "Why",
    "See it",
    "Do it",
    "What the list said",
    "When it fails",
    "Exercises",
    "References",
]


@functools.cache
def page(site, name):
    """The article of a page: to be read, not changed."""
    folder = site if name == "index.md" else site / name.removesuffix(".md")
    return BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser").article


def python_blocks(name):
    return [block for block in extract_from_file(DOCS / name) if block.syntax == "python"]


def squeeze(code):
    return "\n".join(line.rstrip() for line in code.strip().splitlines() if line.strip())


@pytest.mark.parametrize("name", PAGES)
def test_every_python_block_on_the_page_is_one_that_was_run(site, name):
    """pytest-codeblocks silently skips other fences, such as ```py or ~~~python: none may be shown."""
    shown = [squeeze(block.get_text()) for block in page(site, name).select(".highlight code")]
    languages = [
        " ".join(block.parent.parent.get("class", []))
        for block in page(site, name).select(".highlight code")
    ]
    ran = [squeeze(block.code) for block in python_blocks(name)]
    python = [
        code for code, language in zip(shown, languages, strict=True) if "language-python" in language
    ]
    if name.startswith("api"):
        return  # examples of docstrings, which tests/test_api.py holds
    assert sorted(python) == sorted(ran)
    for code, language in zip(shown, languages, strict=True):
        if "language-python" not in language:
            assert not looks_like_python(code), f"{name}: this block is shown but not run:\n{code}"


def looks_like_python(code):
    """Whether a block that is not marked as Python would run as such: more than a word or two."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False
    return any(
        isinstance(node, (ast.Import, ast.ImportFrom, ast.Call, ast.FunctionDef)) for node in ast.walk(tree)
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_block_can_fail(name):
    for block in python_blocks(name):
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(block.code)))
        assert asserts or (block.expected_output or "").strip(), (
            f"{name}, line {block.lineno}: nothing is compared"
        )
        assert not block.marks, f"{name}, line {block.lineno}: no block is skipped"
        assert block.importorskip is None


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_all_its_parts(site, name):
    article = page(site, name)
    assert [h.contents[0].strip() for h in article.find_all("h2")] == PARTS
    assert article.select(".admonition.abstract"), "the short answer"
    assert article.select(".admonition.failure, .admonition.success"), "what the list said"
    assert article.select("figure.dlfigs svg")
    answers = article.select("details.success")
    exercises = re.findall(r"^\*\*\d\.", (DOCS / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(answers) == len(exercises) >= 3
    assert len(python_blocks(name)) >= 2
    for item in article.select(".references li"):
        assert item.find("a", href=re.compile("^https?://")), f"{name}: {item['id']} has no link"


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_text_comes_before_the_figure(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    for match in re.finditer(r"^!\[.*?\]\(\w+.*?\)$", text, flags=re.MULTILINE):
        before = text[: match.start()].rstrip().rsplit("\n\n", 1)[-1]
        assert not before.startswith(("#", "![")), f"{name}: say what to look at before {match[0]}"


def test_all_questions_have_a_short_answer(site):
    article = page(site, "questions.md")
    headings = article.find_all("h2", id=re.compile(r"^q\d+$"))
    assert [h["id"] for h in headings] == [f"q{n}" for n in range(1, 20)]
    for number, heading in enumerate(headings, 1):
        answer = next(part for part in section(site, "questions.md", number) if part.name == "details")
        short, about_the_list = answer.find_all("p")[:2]
        assert not short.find("code", class_="highlight")
        assert 1 <= len(sentences(short.get_text())) <= 3, f"{heading['id']}: {sentences(short.get_text())}"
        assert re.match(r"The list[’']s answer is (partly right|wrong|right): ", about_the_list.get_text())


@pytest.mark.parametrize("number", range(1, 20))
def test_each_question_has_its_chapter_its_correction_and_a_source(site, number):
    marked = [n for n in CHAPTERS if f"[start:q{number}]" in (DOCS / n).read_text(encoding="utf-8")]
    assert len(marked) == 1, f"chapters with the short answer to question {number}: {marked}"
    address = f"../{marked[0].removesuffix('.md')}/"
    for name in ("questions.md", "corrections.md"):
        assert section(site, name, number)[-1].a["href"] == address, name
    says, *_ = parts = section(site, "corrections.md", number)
    assert says.strong.get_text().startswith("The list"), "what the list says"
    right = [part for part in parts if part.strong and part.strong.get_text().startswith("Right")]
    assert right, "what is right"
    sources = [link["href"] for part in parts for link in part.select("a.citation")]
    assert sources, "a source"
    ids = {item["id"] for item in page(site, "corrections.md").select(".references li")}
    assert {source.removeprefix("#") for source in sources} <= ids


def section(site, name, number):
    """The elements of a question's section, without its heading."""
    heading = page(site, name).find("h2", id=f"q{number}")
    assert heading, f"{name} has no question {number}"
    elements = []
    for element in heading.find_next_siblings():
        if element.name == "h2" or "references" in element.get("class", []):
            break
        elements.append(element)
    return elements


def sentences(text):
    """Split at full stops that end a sentence: not those of "et al." and "sec. 4"."""
    text = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", text)
    text = re.sub(r"\b(et al|sec|vs|e\.g|i\.e)\.", r"\1", text)
    return [part for part in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip()) if part]


BRITISH = (
    r"\b\w*(?:isation|(?:normal|initial|regular|general|optim|minim|maxim|real|emphas|summar)is(?:e|ing)"
    r"|colour|behaviour|neighbour|favour|grey\b|centred|labelled|modelling|analyse)\w*"
)


@pytest.mark.parametrize(
    "path", [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name
)
def test_spelling_is_american(path):
    found = re.findall(BRITISH, path.read_text(encoding="utf-8"), flags=re.IGNORECASE)
    assert not found


def test_the_navigation_has_every_page():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for name in PAGES:
        assert f": {name}" in text
