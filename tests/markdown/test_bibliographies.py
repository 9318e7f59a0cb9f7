"""Bibliographies of all kinds: each entry ends in a reference without TeX, or in an error that names it."""

import re

import exports
import pytest
from bs4 import BeautifulSoup

from dlfigs.errors import UserError
from dlfigs.markdown.bibliography.library import Library
from dlfigs.markdown.references import library


def write(tmp_path, text):
    path = tmp_path / "references.bib"
    path.write_text(text, encoding="utf-8")
    return path


def flat(text):
    return " ".join(text.replace("\u00a0", " ").split()).casefold()


@pytest.mark.parametrize("style", exports.STYLES)
def test_an_export_is_read_whole(tmp_path, style):
    """Seventy entries of each of nine programs and sites."""
    text, entries = exports.made(style)
    assert len(entries) * len(exports.STYLES) >= 600
    works = library(write(tmp_path, text), {})
    for entry in entries:
        line = works.line(entry.key)
        page = BeautifulSoup(line, "html.parser")
        for link in page.select("a"):
            assert re.match(r"https?://[^\s\\{}]+$", link["href"]), entry.text
        said = flat(page.get_text())
        for words in entry.says:
            assert flat(words) in said, f"{words!r} is not in {said!r}, which comes from\n{entry.text}"
        title = next(words for words in entry.says if words in dict(exports.TITLES).values())
        rest = said.replace(flat(title), "")
        assert not re.search(r"[\\{}$%]|none\b|<|>", re.sub(r"https?://\S+", "", rest)), entry.text
        assert said.endswith((".", "?", "!", "…", "”"))
        authors, year = works.label(entry.key)
        assert flat(authors) == flat(entry.authors)
        assert re.fullmatch(rf"{entry.year}(?:–2031)?[a-z]?", year)


