"""The Markdown extension: figures, numbers, formulas and citations, and their errors."""

import json
import xml.etree.ElementTree as ET

import markdown
import pytest
from bs4 import BeautifulSoup

from dlfigs.markdown.source import Source
from dlfigs.plot import palette
from dlfigs.plot.inline import inline
from dlfigs.recipe.figure import UserError
from dlfigs.site import mathfont

BIB = """
@article{he2015, author = {He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing}, title = {Rectifiers},
  journal = {ICCV}, year = 2015, doi = {10.1000/1}}
@article{hanin2020, author = {Hanin, Boris and Nica, Mihai}, title = {Products}, journal = {CMP},
  year = 2020}
@misc{keras_dense, author = {{Keras Team}}, title = {Dense}, url = {https://keras.io}}
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt" '
    'height="9pt" viewBox="0 0 9 9"><defs><path id="a-0" d="M 0 0"/></defs>'
    '<use xlink:href="#a-0" style="fill: #1069ce"/>'
    '<text style="font-size: 9px; font-family: X, sans-serif; fill: #1f2328">t</text>'
    '<g clip-path="url(#a-0)"/></svg>'
)
EXTENSIONS = ["tables", "admonition", "pymdownx.superfences", "toc"]


@pytest.fixture
def convert(tmp_path):
    """Convert a text as the chapter docs/chapter.md, with one finished figure."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (tmp_path / "references.bib").write_text(BIB)
    claim = {"id": "rate", "measured": -0.5, "expected": 0.25, "tolerance": 0.1, "low": None, "high": None}
    claim |= {"standard_error": None, "text": "Rate", "holds": True}
    info = {
        "title": "A title",
        "caption": "A <caption>.",
        "alt": "What is to be seen.",
        "sources": ["he2015"],
    }
    info |= {"claims": [claim], "parameters": {"seeds": 64}, "questions": [4, 2]}
    (tmp_path / "line.json").write_text(json.dumps(info))
    (tmp_path / "line.svg").write_text(SVG)

    def convert(text, extensions=(), **options):
        (docs / "chapter.md").write_text(f"---\ntitle: Front matter\n---\n\n{text}\n")
        options = {"figures": str(tmp_path), "bibliography": str(tmp_path / "references.bib")} | options
        return markdown.markdown(
            text,
            extensions=[
                "tables",
                "admonition",
                "pymdownx.superfences",
                "toc",
                *extensions,
                "dlfigs.markdown",
            ],
            extension_configs={"dlfigs.markdown": options | {"docs": str(docs)}},
        )

    return convert


def test_a_figure_is_inline_with_a_name_a_description_and_a_caption(convert):
    page = BeautifulSoup(convert("Before.\n\n![](line)\n\nAfter."), "html.parser")
    figure = page.select_one("figure#line[data-search-exclude]")
    svg = figure.svg
    assert svg["role"] == "img"
    assert "width" not in svg.attrs
    assert page.find(id=svg["aria-labelledby"]).text == "A title"
    assert page.find(id=svg["aria-describedby"]).text == "What is to be seen."
    assert figure.figcaption.text == "A title. A <caption>. After He et al. (2015)."
    assert page.select_one("#ref-he2015"), "a figure's sources are references of the page"
    assert not figure.find_parent("p"), "a figure in a paragraph is not valid HTML"
    assert [p.text for p in page.find_all("p", recursive=False)] == ["Before.", "After."]


def test_own_alt_and_caption_replace_the_recipes(convert):
    page = BeautifulSoup(convert('![My {{ line.rate }}](line "My caption.")'), "html.parser")
    assert page.desc.text == "My −0.5"
    assert "My caption. After" in page.figcaption.text


