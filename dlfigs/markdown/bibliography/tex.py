r"""TeX of a bibliography, such as `{\'{a}}`, `\emph{in vitro}` and `$\ell_1$`, as HTML and as plain text.

pylatexenc reads it and knows accents and signs. What it does not know it leaves out silently; here that is
an error.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from typing import Any

from pylatexenc import latex2text, latexwalker
from pylatexenc.macrospec import MacroSpec

from dlfigs.markdown.bibliography.addresses import address, link

TAGS = {"emph": "em", "textit": "em", "textsl": "em", "mkbibemph": "em", "mkbibitalic": "em"}
TAGS |= {"textbf": "strong", "mkbibbold": "strong", "texttt": "code", "underline": "u"}
TAGS |= {"textsuperscript": "sup", "mkbibsuperscript": "sup", "textsubscript": "sub"}
DECLARED = {"em": "em", "it": "em", "sl": "em", "itshape": "em", "slshape": "em", "bf": "strong"}
DECLARED |= {"bfseries": "strong", "tt": "code", "ttfamily": "code"}
# Declarations and commands with one argument that change nothing here
DECLARED |= {"rm": "", "sf": "", "sc": "", "normalfont": "", "upshape": "", "scshape": "", "small": ""}
TAGS |= {"textrm": "", "textnormal": "", "textup": "", "textmd": "", "textsf": "", "textsc": "", "text": ""}
TAGS |= {"mbox": "", "hbox": "", "natexlab": "", "MakeUppercase": "", "uppercase": "", "NoCaseChange": ""}
TAGS |= {"bibnamefont": "", "bibfnamefont": ""}
# The last argument is what is shown
LAST = {"textcolor": "[{{", "foreignlanguage": "{{", "bibinfo": "{{"}
SPECIAL = {"url", "nolinkurl", "path", "href", "ensuremath", "enquote", "mkbibquote", "mkbibparens"}
ACCENTS = set("'`^\"~=.uvHtcdbrk")
NOTHING = {"noopsort", "SortNoop", "xspace", "relax", "protect", "newblock", "-", "/", "@", "allowbreak"}
NOTHING |= {"nobreak", "noindent"}
SIGNS = {"textgreater": ">", "textless": "<", "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX"}
SIGNS |= {"copyright": "©", "textunderscore": "_", "_": "_", "S": "§", "P": "¶", "pounds": "£"}
SIGNS |= {"euro": "€", "degree": "°", "glqq": "„", "grqq": "“", "glq": "‚", "grq": "‘", "slash": "/"}
SIGNS |= {"lq": "‘", "rq": "’", "newline": " ", "par": " ", "\\": " "}
SIGNS |= {"textbar": "|", "textasciicircum": "^", "textdollar": "$", "textquotedbl": '"', "dag": "†"}
SIGNS |= {"textbraceleft": "{", "textbraceright": "}", "textperiodcentered": "·"}
SIGNS |= {"textbullet": "•", "textsection": "§", "textsterling": "£", "mkbibdash": "–"}
SCRIPT = re.compile(
    r"\s*([_^])\s*(?:(\w)|\{\s*(?:\\(?:text|textrm|mathrm|rm|textit|mathit)\b\s*\{?)?([\w+*−-]+)\}?\s*\})\s*"
)
DOLLAR = r"(?<!\\)\$"
PLAIN = re.compile(r"[^\\{}$~`'%&-]*")
WORD = re.compile(r"\w+(?:['’]\w+)*")


# It warns of formulas that it cannot write as text; what is wrong with one is said where it is set
logging.getLogger("pylatexenc").setLevel(logging.ERROR)


class TexError(ValueError):
    """TeX that cannot be put into HTML; the message says which."""


def html(tex: str, formula: Callable[[str], str] | None = None, *, sentence: bool = False) -> str:
    """Return TeX as HTML.

    Args:
        tex: As in a field of a bibliography.
        formula: Returns HTML for the TeX of a formula; without it a formula becomes plain text.
        sentence: Whether words that begin with a capital are written small, as in a sentence. The first
            word and what stands in braces keep theirs, as in BibTeX; so do words like ReLU and 3D.

    Raises:
        TexError: If there is a command that is not known.
    """
    writer = _Writer(formula or _as_text, sentence)
    if PLAIN.fullmatch(tex):
        return _typed(writer.words(tex, 0, shout=_shouts(tex)))
    prepared = re.sub(r"(?<!\\)%", r"\\%", tex)  # a percent sign begins no comment here
    if len(re.findall(DOLLAR, prepared)) % 2:  # money: the one before a number, or all of them
        prepared, found = re.subn(rf"{DOLLAR}(?=\d)", r"\\$", prepared, count=1)
        prepared = prepared if found else re.sub(DOLLAR, r"\\$", prepared)
    walker = latexwalker.LatexWalker(prepared, latex_context=_context(), tolerant_parsing=True)
    nodes = walker.get_latex_nodes()[0]
    flat = "".join(node.chars for node in nodes if node.isNodeType(latexwalker.LatexCharsNode))
    writer.shout = _shouts(flat)
    return _typed(writer.nodes(nodes, 0))


def plain(tex: str) -> str:
    """Return TeX as plain text.

    Raises:
        TexError: If there is a command that is not known.
    """
    from html import unescape

    return unescape(re.sub(r"<[^>]*>", "", html(tex)))


class _Writer:
    """Goes through the nodes once, and knows whether a word has been written."""

    def __init__(self, formula: Callable[[str], str], sentence: bool) -> None:
        self.formula, self.sentence = formula, sentence
        self.first, self.shout = True, False

    def nodes(self, nodes: Sequence[Any], depth: int) -> str:
        parts = []
        for number, node in enumerate(nodes):
            name = getattr(node, "macroname", "")
            if name in DECLARED:
                rest = self.nodes(nodes[number + 1 :], depth + 1).strip()
                parts.append(_tagged(DECLARED[name], rest))
                break
            parts.append(self.node(node, depth))
        return "".join(parts)

    def node(self, node: Any, depth: int) -> str:
        if node.isNodeType(latexwalker.LatexCharsNode):
            return self.words(node.chars, depth, shout=self.shout)
        if node.isNodeType(latexwalker.LatexMathNode):
            self.first = False
            opening, closing = node.delimiters
            return self.math(node.latex_verbatim()[len(opening) : -len(closing)])
        if node.isNodeType(latexwalker.LatexGroupNode):
            inner = [child for child in node.nodelist if child is not None]
            # {\"U} alone is a letter, not a group that keeps its capitals
            letter = len(inner) == 1 and inner[0].isNodeType(latexwalker.LatexMacroNode)
            return self.nodes(inner, depth if letter and inner[0].macroname not in TAGS else depth + 1)
        if node.isNodeType(latexwalker.LatexSpecialsNode):
            return "&amp;" if node.specials_chars == "&" else escape(_converter().node_to_text(node), False)
        if node.isNodeType(latexwalker.LatexMacroNode):
            return self.macro(node, depth)
        raise TexError(f"{node.latex_verbatim()[:40]!r} has no place in a bibliography")

    def macro(self, node: Any, depth: int) -> str:
        name = node.macroname
        parts = node.nodeargd.argnlist if node.nodeargd else []
        given = [part for part in parts or [] if part is not None]
        if name in NOTHING:
            return ""
        if name in {*SPECIAL, *TAGS, *LAST} and not given:
            raise TexError(f"\\{name} without what belongs to it")
        if name in SPECIAL:
            return self.special(name, given, depth)
        if name in TAGS or name in LAST:
            return _tagged(TAGS.get(name, ""), self.nodes(given[-1:], depth + 1))
        if name == "texorpdfstring":
            return self.nodes(given[:1], depth)
        text = SIGNS.get(name, "")
        spec = _context().get_macro_spec(name)
        fits = bool(given) if name in ACCENTS else not (spec and spec.args_parser.argspec)
        if not text and fits and _converter().latex_context.get_macro_spec(name):
            text = _converter().node_to_text(node).replace("\u00ad", "")
        if not text:
            command = node.latex_verbatim()[:40].strip()
            raise TexError(f"the command {command!r} is not known; write it as text")
        return self.words(text, depth, shout=True)  # an accented capital is no single letter

    def special(self, name: str, given: Sequence[Any], depth: int) -> str:
        if name == "ensuremath":
            return self.math(_inside(given[0]))
        if name in ("enquote", "mkbibquote", "mkbibparens"):
            opening, closing = "()" if name == "mkbibparens" else "“”"
            return opening + self.nodes(given[-1:], depth + 1) + closing
        self.first = False
        target = address(_inside(given[0]))
        return link(target, self.nodes(given[1:], depth + 1) if name == "href" else "")

    def math(self, tex: str) -> str:
        if script := SCRIPT.fullmatch(tex):
            return _tagged("sub" if script[1] == "_" else "sup", escape(script[2] or script[3], False))
        try:
            return self.formula(tex)
        except ValueError as error:
            raise TexError(f"formula {tex!r}: {error}") from None

    def words(self, text: str, depth: int, *, shout: bool) -> str:
        def change(match: re.Match[str]) -> str:
            word, first = match[0], self.first
            self.first = False
            if not self.sentence or depth:
                return word
            kept = word[1:] != word[1:].lower() and not (shout and word.isupper())
            if first:
                return word if kept else word[:1].upper() + word[1:].lower()
            # Of single letters only the article is no name: vitamin C, K-means
            return word if kept or (len(word) == 1 and word != "A" and not shout) else word.lower()

        return escape(WORD.sub(change, text), False)


def _tagged(tag: str, inner: str) -> str:
    return f"<{tag}>{inner}</{tag}>" if tag and inner else inner


def _inside(node: Any) -> str:
    verbatim = node.latex_verbatim()
    return verbatim[1:-1] if verbatim.startswith("{") else verbatim


def _shouts(text: str) -> bool:
    """Whether a title is written in capitals throughout, so that they say nothing."""
    return text.isupper() and len(text.split()) > 2


def _typed(text: str) -> str:
    """Set single quotes, which TeX writes `so', and spaces."""
    return re.sub(r"`([^`']*)'", r"‘\1’", " ".join(text.split(" "))).replace("`", "‘").strip()


def _as_text(tex: str) -> str:
    return escape(_converter().latex_to_text(f"${tex}$", tolerant_parsing=True).strip(), False)


@cache
def _converter() -> latex2text.LatexNodes2Text:
    return latex2text.LatexNodes2Text(math_mode="text", strict_latex_spaces=True)


@cache
def _context() -> Any:
    context = latexwalker.get_default_latex_context_db()
    one = [*TAGS, "nolinkurl", "path", "enquote", "mkbibquote", "mkbibparens", "noopsort", "SortNoop"]
    macros = [MacroSpec(name, "{") for name in one] + [MacroSpec(name, spec) for name, spec in LAST.items()]
    context.add_context_category("bibliography", prepend=True, macros=[*macros, MacroSpec("href", "{{")])
    return context
