"""Slides of lectures: each part of a plan is on a slide, in all formats, and they can be read and shown."""

import hashlib
import io
import re
import shutil
import zipfile
from types import SimpleNamespace

import pptx
import pypdf
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, another_course, dlfigs, mkdocs
from playwright.sync_api import expect
from reader import needs_browser, served, settle
from test_browser import RULES, inaccessible, reader  # noqa: F401  a fixture

from dlfigs.site.slides import making, outlines, runs, showing

BASE = "https://deep-networks-measured.github.io/course/"
PLAN = ROOT / "docs/how_to_use.md"
LECTURE = r"""# Lines

## One { #one }

{{ slides }}

The aim: to see *lines* like $y^2$, at {{ line.steep:.1f }}. See [lines](index.md).

Take your time.

1. [A line & more](figures/line.md). *Ask:* how steep is $\frac{a}{1-b}$?
    *Show* its end, {{ line.steep:.1f }}.

!!! board "Its slope $\overline{x}$"

    It is $a_1^2$.

    $$
    \overline{y} = \frac{a}{\sqrt{x}}
    $$

    ---

    And so on.

For home: read [lines](index.md).

## Again { #again }

{{ slides }}

The aim: to see it again.

1. [The same](figures/line.md)

On the board: as in [one](#one).
"""


def plans():
    """Lectures of the course's plan, as their source has them: title, slugs, boards."""
    text = PLAN.read_text(encoding="utf-8")
    found = []
    for part in re.split(r"^#{3,4} ", text, flags=re.MULTILINE):
        if "{{ slides }}" in part:
            title = part.partition("\n")[0].partition(" {")[0]
            slugs = re.findall(r"^1\. \[.+?\]\(figures/(\w+)\.md\)", part, re.MULTILINE)
            found.append((title, slugs, len(re.findall(r'^\?\?\? board "', part, re.MULTILINE))))
    return found


def words(element):
    return " ".join(element.get_text().split())


def slides_of(page):
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select(".slides > section")


@pytest.fixture(scope="module")
def lectures(site):
    """The slides of the course, as HTML, in the order of their plan."""
    page = BeautifulSoup((site / "how_to_use/index.html").read_text(encoding="utf-8"), "html.parser")
    names = [place["data-lecture"] for place in page.select(".lecture-slides")]
    return {name: site / showing.address(name) for name in names}


def test_each_figure_of_each_of_the_nine_lectures_has_its_question_before_it(lectures):
    source = " ".join(PLAN.read_text(encoding="utf-8").replace("*", "").split())
    assert len(lectures) == len(plans()) == 9
    for path, (title, slugs, boards) in zip(lectures.values(), plans(), strict=True):
        first, *slides = slides_of(path)
        assert first.h1.get_text() == title
        assert first.select_one(".words").get_text().startswith("The aim: to ")
        kinds = [slide["class"][0] for slide in slides]
        assert kinds[: 2 * len(slugs)] == ["question", "figure"] * len(slugs)
        assert kinds[2 * len(slugs) :] == ["board"] * (boards or 2) + ["home"]
        for slug, asked, shown in zip(slugs, slides[::2], slides[1::2], strict=False):
            assert [image["src"] for image in shown.select("img")] == [
                f"../figures/{slug}.wide.{suffix}" for suffix in ("svg", "dark.svg")
            ]
            assert all(len(image["alt"]) >= 40 for image in shown.select("img"))
            question = words(asked.h2)
            assert f"Ask: {question[0].lower()}{question[1:]}" in source or f"Ask: {question}" in source
            assert shown.select_one(".notes strong").get_text() == "Show"
        assert all(board.select("div.math") for board in slides if "board" in board["class"])
        assert slides[-1].get_text().startswith("For homeExercise")


def test_slides_ask_for_nothing_that_the_site_does_not_have(site, lectures):
    for path in lectures.values():
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert not re.search(r"\{\{|data-tex|named-number", str(page))
        for element in page.select("[src], a[href], link[href]"):
            link = element.get("src") or element.get("href")
            if not link.startswith(("data:", "https:")):
                place = (path.parent / link.partition("#")[0]).resolve()
                assert place.exists(), link


