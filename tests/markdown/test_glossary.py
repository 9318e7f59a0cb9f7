"""The pages to look things up: terms, letters and formulas are those of the chapters."""

import contextlib
import re

import pytest
import reader
from bs4 import BeautifulSoup
from conftest import ROOT
from markdown import Markdown

from dlfigs.errors import UserError
from dlfigs.markdown import glossary

TERMS = glossary.read(str(ROOT / "docs/glossary.md"))
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$", re.DOTALL)
ENTRY = """# Terms

## Fan-in { #fan-in }

The number of inputs of *one* unit.

*Also:* fan in, `fan_in` *Near:* inputs → [W](w.md#a)
"""


def text_of(name):
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def formulas(text):
    """All formulas of a page, without spaces and what ends a sentence."""
    found = (display or inline for display, inline in FORMULA.findall(CODE.sub("", text)))
    return [re.sub(r"(?:\\,)*[.,;]+$", "", re.sub(r"\s+", "", formula)) for formula in found]


def soup(site, page):
    return BeautifulSoup((site / page / "index.html").read_text(encoding="utf-8"), "html.parser")


def test_terms_are_sorted_and_have_names_of_their_own():
    order = [re.sub(r"[^a-z0-9]", "", term.name.lower()) for term in TERMS]
    assert order == sorted(order)
    assert len(TERMS) > 80
    names = [word.lower() for term in TERMS for word in term.sought]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_meanings_are_one_or_two_sentences_without_links():
    for term in TERMS:
        sentences = re.findall(r"[.:?](?=\s|$)", term.meaning)
        assert 1 <= len(sentences) <= 4, term.name
        assert len(term.meaning) < 300, term.name
        assert not re.search(r"\]\(|\$|\[@", term.meaning), term.name


def test_each_term_leads_to_a_place_that_is_there_and_is_called_by_its_title(site):
    pages = {}
    for term in TERMS:
        page, _, anchor = term.place.partition("#")
        name = page.removesuffix(".md")
        pages[name] = pages.get(name) or soup(site, name)
        assert not anchor or pages[name].find(id=anchor), term.place
        title = pages[name].find("h1").contents[0].strip()
        assert term.title == title, term.name


def test_a_chapter_opens_the_meaning_where_it_uses_a_term_first(site):
    page = soup(site, "dying_relu")
    buttons = page.select(".term > button")
    panels = {panel["id"]: panel for panel in page.select("section.terms > [popover]")}
    assert [button["popovertarget"] for button in buttons] == list(panels), "one for each, in their order"
    decay = panels["term-weight-decay"]
    assert "With plain SGD it is an L2 penalty" in decay.get_text()
    links = [link["href"] for link in decay.select("a")]
    assert links == ["../l1_l2/#weight-decay", "../glossary/#weight-decay"]
    own = {term.id for term in TERMS if term.place.startswith("dying_relu.md")}
    assert not own & {name.removeprefix("term-") for name in panels}, "what it explains itself needs none"
    for button in buttons:
        assert button["aria-label"] == f"{button.parent.contents[0]}: what it means"
        assert not button.find_parent(["a", "code", "figure", "summary", "h1", "h2", "h3", "th"])


@pytest.mark.parametrize("page", ["", "glossary", "notation", "formulas", "figures/swish", "gallery"])
def test_pages_that_are_no_chapters_have_no_marks(site, page):
    assert not soup(site, page).select(".term, section.terms")


def test_a_glossary_says_what_it_cannot_read(tmp_path):
    page = tmp_path / "terms.md"
    page.write_text(ENTRY)
    (term,) = glossary.read(str(page))
    assert (term.words, term.code, term.near) == (["Fan-in", "fan in"], ["fan_in"], ("inputs",))
    assert (term.title, term.place, term.meaning) == ("W", "w.md#a", "The number of inputs of *one* unit.")
    page.write_text(ENTRY.replace("→", "in"))
    with pytest.raises(UserError, match=r"terms\.md:3: a term has its meaning, and then a line"):
        glossary.read(str(page))
    with pytest.raises(UserError, match=r"names a page that is not there: nowhere\.md"):
        glossary.read("nowhere.md")


