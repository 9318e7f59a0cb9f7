"""The first page: a finding that is read at a glance, three ways in, and what stands behind it."""

import json
import re
from urllib.parse import parse_qs, urlparse

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT
from reader import ROOT_PATH, file_of, needs_browser, pages
from test_chapters import page

SCREENS = {"desktop": (1280, 800), "phone": (390, 844)}
WAYS = ["problems_of_depth/", "questions/", "gallery/"]
# Text in a drawing, as large as it is on the screen
SMALLEST = """() => {
    const drawing = document.querySelector(".hero svg.drawing")
    const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width
    return Math.min(...[...drawing.querySelectorAll("text")].map(text =>
        parseFloat(getComputedStyle(text).fontSize) * scale))
}"""


def config():
    """What mkdocs.yml says, as text by key."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+): (.+)$", text, re.MULTILINE))


@needs_browser
@pytest.mark.parametrize("screen", SCREENS)
def test_the_first_screen_has_the_finding_and_three_ways_in(browser, address, screen):
    width, height = SCREENS[screen]
    tab = browser.new_page(viewport={"width": width, "height": height})
    try:
        tab.goto(address, wait_until="load")
        tab.evaluate("document.fonts.ready.then(() => true)")
        assert [link.get_attribute("href") for link in tab.locator(".ways a").all()] == WAYS
        for part in (
            "h1",
            ".lead",
            ".finding",
            ".hero svg.drawing",
            *(f".ways a[href='{way}']" for way in WAYS),
        ):
            box = tab.locator(part).bounding_box()
            assert box["y"] + box["height"] <= height, f"{part} ends {box['y'] + box['height']:.0f} px down"
        assert tab.evaluate(SMALLEST) >= 11
        shown = tab.locator(".hero svg.drawing").text_content()
    finally:
        tab.close()
    assert re.search(r"He: 0\.\d+ is left", shown), "lines have their numbers on them"
    assert re.search(r"Glorot: 0\.0+\d is left", shown)


def test_reading_goes_on_with_the_first_chapter(site):
    document = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert document.select_one(".md-footer__link--next")["href"] == WAYS[0]


def test_what_is_counted_comes_from_the_build(site, figures):
    infos = [built.info for built in figures.values()]
    claims = sum(claim.holds for info in infos for claim in info.claims)
    runs = sum(info.parameters.get("seeds", 1) for info in infos)
    (counts,) = page(site, "index.md").select(".counts")
    numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", counts.get_text())]
    assert numbers == [claims, len(infos), runs]


def test_what_is_struck_out_is_said_and_measured(site, figures):
    cards = page(site, "index.md").select(".struck > div")
    assert len(cards) == 3
    for card in cards:
        (struck,) = card.find_all("del")
        assert struck.get_text().startswith("Struck out: "), "who cannot see the line must hear of it"
        assert re.search(r"\d\.\d\d", card.get_text()), "beside it stands what was measured"
        number = card.select("a[href^='questions/#q']")[-1]["href"].removeprefix("questions/#q")
        listed = page(site, "questions.md").find(id=f"q{number}").find_next("details", class_="quote")
        quoted = re.search("“(.*)[.]”", struck.get_text())[1].lower()
        assert quoted in re.sub(r"\s+", " ", listed.get_text()).lower(), "it is what the list says"


def test_each_page_leads_to_the_repository_and_to_where_mistakes_are_reported(site):
    said, known = config(), yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert said["repo_url"] == known["repository-code"]
    assert said["site_url"] == known["url"]
    for name in pages(site):
        document = BeautifulSoup(file_of(site, name).read_text(encoding="utf-8"), "html.parser")
        (report,) = document.select("footer a[href*='/issues/new']")
        address = urlparse(report["href"])
        assert report["href"].startswith(f"{said['repo_url']}/issues/new?")
        (title,) = parse_qs(address.query)["title"]
        here = "" if name == "404.html" else name
        assert title == f"Mistake on {said['site_url']}{here}"
        assert document.select_one(f"header a.md-source[href='{said['repo_url']}']")
        assert not document.select("[data-md-component=source]"), "it would ask the repository's host"


def test_the_repository_has_one_address(site):
    owner = config()["repo_url"].rsplit("/", 1)[0]
    for path in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]:
        for link in re.findall(
            r"https://github\.com/[\w-]*measured[\w./-]*", path.read_text(encoding="utf-8")
        ):
            assert link.startswith(f"{owner}/course"), f"{path.name}: {link}"


def test_the_site_s_path_is_that_of_its_address():
    assert urlparse(config()["site_url"]).path == ROOT_PATH


def test_the_finding_is_what_theory_says(figures):
    info = json.loads(figures["first_weights"].file("json").read_text(encoding="utf-8"))
    ratio = next(claim for claim in info["claims"] if claim["id"] == "ratio")
    assert ratio["expected"] == pytest.approx(2 ** ((info["parameters"]["depth"] - 1) / 2))
