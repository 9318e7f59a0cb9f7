"""What how_to_use.md shows at a prompt is what happens, and its plans name what there is."""

import os
import re
import shlex
import subprocess
import sys

import pytest
from conftest import ROOT
from test_chapters import CHAPTERS

DOCS = ROOT / "docs"
TEXT = (DOCS / "how_to_use.md").read_text(encoding="utf-8")
FENCE = re.compile(r'^```(\w+)(?: title="(\S+)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+\.\d+")


@pytest.fixture(scope="module")
def course(figures, tmp_path_factory):
    """A folder that looks like the course's, and commands that look like those of its `.venv`."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("figures", "docs", "CITATION.cff", ".cache"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "bin").mkdir()
    for name in ("dlfigs", "mkdocs"):
        command = folder / "bin" / name
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {name} "$@"\n')
        command.chmod(0o755)
    return folder


def test_each_command_does_what_is_shown(course):
    """From the first block to the last, because some need the files of others."""
    paths = {
        "PATH": f"{course}/bin:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "NO_MKDOCS_2_WARNING": "1",
    }
    ran = 0
    for language, title, content in FENCE.findall(TEXT):
        if title:
            (course / title).write_text(content, encoding="utf-8")
        for shown in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:] if language == "console" else ():
            command, *expected = shown.strip().splitlines()
            result = subprocess.run(
                ["sh", "-c", f"{command} 2>&1"],
                cwd=course,
                env={**os.environ, **paths},
                capture_output=True,
                text=True,
                check=False,
            )
            said = result.stdout.replace("\xa0", " ").strip().splitlines()
            assert [NUMBER.sub("0", line) for line in said] == [NUMBER.sub("0", line) for line in expected]
            numbers, others = ([float(n) for n in NUMBER.findall("\n".join(x))] for x in (said, expected))
            assert numbers == pytest.approx(others, rel=1e-3), command
            ran += 1
    assert ran >= 10
    page = (course / "lectures/site/activations/index.html").read_text(encoding="utf-8")
    for part in ("<svg", "Swish is −0.278", "Ramachandran", "assets/figures/swish.csv"):
        assert part in page


def test_six_lectures_have_every_chapter_once_and_figures_of_chapters_taught():
    plan = TEXT[TEXT.index("### Six lectures") : TEXT.index("### Three lectures")]
    lectures = plan.split("\n#### ")[1:]
    assert len(lectures) == 6
    taught, texts = [], []
    for lecture in lectures:
        chapters = re.findall(r"\]\((\w+)\.md\)", lecture)
        texts += [(DOCS / f"{name}.md").read_text(encoding="utf-8") for name in chapters]
        slugs = re.findall(r"^1\. \[.+?\]\(figures/(\w+)\.md\)", lecture, flags=re.MULTILINE)
        assert 4 <= len(slugs) <= 6
        for slug in slugs:
            assert any(f"![]({slug})" in text for text in texts), slug
        assert lecture.count("*Ask:*") == lecture.count("*Show*") == len(slugs)
        taught += chapters
    parts = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1].split("\n\n")[0]
    listed = re.findall(r"^      - .+: (\w+)\.md$", parts, flags=re.MULTILINE)
    assert taught == [name for name in listed if f"{name}.md" in CHAPTERS]


def test_three_lectures_show_figures_of_the_six():
    six, three = TEXT.split("### Three lectures")
    slugs = re.findall(r"figures/(\w+)\.md", three.split("## Change a figure")[0])
    assert len(slugs) == len(set(slugs)) == 14
    for slug in slugs:
        assert f"(figures/{slug}.md)" in six, slug


def test_exercises_for_home_exist():
    named = re.findall(r"((?:\d|, | and | to )+) of\s\[[^\]]+\]\((\w+)\.md#exercises\)", TEXT)
    assert len(named) >= 15
    for numbers, chapter in named:
        text = (DOCS / f"{chapter}.md").read_text(encoding="utf-8")
        for number in re.findall(r"\d", numbers):
            assert f"\n**{number}." in text, f"{chapter}: exercise {number}"
