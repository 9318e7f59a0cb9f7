"""A server shows its pages before their figures are there, and each figure when it is."""

import json
import os
import re
import shutil
import signal
import time
import urllib.request
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, dlfigs, mkdocs, processes_in, write_course, write_recipe
from playwright.sync_api import expect, sync_playwright
from reader import CHROMIUM, FLAGS, SHIFTS, needs_browser
from server import GATE, get, running, serving, wait_for

ALT = "A straight line that rises from left to right, as straight lines in tests do."
SUFFIXES = ("svg", "dark.svg", "png", "pdf", "wide.svg", "wide.dark.svg", "wide.png", "csv", "nc", "json")


@pytest.fixture
def course(tmp_path):
    """A course whose figure waits until the test lets it be computed, with a gallery and a search."""
    write_course(tmp_path)
    write_recipe(tmp_path / "figures", compute=GATE)
    (tmp_path / "docs/all.md").write_text(
        "# All\n\n{{ gallery }}\n\nSlope {{ line.steep }}, [a line](index.md#line)\n"
    )
    config = tmp_path / "mkdocs.yml"
    config.write_text(config.read_text().replace("[dlfigs,", "[search, dlfigs: {remember: true},"))
    return tmp_path


def let_go(course):
    (course / "go").touch()


def status(page):
    return json.loads(get(f"{page}dlfigs/status.json")[2])


def of_pools(course):
    """Processes of pools: the pools themselves, and what they have forked."""
    return [
        p for p in processes_in(course) if b"dlfigs.make.pool" in Path(f"/proc/{p}/cmdline").read_bytes()
    ]


def pools(course):
    """Processes of the pools themselves, each of which leads a session of its own."""
    return [process for process in of_pools(course) if os.getsid(process) == process]


def said(course, *levels):
    """Complaints in the log, but that somebody has asked for a file that was not there."""
    lines = (course / "server.log").read_text().splitlines()
    return [
        n
        for n in lines
        if n.startswith(levels or ("WARNING", "ERROR")) and not re.search("code (503|404)$", n)
    ]


def test_pages_are_served_before_their_figures_and_follow_them(course):
    with serving(course) as page:
        html = wait_for(page, "waiting")
        figure = BeautifulSoup(html, "html.parser").find("figure", id="line")
        assert figure.find("figcaption").strong.text == "A line."
        assert "The slope is … over … points." in figure.text
        assert figure.find(class_="waiting-alt").text == ALT
        assert figure.find(class_="place")["style"] == "aspect-ratio: 360 / 245"
        state = figure.find(class_="waiting-state").text
        assert re.fullmatch(r"computing, 0 of 1, about \d+ (s|min) left", state), state
        number = BeautifulSoup(html, "html.parser").find(class_="waiting-number")
        assert (number.text, number["title"]) == ("…", "line: computing")
        assert ALT in wait_for(f"{page}all/", 'data-slug="line"')
        assert ALT in get(f"{page}figures/line/")[2]
        for address in [f"assets/figures/line.{suffix}" for suffix in SUFFIXES] + [
            "figures/line/line.ipynb"
        ]:
            code, kind, text = get(page + address)
            assert (code, kind) == (503, "text/html; charset=utf-8"), address
            assert 'http-equiv="refresh"' in text
            assert "computing, 0 of 1" in text
        assert get(f"{page}assets/figures/lien.svg")[0] == 404
        assert get(f"{page}dlfigs/waiting.css")[1] == "text/css"
        assert said(course) == []
        let_go(course)
        html = wait_for(page, "Its slope is 2.0.")
        assert "<svg" in html
        assert "The slope is 2.0 over 5 points." in html
        for each in ("", "all/", "figures/line/"):
            assert "waiting" not in get(page + each)[2], each
        for suffix in SUFFIXES:
            code, kind, _ = get_bytes(f"{page}assets/figures/line.{suffix}")
            assert code == 200
            assert kind != "text/html"
        assert status(page) | {"seconds_left": 0} == {
            "done": 1,
            "total": 1,
            "seconds_left": 0,
            "failed": {},
            "words": "computed",
        }
        assert said(course) == []


def get_bytes(address):
    with urllib.request.urlopen(address) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


