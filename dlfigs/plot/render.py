"""Draw once, and give the picture as SVG, PNG and PDF: the same bytes for the same data."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import matplotlib
from fontTools import subset
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure as Canvas

from dlfigs.plot import pixels, schemes, svg, ticks

WIDTH = 5.0  # inches, for every figure
STYLE = Path(__file__).with_name("dlfigs.mplstyle")
# Without what would differ from day to day
FORMATS = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}


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
            for suffix, metadata in FORMATS.items():
                buffer = io.BytesIO()
                fig.savefig(buffer, format=suffix, metadata=metadata)
                files[suffix] = buffer.getvalue()
        files["svg"] = svg.lighten(files["svg"], name, kept)
        pixels.weigh(fig, files["svg"])
    return files


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
