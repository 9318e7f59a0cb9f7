"""A notebook holds what its recipe holds: comments, texts, statements, files beside it."""

import ast
import io
import subprocess
import sys
import tokenize

import nbformat
import numpy as np
import pytest
from conftest import ROOT, write_recipe

from dlfigs.make import notebook, worker
from dlfigs.recipe import cells

TITLE = "# %% [markdown]\n# # Dots\n# A small recipe.\n"
CODE = "# %%\nx = 1\n"


def comments(text):
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [t.string for t in tokens if t.type == tokenize.COMMENT and not t.string.startswith("# %%")]


@pytest.mark.parametrize(
    "line",
    [
        "# copy of the usual example",
        "# ls is the length scale",
        "# rm below is the running mean",
        "# cat, cd, cp and echo",
        "# mkdir",
        "# %matplotlib inline",
        "# %%time",
        "# !pip install nothing",
        "# ?help",
        "# why?",
        "# x = !ls",
        "# + and then",
        "# -",
        "#+ tight",
        "# In[3]:",
        "# <codecell>",
        "x = '''\n# %%\n# %% [markdown]\n'''",
        "x = 'it\\\\'\n# a comment",
        "x = (\n# %%\n1)",
        "def f():\n    return 1\n# %% inside\n    return 2",
        "x = 'a\x0cb'",
        "x = 1\x0c\ny = 2",
        "x = 'a\x85b\u2028c'",
        "if True:\n\tx = 1",
        "@staticmethod\n# %%\ndef f(): pass",
        '"""Text that nobody assigns."""',
        "x = 1  # %% [markdown]",
    ],
)
def test_code_and_comments_are_what_they_were(line):
    text = f"{TITLE}\n# %%\n{line}\n\n# %%\nz = 3\n"
    code = [cell.source for cell in cells.read(text) if cell.kind == "code"]
    assert "\n".join(code).replace("\n\n", "\n") == f"{line}\nz = 3"
    assert cells.read(text)[0].kind == "markdown"


@pytest.mark.parametrize("path", sorted((ROOT / "figures").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_the_course_s_recipes_lose_nothing(path):
    text = path.read_text(encoding="utf-8")
    found = cells.read(text)
    code = "\n".join(cell.source for cell in found if cell.kind == "code")
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(text))
    written = "\n".join(
        f"# {line}".rstrip() for c in found if c.kind != "code" for line in c.source.split("\n")
    )
    assert sorted(comments(code) + comments(written)) == sorted(comments(text))
    assert found[0].kind == "markdown"


@pytest.mark.parametrize(
    "head",
    [
        "# Copyright of a course\n# SPDX-License-Identifier: MIT\n",
        '"""A docstring."""\n',
        "#!/usr/bin/env python3\n",
        "# -*- coding: utf-8 -*-\n",
        "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# License\n\n'''Doc.'''\n",
        "\n\n",
        "# %%\n# License\n",
        "# %% License\n",
        "\ufeff",
    ],
)
def test_what_stands_above_the_title_begins_the_code(head):
    text = head + TITLE + CODE
    assert [cell.kind for cell in cells.read(text)] == ["markdown", "code"]
    assert cells.read(text)[0].source == "# Dots\nA small recipe."
    code = cells.read(text)[1].source
    assert comments(code) == comments(head.removeprefix("\ufeff")) + ["# License"] * ("%% L" in head)
    assert code.endswith("x = 1")


def test_imports_above_the_title_stay_first_among_the_code():
    found = cells.read("import os\n\n" + TITLE + CODE)
    assert [(c.kind, c.source) for c in found[1:]] == [("code", "import os"), ("code", "x = 1")]
    assert found[0].source.startswith("# Dots")


def test_a_text_that_is_no_title_stays_where_it_is():
    found = cells.read("import os\n# %% [markdown]\n# Now the numbers.\n# %%\nx = 1\n")
    assert [cell.kind for cell in found] == ["code", "markdown", "code"]


def test_what_jupytext_notes_for_itself_is_left_out():
    header = "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n# ---\n\n"
    assert cells.read(header + TITLE + CODE) == cells.read(TITLE + CODE)
    kept = cells.read("# ---\n# A line above and below.\n# ---\n" + TITLE + CODE)
    assert "# A line above and below." in kept[1].source


@pytest.mark.parametrize(
    ("mark", "title"),
    [
        ("# %% Compute the data", "# Compute the data"),
        ("#%%", ""),
        ("# %%   ", ""),
        ("#%% Compute", "# Compute"),
        ('# %% Compute tags=["a"] name="b"', "# Compute"),
        ('# %% tags=["a"]', ""),
        ("# %% Loss [nats] = y", "# Loss [nats] = y"),
        ("# %%%% A part", "# A part"),
    ],
)
def test_titles_of_cells_are_kept_as_comments(mark, title):
    found = cells.read(f"{TITLE}{mark}\nx = 1\n")
    assert found[1].source == (f"{title}\nx = 1" if title else "x = 1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# %% [markdown]\n# a\n#\n# b\n", [("markdown", "a\n\nb")]),
        ("# %% [md] A title\n# a\n", [("markdown", "a")]),
        ("# %% [markdown]\n#a\n#  - b\n", [("markdown", "a\n - b")]),
        ('# %% [markdown]\n"""\na\n\n# b\n"""\n', [("markdown", "a\n\n# b")]),
        ("# %% [markdown]\n# a\nx = 1\n", [("markdown", "a"), ("code", "x = 1")]),
        ("# %% [raw]\n# a\n", [("raw", "a")]),
        ("# %% [markdown]\n# a\n\n\n# %%\n\n", [("markdown", "a")]),
        ("x = 1\n", [("code", "x = 1")]),
    ],
)
def test_cells_of_text(text, expected):
    assert [(cell.kind, cell.source) for cell in cells.read(text)] == expected


