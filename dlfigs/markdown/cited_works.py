"""What a citation in running text opens: the work and its links, without a script.

A button lies over the citation and opens an HTML popover, as for terms of a glossary. The link below it
stays for print, for books and for browsers without popovers, which do not show the button: it leads to
the list of references.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import NamedTuple

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from dlfigs.markdown import citations
from dlfigs.markdown.citations import Cited
from dlfigs.markdown.page import Page
from dlfigs.markdown.panels import CLOSED, UNMARKED


def register(md: Markdown, page: Page) -> Cited:
    """Register citations and what they open; return the list of works that others can add to."""
    cited = citations.register(md, page.source, page.options["bibliography"], page.options["macros"])
    CitedWorks(md, page, cited)
    return cited


class Work(NamedTuple):
    """A work that a page cites.

    Args:
        key: Of the bibliography.
        name: Its authors and year.
    """

    key: str
    name: str

    @property
    def id(self) -> str:
        """Of what opens; ids have no spaces."""
        return f"work-{'_'.join(self.key.split())}"


class CitedWorks(Treeprocessor):
    """Puts a button over each citation of a page, and at its end what they open.

    Args:
        md: The Markdown instance.
        page: The page that is read.
        cited: What it cites.
    """

    def __init__(self, md: Markdown, page: Page, cited: Cited) -> None:
        super().__init__(md)
        self.place, self.cited = page.place, cited
        md.treeprocessors.register(self, "dlfigs-cited-works", 7.15)  # after the references

    def run(self, root: ET.Element) -> None:
        """Leave a piece of text as it is: there is no style sheet that lays a button over its word."""
        if not self.place.told or not self.cited.keys:
            return
        works = {self.cited.address(key): Work(key, self.cited.name(key)) for key in self.cited.keys}
        opened: dict[Work, None] = {}
        _cover(root, works, opened)
        if opened:
            section = ET.SubElement(root, "section", {"class": "works", "data-search-exclude": ""})
            for work in opened:
                about = {"class": "term-panel", "id": work.id, "role": "dialog", "aria-label": work.name}
                panel = ET.SubElement(section, "div", {"popover": ""} | about)
                ET.SubElement(panel, "p").text = self.md.htmlStash.store(self.cited.line(work.key))


def _cover(parent: ET.Element, works: Mapping[str, Work], opened: dict[Work, None]) -> None:
    """Cover the citations below an element; note the works in the order in which they are read."""
    if parent.tag in CLOSED or parent.get("class") in UNMARKED:
        return
    for place, child in enumerate(list(parent)):
        if child.get("class") != "citation":
            _cover(child, works, opened)
        elif work := works.get(child.get("href", "")):
            opened[work] = None
            cited = ET.Element("span", {"class": "cited"})
            cited.tail, child.tail = child.tail, None
            child.set("tabindex", "-1")  # the button is the keyboard's stop
            about = {"popovertarget": work.id, "aria-label": f"{work.name}: the work"}
            cited.extend((child, ET.Element("button", {"type": "button"} | about)))
            parent[place] = _with_bracket(parent, place, cited)


def _with_bracket(parent: ET.Element, place: int, cited: ET.Element) -> ET.Element:
    """Return a citation with the bracket before it: a line may break before what a button lies over."""
    text = (parent[place - 1].tail if place else parent.text) or ""
    if not text.endswith("("):
        return cited
    if place:
        parent[place - 1].tail = text[:-1]
    else:
        parent.text = text[:-1]
    kept = ET.Element("span", {"class": "cited-kept"})
    kept.text, kept.tail, cited.tail = "(", cited.tail, None
    kept.append(cited)
    return kept
