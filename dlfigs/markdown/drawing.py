"""A drawing in a page: the place that it takes, and its files, fetched when they come near."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from dlfigs.markdown.place import Place
from dlfigs.plot.inline import inline
from dlfigs.recipe.info import Info

PICTURE = "picture"  # ![](slug){ .picture }


def shown(svg: str, name: str, info: Info, description: str) -> str:
    """Return a figure's drawing as a part of a page.

    Args:
        svg: The drawing.
        name: Unique on the page.
        info: What is known of the figure.
        description: The alt text.
    """
    return inline(svg, name=name, title=info.title, description=description)


def size(svg: str) -> tuple[int, int]:
    """Return width and height of a drawing in whole pixels, so that a page can keep its place free."""
    _, _, width, height = re.search(r'viewBox="([^"]+)"', svg)[1].split()
    return round(float(width)), round(float(height))


def size_of(height: float) -> tuple[int, int]:
    """Return width and height of a drawing that is not there yet, from the height that its recipe says."""
    return 360, round(72 * height)  # points, as in every drawing


def add_images(parent: ET.Element, place: Place, slug: str, alt: str, size: tuple[int, int]) -> None:
    """Add the two images of a drawing, the light one and the dark one; only one is shown and fetched.

    Args:
        parent: Holds them.
        place: Where the page stands in its site, which has the figures' files.
        slug: The figure.
        alt: What to say to those who cannot see it.
        size: Width and height in pixels, which keep its place free.
    """
    for scheme, suffix in (("light", "svg"), ("dark", "dark.svg")):
        address = place.link(f"{place.downloads}/{slug}.{suffix}")
        image = {"src": address, "alt": alt, "class": f"only-{scheme}", "loading": "lazy"}
        ET.SubElement(parent, "img", image | {"width": str(size[0]), "height": str(size[1])})


def picture(place: Place, slug: str, title: str, alt: str, size: tuple[int, int]) -> ET.Element:
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
    add_images(box, place, slug, alt, size)
    caption = ET.SubElement(box, "figcaption")
    if page := place.own_page(slug):
        caption = ET.SubElement(caption, "a", {"href": place.link(page)})
    caption.text = title
    return box
