"""A figure's own page: the recipe's texts are read as chapters are."""

import json

import markdown
import pytest
from bs4 import BeautifulSoup

from dlfigs.errors import UserError
from dlfigs.markdown import figure_page
from dlfigs.recipe.info import Info

RECIPE = """# %% [markdown]
# # Dots on a line
# How $\\chi_1 < 1$ comes about [@he2015], for {{ points }} places (\\eqref{eq:a}):
# - {{ rate:.2f }} and
# - {{ dots.rate.expected }}

# %%
code = "$x$"

# %% [markdown]
# ## Then
# $$
# \\newcommand{\\E}{\\mathbb{E}}
# \\begin{equation} \\E[x] = 2 \\label{eq:a} \\end{equation}
# $$

# %%
figure
"""
BIB = "@article{he2015, author = {He, Kaiming}, title = {T}, journal = {J}, year = 2015}"


@pytest.fixture
def page(tmp_path):
    """Make the page of a recipe whose figure is finished."""
    claim = {"id": "rate", "measured": 0.5, "expected": 0.25, "tolerance": 0.1, "low": None, "high": None}
    claim |= {"standard_error": None, "text": "Rate", "holds": True}
    info = {
        "title": "Dots",
        "caption": "A caption with $\\sigma_w$.",
        "alt": "Dots.",
        "sources": ["he2015"],
    }
    info |= {"claims": [claim], "parameters": {"points": 5}, "questions": [], "tables": [], "seed": 0}
    info |= {"versions": {}, "digest": {"data": "a", "drawing": "b"}}
    (tmp_path / "dots.json").write_text(json.dumps(info))
    (tmp_path / "dots.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')
    (tmp_path / "references.bib").write_text(BIB)

    def page(recipe):
        cells = []
        for cell in recipe.split("# %%")[1:]:
            kind, _, text = cell.partition("\n")
            text = text.strip()
            if "markdown" in kind:
                text = "\n".join(line[2:] for line in text.splitlines())
            cells.append({"cell_type": "markdown" if "markdown" in kind else "code", "source": [text]})
        text = figure_page.text("dots", Info.read(json.dumps(info)), {}, json.dumps({"cells": cells}))
        options = {"figures": str(tmp_path), "bibliography": str(tmp_path / "references.bib")}
        extensions = ["tables", "toc", "meta", "dlfigs.markdown"]
        made = markdown.markdown(
            text.split("\n---\n", 1)[1],
            extensions=extensions,
            extension_configs={"dlfigs.markdown": options},
        )
        return BeautifulSoup(made, "html.parser")

    return page


def test_texts_of_a_recipe_have_formulas_numbers_and_citations(page):
    made = page(RECIPE)
    assert made.p.get_text().startswith("How χ1<1 comes about (He, 2015), for 5 places ((1)):")
    assert "0.50 and" in made.get_text()
    assert "0.25" in made.get_text()
    assert made.select_one(".equation-number").get_text() == "(1)"
    assert "$" not in made.get_text().replace('"$x$"', "")
    order = [element.name for element in made.select("h1, figure, h2#the-recipe, ul.references")]
    assert order == ["h1", "figure", "h2", "ul"]
    assert made.figcaption.select_one("math").get_text() == "σw"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points }}", "pionts }}", "{{ pionts }}: write {{ figure.claim }}"),
        ("\\chi_1", "\\chii_1", 'Unknown command "\\chii"'),
        ("[@he2015]", "[@he2016]", "no reference 'he2016'"),
        ("eq:a}):", "eq:b}):", "no equation of this page has this label"),
        ("\\E[x]", "\\F[x]", 'Unknown command "\\F"'),
        ("}} and", "} and", "not understood"),
    ],
)
def test_mistakes_in_a_recipes_texts_are_named(page, old, new, said):
    with pytest.raises(UserError) as caught:
        page(RECIPE.replace(old, new))
    assert said in str(caught.value)