def test_a_figure_used_twice_has_no_id_twice(convert):
    page = BeautifulSoup(convert("![](line)\n\n![](line)"), "html.parser")
    ids = [element["id"] for element in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for use in page.find_all("use"):
        assert use["href"].removeprefix("#") in ids


@pytest.mark.parametrize(
    "text", ["* ![](line)", "| a |\n|---|\n| ![](line) |", "!!! note\n\n    ![](line)"]
)
def test_figures_stand_in_lists_tables_and_boxes(convert, text):
    assert BeautifulSoup(convert(text), "html.parser").select_one("figure svg")


def test_other_images_are_left_alone(convert):
    assert convert("![Alt](picture.png)") == '<p><img alt="Alt" src="picture.png" /></p>'


CFF = "title: T\nversion: 1.0\nurl: https://example.org/t\nauthors: [{name: Us}]\n"


def test_cite_is_a_button_that_opens_its_own_panel(convert, tmp_path):
    (tmp_path / "CITATION.cff").write_text(CFF)
    text = convert("![](line)\n\n![](line)", citation=str(tmp_path / "CITATION.cff"), notebooks="n")
    page = BeautifulSoup(text, "html.parser")
    for button, panel in zip(page.select(".cite-button"), page.select("[popover]"), strict=True):
        assert button["popovertarget"] == panel["id"]
        assert button["aria-label"] == "Cite: A title"
        assert panel.select_one("strong").text == "Cite this figure"
        assert "https://example.org/t/n/line/" in panel.select_one("pre").text
        for copy in panel.select("[data-copy]"):
            assert page.find(id=copy["data-copy"]) in panel.select(".cite-text")
    assert len({panel["id"] for panel in page.select("[popover]")}) == 2
    assert not page.select("p p, p div"), "a panel in a paragraph is not valid HTML"


def test_the_course_is_cited_by_a_word(convert, tmp_path):
    (tmp_path / "CITATION.cff").write_text(CFF)
    page = BeautifulSoup(convert("{{ cite }}", citation=str(tmp_path / "CITATION.cff")), "html.parser")
    assert page.select_one("pre.cite-text").text.startswith("@misc{t,")
    with pytest.raises(UserError, match=r"chapter.md:5: \{\{ cite \}\} needs the option `citation`"):
        convert("{{ cite }}")


def test_figures_claims_that_hold_and_runs_are_counted(convert, tmp_path):
    info = json.loads((tmp_path / "line.json").read_text())
    info["claims"].append(info["claims"][0] | {"id": "broken", "holds": False})
    (tmp_path / "other.json").write_text(json.dumps(info | {"parameters": {}}))
    text = convert("{{ figures }} figures, {{claims}} claims, {{ runs:.1f }} runs; {{ line.rate }}")
    assert "2 figures, 2 claims, 65.0 runs; −0.5" in text
    with pytest.raises(UserError, match="format 's' does not fit claims"):
        convert("{{ claims:s }}")
    with pytest.raises(UserError, match="with the figure's slug first"):
        convert("{{ claim }}")


def test_a_picture_is_fetched_as_a_file_and_leads_to_the_figure_s_page(convert):
    places = {"downloads": "assets/figures", "notebooks": "figures"}
    options = {"extensions": ["attr_list"], **places}
    page = BeautifulSoup(
        convert("![](line){ .picture }\n\n![](line){ .picture }", **options), "html.parser"
    )
    one, other = page.select("figure.dlfigs-picture")
    assert str(one) == str(other), "no ids, which would be there twice"
    light, dark = one.find_all("img")
    assert (light["src"], dark["src"]) == ("assets/figures/line.svg", "assets/figures/line.dark.svg")
    assert (light["class"], dark["class"]) == (["only-light"], ["only-dark"])
    for image in (light, dark):
        assert image["loading"] == "lazy"
        assert (image["width"], image["height"]) == ("9", "9")
        assert image["alt"] == "What is to be seen."
    assert one.a["href"] == "figures/line.md"
    assert one.figcaption.get_text() == "A title"
    assert not page.svg
    assert "Rectifiers" not in page.get_text(), "its sources stand on its own page"


def test_a_picture_without_files_on_the_site_is_the_drawing_itself(convert):
    page = BeautifulSoup(convert("![](line){ .picture }", extensions=["attr_list"]), "html.parser")
    assert page.select_one("figure.dlfigs.picture svg")


def test_the_gallery_groups_figures_by_part_and_links_to_questions(convert, tmp_path):
    (tmp_path / "questions.md").write_text("# Q\n\n## 2. Why two? { #q2 }\n\n## 4. Why <four>? { #q4 }\n")
    options = {"questions": str(tmp_path / "questions.md"), "downloads": "a", "notebooks": "n"}
    parts = {"Beginning": [1, 2, 3], "End": [4]}
    page = BeautifulSoup(convert("{{ gallery }}", parts=parts, **options), "html.parser")
    assert not page.h2, "a single part needs no heading"
    (card,) = page.select(".gallery > li")
    assert card["data-questions"] == "4 2"
    assert [img["src"] for img in card.select("img")] == ["a/line.svg", "a/line.dark.svg"]
    assert {img["alt"] for img in card.select("img")} == {"What is to be seen."}
    links = {link.text: link["href"] for link in card.select("a")}
    assert links == {
        "A title": "n/line.md",
        "Question 4": "questions.md#q4",
        "Question 2": "questions.md#q2",
    }
    assert card.select_one("span[data-dlfigs='chapters line']"), "where its chapters will stand"
    options = [option.text for option in page.select("select[name=question] option")]
    assert options == ["All questions", "2. Why two?", "4. Why <four>?"]
    assert [option.text for option in page.select("select[name=part] option")] == ["All parts", "End"]


def test_a_figure_of_no_part_is_among_the_others(convert):
    page = BeautifulSoup(convert("{{ gallery }}", parts={"A": [1]}), "html.parser")
    assert [option.text for option in page.select("select[name=part] option")] == ["All parts", "Other"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"questions": "nowhere.md"}, "`questions` names a page that is not there: nowhere.md"),
        ({"parts": {"A": 1}}, "`parts` must be lists of question numbers by title"),
        ({"parts": ["A"]}, "`parts` must be lists of question numbers by title"),
    ],
)
def test_options_of_the_gallery_that_are_wrong_say_so_with_file_and_line(convert, options, said):
    with pytest.raises(UserError, match=r"chapter\.md:7: ") as error:
        convert("Figures.\n\n{{ gallery }}", **options)
    assert said in str(error.value)


