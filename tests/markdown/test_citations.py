"""Citations in chapters, as Pandoc and Quarto write them, and what only looks like one."""

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import markdown
import pytest
from bs4 import BeautifulSoup
from conftest import mkdocs

from dlfigs.errors import UserError
from dlfigs.markdown.cite_syntax import key_at

ODD = ["https://ex.org/a?b=c&d", "with space", "a%b#c", "S0893(98)1"]
KEYS = [
    "byron2015deep",
    "Dorn2016",
    "byron:15",
    "Byron.Dorn.2017",
    "DBLP:conf/x/ByronD18",
    "byron-dorn-2019",
]
KEYS += ["keras_dense", "o'hara2015", "müller2015", "Duchi:2011:ASM", "kingmaAdamMethod", "x+y*z!2000"]
BIB = "".join(
    f"@misc{{{key}, author = {{L{n}, A}}, title = {{T}}, year = {2000 + n}}}\n"
    for n, key in enumerate([*KEYS, *ODD])
)
BIB += "@misc{two, author = {Ann, A and Bob, B}, title = {X}, year = 1999}\n"
BIB += "@misc{undated, author = {{Team}}, title = {X}}\n@article{broken, title = {\\foo}}\n"


@pytest.fixture
def cite(tmp_path):
    """Convert a text with a bibliography, and return the page."""
    (tmp_path / "references.bib").write_text(BIB, encoding="utf-8")
    (tmp_path / "docs").mkdir()

    def convert(text):
        (tmp_path / "docs/page.md").write_text(f"{text}\n", encoding="utf-8")
        options = {"bibliography": str(tmp_path / "references.bib"), "docs": str(tmp_path / "docs")}
        extensions = ["tables", "footnotes", "pymdownx.superfences", "toc", "dlfigs.markdown"]
        html = markdown.markdown(
            text, extensions=extensions, extension_configs={"dlfigs.markdown": options}
        )
        return BeautifulSoup(html, "html.parser")

    return convert


@pytest.mark.parametrize("key", [*KEYS, *ODD])
def test_a_key_is_one_whatever_its_form(cite, key):
    label = f"L{[*KEYS, *ODD].index(key)}"
    year = 2000 + int(label[1:])
    braced = f"@{{{key}}}" if key in ODD else f"@{key}"
    page = cite(f"As {braced} shows. So {braced}, (*{braced}*), {braced}: [see {braced}, p. 3; {braced}].")
    one = f"{label} ({year})"
    assert (
        page.p.text
        == f"As {one} shows. So {one}, ({one}), {one}: (see {label}, {year}, p. 3; {label}, {year})."
    )
    (item,) = page.select(".references li")
    assert not re.search(r"\s", item["id"])
    for link in page.select("a.citation"):
        assert unquote(link["href"]) == f"#{item['id']}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "@Dorn2016's nets, @Dorn2016-style, _@Dorn2016_, @Dorn2016—or @Dorn2016--or, @Dorn2016.",
            "L1 (2001)'s nets, L1 (2001)-style, L1 (2001), L1 (2001)—or L1 (2001)--or, L1 (2001).",
        ),
        (
            "[@Dorn2016{}, 99 years later; @two, {iv} on]",
            "(L1, 2001, 99 years later; Ann and Bob, 1999, iv on)",
        ),
        ("[see @Dorn2016, p. 3] [e.g. @Dorn2016]", "(see L1, 2001, p. 3) (e.g. L1, 2001)"),
        ("Dorn [-@Dorn2016] [-@Dorn2016, p. 3] and -@Dorn2016", "Dorn (2001) (2001, p. 3) and (2001)"),
        ("[@Dorn2016; see also @two, ch. 2]", "(L1, 2001; see also Ann and Bob, 1999, ch. 2)"),
        ("@Dorn2016 [p. 3] and @two\n[sec. 2]", "L1 (2001, p. 3) and Ann and Bob (1999, sec. 2)"),
        (
            "[@Dorn2016 p. 3] [@Dorn2016{p. 3}, x] [@Dorn2016, {iv, (v)}] [@Dorn2016 and others]",
            "(L1, 2001, p. 3) (L1, 2001, p. 3, x) (L1, 2001, iv, (v)) (L1, 2001 and others)",
        ),
        ("[@undated, p. 3] @undated [p. 3] [-@undated] @undated", "(Team, p. 3) Team (p. 3) (n.d.) Team"),
        ("[**see** [this](https://x.org) @Dorn2016, `c`]", "(see this L1, 2001, c)"),
        (
            "[a note; as @Dorn2016 says] [0, 1) e.g.@two",
            "[a note; as L1 (2001) says] [0, 1) e.g.Ann and Bob (1999)",
        ),
        ("@Dorn2016 [@two] @Dorn2016 [^1]\n\n[^1]: F", "L1 (2001) (Ann and Bob, 1999) L1 (2001) 1"),
    ],
)
def test_citations_read_as_pandoc_s(cite, text, said):
    assert " ".join(cite(text).p.text.split()) == said


