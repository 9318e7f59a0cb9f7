"""Figures in pages: ![](slug) becomes the drawing inline, in the page's colors, with its caption."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from dlfigs.citing import Course
from dlfigs.errors import UserError
from dlfigs.markdown import panels
from dlfigs.markdown.citations import Cited
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.source import Source
from dlfigs.plot.palette import themed

SVG = "{http://www.w3.org/2000/svg}"
# Whatever has neither a folder nor an ending is meant as one: "Dead-ReLU" is a slip, not a file
SLUG = re.compile(r"[\w-]+")
HOLDERS = ("p", "li", "td", "th", "div", "details", "blockquote")
DOWNLOADS = {"Data": "csv", "SVG": "svg", "PNG": "png", "PDF": "pdf"}


def inline(svg: str, *, name: str, title: str, description: str) -> str:
    """Return an SVG for a page: colors that follow the page's scheme, ids of its own, a description.

    Args:
        svg: The drawing.
        name: Unique on the page.
        title: What a screen reader says first.
        description: The alt text.
    """
    root = ET.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        for key, value in list(element.attrib.items()):
            if key == "id":
                element.set(key, f"{name}--{value}")
            elif "#" in value and ("url(#" in value or value.startswith("#")):
                value = re.sub(r"(url\(|^)#", rf"\1#{name}--", value)
                element.attrib.pop(key)
                element.set(key.rpartition("}")[2], value)  # xlink:href is href in HTML
            if key == "style":
                text = re.sub(r"font-family: [^;]+;?\s*", "", element.get(key))
                element.set(key, themed(text))
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib |= {
        "role": "img",
        "class": "drawing",
        "aria-labelledby": f"{name}--title",
        "aria-describedby": f"{name}--desc",
    }
    for tag, text in (("desc", description), ("title", title)):
        element = ET.Element(tag, {"id": f"{name}--{tag}"})
        element.text = text
        root.insert(0, element)
    return ET.tostring(root, encoding="unicode")


def size(svg: str) -> tuple[int, int]:
    """Return width and height of a drawing in whole pixels, so that a page can keep its place free."""
    _, _, width, height = re.search(r'viewBox="([^"]+)"', svg)[1].split()
    return round(float(width)), round(float(height))


class Figures(Treeprocessor):
    """Replaces images whose address is a slug.

    Args:
        md: The Markdown instance.
        source: Names file and line in errors.
        finished: The figures.
        cited: What the page cites; sources of figures are added.
        options: The extension's: downloads, notebooks.
        course: Gives what to cite; None for no button.
    """

    def __init__(
        self,
        md: Markdown,
        source: Source,
        finished: Finished,
        cited: Cited,
        options: Mapping[str, Any],
        course: Callable[[], Course | None],
    ) -> None:
        super().__init__(md)
        self.source, self.finished, self.cited, self.course = source, finished, cited, course
        self.downloads, self.notebooks = options["downloads"], options["notebooks"]
        md.treeprocessors.register(self, "dlfigs-figures", 10)

    def run(self, root: ET.Element) -> None:
        """Put the drawings in the page."""
        parents = {child: parent for parent in root.iter() for child in parent}
        used: dict[str, int] = {}
        for image in list(root.iter("img")):
            slug = image.get("src", "")
            if not SLUG.fullmatch(slug):
                continue
            used[slug] = used.get(slug, 0) + 1
            name = slug if used[slug] == 1 else f"{slug}-{used[slug]}"
            figure = self._figure(slug, name, image)
            parent = parents[image]
            target = image
            texts = parent.text or "", image.tail or ""
            alone = len(parent) == 1 and not "".join(texts).strip()
            if parent.tag not in HOLDERS or (parent.tag == "p" and not alone):
                self.source.fail(f"({slug}", f"figure {slug!r} must be a paragraph of its own")
            if parent.tag == "p":
                target, parent = parent, parents[parent]
            figure.tail = target.tail
            parent[list(parent).index(target)] = figure

    def _figure(self, slug: str, name: str, image: ET.Element) -> ET.Element:
        snippet = f"({slug}"
        try:
            info, svg = self.finished.info(slug), self.finished.svg(slug)
            course = self.course()
        except UserError as error:
            self.source.fail(snippet, str(error))
        description = image.get("alt") or info["alt"]
        drawing = inline(svg, name=name, title=info["title"], description=description)
        figure = ET.Element("figure", {"class": "dlfigs", "id": name, "data-search-exclude": ""})
        width, height = size(svg)  # keeps the place of a drawing that is not laid out yet
        box = ET.SubElement(figure, "div", {"class": "place", "style": f"aspect-ratio: {width} / {height}"})
        box.text = self.md.htmlStash.store(drawing)
        caption = ET.SubElement(figure, "figcaption")
        title = ET.SubElement(caption, "strong")
        title.text = f"{info['title']}."
        title.tail = f" {image.get('title') or info['caption']}" + " After " * bool(info["sources"])
        for number, key in enumerate(info["sources"]):
            last = number == len(info["sources"]) - 1
            link = self.cited.link(key, snippet=snippet, sentence=True)
            link.tail = "." if last else ", "
            caption.append(link)
        self._links(figure, slug, name, info["title"], course)
        return figure

    def _links(self, figure: ET.Element, slug: str, name: str, title: str, course: Course | None) -> None:
        links = {"Notebook": f"{self.notebooks}/{slug}.ipynb"} if self.notebooks else {}
        if self.downloads:
            links |= {text: f"{self.downloads}/{slug}.{suffix}" for text, suffix in DOWNLOADS.items()}
        parts = []
        for text, address in links.items():
            link = ET.Element("a", {"href": address, "aria-label": f"{text}: {title}"})
            link.text = text
            parts.append(link)
        if course:
            citation = course.cite(
                "figure", title, name=slug, page=f"figures/{slug}/" if self.notebooks else ""
            )
            cite = ET.Element("span")
            cite.text = self.md.htmlStash.store(panels.button(f"{name}-cite", "Cite", f"Cite: {title}"))
            parts.append(cite)
            box = ET.SubElement(figure, "div")
            box.text = self.md.htmlStash.store(panels.panel(f"{name}-cite", citation))
        if parts:
            row = ET.Element("p", {"class": "figure-links"})
            row.extend(parts)
            for part in parts[:-1]:
                part.tail = " · "
            figure.insert(2, row)  # after drawing and caption
        if self.notebooks and self.notebooks != ".":  # for who cannot see the drawing; not on its own page
            table = ET.Element(
                "a", {"class": "only-focused", "href": f"{self.notebooks}/{slug}.ipynb#data-table"}
            )
            table.text = f"{title}: the data as a table"
            figure.insert(1, table)
