"""What makes a figure stale, and what does not."""

import ast
import os
import shutil
import sys

import pytest
from conftest import ROOT, write_recipe

from dlfigs.dataset import dataset
from dlfigs.make import disk, distributions
from dlfigs.make.digests import OF_DATA, OF_DRAWING, digest, of_verdicts, pictures_digest
from dlfigs.make.disk import Disk, modules
from dlfigs.recipe import dependencies, loading
from dlfigs.recipe.figure import UserError


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def line(tmp_path):
    return write_recipe(tmp_path / "figures")


@pytest.mark.parametrize(
    ("old", "new", "drawn"),
    [
        ("A line for tests.", "Another caption.", False),
        ("rises from left to right", "goes up", False),
        ("Slope of the line", "How steep", False),
        ("ax.plot(", "ax.step(", True),
        ("    draw=draw,", "    draw=draw,\n    height=3.0,", True),
        ("slope=2.0", "slope=3.0", True),
    ],
)
def test_pictures_depend_on_what_draws_and_not_on_words(line, old, new, drawn):
    def pictures():
        found = digest(line)
        return found.drawing, pictures_digest(line, found.data)

    before = pictures()
    change(line, old, new)
    after = pictures()
    assert [a != b for a, b in zip(before, after, strict=True)] == [True, drawn]


def test_a_recipe_is_run_as_it_is_and_not_as_it_was_in_the_same_second(line, monkeypatch):
    """Python tells what it has compiled from newer code by size and whole second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for slope in ("2.0", "3.0"):
        write_recipe(line.parent, low=slope)
        os.utime(line, (1, 1))
        assert next(loading.load(line).claims(dataset({"x": 2}, y=("x", [0, 1], "y")))).low == float(slope)


def test_pictures_depend_on_modules_that_draw_and_not_on_those_of_claims(line):
    (line.parent / "_ink.py").write_text("COLOR = 'C1'\n")
    (line.parent / "_limits.py").write_text("LOW = 1\n")
    imports = "import numpy as np\nfrom _ink import COLOR\nfrom _limits import LOW"
    change(line, "import numpy as np", imports)
    change(line, "ax.plot(", "ax.plot(*[], color=COLOR), ax.plot(")
    change(line, "low=0", "low=LOW - 1")
    before = pictures_digest(line, "data")
    (line.parent / "_limits.py").write_text("LOW = 2\n")
    assert pictures_digest(line, "data") == before
    (line.parent / "_ink.py").write_text("COLOR = 'C2'\n")
    assert pictures_digest(line, "data") != before


def test_what_only_people_read_does_not_count_for_kept_verdicts(line):
    """Nor do versions: verdicts are kept in the repository, for everybody's machine."""
    (line.parent / "_shape.py").write_text("# A bend\nBEND = 1\n")
    change(line, "import numpy as np", "import numpy as np\nfrom _shape import BEND")
    change(line, "slope * x", "BEND * slope * x")
    change(line, "    claims=claims,\n", "    claims=claims,\n    verdicts=claims,\n")

    def found(**given):
        return of_verdicts(line, given, Disk())

    before = found()
    assert found(slope=3.0) != before
    (line.parent / "_shape.py").write_text('"""Shapes."""\n\nBEND = 1  # none\n')
    change(line, '"""Values of a line; dims (seed, x)."""', '"""Values."""')
    change(line, "A line for tests.", "Another caption.")
    assert found() == before
    (line.parent / "_shape.py").write_text("BEND = 2\n")
    assert found() != before


def test_the_meaning_of_code_is_written_alike_by_all_versions_of_python():
    """Later versions give nodes more fields, and dump empty ones otherwise."""
    tree = ast.parse('def f(x, *, y=None):\n    "Doc."\n    return [f"{x:.2f}" for _ in ()], b"a", 1.5\n')
    text = dependencies.meaning(tree)
    assert "Doc" not in text
    for node in ast.walk(tree):  # fields of Python 3.12 and 3.13
        if isinstance(node, ast.FunctionDef):
            node.type_params = []
        if isinstance(node, ast.Constant):
            node.kind = "u"
    assert dependencies.meaning(tree) == text
    assert dependencies.meaning(ast.parse("x = 1")) != dependencies.meaning(ast.parse("x = 2"))
    assert dependencies.meaning(ast.parse("x = None")) != dependencies.meaning(ast.parse("x = 0"))


def test_a_caption_redraws_and_does_not_recompute(line):
    before = digest(line)
    change(line, "A line for tests.", "Another caption.")
    after = digest(line)
    assert before.data == after.data
    assert before.drawing != after.drawing


