"""The built site in a real browser: what must be zero, what must be light, and what must work."""

import re

import pybtex.database
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from playwright.sync_api import expect
from reader import (
    ROOT_PATH,
    SHIFTS,
    file_of,
    needs_browser,
    one_after_another,
    pages,
    size,
    visit,
)

from dlfigs.site.policy import guarded

pytestmark = needs_browser
# axe's rules: WCAG 2.2 A and AA, and best practice; and those of them that are about colors
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# And those for which the width of the window matters, the template aside
LAYOUT = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
SHARDS = 4  # of the pages, for test processes side by side
KILOBYTE = 1024


@pytest.fixture
def reader(browser, address):
    """Open pages as `visit` does, and close them after the test."""
    opened = []

    def open_page(page, **options):
        tab, wrong, requests = visit(browser, address, page, **options)
        opened.append(tab.context)
        return tab, wrong, requests

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_clean_light_and_stable(site, browser, address, width, shard):
    # Figures' pages share one template and one style sheet: each is read at one of the two widths
    some = [
        page
        for number, page in enumerate(pages(site)[shard::SHARDS])
        if not page.startswith("figures/") or (number % 2 == 0) == (width < 1000)
    ]
    found = []
    for page, tab, wrong, requests in one_after_another(browser, address, some, width=width):
        if (wide := tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
            wrong.append(f"{wide} px too wide")
        wrong += weigh(site, requests)
        if (shift := tab.evaluate("shifts.reduce((a, b) => a + b, 0)")) > 0.02:
            wrong.append(f"layout shift at load {shift:.3f}")
        if (shift := tab.evaluate(SCROLL)) > 0.05:
            wrong.append(f"layout shift while scrolling {shift:.3f}")
        found += [f"/{page} {width}: {text}" for text in wrong]
    assert not found, "\n".join(found)


# To the end, as fast as a finger; then the sum of all shifts that this has caused
SCROLL = """async () => {
  shifts.length = 0
  for (let step = 0; step < 60; step++) {
    scrollBy(0, 600)
    await new Promise(requestAnimationFrame)
    if (scrollY + innerHeight >= document.documentElement.scrollHeight - 1) break
  }
  await new Promise(done => setTimeout(done, 50))
  return shifts.reduce((a, b) => a + b, 0)
}"""
# A page of each template, and of chapters the one with formulas, code, tables and figures
KINDS = ("", "vanishing_gradients/", "questions/", "gallery/", "figures/swish/", "404.html")


@pytest.mark.parametrize("page", KINDS)
def test_a_page_of_each_kind_is_accessible(reader, page):
    judge(reader, page, narrow=RULES)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_other_page_is_accessible(site, reader, shard):
    """Chapters all, and of figures' pages, which are made alike, every third."""
    figures = [page for page in pages(site) if page.startswith("figures/")]
    chapters = [page for page in pages(site) if page not in figures]
    others = [page for page in (*chapters, *figures[::3]) if page not in KINDS]
    for page in others[shard::SHARDS]:
        judge(reader, page, narrow=LAYOUT)


def judge(reader, page, narrow):
    """Have axe read a page in both schemes and at both widths, at which other rules may do."""
    tab, wrong, _ = reader(page)
    wrong += inaccessible(tab)
    tab.emulate_media(color_scheme="dark")
    expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    # What the dark changes are colors, and these do not depend on the width
    wrong += [f"dark: {text}" for text in inaccessible(tab, COLORS)]
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 390, "height": 900})
    wrong += [f"narrow: {text}" for text in inaccessible(tab, narrow)]
    tab.context.close()
    assert not wrong, f"/{page}\n" + "\n".join(wrong)


