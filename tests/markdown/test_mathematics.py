"""Formulas as lecturers write them: commands, places, numbers, macros, and what is refused."""

import io
import itertools
import re
import xml.etree.ElementTree as ET
from html import unescape

import markdown
import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from fontTools.ttLib import TTFont
from PIL import Image
from playwright.sync_api import sync_playwright
from reader import CHROMIUM, FLAGS, needs_browser

from dlfigs.errors import UserError
from dlfigs.markdown import mathml
from dlfigs.markdown.formulas import MARK, Finder
from dlfigs.site import mathfont

LISTED = [
    line
    for line in (ROOT / "tests/formulas.txt").read_text(encoding="utf-8").splitlines()
    if line[:2] != "# "
]
EXTENSIONS = ["tables", "admonition", "footnotes", "md_in_html", "attr_list", "def_list", "toc"]
EXTENSIONS += ["pymdownx.superfences", "pymdownx.tabbed", "pymdownx.details", "dlfigs.markdown"]


@pytest.fixture
def convert(tmp_path):
    """Convert a text as the chapter docs/chapter.md, which begins on line 1."""
    docs = tmp_path / "docs"
    docs.mkdir()

    def convert(text, **options):
        (docs / "chapter.md").write_text(text)
        configs = {"dlfigs.markdown": {"docs": str(docs), "figures": str(docs), **options}}
        configs["pymdownx.tabbed"] = {"alternate_style": True}
        return markdown.markdown(text, extensions=EXTENSIONS, extension_configs=configs)

    return convert


def test_primes_stand_at_their_letter_and_not_above_it():
    """Their shapes are high already: as exponents they float."""
    prime = '<mo lspace="0em" rspace="0em">{}</mo></mrow>'
    for formula, sign in ((r"\phi'(x)", "′"), ("f''", "″"), (r"f^{\prime}", "′"), ("(a)'", "′")):
        made = mathml.convert(formula, display=False)
        assert prime.format(sign) in made
        assert "<msup" not in made
    squared = mathml.convert("x'^2", display=False)
    assert f"<msup><mrow><mi>x</mi>{prime.format('′')}" in squared
    assert "<mn>2</mn>" in squared.partition("′")[2]
    assert mathml.plain("y'") == "y′"


def read(html):
    return BeautifulSoup(html, "html.parser")


def shown(html):
    """The page's text, with formulas as their characters, on one line."""
    return " ".join(read(html).get_text().split())


