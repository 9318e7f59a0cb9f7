"""A figure's own page, as Markdown, which any generator makes a page of like any other.

It has the recipe's introduction, the figure with its caption, its claims, its data as tables, how it was
made, and the recipe. What changes more often than the figure is added to the finished page (by `uses`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Protocol

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from dlfigs.markdown import moving, verdicts
from dlfigs.markdown.uses import mark
from dlfigs.recipe import claims
from dlfigs.recipe.figure import PLACEHOLDER, fill, numbers
from dlfigs.recipe.info import Info

PAGES = "figures"  # the folder of figures' pages, below that of sources
# In HTML nothing is read; but what looks before that is known would take these for Markdown or TeX
SIGNS = {ord(sign): f"&#{ord(sign)};" for sign in "`~$[{}@"}


def text(slug: str, info: Info, run: Mapping[str, Any], notebook: str) -> str:
    """Return the page of a figure.

    Args:
        slug: Name of the figure.
        info: What `<slug>.json` says.
        run: The record of the computation; may be empty.
        notebook: The text of `<slug>.ipynb`.
    """
    own = numbers(info.claims, info.parameters)
    read = json.loads(notebook)["cells"]
    own_cells = [cell for cell in read if not cell.get("metadata", {}).get("tags")]  # the recipe's
    cells = [(cell["cell_type"] == "code", "".join(cell["source"])) for cell in own_cells]
    first = next((n for n, (is_code, _) in enumerate(cells) if is_code), len(cells))
    recipe = [_code(source) if is_code else _filled(source, own) for is_code, source in cells[first:]]
    held = sum(claim.holds for claim in info.claims)
    parts = [
        *(_filled(source, own) for _, source in cells[:first]),
        f"![]({slug})",
        mark("uses", slug, "p"),
        mark("neighbors", slug, "p"),
        "## Claims",
        f"<p>{held} of {len(info.claims)} hold in this build.</p>",
        _scroll(_signs(claims.table(info.claims)), "Claims"),
        *_moves(info),
        *_verdicts(info),
        "## Data table",
        _tables(info.tables),
        "## How it was made",
        _stamp(info, run),
        "## The recipe",
        *recipe,
        mark("neighbors", slug, "nav"),
    ]
    return _front(slug, info) + "\n\n".join(parts) + "\n"


class Finished(Protocol):
    """A figure after a build."""

    slug: str
    info: Info
    run: Mapping[str, Any]

    def file(self, suffix: str) -> Path:
        """Path of the figure in one format."""


def of(built: Finished) -> str:
    """Return the page of a finished figure."""
    return text(built.slug, built.info, built.run, built.file("ipynb").read_text(encoding="utf-8"))


def is_ours(path: Path) -> bool:
    """Whether a file is the page of a figure, and nothing that an author has written."""
    lines = path.read_text(encoding="utf-8").split("\n", maxsplit=5)
    return f'figure: "{path.stem}"' in lines


def waiting(slug: str, info: Info) -> str:
    """Return the page of a figure that is not there yet.

    Args:
        slug: Name of the figure.
        info: What its recipe says.
    """
    words = f"<p data-waiting='{slug}'>Its claims, data and recipe will be here.</p>"
    return f"{_front(slug, info)}![]({slug})\n\n{mark('uses', slug, 'p')}\n\n{words}\n"


def _front(slug: str, info: Info) -> str:
    said = {"title": info.title, "description": info.caption, "figure": slug}
    said["search"] = {"boost": 0.2}  # chapters use the same words, and explain them
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()]
    return "\n".join(["---", *lines, "---", "", ""])


def _filled(source: str, own: Mapping[str, Any]) -> str:
    """Return the recipe's words with the figure's own numbers, which it names without the figure."""

    def number(found: re.Match[str]) -> str:
        return fill(found[0], own) if found["name"] in own else found[0]

    return PLACEHOLDER.sub(number, source)


def _code(source: str) -> str:
    html = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip("\n")
    # Long lines scroll; a keyboard must be able to reach them
    pre = f'<pre tabindex="0" class="lang-python">{_signs(html)}</pre>'
    return _unsearched(f'<div class="highlight">{pre}</div>')


def _signs(html: str) -> str:
    return html.translate(SIGNS)


def _scroll(table: str, name: str) -> str:
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(name)}">{table}</div>'


def _moves(info: Info) -> list[str]:
    """Return what becomes of the figure's claims where readers can move it to."""
    if not info.moves:
        return []
    words = "<p>A claim was written for the figure as it stands; elsewhere it may not hold.</p>"
    return ["## Where it can be moved to", words, _scroll(_signs(moving.table(info.moves)), "Positions")]


