"""Another course has the look, the gallery and the rest from the wheel alone: nothing of ours is copied."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, write_recipe
from reader import needs_browser

CONFIG = """
site_name: A course
site_url: https://example.org/course/
theme:
  name: material
  font: false
  palette:
    - media: "(prefers-color-scheme: light)"
      scheme: default
      toggle: {icon: material/weather-sunny, name: Dark}
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
      toggle: {icon: material/weather-night, name: Light}
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


def index():
    """Where uv is to look for packages: where pip is set up to, and first into its own cache."""
    said = subprocess.check_output([sys.executable, "-m", "pip", "config", "list"], text=True)
    found = dict(re.findall(r"^[^.]*\.(index-url|cert)='(.*)'$", said, re.MULTILINE))
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    return {names[name]: value for name, value in found.items()} | {"UV_SYSTEM_CERTS": "1"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment with nothing but the wheel and what it asks for, in the versions of our own."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("dlfigs-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "environment"], check=True)
    python = folder / "environment/bin/python"
    pins = re.sub(r" *\\\n *--hash=\S+", "", (ROOT / "requirements.txt").read_text())
    (folder / "pins.txt").write_text(pins)  # the wheel has no hash, so that none can be asked for
    install = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--python",
        python,
        "--constraint",
        folder / "pins.txt",
    ]
    for offline in (["--offline"], []):
        result = subprocess.run(
            [*install, *offline, f"dlfigs[site] @ {wheel.as_uri()}"],
            env=os.environ | index(),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode == 0:
            break
    assert result.returncode == 0, result.stderr
    where = subprocess.check_output(
        [python, "-c", "import dlfigs; print(dlfigs.__file__)"], cwd=folder, text=True
    )
    assert where.startswith(str(folder)), "the installed package, not the folder in which we work"
    yield python
    shutil.rmtree(folder)


def run(python, *command, cwd):
    """Run a module of that environment, with none of our folders in sight; return what it prints."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [python, "-m", *command],
        cwd=cwd,
        env=env | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def course(environment, tmp_path_factory):
    """A course of a configuration, a page and a recipe, built where there is nothing else of ours."""
    folder = tmp_path_factory.mktemp("course")
    course = folder / "course"
    write_recipe(course / "figures")
    recipe = course / "figures/line.py"
    recipe.write_text(recipe.read_text().replace('sources=("he2015",)', "sources=()"))
    (course / "docs").mkdir()
    for name, text in {"mkdocs.yml": CONFIG, "docs/index.md": PAGE, "CITATION.cff": CITATION}.items():
        (course / name).write_text(text)
    run(environment, "mkdocs", "build", "--strict", "--quiet", cwd=course)
    return course


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


@pytest.mark.slow
@needs_browser
def test_it_is_dark_where_the_system_is(course, browser):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto((course / "site/index.html").as_uri())
    ink = page.locator("figure.dlfigs svg text").first.evaluate("text => getComputedStyle(text).fill")
    assert min(map(int, re.findall(r"\d+", ink)[:3])) > 150, "light letters"
    context.close()


@pytest.mark.slow
def test_a_notebook_of_the_course_runs_where_the_wheel_is_and_would_install_it_elsewhere(
    environment, figures, tmp_path
):
    page = nbformat.read(figures["soft_threshold"].file("ipynb"), as_version=4)
    code = [cell.source for cell in page.cells if cell.cell_type == "code"]
    # A kernel shows the figure, too; here it is enough that all of it runs
    (tmp_path / "cells.py").write_text("\n\n".join([*code[:-1], code[-1].removesuffix("\nfigure"), ""]))
    run(environment, "cells", cwd=tmp_path)
    # Where dlfigs is missing, the first cell asks pip for it, and pip for what else the recipe needs
    missing = code[0].replace('find_spec("dlfigs")', 'find_spec("no_such_package")')
    assert missing != code[0]
    instead = "import subprocess\nsubprocess.run = lambda command, **_: print(command)\n"
    (tmp_path / "asked.py").write_text(instead + missing)
    asked = run(environment, "asked", cwd=tmp_path)
    assert "'-m', 'pip', 'install'" in asked
    assert "dlfigs @ git+https://github.com/deep-networks-measured/course" in asked


@pytest.mark.slow
def test_the_three_lines_for_newcomers_give_a_course(environment, tmp_path):
    run(environment, "dlfigs", "new", "lectures", cwd=tmp_path)
    run(environment, "mkdocs", "build", "--strict", "--quiet", cwd=tmp_path / "lectures")
    page = BeautifulSoup((tmp_path / "lectures/site/index.html").read_text(), "html.parser")
    assert page.select("figure.dlfigs svg.drawing")
