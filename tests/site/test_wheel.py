"""Another course has the look, the gallery and the rest from the wheel alone: nothing of ours is copied."""

import os
import shutil
import subprocess
import sys
import sysconfig

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, write_recipe

CONFIG = """
site_name: A course
site_url: https://example.org/course/
theme: {name: material, font: false}
plugins: [search, dlfigs]
markdown_extensions: [{dlfigs.markdown: {citation: CITATION.cff}}]
"""
PAGE = "# Lines\n\n![](line)\n\nIts slope is {{ line.steep:.1f }}, and $y = 2x$.\n\n{{ gallery }}\n"
CITATION = """
cff-version: 1.2.0
title: A course
message: Cite it.
authors: [{family-names: Author, given-names: An}]
version: 1.0.0
date-released: 2026-11-01
url: https://example.org/course/
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of a configuration, a page and a recipe, built where there is nothing else of ours."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("dlfigs-*.whl")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin/python"
    install = ["uv", "pip", "install", "--offline", "--no-deps", "--python", python, wheel]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    # Whatever it needs is read where it is; lines in .pth files there, as of editable installs, are not
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    course = folder / "course"
    write_recipe(course / "figures")
    recipe = course / "figures/line.py"
    recipe.write_text(recipe.read_text().replace('sources=("he2015",)', "sources=()"))
    (course / "docs").mkdir()
    for name, text in {"mkdocs.yml": CONFIG, "docs/index.md": PAGE, "CITATION.cff": CITATION}.items():
        (course / name).write_text(text)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = [python, "-c", "import dlfigs; print(dlfigs.__file__)"]
    found = subprocess.check_output(where, cwd=course, env=env, text=True)
    assert found.startswith(str(environment)), "the installed package, not the folder in which we work"
    result = subprocess.run(
        [python, "-m", "mkdocs", "build", "--strict", "--quiet"],
        cwd=course,
        env=env | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    yield course
    shutil.rmtree(folder)


@pytest.mark.slow
def test_the_smallest_course_shows_what_ours_shows(course):
    page = BeautifulSoup((course / "site/index.html").read_text(), "html.parser")
    (figure,) = page.select("figure.dlfigs")
    assert figure.select_one("svg.drawing")["role"] == "img"
    assert "A line for tests." in figure.figcaption.text
    links = {link.text: link["href"] for link in figure.select(".figure-links a")}
    assert links.keys() >= {"Notebook", "Data", "SVG", "PNG", "PDF"}
    for address in links.values():
        place = course / "site" / address.partition("#")[0]
        assert (place / "index.html" if place.is_dir() else place).is_file(), address
    assert figure.select_one(".cite-panel .cite-text").text.startswith("An Author")
    assert "Its slope is 2.0" in page.text
    assert page.select_one("ul.gallery > li .gallery-title").text == "A line"
    assert page.select_one("form.gallery-filter input[type=search]")


@pytest.mark.slow
def test_its_look_comes_with_the_package(course):
    site = course / "site"
    page = BeautifulSoup((site / "index.html").read_text(), "html.parser")
    sheets = [link["href"] for link in page.select("link[rel=stylesheet]")]
    (sheet,) = [name for name in sheets if name.endswith("dlfigs.css")]
    text = (site / sheet).read_text()
    assert '[data-md-color-scheme="slate"]' in text, "dark colors"
    assert "gallery" in text
    assert "cite-panel" in text
    (script,) = [tag["src"] for tag in page.select("script[src$='dlfigs.js']")]
    assert "popover" in (site / script).read_text() or "copy" in (site / script).read_text()
    assert page.select_one("math msup, math mi")
    (font,) = page.select("link[rel=preload][as=font]")
    assert (site / font["href"]).read_bytes()[:4] == b"wOF2"
