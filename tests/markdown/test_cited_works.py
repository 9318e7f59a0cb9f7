"""Citations open the work that they name, where a finger can hit them; the link below stays."""

import contextlib

import pytest
import reader
from bs4 import BeautifulSoup
from conftest import mkdocs

TEXT = """# Lines

As @he2015 and [@he2015, p. 3; -@odd:key/x] show.

| A table, [@he2015] |
| --- |
| and @he2015 |

![](line "A caption, [@cell].")

??? note "A title, [@he2015]"

    Folded, [@he2015].

## A heading, [@he2015]
"""
BIB = """@misc{he2015, author = {He, Kaiming}, title = {Rectifiers}, year = 2015, url = {https://example.org}}
@misc{odd:key/x, author = {Ann, A. and Bob, B.}, title = {Two}, year = 1999}
@misc{cell, author = {Cell, C.}, title = {Three}, year = 1999}
"""


@pytest.fixture(scope="module")
def page(made):
    """A page of a course that cites in every kind of place."""
    (made / "docs/references.bib").write_text(BIB)
    (made / "docs/lines.md").write_text(TEXT)
    config = (made / "mkdocs.yml").read_text()
    (made / "mkdocs.yml").write_text(
        config.replace("extensions: [", "extensions: [pymdownx.details, tables, ")
    )
    result = mkdocs(made)
    assert result.returncode == 0, result.stderr
    return BeautifulSoup((made / "site/lines/index.html").read_text(), "html.parser")


def test_running_text_has_buttons_over_links_and_other_places_links_alone(page):
    said = [(cited.a.text, cited.button["popovertarget"]) for cited in page.select("article .cited")]
    works = ["work-he2015", "work-he2015", "work-odd:key/x", "work-he2015"]
    assert said == list(zip(["He (2015)", "He, 2015", "1999", "He, 2015"], works, strict=True))
    labels = [button["aria-label"] for button in page.select(".cited > button")]
    assert labels == ["He, 2015: the work"] * 2 + ["Ann and Bob, 1999: the work", "He, 2015: the work"]
    plain = [link for link in page.select("article a.citation") if not link.find_parent(class_="cited")]
    assert len(plain) == 5, "two in the table, the figure's source, title and heading"
    assert not any(link.has_attr("tabindex") for link in plain)
    for link in page.select("article a.citation"):
        assert page.find(id=link["href"].removeprefix("#")), "a link leads to the list of references"


def test_what_opens_is_the_work_as_the_references_have_it_once(page):
    panels = page.select("section.works[data-search-exclude] > [popover]")
    assert [panel["id"] for panel in panels] == ["work-he2015", "work-odd:key/x"]
    for panel in panels:
        listed = page.find(id=panel["id"].replace("work-", "ref-"))
        assert panel.p.decode_contents() == listed.decode_contents()
    assert panels[0].a["href"] == "https://example.org"


@reader.needs_browser
def test_a_work_opens_and_closes_by_keyboard_without_scripts(browser, address):
    size = {"width": 390, "height": 800}
    with contextlib.closing(browser.new_context(java_script_enabled=False, viewport=size)) as context:
        tab = context.new_page()
        tab.goto(address + "vanishing_gradients/")
        button = tab.locator("p .cited > button").first
        panel = tab.locator(f"[id='{button.get_attribute('popovertarget')}']")
        link = tab.locator("p .cited > a").first
        assert button.bounding_box() == link.locator("..").bounding_box(), "it covers all of the words"
        button.focus()
        tab.keyboard.press("Enter")
        panel.wait_for(state="visible")
        shown = panel.bounding_box()
        assert shown["x"] >= 8, "it is off the edge of the screen, on both sides"
        assert shown["x"] + shown["width"] <= 382
        tab.keyboard.press("Tab")
        assert panel.locator("a:focus").count() == 1, "its links come next"
        tab.keyboard.press("Escape")
        panel.wait_for(state="hidden")
        assert button.evaluate("button => button === document.activeElement")
        # In print, as in a browser without popovers, there is the link alone
        tab.emulate_media(media="print")
        assert not button.is_visible()
        assert link.is_visible()


@reader.needs_browser
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_no_line_ends_with_the_bracket_of_a_citation(browser, address, width):
    with contextlib.closing(browser.new_context(viewport={"width": width, "height": 800})) as context:
        tab = context.new_page()
        tab.goto(address + "initialization/")
        apart = """() => [...document.querySelectorAll("article p .cited")].filter(cited => {
          const texts = document.createTreeWalker(cited.closest("p"), NodeFilter.SHOW_TEXT)
          let last = null, text
          while ((text = texts.nextNode()) && !cited.contains(text)) last = text
          if (!last || !last.data.endsWith("(")) return false
          const range = document.createRange()
          range.setStart(last, last.length - 1)
          range.setEnd(last, last.length)
          return range.getBoundingClientRect().bottom <= cited.getBoundingClientRect().top + 2
        }).length"""
        assert tab.locator("article p .cited").count() > 10
        assert tab.evaluate(apart) == 0
