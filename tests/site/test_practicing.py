"""Practice: what the course asks, one by one in random order; by keyboard and finger; without scripts."""

import re

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from playwright.sync_api import expect
from reader import needs_browser
from test_browser import RULES, inaccessible, reader  # noqa: F401  a fixture
from test_touch import PHONE

from dlfigs.markdown import practice

PAGE = "practice/"
EMPTY = f'<h1>P</h1><section class="{practice.CLASS}" data-search-exclude=""></section>'
ASKING = """<h1 id="l">Lines &amp; more<a class="headerlink" href="#l">¶</a></h1>
<h2 id="q1">1. How steep?<a class="headerlink" href="#q1">¶</a></h2>
<p>See <a href="../other/#b">that</a>.</p>
<details class="abstract answer" open="open"><summary>Ours</summary>
<p id="x">Two<button>?</button>.</p></details>
<details class="quote"><summary>Theirs</summary><p>Hidden.</p></details>
<details class="question"><summary>And then?</summary><p>Three.</p></details>
<h2 id="no">No question</h2><p>Text.</p>
<details class="predict" id="predict-line-steep" data-search-exclude="">
<summary><strong>Predict:</strong> Steep?</summary>
<ul class="predict-choices"><li>No.</li><li>Yes.</li></ul>
<details class="predict-seen"><summary>The answer, and why</summary><p>It is.</p></details></details>
<section class="cite-row"><details class="question"><summary>Not this</summary></details></section>"""


def test_what_pages_ask_stands_on_one_page_and_can_be_filled_again():
    found = practice.of_pages(
        {"week/lines/": ASKING, "practice/": EMPTY, "none/": "<h1>None</h1><p>No.</p>"}
    )
    assert [one.kind for one in found] == ["predict", "question", "next"]
    filled = practice.fill(EMPTY, "practice/", found)
    page = BeautifulSoup(filled, "html.parser")
    predicted, asked, following = page.section.find_all("details", recursive=False)
    assert predicted["class"] == ["predict"]
    assert [li.get_text() for li in predicted.select(".predict-choices li")] == ["No.", "Yes."]
    assert predicted.select_one(".predict-seen").p.get_text() == "It is."
    assert asked.summary.get_text() == "How steep?"
    assert [a["href"] for a in asked.find_all("a")] == ["../week/other/#b"]
    assert following.summary.get_text() == "How steep? And then?"
    assert following.a["href"] == "../week/lines/#q1"
    assert not page.section.select("button, [id=x]")
    assert not re.search("Hidden|Not this|Text", page.section.get_text())
    assert practice.fill(filled, "practice/", found) == filled
    assert practice.of_pages({"practice/": filled}) == [], "it asks what others ask"
    both = practice.of_pages({"week/lines/": ASKING.replace("<h2 id", filled + "<h2 id", 1)})
    assert [one.front for one in both] == [one.front for one in found], "a page may ask and be practiced on"
    assert practice.fill("<p>No section.</p>", "x/", found) == "<p>No section.</p>"


def test_the_course_asks_each_question_once_with_its_answer_correction_and_figure(site):
    html = (site / PAGE / "index.html").read_text(encoding="utf-8")
    cards = BeautifulSoup(html, "html.parser").select(".practice > details")
    source = (ROOT / "docs/questions.md").read_text(encoding="utf-8")
    kinds = [card["data-kind"] for card in cards]
    assert kinds.count("question") == len(re.findall(r"^## \d+\. ", source, re.MULTILINE)) == 19
    assert kinds.count("next") == len(re.findall(r"^\?\?\? question ", source, re.MULTILINE))
    assert kinds.count("predict") >= 19
    assert len({card.summary.get_text() for card in cards}) == len(cards)
    for number, card in enumerate((card for card in cards if card["data-kind"] == "question"), 1):
        assert card.find("a", href=f"../corrections/#q{number}")
        assert "The list's answer is" in card.get_text().replace("’", "'")
        images = card.select("figure img")
        assert images
        assert all(image["loading"] == "lazy" and image["alt"] for image in images)
    assert not any(card.has_attr("open") for card in cards)


def now(tab):
    return tab.locator(".practice > details.practice-now")


def state(tab):
    return tab.locator(".practice-state").inner_text()


