"""Figures in pages: ![](slug) becomes the drawing inline, in the page's colors, with its caption."""

from __future__ import annotations

import itertools
import posixpath
import re
import xml.etree.ElementTree as ET
from collections import Counter

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from dlfigs.errors import UserError
from dlfigs.markdown import drawing, embedding, figure_links
from dlfigs.markdown.captioning import Captions
from dlfigs.markdown.page import Page

# Whatever has neither a folder nor an ending is meant as one: "Dead-ReLU" is a slip, not a file
SLUG = re.compile(r"[\w-]+")


class Figures(Treeprocessor):
    """Replaces images whose address is a slug.

    Args:
        md: The Markdown instance.
        page: The page that is read.
        captions: Writes the captions.
    """

    def __init__(self, md: Markdown, page: Page, captions: Captions) -> None:
        super().__init__(md)
        self.page, self.source, self.finished = page, page.source, page.finished
        self.captions = captions
        md.treeprocessors.register(self, "dlfigs-figures", 7.5)  # when images have their attributes (8)
        embedding.Captions(md)

    def run(self, root: ET.Element) -> None:
        """Put the drawings in the page."""
        parents = {child: parent for parent in root.iter() for child in parent}
        ids = Counter(element.get("id") for element in root.iter())
        for image in list(root.iter("img")):
            slug = image.get("src", "")
            if not SLUG.fullmatch(slug):
                continue
            snippet = snippet_of(slug, self.source.text)
            try:
                self._check_alone(slug)
                found = embedding.find(image, parents, self.md.htmlStash.rawHtmlBlocks)
                name = self._name(slug, found, ids)
                figure = self._figure(slug, name, found, snippet)
            except UserError as error:
                words = str(error)
                words = f"figure {slug!r} {words}" if words.startswith(("must", "stands")) else words
                self.source.fail(snippet, words)
            at = list(found.parent).index(found.target)
            figure.tail = found.target.tail
            found.parent[at] = figure
            if found.rest is not None:
                found.parent.insert(at + 1, found.rest)

    def _check_alone(self, slug: str) -> None:
        """Raise an error if an image of the course has the figure's name."""
        place = self.page.place
        other = place.docs / posixpath.dirname(place.path) / slug
        if slug in self.finished.slugs and other.is_file():
            raise UserError(
                f"{slug!r} is a figure, and a file beside the page: rename one, or give {other} an ending"
            )

    def _name(self, slug: str, found: embedding.Embedding, ids: Counter) -> str:
        """Return an id for the figure that the page does not have yet, or the author's."""
        if wanted := found.attributes.get("id"):
            if ids[wanted] > 1:
                raise UserError(f"the page has the id {wanted!r} twice")
            return wanted
        free = (slug if n == 1 else f"{slug}-{n}" for n in itertools.count(1))
        name = next(name for name in free if not ids[name])
        ids[name] += 1
        return name

    def _figure(self, slug: str, name: str, found: embedding.Embedding, snippet: str) -> ET.Element:
        info, svg = self.finished.info(slug), self.finished.svg(slug)
        description = found.image.get("alt") or info.alt
        if svg and self.page.place.downloads and drawing.PICTURE in found.classes.split():
            return drawing.picture(self.page.place, slug, info.title, description, drawing.size(svg))
        attributes = {"class": f"dlfigs {found.classes}".strip(), "id": name, "data-figure": slug}
        figure = ET.Element("figure", attributes | {"data-search-exclude": ""} | found.style())
        # Keeps the place of a drawing that is not laid out, or not there, yet
        width, height = drawing.size(svg) if svg else drawing.size_of(info.height)
        holder = figure
        if found.link is not None:
            holder = ET.SubElement(figure, "a", found.link.attrib)
        box = ET.SubElement(holder, "div", {"class": "place", "style": f"aspect-ratio: {width} / {height}"})
        if svg:
            shown = drawing.shown(svg, name, info, description)
            own = self.page.place.own_page(slug)
            if own and own != self.page.place.path and found.link is None:
                # Under the drawing, not around it: links within the drawing stay links
                label = f"{info.title}: the figure’s page"
                address = self.page.place.link(own)
                ET.SubElement(box, "a", {"class": "figure-open", "href": address, "aria-label": label})
                box[0].tail = self.md.htmlStash.store(shown)
            else:
                box.text = self.md.htmlStash.store(shown)
        if words := self.finished.words(slug):
            figure.set("data-waiting", slug)
            note = ET.SubElement(box, "p", {"class": "waiting-words"})
            ET.SubElement(note, "span", {"class": "waiting-state"}).text = words
            if not svg:
                ET.SubElement(box, "p", {"class": "waiting-alt"}).text = description
        self.captions.write(figure, info, found, snippet)
        figure_links.add(self.md, self.page, figure, slug, info)
        return figure


def snippet_of(slug: str, text: str) -> str:
    """Return how a page names a figure, so that its line can be found: in an image or in its reference."""
    forms = (f"({slug}", f"(<{slug}", f"]: {slug}", f"]: <{slug}")
    return next((form for form in forms if re.search(re.escape(form) + r"\b", text)), forms[0])
