"""Cards to practice with: the deck is read back as Anki reads it, and the table as a spreadsheet does."""

import csv
import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, another_course, mkdocs

from dlfigs.site.copies.elements import parse
from dlfigs.site.deck import packing, reading, words

BASE = "https://deep-networks-measured.github.io/course/"
MATH = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
ASKED = r"""# Asked

Take [the deck](assets/deck/cards.apkg) or [the table](assets/deck/cards.csv).

## 1. How steep is $y'<2$, *really*? { #q1 }

???+ abstract answer "Ours"

    It is {{ line.steep:.1f }}, or $\frac{{a}}{b}$. See [lines](index.md).

    ![](line){ .picture }

??? quote "Theirs"

    This is on no card.

??? question "And *twice*?"

    Twice {{ line.steep:.1f }}.

## This is no card

It has no answer.

??? predict "How steep is the line?"

    Over five points.

    - **Flat.** It is not.
    - **Two.** It is. { answer: line.steep }
"""


def notes(packed, folder):
    """Fields of all notes by GUID, and pictures by name, as they are in a deck."""
    with zipfile.ZipFile(io.BytesIO(packed)) as deck:
        assert deck.testzip() is None
        file = folder / "collection.anki2"
        file.write_bytes(deck.read("collection.anki2"))
        media = {name: deck.read(number) for number, name in json.loads(deck.read("media")).items()}
    with closing(sqlite3.connect(file)) as collection:
        assert collection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (models,) = collection.execute("SELECT models FROM col").fetchone()
        names = [field["name"] for field in next(iter(json.loads(models).values()))["flds"]]
        rows = collection.execute("SELECT guid, tags, flds FROM notes").fetchall()
        assert (
            collection.execute("SELECT count(DISTINCT nid), count(*) FROM cards").fetchone()
            == (len(rows),) * 2
        )
    found = {}
    for guid, tags, fields in rows:
        found[guid] = dict(zip(names, fields.split("\x1f"), strict=True)) | {"tags": tags.split()}
    assert len(found) == len(rows), "two notes that Anki would take for one"
    return found, media


@pytest.fixture(scope="module")
def course(site, tmp_path_factory):
    """Notes and pictures of this course."""
    return notes((site / packing.DECK).read_bytes(), tmp_path_factory.mktemp("deck"))


def test_each_question_each_next_one_and_each_prediction_is_a_card(site, course):
    source = (ROOT / "docs/questions.md").read_text(encoding="utf-8")
    predictions = sum(
        len(
            BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select(
                "details.predict[id^=predict-]"
            )
        )
        for page in site.rglob("*.html")
    )
    kinds = [note["tags"][0] for note in course[0].values()]
    assert kinds.count("question") == len(re.findall(r"^## \d+\. ", source, re.MULTILINE)) == 19
    assert kinds.count("next") == len(re.findall(r"^\?\?\? question ", source, re.MULTILINE)) >= 38
    assert kinds.count("prediction") == predictions >= 19


def test_a_card_has_both_sides_with_its_numbers_filled_in(course):
    for note in course[0].values():
        said = " ".join(note[name] for name in packing.FIELDS)
        assert all(note[name] for name in ("Question", "Answer", "Page"))
        assert not re.search(r"\{\{|\}\}|data-tex|named-number|<(?!/?[a-z]+[ >])", said), said
        assert "<summary" not in said
        rendered = BeautifulSoup(said, "html.parser")
        assert str(rendered).count("<") == said.count("<"), "an element that does not end"
        assert "$" not in MATH.sub("", rendered.get_text())
        assert not rendered.select("button, svg, math, script")


def test_a_question_s_card_has_verdict_correction_chapter_and_picture(site, course):
    asked = [note for note in course[0].values() if note["tags"][0] == "question"]
    for number, note in enumerate(asked, 1):
        answer = BeautifulSoup(note["Answer"], "html.parser")
        links = [link["href"] for link in answer.find_all("a")]
        assert f"{BASE}corrections/#q{number}" in links
        assert links[-1].removeprefix(BASE).rstrip("/") in {
            path.stem for path in (ROOT / "docs").glob("*.md")
        }
        assert re.search(r"The list: (right|partly right|wrong) ", answer.get_text())
        assert "in its own words" not in answer.get_text()
        assert note["Picture"], note["Question"]
    for note in course[0].values():
        for link in BeautifulSoup(note["Answer"] + note["Page"], "html.parser").find_all("a"):
            if link["href"].startswith(BASE):
                page, _, place = link["href"].removeprefix(BASE).partition("#")
                html = (site / page / "index.html").read_text(encoding="utf-8")
                assert not place or re.search(rf'id="?{re.escape(place)}[" >]', html), link["href"]


def test_pictures_are_in_the_deck_and_described(site, course):
    found, media = course
    shown = {}
    for note in found.values():
        for image in BeautifulSoup(note["Picture"], "html.parser").find_all("img"):
            shown[image["src"]] = image["alt"]
    assert shown.keys() == media.keys()
    assert all(len(alt.split()) > 8 for alt in shown.values())
    for name, content in media.items():
        slug = name.partition("_")[2]
        assert content == (site / "assets/figures" / slug).read_bytes()


def test_the_table_has_the_same_cards_in_plain_text(site, course):
    rows = list(csv.DictReader(io.StringIO((site / packing.TABLE).read_bytes().decode(), newline="")))
    assert len(rows) == len(course[0])
    for row, note in zip(rows, course[0].values(), strict=True):
        assert row["question"].split() == words.text_of(note["Question"]).split()
        said = " ".join(row.values())
        assert not re.search(r"\{\{|</?[a-z]+[ >]|&\w+;", MATH.sub("", said)), said
        assert bool(row["picture"]) == bool(note["Picture"]) == bool(row["picture in words"])
        if row["picture"]:
            assert (site / row["picture"].removeprefix(BASE)).is_file()


