"""Chapters that a build does not render again, and those that it must."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import markdown
import material.plugins.search.plugin as search
import pytest
from conftest import mkdocs, write_course, write_recipe
from jinja2 import DictLoader, Environment, Template
from mkdocs.commands import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.structure.pages import Page

from dlfigs.site import documented as documented_code
from dlfigs.site import ingredients, internals
from dlfigs.site import rendered as rendered_pages
from dlfigs.site.templates import Templates

OTHER = "# Other\n\n--8<-- [start:answer]\nYes.\n--8<-- [end:answer]\n"
ANSWERS = '# Answers\n\n--8<-- "other.md:answer"\n'
PAGES = ("index.md", "other.md", "uses.md", "answers.md", "all.md", "counts.md", "terms.md")
TERMS = "# Terms\n\n## Line { #line }\n\nIt is straight.\n\n→ [Other](other.md)\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of some chapters that remembers them; built once."""
    folder = write_course(tmp_path_factory.mktemp("course"))
    (folder / "docs/other.md").write_text(OTHER)
    (folder / "docs/uses.md").write_text("# Uses\n\n![](line)\n")
    (folder / "docs/answers.md").write_text(ANSWERS)
    (folder / "docs/all.md").write_text("# All\n\n{{ gallery }}\n\n[Lines](index.md#lines)\n")
    (folder / "docs/counts.md").write_text("# Counts\n\n{{ claims:d }} claims hold.\n")
    (folder / "docs/terms.md").write_text(TERMS)
    config = folder / "mkdocs.yml"
    text = config.read_text().replace("[dlfigs,", "[search, dlfigs: {remember: true},")
    config.write_text(
        text.replace("[{dlfigs", "[attr_list, pymdownx.snippets: {base_path: [docs]}, {dlfigs")
    )
    config.write_text(config.read_text().replace("{bibliography", "{glossary: docs/terms.md, bibliography"))
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
        ("docs/other.md", ("Yes.", "No."), ["other.md", "answers.md"]),
        ("docs/other.md", ("# Other", "# Another"), ["other.md"]),
        ("docs/uses.md", ("# Uses", "# Users"), ["uses.md"]),
        ("docs/index.md", ("Its", "The"), ["index.md"]),
        ("figures/line.py", ("for tests.", "anew."), ["index.md", "uses.md", "all.md", "counts.md"]),
        ("docs/references.bib", ("{T}", "{U}"), PAGES),
        ("docs/terms.md", ("straight", "bent"), PAGES),
        ("mkdocs.yml", ("{glossary", "{macros: {R: x}, glossary"), PAGES),
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


@pytest.mark.parametrize(
    "asks", ['--8<-- "other.md"', "--8<--\nother.md\n--8<--", 'See:\n--8<-- "other.md:2:4"']
)
def test_what_takes_text_in_another_way_is_rendered_again_with_all_texts(course, asks):
    page, other = course / "docs/answers.md", course / "docs/other.md"
    page.write_text(f"# Answers\n\n{asks}\n")
    try:
        rendered(course)
        assert rendered(course) == set()
        other.write_text(OTHER.replace("# Other", "# Another"))
        assert rendered(course) == {"other.md", "answers.md"}
    finally:
        page.write_text(ANSWERS)
        other.write_text(OTHER)


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


def test_a_figure_page_is_rendered_again_only_when_its_figure_has_changed(course):
    own, page_of_line = course / "docs/other.md", course / "site/figures/line/index.html"
    page = (course / ".cache/dlfigs/pages/figures/line.md.json").stat
    rendered(course)
    before = page().st_mtime_ns
    own.write_text(f"{OTHER}\n![](line)\n")
    try:
        assert rendered(course) == {"other.md"}
        assert '<a href="../../other/#line">Other</a>' in page_of_line.read_text(), (
            "chapters are added afterwards"
        )
        assert page().st_mtime_ns == before
    finally:
        own.write_text(OTHER)
    write_recipe(course / "figures", caption="Another caption.")
    rendered(course)
    assert page().st_mtime_ns > before
    assert "Another caption." in page_of_line.read_text()
    write_recipe(course / "figures")
    rendered(course)


