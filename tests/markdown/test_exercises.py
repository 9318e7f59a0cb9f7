"""A sheet of all exercises: what chapters ask, and nothing of what they answer."""

import re

from bs4 import BeautifulSoup
from conftest import ROOT

from dlfigs.markdown import exercises
from dlfigs.site import zensical

CHAPTER = """<h1 id="l">Lines &amp; more<a class="headerlink" href="#l">¶</a></h1>
<h2 id="why">Why</h2><p>Not this.</p>
<h2 id="exercises">Exercises<a class="headerlink" href="#exercises">¶</a></h2>
<p id="one"><strong>1.</strong> See <a href="#why">why</a>, <a href="../other/#b">that</a>,
<a href="https://example.org/?a=1&amp;b">and this</a>: 2 &lt; 3 &#8211;
<math><mi>x</mi><mspace width="1em"/></math>.<br>
By <span class="cited"><a class="citation" href="#ref-x" tabindex="-1">X</a>
<button popovertarget="w"></button></span></p>
<details class="success"><summary>Answer</summary><p>Forty.</p><details><p>Two.</p></details></details>
<p><strong>2.</strong> Last<img src="../a.png">.</p>
<h2 id="references">References</h2><p>Nor this.</p>"""


def test_exercises_end_at_the_next_heading_and_leave_out_what_is_folded():
    (one,) = exercises.of_pages({"week/lines/": CHAPTER, "none/": "<h1>None</h1><p>No exercises.</p>"})
    assert (one.address, one.title) == ("week/lines/", "Lines &amp; more")
    text = BeautifulSoup(one.html, "html.parser").get_text()
    assert not re.search("Not this|Nor this|Forty|Two|Answer", text)
    assert "2 < 3 –\nx" in text
    assert not re.search("button|details| id=|tabindex", one.html)
    assert '<mspace width="1em"/>' in one.html


def test_a_sheet_leads_where_the_chapter_leads_and_is_filled_again():
    found = exercises.of_pages({"week/lines/": CHAPTER})
    empty = f'<h1>Sheet</h1><section class="{exercises.CLASS}"></section><p>After.</p>'
    filled = exercises.fill(empty, "sheets/all/", found)
    page = BeautifulSoup(filled, "html.parser")
    links = [link["href"] for link in page.select("section a")]
    there = "../../week/lines/"
    assert links == [
        there,
        f"{there}#why",
        "../../week/other/#b",
        "https://example.org/?a=1&b",
        f"{there}#ref-x",
    ]
    assert page.img["src"] == "../../week/a.png"
    assert exercises.fill(filled, "sheets/all/", found) == filled
    assert exercises.fill("<p>No sheet.</p>", "x/", found) == "<p>No sheet.</p>"


def test_the_course_has_all_its_exercises_on_one_sheet_in_the_order_of_reading(site):
    html = (site / "exercises/index.html").read_text(encoding="utf-8")
    sheet = BeautifulSoup(html, "html.parser").select_one(f".{exercises.CLASS}")
    config = (ROOT / "mkdocs.yml").read_text()
    order = re.findall(r": (\w+)\.md$", config, re.MULTILINE)
    parts = {
        name: re.search(
            r"^## Exercises$(.*?)(?=^## |\Z)", (ROOT / f"docs/{name}.md").read_text(), re.M | re.S
        )
        for name in order
    }
    asked = {
        name: len(re.findall(r"^\*\*\d+\.", part[1], re.MULTILINE)) for name, part in parts.items() if part
    }
    assert [heading.a["href"] for heading in sheet.select("h2")] == [f"../{name}/" for name in asked]
    numbers = [strong for strong in sheet.select("p > strong") if re.match(r"\d+\.", strong.text)]
    assert len(numbers) == sum(asked.values()) > 60
    assert not sheet.select("details, summary, button, [id]")


def test_zensical_has_the_sheet_too_in_the_order_of_its_navigation(tmp_path):
    listed = '<a href="b/" class="md-nav__link">B</a><a class="md-nav__link" href="a/">A</a>'
    sheet = f'<html><head></head><body>{listed}<section class="{exercises.CLASS}"></section></body></html>'
    (tmp_path / "index.html").write_text(sheet)
    for name in "ab":
        (tmp_path / name).mkdir()
        text = f'<h1>{name}</h1><h2 id="exercises">E</h2><p>Ask {name}</p>'
        (tmp_path / name / "index.html").write_text(f"<html><head></head><body>{text}</body></html>")
    for _ in range(2):
        zensical.finish(tmp_path, tmp_path / "cache", policy=False)
        page = BeautifulSoup((tmp_path / "index.html").read_text(), "html.parser")
        assert page.section.get_text() == "bAsk baAsk a"
