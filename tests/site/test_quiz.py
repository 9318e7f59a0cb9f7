"""Predictions as a quiz for learning platforms: QTI 1.2 and Moodle's XML, read back."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from html import unescape

import pytest
from conftest import ROOT

from dlfigs.site.deck import asked, quiz
from dlfigs.site.deck.packing import Course

PREDICTION = re.compile(r"^ *\?\?\? predict ", re.MULTILINE)
NS = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
COURSE = Course("A course", "https://example.org/", "CC BY 4.0", 10**9)
CHOICE = """<details class="predict" id="predict-line-steep">
<summary><strong>Predict:</strong> Is <em>this</em> $5 * 2_a?</summary>
<p>With <span class="math" data-tex="a_b &lt; {{c}}"><math></math></span> known.</p>
<ul class="predict-choices"><li>By *8*.</li><li>No.</li></ul>
<details class="predict-seen"><summary>The answer, and why</summary><ul class="predict-why">
<li class="predict-right"><span class="predict-mark">Right:</span> <strong>By *8*.</strong>
So it <strong>really</strong> <a href="../x/">is</a>.</li>
<li><span class="predict-mark">Not so:</span> <strong>No.</strong> It is not.</li></ul>
</details></details>"""
SCALE = """<details class="predict" id="predict-line-few">
<summary><strong>Predict:</strong> How many?</summary>
<p class="predict-scale" data-high="1" data-low="-1" data-step="0.1" data-unit="m">From −1 to 1 m.</p>
<details class="predict-seen"><summary>The answer, and why</summary>
<p class="predict-it">It is <strong>−0.5 m</strong>.</p><p>Because.</p></details></details>"""


def made(html):
    return quiz.files({"page/": html}, lambda address: lambda link: "https://example.org/x/", COURSE)


def items(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        assert package.testzip() is None
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        names = [e.get("href") for e in manifest.iter() if e.tag.endswith("}file")]
        assert {*names} <= {*package.namelist()}, "what the manifest names is there"
        (name,) = (name for name in names if "meta" not in name)
        return ET.fromstring(package.read(name)).findall(".//q:item", NS)


def html_in(element, path):
    return [text.text for text in element.findall(path, NS)]


def test_answers_their_reasons_and_the_right_one_are_in_both():
    files = made(CHOICE)
    (item,) = items(files[quiz.QTI])
    assert item.get("title") == "Is this $5 * 2_a?"
    (question,) = html_in(item, "q:presentation/q:material/q:mattext")
    assert (
        question == r"<div><p>Is <em>this</em> $5 * 2_a?</p><p>With \(a_b &lt; { {c} }\) known.</p></div>"
    )
    labels = item.findall(".//q:response_label", NS)
    assert html_in(item, ".//q:response_label//q:mattext") == ["<div>By *8*.</div>", "<div>No.</div>"]
    (scored,) = (r for r in item.findall(".//q:respcondition", NS) if r.find("q:setvar", NS) is not None)
    assert scored.find(".//q:varequal", NS).text == labels[0].get("ident")
    feedback = html_in(item, "q:itemfeedback//q:mattext")
    assert feedback == [
        '<div>So it <strong>really</strong> <a href="https://example.org/x/">is</a>.</div>',
        "<div>It is not.</div>",
    ]
    question = ET.fromstring(files[quiz.MOODLE]).findall("question")[1]
    assert question.get("type") == "multichoice"
    assert [a.get("fraction") for a in question.findall("answer")] == ["100", "0"]
    assert question.find("answer/text").text == "By *8*."
    assert question.find("questiontext").get("format") == "html"
    assert question.findall("answer")[1].find("feedback/text").text == "It is not."


def test_a_number_is_right_within_a_twentieth_of_its_scale():
    files = made(SCALE)
    (item,) = items(files[quiz.QTI])
    kinds = [f.find("q:fieldentry", NS).text for f in item.findall(".//q:qtimetadatafield", NS)]
    assert kinds[0] == "numerical_question"
    low = item.find(".//q:vargte", NS).text
    high = item.find(".//q:varlte", NS).text
    assert (float(low), float(high)) == pytest.approx((-0.6, -0.4))
    question = ET.fromstring(files[quiz.MOODLE]).findall("question")[1]
    assert question.get("type") == "numerical"
    assert (question.find("answer/text").text, question.find("answer/tolerance").text) == ("-0.5", "0.1")
    assert "Because." in question.find("generalfeedback/text").text


def test_the_same_predictions_give_the_same_bytes_and_the_package_says_whose_it_is():
    files = made(CHOICE + SCALE)
    assert files == made(CHOICE + SCALE)
    with zipfile.ZipFile(io.BytesIO(files[quiz.QTI])) as package:
        manifest = package.read("imsmanifest.xml").decode()
    assert "2001-09-09" in manifest, "the course's day, not today"
    assert "CC BY 4.0" in manifest
    assert "Private" not in manifest
    assert made("<p>Nothing is asked.</p>") == {}


WRITTEN = {"0.38": "0.38", "−12 m": "-12", "1.2\xa0×\xa010⁻⁵": "1.2e-5", "40\u202f%": "40"}


def test_what_a_server_still_waits_for_is_not_asked_yet():
    waiting = SCALE.replace("−0.5 m", "…").replace(
        'class="predict" id', 'class="predict" data-waiting="line" id'
    )
    assert waiting != SCALE
    assert made(waiting) == {}
    assert len(items(made(waiting + CHOICE)[quiz.QTI])) == 1


@pytest.mark.parametrize(("written", "number"), WRITTEN.items())
def test_numbers_are_read_as_pages_write_them(written, number):
    assert asked._number(written) == number


def test_all_predictions_of_the_course_are_in_its_quiz(site):
    count = sum(
        len(PREDICTION.findall(path.read_text(encoding="utf-8")))
        for path in (ROOT / "docs").glob("*.md")
        if path.name != "reference.md"
    )
    found = items((site / quiz.QTI).read_bytes())
    assert len(found) == count > 25
    questions = ET.fromstring((site / quiz.MOODLE).read_bytes()).findall("question")[1:]
    assert [q.find("name/text").text for q in questions] == [item.get("title") for item in found]
    for question in questions:
        if question.get("type") == "multichoice":
            assert [a.get("fraction") for a in question.findall("answer")].count("100") == 1
            assert all(a.find("feedback/text").text for a in question.findall("answer"))
    whole = unescape((site / quiz.MOODLE).read_text())
    assert "{{" not in whole
    assert "<math" not in whole