def test_the_search_reads_a_page_again_when_it_has_changed(course):
    read, page = [], course / "docs/other.md"

    def count():
        with pytest.MonkeyPatch.context() as patch:
            feed = search.Parser.feed
            patch.setattr(search.Parser, "feed", lambda self, html: (read.append(html), feed(self, html)))
            rendered(course)
        return [text for text in (read.pop() for _ in range(len(read))) if text]

    rendered(course)
    before = site(course)
    assert count() == []
    assert site(course) == before
    page.write_text(OTHER.replace("Yes.", "Perhaps."))
    try:
        assert any("Perhaps." in text for text in count())
        assert "Perhaps." in (course / "site/search/search_index.json").read_text()
        page.write_text(f"---\nsearch: {{exclude: true}}\n---\n{OTHER}")
        rendered(course)
        assert "other/" not in (course / "site/search/search_index.json").read_text()
    finally:
        page.write_text(OTHER)


def test_without_the_search_of_the_theme_a_page_stays_as_it_is(course, tmp_path):
    config = load_config(str(course / "mkdocs.yml"), plugins=[])
    memory = rendered_pages.Memory(tmp_path, {}, chapters=True)
    page = SimpleNamespace(content="<p>Text <svg>a drawing</svg></p>")
    restore = memory.hide(page, config)
    assert page.content == "<p>Text <!--dlfigs hides 0--></p>"
    restore()
    assert page.content == "<p>Text <svg>a drawing</svg></p>"


def test_a_server_compiles_a_template_once_until_it_changes():
    templates, compiled = Templates(), []

    def render(text):
        env = Environment(loader=DictLoader({"page.html": text}), bytecode_cache=templates)
        compile_ = env._compile
        env._compile = lambda *args: (compiled.append(text), compile_(*args))[1]
        return env.get_template("page.html").render(name="x")

    assert [render("a {{ name }}"), render("a {{ name }}"), render("b {{ name }}")] == ["a x", "a x", "b x"]
    assert compiled == ["a {{ name }}", "b {{ name }}"]


def test_a_server_that_fills_a_template_only_for_what_has_changed_has_the_pages_of_a_build(
    course, tmp_path
):
    index, filled, render = course / "docs/index.md", [], Template.render
    text, theme, config = index.read_text(), tmp_path / "theme", course / "themed.yml"
    theme.mkdir()
    (theme / "main.html").write_text('{% extends "base.html" %}')
    lines = (course / "mkdocs.yml").read_text()
    config.write_text(lines.replace("{name: material,", f"{{name: material, custom_dir: {theme},"))

    def load():
        return load_config(str(config), site_dir=str(tmp_path / "served"))

    def pages(site):
        return {file.relative_to(site): file.read_text() for file in site.rglob("index.html")}

    def served():
        """Build as a server does, with a build's pages; return what templates were filled for."""
        with pytest.MonkeyPatch.context() as patch:
            watched = lambda self, *args: (filled.append(args[0].get("page")), render(self, *args))[1]  # noqa: E731
            patch.setattr(Template, "render", watched)
            build.build(load())
        built = mkdocs(course, "--config-file", str(config), "--site-dir", str(tmp_path / "built"))
        assert built.returncode == 0, built.stderr
        assert pages(tmp_path / "served") == pages(tmp_path / "built")
        return {page.file.src_uri for page in (filled.pop() for _ in range(len(filled))) if page}

    load().plugins.on_startup(command="serve", dirty=False)
    try:
        assert served() == {*PAGES, "figures/line.md"}
        assert served() == set()
        index.write_text(f"{text}\n## A heading\n\nOther words.\n")
        assert served() == {"index.md"}
        index.write_text(text.replace("# Lines", "# Straight lines"))  # which all pages name
        assert served() == {*PAGES, "figures/line.md"}
        (theme / "main.html").write_text('{% extends "base.html" %}{% block footer %}New{% endblock %}')
        assert served() == {*PAGES, "figures/line.md"}
        assert all("New" in page for page in pages(tmp_path / "served").values())
    finally:
        index.write_text(text)
        load().plugins.on_shutdown()
        load().plugins.on_startup(command="build", dirty=False)  # MkDocs keeps the plugin for the next test


def test_the_search_finds_no_drawing_and_the_page_has_it(course):
    rendered(course)
    index = json.loads((course / "site/search/search_index.json").read_text())["docs"]
    texts = " ".join(entry["text"] for entry in index)
    page = (course / "site/index.html").read_text()
    alt = "A straight line that rises from left to right"
    assert alt in page
    assert "dlfigs hides" not in page
    assert page.count("<svg") == page.count("</svg>") > 1
    assert alt not in texts
    assert "Its slope is 2.0." in texts
    assert "return dataset" not in texts, "nor the recipe"


