"""JAX beside PyTorch: what the tabs have, in a browser, on paper and in copies."""

import re

import pytest
from conftest import IMPORTS_TORCH, ROOT
from playwright.sync_api import expect
from reader import needs_browser
from test_browser import RULES, inaccessible, reader  # noqa: F401  a fixture
from test_chapters import page
from test_touch import PHONE

DOCS = ROOT / "docs"
IMPORTS_JAX = re.compile(r"^(?:import|from) (?:jax|optax|flax)\b", re.MULTILINE)
TABBED = sorted(path.name for path in DOCS.glob("*.md") if '=== "' in path.read_text(encoding="utf-8"))
ONE, OTHER = "dying_relu/", "dropout/"  # both have tabs, the first in answers too


def chosen(tab):
    """Names of the tabs that are shown, one for each set, as a set."""
    return set(
        tab.evaluate(
            "[...document.querySelectorAll('.tabbed-set > input:checked')]"
            ".map(input => document.querySelector(`label[for=${input.id}]`).textContent.trim())"
        )
    )


def test_many_chapters_have_tabs():
    assert len(TABBED) >= 12


@pytest.mark.parametrize("name", TABBED)
def test_each_set_is_jax_and_pytorch_with_what_each_prints(site, name):
    for tabs in page(site, name).select(".tabbed-set"):
        assert [label.get_text() for label in tabs.select(".tabbed-labels label")] == ["JAX", "PyTorch"]
        jax, torch = tabs.select(".tabbed-block")
        for block, imports in ((jax, IMPORTS_JAX), (torch, IMPORTS_TORCH)):
            (code,) = block.select(".language-python")
            assert imports.search(code.get_text()), code.get_text()
            assert code.find_next_sibling("div", class_="language-text"), f"what this prints:\n{code}"
        assert not IMPORTS_TORCH.search(jax.get_text())
        assert not re.search(r"\b(?:jax|jnp|dlfigs)\b", torch.select_one(".language-python").get_text())


@needs_browser
def test_a_choice_holds_on_all_pages_and_is_remembered(reader):  # noqa: F811
    tab, wrong, requests = reader(ONE)
    asked = len(requests)
    assert chosen(tab) == {"JAX"}
    first = tab.locator(".tabbed-set").first
    first.get_by_text("PyTorch", exact=True).click()
    expect(first.locator(".tabbed-block").nth(1)).to_be_visible()
    expect(first.locator(".tabbed-block").nth(0)).to_be_hidden()
    assert chosen(tab) == {"PyTorch"}, "in folded answers, too"
    assert len({*requests}) == len({*requests[:asked]})
    root = tab.url.removesuffix(ONE)
    tab.goto(root + OTHER)
    assert chosen(tab) == {"PyTorch"}
    tab.goto(root + ONE)
    assert chosen(tab) == {"PyTorch"}, "in folded answers, too"
    answer = tab.locator("details", has=tab.locator(".tabbed-set")).last
    answer.locator("summary").click()
    answer.get_by_text("JAX", exact=True).click()
    assert chosen(tab) == {"JAX"}, "a choice in an answer holds as well"
    answer.get_by_text("PyTorch", exact=True).click()
    tab.goto(root + OTHER)
    assert chosen(tab) == {"PyTorch"}
    tab.locator(".tabbed-set > input:checked").first.press("ArrowLeft")
    expect(tab.locator(".tabbed-set .tabbed-block").first).to_be_visible()
    tab.reload()
    assert chosen(tab) == {"JAX"}
    assert not wrong


@needs_browser
def test_a_browser_that_remembers_nothing_has_both(forgetful, address):
    tab = forgetful
    tab.goto(address + ONE)
    blocks = tab.locator(".tabbed-set").first.locator(".tabbed-block")
    tab.locator(".tabbed-set").first.get_by_text("PyTorch", exact=True).click()
    expect(blocks.nth(1)).to_be_visible()


@needs_browser
@pytest.mark.parametrize("options", [{}, {"width": 390, **PHONE}], ids=["wide", "phone"])
def test_the_other_tab_is_accessible(reader, options):  # noqa: F811
    tab, wrong, _ = reader(ONE, **options)
    tab.locator(".tabbed-set").first.get_by_text("PyTorch", exact=True).click()
    tab.locator(".tabbed-set").first.scroll_into_view_if_needed()
    assert not list(inaccessible(tab, RULES, ".tabbed-set"))
    assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert not wrong


@needs_browser
def test_paper_has_both_each_below_its_name(reader):  # noqa: F811
    tab, _, _ = reader(ONE)
    tab.emulate_media(media="print")
    parts = tab.locator(".tabbed-set").first.locator(".tabbed-labels label, .tabbed-block")
    boxes = {part.inner_text().split("\n")[0]: part.bounding_box()["y"] for part in parts.all()}
    assert sorted(boxes, key=boxes.get) == ["JAX", "import jax", "PyTorch", "import torch"]


def test_copies_have_both_with_their_names(site):
    text = (site / ONE / "index.html.md").read_text(encoding="utf-8")
    tabs = len(page(site, "dying_relu.md").select(".tabbed-set"))
    boxed = text.replace("> ", "").replace(">", "")  # some are in answers
    found = re.findall(r"\*\*JAX:\*\*\s+```python\s+import jax.*?\*\*PyTorch:\*\*", boxed, re.DOTALL)
    assert len(found) == tabs > 2
