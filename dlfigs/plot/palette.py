"""One palette for all figures, in two schemes.

Lines and labels have the same color, so each color keeps a contrast of at least 4.5:1 to the
page in its scheme. Hues follow Okabe and Ito's set for color-blind readers; lightness was then
chosen so that any two series, and the ink, also differ clearly for people who do not see red,
green or blue (tests/plot/test_palette.py measures it). This module is plain data: Markdown extensions
read it too.

Other colors stay what they are, except those that nobody would see on a dark page: there, some of
its ink is mixed into them. Colors that must never change are written as `rgb(...)` in a drawing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

# name: (on white paper, on a dark page)
PALETTE = {
    "paper": ("#ffffff", "#1b1e26"),
    "ink": ("#1f2328", "#e8eaee"),
    "black": ("#000000", "#e8eaee"),  # matplotlib's own, where nobody has chosen a color
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
NAMES = {light: name for name, (light, _) in PALETTE.items()}
SEEN = 3.0  # contrast that WCAG 2 asks of lines and symbols
# Where colors stand in a drawing, and colors there: what follows "url(" is an id
PAINT = re.compile(r'\b(style|fill|stroke|stop-color)="([^"]*)"')
COLOR = re.compile(r"(?<!\()#[0-9a-f]{6}\b")


def variables(scheme: int) -> str:
    """Return the CSS custom properties of one scheme: 0 is light, 1 is dark."""
    named = [f"--fig-{name}: {colors[scheme]};" for name, colors in PALETTE.items()]
    lift = [f"--fig-lift: {PALETTE['ink'][1]};"] if scheme else []
    return " ".join([*named, *lift])


def stylesheet() -> str:
    """Return the style sheet that gives figures in a page their colors.

    Dark is what Material for MkDocs and Zensical call "slate", and the theme of MkDocs itself "dark".
    """
    dark = ':is([data-md-color-scheme="slate"], [data-bs-theme="dark"])'
    return (
        "/* Colors of the figures, from dlfigs/plot/palette.py. Print is always light. */\n"
        f":root {{ {variables(0)} }}\n"
        f"@media screen {{ {dark} {{ {variables(1)} }} }}\n"
    )


def follows(color: str) -> bool:
    """Whether a color, as "#rrggbb", is another one on a dark page."""
    return color in NAMES or share(color) < 100


@functools.cache
def share(color: str) -> int:
    """Return how many percent of a color are kept on a dark page, so that it is seen; the rest is ink."""
    paper, ink = (_channels(PALETTE[name][1]) for name in ("paper", "ink"))
    for kept in range(100, 0, -5):
        if _contrast(_mixed(_channels(color), ink, kept), paper) >= SEEN:
            return kept
    return 0


def dark(svg: str) -> str:
    """Return a drawing for a dark page or slide: each light color replaced by its dark partner."""
    return PAINT.sub(lambda paint: f'{paint[1]}="{_replaced(paint[2], _dark)}"', svg)


def themed(css: str) -> str:
    """Replace light colors in CSS by what follows the page's scheme."""
    return _replaced(css, _themed)


def _replaced(css: str, other: Callable[[str], str]) -> str:
    return COLOR.sub(lambda color: other(color[0]), css)


def _dark(color: str) -> str:
    if color in NAMES:
        return PALETTE[NAMES[color]][1]
    ink = _channels(PALETTE["ink"][1])
    return "#" + "".join(f"{round(c):02x}" for c in _mixed(_channels(color), ink, share(color)))


def _themed(color: str) -> str:
    if color == "#000000":  # a style sheet of an older version has no black
        return f"var(--fig-black, var(--fig-ink, {color}))"
    if color in NAMES:
        return f"var(--fig-{NAMES[color]}, {color})"
    if (kept := share(color)) < 100:
        return f"color-mix(in srgb, {color} {kept}%, var(--fig-lift, {color}))"
    return color


def _channels(color: str) -> list[float]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _mixed(one: list[float], other: list[float], percent: float) -> list[float]:
    return [(percent * a + (100 - percent) * b) / 100 for a, b in zip(one, other, strict=True)]


def _contrast(one: list[float], other: list[float]) -> float:
    """Contrast as WCAG 2 defines it."""
    dim, bright = sorted(map(_luminance, (one, other)))
    return (bright + 0.05) / (dim + 0.05)


def _luminance(channels: list[float]) -> float:
    unit = (c / 255 for c in channels)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in unit]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