def test_a_build_waits_and_has_nothing_of_a_server_and_a_server_s_pages_become_the_same(course):
    let_go(course)
    assert mkdocs(course).returncode == 0
    site = {
        f.relative_to(course / "site").as_posix(): f.read_bytes() for f in (course / "site").rglob("*.*")
    }
    pages = [name for name in site if name.endswith("index.html")]
    assert len(pages) == 3
    for name, content in site.items():
        assert b"waiting" not in content or "bundle" in name or name.endswith((".css", ".map")), name
    shutil.rmtree(course / ".cache")
    (course / "go").unlink()
    with serving(course) as page:
        wait_for(page, "waiting")
        let_go(course)
        wait_for(page, "Its slope is 2.0.")
        for name in pages:
            served = get(page + name.removesuffix("index.html"))[2]
            assert without_place(served, page) == without_place(
                site[name].decode(), "https://example.org/course/"
            )
        for suffix in SUFFIXES:
            assert (
                get_bytes(f"{page}assets/figures/line.{suffix}")[2] == site[f"assets/figures/line.{suffix}"]
            )
        index = json.loads(get(f"{page}search/search_index.json")[2])
        assert index == json.loads(site["search/search_index.json"])


def without_place(html, address):
    """A page without what MkDocs adds in a server, its address, and when its data were computed."""
    html = re.sub(r"<script>\nvar livereload.*?</script>", "", html, flags=re.DOTALL)
    html = re.sub(r"<dt>Data computed</dt><dd>[^<]+</dd>", "", html)
    return html.replace(address, "").replace("http://127.0.0.1:8000/course/", "")


def test_what_is_looked_at_is_made_first(course):
    """Two workers are busy with other figures; a page's figure does not wait for them."""
    for slug in ("a", "b", "c", "d", "e", "f", "g", "h"):
        write_recipe(course / "figures", slug=slug, compute=GATE)
    write_recipe(course / "figures")
    (course / "docs/other.md").write_text("# Other\n\n![](a)\n")
    with serving(course) as page:
        wait_for(page, "Its slope is 2.0.")
        assert "computing" in get(f"{page}other/")[2]


def test_a_recipe_that_fails_is_said_in_the_log_and_in_the_page_until_it_is_mended(course):
    write_recipe(course / "figures", compute="raise RuntimeError('no data')")
    recipe = course / "figures/line.py"
    line = recipe.read_text().splitlines().index("    raise RuntimeError('no data')") + 1
    with serving(course) as page:
        html = wait_for(page, "failed: ")
        assert f"failed: figures/line.py:{line}: RuntimeError: no data" in html
        assert ALT in html
        assert "figures/line.py: the recipe failed\nTraceback" in (course / "server.log").read_text()
        assert status(page)["failed"].keys() == {"line"}
        assert "RuntimeError: no data" in get(f"{page}assets/figures/line.csv")[2]
        recipe.write_text("x = (\n")
        wait_for(page, "failed: figures/line.py:1: '(' was never closed")
        write_recipe(course / "figures")
        wait_for(page, "Its slope is 2.0.")
        write_recipe(course / "figures", compute="raise RuntimeError('none again')")
        html = wait_for(page, "RuntimeError: none again")
        assert "<svg" in html, "the page keeps the last good figure"
        assert "Its slope is" in html
        assert 'title="line: failed: figures/line.py' in html
    assert len(said(course, "ERROR")) == 3


def test_a_recipe_and_a_page_that_are_edited_meanwhile_are_seen(course):
    with serving(course) as page:
        wait_for(page, "waiting")
        chapter = course / "docs/index.md"
        chapter.write_text(f"{chapter.read_text()}\nSaved just now.\n")
        assert "computing" in wait_for(page, "Saved just now.")
        write_recipe(course / "figures", caption="Computed instead.")
        assert "<svg" in wait_for(page, lambda html: "Computed instead." in html and "2.0" in html)
        assert of_pools(course) == pools(course), "what never ends has been given up"


