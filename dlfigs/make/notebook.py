"""A recipe as a notebook: its cells, with the figure and its claims as the last cell's output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from dlfigs.make import installing
from dlfigs.recipe import cells
from dlfigs.recipe.claims import table, written
from dlfigs.recipe.info import Judged

SETUP = "setup"  # tag of cells that the recipe does not have
MAKE = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


def outputs(svg: str, claims: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return what a notebook shows for a figure: MIME bundles of the picture and the claims."""
    claims = list(claims)
    lines = []
    for claim in claims:
        measured, required, _ = written(claim)
        lines.append(f"{'holds' if claim.holds else 'FAILS'}  {claim.text}: {measured} ({required})")
    return [
        {"image/svg+xml": svg, "text/plain": "the figure, drawn as SVG"},
        {"text/html": table(claims), "text/plain": "\n".join(lines)},
    ]


def from_recipe(
    slug: str, text: str, shown: list[dict[str, Any]], beside: str = "", needed: Iterable[str] = ()
) -> str:
    """Return the text of an .ipynb: the recipe's cells, the last one with the given outputs.

    The cells are just the recipe's: run from a fresh kernel, the last one computes, draws and
    judges the figure again.

    Args:
        slug: The figure's name.
        text: The recipe.
        shown: MIME bundles, from `outputs`.
        beside: Code that puts the recipe's own files where it looks for them, from `dlfigs.make.beside`.
        needed: Distributions that the recipe needs, which the notebook installs where dlfigs is not there.
    """
    found = cells.read(text)
    first = next((i for i, cell in enumerate(found) if cell.kind == "code"), len(found))
    made = [MAKE[cell.kind](cell.source) for cell in found]
    setup = [installing.code(needed), beside]
    made[first:first] = [new_code_cell(one, metadata={"tags": [SETUP]}) for one in setup if one]
    page = new_notebook(
        cells=made,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    for number, cell in enumerate(page.cells):
        cell["id"] = f"{slug}-{number}"[-64:]  # nbformat draws ids at random
    code = [cell for cell in page.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell["execution_count"] = count
    code[-1]["outputs"] = [new_output("display_data", data=bundle) for bundle in shown]
    return nbformat.writes(page, version=nbformat.NO_CONVERT) + "\n"
