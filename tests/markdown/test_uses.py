"""What pages tell of each other when all are there."""

import pytest
from bs4 import BeautifulSoup

from dlfigs.markdown import uses

FIGURE = '<figure class="dlfigs" data-figure="{0}" id="{1}"></figure>'


def own(slug, title):
    marks = uses.mark("uses", slug, "p") + uses.mark("neighbors", slug, "p")
    marks += uses.mark("neighbors", slug, "nav")
    return f"<h1>{title}</h1>{FIGURE.format(slug, slug)}{marks}"


PAGES = {
    "one/": f"<h1>One</h1>{FIGURE.format('b', 'b')}{FIGURE.format('b', 'b-2')}",
    "two/": f"<h1>Two</h1>{FIGURE.format('a', 'mine')}{FIGURE.format('b', 'b')}",
    "gallery/": "".join(uses.mark("chapters", slug) for slug in ("c", "a", "b")),
    **{f"figures/{slug}/": own(slug, f"Figure {slug.upper()}") for slug in "abc"},
}


@pytest.fixture
def complete():
    """Complete a page twice, as a server does, and read it."""
    known = uses.of_figures(PAGES, {})

    def complete(address):
        once = uses.complete(PAGES[address], address, known, "")
        assert uses.complete(once, address, known, "") == once
        return BeautifulSoup(once, "html.parser")

    return complete


def links(part):
    return {link.text: link["href"] for link in part.select("a")}


def test_uses_lead_to_the_figure_s_first_place_on_each_page(complete):
    assert links(complete("figures/b/").select_one(".uses")) == {
        "One": "../../one/#b",
        "Two": "../../two/#b",
    }
    assert links(complete("figures/a/").select_one(".uses")) == {"Two": "../../two/#mine"}
    assert complete("figures/c/").select_one(".uses").text == ""


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("c", {"Figure A": "../a/"}),
        ("a", {"Figure C": "../c/", "Figure B": "../b/"}),
        ("b", {"Figure A": "../a/"}),
    ],
)
def test_neighbors_are_those_of_the_gallery(complete, slug, expected):
    page = complete(f"figures/{slug}/")
    assert [links(part) for part in page.select(".neighbors")] == [expected, expected]
    assert page.nav["aria-label"] == "Figures"
    words = page.nav.get_text(" ")
    assert ("Previous" in words) == (slug != "c")
    assert ("Next" in words) == (slug != "b")


def test_without_a_gallery_figures_follow_each_other_by_name():
    pages = {address: html for address, html in PAGES.items() if address != "gallery/"}
    assert list(uses.of_figures(pages, {}).figures) == ["a", "b", "c"]
