"""Pages as Markdown, llms.txt and claims.json: read by other readers of Markdown and JSON than ours."""

import functools
import itertools
import json
import re
import shutil
from collections import Counter
from urllib.parse import unquote, urldefrag

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT, mkdocs, write_recipe
from markdown_it import MarkdownIt
from playwright.sync_api import expect
from reader import context_of, needs_browser, tab_of

from dlfigs.recipe.figure import PLACEHOLDER
from dlfigs.site.copies import blocks, elements, index, named
from dlfigs.site.copies.copying import Copies, file_of

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
BASE = yaml.safe_load(re.search(r"^site_url: .*$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)[0])[
    "site_url"
]
FORMULA = re.compile(r"^( *(?:> )*)\$\$\n.*?\n\1\$\$$|\$[^$\n]+\$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^( *(?:> )*)(```+).*?^\1\2|(`+)[^`\n].*?\3", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def copies(site):
    """The copies of the course's own site, by their names."""
    return {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.md")
    }


def tokens(text):
    """All tokens of a text, those in lines too."""
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def headings(text):
    """Level and words of all headings, as a reader of Markdown has them."""
    read = READER.parse(text)
    for token, inline in itertools.pairwise(read):
        if token.type == "heading_open":
            words = "".join(t.content for t in inline.children if t.type in ("text", "code_inline"))
            yield token.tag, " ".join(words.split())


def written(html, lead=lambda link: link):
    return blocks.markdown(elements.parse(html), lead, lambda slug: (f"{slug}.png", f"{slug}.md")).strip()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a <em>b</em> and<strong> c </strong>d</p>", "a *b* and **c** d"),
        ("<p>2 * 3 _x_ snake_case $5 &lt;b&gt; &amp;lt;</p>", r"2 \* 3 \_x\_ snake_case \$5 \<b> \&lt;"),
        ("<p># no</p><p>1. no</p><p>- no</p><h2>1. yes</h2>", "\\# no\n\n1\\. no\n\n\\- no\n\n## 1. yes"),
        ("<p>x<code>a`b</code><del>y</del><br>z</p>", "x`` a`b ``~~y~~\\\nz"),
        (
            '<p>So <span data-tex="a|b">(<math><mi>a</mi></math>),</span> <a href="#q">here</a>',
            "So ($a|b$), here",
        ),
        (
            '<div class="math" data-tex="x &lt; y"><math><mi>x</mi></math></div>',
            "$$\nx < y\n$$",
        ),
        (
            '<div class="admonition"><p class="admonition-title">Note</p><p>a</p><ul><li>b</li></ul></div>',
            "> **Note**\n>\n> a\n>\n> - b",
        ),
        ("<details><summary>Why?</summary><p>So.</p></details>", "> **Why?**\n>\n> So."),
        (
            '<div class="tabbed-set"><input type="radio"><div class="tabbed-labels"><label>A</label>'
            '<label>B</label></div><div class="tabbed-content"><div class="tabbed-block"><p>a</p></div>'
            '<div class="tabbed-block"><p>b</p></div></div></div>',
            "**A:**\n\na\n\n**B:**\n\nb",
        ),
        (
            "<table><thead><tr><th>a|b</th><th>c</th></tr></thead><tbody><tr><td><p>1</p><p>2</p></td></tr>"
            "</tbody></table>",
            "| a\\|b | c |\n| --- | --- |\n| 1 2 |  |",
        ),
        (
            '<table><tr><td><span data-tex="|x| \\|y\\|"><math></math></span></td></tr></table>',
            "| $\\vert x\\vert  \\Vert y\\Vert $ |\n| --- |",
        ),
        (
            '<div class="language-python highlight"><pre><span></span><code><span class="k">if</span> a:\n'
            "    ```b\n</code></pre></div>",
            "````python\nif a:\n    ```b\n````",
        ),
        (
            "<ol start=3><li><p>a</p><p>b</p></li><li>c<ul><li>d</li></ul></li></ol>",
            "3. a\n\n   b\n\n4. c\n   - d",
        ),
        (
            '<p>a<sup><a class="footnote-ref" href="#fn:1">1</a></sup></p><div class="footnote"><ol>'
            '<li id="fn:1"><p>Note.<a class="footnote-backref" href="#fnref:1">↩</a></p></li></ol></div>',
            "a[^1]\n\n[^1]: Note.",
        ),
        ("<dl><dt>a</dt><dd>b</dd><dd>c</dd></dl>", "- **a**: b: c"),
        (
            '<figure data-figure="swish"><div><svg><title>T</title><desc>A &amp; b</desc><g/></svg></div>'
            "<button>x</button><figcaption><strong>T.</strong> More.</figcaption></figure>",
            "![A & b](swish.png)\n\n**T.** More.\n\n[Figure `swish`: claims, data, recipe](swish.md)",
        ),
        ('<p><a href="https://e.org/a_(b)">x</a> <a href="https://e.org/">https://e.org/</a></p>',
         "[x](<https://e.org/a_(b)>) <https://e.org/>"),
        ('<p>a</p><div popover>b</div><form>c</form><p hidden>d</p><script>e</script>', "a"),
        ("<div><p>a<p>b</i></div>c", "a\n\nb\n\nc"),
    ],
)  # fmt: skip
def test_html_becomes_the_markdown_that_says_the_same(html, text):
    lead = {"#q": ""}
    assert written(html, lambda link: lead.get(link, link)) == text


