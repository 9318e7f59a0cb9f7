"""A figure in a live notebook: computed, judged and drawn where somebody looks at it."""

from __future__ import annotations

from IPython.display import display

from dlfigs.make import computing, evaluating, notebook
from dlfigs.plot import render
from dlfigs.recipe.figure import Figure


def show(figure: Figure) -> None:
    """Compute, judge and draw a figure with its default parameters, and show it."""
    result = evaluating.evaluate("figure", figure, computing.compute(figure, {}), {})
    pictures = render.pictures(figure.draw, result.drawn, height=figure.height, name="figure")
    for bundle in notebook.outputs(pictures["svg"].decode(), result.info.claims):
        display(bundle, raw=True)
