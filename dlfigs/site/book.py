"""A built site as one book: a title page, contents, and its pages in the order of its navigation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from dlfigs.errors import UserError
from dlfigs.markdown.citing import Course, names_in_words, today
from dlfigs.site import press

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

# What only works on a screen. Hidden is not enough: the PDF would have its ids and links
SCREEN = (
    "button, .button, form, script, dialog, [popover], a[download], .headerlink, .figure-links, .cite-row, "
    ".only-dark, .tabbed-set > input"
)
NAMING = ("for", "headers", "aria-labelledby", "aria-describedby", "aria-controls", "aria-details")
SHEETS = ".exercise-sheet, .practice"  # which have what other pages have
UNKNOWN = "00"  # as wide as most page numbers, so that filling them in moves little


@dataclass(frozen=True)
class Chapter:
    """One page of the site.

    Args:
        part: The section of the navigation that it is in, or "".
        title: Its first heading.
        name: What its ids begin with in the book.
        address: Where it is on the web.
        article: Its text.
        fonts: The style that names the font of its formulas, or "".
    """

    part: str
    title: str
    name: str
    address: str
    article: Tag
    fonts: str = ""


def write(site: Path, to: Path, *, paper: str = "A4", citation: Path = Path("CITATION.cff")) -> int:
    """Print a built site into one PDF file.

    Args:
        site: Folder of the site, as MkDocs with Material builds it.
        to: The file. One that exists is replaced when the new one is complete.
        paper: "A4" or "Letter".
        citation: Where version and authors stand, if the file exists.

    Returns:
        The number of pages.

    Raises:
        UserError: If there is no site or no browser, if a package is missing, or if a page asks for a
            file that the site does not have.
    """
    try:
        import bs4  # noqa: F401
        import playwright  # noqa: F401
        import pypdf  # noqa: F401
    except ImportError as error:
        raise UserError(f"no package {error.name}: pip install 'dlfigs[pdf]'") from None
    if not (site / "index.html").is_file():
        raise UserError(f"no site in {site}: build it first, with mkdocs build")
    if not to.parent.is_dir():
        raise UserError(f"no folder {to.parent} to write {to.name} into")
    home = _read(site / "index.html")
    about = _about(home, site)
    if citation.is_file():
        course = Course.read(citation)
        about |= {"authors": names_in_words(course.authors), "version": f"Version {course.version}, "}
    chapters = list(_chapters(home, site, about["url"]))
    document = _document(home, chapters, about)
    headings = [about["title"], *_headings(chapters)]
    known = {"/Title": about["title"], "/Author": about["authors"], "/Subject": about["abstract"]}
    printed = press.print_document(document, site, about["url"], paper)
    return press.save(printed, to, headings=headings, about=known)


def _read(path: Path) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def _about(home: BeautifulSoup, site: Path) -> dict[str, Any]:
    """What the site says of itself, named as in CITATION.cff."""
    canonical = home.select_one("link[rel=canonical]")
    if canonical is None or home.select_one("nav.md-nav--primary > ul") is None:
        raise UserError(
            f"{site}: the book needs a site by Material for MkDocs, with site_url in mkdocs.yml"
        )
    description = home.select_one("meta[name=description]")
    rights = home.select_one(".md-copyright__highlight")
    sitemap = site / "sitemap.xml"
    days = re.findall(r"<lastmod>([\d-]+)", sitemap.read_text("utf-8")) if sitemap.is_file() else []
    return {
        "title": home.select_one(".md-header__topic").get_text(strip=True),
        "url": canonical["href"],
        "abstract": description["content"] if description else "",
        "rights": rights.get_text(strip=True) if rights else "",
        "date": date.fromisoformat(max(days)) if days else today(),
        "authors": "",
        "version": "",
    }


def _chapters(home: BeautifulSoup, site: Path, base: str) -> Iterator[Chapter]:
    """Read the pages that the navigation leads to, in its order."""

    def entries(items: Tag, part: str = "") -> Iterator[tuple[str, str]]:
        for item in items.find_all("li", recursive=False):
            link = item.select_one(":scope > a.md-nav__link, :scope > .md-nav__container > a")
            inner = item.select_one(":scope > nav:not(.md-nav--secondary)")
            section = part or (inner.select_one(".md-nav__title").get_text(strip=True) if inner else "")
            if link:
                yield section, urljoin(base, link["href"])
            if inner:
                yield from entries(inner.ul, section)

    for part, address in entries(home.select_one("nav.md-nav--primary > ul")):
        if not address.startswith(base):
            continue  # the navigation can lead to other sites
        page = _read(press.file_at(site, base, address))
        article = page.article
        # Exercises are in their chapters, with answers; what documents code is read beside it
        if article.select_one(f"{SHEETS}, .doc-contents"):
            continue
        for element in article.select(SCREEN):
            element.decompose()
        heading = article.h1
        if heading.get_text(strip=True) == home.select_one(".md-header__topic").get_text(strip=True):
            heading.string = "Introduction"  # the home page, which bears the name of the whole
        name = re.sub(r"\W+", "-", address.removeprefix(base).removesuffix(".html")).strip("-")
        title = heading.get_text(strip=True)
        yield Chapter(part, title, name or "home", address, article, _fonts(page, address))


def _fonts(page: BeautifulSoup, address: str) -> str:
    style = "".join(style.text for style in page.head.select("style") if "@font-face" in style.text)
    # In a book nobody waits for a page to be painted: it waits for its font
    style = style.replace("font-display:optional", "font-display:block")
    return re.sub(r'url\("([^"]+)"\)', lambda url: f'url("{urljoin(address, url[1])}")', style)


def _document(home: BeautifulSoup, chapters: list[Chapter], about: Mapping[str, Any]) -> str:
    """Return the HTML of the book: title, contents and chapters, in the site's own styles."""
    names = {chapter.address: chapter.name for chapter in chapters}
    contents, heads, part = [], [], ""
    for chapter in chapters:
        _adopt(chapter, names)
        if chapter.part and chapter.part != part:
            contents.append(f'<li class="book-part">{escape(chapter.part)}</li>')
            chapter.article.insert(0, _tag("p", chapter.part, role="heading", **{"aria-level": "1"}))
            chapter.article.p["class"] = "book-part"
        part = chapter.part
        contents.append(
            f'<li class="{"book-inner" if part else ""}">'
            f'<a href="#{chapter.name}">{escape(chapter.title)}</a>'
            f'<span data-page-of="{chapter.name}">{UNKNOWN}</span></li>'
        )
        # The running head: each chapter has pages of its own name. A JSON string is a CSS string too
        chapter.article["style"] = f"page: {chapter.name}"
        head = json.dumps(chapter.title, ensure_ascii=False)
        heads.append(f"@page {chapter.name} {{ @top-right {{ content: {head} }} }}")
    styles = [urljoin(about["url"], link["href"]) for link in home.select("link[rel=stylesheet]")]
    own = Path(__file__).with_name("book.css").read_text(encoding="utf-8")
    fonts = next((chapter.fonts for chapter in chapters if chapter.fonts), "")
    day = f"{about['date']:%B} {about['date'].day}, {about['date'].year}"
    lines = [about["authors"], f"{about['version']}{day}", about["rights"]]
    return f"""<!doctype html>
<html lang="{home.html.get("lang", "en")}">
<head><meta charset="utf-8"><title>{escape(about["title"])}</title>
{"".join(f'<link rel="stylesheet" href="{style}">' for style in styles)}
<style>{fonts}{own}{"".join(heads)}</style></head>
<body dir="{home.body.get("dir", "ltr")}" data-md-color-scheme="default">
<section class="book-title md-typeset">
<h1>{escape(about["title"])}</h1>
<p class="book-abstract">{escape(about["abstract"])}</p>
{"".join(f"<p>{escape(line)}</p>" for line in lines if line)}
<p><a class="address" href="{about["url"]}">{about["url"]}</a></p>
</section>
<nav class="book-contents md-typeset"><h1>Contents</h1><ul>{"".join(contents)}</ul></nav>
{"".join(str(chapter.article) for chapter in chapters)}
</body></html>"""


