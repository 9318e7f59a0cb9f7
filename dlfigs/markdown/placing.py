"""Formulas in the tree of a page: those in a line in their line, and displayed ones between paragraphs."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from dlfigs.markdown.formulas import MARK, number

PUNCTUATION = re.compile(r"[.,;:?!)’”]+")
BLOCKS = ("li", "td", "th", "dd", "div", "blockquote", "details", "section", "figcaption", "body")


def place(made: Mapping[int, Sequence[ET.Element]], root: ET.Element) -> None:
    """Put formulas in the places of their marks.

    Args:
        made: The elements of each formula, by the number of its mark.
        root: The page.
    """
    _Places(made).all_below(root)


class _Places:
    def __init__(self, made: Mapping[int, Sequence[ET.Element]]) -> None:
        self.made = made

    def all_below(self, parent: ET.Element) -> None:
        """Put all formulas below an element in their places."""
        for child in list(parent):
            self.all_below(child)
        if parent.tag == "p":
            return  # its parent does it, which can split it
        place = 0
        while place < len(parent):
            child = parent[place]
            made = self._split(child) if child.tag == "p" else [child]
            parent[place : place + 1] = made
            place += len(made)
        if any(MARK.search(text or "") for text in (parent.text, *(child.tail for child in parent))):
            _spread(parent, self._pieces(parent, block=parent.tag in BLOCKS))

    def _pieces(self, parent: ET.Element, *, block: bool) -> list[str | ET.Element]:
        """Return what an element holds, in order, with formulas as elements."""
        pieces: list[str | ET.Element] = []
        for text, child in [(parent.text, None), *((child.tail, child) for child in parent)]:
            if child is not None:
                child.tail = None
                pieces.append(child)
            pieces += self._read(text or "", block=block)
        return pieces

    def _read(self, text: str, *, block: bool) -> list[str | ET.Element]:
        pieces: list[str | ET.Element] = []
        at = 0
        for mark in MARK.finditer(text):
            before, made = text[at : mark.start()], self.made[number(mark[0])]
            at = mark.end()
            for element in made:
                if element.tag == "div" and not block:
                    element.tag = "span"
                elif (
                    element.tag == "span" and element.get("class") and (stop := PUNCTUATION.match(text, at))
                ):
                    # Inside, where no line can break between formula and comma
                    element.text += stop[0]
                    at = stop.end()
            pieces += [before, *made]
        return [*pieces, text[at:]]

    def _split(self, paragraph: ET.Element) -> list[ET.Element]:
        """Return a paragraph as several, if it has displayed formulas, which stand between them."""
        made: list[ET.Element] = []
        part: list[str | ET.Element] = []

        def close() -> None:
            while part and _empty(part[0]):
                part.pop(0)
            while part and _empty(part[-1]):
                part.pop()
            if part:
                piece = ET.Element(
                    "p", dict(paragraph.attrib) if not any(p.tag == "p" for p in made) else {}
                )
                if isinstance(part[0], str):
                    part[0] = part[0].lstrip()
                if isinstance(part[-1], str):
                    part[-1] = part[-1].rstrip()
                _spread(piece, part)
                made.append(piece)
            part.clear()

        pieces = self._pieces(paragraph, block=True)
        if not any(getattr(piece, "tag", "") == "div" for piece in pieces):
            if not any(not isinstance(p, str) or p.strip() for p in pieces):
                return []  # it only defined macros
            _spread(paragraph, pieces)
            return [paragraph]
        for piece in pieces:
            if isinstance(piece, ET.Element) and piece.tag == "div":
                close()
                made.append(piece)
            else:
                part.append(piece)
        close()
        for piece in made:
            piece.tail = "\n"
        return made


def _empty(piece: str | ET.Element) -> bool:
    return not piece.strip() if isinstance(piece, str) else piece.tag == "br"


def _spread(parent: ET.Element, pieces: list[str | ET.Element]) -> None:
    """Give an element these texts and children, and no others."""
    parent[:] = [piece for piece in pieces if isinstance(piece, ET.Element)]
    parent.text, last = "", None
    for piece in pieces:
        if isinstance(piece, ET.Element):
            last = piece
            last.tail = last.tail or ""
        elif last is None:
            parent.text += piece
        else:
            last.tail += piece
