"""The files of the built site: links, anchors, names, texts, without a browser."""

import copy
import json
import re
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from reader import ROOT_PATH, file_of, pages


@pytest.fixture(scope="module")
def documents(site):
    return {
        page: BeautifulSoup(file_of(site, page).read_text(encoding="utf-8"), "html.parser")
        for page in pages(site)
    }


# Pages that are looked up, not read: they have no "Cite this chapter"
UNCITED = {"", "gallery/", "citing/", "reference/", "404.html", "how_it_works/", "robustness/"}
UNCITED |= {"api/", "api_nets/", "api_experiments/"}


def test_links_anchors_assets_and_ids(site, documents):
    """Every link leads to a file of the site, and every anchor to an element; no id twice."""
    ids = {}
    for page, document in documents.items():
        ids[page] = [element["id"] for element in document.find_all(id=True)]
        twice = {name for name in ids[page] if ids[page].count(name) > 1}
        assert not twice, f"/{page}: {twice}"
    for page, document in documents.items():
        links = [e.get("href") or e.get("src") for e in document.select("[href], [src]")]
        links += ["#" + name for e in document.select("[popovertarget]") for name in [e["popovertarget"]]]
        links += [
            "#" + name
            for e in document.select("[aria-labelledby]")
            for name in e["aria-labelledby"].split()
        ]
        links += [
            "#" + name
            for e in document.select("[aria-describedby]")
            for name in e["aria-describedby"].split()
        ]
        links += ["#" + e["data-copy"] for e in document.select("[data-copy]")]
        for link in links:
            if urlparse(link).scheme in ("http", "https", "mailto", "data"):
                continue
            target, anchor = urldefrag(urljoin(f"{ROOT_PATH}{page}", link))
            assert target.startswith(ROOT_PATH), f"/{page}: {link} leads out of the site"
            inside = unquote(target).removeprefix(ROOT_PATH)
            path = site / inside
            assert path.is_file() or (path / "index.html").is_file(), f"/{page}: {link}"
            there = inside.strip("/") + "/" if path.is_dir() and inside.strip("/") else inside
            there = "" if there == "./" else there
            if anchor and there in ids and not anchor.startswith("__"):
                assert anchor in ids[there], f"/{page}: {link}"


def test_style_sheets_ask_for_nothing_that_is_not_there(site):
    for sheet in site.rglob("*.css"):
        for target in re.findall(r"url\(\"?'?([^)\"']+)", sheet.read_text(encoding="utf-8")):
            if not target.startswith(("data:", "#")):
                assert (sheet.parent / target.split("?")[0]).is_file(), f"{sheet.name}: {target}"


def test_nothing_foreign_is_named_where_a_browser_would_fetch_it(site, documents):
    for page, document in documents.items():
        for element in document.select("script[src], link[href], img[src], source, iframe, object, embed"):
            address = element.get("src") or element.get("href") or ""
            if element.name == "link" and set(element["rel"]) & {"canonical", "next", "prev", "alternate"}:
                continue
            assert not address.startswith(("http", "//")), f"/{page}: {element}"


def test_pictures_have_specific_names(documents):
    for page, document in documents.items():
        if document.article is None:
            continue
        names = []
        for svg in document.article.find_all("svg"):
            if svg.find_parent(["svg", "button", "label", "summary"]):
                continue
            assert svg.get("role") == "img", f"/{page}: {svg.get('class')}"
            name = document.find(id=svg["aria-labelledby"]).text
            assert len(name) > 10
            assert len(document.find(id=svg["aria-describedby"]).text) > 60
            names.append(name)
        for image in document.article.find_all("img"):
            assert len(image.get("alt", "")) > 60, f"/{page}: {image}"
            assert image["width"].isdigit()
            assert image["height"].isdigit()
            assert image["loading"] == "lazy"
        assert len(names) == len(set(names)), f"/{page}: two pictures with one name"


def test_nothing_raw_is_shown(documents):
    for page, document in documents.items():
        article = copy.copy(document.article or document)
        assert not article.select("merror"), f"/{page}: a formula is wrong"
        for element in article.select("code, pre, script, style, svg, math annotation"):
            element.decompose()
        shown = article.get_text()
        for sign in ("{{", "}}", "$$", "[@", "--8<--", "](", "[start:"):
            assert sign not in shown, f"/{page} shows {sign}"
        assert not re.search(r"\\[a-zA-Z]+|\\[()\[\]]|\$[^\s$][^$\n]*\$", shown), f"/{page} shows raw TeX"


