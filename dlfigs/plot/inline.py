"""A drawing as a part of a page: in the page's colors and letters, with a description."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from dlfigs.plot.palette import themed
from dlfigs.plot.svg import PAINTS, rename, unqualify

# The page has a font of its own for this; another one was chosen
SANS = re.compile(r"font-family: [^;]*sans-serif;?\s*")


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