def _adopt(chapter: Chapter, names: Mapping[str, str]) -> None:
    """Make a page's ids unique in the book, and its links lead within the book where they can."""
    own = chapter.name
    chapter.article["id"] = own
    for element in chapter.article.find_all(True):
        for key, value in list(element.attrs.items()):
            text = " ".join(value) if isinstance(value, list) else value
            if key == "id":
                element[key] = f"{own}--{text}"
            elif key in NAMING:
                element[key] = " ".join(f"{own}--{name}" for name in text.split())
            elif "url(#" in text:  # clips and markers of drawings
                element[key] = text.replace("url(#", f"url(#{own}--")
            elif key in ("href", "xlink:href") and element.name != "a":
                element[key] = re.sub("^#", f"#{own}--", text)
        if element.name == "details":
            element["open"] = ""
        if element.name in ("h1", "h2", "h3", "h4", "h5", "h6"):  # in a part, all is one level lower
            element["aria-level"] = str(min(int(element.name[1]) + bool(chapter.part), 6))
        if "src" in element.attrs:
            element["src"] = urljoin(chapter.address, element["src"])
            element.attrs.pop("loading", None)  # nobody scrolls to it
        if element.name == "a" and "href" in element.attrs:
            _lead(element, chapter, names)


def _lead(link: Tag, chapter: Chapter, names: Mapping[str, str]) -> None:
    address, anchor = urldefrag(urljoin(chapter.address, link["href"]))
    if address not in names:
        link["href"] = f"{address}#{anchor}" if anchor else address
        if re.sub(r"^https?://|/$", "", address) == re.sub(r"^https?://|/$", "", link.get_text(strip=True)):
            link["class"] = [*link.get("class", []), "address"]
        return
    target = f"{names[address]}--{anchor}" if anchor else names[address]
    link["href"] = f"#{target}"
    if names[address] != chapter.name and link.get_text(strip=True):
        page = _tag("span", UNKNOWN, **{"data-page-of": target})
        reference = _tag("span", " (p. ", **{"class": "book-page"})
        reference.extend([page, ")"])
        link.insert_after(reference)


def _tag(name: str, text: str, **attributes: str) -> Tag:
    from bs4 import BeautifulSoup

    return BeautifulSoup("", "html.parser").new_tag(name, attrs=attributes, string=text)


def _headings(chapters: list[Chapter]) -> Iterator[str]:
    for chapter in chapters:
        for heading in chapter.article.select("h1, h2, h3, h4, h5, h6, [role=heading]"):
            yield " ".join(heading.get_text().split())
