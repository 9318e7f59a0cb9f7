"""The figures' colors: contrast in both schemes, and apart for every kind of color vision."""

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from conftest import ROOT

from dlfigs.plot import palette
from dlfigs.recipe import loading

with np.printoptions():  # which this package changes for the whole process
    import colour

SLUGS = list(loading.find(ROOT / "figures"))
LIGHT, DARK = 0, 1
VISION = (None, "Deuteranomaly", "Protanomaly", "Tritanomaly")


def rgb(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def luminance(color):
    """Relative luminance as WCAG 2 defines it."""
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_that_of_wcag():
    assert contrast(rgb("#ffffff"), rgb("#000000")) == pytest.approx(21)
    assert contrast(rgb("#767676"), rgb("#ffffff")) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize("name", [*palette.SERIES, "ink", "muted"])
def test_every_color_can_be_text(name, scheme):
    paper = rgb(palette.PALETTE["paper"][scheme])
    assert contrast(rgb(palette.PALETTE[name][scheme]), paper) >= 4.5


@pytest.mark.filterwarnings("ignore:.*simulation of tritanomaly")  # which it calls an approximation
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize("vision", VISION)
def test_any_two_series_differ_for_everybody(vision, scheme):
    """Machado et al. (2009) at full severity; a distance of 1 in CAM02-UCS can just be noticed."""
    colors = {name: rgb(palette.PALETTE[name][scheme]) for name in (*palette.SERIES, "ink")}
    if vision:
        seen = colour.blindness.matrix_cvd_Machado2009(vision, 1.0)
        linear = {name: colour.cctf_decoding(color, "sRGB") for name, color in colors.items()}
        colors = {
            name: colour.cctf_encoding(np.clip(seen @ color, 0, 1), "sRGB")
            for name, color in linear.items()
        }
    points = {name: colour.XYZ_to_CAM02UCS(colour.sRGB_to_XYZ(color)) for name, color in colors.items()}
    apart = {
        (one, other): np.linalg.norm(points[one] - points[other])
        for one, other in itertools.combinations(points, 2)
    }
    closest = min(apart, key=apart.get)
    assert apart[closest] >= 9, f"{closest}: {apart[closest]:.1f}"


def marks(svg):
    """Yield (kind, color, opacity) for each text, line and marker of a drawing; grid and bands excepted.

    The grid is decoration. A band is a pale area by purpose: the line in it carries the meaning.
    """
    root = ET.fromstring(svg)
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        style = dict(re.findall(r"([\w-]+):\s*([^;]+)", element.get("style", "")))
        if tag == "text":
            yield "text", style.get("fill", "#000000"), 1.0
            continue
        stroke, fill = style.get("stroke", "none"), style.get("fill", "none")
        opacity = float(style.get("opacity", 1))
        if stroke.startswith("#") and stroke != palette.PALETTE["grid"][LIGHT]:
            yield "line", stroke, opacity * float(style.get("stroke-opacity", 1))
        elif tag == "use" and fill.startswith("#") and "fill-opacity" not in style:
            yield "marker", fill, opacity


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("slug", SLUGS)
def test_every_line_and_label_of_every_figure_can_be_seen(slug, scheme, figures):
    file, number = ("svg", LIGHT) if scheme == "light" else ("dark.svg", DARK)
    paper = rgb(palette.PALETTE["paper"][number])
    grid = palette.PALETTE["grid"][number]
    kinds = set()
    for kind, color, opacity in marks(figures[slug].file(file).read_text(encoding="utf-8")):
        if color in (grid, palette.PALETTE["paper"][number]):
            continue
        kinds.add(kind)
        seen = opacity * rgb(color) + (1 - opacity) * paper
        assert contrast(seen, paper) >= (4.5 if kind == "text" else 3), f"{kind} {color} at {opacity}"
    assert {"text", "line"} <= kinds


@pytest.mark.parametrize("slug", SLUGS)
def test_the_dark_drawing_is_the_light_one_in_other_colors(slug, figures):
    light, dark = (figures[slug].file(file).read_text(encoding="utf-8") for file in ("svg", "dark.svg"))
    assert re.sub(r"#[0-9a-f]{6}\b", "", light) == re.sub(r"#[0-9a-f]{6}\b", "", dark)
    used = set(re.findall(r"#[0-9a-f]{6}\b", dark))
    assert used <= {dark for _, dark in palette.PALETTE.values()}
    assert palette.PALETTE["paper"][DARK] in used
