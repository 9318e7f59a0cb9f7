"""Drawings as files: a browser fetches each when it comes near, the light one or the dark one."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from dlfigs.markdown.place import Place

CLASS = "picture"  # ![](slug){ .picture }


def add(parent: ET.Element, place: Place, slug: str, alt: str, size: tuple[int, int]) -> None:
    """Add the two images of a drawing.

    Args:
        parent: Holds them.
        place: Where the page stands in its site, which has the figures' files.
        slug: The figure.
        alt: What to say to those who cannot see it.
        size: Width and height in pixels, which keep its place free.
    """
    for scheme, suffix in (("light", "svg"), ("dark", "dark.svg")):  # only one is shown and fetched
        address = place.link(f"{place.downloads}/{slug}.{suffix}")
        image = {"src": address, "alt": alt, "class": f"only-{scheme}", "loading": "lazy"}
        ET.SubElement(parent, "img", image | {"width": str(size[0]), "height": str(size[1])})


def figure(place: Place, slug: str, title: str, alt: str, size: tuple[int, int]) -> ET.Element:
    """Return a figure that is a picture, with its title, which leads to the figure's own page.

    It has no id and no files under it, so that a page can have many.

    Args:
        place: Where the page stands in its site.
        slug: The figure.
        title: Its title.
        alt: What to say to those who cannot see it.
        size: Width and height in pixels.
    """
    box = ET.Element("figure", {"class": "dlfigs-picture"})
    add(box, place, slug, alt, size)
    caption = ET.SubElement(box, "figcaption")
    if page := place.own_page(slug):
        caption = ET.SubElement(caption, "a", {"href": place.link(page)})
    caption.text = title
    return box
