"""What other sites show of a link: title, description and a card that is there."""

from io import BytesIO

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT
from PIL import Image, ImageChops

from dlfigs.plot.palette import PALETTE
from dlfigs.site import cards

PAGE = """<html><head><title>A &amp; B - The site</title>
<meta name="description" content="Said &quot;so&quot;."><link rel="canonical" href="https://example.org/c/a/b/">
</head><body><h1>A &amp; B<a class="headerlink" href="#a">¶</a></h1>
<figure id="one" data-figure="one"></figure></body></html>"""


def said(html):
    """The meta elements by name."""
    metas = BeautifulSoup(html, "html.parser").select("meta[property], meta[name^=twitter]")
    return {meta.get("property", meta.get("name")): meta["content"] for meta in metas}


def test_a_page_says_what_a_link_to_it_shows(tmp_path):
    shown = cards.Cards(tmp_path)
    html = shown.described(PAGE, "a/b/")
    assert said(html) == {
        "og:type": "article",
        "og:site_name": "The site",
        "og:title": "A & B",
        "og:description": 'Said "so".',
        "og:url": "https://example.org/c/a/b/",
        "og:image": "https://example.org/c/assets/cards/a-b.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "A & B",
        "twitter:card": "summary_large_image",
    }
    assert shown.shown == {"assets/cards/a-b.png": cards.Card("A & B", "The site", "one")}
    assert shown.described(html, "a/b/") == html, "what is said is not said again"


@pytest.mark.parametrize(
    "part",
    ['<link rel="canonical" href="https://example.org/c/a/b/">', "<title>A &amp; B - The site</title>"],
)
def test_a_page_that_does_not_know_its_address_or_title_is_left_alone(tmp_path, part):
    html = PAGE.replace(part, "")
    assert cards.Cards(tmp_path).described(html, "a/b/") == html


def test_a_card_has_the_title_at_the_left_and_the_figure_at_the_right():
    figure = BytesIO()
    Image.new("RGB", (1000, 1400), "#1069ce").save(figure, "PNG")
    plain, full = (
        Image.open(
            BytesIO(cards.draw(cards.Card("A long title of several words", "The site", ""), picture))
        ).convert("RGB")
        for picture in (b"", figure.getvalue())
    )
    assert plain.size == full.size == (1200, 630)
    paper = Image.new("RGB", plain.size, PALETTE["paper"][0])
    left, _, right, _ = ImageChops.difference(plain, paper).getbbox()
    assert left == 0
    assert right < 1200 - cards.MARGIN
    blue = full.crop((766, 40, 1166, 590)).getcolors()
    assert blue == [(400 * 550, (16, 105, 206))], "the whole figure is there, as tall as the card has room"
    words = full.crop((20, 0, 700, 630))
    assert ImageChops.difference(words, paper.crop((20, 0, 700, 630))).getbbox()[2] < 680 - cards.GAP


@pytest.mark.parametrize("title", ["Short", "What " * 30, "Donaudampfschifffahrtsgesellschaftskapitän"])
def test_titles_of_any_length_stay_within_their_room(title):
    font, lines = cards._set(title, 500)
    assert font.size in cards.SIZES
    if font.size > min(cards.SIZES):
        assert all(font.getlength(line) <= 500 for line in lines)
    assert " ".join(lines) == " ".join(title.split())


def test_cards_that_are_there_are_not_drawn_again(tmp_path, monkeypatch):
    for _ in range(2):
        one = cards.Cards(tmp_path / "kept")
        one.described(PAGE, "a/b/")
        one.write(tmp_path / "site")
        assert (tmp_path / "site/assets/cards/a-b.png").read_bytes().startswith(b"\x89PNG")
        monkeypatch.setattr(cards, "draw", lambda card, picture: pytest.fail("drawn again"))


def test_each_page_of_the_course_has_its_own_card_and_description(site):
    text = (ROOT / "mkdocs.yml").read_text().partition("\nplugins:")[0]
    base = yaml.safe_load(text)["site_url"]
    pages = sorted(site.rglob("index.html"))
    images = set()
    for page in pages:
        html = page.read_text(encoding="utf-8")
        tags = said(html)
        address = page.parent.relative_to(site).as_posix()
        assert tags["og:url"] == (base if address == "." else f"{base}{address}/")
        assert tags["og:image"].startswith(base)
        assert len(tags["og:description"]) > 40, address
        assert "{{" not in tags["og:description"]
        path = site / tags["og:image"].removeprefix(base)
        with Image.open(path) as card:
            assert card.size == (1200, 630)
        assert path.stat().st_size < 200_000
        images.add(path)
    assert len(images) == len(pages) > 70
    assert 'property="og:' not in (site / "404.html").read_text(encoding="utf-8")