def test_reveal_is_the_one_that_was_looked_at():
    listed = (showing.THEME / "reveal.sha256").read_text().split()
    for digest, name in zip(listed[::2], listed[1::2], strict=True):
        assert hashlib.sha256((showing.THEME / name).read_bytes()).hexdigest() == digest, name
    assert set(listed[1::2]) == {name for name in showing.SHARED if name.startswith("reveal")}


def test_other_pages_ask_for_nothing_of_slides(site):
    for path in site.rglob("index.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r'(?:src|rel="?stylesheet"? href)="?[^">]*assets/slides', html), path
        assert ('href="../assets/slides' in html) == (path.parent.name == "how_to_use"), path


def test_powerpoint_has_the_same_slides_with_pictures_formulas_and_notes(site, lectures):
    for path in lectures.values():
        made = pptx.Presentation(str(path.with_suffix(".pptx")))
        assert made.slide_width * 9 == pytest.approx(made.slide_height * 16, rel=1e-3)
        for html, slide in zip(slides_of(path), made.slides, strict=True):
            heading = html.select_one("h1, h2")
            if not heading.math:
                assert slide.shapes.title.text_frame.text == words(heading)
            kind, notes = (
                html["class"][0],
                slide.has_notes_slide and slide.notes_slide.notes_text_frame.text,
            )
            if kind == "figure":
                (picture,) = (shape for shape in slide.shapes if hasattr(shape, "image"))
                assert picture.image.size == (1920, 1080)
                assert picture._element.nvPicPr.cNvPr.get("descr") == html.img["alt"]
            if kind in ("question", "figure"):
                assert re.match(r"Ask: [A-Z].*\nShow .*\n[A-Z].{40}", notes)
            formulas = [shape for shape in slide.shapes if shape.name.startswith("Formula")]
            assert len(formulas) == len(html.select("div.math"))
            assert all(len(shape._element.nvSpPr.cNvPr.get("descr")) >= 3 for shape in formulas)
            for shape in slide.shapes:
                assert shape.left >= 0
                assert shape.left + shape.width <= made.slide_width
                assert shape.top + shape.height <= made.slide_height, (path.stem, heading, shape.name)


@pytest.fixture(scope="module")
def course(made, tmp_path_factory):
    """Another course with two lectures, built."""
    folder = tmp_path_factory.mktemp("lectures") / "course"
    another_course(made, folder, "lines.md", LECTURE, "admonition, attr_list")
    config = folder / "mkdocs.yml"
    config.write_text(config.read_text().replace("[dlfigs,", "[{dlfigs: {policy: true}},"))
    result = mkdocs(folder)
    assert result.returncode == 0, result.stderr
    return folder


def test_another_course_has_slides_and_a_second_build_the_same_bytes(course, tmp_path):
    shutil.rmtree(course / ".cache/dlfigs/slides")
    result = mkdocs(course, "--site-dir", str(tmp_path / "site"))
    assert result.returncode == 0, result.stderr
    first, second = (
        {path.name: path.read_bytes() for path in (folder / showing.FOLDER).iterdir()}
        for folder in (course / "site", tmp_path / "site")
    )
    assert first == second
    assert first.keys() == {
        *showing.SHARED, "one.html", "one.pptx", "again.html", "again.pptx"
    }  # fmt: skip
    page = BeautifulSoup((course / "site/lines/index.html").read_text(), "html.parser")
    assert [a["href"] for a in page.select("section.lecture-slides a")][:2] == [
        "../assets/slides/one.html", "../assets/slides/one.pptx"
    ]  # fmt: skip


def test_slides_that_are_there_are_not_made_again(course):
    (folder,) = (course / ".cache/dlfigs/slides").iterdir()
    (kept,) = folder.iterdir()
    before = (kept / "one.pptx").stat().st_mtime_ns
    assert mkdocs(course).returncode == 0
    assert [path.name for path in folder.iterdir()] == [kept.name]
    assert (kept / "one.pptx").stat().st_mtime_ns == before
    (kept / "one.pptx").write_bytes(b"damaged")
    assert mkdocs(course).returncode == 0
    assert zipfile.is_zipfile(course / "site" / showing.address("one", "pptx"))


def test_what_a_plan_says_is_on_its_slides(course):
    title, asked, shown, board, more, home = slides_of(course / "site" / showing.address("one"))
    assert title.select_one(".words").get_text() == "The aim: to see lines like y2, at 2.0. See lines."
    assert title.select_one(".words a")["href"] == "../../"
    assert title.select_one(".notes").get_text() == "Take your time."
    assert asked.h2.math
    assert asked.h2.get_text().startswith("How steep")
    assert shown.h2.get_text() == "A line & more"
    assert "Show its end, 2.0." in shown.select_one(".notes").get_text()
    assert "The slope is 2.0 over 5 points." in shown.select_one(".notes").get_text()
    assert board.select_one(".fragment math")
    assert more.get_text().endswith("And so on.")
    assert home.get_text() == "For homeRead lines."
    again = slides_of(course / "site" / showing.address("again"))
    assert [slide["class"][0] for slide in again] == ["title", "question", "figure", "board", "board"]
    assert again[2].h2.get_text() == "The same"
    assert again[1].get_text() == asked.get_text()


def test_powerpoint_says_in_its_notes_and_titles_what_letters_can(course):
    made = pptx.Presentation(str(course / "site" / showing.address("one", "pptx")))
    _, asked, shown, board, *_ = made.slides
    assert asked.shapes.title.text_frame.text == "How steep is a/(1−b)?"
    assert asked.notes_slide.notes_text_frame.text.splitlines()[:2] == [
        "Ask: How steep is a/(1−b)?", "Show its end, 2.0."
    ]  # fmt: skip
    assert shown.notes_slide.notes_text_frame.text.endswith("https://example.org/course/figures/line/")
    assert board.shapes.title.text_frame.text == "Its slope x\u0305"
    (formula,) = (shape for shape in board.shapes if shape.name.startswith("Formula"))
    assert formula._element.nvSpPr.cNvPr.get("descr") == "y\u0305 = a/√(x)"


def test_the_lecture_of_the_reference_has_slides_in_a_new_course(tmp_path):
    text = (ROOT / "docs/reference.md").read_text(encoding="utf-8").split("{ #slides }")[1]
    plan = re.search(r"```markdown\n(.*?)```", text, re.DOTALL)[1]
    assert dlfigs("new", "lectures", cwd=tmp_path).returncode == 0
    course = tmp_path / "lectures"
    (course / "docs/plan.md").write_text(f"# Plan\n\n{plan}")
    result = mkdocs(course)
    assert result.returncode == 0, result.stderr
    kinds = [slide["class"][0] for slide in slides_of(course / "site" / showing.address("means"))]
    assert kinds == ["title", "question", "figure", "board", "home"]
    made = pptx.Presentation(str(course / "site" / showing.address("means", "pptx")))
    assert [slide.shapes.title.text_frame.text for slide in made.slides] == [
        "Means of many numbers", "How much less does it vary?", "The mean of many numbers",
        "The variance of a mean", "For home",
    ]  # fmt: skip


def test_two_lectures_of_one_name_are_a_mistake(course, tmp_path):
    (course / "docs/more.md").write_text(LECTURE)
    try:
        result = mkdocs(course, "--site-dir", str(tmp_path))
    finally:
        (course / "docs/more.md").unlink()
    assert result.returncode
    assert "two lectures are named 'one'" in result.stderr


def test_a_course_can_do_without(course, tmp_path):
    config = course / "without.yml"
    config.write_text((course / "mkdocs.yml").read_text().replace("{policy: true}", "{slides: false}"))
    result = mkdocs(course, "--config-file", str(config), "--site-dir", str(tmp_path / "site"))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "site/lines/index.html").is_file()
    assert not (tmp_path / "site" / showing.FOLDER).exists()


def test_a_server_has_slides_when_all_of_their_figures_are_there(tmp_path):
    plan = '<section class="lecture-slides" data-lecture="one"></section><ol><li data-shows="line">'
    figure = SimpleNamespace(words="computing", name="", info=None, built=None)
    slides = making.Slides(tmp_path / "kept", {"line": figure})
    assert 'href="../assets/slides/one.html"' in slides.take(plan, "plan/")
    theme = {"language": "en"}
    config = SimpleNamespace(
        theme=theme,
        site_dir=str(tmp_path / "site"),
        site_name="C",
        site_url=None,
        site_description=None,
        copyright=None,
    )
    slides.write(config, lambda html, address: html)
    assert {path.name for path in (tmp_path / "site" / showing.FOLDER).iterdir()} == set(showing.SHARED)
    assert not (tmp_path / "kept").exists()


def mathml(tex):
    from dlfigs.markdown.mathml import convert

    return convert(tex, display=True)


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"x_1^2 = \frac{a+b}{c}", "x_1^2 = (a + b)/c"),
        (r"\hat{w} \le -\lambda", "w\u0302 ≤ −λ"),
        (r"\overline{x}\,\sqrt{2}", "x\u0305√(2)"),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "a = b; = c"),
        (r"y = 1, \qquad z < 2", "y = 1, z < 2"),
    ],
)
def test_a_formula_in_letters(tex, said):
    assert " ".join(runs.plain(mathml(tex)).split()) == said


