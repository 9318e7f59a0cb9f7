"""Under each figure, what can be moved, and a row: its page or notebook, its files, how to cite it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from markdown import Markdown

from dlfigs.markdown import moving, panels
from dlfigs.markdown.page import Page
from dlfigs.recipe.info import Info

DOWNLOADS = {"Data": "csv", "SVG": "svg", "PNG": "png", "PDF": "pdf"}
FOR_SLIDES = {"SVG 16:9": "wide.svg", "PNG 16:9": "wide.png"}  # on the figure's own page


def add(md: Markdown, where: Page, figure: ET.Element, slug: str, info: Info) -> None:
    """Add the row of links to a figure, the panel that cites it, and the link for who cannot see it.

    Args:
        md: The Markdown instance.
        where: The page.
        figure: The element.
        slug: Of the figure.
        info: What is known of it.
    """
    title = info.title
    name, place = figure.get("id"), where.place
    page, downloads = place.own_page(slug), place.downloads
    here = page == place.path  # this is the figure's own page
    links = {"Notebook": page and f"{page.removesuffix('.md')}/{slug}.ipynb" if here else page}
    if here and (address := where.options["run"]):
        links["Run it"] = address.replace("{slug}", slug)
    files = DOWNLOADS | FOR_SLIDES if here else DOWNLOADS
    links |= {text: downloads and f"{downloads}/{slug}.{suffix}" for text, suffix in files.items()}
    parts = []
    for text, target in links.items():
        if target:
            address = target if "://" in target else place.link(target)
            parts.append(ET.Element("a", {"href": address, "aria-label": f"{text}: {title}"}))
            parts[-1].text = text
    if course := where.course:
        citation = course.cite("figure", title, name=slug, page=place.address(page) if page else "")
        cite = ET.Element("span")
        cite.text = md.htmlStash.store(panels.button(f"{name}-cite", "Cite", f"Cite: {title}"))
        parts.append(cite)
        box = ET.SubElement(figure, "div")
        box.text = md.htmlStash.store(panels.panel(f"{name}-cite", citation))
    if parts:
        row = ET.Element("p", {"class": "figure-links"})
        row.extend(parts)
        for part in parts[:-1]:
            part.tail = " · "
        figure.insert(2, row)  # after drawing and caption
    if page and not here:  # for who cannot see the drawing
        address = place.link(f"{page}#data-table")
        table = ET.Element("a", {"class": "only-focused", "href": address})
        table.text = f"{title}: the data as a table"
        figure.insert(1, table)
    if info.moves:
        moving.add(place, figure, slug, info)
