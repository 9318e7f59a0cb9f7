"""Draw once, and give the picture as SVG, PNG and PDF: the same bytes for the same data."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import LogFormatter

WIDTH = 5.0  # inches, for every figure
STYLE = Path(__file__).with_name("dlfigs.mplstyle")
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Without what would differ from day to day
FORMATS = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


class PowerOfTen(LogFormatter):
    """Tick labels like 10⁻³ in plain text, which SVG keeps as text that can be read and searched."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of the tick at x, empty unless x is a power of ten."""
        label = f"{x:.0e}"
        mantissa, _, exponent = label.partition("e")
        if mantissa != "1":
            return ""
        return {0: "1", 1: "10"}.get(int(exponent), "10" + str(int(exponent)).translate(SUPERSCRIPT))


def pictures(
    draw: Callable[[Canvas, Any], None], drawn: Any, *, height: float, name: str
) -> dict[str, bytes]:
    """Call a recipe's `draw` on an empty figure and return the files by suffix.

    Args:
        draw: `draw(fig, drawn)`.
        drawn: The summarized dataset.
        height: Inches.
        name: Goes into the SVG's ids.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a reader's own matplotlibrc must not change our bytes
        matplotlib.style.use(STYLE)
        fig = Canvas(figsize=(WIDTH, height))
        draw(fig, drawn)
        for axes in fig.axes:
            for axis in (axes.xaxis, axes.yaxis):
                if axis.get_scale() == "log" and isinstance(axis.get_major_formatter(), LogFormatter):
                    axis.set_major_formatter(PowerOfTen())
        files = {}
        for suffix, metadata in FORMATS.items():
            buffer = io.BytesIO()
            fig.savefig(buffer, format=suffix, metadata=metadata)
            files[suffix] = buffer.getvalue()
            fig.set_layout_engine("none")  # the places that the first format has found are those of all
    files["svg"] = _lighten(files["svg"], name)
    return files


def _lighten(svg: bytes, name: str) -> bytes:
    """Drop what nobody reads (metadata, digits beyond a hundredth of a point) from matplotlib's SVG."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    # What matplotlib's style element says; inline in a page it would apply to all other pictures
    root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt"}
    # Ids by order of appearance, with the figure's name: two figures can share a page
    ids = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
    text = "".join(t for e in root.iter() for t in e.attrib.values() if "#" in t)
    new = {}
    for old, element in ids.items():
        if f"#{old}" in text:
            new[old] = element.attrib["id"] = f"{name}-{len(new)}"
        else:
            del element.attrib["id"]
    for element in root.iter():
        for key, value in element.attrib.items():
            if "#" in value and new:
                value = re.sub(r"#([\w.-]+)", lambda m: "#" + new.get(m[1], m[1]), value)
            if key in ("d", "x", "y", "width", "height", "transform", "points", "viewBox"):
                value = LONG_NUMBER.sub(_round, value)
                value = " ".join(value.replace("rotate(-0 ", "rotate(0 ").split())
            element.set(key, value)
        if element.attrib.get("transform", "").startswith("rotate(0 "):
            del element.attrib["transform"]
        if element.text and not element.text.strip():
            element.text = None
        if element.tail and not element.tail.strip():
            element.tail = "\n"
    return ET.tostring(root, encoding="unicode").encode() + b"\n"


def _round(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
