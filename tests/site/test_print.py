"""The site on paper: a chapter as a browser prints it, and the whole course as one PDF."""

import fcntl
import re
import shutil
import unicodedata
from io import BytesIO
from urllib.parse import urldefrag, urlsplit

import pypdf
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, dlfigs
from playwright.sync_api import sync_playwright
from reader import CHROMIUM, needs_browser

from dlfigs.site import book

BASE = "https://course.test/"
# Contrast of each piece of text with what is behind it, as WCAG defines it
CONTRASTS = """() => {
  const parse = text => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number)
    return [...[r, g, b].map(part => text.startsWith("color(") ? part * 255 : part), a]
  }
  const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a))
  const papers = new Map([[null, [255, 255, 255]]])
  const behind = element => {
    if (!papers.has(element)) papers.set(element,
      over(parse(getComputedStyle(element).backgroundColor), behind(element.parentElement)))
    return papers.get(element)
  }
  const light = parts => parts.map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0)
  const found = {}
  const walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), element = walk.currentNode.parentElement
    if (!text || !element.checkVisibility() || element.closest("title, desc")) continue
    const style = getComputedStyle(element), paper = light(behind(element))
    const ink = light(over(parse(element.closest("svg") ? style.fill : style.color), behind(element)))
    const contrast = (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05)
    found[`<${element.localName} class="${element.getAttribute("class")}"> ${text}`] = [paper, contrast]
  }
  return found
}"""
WIDER = """width => [...document.querySelectorAll("article *")]
  .filter(element => !element.closest("svg") && element.getBoundingClientRect().right > width + 1)
  .map(element => element.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


def tab_of(browser, site, **options):
    """Give a tab in which pages of the site can be opened, without a server."""

    def answer(route):
        path = site / urlsplit(route.request.url).path.strip("/")
        route.fulfill(path=path / "index.html" if path.is_dir() else path)

    tab = browser.new_context(service_workers="block", **options).new_page()
    tab.route(f"{BASE}**", answer)
    return tab


def visit(browser, site, page, **options):
    """Open a page of the site."""
    tab = tab_of(browser, site, **options)
    tab.goto(BASE + page)
    return tab


def chapters(site):
    """Address and title of each page that the navigation leads to and that the book has."""
    links = read(site, "").select(".md-nav--primary a.md-nav__link:not(.md-nav--secondary a)")
    titles = {
        link["href"].removeprefix("./").removeprefix("."): link.get_text(strip=True) for link in links
    }
    assert titles.pop("exercises/"), "chapters have them too, with answers"
    assert titles.pop("practice/"), "it asks what other pages answer"
    for page in ("api/", "api_nets/", "api_experiments/"):
        assert titles.pop(page), "what documents code is read beside it"
    return titles


def read(site, page):
    return BeautifulSoup((site / page / "index.html").read_text(encoding="utf-8"), "html.parser")


def dense(text):
    """Text without white space, which PDFs do not keep, and without ligatures, which they have."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@needs_browser
def test_a_chapter_prints_its_answers_and_addresses_but_no_navigation(site, browser):
    tab = visit(browser, site, "activations/", java_script_enabled=False)
    reader = pypdf.PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True)))
    tab.context.close()
    pages = [dense(page.extract_text()) for page in reader.pages]
    text = "".join(pages)
    document = read(site, "activations/")
    answers = document.select("details")
    assert len(answers) > 2
    for answer in answers:
        # A word with a button over it is printed at another time than its line
        other = ["math", "p", "div", "button"]
        plain = [part for part in answer.select("p, li, code") if not part.find(other)]
        assert plain
        for part in plain:
            assert dense(part.text) in text, part.text
    for navigation in ("Skip to content", "Back to top", "The 19 questions", "Next", "CC BY 4.0", "¶"):
        assert dense(navigation) not in text, navigation
    assert document.select_one(".figure-links").text.startswith("Notebook · Data")
    assert "Notebook·Data" not in text
    assert "Citethis" not in text
    outside = document.select("p:not([popover] *) a[href^=http]")
    assert outside
    for link in outside:
        assert dense(f"{link.text} ({link['href']})") in text
    reference = document.select_one(".references a[href^=http]")
    assert reference.text == reference["href"]
    assert text.count(dense(reference["href"])) == 1
    assert all(str(number) in page[-3:] + page[:3] for number, page in enumerate(pages, start=1))