@pytest.mark.parametrize(
    ("old", "new"), [("y = slope * x", "y = slope + x"), ("seed=0", "seed=1"), ("slope=2.0", "slope=3.0")]
)
def test_what_compute_depends_on_recomputes(line, old, new):
    before = digest(line)
    change(line, old, new)
    after = digest(line)
    assert before.data != after.data
    assert before.drawing != after.drawing


def test_a_comment_or_the_drawing_recomputes_nothing(line):
    before = digest(line)
    change(line, "    x = np.arange(points)", "    # the grid\n    x = np.arange(points)")
    change(line, "ax.plot(", "ax.step(")
    assert digest(line).data == before.data


def test_helpers_that_compute_calls_are_followed(line):
    change(line, "y = slope * x", "y = bend(slope * x)")
    change(
        line, "# %%\ndef compute", "POWER = 2\n\n\ndef bend(y):\n    return y**POWER\n\n\n# %%\ndef compute"
    )
    before = digest(line)
    change(line, "POWER = 2", "POWER = 3")
    assert digest(line).data != before.data


def test_a_module_of_the_recipes_own_project_is_followed(line):
    (line.parent / "_shape.py").write_text("def bend(y):\n    return y\n")
    change(line, "import numpy as np", "import numpy as np\nfrom _shape import bend")
    change(line, "y = slope * x", "y = bend(slope * x)")
    before = digest(line)
    (line.parent / "_shape.py").write_text("def bend(y):\n    return -y\n")
    assert digest(line).data != before.data
    assert loading.load(line).title == "A line", "and it can be imported"


def test_imports_inside_functions_and_star_imports_are_followed(line):
    (line.parent / "_shape.py").write_text("def bend(y):\n    return y\n")
    change(line, "    pass\n    x = np", "    from _shape import bend\n    x = np")
    change(line, "y = slope * x", "y = bend(slope * x)")
    before = digest(line)
    (line.parent / "_shape.py").write_text("def bend(y):\n    return -y\n")
    nested = digest(line)
    assert nested.data != before.data
    change(line, "    from _shape import bend\n", "")
    change(line, "import numpy as np", "import numpy as np\nfrom _shape import *")
    star = digest(line)
    (line.parent / "_shape.py").write_text("def bend(y):\n    return y + 1\n")
    assert digest(line).data != star.data


def test_a_helper_may_have_the_name_of_a_builtin(line):
    change(line, "y = slope * x", "y = filter(slope * x)")
    change(line, "# %%\ndef compute", "def filter(y):\n    return y\n\n\n# %%\ndef compute")
    before = digest(line)
    change(line, "def filter(y):\n    return y", "def filter(y):\n    return -y")
    assert digest(line).data != before.data


@pytest.mark.parametrize("slug", sorted(p.stem for p in (ROOT / "figures").glob("[!_]*.py")))
def test_captions_of_the_project_s_own_figures_recompute_nothing(slug, tmp_path):
    path = tmp_path / f"{slug}.py"
    shutil.copy(ROOT / "figures" / f"{slug}.py", path)
    before = digest(path)
    change(path, 'caption="', 'caption="New. ')
    after = digest(path)
    assert (before.data, before.drawing != after.drawing) == (after.data, True)


def test_other_parameters_are_other_data(line):
    assert digest(line).data != digest(line, {"points": 7}).data


def test_statements_with_effects_make_the_data_depend_on_the_whole_recipe(line):
    change(line, "import numpy as np", "import numpy as np\nnp.seterr(all='ignore')")
    before = digest(line)
    change(line, "A line for tests.", "Another caption.")
    assert digest(line).data != before.data


def test_an_edit_of_a_module_makes_stale_just_the_figures_that_use_it(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "dlfigs", tmp_path / "dlfigs")
    shutil.copytree(ROOT / "figures", tmp_path / "figures")
    monkeypatch.setattr(disk, "PACKAGE", tmp_path / "dlfigs")
    recipes = loading.find(tmp_path / "figures")
    before = {slug: digest(path) for slug, path in recipes.items()}
    with open(tmp_path / "dlfigs" / "nets" / "activations.py", "a") as file:
        file.write("\n# touched\n")
    stale = {slug for slug, path in recipes.items() if digest(path).data != before[slug].data}
    users = {slug for slug, path in recipes.items() if "dlfigs.nets.activations" in _closure(path)}
    assert stale == users
    assert "double_descent" not in stale
    assert {"swish", "gradients_by_depth"} <= stale
    for slug in set(recipes) - stale:
        assert digest(recipes[slug]) == before[slug]


def _closure(path):
    names = dependencies.imported(dependencies.parse(path))
    return modules(names, path.parent)