def test_a_comma_stays_with_its_formula(convert):
    page = BeautifulSoup(convert("Let $x$, then $y$."), "html.parser")
    assert [span.get_text()[-1] for span in page.select("span.math")] == [",", "."]
    assert page.p.get_text().split() == ["Let", "x,", "then", "y."]


def test_links_to_files_appear_where_the_site_has_them(convert):
    assert "figure-links" not in convert("![](line)")
    page = BeautifulSoup(convert("![](line)", downloads="a", notebooks="n"), "html.parser")
    links = {link.text: link["href"] for link in page.select(".figure-links a")}
    assert links == {
        "Notebook": "n/line.md",
        "Data": "a/line.csv",
        "SVG": "a/line.svg",
        "PNG": "a/line.png",
        "PDF": "a/line.pdf",
    }


def test_colors_follow_the_page_and_fonts_are_the_pages():
    svg = inline(SVG, name="x", title="T", description="D")
    assert "fill: var(--fig-blue, #1069ce)" in svg
    assert "fill: var(--fig-ink, #1f2328)" in svg
    assert "font-family" not in svg
    assert 'clip-path="url(#x--a-0)"' in svg
    ET.fromstring(svg)


def test_numbers_are_those_of_claims_and_parameters(convert):
    text = (
        "A {{ line.rate:.2f }}, theory {{line.rate.expected}}, {{ line.seeds }} seeds, `{{ line.rate }}`."
    )
    assert convert(text) == ("<p>A −0.50, theory 0.25, 64 seeds, <code>{{ line.rate }}</code>.</p>")
    assert convert("{{ line.rate:.0%}}") == "<p>−50\u202f%</p>"  # never parted at the end of a line
    for typed in ("95 % and `5 %`", "95% and `5 %`", "95\xa0% and `5 %`"):
        assert convert(typed) == "<p>95\u202f% and <code>5 %</code></p>"
    assert convert("{{ line.seeds }} %, in %") == "<p>64\u202f%, in %</p>"
    assert "64" in convert("| a |\n|---|\n| {{ line.seeds }} |")


def test_formulas_become_mathml_and_code_does_not(convert):
    page = convert("Let $\\sigma_w^2$ be.\n\n$$\n\\frac{1}{2}\n$$\n\n`$x$` costs $5 or $6.")
    assert page.count("<math") == 2
    assert '<math display="block"><mfrac>' in page
    assert "<code>$x$</code>" in page
    assert "\\" not in page


def test_displayed_formulas_may_compare_and_align(convert):
    """Arithmatex escapes & and > in blocks; unseen, they came out as letters."""
    page = convert("$$\nf = \\begin{cases} x & x > 0 \\\\ 0 & x < 0 \\end{cases}\n$$\n\nIf $x > 0$.")
    assert "amp" not in BeautifulSoup(page, "html.parser").get_text()
    assert page.count("<mtr>") == 2
    assert page.count("<mtd") == 4
    assert page.count("&gt;") == 2


def test_citations_link_to_the_list_at_the_end(convert):
    page = BeautifulSoup(
        convert("@he2015 say so [@hanin2020, sec. 2; @he2015] [@keras_dense]."), "html.parser"
    )
    assert page.p.text == (
        "He et al. (2015) say so (Hanin and Nica, 2020, sec. 2; He et al., 2015) (Keras Team)."
    )
    assert page.find("h2", id="references").text == "References"
    listed = [item["id"] for item in page.select(".references li")]
    assert listed == ["ref-hanin2020", "ref-he2015", "ref-keras_dense"]
    assert page.select_one("#ref-he2015 a[href='https://doi.org/10.1000/1']")
    assert {a["href"] for a in page.select("a.citation")} == {f"#{name}" for name in listed}