@needs_browser
def test_every_page_prints_ink_on_white_from_a_dark_screen_and_nothing_is_cut(site, browser):
    letter = round((215.9 - 2 * 18) / 25.4 * 96)  # in CSS pixels, between the margins
    tab = tab_of(browser, site, color_scheme="dark", viewport={"width": letter, "height": 900})
    for page in chapters(site):
        tab.emulate_media(media="screen")
        tab.goto(BASE + page)
        assert tab.evaluate("document.body.dataset.mdColorScheme") == "slate"
        tab.emulate_media(media="print")
        contrasts = tab.evaluate(CONTRASTS)
        assert len(contrasts) > 20
        for text, (paper, contrast) in contrasts.items():
            assert paper > 0.8, f"/{page} is dark behind {text}"
            assert contrast >= 4.5, f"/{page} {contrast:.2f} {text}"
        wide = tab.evaluate(WIDER, letter)
        assert not wide, f"/{page}: {wide[:3]}"
    tab.context.close()


@needs_browser
def test_an_address_is_not_written_after_itself(site, browser):
    tab = visit(browser, site, "activations/")
    tab.evaluate(
        """() => {
            document.querySelector("article p").innerHTML =
                '<a href="https://a.test/b/">a.test/b</a> <a href="https://a.test/c">here</a>'
        }"""
    )
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    after = """() => [...document.querySelectorAll("article p")[0].children].map(
        link => getComputedStyle(link, "::after").content)"""
    assert tab.evaluate(after) == ["none", '" (https://a.test/c)"']
    tab.context.close()