@pytest.fixture(scope="module")
def asked(made, tmp_path_factory):
    """Another course, with one question, one that is asked next, and one prediction."""
    folder = tmp_path_factory.mktemp("asked") / "course"
    return another_course(made, folder, "asked.md", ASKED, "admonition, attr_list, pymdownx.details")


def test_another_course_has_its_cards_and_a_second_build_the_same_bytes(asked, tmp_path):
    built = []
    for name in ("first", "second"):
        result = mkdocs(asked, "--site-dir", str(tmp_path / name))
        assert result.returncode == 0, result.stderr
        built.append([(tmp_path / name / file).read_bytes() for file in (packing.DECK, packing.TABLE)])
    assert built[0] == built[1]
    found, media = notes(built[0][0], tmp_path)
    prediction, question, following = found.values()
    assert "<li>Flat.</li><li>Two.</li>" in prediction["Question"]
    assert "Right: <strong>Two.</strong> It is." in prediction["Answer"]
    assert question["Question"] == r"<p>How steep is \(y'&lt;2\), <em>really</em>?</p>"
    assert r"It is 2.0, or \(\frac{ {a} } {b}\)." in question["Answer"]
    assert "on no card" not in str(found)
    assert following["Part of"] == question["Question"].removeprefix("<p>").removesuffix("</p>")
    assert following["Answer"] == "<p>Twice 2.0.</p>"
    assert len(media) == 1


@pytest.mark.parametrize("option", ["deck", "copies"])
def test_a_course_can_do_without(asked, tmp_path, option):
    config = asked / "without.yml"
    config.write_text(
        (asked / "mkdocs.yml").read_text().replace("[dlfigs,", f"[{{dlfigs: {{{option}: false}}}},")
    )
    page = (asked / "docs/asked.md").read_text()
    try:
        (asked / "docs/asked.md").write_text(re.sub(r"^Take .*$", "", page, flags=re.MULTILINE))
        result = mkdocs(asked, "--config-file", str(config), "--site-dir", str(tmp_path / "site"))
    finally:
        (asked / "docs/asked.md").write_text(page)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "site/asked/index.html").is_file()
    assert not (tmp_path / "site/assets/deck").exists()


def test_without_questions_there_is_no_deck(made):
    assert (made / "site/index.html").is_file()
    assert not list((made / "site").rglob("cards.*"))


CARD = reading.Card("question", "a/#q", "a/#q", "", "<p>Q</p>", "<p>A</p>", "swish")


def packed(tmp_path, card=CARD, seconds=10**9):
    (tmp_path / "swish.png").write_bytes(b"png")
    pictures = {"swish": packing.Picture(tmp_path / "swish.png", "https://e.org/swish.png", "A curve")}
    about = packing.Course("C", "https://e.org/", "CC0", seconds)
    return packing.deck([card], pictures, {"a/": "A & B"}, about)


def test_anki_knows_a_changed_card_again_and_sees_that_it_is_newer(tmp_path):
    ((guid, before),) = notes(packed(tmp_path), tmp_path)[0].items()
    changed = packed(tmp_path, CARD._replace(back="<p>Other</p>"), 10**9 + 5)
    ((same, after),) = notes(changed, tmp_path)[0].items()
    assert (guid, before["Answer"], after["Answer"]) == (same, "<p>A</p>", "<p>Other</p>")
    with closing(sqlite3.connect(tmp_path / "collection.anki2")) as collection:
        assert collection.execute("SELECT mod FROM notes").fetchone() == (10**9 + 5,)
    assert "A &amp; B" in after["Page"]


def test_a_course_was_changed_when_it_was_last_committed(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert packing.changed(tmp_path) == packing.LONG_AGO
    assert packing.changed(ROOT) > packing.LONG_AGO
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12345")
    assert packing.changed(ROOT) == 12345


@pytest.mark.parametrize(
    ("html", "shown", "text"),
    [
        ("<p>a <em>b</em> and<strong> c </strong>d</p>",
         "<p>a <em>b</em> and<strong> c </strong>d</p>", "a b and c d"),
        ("<p>1 &lt; 2 &amp; 3</p>", "<p>1 &lt; 2 &amp; 3</p>", "1 < 2 & 3"),
        ('<p>See <a href="x">it</a> (<a class="citation" href="#r">He, 2015</a>)</p>',
         '<p>See <a href="https://e.org/x">it</a> (He, 2015)</p>', "See it (https://e.org/x) (He, 2015)"),
        ("<table><tr><th>a</th> <th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
         "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
        ("<ol><li><p>a</p></li><li>b</li></ol>", "<ol><li><p>a</p></li><li>b</li></ol>", "- a\n- b"),
        ('<p>So <span data-tex="a&lt;b">(<math><mi>a</mi></math>),</span> then</p>',
         r"<p>So (\(a&lt;b\)), then</p>", r"So (\(a<b\)), then"),
        ('<div data-tex="x"><math></math></div>', r"\[x\]", r"\[x\]"),
        ('<p>a<button>what?</button></p><details><summary>T</summary><p>b</p></details>',
         "<p>a</p><p>b</p>", "a\nb"),
        ('<pre><code>if a:\n    b</code></pre><img src="x.png" alt="y">',
         "<pre>if a:\n    b</pre>", "if a:\n    b"),
    ],
)  # fmt: skip
def test_words_of_a_page_are_those_of_a_card(html, shown, text):
    def lead(link):
        return f"https://e.org/{link}"

    made = words.html_of(parse(html).children, lead)
    assert made == shown
    assert words.text_of(made) == text