def test_citations_stand_in_tables_headings_notes_and_descriptions(cite):
    page = cite("# @two\n\n| a |\n|---|\n| @two [p. 3] |\n\n![@two](x.png '[@two]')[^1]\n\n[^1]: [@two]\n")
    assert page.h1.text == "Ann and Bob (1999)"
    assert page.td.text == "Ann and Bob (1999, p. 3)"
    assert (page.img["alt"], page.img["title"]) == ("Ann and Bob (1999)", "(Ann and Bob, 1999)")
    assert page.select_one(".footnote li").text.strip().startswith("(Ann and Bob, 1999)")


@pytest.mark.parametrize(
    "text",
    [
        "me@example.org me@Dorn2016.org <me@Dorn2016.org>",
        "https://x.org/@Dorn2016 <https://x.org/@Dorn2016> [t](https://x.org/@Dorn2016)",
        "[@Dorn2016](https://x.org) [by @Dorn2016](https://x.org) [@Dorn2016][r]\n\n[r]: https://x.org",
        "`@Dorn2016` ``[@Dorn2016]`` \\@Dorn2016",
        "```python\n@Dorn2016\ndef f(): ...\n```",
        "@media @property @karpathy @types/node @org/team @2x @ home, [twitter: @karpathy], @web3 @v1.0",
        '<i title="@Dorn2016">x</i> <!-- @Dorn2016 -->',
    ],
)
def test_addresses_handles_and_code_are_left_alone(cite, text):
    page = cite(text)
    assert not page.select("a.citation, .references")
    assert "@" in str(page) or "&#64;" in str(page)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@Dorn2061 says", "no reference 'Dorn2061' in .*; did you mean 'Dorn2016'"),
        ("@dorn2016 says", "did you mean 'Dorn2016'"),
        ("@kerasDense says", "did you mean 'keras_dense'"),
        ("@DBLP:conf/x/ByronD81 says", "did you mean 'DBLP:conf/x/ByronD18'"),
        (
            "@Dorn2016.The next",
            r"no reference 'Dorn2016.The'.*did you mean 'Dorn2016'\? \(if it is no citation",
        ),
        ("@{no such} says", "no reference 'no such'"),
        ("[see @nope]", "no reference 'nope'"),
        ("[a text @nope2015]", "no reference 'nope2015'"),
        ("@fig-loss shows", "'@fig-loss' is not understood: cross-references are written as links"),
        ("[@Dorn2016", "'.@Dorn2016' is not understood: .* the bracket is not closed"),
        ("[see @Dorn2016, p. 3", "is not understood: .* the bracket is not closed"),
        ("[@Dorn2016 @two]", "is not understood: .* between two works stands a semicolon"),
        ("[@Dorn2016; two]", "is not understood: .* each part needs a key"),
        ("[@handle][nowhere]", "is not understood: a citation is written"),
        ("[@broken]", r"references\.bib:19: broken, title: the command '\\\\foo' is not known"),
    ],
)
def test_what_looks_like_a_citation_and_is_none_is_named(cite, text, said):
    with pytest.raises(UserError, match=rf"docs/page\.md:3: .*{said}"):
        cite(f"# Page\n\n{text}")


def test_works_are_listed_by_name_whatever_its_capitals_and_accents(tmp_path):
    names = ["{Zoe}", "van Beek, A", "{\\'E}cole, B", "Eco, C", "d'Arc, J", "Xu, D"]
    bib = "".join(f"@misc{{k{n}, author = {{{name}}}, title = {{T}}}}\n" for n, name in enumerate(names))
    (tmp_path / "references.bib").write_text(bib)
    text = markdown.markdown(
        " ".join(f"@{{k{n}}}" for n in range(len(names))),
        extensions=["dlfigs.markdown"],
        extension_configs={"dlfigs.markdown": {"bibliography": str(tmp_path / "references.bib")}},
    )
    listed = [item["id"] for item in BeautifulSoup(text, "html.parser").select("li")]
    assert listed == ["ref-k4", "ref-k3", "ref-k2", "ref-k1", "ref-k5", "ref-k0"]


def test_a_key_ends_where_pandoc_says():
    ends = {"a2.b:c/d": "a2.b:c/d", "a2..b": "a2", "a2.": "a2", "a2-_b": "a2-_b", "a2;b": "a2", "é2)": "é2"}
    assert {text: key_at(text, 0, ())[0] for text in ends} == ends


CHAPTER = """# Keys

Shown by @byron-dorn-2019 [p. 3] and [see @DBLP:conf/x/ByronD18; -@{a%b#c}],
by @müller2015 and @{with space}.
"""


def test_a_strict_build_takes_all_of_them(made, tmp_path):
    """MkDocs looks where each link leads."""
    folder = Path(shutil.copytree(made, tmp_path / "course"))
    with (folder / "docs/references.bib").open("a", encoding="utf-8") as file:
        file.write(BIB)
    (folder / "docs/keys.md").write_text(CHAPTER, encoding="utf-8")
    result = mkdocs(folder, "--strict")
    assert result.returncode == 0, result.stderr
    page = BeautifulSoup((folder / "site/keys/index.html").read_text(encoding="utf-8"), "html.parser")
    assert len(page.select(".references li")) == len(page.select("a.citation")) == 5