def test_names_are_found_as_words_with_either_first_letter_and_in_the_plural():
    terms = (
        glossary.Term("Fan-in", "a", "", ("BN",), ("width",), "", ""),
        glossary.Term("Skip connection", "b", "", (), (), "", ""),
        glossary.Term("Connection", "c", "", (), (), "", ""),
    )
    finds, known = glossary.pattern(terms)
    text = "The fan-in, Fan-ins, no fan-inn, BN, no bn; skip connections and connections."
    assert [known[name].id for name in finds.findall(text)] == ["a", "a", "a", "b", "c"]
    assert not glossary.pattern(())[0].search(text)


def test_formulas_stand_literally_in_the_chapter_to_which_they_lead():
    parts = re.split(r"^(?=## )", text_of("formulas"), flags=re.MULTILINE)[1:]
    assert len(parts) == 17 == len({part.splitlines()[0] for part in parts})
    compared = 0
    for part in parts:
        (chapter,) = set(re.findall(r"^→ \[.+?\]\((\w+)\.md#", part, re.MULTILINE))
        title = re.search(r"^# (.+)$", text_of(chapter), re.MULTILINE)[1]
        assert part.startswith(f"## {title}\n")
        theirs = "\n".join(formulas(text_of(chapter)))
        for formula in formulas(part):
            assert formula in theirs, f"{chapter}: {formula}"
            compared += 1
    assert compared > 100


def test_each_letter_of_the_chapters_formulas_is_explained():
    names = (
        "alpha beta gamma delta epsilon varepsilon eta lambda mu nu omega phi chi rho sigma tau Phi Delta"
    )
    greek = rf"\\(?:{'|'.join(names.split())})\b"
    words = re.compile(r"\\(?:text|mathrm|operatorname|mathbb|begin|end)\{[^}]*\}")

    def letters(formula):
        plain = words.sub(" ", formula)
        return set(re.findall(greek, plain)) | set(
            re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", plain))
        )

    known = set().union(*(letters(formula) for formula in formulas(text_of("notation"))))
    chapters = set(re.findall(r"^→ \[.+?\]\((\w+)\.md#", text_of("formulas"), re.MULTILINE))
    assert len(chapters) == 17
    for name in chapters:
        # Exercises may name what they ask for; what they use is said there
        text = text_of(name).split("\n## Exercises")[0]
        used = set().union(*(letters(formula) for formula in formulas(text)))
        assert used <= known, (name, used - known)


def test_no_glossary_changes_nothing():
    text = "The fan-in of a unit."
    assert Markdown(extensions=["dlfigs.markdown"]).convert(text) == f"<p>{text}</p>"


@reader.needs_browser
def test_a_meaning_opens_beside_its_term_and_gives_the_keyboard_back_without_scripts(browser, address):
    with contextlib.closing(
        browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    ) as context:
        tab = context.new_page()
        tab.goto(address + "dying_relu/")
        button = tab.locator(".term", has_text="Momentum").locator("button")
        panel = tab.locator("#term-momentum")
        assert not panel.is_visible()
        button.focus()
        tab.keyboard.press("Enter")
        panel.wait_for(state="visible")
        shown, term = panel.bounding_box(), button.bounding_box()
        assert shown["x"] >= 8, "it is off the edge of the screen, on both sides"
        assert shown["x"] + shown["width"] <= 382
        assert (
            min(abs(shown["y"] - term["y"] - term["height"]), abs(term["y"] - shown["y"] - shown["height"]))
            < 20
        )
        tab.keyboard.press("Tab")
        assert tab.locator("#term-momentum a:focus").count() == 1, "its links come next"
        tab.keyboard.press("Escape")
        panel.wait_for(state="hidden")
        assert tab.locator("button[popovertarget=term-momentum]:focus").count() == 1
