r"""What finished pages show as it was written: `$x$`, `{{ he.rate }}`, `[@he2015]`, an image that is none.

Each reader of Markdown says what it does not understand; this looks at what all of them have left, in the
HTML, whatever has made it. Code stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from dlfigs.markdown.source import PAGES

SILENT = re.compile(
    r"<!--.*?-->|<(pre|code|kbd|samp|script|style|math|textarea|template)\b.*?</\1>",
    re.DOTALL | re.IGNORECASE,
)
DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL | re.IGNORECASE)
NAMED = re.compile(r"<(title|desc)\b[^>]*>(.*?)</\1>", re.DOTALL)
LINK = re.compile(r"<a\b[^>]*>[^<]*</a>", re.IGNORECASE)
TAG = re.compile(r"<(/?[A-Za-z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
IN_LINES = {
    "em",
    "strong",
    "i",
    "b",
    "span",
    "a",
    "sub",
    "sup",
    "u",
    "mark",
    "small",
    "abbr",
    "del",
    "ins",
    "s",
}
READ = re.compile(r"\s(?:alt|title|aria-label|placeholder)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
DESCRIBED = re.compile(
    r"<meta\b[^>]*\bname=[\"']?description[\"']?[^>]*\bcontent=\"([^\"]*)\"", re.IGNORECASE
)
IMAGE = re.compile(r"<img\b[^>]*?\ssrc\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)
SLUG = re.compile(r"[\w-]+")
YEAR = r"[A-Za-z][\w:.-]*?(?:19|20)\d\d\w*"  # what looks like a key, wherever it stands
# What to do, by the kind of file that says it
ADVICE = {
    ".ipynb": "notebooks' texts are not read; write it in a page of Markdown, or as code",
    ".py": "titles, descriptions and HTML are not read; say it in words, or in Markdown",
}
ELSE = "write it as Markdown outside of HTML, or as code, between backticks"
SIGNS = re.compile(r"[$\\@]|\{\{|\}\}|!\[")
FORMULA = "a formula that was not read"
PATTERNS = {
    r"\{\{[^{}\n]{0,80}\}{0,2}|\}\}": "a number that was not read",
    r"\$\$[^$\n]{0,80}": FORMULA,
    r"(?<![\w$\\])\$(?:[A-Za-z]|\s?[^$\s](?:[^$\n]*[^$\s])?\s?)\$(?![\w$])": FORMULA,
    r"(?<![\w:\\./])\\(?:[A-Za-z]{2,}|[A-Za-z](?=\{)|[()\[\]])(?:\{[^{}\n]*\})*": FORMULA,
    r"\[(?:[^\[\]\n]{0,60}\s)?-?@\w[^\]\n]{0,80}\]?": "a citation that was not read",
    r"!\[[^\]\n]*\](?:\([^)\n]*\)?)?": "a figure or an image that was not read",
}
TEX = re.compile(r"[\\^_{}=]|^\$\s?[A-Za-z]\s?\$$")


@dataclass(frozen=True)
class Finding:
    """Something that a page shows as it was written.

    Args:
        page: The page's file or address.
        text: What it shows.
        what: What that may be.
        place: "file:line" in the sources, the file alone, or "".
    """

    page: str
    text: str
    what: str
    place: str = ""

    def __str__(self) -> str:
        place = self.place or self.page
        kind = Path(re.sub(r":\d+$", "", place)).suffix
        advice = ADVICE.get(kind, ELSE)
        return f"{place}: the page {self.page} shows {self.text!r}, {self.what}; {advice}"


def in_page(html: str, page: str, source: Path | None = None, keys: Collection[str] = ()) -> list[Finding]:
    """Return what a page shows as it was written.

    Args:
        html: The finished page.
        page: Its name, for messages.
        source: What it was made from, if that is known.
        keys: Of the bibliography, which are citations wherever they stand.
    """
    found = dict.fromkeys(_found(html, keys))  # each once, in the page's order
    text = source.read_text(encoding="utf-8") if found and source and source.is_file() else ""
    return [Finding(page, shown, what, _place(shown, source, text)) for shown, what in found]


def in_site(site: Path, docs: Path | None = None, keys: Collection[str] = ()) -> list[Finding]:
    """Return what the pages of a finished site show as it was written, and images that are not there.

    Args:
        site: Folder of the site.
        docs: Folder of its Markdown, to name files and lines.
        keys: Of the bibliography.
    """
    findings: list[Finding] = []
    for path in sorted(site.rglob("*.html")):
        html, name = path.read_text(encoding="utf-8"), path.relative_to(site).as_posix()
        source = _source(name, docs) if docs else None
        findings += in_page(html, name, source, keys)
        for address in dict.fromkeys(IMAGE.findall(SILENT.sub("", html))):
            bare = unescape(address).partition("?")[0].partition("#")[0]
            local = not re.match(r"[a-z][a-z+.-]*:|/", bare, re.IGNORECASE) and not SLUG.fullmatch(bare)
            if local and bare and not (path.parent / bare).exists():
                text = source.read_text(encoding="utf-8") if source else ""
                place = _place(bare.rpartition("/")[2], source, text)
                findings.append(Finding(name, address, "an image that is not there", place))
    return findings


def _found(html: str, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    html = SILENT.sub("", html)
    names = [text for drawing in DRAWING.findall(html) for _, text in NAMED.findall(drawing)]
    html = DRAWING.sub("", html)
    for address in IMAGE.findall(html):
        if SLUG.fullmatch(address):
            yield address, "an image that is not there, or a figure in HTML, where none is read"
    texts = [*names, *DESCRIBED.findall(html)]
    if SIGNS.search(html):
        for tag in TAG.finditer(html):
            texts += ["".join(value) for value in READ.findall(tag[2])]
        texts += TAG.sub(_between, LINK.sub(_as_link, html)).split("\n")
    known = rf"|(?:{'|'.join(map(re.escape, sorted(keys, key=len, reverse=True)))})(?![\w])" if keys else ""
    patterns = PATTERNS | {
        rf"(?<![\w.@/:＠])-?@(?:{YEAR}{known})(?![\w/@])": "a citation that was not read"
    }
    for text in texts:
        if SIGNS.search(text := unescape(text)):
            for pattern, what in patterns.items():
                for match in re.finditer(pattern, text):
                    if what != FORMULA or not match[0].startswith("$") or _is_tex(match[0]):
                        yield match[0].strip(), what


def _is_tex(text: str) -> bool:
    return text.startswith("$$") or bool(TEX.search(text))


def _between(tag: re.Match[str]) -> str:
    return "" if tag[1].lower().strip("/") in IN_LINES else "\n"


def _as_link(link: re.Match[str]) -> str:
    return link[0].replace(">@", ">＠")  # a name elsewhere, as @somebody, is what its link says


def _source(page: str, docs: Path) -> Path | None:
    """Return the Markdown that a page was most likely made from."""
    stem = page.removesuffix(".html").removesuffix("/index")
    stems = [stem] if stem == "index" else [stem, f"{stem}/index", f"{stem}/README"]
    names = [f"{stem}{suffix}" for stem in stems for suffix in PAGES]
    return next((docs / name for name in names if (docs / name).is_file()), None)


def _place(shown: str, source: Path | None, text: str) -> str:
    if not source:
        return ""
    spaced = r"\s+".join(re.escape(part) for part in shown.split())
    patterns = (rf"<img\b[^>]*{spaced}", spaced, re.escape(shown[:12]))
    found = next(filter(None, (re.search(pattern, text) for pattern in patterns)), None)
    return f"{source}:{text.count(chr(10), 0, found.end()) + 1}" if found else str(source)
