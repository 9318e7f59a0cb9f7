"""What matplotlib writes as SVG, made fit for a page: light, without names that others could have too."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Mapping

from dlfigs.plot.palette import COLOR

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XML = "{http://www.w3.org/XML/1998/namespace}"
PAINTS = ("style", "fill", "stroke", "stop-color")  # attributes with colors
ADDRESS = re.compile(r"url\(#([^)]+)\)")
OPACITY, STROKED = re.compile(r"(?<![\w-])opacity:"), re.compile(r"; stroke-opacity: [^;]*")
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
# A factor is no place: a hundredth of it can be much, see `scale(0.095)` of a letter
PLACES = re.compile(r"(translate|rotate)\([^)]*\)")


def lighten(svg: bytes, name: str, kept: Collection[str] = ()) -> bytes:
    """Drop what nobody reads (metadata, digits beyond a hundredth of a point) from matplotlib's SVG.

    Args:
        svg: The drawing.
        name: Begins its ids.
        kept: Colors, as "#rrggbb", that are the same on a dark page.
    """
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    # What matplotlib's style element says; inline in a page it would apply to all other pictures. And what
    # it leaves unsaid: black is black
    root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt", "fill": "#000000"}
    _hatch_once(root)
    _number_ids(root, name)
    for element in root.iter():
        _lighten(element)
        for key in PAINTS:
            if value := element.get(key):
                element.set(key, COLOR.sub(lambda m: _fixed(m[0]) if m[0] in kept else m[0], value))
    return ET.tostring(root, encoding="unicode").encode() + b"\n"


def rename(root: ET.Element, names: Mapping[str, str]) -> None:
    """Give elements other ids, there and wherever they are referred to; all else stays as it is.

    Args:
        root: A drawing.
        names: New ids by old ones.
    """
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, names.get(value, value))
            elif key.rpartition("}")[2] == "href":  # an address elsewhere may have a "#" too
                if value.startswith("#"):
                    element.set(key, f"#{names.get(value[1:], value[1:])}")
            elif "url(#" in value:
                element.set(key, ADDRESS.sub(lambda m: f"url(#{names.get(m[1], m[1])})", value))


def unqualify(root: ET.Element) -> None:
    """Write names as HTML does, which knows no namespaces: `href` for `xlink:href`."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not child.tag.startswith(f"{{{SVG}}}"):  # somebody's notes
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key, value in list(element.attrib.items()):
            if key.startswith("{") and not key.startswith(XML):
                del element.attrib[key]
                if key == f"{{{XLINK}}}href":
                    element.attrib.setdefault("href", value)


def _hatch_once(root: ET.Element) -> None:
    """Let hatches of a transparent area be as transparent as it: matplotlib makes them so twice."""
    styles = [style for element in root.iter() if "opacity:" in (style := element.get("style", ""))]
    faded = {address for style in styles if OPACITY.search(style) for address in ADDRESS.findall(style)}
    for pattern in root.iter(f"{{{SVG}}}pattern"):
        if pattern.get("id") in faded:
            for line in pattern.iter(f"{{{SVG}}}path"):
                line.set("style", STROKED.sub("", line.get("style", "")))


def _number_ids(root: ET.Element, name: str) -> None:
    """Name ids by order of appearance, with the figure's name: a page can have two; drop the others."""
    used = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            if key.rpartition("}")[2] != "href":
                used.update(ADDRESS.findall(value))
            elif value.startswith("#"):
                used.add(value[1:])
    names = {}
    for element in root.iter():
        if (old := element.get("id")) in used:
            names[old] = f"{name}-{len(names)}"
        elif old is not None:
            del element.attrib["id"]
    rename(root, names)


def _lighten(element: ET.Element) -> None:
    for key, value in element.attrib.items():
        if key in ("d", "x", "y", "width", "height", "points", "viewBox"):
            value = LONG_NUMBER.sub(_round, value)
        elif value.startswith("data:"):
            element.set(key, "".join(value.split()))
            continue
        elif key == "transform":
            value = PLACES.sub(lambda places: LONG_NUMBER.sub(_round, places[0]), value)
            value = value.replace("rotate(-0 ", "rotate(0 ")
        else:
            continue
        element.set(key, " ".join(value.split()))
    if element.attrib.get("transform", "").startswith("rotate(0 "):
        del element.attrib["transform"]
    text = element.text or ""
    if element.tag == f"{{{SVG}}}text" and text != " ".join(text.split()):  # a browser would draw one space
        element.set("style", f"{element.get('style', '')}; white-space: pre".removeprefix("; "))
    elif not text.strip():
        element.text = None
    if element.tail and not element.tail.strip():
        element.tail = "\n"


def _round(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def _fixed(color: str) -> str:
    return f"rgb({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))})"
