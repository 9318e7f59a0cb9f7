"""Draw, tall for text or wide for slides, and give SVG, PNG and PDF: the same bytes for the same data."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import matplotlib
from fontTools import subset
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure as Canvas

from dlfigs.plot import pixels, schemes, svg, ticks
from dlfigs.plot.slides import WIDE, WIDTH

WIDE_DPI = 240  # makes a PNG of 1920 by 1080 pixels
STYLE = Path(__file__).with_name("dlfigs.mplstyle")
# Without what would differ from day to day
FORMATS = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}


Draw = Callable[[Canvas, Any], None]


def pictures(draw: Draw, drawn: Any, *, height: float, name: str) -> dict[str, bytes]:
    """Call a recipe's `draw` on an empty figure and return the files by suffix.

    Args:
        draw: `draw(fig, drawn)`.
        drawn: The summarized dataset.
        height: Inches.
        name: Goes into the SVG's ids.
    """
    files, fig = _drawn(draw, drawn, (WIDTH, height), name, tuple(FORMATS))
    pixels.weigh(fig, files["svg"])  # pages have this one in them
    return files


def alone(draw: Draw, drawn: Any, *, height: float, name: str) -> str:
    """Call a recipe's `draw` on an empty figure and return the SVG that `pictures` has, and nothing else.

    Args:
        draw: `draw(fig, drawn)`.
        drawn: The summarized dataset.
        height: Inches.
        name: Goes into the SVG's ids.
    """
    return _drawn(draw, drawn, (WIDTH, height), name, ("svg",))[0]["svg"].decode()


def wide(draw: Draw, drawn: Any, *, name: str) -> dict[str, bytes]:
    """Call a recipe's `draw` on a figure as wide as a slide, and return SVG and PNG by suffix.

    Args:
        draw: `draw(fig, drawn)`.
        drawn: The summarized dataset.
        name: Goes into the SVG's ids.
    """
    files, _ = _drawn(draw, drawn, WIDE, name, ("svg", "png"), dpi=WIDE_DPI)
    return {f"wide.{suffix}": content for suffix, content in files.items()}


def _drawn(
    draw: Draw, drawn: Any, size: tuple[float, float], name: str, formats: Iterable[str], **options: float
) -> tuple[dict[str, bytes], Canvas]:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a reader's own matplotlibrc must not change our bytes
        matplotlib.style.use(STYLE)
        fig = Canvas(figsize=size)
        FigureCanvasAgg(fig)  # what some who draw ask for the sizes of texts
        draw(fig, drawn)
        ticks.simplify(fig)
        pixels.above_grid(fig)
        pixels.rasterize(fig)
        # Everything gets its place once, by the measures of SVG; each format would draw twice to find it
        FigureCanvasSVG(fig)
        if engine := fig.get_layout_engine():
            engine.execute(fig)
        matplotlib.rcParams["figure.constrained_layout.use"] = False
        fig.set_layout_engine(None)
        kept = schemes.keep(fig)
        files = {}
        with (
            patch.object(subset, "load_font", _load_font),
            patch.object(RendererSVG, "draw_text", _draw_text),
        ):
            for suffix in formats:
                buffer = io.BytesIO()
                fig.savefig(buffer, format=suffix, metadata=FORMATS[suffix], **options)
                files[suffix] = buffer.getvalue()
        files["svg"] = svg.lighten(files["svg"], name, kept)
    return files, fig


def _draw_text(
    self: RendererSVG,
    gc: Any,
    x: float,
    y: float,
    s: str,
    prop: Any,
    angle: float,
    ismath: Any = False,
    mtext: Any = None,
    _draw: Callable = RendererSVG.draw_text,
) -> None:
    """Draw a formula as paths, in one piece: a reader's machine has not all letters of mathematics.

    Everything else stays text.
    """
    matplotlib.rcParams["svg.fonttype"] = "path" if ismath else "none"
    _draw(self, gc, x, y, s, prop, angle, ismath, mtext)


def _load_font(*args: Any, _load: Callable = subset.load_font, **options: Any) -> Any:
    """Load a font to be cut down for a PDF, without what sets letters beside one another.

    In a PDF each has its place already, and those tables are four fifths of the work of cutting.
    """
    font = _load(*args, **options)
    for table in {"GSUB", "GPOS", "GDEF", "kern", "MATH"} & set(font.keys()):
        del font[table]
    return font