def test_formulas_of_lecture_notes_are_set_or_refused_with_their_line(tmp_path):
    (tmp_path / "chapter.md").touch()
    md = markdown.Markdown(
        extensions=["dlfigs.markdown"], extension_configs={"dlfigs.markdown": {"docs": str(tmp_path)}}
    )
    assert len(LISTED) > 400
    wrong = []
    for line in LISTED:
        text = f"Text.\n\n$$\n{line.removeprefix('! ')}\n$$"
        (tmp_path / "chapter.md").write_text(text)
        try:
            page = md.reset().convert(text)
            for formula in re.findall("<math.*?</math>", page, re.DOTALL):
                ET.fromstring(
                    unescape(formula.replace("&lt;", "‹").replace("&gt;", "›").replace("&amp;", "+"))
                )
            if line[0] == "!" or "merror" in page or re.search(r"\\[A-Z]?[a-z]", read(page).get_text()):
                wrong.append(f"{line} -> {read(page).get_text()}")
        except UserError as error:
            if line[0] != "!" or not re.search(r"chapter\.md:4: .{20}", str(error)):
                wrong.append(f"{line}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("tex", "same"),
    [
        (
            r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \\ \end{bmatrix}",
            r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
        ),
        (r"\begin{cases} x \\ y \\[2pt] \end{cases}", r"\begin{cases} x \\ y \end{cases}"),
        (r"\begin{aligned} a &= b \\ \end{aligned}", r"\begin{aligned} a &= b \end{aligned}"),
        (r"\begin{split} a &= b \\ &= c \end{split}", r"\begin{aligned} a &= b \\ &= c \end{aligned}"),
        (r"\begin{alignedat}{2} a &= b \end{alignedat}", r"\begin{aligned} a &= b \end{aligned}"),
        (
            r"\begin{array}[t]{@{}l*{2}{r}@{}} a & b & c \end{array}",
            r"\begin{array}{lrr} a & b & c \end{array}",
        ),
        (r"\beta*v", r"\beta * v"),
        (r"x_1, \dotsc, x_n", r"x_1, \ldots, x_n"),
        (r"a + \dotsb + b", r"a + \cdots + b"),
        (r"\mbox{if } x", r"\text{if } x"),
        (r"\sum_{\substack{i \\ j}} x", r"\sum_{\begin{subarray}{c} i \\ j \end{subarray}} x"),
        (r"\left< x \right>", r"\left\langle x \right\rangle"),
        (r"\text{if $x$ is}", r"{\text{if }x\text{ is}}"),
        (r"\text{a_b}", r"\text{a\_b}"),
        (r"\pmatrix{a & b \cr c & d}", r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}"),
        (r"\begin{bmatrix*}[r] 1 & 2 \end{bmatrix*}", r"\left[\begin{array}{rr} 1 & 2 \end{array}\right]"),
        ("a\n% a comment\n+ b", "a + b"),
        (r"a = b \\ c = d", r"\begin{gathered} a = b \\ c = d \end{gathered}"),
        (r"a = b \\", "a = b"),
        (r"x_i^'", r"x_i'"),
        (r"\begin{displaymath} x \end{displaymath}", "x"),
        (r"\operatorname{\mathbf{Var}} x", r"\mathop{\mathbf{Var}} x"),
    ],
)
def test_what_means_the_same_becomes_the_same(convert, tex, same):
    one, other = (convert(f"$$\n{formula}\n$$") for formula in (tex, same))
    assert "<math" in one
    assert one == other


def test_limits_of_any_operator_stand_below_it_where_it_is_displayed(convert):
    assert read(convert(r"$\mathop{\rm argmin}\limits_x f$")).munder.get_text() == "argminx"
    for tex in (r"\mathop{\mathbb{E}}_{x}", r"\mathop{\mathbb{E}}\limits_{x}"):
        assert read(convert(f"$${tex} f$$")).munder.get_text() == "𝔼x"
    assert read(convert(r"$\mathop{\mathbb{E}}_{x} f$")).msub.get_text() == "𝔼x", "in a line beside it"


PLACES = {
    "table": "| a | b |\n|---|---|\n| c | $|w|$ |",
    "table, several": "| a | b |\n|---|---|\n| $p(|w| \\mid x)$ | $|w|$ |",
    "list": "- a\n- $|w|$",
    "list, displayed": "1. a\n\n    $$\n    |w|\n    $$",
    "list, directly below": "- a\n  $$\n  |w|\n  $$\n- b",
    "quotation": "> a\n> $$\n> |\n> w|\n> $$\n> b",
    "admonition": "!!! note\n    a\n    $$\n    |w|\n    $$\n    b",
    "its title": '!!! note "Of $|w|$"\n\n    a',
    "details": "??? note\n    $$|w|$$",
    "tab": '=== "A"\n\n    a\n    $$|w|$$',
    "footnote": "a[^1]\n\n[^1]: It is $|w|$.",
    "heading": "## Of $|w|$",
    "term": "a\n:   is $|w|$",
    "HTML that is read": "<div markdown>\n\nis $|w|$\n\n</div>",
    "emphasis": "*is $|w|$*",
    "spaces": "is $ |w| $ or",
    "a space": "is $|w| $ or",
    "round": r"is \(|w|\) or",
    "round, across lines": "is \\(|\nw|\\) or",
    "square": r"is \[ |w| \] or",
    "round, twice": r"is \\(|w|\\) or",
    "square, twice": r"is \\[|w|\\] or",
    "square, on its own": "\\[\n|w|\n\\]",
    "in a line": "is $$|w|$$ or",
    "directly under text": "is\n$$\n|w|\n$$\nor",
    "bare": "is\n\n\\begin{align*}\n|w|\n\\end{align*}",
    "bare, directly under text": "is\n\\begin{align*}\n|w|\n\\end{align*}\nor",
    "across lines": "is $|\nw|$ or",
    "after money": "it costs $5 to $6, is $|w|$",
    "before money": "is $|w|$, for $5 or \\$6",
    "a list of signs": "is $\\sin, \\ldots $ and $|w|$",
    "between digits": "is 3$|w|\\times$3",
    "after code": "`$x` is $|w|$",
    "as on GitHub": "is $`|w|`$ or",
    "fenced": "```math\n|w|\n```",
    "fenced, in a list": "1. is\n\n    ```math\n    |w|\n    ```\n\n2. or",
    "fenced, in a quotation": "> is\n> ```math\n> |w|\n> ```\n> or",
    "fenced, in an admonition": "!!! note\n    ~~~ math\n    |w|\n    ~~~\n    or",
}


