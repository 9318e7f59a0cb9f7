"""Figures that readers move, in a browser: by keyboard and by finger, with and without scripts."""

import json
import re

import pytest
from conftest import ROOT
from playwright.sync_api import expect
from reader import needs_browser
from test_browser import RULES, inaccessible, reader  # noqa: F401  a fixture
from test_touch import PHONE

from dlfigs.make.packing import MOST

PAGE, SLUG = "vanishing_gradients/", "gradients_by_depth"
MOVED = re.compile(r"\.moves\.json$")
LIKELY = {
    "gradients_by_depth",
    "edge_of_chaos",
    "selu_map",
    "finite_width_band",
    "soft_threshold",
    "double_descent",
}


def figure_of(tab, slug=SLUG):
    return tab.locator(f"figure[data-figure={slug}]").first


@needs_browser
def test_nothing_is_fetched_before_the_first_touch_and_then_all_at_once(reader):  # noqa: F811
    tab, wrong, requests = reader(PAGE)
    figure = figure_of(tab)
    slider = figure.get_by_label("width")
    assert not any(map(MOVED.search, requests))
    slider.focus()
    tab.keyboard.press("ArrowLeft")
    expect(figure.locator(".moves-said")).to_have_text(re.compile("^With activation relu, width 32: All"))
    tab.keyboard.press("ArrowRight")
    figure.get_by_label("activation").select_option(label="tanh")
    expect(figure.locator(".moves-said")).to_have_text(re.compile("^With activation tanh, width 128"))
    assert len(list(filter(MOVED.search, requests))) == 1
    assert not wrong


@needs_browser
def test_drawing_caption_and_description_follow_and_come_back(reader, figures):  # noqa: F811
    tab, wrong, _ = reader(PAGE)
    figure = figure_of(tab)
    info = figures[SLUG].info
    drawing, caption = (figure.locator(part) for part in ("svg.drawing", "figcaption"))
    before = drawing.evaluate("svg => svg.outerHTML"), caption.inner_text()
    slider = figure.get_by_label("width")
    slider.focus()
    tab.keyboard.press("Home")
    expect(caption).to_contain_text("in nets of width 32 with")
    assert slider.get_attribute("aria-valuetext") == "32"
    moved = json.loads(figures[SLUG].file("moves.json").read_text())["positions"][0]
    assert moved["numbers"][0] == "32"
    expect(drawing.locator("desc")).to_contain_text("With activation=relu width=32")
    assert drawing.evaluate("svg => svg.outerHTML") != before[0]
    assert (
        drawing.evaluate("svg => [svg.getAttribute('aria-describedby'), svg.querySelector('desc').id]")
        == [f"{SLUG}--desc"] * 2
    )
    back = figure.get_by_role("button", name="As in the text")
    back.click()
    expect(caption).to_have_text(re.compile(re.escape(info.title)))
    expect(figure.locator(".moves-said")).to_have_text(re.compile("^With activation relu, width 128: All"))
    assert (drawing.evaluate("svg => svg.outerHTML"), caption.inner_text()) == before
    expect(back).to_be_disabled()
    assert not wrong


@needs_browser
def test_claims_that_do_not_hold_there_are_said(reader, figures):  # noqa: F811
    tab, wrong, _ = reader(PAGE)
    positions = figures[SLUG].info.moves["positions"]
    position = next(one for one in positions if one["broken"])
    figure = figure_of(tab)
    values = dict(part.split("=") for part in position["setting"].split())
    figure.get_by_label("activation").select_option(label=values["activation"])
    figure.get_by_label("width").focus()
    tab.keyboard.press("Home" if values["width"] == "32" else "End")
    said = figure.locator(".moves-said")
    held = position["claims"] - len(position["broken"])
    expect(said).to_contain_text(f"{held} of {position['claims']} claims hold here. Does not hold: ")
    tab.goto(tab.url.replace(PAGE, f"figures/{SLUG}/"))
    row = tab.locator("table.positions tr", has=tab.get_by_role("rowheader", name=values["activation"]))
    expect(row.filter(has_text=values["width"]).first).to_contain_text(f"{held} of {position['claims']}")
    assert not wrong


@needs_browser
def test_where_nothing_can_be_fetched_the_figure_stays_and_a_reader_is_told(reader):  # noqa: F811
    tab, _, _ = reader(PAGE)
    tab.route(MOVED, lambda route: route.abort())
    figure = figure_of(tab)
    before = figure.locator("svg.drawing").evaluate("svg => svg.outerHTML")
    figure.get_by_label("width").focus()
    tab.keyboard.press("Home")
    expect(figure.locator(".moves-said")).to_have_text(re.compile("cannot be fetched now"))
    assert figure.locator("svg.drawing").evaluate("svg => svg.outerHTML") == before
    tab.unroute(MOVED)
    tab.keyboard.press("End")
    tab.keyboard.press("Home")
    expect(figure.locator("figcaption")).to_contain_text("width 32")


@needs_browser
def test_without_scripts_a_line_says_how_to_make_the_others(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + PAGE)
    words = figure_of(tab).locator(".moves p")
    expect(words).to_be_visible()
    expect(words).to_contain_text(f"dlfigs build {SLUG} --set activation=relu --set width=32")
    assert figure_of(tab).locator(".moves :is(input, select, button)").count() == 0
    context.close()


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_fingers_and_for_everybody(reader, scheme):  # noqa: F811
    tab, wrong, _ = reader("problems_of_depth/", width=390, scheme=scheme, **PHONE)
    figure = figure_of(tab, "double_descent")
    slider = figure.get_by_label("noise")
    box = slider.bounding_box()
    assert box["height"] >= 24, "a finger hits it"
    slider.tap(position={"x": box["width"] - 2, "y": box["height"] / 2})
    expect(figure.locator(".moves-said")).to_contain_text("noise 1.0")
    assert list(inaccessible(tab, RULES)) == []
    assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert not wrong


@needs_browser
def test_on_paper_there_are_no_dials(reader):  # noqa: F811
    tab, _, _ = reader(PAGE)
    tab.emulate_media(media="print")
    expect(figure_of(tab).locator(".moves")).to_be_hidden()


def test_a_dozen_figures_can_be_moved_and_none_is_heavy(figures):
    moving = {slug: built for slug, built in figures.items() if built.info.moves}
    assert len(moving) >= 12
    assert moving.keys() >= LIKELY
    for built in moving.values():
        positions = built.info.moves["positions"]
        assert len(positions) == len({one["setting"] for one in positions}) >= 3
        assert "".join(built.info.moves["caption"]) == built.info.caption
        own = " ".join(f"{d['name']}={d['values'][d['at']]}" for d in built.info.moves["dials"])
        (drawn,) = [one for one in positions if one["setting"] == own]
        assert drawn["broken"] == []
    assert MOST == 60_000


def test_what_moves_is_documented():
    told = (ROOT / "docs/how_to_use.md").read_text()
    assert "{ #move }" in told
    assert "{ #moved }" in told
