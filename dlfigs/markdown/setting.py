"""Formulas set as MathML: macros expanded, equations numbered in their order, text between them as text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import escape

from dlfigs.markdown import tex
from dlfigs.markdown.equations import BETWEEN, NUMBERED, REFERENCES, Equations
from dlfigs.markdown.formulas import Formula
from dlfigs.markdown.mathml import convert, plain

# A wide formula scrolls by itself; a keyboard must be able to reach it
SCROLLS = {"class": "math", "tabindex": "0", "role": "group", "aria-label": "formula"}


def characters(formula: Formula, macros: tex.Macros) -> str:
    """Return a formula as characters, where nothing can be set."""
    return plain(macros.expand(tex.words(formula.tex)))


class Setting:
    """The formulas of one page: all are read before the first is set, for they refer to one another.

    Args:
        macros: With which the page begins; those that it defines hold to its end.
    """

    def __init__(self, macros: tex.Macros) -> None:
        self.macros, self.equations = macros.with_those_of(tex.Macros()), Equations()

    def read(self, formula: Formula) -> list[str]:
        """Return a formula's words, and give its equations their numbers."""
        return self.equations.number(self.macros.expand(tex.words(formula.tex)))

    def set(self, formula: Formula, words: list[str]) -> Iterator[tuple[ET.Element, str]]:
        """Yield a formula's elements with their HTML; none, if it only defines macros."""
        if not "".join(words).strip():
            return
        if re.fullmatch(rf"\\({'|'.join(name[1:] for name in REFERENCES)})\{{[^{{}}]*\}}", formula.tex):
            yield ET.Element("span"), self.equations.filled("".join(words))
            return
        numbered = re.match(r"\\begin\{(\w+)", formula.tex)
        display = formula.display or bool(numbered and numbered[1] in NUMBERED)
        if not display:
            mathml = self.equations.filled(convert(words, display=False))
            yield ET.Element("span", {"class": "math"}), mathml
            return
        for position, part in enumerate(_parts(words)):
            if position % 2:
                said = self.equations.filled(_prose(part))
                yield ET.Element("div", {"class": "intertext"}), said
            elif "".join(part).strip():
                mathml = self.equations.filled(convert(part, display=True))
                yield ET.Element("div", dict(SCROLLS)), mathml


def _prose(words: list[str]) -> str:
    r"""Return the words of \intertext, which are broken into lines as any text is, as HTML."""
    texts = re.split(r"(?<!\\)\$", tex.text(words))
    made = [convert(text, display=False) if place % 2 else escape(text) for place, text in enumerate(texts)]
    return "".join(made).replace("~", "\u00a0").replace("\\%", "%").replace("\\ ", " ")


def _parts(words: list[str]) -> list[list[str]]:
    """Return a formula's parts: formula, text, formula ..."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word == BETWEEN:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts
