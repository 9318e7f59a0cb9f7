"""Finished pages show nothing as it was written: planted faults of each kind are found, no more."""

import shutil

import pytest
from conftest import mkdocs

from dlfigs.site import unread

PLANTED = {
    "formula": ("<p>The rate $\\sigma_w^2$ is</p>", "$\\sigma_w^2$"),
    "formula, spaced": ("<p>The risk $ R(f) = 1 $ is</p>", "$ R(f) = 1 $"),
    "formula, a letter": ("<p>Let $x$ be</p>", "$x$"),
    "formula, emphasized": ("<p>Let $x<em>i + y</em>i = 2$ be</p>", "$xi + yi = 2$"),
    "formula, displayed": ("<p>is $$ y</p>", "$$ y"),
    "formula, escaped": ("<p>if $a &lt; b_1$ is</p>", "$a < b_1$"),
    "command": ("<p>of \\mathbb{E} here</p>", "\\mathbb{E}"),
    "environment": ("<div>\\begin{align} a \\end{align}</div>", "\\begin{align}"),
    "round brackets": ("<p>is \\(x\\) here</p>", "\\("),
    "reference": ("<li>by \\eqref{eq:a}</li>", "\\eqref{eq:a}"),
    "number": ("<p>of {{ he.rate }} here</p>", "{{ he.rate }}"),
    "half a number": ("<td>he.rate }}</td>", "}}"),
    "citation": ("<p>says [@he2015, p. 3] so</p>", "[@he2015, p. 3]"),
    "citation, suppressed": ("<p>He [-@he2015]</p>", "[-@he2015]"),
    "citation, with a prefix": ("<p>[see @Popel-Bojar, p. 3]</p>", "[see @Popel-Bojar, p. 3]"),
    "citation in a sentence": ("<p>As @loshchilov2017sgdr says</p>", "@loshchilov2017sgdr"),
    "citation that is known": ("<p>As @kingma says</p>", "@kingma"),
    "figure": ("<p>![](swish)</p>", "![](swish)"),
    "figure in HTML": ('<p><img alt="x" src="swish"></p>', "swish"),
    "alt text": ('<p><img alt="The $\\sigma$ of it" src="a.png"></p>', "$\\sigma$"),
    "title": ('<a title="of {{ x.y }}" href="/">a</a>', "{{ x.y }}"),
    "description": ('<meta name="description" content="of $\\chi$">', "$\\chi$"),
    "description of a drawing": ("<svg><desc>of $\\chi_1$</desc><path/></svg>", "$\\chi_1$"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_faults_are_found(kind):
    html, text = PLANTED[kind]
    found = unread.in_page(f"<html><body>{html}</body></html>", "a/", keys={"kingma", "he2015"})
    assert text in [finding.text for finding in found], found
    assert len(found) <= 2


RIGHT = [
    "<p><code>$x$ {{ a.b }} @he2015 ![](swish)</code></p>",
    "<pre><span>@he2015</span>\n$PATH \\alpha {{</pre>",
    "<script>var a = '{{ x }}', b = '$x$'</script><style>a { b: url(\\foo) }</style>",
    "<!-- {{ x }} $x$ -->",
    "<p>It costs $5 to $6, or US$ 5 and A$ 6, 3$ and 4$.</p>",
    "<p>Set $HOME and $PATH_TO, or $A and $B.</p>",
    "<p>Write to me@he2015.org or to kingma@example.org.</p>",
    '<p>By <a href="https://example.org/@he2015">@he2015</a> and <a href="#">@kingma</a></p>',
    "<p>Packages @types/node, @user, and 5 @ 3 dollars.</p>",
    "<p>In C:\\Users\\name, on \\\\server\\share, a\\b and \\n.</p>",
    '<p><img src="a.png" alt="A line"><img src="../b/c.svg" alt=""></p>',
    '<p>[link] (text) [@ home], f[x], {x}, { {x} }</p><a href="x?a={{b}}">a</a>',
    "<math><mi>x</mi><mo>\\</mo><annotation>$x$</annotation></math>",
    "<svg><style>.a{{b}}</style><text>$5</text><title>A line</title></svg>",
]


@pytest.mark.parametrize("html", RIGHT)
def test_nothing_else_is(html):
    assert unread.in_page(f"<html><body>{html}</body></html>", "a/", keys={"kingma"}) == []


def test_a_site_is_checked_with_files_and_lines(tmp_path):
    site, docs = tmp_path / "site", tmp_path / "docs"
    for name, text in (
        ("index", "fine"),
        ("week/loss/index", "Let $x_1$ be <img src='../no.png'> <img src='a.png'>"),
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / f"{name}.html").write_text(f"<p>{text}</p>")
    (site / "week/loss/a.png").touch()
    (docs / "week").mkdir(parents=True)
    (docs / "week/loss.md").write_text("# Loss\n\n<p>Let $x_1$ be\n<img src='../no.png'></p>\n")
    found = [(finding.page, finding.text, finding.place) for finding in unread.in_site(site, docs)]
    page = "week/loss/index.html"
    assert found == [
        (page, "$x_1$", f"{docs / 'week/loss.md'}:3"),
        (page, "../no.png", f"{docs / 'week/loss.md'}:4"),
    ]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.md", "write it as Markdown"),
        ("a.ipynb", "notebooks' texts are not read"),
        ("a.py", "titles, descriptions and HTML are not read"),
        (".pyenv/a.md", "write it as Markdown"),
    ],
)
def test_what_to_do_is_said_by_the_kind_of_file(tmp_path, name, advice):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("Let $x_1$ be")
    (finding,) = unread.in_page("<p>Let $x_1$ be</p>", "a/index.html", tmp_path / name)
    assert str(finding).startswith(f"{tmp_path / name}:1: the page a/index.html shows '$x_1$'")
    assert advice in str(finding).partition("was not read;")[2]


def test_a_strict_build_ends_and_names_what_slipped_through(made, tmp_path):
    course = shutil.copytree(made, tmp_path / "course")
    page = course / "docs/index.md"
    page.write_text(page.read_text() + "\nThe matrix \\mathbf is\n\n<p><img src='line' alt='A line'></p>\n")
    line = page.read_text().count("\n") - 2
    result = mkdocs(course)
    assert result.returncode != 0
    assert f"docs/index.md:{line}: the page index.html shows '\\\\mathbf', a formula" in result.stderr
    assert f"docs/index.md:{line + 2}: the page index.html shows 'line', an image" in result.stderr