def test_letters_of_a_formula_are_slanted_and_raised_as_they_are():
    found = {run.text.strip(): run for run in runs.of(f"<p>So <em>very</em> {mathml(r'x^2 + n_i')}</p>")}
    assert found["very"].italic
    assert found["x"].italic
    assert not found["2"].italic
    assert found["2"].raised > 0 > found["i"].raised


def test_a_formula_is_drawn_with_its_bars_and_frames():
    def area(tex):
        drawn = outlines.of(mathml(tex), 24)
        assert all(-1e-6 <= x <= drawn.width + 1e-6 and -1e-6 <= y <= drawn.height + 1e-6
                   for path in drawn.paths for _, points in path for x, y in points)  # fmt: skip
        return len(drawn.paths), drawn.height

    assert area("x") < area(r"\overline{x}")
    assert area("x")[0] + 1 == area(r"\overline{x}")[0]
    assert area("xy")[0] + 4 == area(r"\boxed{xy}")[0]
    assert area(r"\frac{x}{y}")[0] == area("xy")[0] + 1
    double = outlines.of(mathml("x + y"), 48)
    assert double.width == pytest.approx(2 * outlines.of(mathml("x + y"), 24).width, rel=0.02)


@needs_browser
def test_slides_are_printed_with_their_notes_and_linked_once(course):
    for _ in range(2):
        result = dlfigs("slides", "site", cwd=course)
        assert result.returncode == 0, result.stderr
    assert "7 pages in site/assets/slides/one.pdf" in result.stdout
    html = (course / "site/lines/index.html").read_text()
    assert html.count('href="../assets/slides/one.pdf"') == 1
    printed = pypdf.PdfReader(io.BytesIO((course / "site/assets/slides/one.pdf").read_bytes()))
    texts = [" ".join(page.extract_text().split()) for page in printed.pages]
    assert "How steep" in texts[1]
    assert "Show" not in texts[2]
    assert texts[-1].startswith("Notes 1. One Take your time. 3. A line & more Show its end, 2.0.")
    assert {tuple(map(float, page.mediabox[2:])) for page in printed.pages} == {(960, 540)}