@pytest.mark.parametrize("place", PLACES)
def test_formulas_are_set_wherever_they_stand(convert, place):
    page = read(convert(PLACES[place]))
    found = [math.get_text() for math in page.select("math")]
    assert found[-1].rstrip("×") == "|w|", page
    displayed = re.search(r"\$\$|\\\[|align|[`~]{3}", PLACES[place])
    assert (page.select("math")[-1].get("display") == "block") == bool(displayed)
    assert not page.select("p div, h2 div"), "a box in a paragraph is not valid HTML"
    for element in page.select("math, code"):
        element.decompose()
    left = page.get_text()
    assert "$5" in left if "money" in place else not re.search(r"[$|\\]", left)


def test_what_stands_around_a_displayed_formula_stays(convert):
    page = read(convert("One\n$$a$$\ntwo `$b$` $$c$$ three.\n\n- four $$d$$ five"))
    assert [p.get_text() for p in page.select("p")] == ["One", "two $b$", "three."]
    assert [box.get_text() for box in page.select("div.math")] == ["a", "c", "d"]
    assert " ".join(page.li.get_text().split()) == "four d five"


@pytest.mark.parametrize(
    "code",
    [
        "`$x$`",
        "`` `$x$ ``",
        "````markdown\n```math\n$x$\n```\n````",
        "a\n\n    ```math\n    y\n    ```",
        "```python\nf = '$x$'\n$$\ny\n$$\n```",
        "- a\n\n    ~~~\n    $x$ and\n    $$\n    y\n    $$\n    ~~~",
        "text\n\n    $x$ &amp; <b>\n    $$\n      y\n    $$\n    \\begin{align}\n    z\n    \\end{align}",
        "!!! note\n\n        $x$\n        $$\n        y\n        $$",
        "<pre>$x$ and $$y$$</pre>",
    ],
)
def test_code_stays_as_it_is(convert, code):
    page = convert(code)
    assert "<math" not in page
    dollars = "".join(re.findall(r"\$+|[xyz]\b", code))
    assert "".join(re.findall(r"\$+|[xyz]\b", read(page).get_text())) == dollars
    assert not MARK.search(page)
    indents = [len(line) - len(line.lstrip()) for line in read(page).get_text().split("\n") if "y" in line]
    assert indents in ([], [0], [2])


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 to $6.",
        "From $5 up to $6, as \\$1.",
        "Between $1,000 and $2,000 a month, or $3.50.",
        "5 $ bill, 6 $ more",
        "3$, 4$ and 5$",
        "US$ and A$",
        "a dollar \\$x\\$",
        "A bracket \\[sic\\].",
        "[address](https://example.org/$a$b)",
    ],
)
def test_money_and_addresses_are_no_formulas(convert, text):
    assert "<math" not in convert(text)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("right $x$\n\nbetween $x and $y.", 3, "'$x and $' may be a formula or money"),
        ("costs $5 in cash or (4$).", 1, "may be a formula or money"),
        ("$$\nx\n$$\n\nand\n\n$$\na\n\nb\n$$", 7, "a second $$ is missing in its paragraph"),
        ("$$x$$\n\n\\begin{align}\na\n\nb\n\\end{align}", 3, "has no \\end{align} in its paragraph"),
        ("a\n\n$$ $$", 3, "the formula is empty"),
        ("a\n\n```math\n```", 3, "the formula is empty"),
        ("a\n\n```math\nx\n\nb", 3, "```math has no end"),
        ("a\n\n> ```math\n> x\n> \\foo\n> ```", 5, 'Unknown command "\\foo"'),
        ("$$\na\n\\foo\n$$", 3, 'Unknown command "\\foo"; define it before, with \\newcommand'),
        ("> $$\n> a\n> \\foo\n> $$", 3, 'Unknown command "\\foo"'),
        ("$\\frac{a}$\n\n$\\frac{a}$", 1, "formula '\\\\frac{a}'"),
        (
            "$\\frac12$\n\n![is $\\frac12$](a.png)",
            3,
            "a formula with <mfrac> cannot be read aloud: say it in",
        ),
        ('a\n\n![is](a.png "$\\hat y$")', 3, "a formula with <mover> cannot be read aloud"),
        ("a\n\n$50%$", 3, "a percent sign is \\%"),
        ("a\n\n$\\text{if $x}$", 3, "in \\text{if $x} has no partner"),
        ("a\n\n$\\newcommand{E}{x}$", 3, "\\newcommand defines a command, not 'E'"),
        ("a\n\n$\\newcommand{\\E}[a]{x}$", 3, "takes a number of arguments in brackets, not [a]"),
        ("a\n\n$\\newcommand{\\E}{#1}$", 3, "\\E is defined with 0 arguments, but uses #1"),
        ("a\n\n$\\newcommand{\\E}{x$", 3, "the { after \\newcommand{\\E} is not closed"),
        ("$\\newcommand{\\E}{\\E\\E}$\n\n$\\E$", 3, "\\E stands for itself"),
        ("$\\E$\n\n$\\newcommand{\\E}{x}$", 1, "define it before"),
        ("a\n\n$$\nx\n\\begin{tabular}{c} a \\end{tabular}\n$$", 5, "a table is Markdown"),
        ("a\n\nis \\textbf{b} so", 3, "'\\\\textbf{b}' is not understood: LaTeX is for formulas"),
        ("a\n\n\\begin{theorem}\nb\n\\end{theorem}", 3, "'\\\\begin{theorem}' is not understood"),
        ("a\n\n\\eqref{eq:a}", 3, "\\eqref{eq:a}: no equation of this page has this label; there are none"),
        ("$$\\begin{align} a \\label{eq:b} \\end{align}$$\n\n\\ref{eq:c}", 3, "did you mean 'eq:b'?"),
        ("$$a \\label{a}$$\n\nBy \\eqref{a}", 3, "\\eqref{a}: its formula has no number"),
        (
            "$$\n\\begin{align}a \\label{b}\\end{align}\n$$\n\n\\begin{align}\nd \\label{b}\n\\end{align}",
            6,
            "\\label{b} is there twice on this page",
        ),
    ],
)
def test_what_is_no_formula_is_named_with_its_line(convert, text, line, said):
    with pytest.raises(UserError) as caught:
        convert(text)
    assert f"chapter.md:{line}: " in str(caught.value)
    assert said in str(caught.value)