def write_helped(course):
    """A recipe with a helper, a text and a file of bytes beside it, and one in the course's folder."""
    path = write_recipe(course / "figures")
    text = path.read_text()
    text = text.replace(
        "import numpy as np\n", "from pathlib import Path\n\nimport numpy as np\nfrom shift import SHIFT\n"
    )
    text = text.replace(
        "    x = np.arange(points)",
        "    here = Path(__file__).parent\n"
        "    x = np.loadtxt(here / 'data.csv')[:points] + SHIFT\n"
        "    assert np.load(here.parent / 'more' / f'{kind}.npy').sum() == 3\n",
    )
    path.write_text(text)
    (course / "figures/shift.py").write_text("SHIFT = 0\n")
    (course / "figures/data.csv").write_text("0\n1\r\n2\n3\n4\n")
    (course / "more").mkdir()
    np.save(course / "more/straight.npy", np.ones(3))
    return path


def run_notebook(page, folder):
    """Run a notebook's code as one script, from a folder where it lies alone."""
    folder.mkdir()
    code = "\n".join(cell.source for cell in page.cells if cell.cell_type == "code")
    script = folder / "cells.txt"
    script.write_text(code + "\nprint(figure.compute(None).y.values.sum())\n")
    run = "import sys; exec(compile(open('cells.txt').read(), 'cells', 'exec'), {'__name__': 'x'})"
    return subprocess.run(
        [sys.executable, "-c", run], cwd=folder, capture_output=True, text=True, check=False
    )


def test_helpers_and_data_come_along(tmp_path):
    path = write_helped(tmp_path / "course")
    folder = worker.make(path, tmp_path / "cache", {})
    page = nbformat.read(folder / "line.ipynb", as_version=4)
    assert page.cells[0].source.startswith("# A line")
    result = run_notebook(page, tmp_path / "alone")
    assert (result.returncode, result.stdout) == (0, "75.0\n"), result.stderr
    assert (tmp_path / "alone/figures/data.csv").read_bytes() == (path.parent / "data.csv").read_bytes()


def test_a_file_that_is_too_large_is_named(tmp_path):
    path = write_helped(tmp_path / "course")
    (path.parent / "data.csv").write_text("0\n1\n2\n3\n4\n" + "5\n" * 60_000)
    folder = worker.make(path, tmp_path / "cache", {})
    page = nbformat.read(folder / "line.ipynb", as_version=4)
    result = run_notebook(page, tmp_path / "alone")
    assert (
        "FileNotFoundError: figures/data.csv of the course did not come along: put it into" in result.stderr
    )
    assert (folder / "line.ipynb").stat().st_size < 200_000


def test_what_lies_there_already_is_left_alone(tmp_path):
    path = write_helped(tmp_path / "course")
    page = nbformat.read(worker.make(path, tmp_path / "cache", {}) / "line.ipynb", as_version=4)
    (path.parent / "shift.py").write_text("SHIFT = 1\n")
    code = "\n".join(cell.source for cell in page.cells if cell.cell_type == "code")
    for folder in (path.parent, path.parent.parent):
        run = [sys.executable, "-c", code + "\nprint(figure.compute(None).y.values.sum())"]
        result = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
        assert result.stdout == "105.0\n", result.stderr
    assert (path.parent / "shift.py").read_text() == "SHIFT = 1\n"


def test_a_recipe_without_files_has_no_cell_about_them(tmp_path):
    text = write_recipe(tmp_path).read_text()
    page = nbformat.reads(notebook.from_recipe("line", text, []), as_version=4)
    assert "__file__" not in str(page)
