"""The site under a finger: a phone of 390 x 844 px, and a tablet with a keyboard."""

import re

import pytest
from reader import needs_browser, one_after_another, pages
from test_browser import KINDS, LAYOUT, RULES, inaccessible

pytestmark = needs_browser
PHONE = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SHARDS = 4
SMALLEST = 11  # px, of labels in figures
LABELS = """() => [...document.querySelectorAll("figure.dlfigs")].flatMap(figure => {
  const all = [...figure.querySelectorAll("svg.drawing text")].filter(text => text.textContent.trim())
  return all.map(text => {
    const { a, b } = text.getScreenCTM()
    const [box, paper] = [text, text.ownerSVGElement].map(element => element.getBoundingClientRect())
    const cut = box.left < paper.left - 1 || box.right > paper.right + 1
    const size = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b)
    return [figure.dataset.figure, text.textContent, size, cut]
  })
})"""
# Boxes that scroll: whether the keyboard reaches them, and whether one sees that there is more
BOXES = """() => [...document.querySelectorAll("article *")]
  .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1
    && ["auto", "scroll"].includes(getComputedStyle(box).overflowX))
  .map(box => [box.outerHTML.slice(0, 80), box.tabIndex, getComputedStyle(box).maskImage])"""


def on_a_phone(browser, address, some):
    """Open pages on a phone, one after the other."""
    yield from one_after_another(browser, address, some, width=390, **PHONE)