def inaccessible(tab, rules=RULES, within=None):
    """What axe finds on a page as it stands, or in a part of it."""
    report = Axe().run(tab, within, {"runOnly": rules, "resultTypes": ["violations"]}).response
    for violation in report["violations"]:
        nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
        yield f"{violation['id']} ({len(violation['nodes'])}): {nodes}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_what_opens_is_accessible_too(reader, width, scheme):
    """The drawer of a phone, the search with results, panels of Cite, terms and works, answers, tables."""
    tab, _, _ = reader("vanishing_gradients/", width=width, scheme=scheme)
    wrong = []

    def look(what, *within):
        parts = [[part] for part in within]
        assert all(tab.locator(part).first.is_visible() for part in within), what
        wrong.extend(f"{what}: {text}" for text in inaccessible(tab, within=parts))

    if width < 1000:
        tab.locator("header label[for=__drawer]").click()
        expect(tab.locator("nav.md-nav--primary")).to_be_in_viewport()
        look("drawer", ".md-sidebar--primary")
        tab.locator("label.md-overlay").click(position={"x": width - 10, "y": 400})
    tab.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    tab.get_by_role("button", name="Cite: The sigmoid").click()
    look("panel", "details", ".cite-panel:popover-open")
    tab.keyboard.press("Escape")
    tab.locator("article .term > button").first.click()
    look("term", "article > p:has(.term)", ".term-panel:popover-open")
    tab.keyboard.press("Escape")
    tab.locator("article .cited > button").first.click()
    look("work", "article > p:has(.cited)", ".term-panel:popover-open")
    tab.keyboard.press("Escape")
    tab.locator("label.md-header__button[for=__search]" if width < 1000 else "[name=query]").click()
    tab.keyboard.type("gradient")
    expect(tab.locator(".md-search-result__link").first).to_be_visible(timeout=20_000)
    look("search", ".md-header")
    assert wrong == []


def weigh(site, requests):
    """What is too heavy at first load, figures included, which stand in the page."""
    weights = {url: size(site, url) for url in requests if ROOT_PATH in url}
    scripts = sum(weight for url, weight in weights.items() if url.endswith(".js"))
    wrong = []
    # Drawings that are files are fetched as they come near; they count by their weight
    if len(asked := [url for url in requests if "/assets/figures/" not in url]) > 16:
        wrong.append(f"{len(asked)} requests")
    if scripts > 60 * KILOBYTE:
        wrong.append(f"{scripts / KILOBYTE:.0f} KB of scripts")
    if (whole := sum(weights.values())) > 200 * KILOBYTE:
        wrong.append(f"{whole / KILOBYTE:.0f} KB")
    return wrong


def test_the_search_index_waits_until_somebody_searches(reader):
    tab, wrong, requests = reader("")
    assert not any("search_index" in url for url in requests)
    tab.keyboard.press("/")
    tab.keyboard.type("swish")
    result = tab.locator(".md-search-result__link", has_text="Swish").first
    expect(result).to_be_visible(timeout=20_000)  # the index is made in the browser
    assert sum("search_index" in url for url in requests) == 1
    result.click()
    tab.wait_for_load_state()
    assert "swish" in tab.locator("article").inner_text().lower()
    assert re.search(r"/(activations|figures/swish|questions)/", tab.url)
    assert not wrong


@pytest.mark.parametrize("width", [1280, 390])
def test_search_works_from_the_button_of_a_phone_and_from_an_address(reader, width):
    tab, _, _ = reader("?q=swish", width=width)
    expect(tab.locator(".md-search-result__link").first).to_be_visible(timeout=20_000)
    tab, _, requests = reader("", width=390)
    tab.locator("label.md-header__button[for=__search]").click()
    tab.keyboard.type("dropout")
    expect(tab.locator(".md-search-result__link").first).to_be_visible(timeout=20_000)
    assert sum("search_index" in url for url in requests) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_visit_has_the_system_s_scheme_from_the_first_frame(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme)
    tab = context.new_page()
    tab.add_init_script("""
        window.frames_seen = new Set()
        const look = () => {
          const header = document.querySelector(".md-header")
          const colors = [document.body, header].map(e => e && getComputedStyle(e).backgroundColor)
          if (header) frames_seen.add(colors.join())
          requestAnimationFrame(look)
        }
        look()
    """)
    late = lambda route: (tab.wait_for_timeout(400), route.continue_())  # noqa: E731
    tab.route(re.compile(r"bundle.*\.js"), late)
    tab.goto(address + "vanishing_gradients/", wait_until="networkidle")
    seen = tab.evaluate("[...frames_seen]")
    assert len(seen) == 1, f"colors changed while the page loaded: {seen}"
    (paper,) = set(re.findall(r"rgb\((\d+)", seen[0]))
    assert (int(paper) < 60) == (scheme == "dark")
    context.close()


def test_the_palette_toggle_changes_page_figures_and_formulas_and_is_remembered(reader):
    tab, wrong, _ = reader("vanishing_gradients/")
    look = """["body", "#gradients_by_depth text", "math", ".highlight code"].map(
        name => getComputedStyle(document.querySelector(name))[name.includes("text") ? "fill" : "color"])"""
    light = tab.evaluate(look)
    for _ in range(2):  # from the system's colors to light, to dark
        tab.locator(".md-header label.md-icon:not([hidden])[for^=__palette]").click()
    expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    tab.wait_for_timeout(300)
    dark = tab.evaluate(look)
    assert all(one != other for one, other in zip(light, dark, strict=True)), (light, dark)
    tab.reload(wait_until="networkidle")
    assert tab.evaluate(look) == dark
    tab.emulate_media(media="print")
    assert tab.evaluate(look)[1] == light[1], "figures print in light colors"
    assert not wrong


