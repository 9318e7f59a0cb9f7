"""The same course with Zensical, which runs Python-Markdown extensions but no MkDocs plugins."""

import re
import shutil
from urllib.parse import urljoin

import pytest
from conftest import ROOT, dlfigs, mkdocs, run
from playwright.sync_api import expect, sync_playwright
from reader import CHROMIUM, FLAGS, needs_browser, served
from test_folders import course as course  # noqa: PLC0414  a fixture
from test_folders import dead, read

pytest.importorskip("zensical", reason="the extra `zensical` is not installed")

POLICY = "meta[http-equiv=Content-Security-Policy]"
# What a page has to itself, whoever makes it: names in a list, to be compared as text
PARTS = (
    "h1, h2, h3",
    "p",
    "li",
    "figcaption",
    "figure.dlfigs svg text",
    "math",
    ".references li",
    ".gallery-title",
    ".uses",
    ".stamp",
    "table",
    "pre",
    ".cite-text",
)


@pytest.fixture(scope="module")
def sites(course, tmp_path_factory):
    """One course as MkDocs builds it, and as Zensical does."""
    folder = shutil.copytree(course, tmp_path_factory.mktemp("both") / "course")
    (folder / "docs/week1/by_hand.ipynb").unlink()  # Zensical has no notebooks
    config = folder / "mkdocs.yml"
    config.write_text(config.read_text().replace("- dlfigs\n", "- dlfigs: {policy: true}\n"))
    ours = mkdocs(folder, "--site-dir", "mkdocs")
    assert ours.returncode == 0, ours.stderr
    for command in (
        ["dlfigs", "build", "--to", "docs/assets/figures"],
        ["zensical", "build"],
        ["dlfigs", "finish"],
    ):
        result = run(["-m", *command], cwd=folder)
        assert result.returncode == 0, result.stdout + result.stderr
    return folder / "mkdocs", folder / "site"


def test_both_have_the_same_pages_with_the_same_text_links_and_figures(sites):
    one, other = (read(site) for site in sites)
    assert one.keys() == other.keys()
    for name in one.keys() - {"404.html"}:
        articles = [page.article for page in (one[name], other[name])]
        for article in articles:
            for element in article.select(".headerlink, .md-source-file, .copy-page, button, nav"):
                element.decompose()
        for part in PARTS:
            texts = [[" ".join(e.get_text().split()) for e in a.select(part)] for a in articles]
            assert texts[0] == texts[1], f"{name}: {part}"
        links = [
            [urljoin(f"/{name}", e.get("href") or e.get("src")) for e in a.select("[href], [src]")]
            for a in articles
        ]
        assert links[0] == links[1], name
        for page in (one[name], other[name]):
            assert page.select_one(POLICY), name
            assert page.select("link[href$='assets/dlfigs/dlfigs.css']"), name
            assert page.select("script[src$='assets/dlfigs/dlfigs.js']"), name
            card = page.select_one('meta[property="og:image"]')["content"]
            assert card.startswith("https://example.org/"), name
            font = page.select("link[rel=preload][href$='stix-two-math.woff2']")
            assert bool(font) == bool(page.find("math")), name


def test_every_link_leads_somewhere_and_files_are_the_same(sites):
    ours, theirs = sites
    assert dead(theirs, read(theirs)) == []
    for file in [*(ours / "assets/figures").iterdir(), ours / "figures/line/line.ipynb"]:
        name = file.relative_to(ours)
        assert (theirs / name).read_bytes() == file.read_bytes(), name
    for name in ("assets/dlfigs/dlfigs.css", "assets/dlfigs/dlfigs.js", "assets/fonts/stix-two-math.woff2"):
        assert (theirs / name).read_bytes() == (ours / name).read_bytes(), name


def test_to_complete_a_site_again_changes_nothing(sites):
    site = sites[1]
    before = {file: file.read_bytes() for file in site.rglob("*.html")}
    result = run(["-m", "dlfigs", "finish", "site"], cwd=site.parent)
    assert result.stdout.strip() == f"{len(before)} pages in site are complete"
    assert {file: file.read_bytes() for file in site.rglob("*.html")} == before


