"""The font of formulas, with just the characters that a site uses."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
import unicodedata
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from dlfigs.make.files import keep, kept, write_whole

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

WIDE = {"~": "\u0303", "ˇ": "\u030c"}  # the characters whose glyphs are wide
REPAIRS = 1  # to be counted up when a font of the same characters becomes another
OVERLAYS = range(0x334, 0x339)  # strokes through the letter before them


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
    cached = cache / hashlib.sha256(f"{used} {REPAIRS}".encode()).hexdigest()[:16]
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
    used = {*used, *(WIDE[sign] for sign in WIDE.keys() & set(used))}
    subsetter.populate(text="".join(sorted(used)))
    subsetter.subset(face)
    if used:  # a site may have no formula
        _repair(face)
    face.flavor = "woff2"
    buffer = io.BytesIO()
    face.save(buffer)
    return buffer.getvalue()


def _repair(face: TTFont) -> None:
    """Mend in a subset of STIX Two Math 2.11 what keeps browsers from drawing it.

    Heads of arrows to the right have their connectors the wrong way round, so that no arrow gets longer.
    Wide tildes and carons belong to combining characters, which MathML does not stretch. And combining
    accents lie left of their own place, where Chromium draws them: left of the letter.
    """
    variants = face["MATH"].table.MathVariants
    if variants and variants.HorizGlyphCoverage:
        names = variants.HorizGlyphCoverage.glyphs
        found = dict(zip(names, variants.HorizGlyphConstruction, strict=True))
        for construction in found.values():
            for part in construction.GlyphAssembly.PartRecords[1:] if construction.GlyphAssembly else []:
                if not part.StartConnectorLength:
                    part.StartConnectorLength, part.EndConnectorLength = part.EndConnectorLength, 0
        characters = face.getBestCmap()
        for sign, combining in WIDE.items():
            if characters.get(ord(combining)) in found and ord(sign) in characters:
                found[characters[ord(sign)]] = found[characters[ord(combining)]]
        names = sorted(found, key=face.getGlyphID)
        variants.HorizGlyphCoverage.glyphs = names
        variants.HorizGlyphConstruction = [found[name] for name in names]
        variants.HorizGlyphCount = len(names)
    _move_accents(face)


def _move_accents(face: TTFont) -> None:
    glyphs, widths, characters = face["glyf"], face["hmtx"], face.getBestCmap()
    information = face["MATH"].table.MathGlyphInfo
    attachment = information and information.MathTopAccentAttachment
    places = {}
    if attachment:
        places = dict(zip(attachment.TopAccentCoverage.glyphs, attachment.TopAccentAttachment, strict=True))
    over_letters = {characters.get(code) for code in OVERLAYS}
    for name in face.getGlyphOrder():
        glyph = glyphs[name]
        left = glyph.xMin if glyph.numberOfContours > 0 else 0
        if widths[name][0] == 0 and left < 0 and name not in over_letters:
            glyph.coordinates.translate((-left, 0))
            glyph.recalcBounds(glyphs)
            widths[name] = (glyph.xMax, 0)
            if name in places:
                places[name].Value -= left