@pytest.fixture(scope="module")
def course(site):
    """The book, printed once for all test processes."""
    path = site.parent / "course.pdf"
    with open(site.parent / "course.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            result = dlfigs("pdf", str(site), "--to", str(path))
            assert result.returncode == 0, result.stderr
            assert result.stdout == f"{len(pypdf.PdfReader(path).pages)} pages in {path}\n"
    return pypdf.PdfReader(path)


def outline(course, items=None, depth=0):
    """Each heading with its depth and the number of its page."""
    for item in course.outline if items is None else items:
        if isinstance(item, list):
            yield from outline(course, item, depth + 1)
        else:
            yield item.title, depth, course.get_destination_page_number(item) + 1


@needs_browser
def test_the_book_has_each_page_in_order_and_the_contents_say_where(site, course):
    entries = list(outline(course))
    assert ("8. How does SELU work, and what are its advantages and disadvantages?", 2) in [
        entry[:2] for entry in entries
    ]  # Chromium joins the words where a heading's line ends
    titles = [title for title, depth, _ in entries if depth < 2]  # not those of terms and formulas
    expected = ["Introduction" if title == "Home" else title for title in chapters(site).values()]
    assert [title for title in titles if title in expected] == expected
    assert titles[:2] == ["Deep networks, measured", "Contents"]
    assert ("Depth", 0) in [entry[:2] for entry in entries]
    assert ("Vanishing gradients", 1) in [entry[:2] for entry in entries]
    assert ("See it", 2) in [entry[:2] for entry in entries]
    contents = course.pages[1].extract_text()
    for title, depth, number in entries:
        if title in expected and depth < 2:
            assert re.search(rf"{re.escape(title)}\W*\n?\W*{number}\b", contents), (
                f"{title}: not on {number}"
            )
            printed = course.pages[number - 1].extract_text()
            assert title in printed
            assert re.search(rf"^{number}$", printed, flags=re.MULTILINE), "the number on the page itself"


@needs_browser
def test_links_of_the_book_lead_into_it_or_to_the_web(site, course):
    inside, outside = [], []
    for page in course.pages:
        for annotation in page.get("/Annots", []):
            link = annotation.get_object()
            inside += [link["/Dest"]] if "/Dest" in link else []
            outside += [link["/A"]["/URI"]] if "/A" in link else []
    assert len(inside) > 150
    assert set(inside) <= set(course.named_destinations)
    home = re.search(r"^site_url: (.+)$", (ROOT / "mkdocs.yml").read_text(), flags=re.MULTILINE)[1]
    in_book = {home + page for page in chapters(site)}
    for address in outside:
        assert re.match(r"https?://(?!127\.|localhost)", address), address
        assert urldefrag(address)[0] not in in_book or address == home, f"{address} is in the book"
        if address.startswith(home) and address.removeprefix(home) not in ("course.pdf", "course.zip"):
            assert (site / address.removeprefix(home)).exists(), address
    references = read(site, "vanishing_gradients/").select(".references li")
    assert {f"/vanishing_gradients--{item['id']}" for item in references} <= set(inside)


@needs_browser
def test_figures_of_the_book_are_vectors_and_no_page_is_blank(course):
    (start,) = (
        number for title, depth, number in outline(course) if (title, depth) == ("Vanishing gradients", 1)
    )
    texts = (page.extract_text() for page in course.pages[start - 1 :])
    assert any("layer (1 is next to the input)" in text for text in texts)
    for number, page in enumerate(course.pages, start=1):
        assert letters(page) > 100, f"page {number} has hardly any text"
        for width, height in images(page):
            assert width * height < 100**2, f"page {number} has a picture of {width} × {height} pixels"


def letters(part):
    """How many letters are printed on a page, those in groups too; a tenth of the time of reading them."""
    content = part.get_contents() if "/Contents" in part else part
    strings = re.findall(rb"<([0-9A-Fa-f]+)>\s*Tj", content.get_data())  # four digits for each
    return sum(map(len, strings)) // 4 + sum(letters(group) for group in objects(part, "/Form"))


@needs_browser
def test_formulas_of_the_book_are_set_in_their_font(course):
    used = {
        str(font["/BaseFont"])
        for page in course.pages
        for font in page["/Resources"].get("/Font", {}).values()
        if "/BaseFont" in font
    }
    assert any("STIX" in name for name in used), used


def objects(part, kind):
    """What a page, or a group of it, has of one kind."""
    found = part.get("/Resources", {}).get("/XObject", {}).values()
    return [item.get_object() for item in found if item["/Subtype"] == kind]


def images(part):
    """Sizes of all images on a page, those in groups too."""
    for item in objects(part, "/Image"):
        yield item["/Width"], item["/Height"]
    for group in objects(part, "/Form"):
        yield from images(group)


@needs_browser
def test_the_book_says_what_it_is(course):
    root = course.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/PageMode"] == "/UseOutlines"
    assert course.metadata.title == "Deep networks, measured"
    assert course.metadata.author == "The authors of Deep networks, measured"
    first = course.pages[0].extract_text()
    for part in ("Version 0.1.0", "CC BY 4.0", "https://deep-networks-measured.github.io/course/"):
        assert part in first


def test_without_a_browser_or_a_site_one_line_says_what_to_do(site, tmp_path):
    nowhere = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    result = dlfigs("pdf", str(site), "--to", str(tmp_path / "course.pdf"), **nowhere)
    assert result.returncode == 2
    assert result.stderr == (
        "dlfigs: no browser to print with: apt install chromium, or playwright install chromium\n"
    )
    result = dlfigs("pdf", str(tmp_path), "--to", str(tmp_path / "course.pdf"))
    assert result.returncode == 2
    assert result.stderr == f"dlfigs: no site in {tmp_path}: build it first, with mkdocs build\n"
    assert not list(tmp_path.iterdir())


@needs_browser
def test_a_book_that_lacks_a_file_is_not_written(site, tmp_path):
    style = read(site, "").select_one("link[rel=stylesheet]")["href"]
    broken = shutil.copytree(site, tmp_path / "site")
    (broken / style).unlink()
    (tmp_path / "course.pdf").write_text("the old one")
    result = dlfigs("pdf", str(broken), "--to", str(tmp_path / "course.pdf"))
    assert result.returncode == 2
    assert result.stderr.startswith(
        f"dlfigs: {broken}: the pages ask for what the site does not have: http"
    )
    assert result.stderr.endswith(f"/{style}\n")
    assert (tmp_path / "course.pdf").read_text() == "the old one"
    assert {path.name for path in tmp_path.iterdir()} == {"site", "course.pdf"}


def test_a_page_keeps_its_own_ids_and_leads_into_the_book():
    html = """<article>
      <h2 id="why">Why</h2><label for="box">x</label><input id="box"><details><p id="p">Folded</p></details>
      <svg aria-labelledby="t d"><title id="t">T</title><desc id="d">D</desc><clipPath id="clip"></clipPath>
        <g clip-path="url(#clip)" style="marker: url(#m)"><use href="#shape"></use></g>
        <path id="shape"></path></svg>
      <a href="#why">here</a><a href="../b/#end">there</a><a href="../b/">all</a>
      <a href="../data.csv">data</a><a href="https://else.test/">else.test</a>
      <img src="x.png" loading="lazy"></article>"""
    article = BeautifulSoup(html, "html.parser").article
    chapter = book.Chapter("Part", "A", "a", "https://course.test/a/", article)
    book._adopt(chapter, {"https://course.test/a/": "a", "https://course.test/b/": "b"})
    used = {element["id"] for element in article.find_all(id=True)}
    assert used == {"a--why", "a--box", "a--p", "a--t", "a--d", "a--clip", "a--shape"}
    assert article.label["for"] == "a--box"
    assert article.svg["aria-labelledby"] == "a--t a--d"
    assert (article.g["clip-path"], article.g["style"]) == ("url(#a--clip)", "marker: url(#a--m)")
    assert article.use["href"] == "#a--shape"
    assert [link["href"] for link in article.find_all("a")] == [
        "#a--why",
        "#b--end",
        "#b",
        "https://course.test/data.csv",
        "https://else.test/",
    ]
    assert [span["data-page-of"] for span in article.select("[data-page-of]")] == ["b--end", "b"]
    assert article.find_all("a")[-1]["class"] == ["address"]
    assert article.h2["aria-level"] == "3"
    assert article.details.has_attr("open")
    assert article.img.attrs == {"src": "https://course.test/a/x.png"}