def test_what_a_finished_site_shows_as_it_was_written_is_named(sites, tmp_path):
    """A page that nobody has read as Markdown: formula, number and citation stand there raw."""
    site = shutil.copytree(sites[1], tmp_path / "site")
    page = site / "index.html"
    planted = "<article><p>Raw $x^2$ and {{ line.steep }}</p>"
    page.write_text(re.sub("<article[^>]*>", planted, page.read_text(), count=1))
    result = run(["-m", "dlfigs", "finish", "site", "--cache", ".cache"], cwd=tmp_path)
    assert result.returncode == 1
    for raw in ("'$x^2$'", "'{{ line.steep }}'"):
        assert f"dlfigs: index.html: the page index.html shows {raw}" in result.stderr


@needs_browser
def test_the_finished_site_works_in_a_browser(sites, tmp_path):
    with served(sites[1], tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(color_scheme="dark")
        wrong = []
        tab.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(f"{address}week1/", wait_until="networkidle")
        shown = [image.is_visible() for image in tab.locator(".gallery img").all()]
        assert sorted(shown) == [False, True]
        tab.goto(f"{address}figures/line/", wait_until="networkidle")
        assert tab.locator(".only-focused").count() == 0
        tab.goto(address, wait_until="networkidle")
        box = tab.locator(".only-focused").bounding_box()
        assert box["width"] <= 1
        tab.keyboard.press("/")
        tab.keyboard.type("slope")
        expect(tab.get_by_role("option", name="In a list")).to_be_visible()
        assert wrong == []
        browser.close()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("![](line)", "![](lien)", r"index\.md:3: no figure 'lien'; did you mean 'line'\?"),
        ("![](line)", "{{ line.stepe }}", r"index\.md:3: no number 'line\.stepe'"),
    ],
)
def test_a_mistake_is_named_there_too(sites, tmp_path, old, new, said):
    folder = shutil.copytree(sites[1].parent, tmp_path / "course")
    page = folder / "docs/index.md"
    page.write_text(page.read_text().replace(old, new))
    result = run(["-m", "zensical", "build"], cwd=folder)
    lines = (result.stdout + result.stderr).strip().splitlines()
    assert re.search(said, lines[-1]), lines
    assert result.returncode != 0
    assert not any("File " in line for line in lines), "no traceback"


@pytest.mark.parametrize(
    ("config", "arguments", "said"),
    [
        ("", ["finish", "nowhere"], "dlfigs: no site in nowhere: build it first, with zensical build"),
        ("", ["finish"], "dlfigs: no site in "),
        ("a: [", ["finish"], "mkdocs.yml:1: not valid YAML: "),
        ("", ["finish", "--polcy"], "No such option '--polcy'"),
    ],
)
def test_wrong_options_give_one_line(tmp_path, config, arguments, said):
    (tmp_path / "mkdocs.yml").write_text(config)
    result = dlfigs(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_page_of_the_course_s_own_is_not_overwritten(course, tmp_path):
    folder = shutil.copytree(course, tmp_path / "course")
    (folder / "docs/figures").mkdir()
    (folder / "docs/figures/line.md").write_text("# Mine\n")
    result = dlfigs("build", "--to", "docs/assets/figures", cwd=folder)
    assert result.returncode == 2
    assert "line.md: dlfigs writes the page of the figure 'line' there; rename one" in result.stderr
    assert (folder / "docs/figures/line.md").read_text() == "# Mine\n"


@pytest.mark.slow
def test_the_whole_course_has_the_same_pages(figures, site, tmp_path):
    for name in ("docs", "theme"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("mkdocs.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    options = ("--recipes", str(ROOT / "figures"), "--cache", str(ROOT / ".cache/dlfigs"))
    exported = dlfigs("build", "--to", "docs/assets/figures", *options, cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    result = run(["-m", "zensical", "build"], cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert dlfigs("finish", cwd=tmp_path).returncode == 0
    one, other = read(site), read(tmp_path / "site")
    one = {name: page for name, page in one.items() if "/slides/" not in name}  # which are the plugin's
    assert one.keys() == other.keys()
    for name in one.keys() - {"404.html"}:
        for part in (".dlfigs text", "math", ".references li", ".gallery-title", ".uses", ".cite-text"):
            texts = [[e.get_text() for e in page.article.select(part)] for page in (one[name], other[name])]
            assert texts[0] == texts[1], f"{name}: {part}"
    missing = dead(tmp_path / "site", other)
    assert [link for link in missing if "/assets/deck/" not in link] == [], "cards are the plugin's"
