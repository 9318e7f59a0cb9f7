"""A figure's own page, from what mkdocs-jupyter makes of its notebook.

mkdocs-jupyter puts 574 KB of styles and scripts into every page, and nbconvert turns the drawing into
an image that cannot follow the page's colors. What a reader needs is kept: the introduction, the
figure with its caption, its claims, and the recipe.
"""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

RECIPE = "the-recipe"


def arrange(html: str, figure: str) -> str:
    """Return the page's content.

    Args:
        html: What mkdocs-jupyter rendered.
        figure: The figure and its references, with a paragraph of the one word `RECIPE` between.
    """
    soup = BeautifulSoup(html, "html.parser")
    intro, code = [], []
    for cell in soup.select(".jp-Cell"):
        if cell.select_one(".jp-Cell"):  # mkdocs-jupyter wraps each code cell in another
            continue
        text = cell.select_one(".jp-RenderedMarkdown")
        source = cell.select_one(".highlight-ipynb")
        if text:
            (code if code else intro).append(_inner(text))
        elif source:
            code.append(_code(source))
    claims = "".join(str(table) for table in soup.select("table.claims"))
    claims = f'<div class="scroll" tabindex="0" role="group" aria-label="Claims">{claims}</div>'
    recipe = f'<h2 id="claims">Claims</h2>{claims}<h2 id="{RECIPE}">The recipe</h2>{"".join(code)}'
    return "".join(intro) + figure.replace(f"<p>{RECIPE}</p>", recipe)


def _inner(text: Tag) -> str:
    for link in text.select(".anchor-link"):
        link.decompose()
    return text.decode_contents()


def _code(source: Tag) -> str:
    block = source.select_one("pre")
    block["tabindex"] = "0"  # long lines scroll; a keyboard must be able to reach them
    return f'<div class="highlight">{block}</div>'
