"""Terms of a course: a page that says what each means, from which chapters show it where they use it first.

    ## Fan-in { #fan-in }

    The number of inputs of one unit.

    *Also:* fan in, `fan_in` *Near:* number of inputs → [Initialization](initialization.md#convolutions)

"Also", other names of the term, and "near", words that are no names of it, lead the search to its place.
In a chapter the first use of a term, by any of its names, has a button that opens these words: an HTML
popover, which needs no script, closes with Escape and gives the keyboard back to its button.
"""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from markdown import Markdown, markdown
from markdown.treeprocessors import Treeprocessor

from dlfigs.errors import UserError
from dlfigs.markdown.page import Page
from dlfigs.markdown.panels import CLOSED, UNMARKED

ENTRY = re.compile(
    r"^## (?P<name>.+?) *\{ *#(?P<id>[\w-]+) *\}\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
)
LAST = re.compile(
    r"(?:\*Also:\* (?P<also>.+?) )?(?:\*Near:\* (?P<near>.+?) )?"
    r"→ \[(?P<title>[^\]]+)\]\((?P<place>[^)\s]+)\)\s*\Z",
    re.DOTALL,
)


@dataclass(frozen=True)
class Term:
    """One entry of the glossary.

    Args:
        name: As its heading has it.
        id: Its anchor.
        meaning: In Markdown, without links and formulas.
        also: Its other names; those in backticks are names in code.
        near: Words that belong to it, but are no names.
        title: Of the place that explains it.
        place: That place, as the glossary links to it: "initialization.md#convolutions".
    """

    name: str
    id: str
    meaning: str
    also: tuple[str, ...]
    near: tuple[str, ...]
    title: str
    place: str

    @property
    def words(self) -> list[str]:
        """The names by which running text calls it."""
        return [self.name, *(other for other in self.also if "`" not in other)]

    @property
    def code(self) -> list[str]:
        """The names that it has in code, without backticks."""
        return [other.strip("`") for other in (*self.also, *self.near) if "`" in other]

    @property
    def sought(self) -> list[str]:
        """By what readers look for it, beside names in code."""
        return [*self.words, *(other for other in self.near if "`" not in other)]


@functools.lru_cache(maxsize=4)
def _read(text: str, path: str) -> tuple[Term, ...]:
    terms = []
    for entry in ENTRY.finditer(text):
        meaning, _, last = entry["text"].strip().rpartition("\n\n")
        said = LAST.match(last)
        if not meaning or not said:
            line = text.count("\n", 0, entry.start()) + 1
            raise UserError(
                f"{path}:{line}: a term has its meaning, and then a line that ends with its place: "
                "*Also:* other names → [Chapter](chapter.md#place)"
            )
        also, near = (
            tuple(other.strip() for other in re.split(r",\s", said[kind] or "") if other.strip())
            for kind in ("also", "near")
        )
        meaning = " ".join(meaning.split())
        terms.append(Term(entry["name"], entry["id"], meaning, also, near, said["title"], said["place"]))
    return tuple(terms)


def read(path: str) -> tuple[Term, ...]:
    """Return the terms of a glossary; none if no path is given.

    Raises:
        UserError: If there is no such page, or if an entry is not complete.
    """
    if path and not Path(path).is_file():
        raise UserError(f"the option `glossary` names a page that is not there: {path}")
    return _read(Path(path).read_text(encoding="utf-8").replace("\r\n", "\n"), path) if path else ()


def pattern(terms: Iterable[Term]) -> tuple[re.Pattern[str], dict[str, Term]]:
    """Return what finds the names of terms in text, the longest first, and which term each belongs to.

    The first letter may be large or small, unless the name has other large ones ("BN", "ReLU"), and the
    plural of a name counts too.
    """
    known = {}
    for term in terms:
        for word in term.words:
            known.setdefault(word, term)
            if word[1:] == word[1:].lower() and word[:1].isalpha() and len(word) > 2:
                known.setdefault(word[0].upper() + word[1:], term)
                known.setdefault(word[0].lower() + word[1:], term)
    longest = sorted(known, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest)) or '(?!)'})(?:s)?(?![\w-])"), known


