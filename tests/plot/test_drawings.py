"""Drawings are on the page what they are in the PNG; on a dark page all ink is seen, and data stay data."""

import io
import re

import numpy as np
import pytest
from drawings import DATA, KINDS
from matplotlib.image import imread
from playwright.sync_api import sync_playwright
from reader import CHROMIUM, FLAGS, needs_browser
from scipy.ndimage import maximum_filter, minimum_filter

from dlfigs.plot import palette, render
from dlfigs.plot.inline import inline

COLUMNS, WIDTH, HEIGHT = 6, 360, 216  # of the page's table; CSS pixels, as points in a drawing
SCALE = 500 / WIDTH  # half as many pixels as a PNG has
# Letters and edges differ by what two programs make of half a pixel
NEAR, FEW = 0.3, 60  # of a color's range from 0 to 1, and pixels of 150,000
PAGE = """<!doctype html><html><meta charset="utf-8"><style>{sheet}
body {{ margin: 0; background: var(--fig-paper); }}
.drawing {{ position: absolute; width: {width}px; height: {height}px; font-family: "DejaVu Sans"; }}
</style><body>{drawings}</body></html>"""


def drawn(draw):
    """Return a drawing as SVG, and its PNG as half as many pixels: (height, width, 3), from 0 to 1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(render.FORMATS, "pdf")
        files = render.pictures(lambda fig, _: draw(fig), None, height=HEIGHT / 72, name="it")
    png = imread(io.BytesIO(files["png"]))[:, :, :3]
    return files["svg"].decode(), png.reshape(HEIGHT * 500 // WIDTH, 2, 500, 2, 3).mean((1, 3))


def seen(drawings):
    """Return what a browser makes of drawings in a page, light and dark: each (height, width, 3).

    Args:
        drawings: HTML by name.
    """
    placed = [
        svg.replace(
            "<svg ", f'<svg style="left: {WIDTH * (i % COLUMNS)}px; top: {HEIGHT * (i // COLUMNS)}px" ', 1
        )
        for i, svg in enumerate(drawings.values())
    ]
    parts = {"sheet": palette.stylesheet(), "width": WIDTH, "height": HEIGHT, "drawings": "".join(placed)}
    size = {"width": WIDTH * COLUMNS, "height": HEIGHT * -(-len(drawings) // COLUMNS)}
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport=size, device_scale_factor=SCALE)
        tab.set_content(PAGE.format(**parts))
        shots = [tab.screenshot()]
        tab.evaluate("document.documentElement.dataset.mdColorScheme = 'slate'")
        shots.append(tab.screenshot())
        browser.close()
    pages = [imread(io.BytesIO(shot))[:, :, :3] for shot in shots]
    high = HEIGHT * 500 // WIDTH
    return {
        name: [p[i // COLUMNS * high :, i % COLUMNS * 500 :][:high, :500] for p in pages]
        for i, name in enumerate(drawings)
    }


def differing(one, other):
    """How many pixels have a color that is not near theirs, or their neighbors', in the other picture."""
    low = minimum_filter(other, (3, 3, 1)) - NEAR
    high = maximum_filter(other, (3, 3, 1)) + NEAR
    return int(((one < low) | (one > high)).any(axis=2).sum())


def luminance(colors):
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def unseen(light, dark):
    """How many pixels that contrast with white paper do not with the dark one."""
    ink = 1.05 / (luminance(light) + 0.05) >= 4.5
    paper = luminance(np.array([0x1B, 0x1E, 0x26]) / 255) + 0.05
    there = maximum_filter(luminance(dark) + 0.05, 3) / paper >= 1.8
    return int((ink & ~there).sum())


# What a page could do to a drawing: of which kind, and how
FAULTS = {
    "image_lost": ("pictures", lambda html: html.replace(' href="data:', ' ns0:href="data:')),
    "image_smaller": ("pictures", lambda html: re.sub(r"matrix\(0\.(\d)\d+", r"matrix(0.\1", html)),
    "hatch_lost": ("grouped_bars", lambda html: re.sub(r'(<rect[^>]*) fill="[^"]*"', r"\1", html)),
    "pattern_lost": ("grouped_bars", lambda html: re.sub(r'(<pattern id="[^"]*)', r"\1-other", html)),
    "label_lost": ("lines", lambda html: re.sub(r"<text[^>]*>\w{4,}</text>", "", html, count=1)),
    "clip_lost": ("clipped", lambda html: re.sub(r' clip-path="[^"]*"', "", html)),
    "formula_larger": ("formulas", lambda html: html.replace("scale(0.095 -0.095)", "scale(0.1 -0.1)")),
    "letters_lost": ("formulas", lambda html: re.sub(r'href="#[^"]*"', "", html)),
    "moved": ("bars", lambda html: html.replace('viewBox="0 0', 'viewBox="-2 0')),
    "black_in_the_dark": ("lines", lambda html: re.sub(r"var\(--fig-black.*?\)\)", "#000000", html)),
    "navy_in_the_dark": (
        "dark_lines",
        lambda html: re.sub(r"color-mix\(in srgb, (\S+) .*?\)\)", r"\1", html),
    ),
}


def gallery():
    """Return all drawings, and some with a fault: as PNG, and as pages of both schemes have them."""
    made = {name: drawn(draw) for name, draw in KINDS.items()}
    pages = {name: inline(svg, name=name, title=name, description="") for name, (svg, _) in made.items()}
    faulty = {name: spoil(pages[of]).replace(of, name) for name, (of, spoil) in FAULTS.items()}
    shown = seen(pages | faulty)
    return {name: (made[FAULTS.get(name, [name])[0]][1], *pair) for name, pair in shown.items()}


def wrong(png, light, dark):
    """How many pixels of a drawing are wrong in the page, and how many are not seen in the dark one."""
    return max(differing(png, light), differing(light, png)), unseen(light, dark)


@needs_browser
@pytest.mark.filterwarnings("ignore:vert. bool was deprecated")  # which seaborn 0.13 uses
def test_a_page_shows_what_the_png_shows_and_a_dark_page_all_ink():
    found = {name: wrong(*pictures) for name, pictures in gallery().items()}
    assert [name for name in FAULTS if max(found.pop(name)) <= FEW] == []
    assert {name: n for name, (n, _) in found.items() if n > FEW} == {}
    assert {name: n for name, (_, n) in found.items() if n > FEW and name not in DATA} == {}