def test_links_to_pages_lead_to_their_copies(tmp_path):
    made = Copies(tmp_path, ["swish"])
    made.note_pages({"": "", "a/": "", "a/b/": "", "c.html": "", "figures/swish/": ""}, {})

    def lead(link):
        return made._lead(link, "a/")

    assert lead("b/#x") == "b/index.html.md#x"
    assert lead("../") == lead("..") == "../index.html.md"
    assert lead("./#x") == "index.html.md#x"
    assert lead("../c.html") == "../c.html.md"
    assert lead("../figures/swish/") == "../figures/swish/index.html.md"
    assert lead("#x") == ""
    for link in ("../c.png", "https://e.org/", "mailto:a@b.c", "nowhere/"):
        assert lead(link) == link


def test_readers_get_neither_numbers_names_nor_tex():
    html = (
        '<p>a <data class="named-number" value="f.x">0.5</data> <span data-tex="x">m</span></p>'
        '<data class="named-number" hidden="" value="f.y">1</data>'
    )
    assert named.without(html) == "<p>a 0.5 <span>m</span></p>"
    assert named.of(elements.parse(html)) == [("f.x", "0.5"), ("f.y", "1")]


def test_every_page_has_a_copy_that_its_head_names_and_nothing_is_left_of_html(site, copies):
    pages = {path.relative_to(site).as_posix() for path in site.rglob("index.html")}
    assert {f"{page}.md" for page in pages} == copies.keys()
    for name, text in copies.items():
        html = (site / name.removesuffix(".md")).read_text(encoding="utf-8")
        assert '<link rel="alternate markdown" type="text/markdown" href="index.html.md">' in html, name
        assert "named-number" not in html, name
        assert "data-tex" not in html, name
        words = [token.content for token in tokens(text) if token.type == "text"]
        words = [word for word in words if re.search(r"\{\{ *\w+[.\w]* *[:}]|\{ *[.#]\w", word)]
        assert not words, f"{name}: {words}"
        left = [t.content for t in tokens(FORMULA.sub("", text)) if t.type in ("html_inline", "html_block")]
        assert not left, f"{name}: {left}"


def test_copies_have_the_headings_formulas_figures_and_code_of_their_pages(site, copies):
    for name, text in copies.items():
        page = BeautifulSoup((site / name.removesuffix(".md")).read_text(encoding="utf-8"), "html.parser")
        article = page.article
        for unseen in article.select(".headerlink, [popover], button, .crumbs"):
            unseen.decompose()
        plain = [
            (h.name, " ".join(h.get_text().split()))
            for h in article.select("h1, h2, h3, h4, h5, h6")
            if not h.find("math")
        ]
        missing = Counter(plain) - Counter(headings(text))
        assert not missing, f"{name}: {missing}"
        shown = [pre.get_text().strip("\n") for pre in article.select(".highlight pre")]
        fenced = [t.content.strip("\n") for t in tokens(text) if t.type == "fence"]
        assert [code for code in shown if code not in fenced] == [], name
        for figure in article.select("figure[data-figure]"):
            alt = " ".join(figure.find("desc").get_text().split())
            alts = [t.content for t in tokens(text) if t.type == "image"]
            assert alt in [" ".join(READER.renderInline(a).split()) or a for a in alts] or alt in alts, name
        maths = len(article.select("span.math > math"))
        inline = len(re.findall(r"(?<![\\$])\$[^$\n]+\$", CODE.sub("", text)))
        assert inline == maths, f"{name}: {inline} of {maths} formulas"


