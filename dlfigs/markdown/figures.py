"""Figures in pages: ![](slug) becomes the drawing inline, in the page's colors, with its caption."""

from __future__ import annotations

import itertools
import posixpath
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from dlfigs.errors import UserError
from dlfigs.markdown import panels, pictures
from dlfigs.markdown.citations import Cited
from dlfigs.markdown.citing import Course
from dlfigs.markdown.embedding import Captions, Embedding, find
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.formulas import Finder
from dlfigs.markdown.place import Place
from dlfigs.markdown.source import Source
from dlfigs.plot.palette import themed
from dlfigs.plot.svg import PAINTS, rename, unqualify

# The page has a font of its own for this; another one was chosen
SANS = re.compile(r"font-family: [^;]*sans-serif;?\s*")
# Whatever has neither a folder nor an ending is meant as one: "Dead-ReLU" is a slip, not a file
SLUG = re.compile(r"[\w-]+")
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
    rename(root, {id_: f"{name}--{id_}" for element in root.iter() if (id_ := element.get("id"))})
    unqualify(root)
    for element in root.iter():
        for key in PAINTS:
            if value := element.get(key):
                element.set(key, themed(SANS.sub("", value)))
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib |= {
        # Links in an image are not reached by who cannot see it
        "role": "group" if root.find(".//a") is not None else "img",
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


def size_of(height: float) -> tuple[int, int]:
    """Return width and height of a drawing that is not there yet, from the height that its recipe says."""
    return 360, round(72 * height)  # points, as in every drawing


class Figures(Treeprocessor):
    """Replaces images whose address is a slug.

    Args:
        md: The Markdown instance.
        source: Names file and line in errors.
        finished: The figures.
        cited: What the page cites; sources of figures are added.
        formulas: Marks the formulas of captions.
        place: Where the page stands in its site.
        course: Gives what to cite; None for no button.
    """

    def __init__(
        self,
        md: Markdown,
        source: Source,
        finished: Finished,
        cited: Cited,
        formulas: Finder,
        place: Place,
        course: Callable[[], Course | None],
    ) -> None:
        super().__init__(md)
        self.source, self.finished, self.cited, self.place = source, finished, cited, place
        self.formulas, self.course = formulas, course
        md.treeprocessors.register(self, "dlfigs-figures", 7.5)  # when images have their attributes (8)
        Captions(md)

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
                found = find(image, parents, self.md.htmlStash.rawHtmlBlocks)
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
        other = self.place.docs / posixpath.dirname(self.place.path) / slug
        if slug in self.finished.slugs and other.is_file():
            raise UserError(
                f"{slug!r} is a figure, and a file beside the page: rename one, or give {other} an ending"
            )

    def _name(self, slug: str, found: Embedding, ids: Counter) -> str:
        """Return an id for the figure that the page does not have yet, or the author's."""
        if wanted := found.attributes.get("id"):
            if ids[wanted] > 1:
                raise UserError(f"the page has the id {wanted!r} twice")
            return wanted
        free = (slug if n == 1 else f"{slug}-{n}" for n in itertools.count(1))
        name = next(name for name in free if not ids[name])
        ids[name] += 1
        return name

    def _figure(self, slug: str, name: str, found: Embedding, snippet: str) -> ET.Element:
        info, svg = self.finished.info(slug), self.finished.svg(slug)
        description = found.image.get("alt") or info["alt"]
        if svg and self.place.downloads and pictures.CLASS in found.classes.split():
            return pictures.figure(self.place, slug, info, description, size(svg))
        attributes = {"class": f"dlfigs {found.classes}".strip(), "id": name, "data-figure": slug}
        figure = ET.Element("figure", attributes | {"data-search-exclude": ""} | found.style())
        # Keeps the place of a drawing that is not laid out, or not there, yet
        width, height = size(svg) if svg else size_of(info["height"])
        holder = figure
        if found.link is not None:
            holder = ET.SubElement(figure, "a", found.link.attrib)
        box = ET.SubElement(holder, "div", {"class": "place", "style": f"aspect-ratio: {width} / {height}"})
        if svg:
            drawing = inline(svg, name=name, title=info["title"], description=description)
            page = self.place.own_page(slug)
            if page and page != self.place.path and found.link is None:
                # Under the drawing, not around it: links within the drawing stay links
                label = f"{info['title']}: the figure’s page"
                address = self.place.link(page)
                ET.SubElement(box, "a", {"class": "figure-open", "href": address, "aria-label": label})
                box[0].tail = self.md.htmlStash.store(drawing)
            else:
                box.text = self.md.htmlStash.store(drawing)
        if words := self.finished.words(slug):
            figure.set("data-waiting", slug)
            note = ET.SubElement(box, "p", {"class": "waiting-words"})
            ET.SubElement(note, "span", {"class": "waiting-state"}).text = words
            if not svg:
                ET.SubElement(box, "p", {"class": "waiting-alt"}).text = description
        self._caption(figure, info, found, snippet)
        self._links(figure, slug, name, info["title"])
        return figure

    def _caption(self, figure: ET.Element, info: Mapping[str, Any], found: Embedding, snippet: str) -> None:
        caption = ET.SubElement(figure, "figcaption")
        title = ET.Element("strong")
        title.text, after = f"{info['title']}.", " After " * bool(info["sources"])
        if found.caption is None:
            caption.append(title)
            words = found.image.get("title") or self.formulas.mark(info["caption"])
            title.tail = f" {words}{after}"
        else:
            caption.text = found.caption.text
            caption.extend(found.caption)
            first = caption[0] if len(caption) and caption[0].tag == "p" else caption
            title.tail = f" {(first.text or '').lstrip()}"
            first.text = None
            first.insert(0, title)
            caption = caption[-1] if caption[-1].tag == "p" else caption  # where the sources go
            if len(caption):
                caption[-1].tail = f"{(caption[-1].tail or '').rstrip()}{after}"
            else:
                caption.text = f"{(caption.text or '').rstrip()}{after}"
        for number, key in enumerate(info["sources"]):
            link = self.cited.link(key, snippet=snippet, sentence=True)
            link.tail = "." if number == len(info["sources"]) - 1 else ", "
            caption.append(link)

    def _links(self, figure: ET.Element, slug: str, name: str, title: str) -> None:
        page, downloads = self.place.own_page(slug), self.place.downloads
        here = page == self.place.path  # this is the figure's own page
        links = {"Notebook": page and f"{page.removesuffix('.md')}/{slug}.ipynb" if here else page}
        links |= {text: downloads and f"{downloads}/{slug}.{suffix}" for text, suffix in DOWNLOADS.items()}
        parts = []
        for text, target in links.items():
            if target:
                address = self.place.link(target)
                parts.append(ET.Element("a", {"href": address, "aria-label": f"{text}: {title}"}))
                parts[-1].text = text
        if course := self.course():
            citation = course.cite(
                "figure", title, name=slug, page=self.place.address(page) if page else ""
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
        if page and not here:  # for who cannot see the drawing
            address = self.place.link(f"{page}#data-table")
            table = ET.Element("a", {"class": "only-focused", "href": address})
            table.text = f"{title}: the data as a table"
            figure.insert(1, table)


def snippet_of(slug: str, text: str) -> str:
    """Return how a page names a figure, so that its line can be found: in an image or in its reference."""
    forms = (f"({slug}", f"(<{slug}", f"]: {slug}", f"]: <{slug}")
    return next((form for form in forms if re.search(re.escape(form) + r"\b", text)), forms[0])