def numbers(page):
    return [cell.get_text() for cell in page.select(".equation-number")]


def test_equations_count_through_the_page_and_references_find_them(convert):
    page = read(
        convert(
            "By \\eqref{eq:c}, $\\eqref{eq:a}$ and (\\ref{d}), $x \\overset{\\text{\\eqref{d}}}{=} y$.\n\n"
            "$$\n\\begin{equation} a = b \\label{eq:a} \\end{equation}\n$$\n\n"
            "\\begin{align}\nc &= d \\label{eq:c} \\\\\ne &= f \\nonumber \\\\\ng &= h \\tag{A} "
            "\\label{d} \\\\\ni &= j \\\\\n\\end{align}\n\n$$ k \\tag{$\\ast$} $$\n\n"
            "\\begin{align*} l &= m \\end{align*}\n\n    \\begin{equation} code \\end{equation}\n\n"
            "\\begin{gather} n \\\\ o \\end{gather}\n\n"
            "\\begin{subequations} \\begin{align} p \\\\ q \\end{align} \\end{subequations}\n\n"
            "\\begin{equation} \\begin{split} r \\\\ s \\end{split} \\end{equation}"
        )
    )
    assert numbers(page) == ["(1)", "(2)", "(A)", "(3)", "(∗)", "(4)", "(5)", "(6a)", "(6b)", "(7)"]
    assert page.p.get_text() == "By (2), (1) and (A), x=(A)y."
    for link in page.select("a.equation-link"):
        assert page.find(id=link["href"][1:]).get_text() == f"({link.get_text().strip('()')})"
    assert len(page.select("a.equation-link")) == 4


