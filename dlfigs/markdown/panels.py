"""Cite: a button that opens a small panel with a sentence and BibTeX to copy.

The panel is an HTML popover: it needs no script to open, closes with Escape, and gives the keyboard
back to its button. Only copying needs one (site/theme/dlfigs.js); without it, select the text.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html import escape

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from dlfigs.errors import UserError
from dlfigs.markdown.citing import Citation
from dlfigs.markdown.page import Page

# Where words are no running text, or a button over one would be in the way of another, or too low to hit
CLOSED = {"a", "button", "code", "pre", "math", "figure", "summary", "td", "th"}
CLOSED |= {f"h{level}" for level in range(1, 7)}
UNMARKED = {"admonition-title", "references", "figure-links", "cite-row", "crumbs", "predict-choices"}


def button(identity: str, label: str, name: str) -> str:
    """Return the button that opens a panel.

    Args:
        identity: Id of the panel.
        label: What is to be read on it.
        name: What a screen reader says.
    """
    return (
        f'<button type="button" class="cite-button" popovertarget="{escape(identity)}" '
        f'aria-label="{escape(name)}">{escape(label)}</button>'
    )


def panel(identity: str, citation: Citation) -> str:
    """Return the panel itself, closed."""
    name = escape(identity)
    return (
        f'<div popover class="cite-panel" id="{name}" role="dialog" aria-labelledby="{name}-title">'
        f'<div class="cite-head"><strong id="{name}-title">Cite this {escape(citation.kind)}</strong>'
        f'<button type="button" class="cite-close" popovertarget="{name}" popovertargetaction="hide" '
        f'aria-label="Close">×</button></div>{texts(identity, citation)}</div>'
    )


def texts(identity: str, citation: Citation) -> str:
    """Return the sentence and the BibTeX, each with a button that copies it."""
    parts = []
    for kind, text, tag in (("sentence", citation.sentence, "p"), ("BibTeX", citation.bibtex, "pre")):
        name = escape(f"{identity}-{kind.lower()}")
        focus = ' tabindex="0" role="group" aria-label="BibTeX"' if tag == "pre" else ""
        parts.append(
            f'<{tag} class="cite-text" id="{name}"{focus}>{escape(text)}</{tag}>'
            f'<button type="button" class="cite-copy" data-copy="{name}">Copy {kind}</button>'
        )
    return "".join(parts)


def cite_course(md: Markdown, page: Page, parent: ET.Element, snippet: str) -> None:
    """Add how to cite the whole course, {{ cite }}.

    Args:
        md: The Markdown instance.
        page: The page that is read.
        parent: What it is added to.
        snippet: What asks for it, to name the line.
    """
    try:
        course = page.course
    except UserError as error:
        page.source.fail(snippet, str(error))
    if course is None:
        page.source.fail(snippet, "{{ cite }} needs the option `citation`, a path to CITATION.cff")
    box = ET.SubElement(parent, "div", {"class": "cite-course"})
    box.text = md.htmlStash.store(texts("cite-course", course.cite("course")))


class CitePage(Treeprocessor):
    """Ends a chapter with how to cite it, unless its front matter hides `cite`.

    Args:
        md: The Markdown instance.
        page: The page that is read.
    """

    def __init__(self, md: Markdown, page: Page) -> None:
        super().__init__(md)
        self.page = page
        md.treeprocessors.register(self, "dlfigs-cite-page", 7.1)  # after the references

    def run(self, root: ET.Element) -> None:
        """Append a button with its panel; first page and figures' pages have their own."""
        place, meta = self.page.place, self.page.place.meta
        if not place.told or place.is_home or "figure" in meta or "cite" in (meta.get("hide") or ()):
            return
        try:
            course = self.page.course
        except UserError as error:
            self.page.source.fail("", str(error))
        if course:
            citation = course.cite("chapter", place.title, name=place.name, page=place.address(place.path))
            html = button("cite-page", "Cite this chapter", "Cite this chapter")
            section = ET.SubElement(root, "section", {"class": "cite-row", "data-search-exclude": ""})
            section.text = self.md.htmlStash.store(html + panel("cite-page", citation))