def _verdicts(info: Info) -> list[str]:
    """Return what becomes of the figure's verdicts at other settings."""
    if not info.varied:
        return []
    words = (
        f"<p>{verdicts.counts(info.varied)} Each setting changes what it names and nothing else. "
        "A word is that of the paired difference’s 95 % interval; the number is its mean.</p>"
    )
    return ["## Where the verdicts hold", words, _signs(verdicts.table(info.varied, "Verdicts"))]


def _tables(tables: Sequence[Mapping[str, Any]]) -> str:
    """Return short tables, each folded: a page of numbers is in nobody's way."""
    folded = []
    for table in tables:
        first, *others = table["head"][1:] or table["head"]
        name = table["caption"] or first + f", and {len(others)} more" * bool(others)
        name = f"{name}, by {table['head'][0]}" if len(table["rows"]) > 1 else name
        kept, everything = len(table["rows"]), table["all_rows"]
        note = f" ({kept} of {everything} rows; the CSV has all)" if kept < everything else ""
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in table["head"])
        rows = "".join(
            "<tr>"
            + f'<th scope="row">{first}</th>'
            + "".join(f"<td>{cell}</td>" for cell in rest)
            + "</tr>"
            for first, *rest in ([escape(cell) for cell in row] for row in table["rows"])
        )
        body = f'<table class="data"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        title = f"{name[:1].upper()}{name[1:]}"
        folded.append(f"<details><summary>{escape(title)}{note}</summary>{_scroll(body, title)}</details>")
    return _unsearched(_signs(f'<div class="tables">{"".join(folded)}</div>'))


def _unsearched(html: str) -> str:
    # Material's index looks at names of tags only: an excluded <div> ends with the first <div> in it
    return f"<section data-search-exclude>{html}</section>"


def _stamp(info: Info, run: Mapping[str, Any]) -> str:
    """Return what one must know to make the same figure again."""
    seeds = info.parameters.get("seeds")
    made = "not recorded"
    if run:
        day, _, clock = run["finished"].partition("T")
        made = f"{day}, {clock[:5]} UTC, in {run['seconds']:g} s on one thread"
        made += f" ({run['machine']}, Python {run['python']})"
    lines = {
        "Seeds": f"{seeds}, from root seed {info.seed}" if seeds else f"root seed {info.seed}",
        "Parameters": ", ".join(f"{k} = {_plain(v)}" for k, v in info.parameters.items()) or "none",
        "Data computed": made,
        "Versions": ", ".join(f"{name} {number}" for name, number in info.versions.items()),
        "Digest": f"data {info.digest['data']}, figure {info.digest['drawing']}",
    }
    items = [f"<dt>{name}</dt><dd>{_signs(escape(text))}</dd>" for name, text in lines.items()]
    items.insert(-1, f"<dt>Commit of this page</dt>{mark('commit', tag='dd')}")
    return f'<dl class="stamp" data-search-exclude>{"".join(items)}</dl>'


def _plain(value: Any) -> str:
    return "(" + ", ".join(map(str, value)) + ")" if isinstance(value, (list, tuple)) else str(value)
