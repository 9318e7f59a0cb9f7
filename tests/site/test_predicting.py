"""Predict, then see: in a browser, with and without scripts; and whether the course asks what it should."""

import ast
import re

import pytest
from conftest import ROOT
from playwright.sync_api import expect
from reader import needs_browser
from test_browser import RULES, inaccessible, reader  # noqa: F401  a fixture
from test_touch import PHONE

from dlfigs.recipe import dependencies

PAGE = "batch_normalization/"  # has both kinds
PREDICTION = re.compile(r"^ *\?\?\? predict ", re.MULTILINE)
BOUND = re.compile(r"\{ answer: (\w+)\.|^    value: (\w+)\.", re.MULTILINE)
CHAPTERS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
ASKING = {name: text for name, text in CHAPTERS.items() if "[start:q" in text}
PREDICTED = {slug for text in ASKING.values() for found in BOUND.findall(text) for slug in found if slug}


def kinds(tab):
    """Give the first prediction with answers to choose from, and the first with a scale."""
    boxes = tab.locator("details.predict")
    radio, slider = (boxes.filter(has=tab.locator(f"[type={kind}]")).first for kind in ("radio", "range"))
    return radio, slider


@needs_browser
def test_a_reader_predicts_with_the_keyboard_and_is_remembered_until_they_say_no(reader):  # noqa: F811
    tab, wrong, requests = reader(PAGE)
    asked = len(requests)
    choice, scale = kinds(tab)
    choice.locator("summary").first.focus()
    for key in ("Enter", "Tab", "ArrowDown", "ArrowUp", "Tab", "Enter"):
        tab.keyboard.press(key)
    label = choice.locator(".predict-field label span").first.inner_text()
    right = choice.locator(".predict-right strong").inner_text()
    expect(choice.locator(".predict-said")).to_have_text(f"You said: {label} It is: {right}")
    expect(choice.locator(".predict-said")).to_be_focused()
    expect(choice.locator(".predict-why")).to_be_visible()
    assert choice.locator("fieldset legend").inner_text().startswith("Predict: ")

    scale.locator("summary").first.focus()
    for key in ("Enter", "Tab", "Home", "ArrowRight", "ArrowRight"):
        tab.keyboard.press(key)
    assert scale.locator("output").inner_text() == "0.02"
    assert scale.locator("input").get_attribute("aria-valuetext") == "0.02"
    for key in ("Tab", "Enter"):
        tab.keyboard.press(key)
    expect(scale.locator(".predict-said")).to_have_text(re.compile(r"^You said: 0\.02\. It is: 0\.\d\d\.$"))

    tab.reload()
    expect(choice.locator("summary").first).to_contain_text("(answered)")
    choice.locator("summary").first.click()
    expect(choice.locator(".predict-said")).to_contain_text(f"You said: {label}")
    assert scale.locator("input").input_value() == "0.02"
    choice.get_by_role("button", name="Forget my answers").click()
    expect(choice.locator("input").first).to_be_focused()
    assert tab.evaluate("Object.keys(localStorage).filter(key => key.startsWith('predictions'))") == []
    for box in (choice, scale):
        expect(box.locator(".predict-said, .predict-done")).to_have_count(0)
        expect(box.locator(".predict-seen")).to_be_hidden()
    assert not wrong
    assert len({*requests}) == len({*requests[:asked]}), "what is answered is sent to nobody"


@needs_browser
def test_who_is_right_is_told_so_and_who_has_not_answered_is_asked(reader):  # noqa: F811
    tab, wrong, _ = reader(PAGE)
    choice, _ = kinds(tab)
    choice.locator("summary").first.click()
    choice.get_by_role("button", name="See it").click()
    expect(choice.locator(".predict-said")).to_have_text("Choose an answer first.")
    expect(choice.locator(".predict-seen")).to_be_hidden()
    right = choice.locator(".predict-right strong").text_content()
    choice.get_by_label(right, exact=True).check()
    choice.get_by_role("button", name="See it").click()
    expect(choice.locator(".predict-said")).to_have_text(f"You said: {right} So it is.")
    assert not wrong


@needs_browser
def test_a_browser_that_remembers_nothing_is_no_obstacle(forgetful, address):
    tab = forgetful
    tab.goto(address + PAGE)
    _, scale = kinds(tab)
    scale.locator("summary").first.click()
    scale.get_by_role("button", name="See it").click()
    expect(scale.locator(".predict-said")).to_contain_text("You said: 0.5. It is: ")


@needs_browser
def test_without_scripts_it_opens_to_the_question_and_then_to_the_answer(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + PAGE)
    box = tab.locator("details.predict", has=tab.locator(".predict-choices")).first
    assert box.bounding_box()["height"] < 80, "it is one folded line"
    box.locator("summary").first.click()
    expect(box.locator(".predict-choices li").first).to_be_visible()
    expect(box.locator(".predict-why")).to_be_hidden()
    box.get_by_text("The answer, and why").click()
    expect(box.locator(".predict-right")).to_be_visible()
    context.close()


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_fingers_and_for_everybody(reader, scheme):  # noqa: F811
    tab, wrong, _ = reader(PAGE, width=390, scheme=scheme, **PHONE)
    boxes = tab.locator("details.predict").all()
    for box in boxes:
        box.locator("summary").first.tap()
    assert list(inaccessible(tab, RULES)) == []
    for box in boxes:
        if box.locator("[type=radio]").count():
            box.locator("label").first.tap()
        box.get_by_role("button", name="See it").tap()
        expect(box.locator(".predict-said")).to_contain_text("You said: ")
    assert list(inaccessible(tab, RULES)) == []
    assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert not wrong


@needs_browser
def test_on_paper_are_question_answers_and_what_is_right(reader):  # noqa: F811
    tab, _, _ = reader(PAGE)
    tab.emulate_media(media="print")
    for box in kinds(tab):
        expect(box.locator("summary").first).to_be_visible()
        expect(box.locator("fieldset label").first).to_be_visible()
        expect(box.get_by_role("button")).to_have_count(0)
    expect(kinds(tab)[0].locator(".predict-right")).to_be_visible()
    expect(kinds(tab)[1].locator(".predict-it")).to_be_visible()


def test_each_question_is_one_to_predict():
    asked = set()
    for slug in PREDICTED:
        written = dependencies.arguments_of(dependencies.parse(ROOT / f"figures/{slug}.py"))
        asked |= set(ast.literal_eval(written["questions"]))
    assert asked == set(range(1, 20))
    for chapter, text in ASKING.items():
        assert PREDICTION.search(text), chapter


def test_each_figure_of_a_lecture_is_one_to_predict():
    plans = CHAPTERS["how_to_use"].split("### Six lectures")[1].split("## Change a figure")[0]
    shown = set(re.findall(r"figures/(\w+)\.md", plans))
    assert len(shown) > 30
    assert shown <= PREDICTED