def test_works_of_the_same_authors_and_year_are_told_apart_in_text_and_list(tmp_path):
    same = "@misc{{{}, author = {{Byron, Ada}}, title = {{{}}}, year = {}}}\n"
    text = "".join(same.format(*work) for work in (("z", "Z", 2016), ("a", "A", 2016), ("c", "C", 2017)))
    works = Library(write(tmp_path, text))
    assert [works.label(key)[1] for key in "zac"] == ["2016a", "2016b", "2017"]
    assert [works.line(key).rpartition("\n")[2] for key in "zac"] == ["2016a.", "2016b.", "2017."]
    many = "".join(same.format(f"k{number}", "T", 2016) for number in range(28))
    works = Library(write(tmp_path, many + " "))
    assert [works.label(key)[1] for key in ("k0", "k25", "k26", "k27")] == [
        "2016a",
        "2016z",
        "2016aa",
        "2016ab",
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("@article{k, title = {X}\n year = 2015}", ":2: k, title: a comma is missing before 'year = 2015'"),
        (
            "@article{k,\n title = {X,\n year = 2015}\n\n@misc{b}",
            ":2: the entry 'k' cannot be read to its end",
        ),
        ("@article{k,\n title = {X}},\n year = 2015}", ":3: a field outside of any entry"),
        ("@article{title = {X}}", ":2: the entry 'title' has no key: @article{key"),
        ("@article k, title = {X}}", ":2: an entry without a brace"),
        ("@article{k,\n title = X}", ":3: k, title: no @string 'X'"),
        ('@article{k, title = "X}', ":2: the entry 'k' cannot be read to its end"),
        ("@article{k, title = {X}\n", ":2: the entry 'k' cannot be read to its end"),
        ("@article{k, title {X}}", ":2: the entry 'k' cannot be read to its end"),
        (
            "@misc{k, title={A}}\n@misc{k, title={B}}",
            ":3: repeated bibliography entry: k, another one is in line 2",
        ),
        ("@misc{k,\n title={A \\foo{b}}}", ":3: k, title: the command '\\\\foo' is not known"),
        ("@misc{k,\n title={A \\frac{1} b}}", ":3: k, title: the command '\\\\frac"),
        ("@misc{k,\n title={A $\\frac{1}$}}", ":3: k, title: formula '\\\\frac{1}'"),
        ("@misc{k,\n title={A \\emph}}", ":3: k, title: \\emph without what belongs to it"),
        ("@misc{k,\n title={\\begin{x}b\\end{x}}}", ":3: k, title: '\\\\begin{x}b\\\\end{x}' has no place"),
        ("@misc{k,\n author={A, B, C, D, E}}", ":3: k, author: 'A, B, C, D, E' has too many commas"),
        ("@misc{k,\n author={given=, family=}}", ":2: k: neither author, editor, organization nor title"),
        ("@misc{k,\n title={A}, crossref={no}}", ":3: k, crossref: there is no entry 'no' to inherit from"),
        (
            "@misc{k, title={A}, crossref={l}}\n@book{l, crossref={k}}",
            ":3: l, crossref: inherits from 'k', which",
        ),
        ("@misc{k,\n title={A}, doi={see there}}", ":3: k, doi: 'see there' is no DOI"),
        ("@misc{k, note = {No more}}", ":2: k: neither author, editor, organization nor title"),
        ("@misc{k, title = {{}}, author = {{}}}", ":2: k: neither author, editor, organization nor title"),
        ("@set{k,\n entryset = {l}}", ":3: k, entryset: there is no entry 'l'"),
    ],
)
def test_what_cannot_be_used_is_named_with_file_line_key_and_field(tmp_path, entry, said):
    works = library(write(tmp_path, f"% A comment\n{entry}\n"), {})
    with pytest.raises(UserError) as caught:
        works.line("k")
    assert str(caught.value).startswith(f"{tmp_path / 'references.bib'}{said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ufeff@misc{k, title = {BOM}}", "BOM."),
        ("@MISC(k, TITLE = {A (b) c}, YeaR = 2000,)", "A (b) c.\n2000."),
        (
            "% @misc{k, title = {O}}\n@misc{k, title = {New},\n % a, x\n year = 2000, % now, so\n}",
            "New.\n2000.",
        ),
        ("@comment{@misc{k, title = {Old}}}\n@misc{k, title = {New}}", "New."),
        ("@misc{k, title = {A}, title = {B}}", "A."),
        ("@misc{k, title = {A}}\n@misc{k, title = {A}}", "A."),
        ("@misc{k, title = {A}}\n@misc{K, title = {B}}", "A."),
        ("@misc{k, title = {A}, year = , note = {}}", "A."),
        ("@misc{, title = {B}}\n@misc{k, title = {A}}", "A."),
        ('@string{a = "A" # { b}}\n@misc{k, title = A # " c" # { d}}', "A b c d."),
        ("@misc{k, title = {A}, month = sept, year = 1999}", "A.\nSeptember 1999."),
        (
            "@article{k, title = {A}, journal = {J}, month = jan # {~5}, year = 1999}",
            "A.\n<em>J</em>, January&nbsp;5 1999.",
        ),
        ("@misc{k, organization = {The {Club}}, title = {A}}", "The Club.\nA."),
        (
            "@book{k, editor = {B, A and C, D}, title = {A b C}}",
            "A&nbsp;B and D&nbsp;C, editors.\n<em>A b C</em>.",
        ),
        (
            "@thesis{k, author = {B}, title = {A}, type = {mathesis}, institution = {U}}",
            "B.\n<em>A</em>.\nMaster's thesis, U.",
        ),
        ("@online{k, title = {Über Netze}, langid = {ngerman}, urldate = {2020-01-01}}", "Über Netze."),
        ("@misc{k, title = {WHY NETS SHOUT SO}}", "Why nets shout so."),
        ("@misc{k, title = {Vitamin C in a ResNet Of A Kind}}", "Vitamin C in a ResNet of a kind."),
        ("@set{k, entryset = {l, m}}\n@misc{l, title = {L}}\n@misc{m, title = {M}}", "L.\nM."),
        ("@misc{l, ids = {x, k}, title = {L}}", "L."),
        (
            "@inbook{k, author = {B}, title = {Part}, crossref = {l}}\n@xdata{x, publisher = {P}}\n"
            "@book{l, author = {C}, title = {Whole}, xdata = {x}, date = {2001}}",
            "B.\nPart.\nIn <em>Whole</em>.\nP, 2001.",
        ),
        (
            "@misc{k, author = {family=Bo, given=Alf, prefix=van, suffix=Jr. and {Jan and Co} and others}}",
            "Alf van Bo, Jr., Jan and Co, et al.",
        ),
        (
            "@misc{k, title = {A}, url = {javascript:alert(1)}, note = {<b>x</b> & y}}",
            "A.\n&lt;b&gt;x&lt;/b&gt; &amp; y.\njavascript:alert(1).",
        ),
        (
            "@misc{k, title = {A}, eprint = {hal-1}, eprinttype = {hal}, pmid = {7}}",
            'A.\n<a href="https://hal.science/hal-1">HAL:hal-1</a>, '
            '<a href="https://pubmed.ncbi.nlm.nih.gov/7">PMID:7</a>.',
        ),
        (
            "@misc{k, title = {A}, doi = {10.1/a\\_b}, url = {https://dx.doi.org/10.1/a_b}}",
            'A.\n<a href="https://doi.org/10.1/a_b">doi:10.1/a_b</a>.',
        ),
        (
            "@misc{k, title = {A}, note = {\\href{https://a.org/\\~{}b\\_c\\%20d\\#e}{there}, {\\em so} "
            "\\textsuperscript{2}}}",
            'A.\n<a href="https://a.org/~b_c%20d#e">there</a>, <em>so</em> <sup>2</sup>.',
        ),
    ],
)
def test_what_files_say_is_said(tmp_path, text, said):
    assert Library(write(tmp_path, text)).line("k") == said
