"""The 19 questions: to be answered aloud, and compared with ours, a picture, and the list's words."""

import contextlib
import json

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect
from reader import context_of, needs_browser, settle, size, tab_of
from test_chapters import page, section

NUMBERS = range(1, 20)
VERDICTS = {"right": "right", "partly": "partly right", "wrong": "wrong"}
OPEN = "[...document.querySelectorAll('article details.{}')].map(folded => folded.open)"


def verdict(element):
    """The word of a verdict, which its color repeats."""
    (badge,) = element.select(".verdict")
    (kind,) = set(badge["class"]) - {"verdict"}
    assert VERDICTS[kind] == badge.get_text().lower(), "the color and the word differ"
    return kind


@pytest.mark.parametrize("number", NUMBERS)
def test_a_question_has_its_verdict_and_correction_before_its_answer(site, number):
    first, *parts = section(site, "questions.md", number)
    assert verdict(first) == verdict(section(site, "corrections.md", number)[0])
    assert first.a["href"] == f"../corrections/#q{number}"
    heading = page(site, "questions.md").find("h2", id=f"q{number}")
    assert not heading.select(".verdict"), "contents and search results would have it in their titles"
    assert [part.name for part in parts[:2]] == ["details", "details"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_question_has_an_open_answer_with_a_picture_and_the_rest_folded(site, number):
    answer, listed, *others = (p for p in section(site, "questions.md", number) if p.name == "details")
    assert "answer" in answer["class"]
    assert answer.has_attr("open")
    word = VERDICTS[verdict(section(site, "questions.md", number)[0])]
    assert f"The list's answer is {word}:" in answer.get_text().replace("’", "'")
    (picture,) = answer.select("figure.dlfigs-picture")
    assert {image["loading"] for image in picture.find_all("img")} == {"lazy"}
    assert (site / picture.a["href"].removeprefix("../") / "index.html").is_file()
    assert "quote" in listed["class"]
    assert listed.blockquote or number == 9  # its answer is a picture that is not there
    assert len(others) >= 2, "what may be asked next"
    for following in others:
        assert following.summary.get_text().strip().endswith("?")
        (words,) = following.find_all("p")
        assert 3 <= len(words.get_text().split()) <= 45, words.get_text()
    assert not any(folded.has_attr("open") for folded in (listed, *others))


def test_what_is_folded_has_a_name_of_its_own(site):
    names = [summary.get_text() for summary in page(site, "questions.md").find_all("summary")]
    assert len(names) == len(set(names)) >= 4 * len(NUMBERS)


def test_question_9_has_the_curve_that_it_asks_for(site):
    answer = section(site, "questions.md", 9)[1]
    assert answer.select_one("img[src='../assets/figures/swish.svg']")


def test_the_search_knows_answers_but_not_what_the_list_says(site):
    docs = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))["docs"]
    (entry,) = (doc for doc in docs if doc["location"] == "questions/#q8")
    answer, listed = section(site, "questions.md", 8)[1:3]
    known = " ".join(BeautifulSoup(entry["text"], "html.parser").get_text().split())
    assert " ".join(answer.find("strong").get_text().split()) in known
    for item in listed.find_all("li"):
        assert " ".join(item.get_text().split()) not in known


@pytest.fixture
def reader(browser, address):
    """Open the page in one browser's context, which remembers."""
    with contextlib.ExitStack() as stack:

        def begin(**options):
            context = stack.enter_context(contextlib.closing(context_of(browser, **options)))

            def visit(anchor=""):
                tab, wrong, requests = tab_of(context, address)
                tab.goto(f"{address}questions/{anchor}", wait_until="commit")
                settle(tab)
                return tab, wrong, requests

            return visit

        yield begin


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_all_answers_are_hidden_by_the_keyboard_and_that_is_remembered(reader, width):
    visit = reader(width=width)
    tab, wrong, _ = visit()
    button = tab.get_by_role("button", name="Hide all answers")
    assert all(tab.evaluate(OPEN.format("answer")))
    tab.locator("details.quote summary").first.click()
    button.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Show all answers")).to_be_focused()
    assert not any(tab.evaluate(OPEN.format("answer")))
    assert not any(tab.evaluate(OPEN.format("quote"))), "it would give the answer away"
    tab.keyboard.press("Tab")  # to the first question: its correction, then its answer
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    first, *others = tab.evaluate(OPEN.format("answer"))
    assert first, "one answer opens by itself"
    assert not any(others)
    again, wrong_again, _ = visit("#q9")
    expect(again.get_by_role("button", name="Show all answers")).to_be_visible()
    assert not any(again.evaluate(OPEN.format("answer")))
    expect(again.locator("#q9")).to_be_in_viewport()
    again.get_by_role("button", name="Show all answers").press("Space")
    assert all(again.evaluate(OPEN.format("answer")))
    third, _, _ = visit()
    assert all(third.evaluate(OPEN.format("answer")))
    assert wrong == wrong_again == []


@needs_browser
def test_without_scripts_answers_open_and_close_one_by_one(reader):
    tab, wrong, _ = reader(java_script_enabled=False)()
    expect(tab.locator("[data-answers]")).to_be_hidden()
    answer = tab.locator("details.answer").nth(1)
    expect(answer.locator("p").first).to_be_visible()
    answer.locator("summary").press("Enter")
    expect(answer.locator("p").first).to_be_hidden()
    answer.locator("summary").press("Enter")
    expect(answer.locator("p").first).to_be_visible()
    assert wrong == []


@needs_browser
def test_where_nothing_may_be_remembered_the_button_works_all_the_same(reader):
    visit = reader()
    tab, wrong, _ = visit()
    tab.evaluate("Storage.prototype.setItem = () => { throw new DOMException('no') }; null")
    tab.get_by_role("button", name="Hide all answers").click()
    assert not any(tab.evaluate(OPEN.format("answer")))
    assert wrong == []


@needs_browser
def test_the_page_is_light_and_fetches_pictures_as_they_come_near(reader, site):
    tab, _, requests = reader(width=390)()
    pictures = [url for url in requests if "/assets/figures/" in url]
    assert len(pictures) < 6
    assert sum(size(site, url) for url in set(requests)) <= 200 * 1024
    tab.locator("#q18").scroll_into_view_if_needed()
    expect(tab.locator("img[src$='/dropout_scaling.svg']")).not_to_have_js_property("naturalWidth", 0)
    assert not any(url.endswith(".dark.svg") for url in requests), (
        "of light and dark, the one that is shown"
    )
