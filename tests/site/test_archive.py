"""The site as a ZIP, opened from disk as a reader opens it."""

import re
import zipfile

import pytest
import yaml
from conftest import ROOT, dlfigs
from playwright.sync_api import expect
from reader import context_of, needs_browser, tab_of

from dlfigs.site import archive
from dlfigs.site.copies import publishing

KNOWN = {"index.html", "a/index.html", "a/b/index.html", "c.png"}


@pytest.fixture(scope="module")
def copy(site, tmp_path_factory):
    """The course's own ZIP, unpacked."""
    folder = tmp_path_factory.mktemp("disk")
    result = dlfigs("zip", str(site), "--to", str(folder / "course.zip"))
    assert result.returncode == 0, result.stderr
    with zipfile.ZipFile(folder / "course.zip") as packed:
        packed.extractall(folder)
    return folder / "course"


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("..", "../index.html"),
        ("../", "../index.html"),
        ("./", "./index.html"),
        ("b/#x", "b/index.html#x"),
        ("b/?q=1#x", "b/index.html?q=1#x"),
        ("../c.png", "../c.png"),
        ("#x", "#x"),
        ("https://example.org/a/", "https://example.org/a/"),
        ("/a/", "/a/"),
        ("nowhere/", "nowhere/"),
    ],
)
def test_links_to_folders_lead_to_their_pages(link, leads):
    assert archive.on_disk(f'<a href="{link}">', "a/index.html", KNOWN) == f'<a href="{leads}">'


def test_the_copy_has_all_pages_and_files_and_no_link_into_nothing(site, copy):
    ours = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    theirs = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    left_out = {name.removeprefix("assets/").partition("/")[0] for name in ours - theirs}
    assert left_out == {"404.html", "cards", "search", "sitemap.xml", "sitemap.xml.gz"}
    assert not theirs - ours
    for page in copy.rglob("*.html"):
        html = re.sub("<pre.*?</pre>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert 'http-equiv="Content-Security-Policy"' not in html
        assert html.count(archive.NO_SEARCH) == (page.name == "index.html"), page  # slides have none
        assert 'name="query"' not in html
        for address in re.findall(r'<a\b[^>]*\shref="([^"#?]+)', html):
            if not re.match("[a-z]+:", address):
                assert (page.parent / address).is_file(), f"{page}: {address}"


def test_the_same_site_gives_the_same_file_without_what_lies_beside_it(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    for name in ("index.html", "course.pdf", "course.zip", "a.css"):
        (site / name).write_text(name)
    files = [tmp_path / "course.zip", tmp_path / "more" / "course.zip"]
    files[1].parent.mkdir()
    for path in files:
        assert archive.write(site, path) == 1
    assert files[0].read_bytes() == files[1].read_bytes()
    assert zipfile.ZipFile(files[0]).namelist() == ["course/a.css", "course/index.html"]
    result = dlfigs("zip", str(tmp_path / "nowhere"))
    assert result.returncode == 2
    assert "no site in" in result.stderr


@needs_browser
def test_the_copy_works_from_disk(browser, copy):
    context = context_of(browser)
    tab, wrong, _ = tab_of(context, "file://")
    tab.goto((copy / "index.html").as_uri())
    expect(tab.get_by_text("This copy has no search.")).to_be_visible()
    tab.locator("nav.md-nav--primary").get_by_role("link", name="Dropout", exact=True).click()
    expect(tab).to_have_title(re.compile("Dropout"))
    assert tab.evaluate("document.fonts.check('16px \"STIX Two Math\"')")
    drawing = tab.locator(".dlfigs .drawing").first  # the title is there before the page is
    assert drawing.evaluate("drawing => getComputedStyle(drawing).width") != "auto"
    tab.locator("article .cited > button").first.click()
    expect(tab.locator(".term-panel:popover-open")).to_be_visible()
    tab.goto((copy / "gallery/index.html").as_uri())
    tab.locator("[name=find]").fill("swish")
    expect(tab.locator(".gallery-filter output")).to_have_text(re.compile(r"^\d+ figures$"))
    tab.locator(".gallery > li:not([hidden]) a").first.click()
    expect(tab.locator("table.claims")).to_be_visible()
    context.close()
    assert wrong == []


def test_what_the_site_links_is_what_the_workflow_puts_there():
    address = yaml.safe_load(re.sub("!!.*", "", (ROOT / "mkdocs.yml").read_text().split("\nplugins:")[0]))[
        "site_url"
    ]
    (workflow,) = (ROOT / ".github/workflows").iterdir()
    (copied,) = re.findall(r"&& cp (.+) site/", workflow.read_text())
    linked = set()
    for page in (ROOT / "docs").glob("*.md"):
        linked |= set(re.findall(rf"\]\({re.escape(address)}([\w.]+)\)", page.read_text()))
    linked -= {publishing.LLMS, publishing.CLAIMS}  # which the build itself makes
    assert linked == set(copied.split()) == {"course.pdf", "course.zip"}
