"""A chapter shows its finding at once: its first figure begins within a screen and a half."""

import pytest
from reader import needs_browser
from test_chapters import CHAPTERS

pytestmark = needs_browser
LIMIT = 1.5  # screens from the top of the page
SCREENS = {"desktop": (1280, 800), "phone": (390, 844)}
TOP = "document.querySelector('article figure.dlfigs').getBoundingClientRect().top + scrollY"


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", CHAPTERS)
def test_the_first_figure_begins_within_a_screen_and_a_half(browser, address, name, screen):
    width, height = SCREENS[screen]
    tab = browser.new_page(viewport={"width": width, "height": height})
    try:
        tab.goto(f"{address}{name.removesuffix('.md')}/", wait_until="load")
        tab.evaluate("document.fonts.ready.then(() => true)")
        begins = tab.evaluate(TOP) / height
    finally:
        tab.close()
    assert begins <= LIMIT, f"docs/{name}: its first figure begins {begins:.2f} screens down"
