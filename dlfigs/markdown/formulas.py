r"""Where formulas are in Markdown, whatever stands around them.

They are found before Markdown is read, and a mark stands in the place of each: so a table does not end a
cell at |x|, and a paragraph may hold a `$$`. In code the formula comes back as it was.

    $x$  $ x $  \(x\)  \\(x\\)       in a line
    $$ x $$  \[ x \]  \\[ x \\]      displayed, on lines of its own or within one
    \begin{align} ... \end{align}    displayed, with or without dollars around it
    $`x`$  ```math                   in a line and displayed, as on GitHub
    \eqref{eq:x}  \ref{eq:x}         in text
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

# Characters of nobody's language
BEGIN, END, DIGITS = "\ue010", "\ue011", "".join(map(chr, range(0xE020, 0xE02A)))
MARK = re.compile(f"{BEGIN}([{DIGITS}]+){END}")
ENVIRONMENTS = (
    r"(?:equation|align|gather|multline|flalign|alignat|eqnarray)\*?|subequations|displaymath|math|split"
    r"|(?:aligned|gathered|alignedat|cases|dcases|rcases|array)|[pbvBV]?(?:small)?matrix\*?"
)
# What stands for itself: code, comments, tags, addresses, and signs after a backslash
ITSELF = re.compile(
    r"(?P<ticks>`+)(?!`)(?:(?!\n[ >]*\n).)*?(?<!`)(?P=ticks)(?!`)"
    r"|<!--.*?-->|<(?P<tag>pre|code|script|style|textarea|svg|math)\b.*?</(?P=tag)>"
    r"|</?[A-Za-z][\w-]*(?:\s+[\w:@-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*\s*/?>"
    r"|<[A-Za-z][\w+.-]*:[^\s<>]*>|\bhttps?://[^\s)>|]*|\]\([^\s)]*"
    r"|\\[\\$`]",
    re.DOTALL | re.IGNORECASE,
)
FENCE = re.compile(
    r"^[ >]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ >]*(?P=fence)[`~]*[ ]*$|\Z)", re.DOTALL | re.MULTILINE
)
FENCED = re.compile(r"(?P<indent>[ >]*)(?P<fence>`{3,}|~{3,})[ ]*math[ ]*\n(?P<tex>.*)", re.DOTALL)
BLANK = re.compile(r"\n[ >]*(?=\n|\Z)")
DOUBLE = re.compile(r"\$\$((?:\\.|[^\\$]|\$(?!\$))*)\$\$", re.DOTALL)
ROUND = re.compile(r"\\\(((?:\\[^)]|[^\\])*?)\\\)", re.DOTALL)
SQUARE = re.compile(r"\\\[((?:\\[^\]]|[^\\])*?)\\\](?!\()", re.DOTALL)
# With the backslash escaped for other readers of Markdown, as many notes have it
ESCAPED = re.compile(r"\\\\(?:\((.+?)\\\\\)|\[(.+?)\\\\\])", re.DOTALL)
NAMED = re.compile(rf"\\begin\{{({ENVIRONMENTS})\}}")
REFERRED = re.compile(r"\\(?:eqref|ref|autoref|cref|Cref)\{[^{}\n]+\}")
START = re.compile(r"[$\\`<\]~]|\bhttps?://")
TEX = re.compile(r"[\\^_={}+<>()|/*\[\]]")
WORDS = r"(?:[^\W\d_]{3,}|to|or|in|of|is|at|by|on|as|if|up|us)\b"
PROSE = re.compile(rf"\b{WORDS}[,;:]?\s+{WORDS}|^[\d.,]+\S*\s+\W?{WORDS}")
HANGING = re.compile(rf"^\S.*\b{WORDS}\s+$", re.DOTALL)  # between $x and $y
IN_BRACES = re.compile(r"\{[^{}]*\}|\\[A-Za-z]+")


@dataclass(frozen=True)
class Formula:
    """A formula as it stands in a page.

    Args:
        source: All of it, with its dollars and line breaks.
        tex: What is to be converted.
        display: Whether it stands on a line of its own.
        before: How many spaces the line has on which it begins, to give it back to code.
        wrong: What is wrong with its place, or "".
    """

    source: str
    tex: str
    display: bool = False
    before: int = 0
    wrong: str = ""


class Finder:
    """Puts a mark in the place of each formula of a page."""

    def __init__(self) -> None:
        self.found: list[Formula] = []

    def mark(self, text: str) -> str:
        """Return Markdown with marks in the places of formulas."""
        parts, at = [], 0
        while start := START.search(text, at):
            parts.append(text[at : start.start()])
            begin = start.start()
            end, formula = self._read(text, begin)
            if formula:
                parts.append(self._note(formula))
            else:
                parts.append(text[begin:end])
            at = end
        return "".join([*parts, text[at:]])

    def mark_fences(self, text: str) -> str:
        """Return Markdown with marks in the places of fences whose language is math."""

        def note(found: re.Match[str]) -> str:
            if not (ours := FENCED.fullmatch(found[0])):
                return found[0]
            tex, _, last = ours["tex"].rpartition("\n")
            wrong = "" if last.strip(" >").startswith(ours["fence"]) else f"{ours['fence']}math has no end"
            wrong = wrong or ("" if tex.strip(" >\n") else "the formula is empty")
            begin = found.start() + len(ours["indent"])
            end = begin + len(text[begin : found.end()].rstrip())
            formula = _formula(text, begin, end, f"\n{tex}", display=True, wrong=wrong)
            return ours["indent"] + self._note(formula)

        return FENCE.sub(note, text)

    def restore(self, text: str, *, indented: bool = False, escape: Callable[[str], str] = str) -> str:
        """Return text with its formulas as they were.

        Args:
            text: With marks.
            indented: Whether it is a block of code that has lost the same spaces on each line.
            escape: What is done to each formula.
        """

        def source(found: re.Match[str]) -> str:
            formula = self[found[0]]
            if not indented:
                return escape(formula.source)
            line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            lost = formula.before - (len(line) - len(line.lstrip(" ")))
            return escape(re.sub(rf"\n {{0,{max(lost, 0)}}}", "\n", formula.source))

        return MARK.sub(source, text)

    def __getitem__(self, mark: str) -> Formula:
        """Return the formula of a mark."""
        return self.found[number(mark)]

    def occurrence(self, formula: Formula) -> int:
        """Return how many formulas before this one are written the same."""
        same = [other for other in self.found if other.source == formula.source]
        return next(place for place, other in enumerate(same) if other is formula)

    def _note(self, formula: Formula) -> str:
        self.found.append(formula)
        digits = "".join(DIGITS[int(digit)] for digit in str(len(self.found) - 1))
        return BEGIN + digits + END

    def _read(self, text: str, begin: int) -> tuple[int, Formula | None]:
        """Return where what begins here ends, and the formula that it is."""
        if FENCE.match(text, line := text.rfind("\n", 0, begin) + 1) and not text[line:begin].strip(" >"):
            return FENCE.match(text, line).end(), None
        blank = BLANK.search(text, begin)
        paragraph = text[: blank.start() if blank else len(text)]
        if twice := ESCAPED.match(paragraph, begin):
            tex, display = twice[1] or twice[2], bool(twice[2])
            return twice.end(), _formula(text, begin, twice.end(), tex, display=display, wrong="")
        if itself := ITSELF.match(text, begin):
            return itself.end(), None
        for kind in (_displayed, _environment, _in_a_line, _reference):
            if found := kind(paragraph, begin):
                end, tex, display, wrong = found
                return end, _formula(text, begin, end, tex, display=display, wrong=wrong)
        return begin + 1, None


def number(mark: str) -> int:
    """Return the number in a mark."""
    return int("".join(str(DIGITS.index(digit)) for digit in mark[1:-1]))


def _formula(text: str, begin: int, end: int, tex: str, *, display: bool, wrong: str) -> Formula:
    line = text[text.rfind("\n", 0, begin) + 1 : begin]
    quoted = re.match(r"[ ]*(?:>[ ]?)+", line)
    if quoted:  # each line of a quotation has its sign
        tex = re.sub(r"\n[ ]*(?:>[ ]?)+", "\n", tex)
    return Formula(text[begin:end], tex.strip(), display, len(line) - len(line.lstrip(" ")), wrong)


Found = tuple[int, str, bool, str] | None


def _displayed(text: str, begin: int) -> Found:
    if text.startswith("$$", begin):
        if found := DOUBLE.match(text, begin):
            empty = "" if found[1].strip() else "the formula is empty"
            return found.end(), found[1], True, empty
        rest = text[begin:].rstrip()
        if rest.strip("$ >") and text[begin + 2 : begin + 3] not in ("", ")", "."):
            return (
                begin + len(rest),
                rest,
                True,
                "'$$' is not understood: a second $$ is missing in its paragraph, before an empty line",
            )
        return None
    if found := SQUARE.match(text, begin):
        # Also Markdown for brackets that are no link
        tex, alone = found[1], not text[text.rfind("\n", 0, begin) + 1 : begin].strip(" >")
        if alone or TEX.search(tex) or (tex[:1].isspace() and tex[-1:].isspace()):
            return found.end(), tex, True, ""
    return None


def _environment(text: str, begin: int) -> Found:
    if not (first := NAMED.match(text, begin)):
        return None
    depth = 0
    for found in re.finditer(rf"\\(begin|end)\{{{re.escape(first[1])}\}}", text[begin:]):
        depth += 1 if found[1] == "begin" else -1
        if not depth:
            end = begin + found.end()
            return end, text[begin:end], True, ""
    rest = text[begin:].rstrip()
    words = rf"\begin{{{first[1]}}} has no \end{{{first[1]}}} in its paragraph: a formula has no empty line"
    return begin + len(rest), rest, True, words


def _in_a_line(text: str, begin: int) -> Found:
    if found := ROUND.match(text, begin):
        return found.end(), found[1], False, ""
    if text[begin] != "$" or text.startswith("$$", begin) or (end := _closing(text, begin)) is None:
        return None
    inner = text[begin + 1 : end - 1]
    if ticked := re.fullmatch("`([^`]+)`", inner):
        return end, ticked[1], False, ""
    before, after = text[begin - 1 : begin], text[end : end + 1]
    bare = inner
    while IN_BRACES.search(bare):
        bare = IN_BRACES.sub(" ~ ", bare)
    first = bool(re.match(r"\d", inner))  # as in $5 to $6
    last = before.isdigit() or bool(re.search(r"\d\s$", text[max(begin - 2, 0) : begin]))  # as in 3$, 4$
    prose = bool(PROSE.search(bare.strip()) or HANGING.search(bare))
    is_money = (
        (first and (after.isdigit() or inner[-1].isspace()))
        or (before.isalnum() and inner[0].isspace())  # as in US$ and A$
        or (last and (inner[0] in ",.;:)" or prose or re.search(r"^\s.*\d\s*$", inner, re.DOTALL)))
    )
    if not inner.strip() or is_money:
        return None
    glued = after.isdigit() and "\\" not in inner  # 3$\\times$3 is none
    return end, inner, False, _doubt(inner) if prose or glued else ""


def _doubt(inner: str) -> str:
    return (
        rf"'${inner}$' may be a formula or money: a dollar is \$, and words in a formula are \text{{...}}"
    )


def _closing(text: str, begin: int) -> int | None:
    r"""Return the end of a formula in a line: the next dollar outside of braces, unlike `\text{if $x$}`."""
    first, depth, at = None, 0, begin + 1
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 1
        elif sign == "$":
            first = first or at + 1
            if not depth:
                return at + 1
        depth += (sign == "{") - (sign == "}" and depth > 0)
        at += 1
    return first


def _reference(text: str, begin: int) -> Found:
    found = REFERRED.match(text, begin)
    return found and (found.end(), found[0], False, "")
