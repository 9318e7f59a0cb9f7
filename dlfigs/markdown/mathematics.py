"""TeX formulas as MathML, converted when the page is built: no script in the reader's browser."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML
from pymdownx.arithmatex import ArithmatexExtension

from dlfigs.errors import UserError
from dlfigs.files import keep, kept, write_whole
from dlfigs.markdown.source import Source

# {{a}} alone is TeX: braces in braces
NUMBER = re.compile(r"\{\{\s*\w+\.\w[\w.]*\s*(?::[^{}]*)?\}\}")
PUNCTUATION = re.compile(r"[.,;:?!)’”]+")


def register(md: Markdown, source: Source, macros: Mapping[str, str]) -> None:
    """Find formulas with Arithmatex and convert them with math-core."""
    ArithmatexExtension(generic=True).extendMarkdown(md)
    md.treeprocessors.register(_Formulas(md, source, macros), "dlfigs-mathematics", 11)


class _Formulas(Treeprocessor):
    def __init__(self, md: Markdown, source: Source, macros: Mapping[str, str]) -> None:
        super().__init__(md)
        self.source = source
        self.converter = converter(macros)

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            if element.get("class") == "arithmatex":
                block = element.tag == "div"
                tex = element.text.strip()[2:-2].strip()  # without \( \) or \[ \]
                if block:
                    tex = unescape(tex)  # Arithmatex escapes & and < in blocks, but not in lines
                if number := NUMBER.search(tex):
                    words = "has no place in a formula; if its dollar sign is money, write \\$"
                    self.source.fail(number[0], f"{number[0]} {words}")
                try:
                    mathml = self.converter.convert_with_local_state(tex, displaystyle=block)
                except LatexError as error:
                    self.source.fail(tex.split("\n")[0], f"formula {tex!r}: {error}")
                element.set("class", "math")
                if block:  # a wide formula scrolls by itself; a keyboard must be able to reach it
                    element.set("tabindex", "0")
                    element.set("role", "group")
                    element.set("aria-label", "formula")
                element.text = self.md.htmlStash.store(mathml)
                if not block and (stop := PUNCTUATION.match(element.tail or "")):
                    # Inside, where no line can break between formula and comma
                    element.text += stop[0]
                    element.tail = element.tail[stop.end() :]


def converter(macros: Mapping[str, str]) -> LatexToMathML:
    """Return what converts formulas.

    Raises:
        UserError: If the macros are not TeX by name.
    """
    try:
        return LatexToMathML(macros=dict(macros), fancy_error=False)
    except (LatexError, TypeError) as error:
        raise UserError(
            f"the option 'macros' must be TeX by name, {{R: '\\mathbb{{R}}'}}: {error}", "macros"
        ) from None


def characters(html: str) -> set[str]:
    """Return the characters in a page's formulas, and the italic ones that browsers draw for letters."""
    found = set()
    for formula in re.findall(r"<math\b.*?</math>", html, flags=re.DOTALL):
        found |= set(unescape(re.sub(r"<[^>]+>", "", formula)))
        if "<msqrt" in formula or "<mroot" in formula:  # the browser draws this sign; no text has it
            found.add("√")
    return found | {_ITALIC[letter] for letter in found & _ITALIC.keys()}


def _italics() -> dict[str, str]:
    # MathML draws a single letter in italics, which are characters of their own; h came first
    names = {chr(code): unicodedata.name(chr(code), "") for code in range(0x1D400, 0x1D800)}
    italic = [c for c, name in names.items() if name.startswith("MATHEMATICAL ITALIC ")]
    return {unicodedata.normalize("NFKC", c): c for c in italic} | {"h": "\u210e"}


_ITALIC = _italics()


def write_font(used: Iterable[str], target: Path, cache: Path) -> None:
    """Write the font, with just the characters that are used; made once for each set of them."""
    used = "".join(sorted(used))
    cached = cache / hashlib.sha256(used.encode()).hexdigest()[:16]
    content = kept(cached)
    if content is None:
        content = font(used)
        keep(cached, content)
    write_whole(target, content)


def font(used: Iterable[str]) -> bytes:
    """Return STIX Two Math, cut down to the characters that are used, as WOFF2.

    Args:
        used: Characters, from `characters`.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont

    package = Path(importlib.util.find_spec("ziamath").origin).parent  # its wheel has the font
    face = TTFont(package / "fonts" / "STIXTwoMath-Regular.ttf", recalcTimestamp=False)
    options = subset.Options(flavor="woff2", layout_features=["ssty", "dtls"], hinting=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # with the license
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(used)))
    subsetter.subset(face)
    face.flavor = "woff2"
    buffer = io.BytesIO()
    face.save(buffer)
    return buffer.getvalue()