def wrong_on(tab, rules):
    """What a finger, or a keyboard beside it, meets on a page."""
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    tab.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    wrong = list(inaccessible(tab, rules))
    if (wide := tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
        wrong.append(f"{wide} px too wide")
    boxes = tab.evaluate(BOXES)
    wrong += [f"no keyboard reaches {box}" for box, stop, _ in boxes if stop != 0]
    wrong += [f"nobody sees that this scrolls: {box}" for box, _, mask in boxes if "gradient" not in mask]
    for slug, text, size, cut in tab.evaluate(LABELS):
        wrong += [f"{slug}: the label {text!r} has {size:.1f} px"] * (size < SMALLEST)
        wrong += [f"{slug}: the label {text!r} is cut"] * cut
    return wrong


def test_a_page_of_each_kind_is_for_fingers_too(browser, address):
    found = []
    for page, tab, _, _ in on_a_phone(browser, address, [*KINDS, "self_supervised_learning/"]):
        found += [f"/{page}: {text}" for text in wrong_on(tab, RULES)]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_other_page_is_for_fingers_too(site, browser, address, shard):
    others = [page for page in pages(site) if page not in KINDS]
    found = []
    for page, tab, _, _ in on_a_phone(browser, address, others[shard::SHARDS]):
        found += [f"/{page}: {text}" for text in wrong_on(tab, LAYOUT)]
    assert not found, "\n".join(found)


def test_what_scrolls_shows_it_until_its_end(browser, address):
    for _, tab, _, _ in on_a_phone(browser, address, ["vanishing_gradients/"]):
        box = tab.query_selector("article pre > code[data-more]")
        for place, more in (("box.scrollWidth", False), ("0", True)):
            box.evaluate(f"box => box.scrollLeft = {place}")
            tab.wait_for_function(f"box => box.hasAttribute('data-more') === {str(more).lower()}", arg=box)


def test_the_verdict_of_a_claim_is_seen_on_a_phone(browser, address):
    for _, tab, _, _ in on_a_phone(browser, address, ["figures/gradients_by_depth/"]):
        cells = tab.locator("table.claims tbody tr").first.locator("td").all()
        assert cells[0].inner_text().strip() == "yes"
        for cell in cells:
            box = cell.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
        tree = tab.locator("table.claims").aria_snapshot()
        assert re.search(r"- table:\n\s+- rowgroup:\n\s+- row .*Holds", tree), "blocks are still a table"
        assert re.search(r'- cell "yes"', tree)


def test_a_tap_on_a_figure_opens_its_page_and_a_link_in_a_drawing_stays_one(browser, address):
    for _, tab, wrong, _ in on_a_phone(browser, address, ["activations/"]):
        drawing = tab.locator("#swish .place")
        drawing.scroll_into_view_if_needed()
        assert tab.evaluate("!document.querySelector('.place a svg, .place a a')"), "links are not nested"
        drawing.evaluate("""place => {
          const link = document.createElementNS("http://www.w3.org/2000/svg", "a")
          link.setAttribute("href", "#in-the-drawing")
          link.innerHTML = '<rect width="60" height="60"></rect>'
          place.querySelector("svg").append(link)
        }""")
        drawing.tap(position={"x": 20, "y": 20})
        assert tab.url.endswith("activations/#in-the-drawing")
        box = drawing.bounding_box()
        drawing.tap(position={"x": box["width"] / 2, "y": box["height"] / 2})
        tab.wait_for_url("**/figures/swish/")
        assert not wrong


def test_a_figure_opens_without_scripts_and_with_the_keyboard(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}activations/")
    tab.get_by_role("link", name="Swish: from a line to ReLU: the figure’s page").focus()
    assert tab.locator("#swish .place").evaluate("place => getComputedStyle(place).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/figures/swish/")
    # And from there to its place in the chapter, and to the next figure
    tab.locator(".uses a", has_text="Activation").click()
    tab.wait_for_url("**/activations/#swish")
    tab.go_back()
    tab.locator("nav.neighbors a[rel=next]").click()
    tab.wait_for_url(lambda url: re.search(r"/figures/(?!swish/)\w+/$", url))
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_scripts_a_page_has_the_system_s_scheme(browser, address, scheme):
    def colors(scripts):
        context = browser.new_context(
            java_script_enabled=scripts, color_scheme=scheme, reduced_motion="reduce"
        )
        tab = context.new_page()
        tab.goto(f"{address}vanishing_gradients/")
        names = ("body", "article p", "article pre", ".md-header", "article figcaption", "svg.drawing text")
        properties = ("color", "background-color", "fill")
        # Without scripts of the page's own, ours run still
        found = tab.evaluate(
            """([names, properties]) => names.map(name => {
                const style = getComputedStyle(document.querySelector(name))
                return properties.map(key => style.getPropertyValue(key))
            })""",
            [names, properties],
        )
        context.close()
        return found

    assert colors(False) == colors(True)


def test_what_code_prints_is_called_output_on_paper_too(browser, address):
    for _, tab, _, _ in on_a_phone(browser, address, ["vanishing_gradients/"]):
        label = """() => getComputedStyle(
            document.querySelector(".language-python + .language-text pre"), "::before").content"""
        assert tab.evaluate(label) == '"Output"'
        tab.emulate_media(media="print")
        assert tab.evaluate(label) == '"Output"'


@pytest.mark.parametrize("width", [1280, 390])
def test_the_button_that_copies_is_beside_the_code(browser, address, width):
    options = PHONE if width < 1000 else {}
    some = ["vanishing_gradients/", "how_to_use/"]
    for page, tab, _, _ in one_after_another(browser, address, some, width=width, **options):
        over = tab.evaluate("""() => [...document.querySelectorAll("article .md-code__nav")].filter(nav => {
          const button = nav.getBoundingClientRect()
          const code = nav.parentElement.querySelector("code")
          const [box, style] = [code.getBoundingClientRect(), getComputedStyle(code)]
          const text = { right: box.right, top: box.top + parseFloat(style.paddingTop) }
          return button.width && button.left < text.right - 1 && button.bottom > text.top + 1
        }).map(nav => nav.parentElement.textContent.slice(0, 60))""")
        assert over == [], page


def test_the_page_for_lost_readers_leads_on(browser, address):
    for _, tab, _, _ in on_a_phone(browser, address, ["404.html"]):
        links = {link.get_attribute("href") for link in tab.locator("article a").all()}
        for place in ("", "questions/", "gallery/", "vanishing_gradients/", "dropout_costs/"):
            assert any(link.endswith(f"/course/{place or '.'}") for link in links), place
        assert "Search" in tab.locator("article").inner_text()
