"""One palette for all figures, in two schemes.

Lines and labels have the same color, so each color keeps a contrast of at least 4.5:1 to the
page in its scheme. Hues follow Okabe and Ito's set for color-blind readers; lightness was then
chosen so that any two series, and the ink, also differ clearly for people who do not see red,
green or blue (tests/test_palette.py measures it). This module is plain data: Markdown extensions
read it too.
"""

from __future__ import annotations

import re

# name: (on white paper, on a dark page)
PALETTE = {
    "paper": ("#ffffff", "#1b1e26"),
    "ink": ("#1f2328", "#e8eaee"),
    "muted": ("#5c636b", "#a9b0ba"),
    "grid": ("#e3e6ea", "#343a46"),
    "blue": ("#1069ce", "#51b0fe"),
    "vermillion": ("#c35313", "#ff9a69"),
    "green": ("#027855", "#1bdaa7"),
    "purple": ("#8e2765", "#ecbbe6"),
    "ochre": ("#674900", "#f7bd12"),
    "slate": ("#515d8d", "#94a0c3"),
}
SERIES = ("blue", "vermillion", "green", "purple", "ochre", "slate")


def variables(scheme: int) -> str:
    """Return the CSS custom properties of one scheme: 0 is light, 1 is dark."""
    return " ".join(f"--fig-{name}: {colors[scheme]};" for name, colors in PALETTE.items())


def stylesheet() -> str:
    """Return the style sheet that gives figures in a page their colors: docs/stylesheets/figures.css."""
    return (
        "/* Colors of the figures, from dlfigs/plot/palette.py. Print is always light. */\n"
        f":root {{ {variables(0)} }}\n"
        f'@media screen {{ [data-md-color-scheme="slate"] {{ {variables(1)} }} }}\n'
    )


def dark(svg: str) -> str:
    """Return a drawing for a dark page or slide: each light color replaced by its dark partner."""
    partner = dict(PALETTE.values())
    return re.sub("|".join(partner), lambda match: partner[match[0]], svg)


def themed(css: str) -> str:
    """Replace the palette's light colors in CSS or SVG by variables that follow the page's scheme."""
    for name, (light, _) in PALETTE.items():
        css = css.replace(light, f"var(--fig-{name}, {light})")
    return css