def test_each_page_counts_anew(tmp_path):
    md = markdown.Markdown(extensions=["dlfigs.markdown"])
    for _ in range(2):
        page = read(md.reset().convert("\\begin{equation} a \\label{b} \\end{equation}\n\n\\eqref{b}"))
        assert numbers(page) == ["(1)"]


def test_macros_hold_from_where_they_are_to_the_end_of_the_page(convert):
    page = convert(
        "$$\n\\newcommand{\\E}[2][x]{\\mathbb{E}_{#1}[#2]}\n\\DeclareMathOperator*{\\most}{most}\n$$\n\n"
        "$\\def\\pair#1#2{(#1, #2)}$\n\n$\\E{y}$ $\\E[z]{w}$ $\\pair{a}{b}$ $\\most_x$ $\\R$"
        "\n\n$\\renewcommand{\\R}{r}$ $\\R$ $\\let\\old\\hat$ "
        "$\\renewcommand{\\hat}[1]{\\old{#1} \\old{b}}$ $\\hat a$",
        macros={"R": "\\mathbb{R}"},
    )
    assert [m.get_text() for m in read(page).select("math")] == [
        "𝔼x[y]", "𝔼z[w]", "(a,b)", "mostx", "ℝ", "r", "aˆbˆ",
    ]  # fmt: skip
    assert not [span for span in read(page).select(".math") if not span.get_text()], "no empty formulas"
    with pytest.raises(UserError, match=r'chapter.md:1: .*Unknown command "\\E"'):
        convert("$\\E{x}$")


def test_descriptions_have_simple_formulas_as_characters(convert):
    text = "![The angle $\\theta_i$ in $\\R^2$, $\\|v\\| < 1$](a.png 'of $x$')"
    image = read(convert(text, macros={"R": "\\mathbb{R}"})).img
    assert image["alt"] == "The angle θ_i in ℝ^2, ‖v‖<1"
    assert image["title"] == "of x"


def test_words_between_rows_are_a_line_of_their_own(convert):
    page = read(convert("\\begin{align} a &= b \\\\ \\intertext{and, by $x$,} c &= d \\end{align}"))
    assert numbers(page) == ["(1)", "(2)"]
    assert page.select_one("div.math + div.intertext + div.math")
    assert page.select_one(".intertext").get_text() == "and, by x,"


@pytest.mark.parametrize("tex", [r"\boxed{x}", r"\cancel{x}", r"\bcancel{x}", r"\xcancel{x}", r"\phase{x}"])
def test_what_browsers_do_not_know_is_drawn_by_styles(tex):
    made = mathml.convert(tex, display=True)
    assert "menclose" not in made
    assert re.search(r'<mrow style="(border|background|padding)[^"]+">.*x.*</mrow>', made)


def test_a_rule_below_the_last_row_is_no_row():
    made = mathml.convert(r"\begin{array}{|c|} \hline a \\ \hline b \\ \hline \end{array}", display=True)
    assert made.count("<mtr>") == 2
    assert "border-bottom: 0.05em solid" in re.search("<mtable[^>]*>", made)[0]


