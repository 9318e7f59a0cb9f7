"""What stands on a card: little HTML, with formulas as TeX, as Anki sets them; and plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape, unescape

from dlfigs.site.copies.elements import Element
from dlfigs.site.copies.inline import unseen

TABLES = {"table", "thead", "tbody", "tr", "th", "td", "caption"}
BLOCKS = {"p", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", *TABLES}
KEPT = {"strong", "b", "em", "i", "code", "kbd", "sub", "sup", "del", "s", *BLOCKS}
ALONE = {"br", "hr"}
BESIDE_BLOCKS = re.compile(rf"\s*(</?(?:{'|'.join(sorted(BLOCKS))})>)\s*")
# Titles of boxes say what the back of a card is anyway, and pictures have a place of their own
LEFT_OUT = {"summary", "figure", "svg", "img", "audio", "video", "iframe"}
LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
MARKS = (
    (re.compile(r"<li>(?:<p>)?"), "\n- "),
    (re.compile(r"</t[dh]><t[dh]>"), " | "),
    (re.compile(r"<(?:br|hr)>|</?(?:p|ul|ol|li|dl|dt|dd|blockquote|pre|tr|table|caption)>"), "\n"),
    (re.compile(r"<[^>]*>"), ""),
)


def html_of(children: Iterable[Element | str], lead: Callable[[str], str]) -> str:
    """Return texts and elements of a page as HTML for a card.

    Args:
        children: The texts and elements.
        lead: Gives the whole address of a link; "" for a link that is only words.
    """
    return BESIDE_BLOCKS.sub(r"\1", _joined(children, lead)).strip()


def text_of(html: str) -> str:
    """Return what a card says as plain text: a line for each paragraph, and addresses behind links."""
    html = LINK.sub(lambda link: f"{link[2]} ({link[1]})", html)
    for found, instead in MARKS:
        html = found.sub(instead, html)
    return re.sub(r"\s*\n", "\n", unescape(html)).strip()


def _of(element: Element, lead: Callable[[str], str]) -> str:
    tag = element.tag
    if unseen(element) or tag in LEFT_OUT or "admonition-title" in element.classes:
        return ""
    if "data-tex" in element.attributes:
        return _formula(element, lead)
    if tag in ALONE:
        return f"<{tag}>"
    if tag == "pre":
        return f"<pre>{escape(element.text().strip(), quote=False)}</pre>"
    inner = _joined(element.children, lead)
    if tag == "a":
        address = "" if "citation" in element.classes else lead(element.attributes.get("href", ""))
        return f'<a href="{escape(address)}">{inner}</a>' if address and inner.strip() else inner
    return f"<{tag}>{inner}</{tag}>" if tag in KEPT else inner


def _joined(children: Iterable[Element | str], lead: Callable[[str], str]) -> str:
    return "".join(
        escape(re.sub(r"\s+", " ", child), quote=False) if isinstance(child, str) else _of(child, lead)
        for child in children
    )


def _formula(element: Element, lead: Callable[[str], str]) -> str:
    """Return a formula as TeX, with the signs that no line parts from it."""
    begin, end = (r"\[", r"\]") if element.tag == "div" else (r"\(", r"\)")
    # Two braces side by side begin a field in a deck's templates, and mean in TeX what they do apart
    tex = re.sub(r"(?<=[{}])(?=[{}])", " ", element.attributes["data-tex"].strip())
    written = f"{begin}{escape(tex, quote=False)}{end}" if tex else ""
    parts = [
        written if isinstance(child, Element) and child.tag == "math" else _joined([child], lead)
        for child in element.children
    ]
    return "".join(parts)