def test_mail_addresses_and_decorators_are_not_citations(convert):
    page = convert("Write to me@he2015.org, or `@he2015`.\n\n```python\n@he2015\ndef f(): ...\n```")
    assert "citation" not in page
    assert "References" not in page


def test_a_page_without_citations_has_no_references(convert):
    assert "References" not in convert("Nothing cited.")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("![](lin)", "no figure 'lin'; did you mean 'line'?"),
        ("Text ![](line) text", "figure 'line' must be a paragraph of its own"),
        ("{{ lien.rate }}", "no figure 'lien'; did you mean 'line'?"),
        ("{{ line.rte }}", "no number 'line.rte'; did you mean 'line.rate'?"),
        ("{{ rate }}", "{{ rate }}: write {{ figure.claim }}, with the figure's slug first"),
        ("{{ line.rate:q }}", "format 'q' does not fit line.rate = -0.5"),
        ("$\\frac{a}$", "formula '\\\\frac{a}'"),
        ("$$\n\\begin{aligned} a\n$$", "formula"),
        ("[@he2016]", "no reference 'he2016' in "),
        ("[@He2015]", "did you mean 'he2015'?"),
        ("As @he2051 says.", "no reference 'he2051'"),
        ("* [@he2016]", "did you mean 'he2015'?"),
    ],
)
def test_errors_name_file_and_line(convert, bad, said):
    with pytest.raises(UserError) as caught:
        convert(f"# Title\n\nFirst paragraph.\n\n{bad}")
    message = str(caught.value)
    line = 10 if bad.startswith("$$") else 9  # four lines of front matter, four before the mistake
    assert f"docs/chapter.md:{line}: " in message
    assert said in message


def test_an_unreadable_bibliography_is_named(convert, tmp_path):
    with pytest.raises(UserError, match=r"no bibliography at missing\.bib"):
        convert("[@he2015]", bibliography="missing.bib")
    (tmp_path / "bad.bib").write_text("@article{he2015, title = ")
    with pytest.raises(UserError, match=r"bad\.bib:1: the entry 'he2015' cannot be read to its end"):
        convert("[@he2015]", bibliography=str(tmp_path / "bad.bib"))


def test_the_font_has_what_formulas_use(site):
    """Every character of every formula on the site is in the subset, which is small."""
    import io

    from fontTools.ttLib import TTFont

    font = (site / "assets/fonts/stix-two-math.woff2").read_bytes()
    assert len(font) < 60_000
    face = TTFont(io.BytesIO(font))
    assert "MATH" in face
    known = face.getBestCmap()
    for page in site.rglob("*.html"):
        used = mathfont.characters(page.read_text(encoding="utf-8"))
        assert not {c for c in used if ord(c) not in known and not c.isspace()} - {"\u2061"}, page


def test_a_site_without_formulas_has_a_font_all_the_same():
    assert mathfont.font("").startswith(b"wOF2")


def test_letters_bring_their_italics():
    assert mathfont.characters("<p>z</p><math><mi>h</mi><mo>&#x2264;</mo><mi>σ</mi></math>") == set("hℎ≤σ𝜎")
    assert mathfont.characters("<math><msqrt><mn>2</mn></msqrt></math>") == set("2√")


def contrast(one, other):
    """Contrast ratio of two colors, as WCAG 2 defines it."""

    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_lines_and_labels_stand_out(scheme):
    colors = {name: pair[scheme] for name, pair in palette.PALETTE.items()}
    for name in ("ink", "muted", *palette.SERIES):
        assert contrast(colors[name], colors["paper"]) >= 4.5, name
    assert len({light for light, _ in palette.PALETTE.values()}) == len(palette.PALETTE)


def test_mistakes_in_what_a_page_takes_from_another_file_have_that_file_s_line(tmp_path):
    docs, parts = tmp_path / "docs", tmp_path / "parts"
    for folder in (docs, parts):
        folder.mkdir()
    (docs / "other.md").write_text("# Other\n\n![](line)\n")
    (docs / "page.markdown").write_text('# Page\n\n--8<--\nnotes.md\n--8<--\n\n{% include "more.md" %}\n')
    (parts / "notes.md").write_text("One\n\ntwo ![](line)\n")
    (docs / "more.md").write_text("{{ nothing }}\n")
    source = Source(markdown.Markdown(), docs, UserError)
    source.run((docs / "page.markdown").read_text().split("\n"))
    assert source.place("![](line)") == f"{parts / 'notes.md'}:3"
    assert source.place("{{ nothing }}") == f"{docs / 'more.md'}:1"
    assert source.place("## Nowhere") == str(docs / "page.markdown")