@pytest.mark.parametrize(
    ("tex", "style"),
    [
        (r"\overline{\overline{x} y}", "border-top"),
        (r"\underline{x}", "border-bottom"),
        (r"\overbracket{x}^n", "background"),
        (r"\underbracket{x}_n", "background"),
    ],
)
def test_lines_over_and_under_are_as_long_as_what_they_stand_at(tex, style):
    made = mathml.convert(tex, display=True)
    assert made.count(f'<mrow style="{style}') == tex.count("overline") + ("overline" not in tex)
    assert not re.search("[\u0332⎴⎵]", made)
    ET.fromstring(made)


def test_the_font_draws_long_arrows_wide_accents_and_accents_in_their_place():
    """As browsers want it; the font's own tables leave arrows short and accents beside their letters."""
    face = TTFont(io.BytesIO(mathfont.font("→~ˇ\u20d7x\u0338")))
    names, variants = face.getBestCmap(), face["MATH"].table.MathVariants
    found = dict(zip(variants.HorizGlyphCoverage.glyphs, variants.HorizGlyphConstruction, strict=True))
    overlap = variants.MinConnectorOverlap
    parts = found[names[ord("→")]].GlyphAssembly.PartRecords
    for before, after in itertools.pairwise(parts):
        assert min(before.EndConnectorLength, after.StartConnectorLength) >= overlap
    for sign in "~ˇ":
        assert len(found[names[ord(sign)]].MathGlyphVariantRecord) > 3
    accent = names[0x20D7]
    assert face["glyf"][accent].xMin == 0
    assert face["hmtx"][accent][0] == face["glyf"][accent].xMax
    assert face["glyf"][names[0x338]].xMin < 0, "strokes stay on their letter"


@needs_browser
def test_chromium_draws_what_mathml_says(tmp_path, convert):
    """Boxes, rules and arrows have their size, and a number is seen on a narrow page."""
    formulas = [r"\xrightarrow{\text{a long label}}", r"\boxed{x}", r"\cancel{x}", r"\overline{xyz}"]
    formulas += [r"\begin{bmatrix} 1 \\ 2 \\ \end{bmatrix}", r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}"]
    formulas += [rf"x = {'y + ' * 40} z \tag{{1}}"]
    html = "".join(convert(f"$$\n{tex}\n$$") for tex in formulas)
    (tmp_path / "math.woff2").write_bytes(mathfont.font(mathfont.characters(html)))
    face = (
        "@font-face {font-family: M; src: url(math.woff2)} math {font-family: M} .math {overflow-x: auto}"
    )
    (tmp_path / "page.html").write_text(f"<meta charset=utf-8><style>{face}</style>{html}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": 360, "height": 600})
        tab.goto(f"file://{tmp_path}/page.html")
        tab.evaluate("document.fonts.load('16px M', '→')")
        arrow, box, stroke, line, one, other, long = tab.evaluate(
            """[...document.querySelectorAll('.math')].map(box => {
              const kinds = 'munderover > mo, mover > mo, mrow[style], mrow > mo, .equation-number'
              const part = box.querySelector(kinds)
              const {width, height, right} = part.getBoundingClientRect(), style = getComputedStyle(part)
              const text = box.querySelector('mtext')?.getBoundingClientRect().width
              return {width, height, right, text, border: style.borderTopWidth, back: style.backgroundImage}
            })"""
        )
        drawn = np.asarray(Image.open(io.BytesIO(tab.locator(".math").first.screenshot())).convert("L"))
        browser.close()
    assert (drawn < 128).sum(axis=1).max() > arrow["text"], "no row is as long as a long arrow"
    assert box["border"] != "0px"
    assert "gradient" in stroke["back"]
    assert line["border"] != "0px"
    assert one["height"] == other["height"] > 30
    assert 300 < long["right"] <= 360


def test_marks_give_back_what_they_stand_for():
    finder = Finder()
    text = "a $x$ b\n\n$$\ny\n$$ `$z$`"
    assert finder.restore(finder.mark(text)) == text
    assert len(finder.found) == 2