def test_files_that_a_recipe_reads_are_followed_wherever_they_lie(course):
    """They are known when the recipe has run once: a server that began before follows them too."""
    (course / "data").mkdir()
    (course / "data/slope.csv").write_text("3")
    read = "slope = float(pathlib.Path(__file__).parents[1].joinpath('data', 'slo' + 'pe.csv').read_text())"
    write_recipe(course / "figures", compute=f"import pathlib; {read}")
    with serving(course) as page:
        wait_for(page, "Its slope is 3.0")
        (course / "data/slope.csv").write_text("4")
        wait_for(page, "Its slope is 4.0")
    with serving(course) as page:  # one that finds the figure made
        wait_for(page, "Its slope is 4.0")
        (course / "data/slope.csv").write_text("5")
        wait_for(page, "Its slope is 5.0")


def test_an_older_figure_is_shown_and_said_to_be_old(course):
    let_go(course)
    assert dlfigs("build", cwd=course).returncode == 0
    (course / "go").unlink()
    write_recipe(course / "figures", compute=f"{GATE}\n    slope += 1")
    with serving(course) as page:
        html = wait_for(page, "waiting")
        figure = BeautifulSoup(html, "html.parser").find("figure", id="line")
        assert figure.find("svg")
        assert figure.find(class_="waiting-state").text.startswith("computing, 0 of 1")
        number = BeautifulSoup(html, "html.parser").find(class_="waiting-number")
        assert number.text == "2.0"
        let_go(course)
        wait_for(page, "Its slope is 3.0.")


def test_a_claim_that_does_not_hold_is_said_and_the_figure_shown(course):
    write_recipe(course / "figures", low="3")
    with serving(course) as page:
        assert "<svg" in wait_for(page, "Its slope is 2.0.")
        assert status(page)["failed"] == {}
    assert "line: the claim 'steep' does not hold: Slope of the line" in said(course, "ERROR")[-1]


def test_an_interrupt_ends_the_server_and_all_its_work_at_once(course):
    with running(course) as (page, server):
        wait_for(page, "waiting")
        while len(processes_in(course)) < 3:  # the server, its pool and a worker
            time.sleep(0.1)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0
        assert processes_in(course) == []
    assert "Traceback" not in (course / "server.log").read_text()


def test_a_server_that_follows_no_changes_waits_for_its_figures(course):
    with serving(course, "--no-livereload") as page:
        time.sleep(3)
        with pytest.raises(OSError, match="refused"):
            get(page)
        let_go(course)
        assert "waiting" not in wait_for(page, "Its slope is 2.0.")


def test_a_pool_that_is_killed_is_said_and_replaced(course):
    with serving(course) as page:
        wait_for(page, "waiting")
        (pool,) = pools(course)
        os.killpg(pool, signal.SIGKILL)
        wait_for(page, "failed: figures/line.py: the pool of workers has ended (exit code -9)")
        let_go(course)
        write_recipe(course / "figures", caption="Another pool.")
        wait_for(page, "Another pool.")


@needs_browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_browser_gets_the_figure_in_its_place(course, scheme, width):
    shutil.copy(ROOT / "docs/stylesheets/site.css", course / "docs")
    config = course / "mkdocs.yml"
    config.write_text(f"{config.read_text()}extra_css: [site.css]\n")
    chapter = course / "docs/index.md"
    chapter.write_text("# Lines\n\n" + "Text before.\n\n" * 60 + "![](line)\n\n" + "Text after.\n\n" * 60)
    with serving(course) as address, sync_playwright() as playwright:
        wait_for(address, "waiting")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        wrong = []
        tab.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.add_init_script(SHIFTS)
        tab.goto(address)
        tab.evaluate("document.getElementById('line').scrollIntoView({ block: 'center' })")
        expect(tab.locator(".waiting-state")).to_contain_text("computing, 0 of 1, about")
        expect(tab.get_by_text(ALT)).to_be_in_viewport()
        before = tab.evaluate("[scrollY, document.querySelector('.place').offsetHeight]")
        let_go(course)
        expect(tab.locator("figure svg.drawing")).to_be_in_viewport(timeout=60_000)
        expect(tab.locator(".waiting-state")).to_have_count(0)
        after = tab.evaluate("[scrollY, document.querySelector('.place').offsetHeight]")
        assert after == before
        assert tab.evaluate("shifts.reduce((a, b) => a + b, 0)") < 0.01
        assert not wrong
        browser.close()
