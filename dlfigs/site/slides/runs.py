"""HTML as runs of letters that look alike, as PowerPoint has it: formulas in a line are letters too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bs4 import Tag

UNSEEN = {"annotation", "script", "style", "button"}
UP, DOWN = 30, -25  # percent of the size
RELATIONS = set("=<>≤≥≈→←+−∈·")  # which have space on both sides
ACCENTS = {
    "^": "\u0302",
    "ˆ": "\u0302",
    "~": "\u0303",
    "˜": "\u0303",
    "¯": "\u0305",
    "‾": "\u0305",
    "―": "\u0305",
}


class Run(NamedTuple):
    """Letters that look alike.

    Args:
        text: The letters.
        bold: Whether they are.
        italic: Whether they are.
        raised: By percent of their size; below zero for an index.
        link: Where they lead; may be empty.
    """

    text: str
    bold: bool = False
    italic: bool = False
    raised: int = 0
    link: str = ""


def of(html: str) -> list[Run]:
    """Return the runs of some HTML in a line; addresses are as they are there."""
    from bs4 import BeautifulSoup

    found: list[Run] = []
    for run in _of(BeautifulSoup(html, "html.parser").children, Run("")):
        if found and found[-1]._replace(text="") == run._replace(text=""):
            found[-1] = run._replace(text=found[-1].text + run.text)
        elif run.text:
            found.append(run)
    return [run._replace(text=re.sub(r"[ \t\r\n]+", " ", run.text)) for run in found]


def plain(html: str) -> str:
    """Return some HTML as text: what is raised in a formula has "^" before it, an index "_"."""
    said = ""
    for run in of(html):
        said += {0: ""}.get(run.raised, "^" if run.raised > 0 else "_") + run.text
    return said.strip()


def _of(nodes: Iterable[object], like: Run) -> Iterator[Run]:
    for node in nodes:
        name = getattr(node, "name", None)
        if name is None:
            yield like._replace(text=str(node))
        elif name in ("em", "i", "strong", "b"):
            yield from _of(
                node.children, like._replace(**{"italic" if name in ("em", "i") else "bold": True})
            )
        elif name == "a":
            yield from _of(node.children, like._replace(link=node.get("href", "")))
        elif name in ("sub", "sup"):
            yield from _of(node.children, like._replace(raised=UP if name == "sup" else DOWN))
        elif name == "math":
            yield from _formula(node, like)
        elif name not in UNSEEN:
            yield from _of(node.children, like)
            yield from [like._replace(text=" ")] * (name in ("p", "li", "div"))


def _formula(node: Tag, like: Run) -> Iterator[Run]:
    """Yield a formula as letters: fractions with a slash, roots with their sign, indices lower."""
    parts = [child for child in node.children if child.name]
    if node.name in ("mi", "mn", "mo", "mtext", "ms"):
        text = node.get_text()
        slanted = node.name == "mi" and len(text) == 1 and node.get("mathvariant") != "normal"
        spaced = f" {text} " if text in RELATIONS and node.get("lspace") != "0" else text
        yield like._replace(text=spaced, italic=slanted or (like.italic and node.name == "mtext"))
    elif node.name == "mover" and (accent := ACCENTS.get(parts[1].get_text().strip())):
        for run in _formula(parts[0], like):
            yield run._replace(text="".join(f"{letter}{accent}" for letter in run.text))
    elif node.get("style", "").startswith("border-top:"):
        for part in parts:
            for run in _formula(part, like):
                yield run._replace(text="".join(f"{letter}\u0305" for letter in run.text))
    elif node.name in ("msup", "msub", "msubsup", "munder", "mover", "munderover"):
        base, *others = parts
        lower = node.name in ("msub", "msubsup", "munder", "munderover")
        yield from _formula(base, like)
        for place, other in enumerate(others):
            yield from _formula(other, like._replace(raised=DOWN if lower and place == 0 else UP))
    elif node.name == "mfrac":
        for part in parts:
            several = part.find("mo") is not None
            yield like._replace(text="/" * (part is parts[1]) + "(" * several)
            yield from _formula(part, like)
            yield like._replace(text=")" * several)
    elif node.name in ("msqrt", "mroot"):
        yield like._replace(text="√(")
        for part in parts[:1] if node.name == "mroot" else parts:
            yield from _formula(part, like)
        yield like._replace(text=")")
    elif node.name == "mspace":
        wide = re.match(r"([\d.]+)em", node.get("width", ""))
        yield like._replace(text=" " * bool(wide and float(wide[1]) > 0.5))
    else:
        for part in parts:
            yield from _formula(part, like)
            yield like._replace(text={"mtd": " ", "mtr": "; "}.get(part.name, "") * (part is not parts[-1]))