def test_the_style_sheet_redraws_everything_and_recomputes_nothing(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "dlfigs", tmp_path / "dlfigs")
    monkeypatch.setattr(disk, "PACKAGE", tmp_path / "dlfigs")
    path = ROOT / "figures" / "swish.py"
    before = digest(path)
    with open(tmp_path / "dlfigs" / "plot" / "dlfigs.mplstyle", "a") as file:
        file.write("axes.grid: False\n")
    after = digest(path)
    assert (before.data, before.drawing != after.drawing) == (after.data, True)


def test_a_text_is_parsed_once_and_anew_when_it_has_changed(line, tmp_path, monkeypatch):
    cache = tmp_path / "cache"

    def digests(kept=True):
        seen = Disk(cache if kept else None)
        found = digest(line, disk=seen)
        pictures = pictures_digest(line, found.data, seen)
        seen.keep()
        return found, pictures

    parse, parsed = dependencies.parse_text, []
    monkeypatch.setattr(
        dependencies, "parse_text", lambda path, text: parsed.append(path) or parse(path, text)
    )
    before = digests()
    assert line in parsed
    parsed.clear()
    assert digests() == before == digests(kept=False)
    assert parsed.count(line) == 4, "only without a cache, once for each question"
    parsed.clear()
    change(line, "slope=2.0", "slope=3.0")
    assert digests()[0].data != before[0].data
    assert set(parsed) == {line}
    assert digests() == digests(kept=False)


@pytest.mark.parametrize("damage", ["cut short", "of other code"])
def test_answers_that_are_damaged_or_of_other_code_are_not_believed(line, tmp_path, monkeypatch, damage):
    expected = digest(line)
    seen = Disk(tmp_path)
    seen.answers = {f"{seen.checksum(line)} slice compute seed": ["wrong", [], []]}
    seen.new = True
    seen.keep()
    assert digest(line, disk=Disk(tmp_path)) != expected, "it is believed as it is"
    if damage == "cut short":
        (path,) = tmp_path.glob("dependencies")
        path.write_bytes(path.read_bytes()[:-1])
    else:
        monkeypatch.setattr(disk.sys, "version", "4.0")
    assert digest(line, disk=Disk(tmp_path)) == expected


def test_versions_are_those_that_python_knows():
    from importlib.metadata import version

    for package in (*OF_DATA, *OF_DRAWING):
        assert distributions.version(package) == version(package)
        assert package in distributions._installed(), "and without importlib.metadata"
    assert distributions.version("no_such_package") == "none"


def test_relative_imports_are_resolved():
    tree = dependencies.ast.parse("from . import a\nfrom .b import c\nfrom ..d import e")
    assert dependencies.imported(tree, package="p.q") == {
        "p.q",
        "p.q.a",
        "p.q.b",
        "p.q.b.c",
        "p.d",
        "p.d.e",
    }


def test_find_wants_snake_case_and_skips_helpers(tmp_path):
    write_recipe(tmp_path)
    (tmp_path / "_helper.py").write_text("")
    assert list(loading.find(tmp_path)) == ["line"]
    (tmp_path / "Bad-Name.py").write_text("")
    with pytest.raises(UserError, match="must be snake_case"):
        loading.find(tmp_path)


@pytest.mark.parametrize("text", ["x = 1\n", "figure = 3\n"])
def test_a_recipe_without_a_figure_is_named(tmp_path, text):
    path = tmp_path / "empty.py"
    path.write_text(text)
    with pytest.raises(UserError, match=r"empty.py: a recipe must define `figure"):
        loading.load(path)


def test_a_syntax_error_has_file_and_line(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("x = 1\ny = (\n")
    with pytest.raises(UserError, match=r"broken.py:2: '\(' was never closed"):
        digest(path)


def test_digests_do_not_import_jax():
    from conftest import run

    code = (
        "import sys; from pathlib import Path\n"
        "from dlfigs.make import digests; from dlfigs.recipe import loading\n"
        "for path in loading.find(Path('figures')).values(): digests.digest(path)\n"
        "print([m for m in ('jax', 'numpy', 'matplotlib', 'xarray') if m in sys.modules])"
    )
    assert run(["-c", code], check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "way", ["from shape import bend", "import shape as s", "from figures.shape import bend"]
)
def test_a_helper_that_recipes_import_needs_no_underscore(line, way):
    helper = line.parent / "shape.py"
    helper.write_text("from dlfigs.recipe.figure import Claim\n\n\ndef bend(y):\n    return y\n")
    with pytest.raises(UserError, match=r"shape\.py: a recipe must define .* begins with an underscore"):
        loading.load(loading.find(line.parent)["shape"])
    change(line, "import numpy as np", f"import numpy as np\n{way}")
    assert list(loading.find(line.parent)) == ["line"]
    helper.write_text("figure = 3\n")
    assert list(loading.find(line.parent)) == ["line", "shape"], "a recipe stays one"
