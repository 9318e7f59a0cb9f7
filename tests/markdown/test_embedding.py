"""What an author can write around a figure, and what is refused with its line."""

import json
from pathlib import Path
from types import SimpleNamespace

import markdown
import pytest
from bs4 import BeautifulSoup
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from dlfigs.errors import UserError
from dlfigs.markdown.source import CONTEXT, RELATIVE

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path id="a" d="M0 0"/></svg>'
EXTENSIONS = ["attr_list", "footnotes", "md_in_html", "tables", "pymdownx.blocks.caption", "toc"]


@pytest.fixture
def convert(tmp_path):
    """Convert a page of a course with one finished figure."""
    claim = {"id": "rate", "measured": -0.5, "expected": 0.25, "tolerance": 0.1, "low": None, "high": None}
    claim |= {"standard_error": None, "text": "Rate", "holds": True}
    info = {
        "title": "A title",
        "caption": "The recipe's.",
        "alt": "What is to be seen.",
        "sources": ["he2015"],
    }
    info |= {"claims": [claim], "parameters": {}, "questions": []}
    files = tmp_path / "docs/assets/figures"
    files.mkdir(parents=True)
    (files / "line.json").write_text(json.dumps(info))
    (files / "line.svg").write_text(SVG)
    bibliography = tmp_path / "references.bib"
    bibliography.write_text("@misc{he2015, author = {He, K}, title = {T}, year = 2015}")

    def convert(text, page="page.md", generator=None, **options):
        path = tmp_path / "docs" / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        options = {"figures": str(files), "bibliography": str(bibliography), "docs": str(tmp_path / "docs")}
        md = markdown.Markdown(
            extensions=[*EXTENSIONS, "dlfigs.markdown"], extension_configs={"dlfigs.markdown": options}
        )
        if generator:
            generator(md, page)
        return BeautifulSoup(md.convert(text), "html.parser")

    return convert


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("width=300", {"style": "width: 300px"}),
        ('width="50%" loading=lazy', {"style": "width: 50%"}),
        (".wide #mine", {"class": ["dlfigs", "wide"], "id": "mine"}),
        ("align=left data-title=x", {"align": "left", "data-title": "x"}),
        ('width=20em style="color: red;"', {"style": "width: 20em; color: red"}),
    ],
)
@pytest.mark.parametrize("break_", ["", "\n"], ids=["of the image", "of the paragraph"])
def test_a_figure_takes_the_attributes_of_its_image(convert, attributes, expected, break_):
    figure = convert(f"![My words](line){break_}{{ {attributes} }}").figure
    assert {name: figure[name] for name in expected} == expected
    assert figure.desc.text == "My words"
    inner = {element["id"] for element in figure.find_all(id=True)}
    assert all(name.startswith(figure["id"]) for name in inner)


@pytest.mark.parametrize(
    "text",
    [
        "<figure markdown>\n\n![](line){ width=300 }\n\n<figcaption>C</figcaption>\n</figure>",
        '<figure markdown="span">\n  ![](line){ width=300 }\n  <figcaption>C</figcaption>\n</figure>',
        "<figure markdown>\n![](line){ width=300 }\n<figcaption markdown>C</figcaption>\n</figure>",
        "<figure markdown>\n[![](line){ width=300 }](other.md)\n<figcaption>C</figcaption>\n</figure>",
        "![](line){ width=300 }\n/// caption\nC\n///",
        "<figure markdown>\n![][it]{ width=300 }\n<figcaption>C</figcaption>\n</figure>\n\n[it]: line",
    ],
)
def test_a_caption_of_the_author_s_own_is_read_and_replaces_the_recipe_s(convert, text):
    caption = "Against $x$, {{ line.rate }} and [@he2015]"
    page = convert(text.replace("C<", f"{caption}<").replace("\nC\n", f"\n{caption}\n"))
    assert len(page.find_all("figure")) == len(page.find_all("figcaption")) == 1
    words = " ".join(page.figcaption.text.split())
    assert words == "A title. Against x, −0.5 and (He, 2015) After He (2015)."
    assert page.figcaption.find("math")
    assert page.figure["style"] == "width: 300px"
    assert not page.select("p p, p figure")


def test_a_caption_has_as_many_paragraphs_as_its_author_wants(convert):
    page = convert("![](line)\n/// caption\nOne.\n\nTwo *words*\n///")
    assert [p.text for p in page.select("figcaption p")] == ["A title. One.", "Two words After He (2015)."]


