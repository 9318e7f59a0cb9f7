"""A drawing in a page: inline, in the page's colors; or as files, fetched when they come near."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from dlfigs.markdown.place import Place
from dlfigs.plot.palette import themed
from dlfigs.plot.svg import PAINTS, rename, unqualify

# The page has a font of its own for this; another one was chosen
SANS = re.compile(r"font-family: [^;]*sans-serif;?\s*")
PICTURE = "picture"  # ![](slug){ .picture }


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
