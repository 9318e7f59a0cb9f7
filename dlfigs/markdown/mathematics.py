"""TeX formulas as MathML, converted when the page is built: no script in the reader's browser."""

from __future__ import annotations

import importlib.util
import io
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML
from pymdownx.arithmatex import ArithmatexExtension

from dlfigs.markdown.source import Source

# Blocks of Unicode that formulas here can contain; the font has thousands of characters more
ALPHABETS = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x300, 0x338), (0x391, 0x3C9), (0x3D1, 0x3F5), (0x2016, 0x2044),
    (0x2061, 0x2064), (0x20D6, 0x20D7), (0x2102, 0x2135), (0x2190, 0x21D5), (0x2200, 0x22EF),
    (0x2308, 0x230B), (0x23DC, 0x23E1), (0x25A1, 0x25EF), (0x27E8, 0x27EB), (0x2A00, 0x2A0C),
    (0x2A7D, 0x2A7E), (0x1D400, 0x1D433), (0x1D49C, 0x1D4CF), (0x1D538, 0x1D56B),
)  # fmt: skip


def register(md: Markdown, source: Source, macros: Mapping[str, str]) -> None:
    """Find formulas with Arithmatex and convert them with math-core."""
    ArithmatexExtension(generic=True).extendMarkdown(md)
    md.treeprocessors.register(_Formulas(md, source, macros), "dlfigs-mathematics", 11)


class _Formulas(Treeprocessor):
    def __init__(self, md: Markdown, source: Source, macros: Mapping[str, str]) -> None:
        super().__init__(md)
        self.source = source
        self.converter = LatexToMathML(macros=dict(macros), fancy_error=False)

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            if element.get("class") == "arithmatex":
                block = element.tag == "div"
                tex = element.text.strip()[2:-2].strip()  # without \( \) or \[ \]
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


def font() -> bytes:
    """Return STIX Two Math, cut down to what formulas use, as WOFF2 (about 50 KB)."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    package = Path(importlib.util.find_spec("ziamath").origin).parent  # its wheel has the font
    face = TTFont(package / "fonts" / "STIXTwoMath-Regular.ttf", recalcTimestamp=False)
    options = subset.Options(flavor="woff2", layout_features=["ssty", "dtls", "kern", "mark", "mkmk"])
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # with the licence
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for low, high in ALPHABETS for c in range(low, high + 1)])
    subsetter.subset(face)
    face.flavor = "woff2"
    buffer = io.BytesIO()
    face.save(buffer)
    return buffer.getvalue()
