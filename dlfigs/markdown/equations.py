r"""Numbers of equations, which count through a page, and what refers to them: `\ref` and `\eqref`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape

from dlfigs.errors import UserError, nearest
from dlfigs.markdown.dialect import REFERENCE, rows
from dlfigs.markdown.mathml import convert
from dlfigs.markdown.tex import Reader, text

NUMBERED = {"equation", "align", "gather", "multline", "flalign", "alignat", "eqnarray"}
ONE_NUMBER = {"equation", "multline"}
REFERENCES = {r"\ref", r"\eqref", r"\autoref", r"\cref", r"\Cref"}
BETWEEN = "\ue015"  # around the words of \intertext, which are a line of their own
FIRST = 70_000  # math-core takes \tag{70000}, and its cell is ours to fill
# On a narrow page the formula scrolls below its number, which stays
STAYS = "position:sticky;right:0;background:var(--md-default-bg-color,Canvas);"
CELL = re.compile(r"<mtd style=\"([^\"]*)\"><mtext>\((7\d{4})\)</mtext></mtd>")


@dataclass(frozen=True)
class Tag:
    """A number at the side of a row.

    Args:
        shown: What stands there, with its parentheses.
        label: The name that refers to it, or "".
    """

    shown: str
    label: str = ""

    @property
    def identity(self) -> str:
        """The id of its place in the page."""
        return self.label if self.label.startswith("eq") else f"eq:{self.label}"


@dataclass
class Equations:
    """The numbered equations of one page, in their order.

    Args:
        tags: All numbers.
        labels: Where each label stands: a number, or None for a formula that has none.
        asked: What is referred to: the command and the label.
    """

    tags: list[Tag] = field(default_factory=list)
    labels: dict[str, Tag | None] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    _count: int = 0
    _within: tuple[int, int] | None = None  # of subequations: their number, and how many came

    def number(self, given: list[str]) -> list[str]:
        r"""Return a formula with a number for each row that has one, and with marks for references.

        Args:
            given: Its words, without macros.

        Raises:
            UserError: If a label is there twice, or an argument is missing.
        """
        if any(word == r"\tag" for word in _outer(given)):
            given = [r"\begin", "{", "equation*", "}", *given, r"\end", "{", "equation*", "}"]
        reader, out = Reader(given), []
        while reader:
            word = reader.next()
            if word == r"\begin":
                name = text(reader.argument(word)).strip()
                body = reader.environment(name)
                if name == "subequations":
                    out += self._subequations(body)
                elif name.rstrip("*") in NUMBERED:
                    out += self._numbered(name, body)
                else:
                    out += [word, "{", name, "}", *self.number(body), r"\end", "{", name, "}"]
            elif word == r"\label":
                self._label(text(reader.argument(word)).strip(), None)
            elif word in REFERENCES:
                self.asked.append((word, text(reader.argument(word)).strip()))
                out.append(REFERENCE + chr(0xE100 + len(self.asked) - 1))
            elif word not in (r"\nonumber", r"\notag"):
                out.append(word)
        return out

    def _subequations(self, body: list[str]) -> list[str]:
        self._count += 1
        reader = Reader(body)
        if reader.take(r"\label"):  # of all of them together
            self._label(text(reader.argument(r"\label")).strip(), Tag(f"({self._count})"))
        self._within = self._count, 0
        out = self.number(reader.rest[::-1])
        self._within = None
        return out

    def _numbered(self, name: str, body: list[str]) -> list[str]:
        base, starred = name.rstrip("*"), name.endswith("*")
        before: list[str] = []
        if base == "alignat":
            reader = Reader(body)
            reader.argument(rf"\begin{{{name}}}")
            base, body = "align", reader.rest[::-1]
        blocks: list[list[tuple[list[str], bool]]] = [[]]
        between: list[list[str]] = []
        for row in [body] if base in ONE_NUMBER else rows(body):
            reader = Reader(row)
            while reader.take(r"\intertext") or reader.take(r"\shortintertext"):
                between.append(self.number(reader.argument(r"\intertext")))
                blocks.append([])
            blocks[-1].append(self._row(reader.rest[::-1], starred=starred))
        out: list[str] = []
        for number, block in enumerate(blocks):
            if number:
                out += [BETWEEN, *between[number - 1], BETWEEN]
            if block:
                out += before + _environment(base, block)
        return out

    def _row(self, row: list[str], *, starred: bool) -> tuple[list[str], bool]:
        """Return a row with the number that it has, and whether it has one."""
        reader, kept, tag, labels, numbered = Reader(row), [], "", [], not starred
        while reader:
            word = reader.next()
            if word in (r"\nonumber", r"\notag"):
                numbered = False
            elif word == r"\tag":
                bare = reader.take("*")
                said = plain(text(reader.argument(word)))
                tag = said if bare else f"({said})"
            elif word == r"\label":
                labels.append(text(reader.argument(word)).strip())
            else:
                kept.append(word)
        if numbered and not tag:
            tag = self._next()
        if len(labels) > 1 and tag:
            raise UserError(rf"an equation has one number and one \label, not {' and '.join(labels)}")
        kept = self.number(kept)
        place = Tag(tag, labels[0] if labels else "")
        for label in labels:
            self._label(label, place if tag else None)
        if not tag:
            return kept, False
        self.tags.append(place)
        return [*kept, r"\tag", "{", *str(FIRST + len(self.tags) - 1), "}"], True

    def _next(self) -> str:
        if self._within:
            number, letter = self._within
            self._within = number, letter + 1
            return f"({number}{chr(ord('a') + letter)})"
        self._count += 1
        return f"({self._count})"

    def _label(self, label: str, tag: Tag | None) -> None:
        if label in self.labels:
            raise UserError(rf"\label{{{label}}} is there twice on this page")
        self.labels[label] = tag and Tag(tag.shown, label)

    def link(self, number: int) -> str:
        """Return the link for a reference, as HTML.

        Raises:
            UserError: If there is no such label, or if its formula has no number.
        """
        command, label = self.asked[number]
        if label not in self.labels:
            known = nearest(label, self.labels)
            raise UserError(rf"{command}{{{label}}}: no equation of this page has this label; {known}")
        if not (tag := self.labels[label]):
            words = r"its formula has no number; write \begin{equation} or \begin{align}, or give it a \tag"
            raise UserError(f"{command}{{{label}}}: {words}")
        shown = tag.shown if command == r"\eqref" else tag.shown.removeprefix("(").removesuffix(")")
        return f'<a class="equation-link" href="#{escape(tag.identity)}">{escape(shown)}</a>'

    def filled(self, mathml: str) -> str:
        """Return a converted formula with its numbers and links in their places.

        Raises:
            UserError: If a reference leads nowhere.
        """

        def cell(found: re.Match[str]) -> str:
            tag = self.tags[int(found[2]) - FIRST]
            identity = f' id="{escape(tag.identity)}"' * bool(tag.label)
            begin = f'<mtd class="equation-number" style="{STAYS}{found[1]}"{identity}>'
            return f"{begin}<mtext>{escape(tag.shown)}</mtext></mtd>"

        mathml = CELL.sub(cell, mathml)
        return re.sub(f"{REFERENCE}(.)", lambda found: self.link(ord(found[1]) - 0xE100), mathml)


def plain(tex: str) -> str:
    """Return a tag as characters."""
    if not re.search(r"[\\$]", tex):
        return tex
    return unescape(re.sub(r"<[^>]+>", "", convert(rf"\text{{{tex}}}", display=False)))


def _outer(given: list[str]) -> list[str]:
    """Return the words that stand in no group and no environment."""
    outer, depth = [], 0
    for word in given:
        depth += (word in ("{", r"\begin")) - (word in ("}", r"\end"))
        # The braces of \begin{align} are even
        if not depth:
            outer.append(word)
    return outer


def _environment(base: str, block: list[tuple[list[str], bool]]) -> list[str]:
    """Return rows as an environment that math-core has; it numbers nothing by itself."""
    numbered = any(has for _, has in block) or base == "multline"  # which has no star there
    name = base if numbered else f"{base}*"
    made: list[str] = []
    for row, has in block:
        made += [r"\\", *row, *([] if has or not numbered else [r"\notag"])]
    return [r"\begin", "{", name, "}", *made[1:], r"\end", "{", name, "}"]