class Glossary(Treeprocessor):
    """Marks the first use of each term in a page, unless the page hides `glossary` or explains the term.

    Args:
        md: The Markdown instance.
        page: The page that is read.
    """

    def __init__(self, md: Markdown, page: Page) -> None:
        super().__init__(md)
        self.source, self.place, self.path = page.source, page.place, page.options["glossary"]
        md.treeprocessors.register(self, "dlfigs-glossary", 7.05)  # when all other text is there

    def run(self, root: ET.Element) -> None:
        """Put buttons over the words and, at the end of the page, what they open."""
        meta = self.place.meta
        unmarked = self.place.is_home or "figure" in meta or "glossary" in (meta.get("hide") or ())
        if not self.path or not self.place.told or unmarked:
            return
        try:
            terms = read(self.path)
        except UserError as error:
            self.source.fail("", str(error))
        page, own = self.place.path, self.place.below_docs(self.path)
        elsewhere = [term for term in terms if term.place.partition("#")[0] != page]
        if page == own or not elsewhere:
            return
        finds, known = pattern(elsewhere)
        used: dict[str, Term] = {}
        _mark(root, finds, known, used)
        if used:
            section = ET.SubElement(root, "section", {"class": "terms", "data-search-exclude": ""})
            for term in used.values():
                self._panel(section, term, own)

    def _panel(self, section: ET.Element, term: Term, own: str) -> None:
        name = escape(term.name)
        panel = ET.SubElement(
            section, "div", {"popover": "", "class": "term-panel", "id": f"term-{term.id}"}
        )
        panel.attrib |= {"role": "dialog", "aria-label": term.name}
        meaning = markdown(f"**{name}.** {term.meaning}")
        panel.text = self.md.htmlStash.store(meaning)
        more = ET.SubElement(panel, "p", {"class": "term-more"})
        more.text = "More: "
        where = ET.SubElement(more, "a", {"href": self.place.link(term.place)})
        where.text, where.tail = term.title, " · "
        ET.SubElement(more, "a", {"href": self.place.link(f"{own}#{term.id}")}).text = "Glossary"


def _mark(
    parent: ET.Element, finds: re.Pattern[str], known: dict[str, Term], used: dict[str, Term]
) -> None:
    """Mark first uses below an element, in the order in which they are read."""
    if parent.tag in CLOSED or parent.get("class") in UNMARKED:
        return
    made: list[ET.Element] = []
    pieces = list(_pieces(parent.text or "", finds, known, used))
    parent.text = _spread(pieces, made)
    for child in list(parent):
        _mark(child, finds, known, used)
        tail, child.tail = child.tail or "", None
        made.append(child)
        child.tail = _spread(list(_pieces(tail, finds, known, used)), made)
    parent[:] = made


def _pieces(
    text: str, finds: re.Pattern[str], known: dict[str, Term], used: dict[str, Term]
) -> Iterator[str | ET.Element]:
    at = 0
    for found in finds.finditer(text):
        term = known[found[1]]
        if term.id not in used:
            used[term.id] = term
            # The button lies over the word: print, reading views and copies have no buttons, but all words
            word = ET.Element("span", {"class": "term"})
            word.text = found[0]
            button = ET.SubElement(word, "button", {"type": "button", "popovertarget": f"term-{term.id}"})
            button.set("aria-label", f"{found[0]}: what it means")
            yield text[at : found.start()]
            yield word
            at = found.end()
    yield text[at:]


def _spread(pieces: list[str | ET.Element], made: list[ET.Element]) -> str:
    """Add the marked words to the elements of a parent; return the text before the first of them."""
    for before, after in zip(pieces[1::2], pieces[2::2], strict=True):
        before.tail = after
        made.append(before)
    return pieces[0]