def test_each_number_of_a_chapter_is_named_with_its_claim(copies, figures):
    claims = {f"{slug}.{c.id}": c for slug, built in figures.items() for c in built.info.claims}
    seen = 0
    for path in sorted((ROOT / "docs").glob("*.md")):
        name = file_of("" if path.stem == "index" else f"{path.stem}/")
        text = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        numbers = {m["name"] for m in PLACEHOLDER.finditer(CODE.sub("", FORMULA.sub("", text)))}
        lines = {
            found[2]: found[0]
            for found in re.finditer(r"^- (.+?) — `([\w.]+)` — (.+)$", copies[name], re.MULTILINE)
        }
        for number in (number for number in numbers if "." in number):
            assert number in lines, f"{path.name}: {number}"
            if number in claims:
                assert lines[number].endswith(": holds"), number
                assert claims[number].text in lines[number]
                seen += 1
    assert seen > 300


def test_a_value_is_named_as_it_stands_in_the_sentence(copies):
    text = copies["dying_relu/index.html.md"]
    found = re.search(r"^- (\S+)\s% — `born_dead.width_4` — ", text, re.MULTILINE)
    assert re.search(rf"width 4 kills {found[1]}\s% of the nets", text)


def test_links_of_copies_lead_to_files_and_their_places(site, copies):
    ids = {}
    for name, text in copies.items():
        for token in tokens(FORMULA.sub("", text)):
            link = token.attrGet("href") or token.attrGet("src")
            if not link or re.match(r"[a-z]+:", link):
                continue
            address, place = urldefrag(link)
            target = ((site / name).parent / unquote(address)).resolve()
            assert target.is_file(), f"{name}: {link}"
            if place:
                page = target.with_suffix("") if target.suffix == ".md" else target
                if page not in ids:
                    ids[page] = set(re.findall(r'\sid="?([^"\s>]+)', page.read_text(encoding="utf-8")))
                assert unquote(place) in ids[page], f"{name}: {link}"


def test_llms_txt_lists_all_copies_once_by_its_convention(site, copies):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    read = READER.parse(text)
    assert [t.type for t in read[:1]] == ["heading_open"]
    assert text.count("\n# ") == 0
    assert read[3].type == "blockquote_open"
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    parts = [next(iter(e)) for e in config["nav"] if isinstance(next(iter(e.values())), list)]
    assert sections == ["Pages", *parts, "Optional"]
    listed = re.findall(r"^- \[.+?\]\((\S+?)\)", text, re.MULTILINE)
    assert Counter(listed) == Counter(f"{BASE}{name}" for name in copies)
    optional = text.partition("## Optional")[2]
    assert all("/figures/" in line for line in optional.strip().splitlines())


def test_claims_json_is_what_the_figures_claim(site, figures):
    said = json.loads((site / "claims.json").read_text(encoding="utf-8"))
    assert said["schema"] == index.SCHEMA
    found = {claim["id"]: claim for claim in said["claims"]}
    assert len(found) == len(said["claims"])
    expected = {f"{slug}.{c.id}": (b.info, c) for slug, b in figures.items() for c in b.info.claims}
    assert found.keys() == expected.keys()
    for name, (info, claim) in expected.items():
        one = found[name]
        parts = ("text", "measured", "standard_error", "expected", "low", "high", "holds", "requirement")
        assert [one[part] for part in parts] == [getattr(claim, part) for part in parts]
        assert one["settings"] == json.loads(json.dumps(dict(info.parameters)))
        assert one["page"] == f"{BASE}figures/{name.partition('.')[0]}/"
    chapters = [c["page"] for c in found["born_dead.width_4"]["chapters"]]
    assert f"{BASE}dying_relu/" in chapters

    @functools.cache
    def text_of(page):
        html = (site / page.removeprefix(BASE) / "index.html").read_text(encoding="utf-8")
        return BeautifulSoup(html, "html.parser").get_text()

    for claim in said["claims"]:
        for chapter in claim["chapters"]:
            assert all(shown in text_of(chapter["page"]) for shown in chapter["shown"]), claim["id"]
    verdicts = {verdict["id"]: verdict for verdict in said["verdicts"]}
    names = {
        f"{slug}.{found['verdict']}"
        for slug, built in figures.items()
        for setting in built.info.varied
        for found in setting["verdicts"]
    }
    assert verdicts.keys() == names
    assert {at["word"] for v in said["verdicts"] for at in v["at"]} <= {
        "better",
        "worse",
        "equal",
        "undecided",
    }


