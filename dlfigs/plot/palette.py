"""One palette for all figures, in two schemes.

Lines and labels have the same color, so each color keeps a contrast of at least 4.5:1 to the
page in its scheme. Hues follow Okabe and Ito's set for color-blind readers, darkened for white
paper and lightened for a dark page. This module is plain data: Markdown extensions read it too.
"""

from __future__ import annotations

# name: (on white paper, on a dark page)
PALETTE = {
    "paper": ("#ffffff", "#1b1e26"),
    "ink": ("#1f2328", "#e8eaee"),
    "muted": ("#5c636b", "#a9b0ba"),
    "grid": ("#e3e6ea", "#343a46"),
    "blue": ("#0064ad", "#6cb6ff"),
    "vermillion": ("#b54300", "#ff9d66"),
    "green": ("#00734f", "#4ecfa0"),
    "purple": ("#93397b", "#e29acb"),
    "ochre": ("#7d5a00", "#e3bf4f"),
    "slate": ("#4a5a8a", "#a3b4e8"),
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


def themed(css: str) -> str:
    """Replace the palette's light colors in CSS or SVG by variables that follow the page's scheme."""
    for name, (light, _) in PALETTE.items():
        css = css.replace(light, f"var(--fig-{name}, {light})")
    return css