@needs_browser
def test_who_practices_with_the_keyboard_is_asked_again_what_they_missed_until_they_say_no(reader):  # noqa: F811
    tab, wrong, requests = reader(PAGE)
    assert not [address for address in requests if "assets/figures/" in address], (
        "no picture before it is seen"
    )
    tab.get_by_label("Ask").select_option("question")
    expect(tab.locator(".practice > details:visible")).to_have_count(1)
    assert state(tab) == "Card 1 of 19 · missed: 0"
    expect(tab.get_by_role("button", name="I knew it")).to_be_hidden()
    names = []
    now(tab).locator("summary").focus()
    for number in range(1, 20):
        question = now(tab).locator("summary").inner_text()
        names.append(question)
        tab.keyboard.press("Enter")
        expect(now(tab).get_by_role("link", name="correction")).to_be_visible()
        button = tab.get_by_role("button", name="I missed it" if number in (2, 5) else "I knew it")
        if number == 1:  # all by the keyboard: past the links of the answer
            for _ in range(20):
                tab.keyboard.press("Tab")
                if button.evaluate("element => element === document.activeElement"):
                    break
        else:
            button.focus()
        tab.keyboard.press("Enter")
        if number < 19:
            expect(now(tab).locator("summary")).to_be_focused()
    assert len(set(names)) == 19
    assert state(tab) == "All 19 cards are done · missed: 2"
    expect(tab.get_by_role("button", name="Begin again")).to_be_focused()

    tab.reload()
    tab.get_by_label("Ask").select_option("missed")
    assert state(tab) == "Card 1 of 2 · missed: 2"
    first = now(tab).locator("summary").inner_text()
    assert first in (names[1], names[4])
    now(tab).locator("summary").click()
    tab.get_by_role("button", name="I knew it").click()
    assert state(tab) == "Card 2 of 2 · missed: 1"
    assert {first, now(tab).locator("summary").inner_text()} == {names[1], names[4]}
    tab.get_by_role("button", name="Forget what I missed").click()
    expect(tab.get_by_label("Ask")).to_be_focused()
    assert state(tab).endswith("missed: 0")
    assert tab.evaluate("Object.keys(localStorage).filter(key => key.startsWith('practice'))") == []
    assert not wrong


@needs_browser
def test_the_order_is_another_each_time(reader):  # noqa: F811
    tab, _, _ = reader(PAGE)
    orders = set()
    for _ in range(4):
        tab.reload()
        orders.add(now(tab).get_attribute("id"))
    assert len(orders) > 1, "four times the same of all cards comes once in half a million"


@needs_browser
def test_a_prediction_is_made_here_as_in_its_chapter(reader):  # noqa: F811
    tab, wrong, _ = reader(PAGE)
    tab.get_by_label("Ask").select_option("predict")
    now(tab).get_by_role("button", name="See it").wait_for()
    if now(tab).locator("[type=radio]").count():
        now(tab).locator("label").first.click()
    now(tab).get_by_role("button", name="See it").click()
    expect(now(tab).locator(".predict-said")).to_contain_text("You said: ")
    tab.get_by_role("button", name="I missed it").click()
    assert re.fullmatch(r"Card 2 of \d+ · missed: 1", state(tab))
    assert not wrong


@needs_browser
def test_without_scripts_it_is_a_list_of_folded_questions_with_links(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + PAGE)
    boxes = tab.locator(".practice > details")
    assert boxes.count() > 70
    assert all(box.is_visible() for box in (boxes.first, boxes.last))
    asked = tab.locator(".practice > [data-kind=question]").first
    asked.locator("summary").click()
    expect(asked.get_by_role("link", name="correction 1")).to_be_visible()
    expect(asked.locator("figure img").first).to_be_visible()
    expect(tab.locator(".practice-bar")).to_have_count(0)
    context.close()


@needs_browser
def test_a_browser_that_remembers_nothing_asks_nevertheless(forgetful, address):
    tab = forgetful
    tab.goto(address + PAGE)
    tab.get_by_label("Ask").select_option("next")
    now(tab).locator("summary").click()
    tab.get_by_role("button", name="I missed it").click()
    assert state(tab).endswith("missed: 1")


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_fingers_and_for_everybody(reader, scheme):  # noqa: F811
    tab, wrong, _ = reader(PAGE, width=390, scheme=scheme, **PHONE)
    for kind in ("predict", "next", "question"):
        tab.get_by_label("Ask").select_option(kind)
        assert list(inaccessible(tab, RULES)) == []
        if kind != "predict":
            now(tab).locator("summary").tap()
        expect(tab.get_by_role("button", name="I knew it")).to_be_visible()
        assert list(inaccessible(tab, RULES)) == []
        tab.get_by_role("button", name="I missed it").tap()
    assert state(tab).endswith("missed: 3")
    tab.evaluate(
        "document.querySelectorAll('.practice > details').forEach(box => {"
        "  box.classList.add('practice-now'); box.open = true"
        "})"
    )
    assert list(inaccessible(tab, RULES, ".practice")) == []  # which card comes is chance
    assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert not wrong
