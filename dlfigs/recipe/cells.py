"""A recipe's cells, in jupytext's percent format, exactly as they are written.

jupytext's own reader takes comments such as "# copy of the usual example" for commands of a shell, forgets
the titles of cells, finds marks within statements, and takes a form feed for a new line. Here a mark counts
where no statement is open, and each statement stays whole.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

# `# %%`, `#%%`, `# %% A title`, `# %% [markdown]`, `# %% A title [md] key="value"`
MARK = re.compile(
    r"#\s*%%+(?:\s+(?P<title>.*?))?\s*(?:\[(?P<kind>markdown|md|raw)\].*|[\w.:-]+=\S.*|\{\".*)?"
)
KINDS = {"markdown": "markdown", "md": "markdown", "raw": "raw"}
TEXT = re.compile(r"# ?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """One cell.

    Args:
        kind: "code", "markdown" or "raw".
        source: Its lines; of text without the signs that make comments of it.
    """

    kind: str
    source: str


def read(text: str) -> list[Cell]:
    """Return the cells of a recipe, the text that introduces it first.

    What stands above that text, such as a license, begins the first cell of code.
    """
    lines = _without_header(text.removeprefix("\ufeff").split("\n"))
    within = _lines_within(ast.parse("\n".join(lines)))
    parts: list[tuple[str, list[str]]] = [("code", [])]
    for number, line in enumerate(lines, start=1):
        mark = None if number in within else MARK.fullmatch(line.rstrip())
        if mark:
            title = (mark["title"] or "").strip()
            parts.append((KINDS.get(mark["kind"] or "", "code"), [f"# {title}"] if title else []))
        else:
            parts[-1][1].append(line)
    cells = [cell for kind, part in parts for cell in _cells(kind, part)]
    return _introduced(cells)


def _without_header(lines: list[str]) -> list[str]:
    """Leave out what jupytext notes for itself at the top."""
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#!")), 0)
    if lines[first].rstrip() == "# ---":
        last = next((i for i in range(first + 1, len(lines)) if lines[i].rstrip() == "# ---"), None)
        if last and any(re.match(r"#\s+jupy(ter|text):", line) for line in lines[first:last]):
            return [*lines[:first], *lines[last + 1 :]]
    return lines


def _lines_within(tree: ast.Module) -> set[int]:
    """Return the numbers of lines that belong to statements, whose lines stay together."""
    found: set[int] = set()
    for node in tree.body:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        found |= set(range(first, node.end_lineno + 1))
    return found


def _cells(kind: str, lines: list[str]) -> list[Cell]:
    """Return one cell, none if it is empty, or two if code follows in a cell of text."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    while lines and not lines[0].strip():
        lines = lines[1:]
    if not lines:
        return []
    if kind == "code":
        return [Cell(kind, "\n".join(lines))]
    code = next(
        (i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines)
    )
    text = [TEXT.sub(r"\1", line) for line in lines[:code]]
    rest = ast.parse("\n".join(lines[code:])).body
    if rest and not any(text) and isinstance(rest[0], ast.Expr) and isinstance(rest[0].value, ast.Constant):
        # A text in quotes stands for comments
        text, code = [str(rest[0].value.value).strip("\n")], code + rest[0].end_lineno
    found = [Cell(kind, "\n".join(text).strip("\n"))] if any(text) else []
    return found + _cells("code", lines[code:])


def _introduced(cells: list[Cell]) -> list[Cell]:
    """Let the text with the title come first."""
    first = next((i for i, cell in enumerate(cells) if cell.kind != "code"), 0)
    above = cells[:first]
    if not above or not cells[first].source.lstrip().startswith("#"):
        return cells
    end = next((i for i, cell in enumerate(cells[first:], first) if cell.kind == "code"), len(cells))
    text, code = cells[first:end], cells[end:]
    statements = [node for cell in above for node in ast.parse(cell.source).body]
    if code and all(isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) for n in statements):
        source = "\n\n".join(cell.source for cell in [*above, code[0]])
        return [*text, Cell("code", source), *code[1:]]
    return [*text, *above, *code]
