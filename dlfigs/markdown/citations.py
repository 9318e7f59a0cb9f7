"""Citations from a BibTeX file: [@he2015], [@he2015, sec. 2; @hanin2018], and @he2015 in a sentence."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache, lru_cache
from pathlib import Path

import pybtex.database
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from pybtex.backends import html
from pybtex.database import Entry
from pybtex.style.formatting.unsrt import Style

from dlfigs.errors import UserError, nearest
from dlfigs.markdown.source import Source

KEY = r"@[a-z][a-z0-9_]+"
BRACKETED = rf"\[({KEY}(?:,[^\]@;]+)?(?:;\s*{KEY}(?:,[^\]@;]+)?)*)\]"
# Without brackets only what looks like a key: he2015, dar2020b, keras_dense
IN_SENTENCE = r"(?<![\w.@/])(@[a-z]+(?:\d{4}[a-z]?|_[a-z0-9_]+))(?![\w@])"


class Library:
    """The works that can be cited.

    Args:
        path: BibTeX file; empty for a library without works.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path

    @property
    def entries(self) -> dict[str, Entry]:
        """All works by key."""
        if not self.path:
            return {}
        path = Path(self.path)
        if not path.is_file():
            raise UserError(f"no bibliography at {path}")
        return _parse(path, path.stat().st_mtime_ns)

    def entry(self, key: str) -> Entry:
        """Return one work.

        Raises:
            UserError: If the key is unknown.
        """
        entries = self.entries
        if not self.path:
            raise UserError(f"no reference {key!r}: the option `bibliography` names a BibTeX file")
        if key not in entries:
            raise UserError(f"no reference {key!r} in {self.path}; {nearest(key, entries)}")
        return entries[key]

    def label(self, key: str) -> tuple[str, str]:
        """Return authors and year as a text names them: "He et al." and "2015"; "" for no year."""
        entry = self.entry(key)
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        names = [_plain(" ".join([*p.prelast_names, *p.last_names])) for p in people]
        authors = {0: key, 1: names[0] if names else "", 2: " and ".join(names)}.get(
            len(names), f"{names[0] if names else key} et al."
        )
        return authors, entry.fields.get("year", "")

    def line(self, key: str) -> str:
        """Return the work's line in a list of references, with its link, as HTML."""
        return _line(Path(self.path), Path(self.path).stat().st_mtime_ns, key)


@lru_cache(maxsize=2048)  # the same works are cited on many pages
def _line(path: Path, changed: int, key: str) -> str:
    text = _style().format_entry(key, _parse(path, changed)[key]).text.render(html.Backend())
    return re.sub(r"<a href=\"([^\"]+)\">URL</a>|URL: ", r"\1", text)


@cache
def _style() -> Style:
    return Style()  # slow: it looks for plug-ins in every installed package


@lru_cache(maxsize=8)
def _parse(path: Path, _changed: int) -> dict[str, Entry]:
    try:
        return dict(pybtex.database.parse_file(str(path), "bibtex").entries)
    except pybtex.database.PybtexError as error:
        raise UserError(f"{path}: {error}") from None


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "")


def register(md: Markdown, source: Source, library: Library) -> Cited:
    """Register the processors and return the list that others can add to."""
    cited = Cited(md, source, library)
    md.inlinePatterns.register(_Bracketed(BRACKETED, md, cited), "dlfigs-citations", 176)
    md.inlinePatterns.register(_InSentence(IN_SENTENCE, md, cited), "dlfigs-citation", 174)
    # After figures, which cite too, and before the table of contents
    md.treeprocessors.register(cited, "dlfigs-references", 9)
    return cited


class Cited(Treeprocessor):
    """What a page has cited so far; at the end of the page it becomes a list of references."""

    def __init__(self, md: Markdown, source: Source, library: Library) -> None:
        super().__init__(md)
        self.source, self.library, self.keys = source, library, set()
        md.registerExtension(self)  # for `reset`

    def reset(self) -> None:
        """Forget the last page."""
        self.keys = set()

    def link(self, key: str, *, snippet: str, sentence: bool = False) -> ET.Element:
        """Return a link like "He et al., 2015" and remember the work."""
        try:
            authors, year = self.library.label(key)
        except UserError as error:
            self.source.fail(snippet, str(error))
        self.keys.add(key)
        link = ET.Element("a", {"class": "citation", "href": f"#ref-{key}"})
        link.text = authors + (f" ({year})" if sentence else f", {year}") * bool(year)
        return link

    def run(self, root: ET.Element) -> None:
        """Append the references."""
        if not self.keys:
            return
        ET.SubElement(root, "h2").text = "References"
        items = ET.SubElement(root, "ul", {"class": "references"})
        for key in sorted(self.keys, key=lambda key: (self.library.label(key), key)):
            item = ET.SubElement(items, "li", {"id": f"ref-{key}"})
            item.text = self.md.htmlStash.store(self.library.line(key))


class _Bracketed(InlineProcessor):
    def __init__(self, pattern: str, md: Markdown, cited: Cited) -> None:
        super().__init__(pattern, md)
        self.cited = cited

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[ET.Element, int, int]:  # noqa: N802
        span = ET.Element("span")
        span.text = "("
        parts = m[1].split(";")
        for number, part in enumerate(parts):
            key, _, locator = part.strip()[1:].partition(",")
            link = self.cited.link(key, snippet=m[0])
            tail = f", {locator.strip()}" if locator else ""
            link.tail = tail + (")" if number == len(parts) - 1 else "; ")
            span.append(link)
        return span, m.start(0), m.end(0)


class _InSentence(_Bracketed):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[ET.Element, int, int]:  # noqa: N802
        return self.cited.link(m[1][1:], snippet=m[0], sentence=True), m.start(0), m.end(0)
