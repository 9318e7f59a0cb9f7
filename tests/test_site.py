"""The built site in a real browser, and its links, as a reader meets them."""

import functools
import http.server
import shutil
import threading
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: apt install chromium")
FLAGS = [
    f"--{flag}"
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
    )
]
# axe's rules: WCAG 2.2 A and AA, and best practice
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pages(site):
    found = [str(p.relative_to(site).parent) + "/" for p in site.rglob("index.html")]
    return sorted("" if page == "./" else page for page in found)


@pytest.fixture(scope="module")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def visit(browser, address, page, scheme="light", width=1280):
    """Open a page; returns it with the list of what went wrong."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab, wrong = context.new_page(), []
    tab.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("requestfailed", lambda r: wrong.append(f"failed: {r.url}"))
    tab.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:")) else None)
    tab.on("response", lambda r: wrong.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    tab.goto(address + page, wait_until="networkidle")
    return tab, wrong


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_clean_accessible_and_fits(site, address, browser, scheme, width):
    axe, found = Axe(), []
    for page in pages(site):
        tab, wrong = visit(browser, address, page, scheme, width)
        overflow = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            wrong.append(f"{overflow} px too wide")
        for violation in axe.run(tab, options={"runOnly": RULES}).response["violations"]:
            nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
            wrong.append(f"{violation['id']} ({len(violation['nodes'])}): {nodes}")
        found += [f"/{page} {scheme} {width}: {text}" for text in wrong]
        tab.context.close()
    assert not found, "\n".join(found)


@needs_browser
def test_figures_follow_the_scheme_and_print_light(address, browser):
    colors = {}
    for scheme in ("light", "dark"):
        tab, _ = visit(browser, address, "vanishing_gradients/", scheme)
        label = "document.querySelector('#gradients_by_depth text')"
        paper = "getComputedStyle(document.body).backgroundColor"
        colors[scheme] = [tab.evaluate(f"getComputedStyle({label}).fill"), tab.evaluate(paper)]
        tab.emulate_media(media="print")
        colors[f"print {scheme}"] = [tab.evaluate(f"getComputedStyle({label}).fill")]
        tab.context.close()
    assert colors["light"][0] != colors["dark"][0]
    assert colors["light"][1] != colors["dark"][1]
    assert colors["print light"] == colors["print dark"] == colors["light"][:1]


@needs_browser
def test_formulas_are_set_in_the_math_font(address, browser):
    tab, _ = visit(browser, address, "vanishing_gradients/")
    assert tab.evaluate(
        "document.fonts.ready.then(() => document.fonts.check('16px \"STIX Two Math\"', 'σ'))"
    )
    loaded = tab.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
    assert "STIX Two Math" in str(loaded)
    assert tab.evaluate("document.querySelector('div.math math').getBoundingClientRect().height") > 20
    tab.context.close()


@needs_browser
def test_search_finds_swish(address, browser):
    tab, wrong = visit(browser, address, "")
    tab.keyboard.press("/")
    tab.keyboard.type("swish")
    result = tab.locator(".md-search-result__link").first
    result.wait_for()
    assert "swish" in result.inner_text().lower()
    assert not wrong
    tab.context.close()


def test_links_anchors_and_ids(site):
    """Every link leads to a file of the site, and every anchor to an element; no id twice."""
    documents = {
        page: BeautifulSoup((site / page / "index.html").read_text(encoding="utf-8"), "html.parser")
        for page in pages(site)
    }
    ids = {}
    for page, document in documents.items():
        ids[page] = [element["id"] for element in document.find_all(id=True)]
        twice = {name for name in ids[page] if ids[page].count(name) > 1}
        assert not twice, f"/{page}: {twice}"
    for page, document in documents.items():
        for element in document.select("[href], [src]"):
            link = element.get("href") or element.get("src")
            if urlparse(link).scheme in ("http", "https", "mailto", "data") or element.find_parent("svg"):
                continue
            target, anchor = urldefrag(urljoin(f"/{page}", link))
            path = site / unquote(target).lstrip("/")
            assert path.is_file() or (path / "index.html").is_file(), f"/{page}: {link}"
            there = unquote(target).strip("/") + "/" if unquote(target).strip("/") else ""
            if anchor and there in ids and not anchor.startswith("__"):
                assert anchor in ids[there], f"/{page}: {link}"


def test_pictures_have_names(site):
    for page in pages(site):
        document = BeautifulSoup((site / page / "index.html").read_text(encoding="utf-8"), "html.parser")
        for svg in document.article.select("svg[role=img]"):
            assert len(document.find(id=svg["aria-labelledby"]).text) > 10
            assert len(document.find(id=svg["aria-describedby"]).text) > 60
        for image in document.article.find_all("img"):
            assert image.get("alt"), f"/{page}: {image}"
