"""A figure's own page, from what mkdocs-jupyter makes of its notebook.

mkdocs-jupyter puts 574 KB of styles and scripts into every page, and nbconvert turns the drawing into
an image that cannot follow the page's colors. What a reader needs is kept: the introduction, the
figure with its caption, its claims, its data as tables, how it was made, and the recipe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import markdown
from bs4 import BeautifulSoup, Tag

PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)
RECIPE = "the-recipe"  # a paragraph of this one word stands between the figure and its references
USES, COMMIT = "<!--dlfigs uses-->", "<!--dlfigs commit-->"  # where `complete` writes


def page(
    html: str,
    slug: str,
    info: Mapping[str, Any],
    run: Mapping[str, Any],
    options: Mapping[str, Any],
) -> str:
    """Return the page's content, for `complete`.

    Args:
        html: What mkdocs-jupyter rendered.
        slug: Name of the figure.
        info: What `<slug>.json` says.
        run: The record of the computation; may be empty.
        options: Of the Markdown extension, with addresses relative to the page.
    """
    figure = markdown.markdown(
        f"![]({slug})\n\n{RECIPE}",
        extensions=["dlfigs.markdown"],
        extension_configs={"dlfigs.markdown": dict(options)},
    )
    intro, claims, code = _cells(html)
    held = sum(claim["holds"] for claim in info["claims"])
    parts = [
        USES,
        f'<h2 id="claims">Claims</h2><p>{held} of {len(info["claims"])} hold in this build.</p>',
        _scroll(claims, "Claims"),
        '<h2 id="data-table">The same data as a table</h2>',
        _tables(info["tables"]),
        f'<h2 id="how-it-was-made">How it was made</h2>{_stamp(info, run)}',
        f'<h2 id="{RECIPE}">The recipe</h2>{_unsearched(code)}',
    ]
    return intro + figure.replace(f"<p>{RECIPE}</p>", "".join(parts))


def complete(html: str, commit: str, uses: Mapping[str, str]) -> str:
    """Return the page with what changes more often than the figure, and takes no time.

    Args:
        html: Of `page`.
        commit: Of the course, at this build; may be empty.
        uses: Titles of the chapters that embed the figure, by path.
    """
    links = ", ".join(
        f'<a href="../../{path.removesuffix(".md")}/">{escape(title)}</a>' for path, title in uses.items()
    )
    html = html.replace(USES, f'<p class="uses">Used in: {links}</p>' * bool(links))
    return html.replace(COMMIT, escape(commit or "not under version control"))


def _cells(html: str) -> tuple[str, str, str]:
    """Return the text before the code, the table of claims, and the code with the text between."""
    # Code is most of a page's elements, and goes from page to page as it is: it is not parsed
    blocks: list[str] = []

    def out(block: re.Match[str]) -> str:
        blocks.append(block[1])
        return f"<pre>{len(blocks) - 1}</pre>"

    def back(html: str) -> str:
        # Long lines scroll; a keyboard must be able to reach them
        return re.sub(r"<pre>(\d+)</pre>", lambda n: f'<pre tabindex="0">{blocks[int(n[1])]}</pre>', html)

    soup = BeautifulSoup(PRE.sub(out, html), "html.parser")
    intro, code = [], []
    for cell in soup.select(".jp-Cell"):
        if cell.select_one(".jp-Cell"):  # mkdocs-jupyter wraps each code cell in another
            continue
        text = cell.select_one(".jp-RenderedMarkdown")
        source = cell.select_one(".highlight-ipynb pre")
        if text:
            (code if code else intro).append(back(_inner(text)))
        elif source:
            code.append(f'<div class="highlight">{back(str(source))}</div>')
    claims = "".join(str(table) for table in soup.select("table.claims"))
    return "".join(intro), claims, "".join(code)


def _inner(text: Tag) -> str:
    for link in text.select(".anchor-link"):
        link.decompose()
    return text.decode_contents()


def _scroll(table: str, name: str) -> str:
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(name)}">{table}</div>'


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
    return _unsearched(f'<div class="tables">{"".join(folded)}</div>')


def _unsearched(html: str) -> str:
    # Material's index looks at names of tags only: an excluded <div> ends with the first <div> in it
    return f"<section data-search-exclude>{html}</section>"


def _stamp(info: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """Return what one must know to make the same figure again."""
    seeds = info["parameters"].get("seeds")
    made = "not recorded"
    if run:
        day, _, clock = run["finished"].partition("T")
        made = f"{day}, {clock[:5]} UTC, in {run['seconds']:g} s on one thread"
        made += f" ({run['machine']}, Python {run['python']})"
    lines = {
        "Seeds": f"{seeds}, from root seed {info['seed']}" if seeds else f"root seed {info['seed']}",
        "Parameters": ", ".join(f"{k} = {_plain(v)}" for k, v in info["parameters"].items()) or "none",
        "Data computed": made,
        "Versions": ", ".join(f"{name} {number}" for name, number in info["versions"].items()),
        "Digest": f"data {info['digest']['data']}, figure {info['digest']['drawing']}",
    }
    items = [f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in lines.items()]
    items.insert(-1, f"<dt>Commit of this page</dt><dd>{COMMIT}</dd>")
    return f'<dl class="stamp" data-search-exclude>{"".join(items)}</dl>'


def _plain(value: Any) -> str:
    return "(" + ", ".join(map(str, value)) + ")" if isinstance(value, (list, tuple)) else str(value)