def test_the_reference_page_names_each_field_of_claims_json(site):
    said = json.loads((site / "claims.json").read_text(encoding="utf-8"))
    text = (ROOT / "docs/reference.md").read_text(encoding="utf-8").partition("{ #machines }")[2]
    text = text.partition("\n## ")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert told == {*said, *said["claims"][0], *said["verdicts"][0]}
    assert f"`{index.SCHEMA}`" in text


@pytest.fixture
def course(made, tmp_path):
    """A course of somebody else's."""
    return shutil.copytree(made, tmp_path / "course")


def build(course, plugin="{remember: true}"):
    config = course / "mkdocs.yml"
    config.write_text(re.sub(r"dlfigs(: \{.*?\})?,", f"dlfigs: {plugin},", config.read_text(), count=1))
    result = mkdocs(course)
    assert result.returncode == 0, result.stderr
    return course / "site"


def test_another_course_has_copies_and_pages_that_are_remembered_keep_theirs_right(course):
    site = build(course)
    text = (site / "index.html.md").read_text(encoding="utf-8")
    assert text.startswith("# Lines\n\n![A straight line that rises")
    assert "Its slope is 2.0.\n\nThat is $y'$.\n" in text
    assert "- 2.0 — `line.steep` — Slope of the line — measured 2, must be at least 0: holds" in text
    assert "[Figure `line`: claims, data, recipe](figures/line/index.html.md)" in text
    own = (site / "figures/line/index.html.md").read_text(encoding="utf-8")
    assert "```python\n" in own
    assert "`line.steep`" in own
    assert "(https://example.org/course/index.html.md)" in (site / "llms.txt").read_text(encoding="utf-8")
    names = ("index.html.md", "figures/line/index.html.md", "llms.txt", "claims.json")
    before = [(site / name).read_bytes() for name in names]
    assert [(build(course) / name).read_bytes() for name in names] == before
    write_recipe(course / "figures", low="1")
    assert "must be at least 1: holds" in (build(course) / "index.html.md").read_text(encoding="utf-8")


def test_a_course_without_copies_has_the_same_pages_without_what_leads_to_them(course):
    def plain(site):
        html = (site / "index.html").read_text(encoding="utf-8")
        html = re.sub(r'<link rel="alternate markdown" type="text/markdown"[^>]*>', "", html)
        return re.sub(r'\n<section class="cite-row"[^>]*><span class="copy-page">.*?</section>', "", html)

    with_copies = plain(build(course))
    site = build(course, "{copies: false}")
    assert not [*site.rglob("*.md"), *site.glob("*.json"), *site.glob("llms.txt")]
    assert "Markdown" not in (site / "index.html").read_text(encoding="utf-8")
    assert plain(site) == with_copies


def test_a_course_s_own_files_stay(course):
    (course / "docs/llms.txt").write_text("mine\n")
    assert (build(course) / "llms.txt").read_text() == "mine\n"


@needs_browser
def test_the_button_copies_the_page_and_without_scripts_there_is_the_link(browser, address, copies):
    rights = {"permissions": ["clipboard-read", "clipboard-write"]}
    context = context_of(browser, **rights)
    tab, wrong, _ = tab_of(context, address)
    tab.goto(f"{address}dropout/")
    button = tab.get_by_role("button", name="Copy page")
    button.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Copied")).to_be_visible()
    taken = tab.evaluate("navigator.clipboard.readText()")
    assert taken.replace("\r\n", "\n") == copies["dropout/index.html.md"]
    expect(tab.get_by_role("link", name="Page as Markdown")).to_have_attribute("href", "index.html.md")
    tab.emulate_media(media="print")
    expect(tab.locator(".copy-page")).to_be_hidden()
    assert wrong == []
    context.close()
    context = context_of(browser, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}dropout/")
    expect(tab.get_by_role("link", name="Page as Markdown")).to_be_visible()
    expect(tab.get_by_role("button", name="Copy page")).to_have_count(0)
    context.close()
