r"""A page's formulas as MathML, converted when the page is built: no script in the reader's browser.

They are set together when the page is known: equations are numbered in their order, and macros hold from
where they are defined to the end of the page.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Container, Mapping
from html import escape

from markdown import Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString, code_escape

from dlfigs.errors import UserError
from dlfigs.markdown import dialect, setting
from dlfigs.markdown.formulas import MARK, Finder, Formula, number
from dlfigs.markdown.placing import place
from dlfigs.markdown.source import Source

# {{a}} alone is TeX: braces in braces
NUMBER = re.compile(r"\{\{\s*\w+\.\w[\w.]*\s*(?::[^{}]*)?\}\}")
TEX = "data-tex"
SHOWN = 80  # characters of a formula in a message


def register(md: Markdown, source: Source, macros: Mapping[str, str], *, named: bool = False) -> Finder:
    """Set a page's formulas, and return what marks those of other texts of the page, as captions.

    Args:
        md: The Markdown instance.
        source: Names file and line in errors.
        macros: Of TeX, for all pages.
        named: Whether the element of a formula has its TeX too, in the attribute `TEX`.
    """
    md.ESCAPED_CHARS = [*md.ESCAPED_CHARS, "$"]
    finder = Finder()
    md.preprocessors.register(_Fences(md, finder), "dlfigs-formulas-fenced", 27)  # before they are code
    md.preprocessors.register(_Found(md, finder), "dlfigs-formulas", 22)  # after fenced code, before HTML
    md.preprocessors.register(_InHtml(md, finder), "dlfigs-formulas-html", 19)  # which is set aside by now
    md.treeprocessors.register(_Refused(md, source, finder), "dlfigs-formulas-wrong", 21)  # before lines
    descriptions = _Descriptions(md, source, finder, macros, ("alt", "aria-label"))
    md.treeprocessors.register(descriptions, "dlfigs-descriptions", 11)
    # After figures, whose captions have formulas too, before the table of contents
    formulas = _Formulas(md, source, finder, macros, named=named)
    md.treeprocessors.register(formulas, "dlfigs-mathematics", 7.4)
    titles = _Descriptions(
        md, source, finder, macros, ("title", "href", "src")
    )  # a figure's is its caption by now
    md.treeprocessors.register(titles, "dlfigs-titles", 7.3)
    md.postprocessors.register(_Elsewhere(md, finder), "dlfigs-formulas-left", 0)
    return finder


class _Finding(Preprocessor):
    def __init__(self, md: Markdown, finder: Finder) -> None:
        super().__init__(md)
        self.finder = finder


class _Fences(_Finding):
    def run(self, lines: list[str]) -> list[str]:
        self.finder.found.clear()
        return self.finder.mark_fences("\n".join(lines)).split("\n")


class _Found(_Finding):
    def run(self, lines: list[str]) -> list[str]:
        return self.finder.mark("\n".join(lines)).split("\n")


class _InHtml(_Finding):
    """Gives HTML back as it was: nothing is read there."""

    def run(self, lines: list[str]) -> list[str]:
        blocks = self.md.htmlStash.rawHtmlBlocks
        blocks[:] = [self.finder.restore(b) if isinstance(b, str) else b for b in blocks]
        return lines


class _Refused(Treeprocessor):
    """Refuses what is no formula, before others say that they do not understand what is left of it."""

    def __init__(self, md: Markdown, source: Source, finder: Finder) -> None:
        super().__init__(md)
        self.source, self.finder = source, finder

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            texts = (element.text if element.tag != "code" else "", element.tail)
            for mark in (mark for text in texts for mark in MARK.finditer(text or "")):
                formula = self.finder[mark[0]]
                if found := NUMBER.search(formula.tex):
                    words = "has no place in a formula; if its dollar sign is money, write \\$"
                    self.source.fail(found[0], f"{found[0]} {words}")
                if formula.wrong:
                    self.source.fail(formula.source, formula.wrong, nth=self.finder.occurrence(formula))


class _Descriptions(Treeprocessor):
    """Writes formulas as characters where nothing can be set, before figures take descriptions."""

    def __init__(
        self, md: Markdown, source: Source, finder: Finder, macros: Mapping[str, str], names: Container[str]
    ) -> None:
        super().__init__(md)
        self.source, self.finder, self.names = source, finder, names
        self.macros = dialect.page_macros(macros)

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            for name, value in element.attrib.items():
                if name in self.names and MARK.search(value):
                    element.set(name, MARK.sub(self._characters, value))

    def _characters(self, mark: re.Match[str]) -> str:
        formula = self.finder[mark[0]]
        with _Naming(self.source, formula, self.finder.occurrence(formula)):
            return setting.characters(formula, self.macros)


class _Elsewhere(Postprocessor):
    """Gives back what stands where no formula is set; the check of finished pages sees it."""

    def __init__(self, md: Markdown, finder: Finder) -> None:
        super().__init__(md)
        self.finder = finder

    def run(self, text: str) -> str:
        return MARK.sub(lambda found: self.finder.restore(found[0], escape=escape), text)


class _Formulas(Treeprocessor):
    def __init__(
        self, md: Markdown, source: Source, finder: Finder, macros: Mapping[str, str], *, named: bool
    ) -> None:
        super().__init__(md)
        self.source, self.finder, self.named = source, finder, named
        self.macros = dialect.page_macros(macros)

    def run(self, root: ET.Element) -> None:
        used = set()
        for element in root.iter():
            if element.tag == "code" and element.text and MARK.search(element.text):
                code = self.finder.restore(element.text, indented=True, escape=code_escape)
                element.text = AtomicString(code)
            for text in (element.text, element.tail):
                used |= {number(mark[0]) for mark in MARK.finditer(text or "")}
        if used:
            place(self._set(sorted(used)), root)

    def _set(self, used: list[int]) -> dict[int, list[ET.Element]]:
        """Return the elements of each formula; none for one that only defines macros."""
        page = setting.Setting(self.macros)
        words: dict[int, list[str]] = {}
        for which in used:
            formula = self.finder.found[which]
            with self._naming(formula):
                words[which] = page.read(formula)
        made: dict[int, list[ET.Element]] = {}
        for which, said in words.items():
            formula = self.finder.found[which]
            with self._naming(formula):
                made[which] = [self._stashed(*piece) for piece in page.set(formula, said)]
            if self.named:
                self._name(made[which], formula)
        return made

    def _name(self, elements: list[ET.Element], formula: Formula) -> None:
        """Give the first element all of the formula; a reference to an equation is text."""
        for element in elements:
            if element.get("class"):
                element.set(TEX, formula.tex if element is elements[0] else "")

    def _naming(self, formula: Formula) -> _Naming:
        return _Naming(self.source, formula, self.finder.occurrence(formula))

    def _stashed(self, element: ET.Element, html: str) -> ET.Element:
        element.text = self.md.htmlStash.store(html)
        return element


class _Naming:
    """Says file and line of a formula in what goes wrong with it."""

    def __init__(self, source: Source, formula: Formula, occurrence: int) -> None:
        self.source, self.formula, self.occurrence = source, formula, occurrence

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, UserError):
            formula, message = self.formula, str(error)
            begin = formula.tex if len(formula.tex) <= SHOWN else f"{formula.tex[:SHOWN].rstrip()} ..."
            shown = "" if message.startswith(formula.tex) else f"formula {begin!r}: "
            named = re.search(r'"(\\?\w+)"|(\\\w+\{[^{}]+\}|\{\{.*?\}\})', message)
            within = formula.source.find(named[1] or named[2]) if named else -1
            if within < 0:  # its first line that says anything
                within = formula.source.find(formula.tex.split("\n")[0])
            down = formula.source.count("\n", 0, max(within, 0))
            self.source.fail(formula.source, shown + message, nth=self.occurrence, down=down)