def test_formulas_are_set_in_the_math_font(reader):
    tab, _, _ = reader("vanishing_gradients/")
    assert tab.evaluate(
        "document.fonts.ready.then(() => document.fonts.check('16px \"STIX Two Math\"', 'σ'))"
    )
    loaded = tab.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
    assert "STIX Two Math" in str(loaded)
    assert tab.evaluate("document.querySelector('div.math math').getBoundingClientRect().height") > 20


def test_a_formula_font_that_comes_late_moves_nothing(browser, address):
    """On a slow line the page keeps the font that it began with, and the next page has the right one."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.add_init_script(SHIFTS)
    late = lambda route: (tab.wait_for_timeout(1500), route.continue_())  # noqa: E731
    tab.route("**/*.woff2", late)
    tab.goto(address + "vanishing_gradients/", wait_until="networkidle")
    tab.wait_for_timeout(500)
    assert sum(tab.evaluate("shifts")) <= 0.02
    context.close()


def test_lines_of_text_have_about_75_characters(reader):
    for width in (1280, 1920):
        tab, _, _ = reader("vanishing_gradients/", width=width, bypass_csp=True)  # to add a style
        if width == 1920:  # a narrow font, as many systems have
            tab.add_style_tag(content="article.md-content__inner { font-size: 13px !important }")
        zeros = tab.evaluate("""() => {
            const line = document.querySelector("article > p")
            const probe = line.appendChild(document.createElement("span"))
            probe.style = "display: inline-block; width: 100ch"
            return 100 * line.offsetWidth / probe.offsetWidth
        }""")
        assert 50 <= zeros <= 67, "75 characters of prose are as wide as 66 zeros, in most fonts"
        counts = tab.evaluate("""
            [...document.querySelectorAll("article > p:not(:has(math))")]
              .filter(p => p.textContent.length > 300)
              .map(p => p.textContent.length / p.offsetHeight * parseFloat(getComputedStyle(p).lineHeight))
        """)
        assert counts
        assert 60 <= sum(counts) / len(counts) <= 85, width


def clipboard(tab):
    return tab.evaluate("navigator.clipboard.readText()")


RIGHTS = {"permissions": ["clipboard-read", "clipboard-write"]}


def test_cite_opens_a_panel_whose_texts_can_be_copied(reader):
    course = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    tab, wrong, _ = reader("activations/", **RIGHTS)
    panel = tab.locator("#swish-cite")
    expect(panel).to_be_hidden()
    tab.get_by_role("button", name="Cite: Swish: from a line").click()
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Copy BibTeX").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    ((key, entry),) = pybtex.database.parse_string(clipboard(tab), "bibtex").entries.items()
    assert key == "deep_networks_measured_swish"
    assert entry.fields["url"] == course["url"] + "figures/swish/"
    assert entry.fields["title"] == "{Swish: from a line to ReLU}"
    assert entry.fields["version"] == course["version"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry.fields["urldate"])
    panel.get_by_role("button", name="Copy sentence").click()
    expect(panel.get_by_role("button", name="Copied").first).to_be_visible()
    tab.wait_for_function("navigator.clipboard.readText().then(text => !text.startsWith('@'))")
    sentence = clipboard(tab)
    for part in (
        "Swish: from a line to ReLU",
        course["title"],
        course["version"],
        entry.fields["url"],
        "built",
    ):
        assert part in sentence
    tab.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    tab.get_by_role("button", name="Cite this chapter").click()
    chapter = tab.locator("#cite-page-bibtex").inner_text()
    ((_, entry),) = pybtex.database.parse_string(chapter, "bibtex").entries.items()
    assert entry.fields["url"] == course["url"] + "activations/"
    assert not wrong


def test_code_can_be_copied(reader):
    tab, wrong, _ = reader("activations/", **RIGHTS)
    block = tab.locator("article .highlight").first
    block.hover()
    block.locator("button, .md-clipboard").first.click()
    tab.wait_for_function("navigator.clipboard.readText().then(text => text.length > 0)")
    assert clipboard(tab).strip() == block.locator("code").inner_text().strip()
    assert not wrong


def shown(tab):
    return [card.get_attribute("data-slug") for card in tab.locator(".gallery > li:visible").all()]


def test_the_gallery_filters_by_word_part_and_question(reader, figures):
    tab, wrong, _ = reader("gallery/")
    assert sorted(shown(tab)) == sorted(figures)
    form = tab.locator(".gallery-filter")
    form.get_by_label("Search").fill("shallow DIP")
    assert shown(tab) == ["swish"], "words of the description count"
    expect(form.locator("output")).to_have_text("1 figure")
    form.get_by_label("Search").fill("nothing like it")
    assert shown(tab) == []
    expect(form.locator("output")).to_contain_text("No figure")
    form.get_by_label("Search").fill("")
    form.get_by_label("Part").select_option(label="Depth")
    questions = {slug: built.info.questions for slug, built in figures.items()}
    depth = {slug for slug, numbers in questions.items() if numbers[0] in (1, 2, 3)}
    assert set(shown(tab)) == depth
    form.get_by_label("Question").select_option(value="4")
    both = {slug for slug in depth if 4 in questions[slug]}
    assert set(shown(tab)) == both < depth
    tab.reload(wait_until="networkidle")
    assert set(shown(tab)) == both, "the address keeps what was asked for"
    first = shown(tab)[0]
    tab.locator(".gallery > li:visible a").first.click()
    tab.wait_for_url(f"**/figures/{first}/")
    assert not wrong


def test_without_scripts_the_gallery_is_a_plain_list_and_the_text_can_be_read(reader, figures):
    tab, _, _ = reader("gallery/", java_script_enabled=False)
    assert sorted(shown(tab)) == sorted(figures)
    expect(tab.locator(".gallery-filter")).to_be_hidden()
    tab, _, _ = reader("vanishing_gradients/", java_script_enabled=False)
    expect(tab.locator("#gradients_by_depth svg")).to_be_visible()
    tab.locator("summary").first.click()
    expect(tab.locator("details").first.locator("p").last).to_be_visible()


def test_gallery_fetches_pictures_of_one_scheme_only_and_when_they_are_near(reader):
    for scheme in ("light", "dark"):
        _, _, requests = reader("gallery/", scheme=scheme)
        pictures = [url for url in requests if "/assets/figures/" in url]
        assert pictures
        assert all(url.endswith(".dark.svg") == (scheme == "dark") for url in pictures)


STOP = """() => {
  const e = document.activeElement
  if (e === document.body || e === window.last_stop) return null
  window.last_stop = e
  // Radio buttons, of the palette and of tabs, show themselves by their labels
  const tab = e.matches(".tabbed-set > input") && e.labels[0]
  const shown = tab || (e.matches(".md-option") ? e.nextElementSibling : e)
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect()
  const name = e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || e.title
  return {
    named: Boolean(name.trim() || document.querySelector(`label[for="${e.id}"]`)?.title),
    html: e.outerHTML.slice(0, 120),
    // The button back to the top comes and goes as the page moves
    seen: e.matches(".md-top") || box.bottom > 0 && box.top < innerHeight && box.width * box.height > 0,
    marked: style.outlineStyle !== "none" || e.matches("input[name=query]"), // a box with a caret
  }
}"""


@pytest.mark.parametrize(
    ("page", "must"),
    [
        ("vanishing_gradients/", ["<summary", "cite-button", "#ref-", "math"]),
        ("dropout_costs/", ["<code"]),
        ("figures/swish/", ["swish.csv", "cite-button", "<summary", "<pre", "Claims"]),
        ("gallery/", ["<select", 'type="search"', "figures/swish/"]),
        ("", ["button--primary"]),
        ("questions/", ["#q1"]),
        ("404.html", ["/questions/"]),
    ],
)
def test_a_page_can_be_read_with_the_keyboard_alone(reader, page, must):
    tab, wrong, _ = reader(page)
    tab.keyboard.press("Tab")
    assert "md-skip" in tab.evaluate("document.activeElement.className"), "the first stop skips to the text"
    stops = []
    while stop := tab.evaluate(STOP):
        stops.append(stop)
        assert len(stops) < 500, "the keyboard does not come to an end"
        tab.keyboard.press("Tab")
    text = "\n".join(stop["html"] for stop in stops)
    assert [name for name in must if name not in text] == [], "cannot be reached"
    assert [stop["html"] for stop in stops if not stop["seen"]] == []
    assert [stop["html"] for stop in stops if not stop["marked"]] == []
    assert [stop["html"] for stop in stops if not stop["named"]] == []
    assert not wrong


def test_the_keyboard_opens_answers_and_panels_and_comes_back(reader):
    tab, _, _ = reader("vanishing_gradients/")
    answer = tab.locator("details.success").first
    answer.locator("summary").focus()
    tab.keyboard.press("Enter")
    expect(answer).to_have_attribute("open", "")
    button = tab.get_by_role("button", name="Cite: Gradients by depth")
    button.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#gradients_by_depth-cite")).to_be_visible()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('.cite-panel') !== null")
    tab.keyboard.press("Escape")
    expect(tab.locator("#gradients_by_depth-cite")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_lost_reader_gets_the_site_s_own_page(reader):
    tab, wrong, _ = reader("no_such_page/")
    assert "Figures" in tab.locator("nav.md-nav--primary").inner_text()
    assert {text.split(":")[0] for text in wrong} == {"404", "Failed to load resource"}


PLANTED = """
<script>window.ran = "inline"</script>
<script src="https://example.org/script.js"></script>
<img src="https://example.org/picture.png" alt="">
<img src="data:image/png;base64,AAAA" onerror="window.ran = 'attribute'" alt="">
<iframe src="https://example.org/frame" title="frame"></iframe>
<style>@import "https://example.org/style.css";</style>
"""


def test_each_page_has_a_policy_before_all_that_it_rules(site):
    itself = {"'self'"}
    for page in pages(site):
        text = file_of(site, page).read_text(encoding="utf-8")
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
        rules = {name: set(sources) for name, *sources in map(str.split, policy.split(";"))}
        hashes = {
            source for source in rules["script-src"] | rules["style-src"] if source.startswith("'sha256-")
        }
        assert {name: sources - hashes for name, sources in rules.items()} == {
            **dict.fromkeys(("script-src", "style-src", "font-src", "connect-src", "worker-src"), itself),
            "img-src": {"'self'", "data:"},
            "style-src-attr": {"'unsafe-inline'"},
            "form-action": itself,
            "default-src": {"'none'"},
            "base-uri": {"'none'"},
        }, f"/{page}"
        first = min(text.index(tag) for tag in ("<link", "<script", "<style", "<body") if tag in text)
        assert text.index(policy) < first, f"/{page}"


@pytest.mark.parametrize("page", ["", "vanishing_gradients/", "figures/swish/", "gallery/"])
def test_nothing_that_readers_do_breaks_the_policy(reader, page):
    """A violation is an error of the console, and so is in `wrong`; the next test says so."""
    tab, wrong, _ = reader(page)
    for _ in range(2):  # from the system's colors to light, to dark
        tab.locator(".md-header label.md-icon:not([hidden])[for^=__palette]").click()
    if (cite := tab.get_by_role("button", name="Cite")).count():
        cite.first.click()
        tab.keyboard.press("Escape")
    tab.locator("[name=query]").click()
    tab.keyboard.type("swish")
    expect(tab.locator(".md-search-result__link").first).to_be_visible(timeout=20_000)
    assert wrong == []


def test_the_policy_stops_what_somebody_plants(browser, address, site):
    context = browser.new_context()
    tab, said = context.new_page(), []
    tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    tab.add_init_script("""
        window.stopped = []
        document.addEventListener("securitypolicyviolation", event =>
            stopped.push(`${event.effectiveDirective} ${event.blockedURI}`))
    """)
    page = file_of(site, "vanishing_gradients/").read_text(encoding="utf-8")
    body = page.replace("<article", f"{PLANTED}<article", 1)
    tab.route("**/vanishing_gradients/", lambda route: route.fulfill(body=body, content_type="text/html"))
    tab.goto(address + "vanishing_gradients/", wait_until="networkidle")
    tab.evaluate("() => fetch('https://example.org/data').catch(() => null)")
    # Later, because what a debugger calls itself may use eval
    evaluated = tab.evaluate("""() => new Promise(done => setTimeout(() => {
        try { done(eval("1")) } catch (error) { done(error.name) }
    }))""")
    assert evaluated == "EvalError"
    assert set(tab.evaluate("stopped")) == {
        "script-src-elem inline",
        "script-src-elem https://example.org/script.js",
        "script-src-attr inline",
        "script-src eval",
        "style-src-elem inline",
        "img-src https://example.org/picture.png",
        "frame-src https://example.org",
        "connect-src https://example.org/data",
    }
    assert tab.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in said)
    context.close()


def test_a_server_that_adds_its_own_script_to_pages_has_a_policy_that_lets_it():
    html = '<meta charset="utf-8"><script>one()</script>'
    assert "script-src 'self' 'sha256-" in guarded(html)
    # With a hash, browsers would ignore 'unsafe-inline'
    assert "script-src 'self' 'unsafe-inline'; style-src 'self';" in guarded(html, served=True)
