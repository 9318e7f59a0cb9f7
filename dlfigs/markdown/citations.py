"""Citations and the list of references: [@he2015], [see @he2015, sec. 2; @hanin2018] and @he2015."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Collection, Mapping
from urllib.parse import quote

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from dlfigs.errors import UserError
from dlfigs.markdown import references
from dlfigs.markdown.bibliography.library import Library
from dlfigs.markdown.cite_syntax import AT, BEGINS, CROSS_REFERENCE, Cite, closing, group, key_at, likely
from dlfigs.markdown.source import Source

# Tags, addresses and links whole are passed over; then a bracket or an @ may begin a citation
PATTERN = (
    r"<[A-Za-z/!?][^<>]*>|\]\(\s*<?[^\s)>]*|(?<!!)\[[^\[\]]*\](?:\([^\s)]*|\[[^\[\]]*\])"
    rf"|(?P<bracket>\[)|(?P<at>{AT.pattern})"
)
# After @key: [p. 3]; not a link, a footnote or another citation
LOCATOR = re.compile(r"[ \n]?\[(?![\^\s]|-?@)([^\[\]@]+)\](?![(\[:])")
NOT_ONE = "(if it is no citation, write \\@, or code between backticks)"


def register(md: Markdown, source: Source, bibliography: str, macros: Mapping[str, str]) -> Cited:
    """Register the processors and return the list that others can add to."""
    cited = Cited(md, source, references.library(bibliography, macros))
    if "@" not in md.ESCAPED_CHARS:
        md.ESCAPED_CHARS = [*md.ESCAPED_CHARS, "@"]
    # Before links, so that the alternative text and the title of an image can cite
    md.inlinePatterns.register(_Citations(PATTERN, md, cited), "dlfigs-citations", 174)
    # After figures, which cite too, and before the table of contents
    md.treeprocessors.register(cited, "dlfigs-references", 7.2)
    return cited


class Cited(Treeprocessor):
    """What a page has cited so far; at the end of the page it becomes a list of references."""

    def __init__(self, md: Markdown, source: Source, library: Library) -> None:
        super().__init__(md)
        self.source, self.library = source, library
        self.keys: dict[str, str] = {}  # with what cites each first, to name the line
        md.registerExtension(self)  # for `reset`

    def reset(self) -> None:
        """Forget the last page."""
        self.keys = {}

    def known(self, snippet: str) -> Collection[str]:
        """Return the keys of the bibliography."""
        try:
            return self.library.entries
        except UserError as error:
            self.source.fail(snippet, str(error))

    def named(self, key: str, snippet: str) -> tuple[str, str]:
        """Return authors and year of a work, and remember it."""
        try:
            label, key = self.library.label(key), self.library.entry(key).key
        except UserError as error:
            self.source.fail(snippet, str(error))
        self.keys.setdefault(key, snippet)
        return label

    def link(self, key: str, *, snippet: str, sentence: bool = False) -> ET.Element:
        """Return a link like "He et al., 2015" and remember the work."""
        authors, year = self.named(key, snippet)
        return self._link(key, f"{authors} ({year})" if sentence and year else self.name(key))

    def year_link(self, key: str, *, snippet: str) -> ET.Element:
        """Return a link like "2015", for a text that names the authors itself."""
        return self._link(key, self.named(key, snippet)[1] or "n.d.")

    def _link(self, key: str, text: str) -> ET.Element:
        link = ET.Element("a", {"class": "citation", "href": self.address(self.library.entry(key).key)})
        link.text = AtomicString(text)
        return link

    def name(self, key: str) -> str:
        """Return a work as "He et al., 2015"."""
        return ", ".join(filter(None, self.library.label(key)))

    def address(self, key: str) -> str:
        """Return where the list of references has a work, as links to it are written."""
        return "#" + quote(_anchor(key), safe=":/._-+~!$&'()*,;=@?")

    def line(self, key: str) -> str:
        """Return a work that the page cites as the list of references has it, as HTML."""
        try:
            return self.library.line(key)
        except UserError as error:
            self.source.fail(self.keys[key], str(error))

    def run(self, root: ET.Element) -> None:
        """Append the references."""
        if not self.keys:
            return
        ET.SubElement(root, "h2").text = "References"
        items = ET.SubElement(root, "ul", {"class": "references"})
        for key in sorted(self.keys, key=self._place):
            item = ET.SubElement(items, "li", {"id": _anchor(key)})
            item.text = self.md.htmlStash.store(self.line(key))

    def _place(self, key: str) -> tuple[str, str, str]:
        authors, year = self.library.label(key)
        flat = unicodedata.normalize("NFKD", authors)
        return re.sub(r"[^\w\s]", "", flat).casefold(), year, key


def _anchor(key: str) -> str:
    return "ref-" + "_".join(key.split())


class _Citations(InlineProcessor):
    def __init__(self, pattern: str, md: Markdown, cited: Cited) -> None:
        super().__init__(pattern, md)
        self.cited = cited

    def handleMatch(  # noqa: N802  Python-Markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[ET.Element | None, int | None, int | None]:
        found = None
        if m["bracket"]:
            found = self._bracket(data, m.start())
        elif m["at"]:
            found = self._sentence(data, m.start(), m.end())
        return (found[0], m.start(), found[1]) if found else (None, None, None)

    def _bracket(self, data: str, start: int) -> tuple[ET.Element, int] | None:
        end = closing(data, start)
        begins = BEGINS.match(data, start + 1)
        if end < 0 or data[end + 1 : end + 2] in ("(", "["):
            if begins and end < 0:
                self._fail(data[start:].partition("\n")[0].rstrip(), "the bracket is not closed")
            return None
        snippet = data[start : end + 1]
        if "@" not in snippet:
            return None
        first = snippet.partition("\n")[0]
        known = self.cited.known(first)
        try:
            cites = group(snippet[1:-1], known)
        except UserError as error:
            if begins:
                self._fail(first, str(error))
            return None
        return (self._group(cites, first), end + 1) if cites else None

    def _group(self, cites: list[Cite], snippet: str) -> ET.Element:
        span = ET.Element("span")
        for number, cite in enumerate(cites):
            before = ("; " if number else "(") + cite.prefix + " " * bool(cite.prefix)
            if number:
                span[-1].tail += before
            else:
                span.text = before
            link = self.cited.year_link if cite.suppressed else self.cited.link
            span.append(link(cite.key, snippet=snippet))
            span[-1].tail = cite.suffix
        span[-1].tail += ")"
        return span

    def _sentence(self, data: str, start: int, at: int) -> tuple[ET.Element, int] | None:
        known = self.cited.known(data[start:at])
        key, end = key_at(data, at, known)
        snippet = data[start:end]
        if key not in known and not data.startswith("{", at):
            if CROSS_REFERENCE.match(key):
                words = "cross-references are written as links: [the figure](#slug)"
                self.cited.source.fail(snippet, f"{snippet!r} is not understood: {words}")
            if not likely(key, known) or data[start - 1 : start] == ".":
                return None
            try:
                self.cited.library.entry(key)
            except UserError as error:
                self.cited.source.fail(snippet, f"{error} {NOT_ONE}")
        locator = LOCATOR.match(data, end)
        suppressed = data[start] == "-"
        if not locator and not suppressed:
            return self.cited.link(key, snippet=snippet, sentence=True), end
        span = ET.Element("span")
        locator_text = f", {locator[1]}" if locator else ""
        if suppressed:
            span.text, link = "(", self.cited.year_link(key, snippet=snippet)
            link.tail = f"{locator_text})"
        else:
            link = self.cited.link(key, snippet=snippet, sentence=True)
            # The locator goes into the year's parentheses, or gets some if there is no year
            dated = self.cited.library.label(key)[1]
            link.text = AtomicString(link.text.removesuffix(")"))
            link.tail = f"{locator_text})" if dated else f" ({locator[1]})"
        span.append(link)
        return span, locator.end() if locator else end

    def _fail(self, snippet: str, problem: str) -> None:
        right = "a citation is written [@key] or [see @key, sec. 2; @other], or as code, between backticks"
        self.cited.source.fail(snippet, f"{snippet!r} is not understood: {right}; {problem}")