@pytest.mark.parametrize("empty", [True, False])
def test_who_has_no_slides_is_told_how_to_make_some(made, tmp_path, empty):
    result = dlfigs("slides", str(tmp_path if empty else made / "site"))
    assert result.returncode == 2
    assert "write {{ slides }} below the heading of a lecture" in result.stderr


# All pictures of the slide that is shown
SEEN = "Promise.all([...document.images].filter(i => i.checkVisibility()).map(i => i.decode()))"


def overflowing(tab):
    """What does not fit on the slide that is shown."""
    return tab.evaluate("""() => {
      const slide = document.querySelector("section.present"), room = slide.getBoundingClientRect()
      return [...slide.querySelectorAll("h1, h2, p, img, math")].filter(part => part.checkVisibility())
        .map(part => [part.tagName, part.getBoundingClientRect()])
        .filter(([, box]) => box.bottom > room.bottom + 1 || box.right > room.right + 1)
        .map(([name]) => name)
    }""")


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_slides_are_shown_one_by_one_fit_and_are_accessible(lectures, reader, scheme):  # noqa: F811
    names = list(lectures)
    for name in names if scheme == "light" else names[3:4]:
        tab, wrong, _ = reader(showing.address(name), scheme=scheme)
        slides = tab.locator(".slides > section")
        expect(tab.locator("section.present h1")).to_be_visible()
        for number in range(slides.count()):
            tab.evaluate(f"location.hash = '#/{number}'")
            expect(slides.nth(number)).to_have_class(re.compile("present"))
            tab.evaluate("document.querySelectorAll('.fragment').forEach(f => f.classList.add('visible'))")
            tab.evaluate(SEEN)
            assert not overflowing(tab), f"{name}, slide {number + 1}"
            if name == names[3]:
                wrong += inaccessible(tab)
        assert not wrong, name