def test_captions_of_other_images_are_left_as_they_are(convert):
    text = "<figure markdown>\n![](photo.png)\n<figcaption>*As it is*</figcaption>\n</figure>"
    assert convert(text).figcaption.text == "*As it is*"


def test_a_figure_in_a_link_is_one(convert):
    page = convert("[![](line)](https://example.org){ target=_blank }")
    assert page.select_one("figure > a[href='https://example.org'][target=_blank] svg")
    assert not page.select("a a")


def test_a_figure_in_a_footnote_keeps_the_way_back(convert):
    page = convert("Text.[^1]\n\n[^1]: ![](line)")
    assert page.select_one(".footnote li > figure")
    assert page.select_one(".footnote li > p > a.footnote-backref")


def test_ids_of_headings_that_an_author_has_given_stay_theirs(convert):
    page = convert("# One { #line }\n\n![](line)\n\n![](line)")
    assert [element["id"] for element in page.select("h1, figure")] == ["line", "line-2", "line-3"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("![](line){ height=30 }", "a figure keeps its proportions: give it a width and no height"),
        ("![](line){ width=wide }", "the width 'wide' is no length: 300, 300px or 50%"),
        ("![](line){ sizes=3 }", "a figure takes width, align, style, class, id and data-...; not sizes"),
        ("![](line){ #a }\n\n# B { #a }", "the page has the id 'a' twice"),
        ("## See ![](line)", "figure 'line' must be a paragraph of its own"),
        ("[See ![](line)](a.md)", "figure 'line' must be a paragraph of its own, within its link too"),
        (
            "<figure markdown>\n\n![](line)\n\nText.\n</figure>",
            "figure 'line' stands alone in its <figure>",
        ),
        ("* a\n\n    <figure markdown>\n    ![](line)\n    </figure>", "must be a paragraph of its own"),
        ("![][it]\n\n[it]: lien", "no figure 'lien'; did you mean 'line'?"),
    ],
)
def test_what_is_refused_has_its_line(convert, text, said):
    with pytest.raises(UserError) as caught:
        convert(f"Before.\n\n{text}")
    line = next(
        n for n, line in enumerate(f"\n\n{text}".split("\n"), 1) if "(line" in line or ": lien" in line
    )
    assert f"page.md:{line}: " in str(caught.value)
    assert said in str(caught.value)


def mkdocs(md, page):
    """Tell the instance where it is, as MkDocs does."""
    processor = Treeprocessor(md)
    processor.file = SimpleNamespace(src_uri=page, page=None)
    processor.files = SimpleNamespace(get_file_from_path=lambda path: None)
    md.treeprocessors.register(processor, RELATIVE, 0)


def zensical(md, page):
    """Tell the instance where it is, as Zensical does."""
    processor = Preprocessor(md)
    processor.run = lambda lines: lines
    processor.page, processor.config = SimpleNamespace(path=page, meta={}, title=None), {}
    md.preprocessors.register(processor, CONTEXT, 0)


@pytest.mark.parametrize("generator", [None, mkdocs, zensical], ids=["none", "MkDocs", "Zensical"])
@pytest.mark.parametrize("page", ["page.md", "week1/page.md", "week1/day2/index.md"])
def test_links_lead_from_the_page_s_folder(convert, page, generator):
    links = convert("Words.\n\n![](line)", page, generator).select(".figure-links a")
    up = "../" * page.count("/")
    assert [link["href"] for link in links] == [
        f"{up}assets/figures/line.{s}" for s in ("csv", "svg", "png", "pdf")
    ]


def test_two_pages_with_the_same_text_have_their_own_links_and_lines(convert, tmp_path):
    convert("# Same\n\n![](line)", "a.md")
    (link, *_) = convert("# Same\n\n![](line)", "week/b.md", mkdocs).select(".figure-links a")
    assert link["href"] == "../assets/figures/line.csv"
    for page in ("a.md", "week/b.md"):
        (tmp_path / "docs" / page).write_text("# Same\n\n![](lien)")
    with pytest.raises(UserError, match=r"week/b\.md:3: no figure"):
        convert("# Same\n\n![](lien)", "week/b.md", mkdocs)


def test_an_image_with_the_name_of_a_figure_is_not_guessed_at(convert, tmp_path):
    (tmp_path / "docs/line.png").touch()
    assert convert("![](line)").find("svg"), "what has an ending is another name"
    assert convert("![](line.png)").img["src"] == "line.png"
    Path(tmp_path / "docs/line").touch()
    with pytest.raises(UserError, match=r"page\.md:1: 'line' is a figure, and a file beside the page"):
        convert("![](line)")
