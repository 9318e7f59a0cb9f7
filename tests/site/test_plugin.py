"""The MkDocs plugin: what a warm build does not do, and what a server does when a recipe is saved."""

import json
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, dlfigs, mkdocs, run, write_course, write_recipe
from server import serving, wait_for


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The finished figure of the course, made once."""
    folder = tmp_path_factory.mktemp("cache")
    write_recipe(folder / "figures")
    assert dlfigs("build", cwd=folder).returncode == 0
    return folder / ".cache"


@pytest.fixture
def course(tmp_path, cache):
    """Another course: its own recipes, chapters and references, with dlfigs as a plugin."""
    shutil.copytree(cache, tmp_path / ".cache")
    return write_course(tmp_path)


def test_another_course_gets_figures_pages_and_files(course):
    result = mkdocs(course)
    assert result.returncode == 0, result.stderr
    page = (course / "site/index.html").read_text()
    assert '<figure class="dlfigs"' in page
    assert "Its slope is 2.0." in page
    assert 'href="figures/line/"' in page
    assert 'href="assets/figures/line.csv"' in page
    assert "wide" not in page, "what is for slides is on the figure's own page"
    for suffix in ("svg", "png", "pdf", "wide.svg", "wide.dark.svg", "wide.png", "csv", "nc", "json"):
        assert (course / f"site/assets/figures/line.{suffix}").is_file()
    own = (course / "site/figures/line/index.html").read_text()
    assert len(own) < 150_000, "mkdocs-jupyter's styles alone are 574 KB"
    assert BeautifulSoup(own, "html.parser").get_text().count("def compute(key") == 1
    for suffix in ("csv", "wide.svg", "wide.png"):
        assert f'href="../../assets/figures/line.{suffix}"' in own
    assert json.loads((course / "site/figures/line/line.ipynb").read_text())["cells"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("![](line)", "![](lien)", "index.md:3: no figure 'lien'; did you mean 'line'?"),
        (
            "{{ line.steep:.1f }}",
            "{{ line.step }}",
            "index.md:5: no number 'line.step'; did you mean 'line.steep'?",
        ),
        ("# Lines", "# Lines\n\n$\\nope$", "index.md:3: formula "),
        ("# Lines", "# Lines\n\n[@he2051]", "index.md:3: no reference 'he2051' in "),
    ],
)
def test_mistakes_end_the_build_with_one_line_and_publish_nothing(course, old, new, said):
    assert mkdocs(course).returncode == 0
    page = course / "docs/index.md"
    page.write_text(page.read_text().replace(old, new))
    result = mkdocs(course)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (course / "site/index.html").exists(), "nothing is published half"


def test_a_recipe_that_fails_ends_the_build_with_its_traceback(course):
    write_recipe(course / "figures", compute="raise RuntimeError('no data')")
    result = mkdocs(course)
    assert result.returncode == 1
    assert "figures/line.py: the recipe failed" in result.stderr
    assert "RuntimeError: no data" in result.stderr
    assert not (course / "site").exists()


def test_a_broken_claim_ends_a_strict_build(course):
    write_recipe(course / "figures", low="3")
    result = mkdocs(course)
    assert result.returncode == 1
    said = "line: the claim 'steep' does not hold: Slope of the line: 2, required at least 3"
    assert said in result.stderr


def test_a_warm_build_starts_no_jax(site, tmp_path):
    """Nothing is stale: neither JAX nor matplotlib nor xarray is imported, and no process is started."""
    code = (
        "import sys\n"
        "from mkdocs.__main__ import cli\n"
        "allowed = {'pandoc', 'git'}\n"
        "def watch(event, args): assert event != 'subprocess.Popen' or allowed & set(args[1]), args\n"
        "sys.addaudithook(watch)\n"
        f"cli(['build', '--strict', '--quiet', '--site-dir', {str(tmp_path)!r}], standalone_mode=False)\n"
        "print([m for m in ('jax', 'matplotlib', 'xarray', 'numpy') if m in sys.modules])\n"
    )
    result = run(["-c", code])
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().splitlines()[-1] == "[]"


def test_a_server_redraws_a_chapter_when_its_recipe_is_saved(course):
    with serving(course) as page:
        wait_for(page, "A line for tests.")
        (data,) = (course / ".cache/dlfigs/data/line").iterdir()
        before = data.stat().st_mtime_ns
        write_recipe(course / "figures", caption="A caption just saved.")
        wait_for(page, "A caption just saved.")
        assert [p.stat().st_mtime_ns for p in data.parent.iterdir()] == [before], "nothing was recomputed"
        write_recipe(course / "figures", caption="Broken.", compute="raise RuntimeError")
        time.sleep(8)
        wait_for(page, "A caption just saved.")
        write_recipe(course / "figures", caption="Mended.")
        wait_for(page, "Mended.")


def is_done(status):
    """Whether a server has nothing left to make."""
    status = json.loads(status)
    return status["done"] == status["total"]


def test_two_builds_and_a_server_share_a_cache(course):
    """Cold first, then with a recipe that all three find changed: every one is right, and the same."""
    shutil.rmtree(course / ".cache")
    folders = [course / "one", course / "two"]
    with serving(course) as page:
        for caption in ("A line for tests.", "A line that all draw at once."):
            write_recipe(course / "figures", caption=caption, compute=f"{caption!r}")
            with ThreadPoolExecutor() as side_by_side:
                for build in side_by_side.map(lambda to: mkdocs(course, "--site-dir", str(to)), folders):
                    assert (build.returncode, build.stderr) == (0, "")
            wait_for(page, caption)
            wait_for(f"{page}dlfigs/status.json", is_done)  # what a server that is ended was making is left
            one, two = ({f.relative_to(d): f.read_bytes() for f in d.rglob("*.*")} for d in folders)
            own = next(name for name in one if name.match("figures/line/index.html"))
            for site in (one, two):  # says when the data were computed; each build may have done that
                assert caption.encode() in site[own]
                site[own] = re.sub(rb"<dt>Data computed</dt><dd>[^<]+</dd>", b"", site[own])
            assert one == two
    said = (course / "server.log").read_text()
    assert "ERROR" not in said, said
    assert "Traceback" not in said, said
    assert not list((course / ".cache").rglob(".making-*"))


def test_the_plugin_is_wiring_only():
    lines = (ROOT / "dlfigs/site/plugin.py").read_text().splitlines()
    assert len(lines) < 190