@needs_browser
def test_the_scheme_of_slides_is_the_site_s_or_the_one_asked_for(lectures, reader):  # noqa: F811
    def dark():
        color = tab.evaluate("getComputedStyle(document.querySelector('.reveal-viewport')).backgroundColor")
        pictures = tab.locator("picture.dark").first.evaluate("p => getComputedStyle(p).display") != "none"
        assert pictures == (color != "rgb(255, 255, 255)")
        return pictures

    address = showing.address(next(iter(lectures)))
    tab, _, _ = reader(address)
    assert not dark()
    tab.goto(tab.url.partition("#")[0] + "?scheme=dark")
    assert dark()
    color = {"scheme": "slate", "media": "(prefers-color-scheme: dark)"}
    tab.evaluate("c => localStorage.setItem('/course/.__palette', JSON.stringify({color: c}))", color)
    tab.goto(tab.url.partition("?")[0])
    assert dark()


@needs_browser
def test_keys_turn_slides_and_steps_and_a_second_window_has_the_notes(lectures, reader):  # noqa: F811
    tab, wrong, _ = reader(showing.address(next(iter(lectures))))
    expect(tab.locator("section.present h1")).to_be_visible()
    with tab.context.expect_page() as opened:
        tab.keyboard.press("s")
    notes = opened.value
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("section.present")).to_have_class(re.compile("question"))
    expect(notes.locator("section.now")).to_have_class(re.compile("question"))
    expect(notes.locator("section.next")).to_have_class(re.compile("figure"))
    notes.keyboard.press("ArrowRight")
    expect(tab.locator("section.present")).to_have_class(re.compile("figure"))
    expect(tab.locator(".notes").first).to_be_hidden()
    expect(notes.locator("section.now .notes")).to_be_visible()
    tab.evaluate("location.hash = '#/11'")
    expect(tab.locator("section.present")).to_have_class(re.compile("board"))
    hidden = tab.locator("section.present .fragment:not(.visible)")
    before = hidden.count()
    tab.keyboard.press("ArrowRight")
    expect(hidden).to_have_count(before - 1)
    assert not wrong


@needs_browser
def test_on_a_phone_and_without_scripts_slides_are_a_page_to_read(lectures, reader, browser, address):  # noqa: F811
    path = showing.address(list(lectures)[3])
    tab, wrong, _ = reader(path, width=390)
    assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert tab.evaluate("parseFloat(getComputedStyle(document.querySelector('section p')).fontSize)") >= 16
    assert tab.locator("section .notes").first.is_visible()
    assert tab.locator("picture.light img").first.evaluate("i => i.currentSrc").endswith("exact.svg")
    wrong += inaccessible(tab, RULES)
    assert not wrong
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(address + path)
    expect(plain.locator("section.home")).to_be_visible()
    plain.context.close()


@needs_browser
def test_slides_obey_the_policy_of_another_course(course, browser, tmp_path):
    with served(course / "site", tmp_path) as base:
        tab, wrong = browser.new_page(), []
        tab.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        tab.goto(base + showing.address("one"))
        settle(tab)
        assert tab.locator("meta[http-equiv=Content-Security-Policy]").count() == 1
        expect(tab.locator("section.present h1")).to_be_visible()
        assert not wrong
        tab.close()