@pytest.mark.parametrize(
    "text", ["![](line)", "![]( <line> )", "![][a]\n\n[a]: line", "{{line.steep}}", "{{ line.steep:.1f }}"]
)
def test_a_figure_is_found_wherever_it_can_be_named(text):
    assert "line" in ingredients.USED.findall(text)


LIBRARY = 'def double(x: float) -> float:\n    """Return twice `x`."""\n    return 2 * x\n'


@pytest.fixture
def documented(tmp_path):
    """A course that documents a library of its own, and links to it."""
    course = write_course(tmp_path)
    (course / "library.py").write_text(LIBRARY)
    (course / "docs/api.md").write_text("# API\n\n::: library\n    options: {show_source: false}\n")
    (course / "docs/links.md").write_text("# Links\n\nSee [doubling][library.double].\n")
    config = course / "mkdocs.yml"
    plugins = "[dlfigs: {remember: true}, mkdocstrings: {enable_inventory: false},"
    config.write_text(config.read_text().replace("[dlfigs,", plugins))
    assert rendered(course) >= {"api.md", "links.md"}
    return course


def test_a_page_that_documents_code_is_kept_until_the_code_changes(documented):
    before = site(documented)
    assert b"Return twice" in before[Path("site/api/index.html")]
    assert b'href="../api/#library.double"' in before[Path("site/links/index.html")]
    assert rendered(documented) == set()
    assert site(documented) == before, "links to code lead where they led"
    (documented / "library.py").write_text(LIBRARY.replace("twice", "two times"))
    assert rendered(documented) == {"api.md"}
    assert b"Return two times" in site(documented)[Path("site/api/index.html")]


@pytest.mark.parametrize(
    "config",
    [
        ("enable_inventory: false", "enable_inventory: true"),
        ("enable_inventory: false", "default_handler: python"),
    ],
)
def test_a_page_that_documents_code_is_rendered_always_where_others_need_more_of_it(documented, config):
    path = documented / "mkdocs.yml"
    path.write_text(path.read_text().replace(*config))
    rendered(documented)
    assert rendered(documented) == {"api.md"}


def test_headings_are_known_to_references_in_each_build(tmp_path):
    course = write_course(tmp_path)
    (course / "docs/other.md").write_text("# Other\n\n## Some place\n\nText.\n")
    (course / "docs/links.md").write_text("# Links\n\nSee [there][some-place].\n")
    config = course / "mkdocs.yml"
    config.write_text(config.read_text().replace("[dlfigs,", "[autorefs, dlfigs: {remember: true},"))
    rendered(course)
    before = site(course)
    assert b'href="../other/#some-place"' in before[Path("site/links/index.html")]
    assert rendered(course) == set()
    assert site(course) == before


def test_a_library_that_nobody_finds_is_not_taken_for_one_without_files():
    plugin = SimpleNamespace(
        config=SimpleNamespace(enable_inventory=False, default_handler="python", handlers={})
    )
    config = SimpleNamespace(plugins={"mkdocstrings": plugin}, config_file_path="mkdocs.yml")
    assert documented_code.code("Text.\n", config) == ""
    assert documented_code.code("::: no_such_library\n", config) is None
    assert documented_code.code("::: sys\n", config) is None, "it has no source"
    assert "dlfigs" in documented_code.code("::: dlfigs.summary\n", config)


def test_what_a_configuration_holds_is_written_alike_in_each_build():
    class Extension:
        pass

    assert ingredients.written(Extension()) == ingredients.written(Extension())
    assert ingredients.written(load_config) == "mkdocs.config.base.load_config"
    assert ingredients.written(3) == "3"


def test_with_another_mkdocs_all_pages_are_rendered(course, monkeypatch):
    rendered(course)
    assert rendered(course) == set()
    before = site(course)
    real = Page.render
    monkeypatch.setattr(Page, "render", lambda self, config, files, other=None: real(self, config, files))
    assert rendered(course) >= {*PAGES}
    assert site(course) == before


def test_with_another_search_all_pages_are_read(course, monkeypatch):
    rendered(course)
    before = site(course)
    monkeypatch.setattr(internals, "OF_ENTRY", {"place"})
    read, entry = [], search.SearchIndex.create_entry_for_section
    monkeypatch.setattr(
        search.SearchIndex,
        "create_entry_for_section",
        lambda self, section, toc, url, page: read.append(url) or entry(self, section, toc, url, page),
    )
    rendered(course)
    assert len(set(read)) >= len(PAGES)
    assert site(course) == before