def test_every_page_says_what_it_is(documents):
    titles, descriptions = {}, {}
    default = re.search(r"^site_description: (.+)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)[1]
    for page, document in documents.items():
        if page == "404.html":
            continue
        titles[page] = document.title.text
        description = document.find("meta", attrs={"name": "description"})["content"]
        descriptions[page] = description
        assert document.html["lang"] == "en"
        assert len(document.article.find_all("h1")) == 1, page
        assert document.find("link", rel="canonical")["href"].endswith(ROOT_PATH + page)
        assert description != default, f"/{page} has no description of its own"
        assert len(description) >= 40, f"/{page}: {description}"
    for found in (titles, descriptions):
        twice = [page for page, text in found.items() if list(found.values()).count(text) > 1]
        assert not twice, f"the same words for {twice}"


def test_figures_have_their_claims_their_data_and_their_stamp(documents, figures):
    for slug, built in figures.items():
        document = documents[f"figures/{slug}/"]
        head = [cell.text for cell in document.select("table.claims thead th")]
        assert head == ["Holds", "Measured", "Must be"]
        rows = document.select("table.claims tbody tr")
        assert {row.td.text for row in rows} == {"yes"}
        for row, claim in zip(rows, built.info.claims, strict=True):
            sentence = row.find_all("td")[1].text
            said, words = (set(re.findall(r"[a-z]{4,}", text.lower())) for text in (sentence, claim.text))
            assert words <= said | {"points"}, slug  # one point is "1 percentage point"
            assert re.search(r"\d.*\.$", sentence), f"{slug}: {sentence} is no sentence with a number"
        stamp = {
            name.text: value.text
            for name, value in zip(document.select(".stamp dt"), document.select(".stamp dd"), strict=True)
        }
        seeds = built.info.parameters.get("seeds")
        assert f"{seeds}, from root seed" in stamp["Seeds"] if seeds else "root seed" in stamp["Seeds"]
        assert f"jax {built.info.versions['jax']}" in stamp["Versions"]
        assert re.match(r"\d{4}-\d\d-\d\d, \d\d:\d\d UTC, in [\d.]+ s", stamp["Data computed"])
        assert re.match(r"[0-9a-f]{7,}", stamp["Commit of this page"])
        assert built.info.digest["drawing"] in stamp["Digest"]
        assert len(document.select("table.data:not(.verdicts, .positions)")) == len(built.info.tables)
        assert len(document.select("table.verdicts")) == bool(built.info.varied)
        assert document.select_one("a[href$='.ipynb']")


def test_every_figure_and_chapter_can_be_taken_and_cited(documents, figures):
    pictures = ["SVG", "PNG", "PDF"]
    for page, document in documents.items():
        wide = ["SVG 16:9", "PNG 16:9"] if page.startswith("figures/") else []  # on its own page alone
        run = ["Run it"] if page.startswith("figures/") else []
        row = ["Notebook", *run, "Data", *pictures, *wide, "Cite"]
        for figure in document.select("figure.dlfigs"):
            assert figure.select_one(".figure-links").get_text().split(" · ") == row
            assert len(figure.select(".cite-panel .cite-text")) == 2
        if page.startswith("figures/"):
            assert document.select("figure.dlfigs"), page
        elif page not in UNCITED:
            assert len(document.select("#cite-page .cite-text")) == 2, page


def test_tables_say_the_same_as_the_csv(figures):
    import pandas as pd

    built = figures["sigmoid_derivative"]
    (table,) = built.info.tables
    data = pd.read_csv(built.file("csv"))
    assert table["all_rows"] == len(data)
    assert len(table["rows"]) == 21
    for row in table["rows"]:
        numbers = [
            float(cell.replace("−", "-").replace("\xa0×\xa010", "e").translate(PLAIN)) for cell in row
        ]
        there = data.iloc[(data.x - numbers[0]).abs().argmin()]
        assert numbers == pytest.approx(there.to_list(), rel=1e-3, abs=1e-6)


PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def test_each_question_is_two_clicks_from_home(documents):
    """By links in the text alone: on a phone the navigation is behind a button, which is one more."""
    clicks = {("", "")}
    for _ in range(2):
        for page in {page for page, _ in clicks}:
            for link in documents[page].article.select("a[href]:not(.headerlink)"):
                target, anchor = urldefrag(urljoin(f"{ROOT_PATH}{page}", link["href"]))
                if (there := target.removeprefix(ROOT_PATH)) in documents:
                    clicks |= {(there, ""), (there, anchor)}
    for number in range(1, 20):
        heading = documents["questions/"].find("h2", id=f"q{number}")
        assert ("questions/", heading["id"]) in clicks, f"the short answer to question {number}"
        last = heading.find_next_sibling(["h2", "section"]).find_previous_sibling("p")
        assert last.a, f"question {number} leads to no chapter"
        chapter = urljoin("questions/", last.a["href"])
        assert (chapter, "") in clicks, f"the chapter of question {number}"


def test_code_of_recipes_does_not_crowd_the_search(site):
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    texts = [doc["text"] for doc in index["docs"] if doc["location"].startswith("figures/")]
    assert texts
    assert not any("def compute" in text for text in texts)
