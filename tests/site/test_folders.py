"""Chapters in folders, and figures wherever a chapter can have them: each link of a site leads on."""

import json
import shutil
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from bs4 import BeautifulSoup
from conftest import BIB, dlfigs, mkdocs, write_recipe
from mkdocs.commands import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, PluginError

CONFIG = """
site_name: A course
site_url: https://example.org/course/
theme: {name: material, font: false}
plugins:
  - search
  - dlfigs
  - mkdocs-jupyter: {include: ["*.ipynb"], execute: false}
markdown_extensions:
  - admonition
  - attr_list
  - def_list
  - footnotes
  - md_in_html
  - tables
  - pymdownx.blocks.caption
  - pymdownx.details
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
  - dlfigs.markdown: {bibliography: docs/references.bib, citation: CITATION.cff}
"""
CFF = "title: T\nversion: 1.0\nurl: https://example.org/course\nauthors: [{name: Us}]\n"
PLACES = {
    "a list": "* one\n\n    * two\n\n        ![](line)\n",
    "a tight list": "1. ![](line)\n",
    "a table": "| a | b |\n|---|---|\n| ![](line) | x |\n",
    "a tab": '=== "A"\n\n    ![](line)\n\n=== "B"\n\n    Text.\n',
    "a box": "!!! note\n\n    ![](line)\n",
    "a folded box": "??? question\n\n    Text.\n\n    !!! tip\n\n        ![](line)\n",
    "a footnote": "Text.[^1]\n\n[^1]: ![](line)\n",
    "a quotation": "> ![](line)\n",
    "a definition": "term\n:   ![](line)\n",
    "a division": '<div class="grid" markdown>\n\n![](line)\n\n</div>\n',
    "a link": "[![](line)](../../index.md)\n",
    "a reference": "![Words of my own][it]\n\n[it]: line\n",
    "a figure": "<figure markdown>\n\n![](line)\n\n<figcaption>Mine, $x$.</figcaption>\n</figure>\n",
    "twice": "![](line)\n\n![](line)\n",
}
NOTEBOOK = {
    "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# By hand\n", "Words."]}],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with chapters in folders, a notebook of its own, and its figure, which is made once."""
    folder = tmp_path_factory.mktemp("course")
    write_recipe(folder / "figures")
    day = folder / "docs/week1/day2"
    day.mkdir(parents=True)
    for number, (what, text) in enumerate(PLACES.items()):
        (day / f"place{number}.md").write_text(
            f"# In {what}\n\n{text}\nThe slope is {{{{ line.steep }}}}.\n"
        )
    (folder / "docs/index.md").write_text("# First\n\n![](line)\n")
    (folder / "docs/week1/index.md").write_text("# Week 1\n\n{{ gallery }}\n\n[Words](words.md)\n")
    (folder / "docs/week1/words.md").write_text(
        "# Words\n\nNo figure, `![](line)`.\n\n```\n![](line)\n```\n"
    )
    (folder / "docs/week1/by_hand.ipynb").write_text(json.dumps(NOTEBOOK))
    (folder / "docs/references.bib").write_text(BIB)
    (folder / "CITATION.cff").write_text(CFF)
    (folder / "mkdocs.yml").write_text(CONFIG)
    assert dlfigs("build", cwd=folder).returncode == 0
    return folder


def built(course, to, config="mkdocs.yml", **options):
    """Build the site strictly in this process; return its pages by path."""
    build.build(load_config(str(course / config), strict=True, site_dir=str(to), **options))
    return read(to)


def read(site):
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in site.rglob("*.html")
    }


def dead(site, pages, base="/course/"):
    """Links that lead nowhere, and ids that a page has twice."""
    wrong = []
    ids = {name: [element["id"] for element in page.find_all(id=True)] for name, page in pages.items()}
    for name, page in pages.items():
        wrong += [f"{name}: id {i} twice" for i in set(ids[name]) if ids[name].count(i) > 1]
        links = [element.get("href") or element.get("src") for element in page.select("[href], [src]")]
        for link in links if name != "404.html" else ():
            if urlparse(link).scheme:
                continue
            target, anchor = urldefrag(urljoin(base + name, link))
            inside = unquote(target).removeprefix(base) if target.startswith(base) else "../"
            path = site / inside
            path = path / "index.html" if path.is_dir() else path
            if not path.is_file() or not target.startswith(base):
                wrong.append(f"{name}: {link}")
            there = path.relative_to(site).as_posix() if path.is_file() else ""
            if anchor and there in ids and not anchor.startswith("__") and anchor not in ids[there]:
                wrong.append(f"{name}: {link}")
    return wrong


ADDRESSES = [
    {},
    {"use_directory_urls": False},
    {"site_url": "https://example.org/"},
    {"site_url": ""},
]


@pytest.mark.parametrize("options", ADDRESSES, ids=str)
def test_every_link_leads_somewhere(course, tmp_path, options):
    pages = built(course, tmp_path / "site", **options)
    assert dead(tmp_path / "site", pages) == []
    figures = {name: len(page.select("figure.dlfigs svg.drawing")) for name, page in pages.items()}
    assert sum(figures.values()) == 1 + len(PLACES) + 1 + 1, "home, all places, one twice, its own page"


def test_other_folders_names_and_configurations(course, tmp_path):
    """Sources and site elsewhere, a navigation, options that are inherited, and all that from elsewhere."""
    copy = shutil.copytree(course, tmp_path / "course")
    (copy / "text").mkdir()
    (copy / "docs").rename(copy / "text/lectures")
    (copy / "base").mkdir()
    text = CONFIG.replace("docs/ref", "text/lectures/ref").replace(
        "- dlfigs\n", "- dlfigs: {policy: true}\n"
    )
    (copy / "base/base.yml").write_text(text)
    (copy / "mkdocs.yml").unlink()
    nav = "nav: [{Start: index.md}, {Days: [week1/day2/place0.md]}, {Line: figures/line.md}]"
    (copy / "course.yml").write_text(
        f"INHERIT: base/base.yml\ndocs_dir: text/lectures\nsite_dir: public/www\n{nav}\n"
    )
    result = mkdocs(tmp_path, "--config-file", "course/course.yml")
    assert (result.returncode, result.stderr) == (0, "")
    pages = read(copy / "public/www")
    assert dead(copy / "public/www", pages) == []
    assert pages["index.html"].select_one("meta[http-equiv=Content-Security-Policy]")
    uses = pages["figures/line/index.html"].select_one(".uses")
    assert uses.a.text == "First"
    assert pages["index.html"].select_one("figure#line[data-figure=line]")
    assert uses.a["href"].endswith("#line"), "the place, not only the page"
    (copy / "base/base.yml").write_text(text.replace("bibliography:", "bibliografy:"))
    with pytest.raises(PluginError, match=r"base\.yml:20: dlfigs\.markdown: no option 'bibliografy'"):
        load_config(str(copy / "course.yml")).plugins["dlfigs"].on_config(
            load_config(str(copy / "course.yml"))
        )


def test_a_figure_s_page_and_the_gallery_name_all_chapters_that_have_it_and_no_others(course, tmp_path):
    for directories, own in ((True, "figures/line/index.html"), (False, "figures/line.html")):
        pages = built(course, tmp_path / str(directories), use_directory_urls=directories)
        page = pages[own]
        titles = [link.text for link in page.select(".uses a")]
        assert sorted(titles) == sorted(["First", *(f"In {what}" for what in PLACES)])
        gallery = pages["week1/index.html"]
        assert [link.text for link in gallery.select(".gallery p:last-child span[data-dlfigs] a")] == titles
        assert not pages["week1/words/index.html" if directories else "week1/words.html"].find("figure")
        citation = pages["index.html"].select_one("pre.cite-text").text
        assert f"https://example.org/course/{own.removesuffix('index.html')}" in citation


@pytest.mark.parametrize("execute", [False, True])
def test_a_notebook_of_the_course_s_own_is_what_its_plugin_makes_of_it(course, tmp_path, execute):
    config = course / f"execute_{execute}.yml"
    config.write_text(CONFIG.replace("execute: false", f"execute: {str(execute).lower()}"))
    pages = built(course, tmp_path / "site", config.name)
    page = pages["week1/by_hand/index.html"]
    assert page.select_one(".jp-RenderedMarkdown h1").text.startswith("By hand")
    assert "jp-" not in str(pages["figures/line/index.html"].article)
    assert (tmp_path / "site/figures/line/line.ipynb").is_file()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("docs/figures/line.md", "line.md: dlfigs puts figures/line/index.html there"),
        ("docs/figures/line/index.md", "index.md: dlfigs puts figures/line/index.html there"),
        ("docs/figures/line.ipynb", "line.ipynb: dlfigs puts figures/line/index.html there"),
        ("docs/assets/figures/line.svg", "line.svg: dlfigs puts assets/figures/line.svg there"),
        ("docs/week1/day2/line", "place0.md:7: 'line' is a figure, and a file beside the page"),
    ],
)
def test_a_file_in_the_place_of_a_figure_s_is_named(course, tmp_path, caplog, name, said):
    copy = shutil.copytree(course, tmp_path / "course")
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_text(json.dumps(NOTEBOOK))
    with pytest.raises(Abort):
        built(copy, tmp_path / "site")
    assert said in caplog.text


def test_the_text_of_a_recipe_is_read_like_a_chapter_s_and_mistakes_in_it_have_its_line(
    course, tmp_path, caplog
):
    copy = shutil.copytree(course, tmp_path / "course")
    recipe = copy / "figures/line.py"
    text = recipe.read_text()
    recipe.write_text(
        text.replace("# A recipe for tests.", "# With $x$, {{ points }} points and [@he2015].")
    )
    page = built(copy, tmp_path / "site")["figures/line/index.html"]
    assert page.select_one("article p:has(math)").text == "With x, 5 points and (He, 2015)."
    recipe.write_text(text.replace("# A recipe for tests.", "# First.\n#\n# Of [@he2051]."))
    with pytest.raises(Abort):
        built(copy, tmp_path / "site")
    assert "figures/line.py:6: no reference 'he2051'" in caplog.text


@pytest.mark.parametrize("theme", ["material", "mkdocs"])
def test_the_look_comes_with_the_package_and_before_the_course_s_own(course, tmp_path, theme):
    copy = shutil.copytree(course, tmp_path / "course")
    (copy / "docs/mine.css").write_text("/* mine */")
    text = CONFIG.replace("{name: material, font: false}", f"{{name: {theme}}}")
    (copy / "mkdocs.yml").write_text(f"{text}extra_css: [mine.css]\n")
    pages = built(copy, tmp_path / "site")
    assert dead(tmp_path / "site", pages) == []
    for name, page in pages.items():
        sheets = [link["href"].rpartition("/")[2] for link in page.select("link[rel=stylesheet]")]
        assert sheets[-2:] == ["dlfigs.css", "mine.css"], name
        assert page.select_one("script[src$='assets/dlfigs/dlfigs.js']"), name
        assert bool(page.select_one("link[rel=preload][href$='math.woff2']")) == bool(page.find("math")), (
            name
        )
    sheet = (tmp_path / "site/assets/dlfigs/dlfigs.css").read_text()
    for rule in (
        ".only-dark { display: none",
        ".only-focused:not(:focus)",
        "--fig-blue: #51b0fe",
        "math {",
    ):
        assert rule in sheet


def test_a_quiet_strict_build_fails_as_a_strict_one_does(course, tmp_path):
    copy = shutil.copytree(course, tmp_path / "course")
    (copy / "docs/index.md").write_text("# First\n\n[Lost](nowhere.md)\n")
    result = mkdocs(copy)
    assert result.returncode == 1
    assert "'nowhere.md'" in result.stderr
