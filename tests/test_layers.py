"""Who may import whom: the table in the architecture notes, kept by the imports themselves."""

import ast

import pytest
from conftest import ROOT

from dlfigs import dependencies

PACKAGE = ROOT / "dlfigs"
TOOL = {
    "background",
    "bibliography",
    "beside",
    "book",
    "build",
    "cells",
    "checking",
    "citing",
    "claims",
    "cli",
    "commands",
    "configuration",
    "consistency",
    "dependencies",
    "digests",
    "disk",
    "distributions",
    "errors",
    "figure",
    "figure_files",
    "files",
    "gallery",
    "jobs",
    "look",
    "listing",
    "netcdf",
    "new",
    "notebook",
    "parameters",
    "pending",
    "plugin",
    "policy",
    "pool",
    "press",
    "progress",
    "remarks",
    "reads",
    "rendered",
    "seconds",
    "serving",
    "store",
    "summary",
    "templates",
    "unread",
    "uses",
    "worker",
    "zensical",
}
OUTSIDE = {"jax", "matplotlib", "numpy", "xarray", "markdown", "mkdocs"}
INSIDE = {f"dlfigs.{path.stem}" for path in PACKAGE.iterdir() if not path.name.startswith("_")}
# Parts of the package, and the parts and outer packages that each must not import
FORBIDDEN = {
    "nets": {
        "dlfigs.plot",
        "dlfigs.experiments",
        "dlfigs.theory",
        "matplotlib",
        *(f"dlfigs.{t}" for t in TOOL),
    },
    "experiments": {"dlfigs.plot", "dlfigs.theory", "matplotlib", *(f"dlfigs.{t}" for t in TOOL)},
    "plot": {"jax", "dlfigs.nets", "dlfigs.experiments", "dlfigs.theory", *(f"dlfigs.{t}" for t in TOOL)},
    "theory": {"dlfigs", "jax", "matplotlib"},  # its own parts excepted
    "draws": {"dlfigs", "matplotlib"},
    "datasets": {"matplotlib", *INSIDE - {"dlfigs.draws"}},
    "errors": OUTSIDE | {"dlfigs"},
    "parameters": OUTSIDE | INSIDE - {"dlfigs.errors"},
    "figure": OUTSIDE | INSIDE - {"dlfigs.errors", "dlfigs.parameters"},
    "claims": OUTSIDE | INSIDE - {"dlfigs.figure"},
    # What is known of a text knows nothing of who asks
    "dependencies": OUTSIDE | INSIDE - {"dlfigs.errors"},
    "cells": OUTSIDE | INSIDE,
    "beside": OUTSIDE | INSIDE,
    "reads": OUTSIDE | INSIDE,
    "distributions": OUTSIDE | INSIDE - {"dlfigs.files"},
    "store": OUTSIDE | INSIDE - {"dlfigs.files"},
    "disk": OUTSIDE | {"dlfigs.digests", "dlfigs.gallery", "dlfigs.build", "dlfigs.worker"},
    "digests": OUTSIDE | {"dlfigs.gallery", "dlfigs.build", "dlfigs.worker", "dlfigs.markdown"},
    "netcdf": {"jax", "matplotlib", *INSIDE - {"dlfigs.errors"}},
    # A queue of figures, and how it is shown, knows nothing of what they are
    "seconds": OUTSIDE | INSIDE,
    "unread": OUTSIDE | INSIDE,
    "jobs": OUTSIDE | INSIDE,
    "progress": OUTSIDE | INSIDE - {"dlfigs.jobs", "dlfigs.seconds"},
    "remarks": OUTSIDE | INSIDE - {"dlfigs.files"},
    "pending": OUTSIDE | INSIDE - {"dlfigs.dependencies", "dlfigs.errors", "dlfigs.figure"},
    "background": OUTSIDE | {"dlfigs.worker", "dlfigs.markdown", "dlfigs.serving", "dlfigs.plugin"},
    "serving": OUTSIDE | {"dlfigs.worker", "dlfigs.markdown", "dlfigs.plugin", "dlfigs.rendered"},
    # What a page needs around its text knows nothing of where the text comes from
    "uses": OUTSIDE | INSIDE,
    "policy": OUTSIDE | INSIDE - {"dlfigs.errors"},
    "look": OUTSIDE | INSIDE - {"dlfigs.plot"},
    "configuration": OUTSIDE | INSIDE - {"dlfigs.errors"},
    "commands": OUTSIDE | INSIDE - {"dlfigs.build", "dlfigs.errors"},
    "zensical": {"jax", "matplotlib", "numpy", "xarray", "mkdocs", "dlfigs.worker", "dlfigs.plugin"},
    "templates": {"jax", "matplotlib", "numpy", "xarray", *(f"dlfigs.{t}" for t in TOOL - {"files"})},
    "gallery": {"jax", "matplotlib", "numpy", "xarray", "dlfigs.build", "dlfigs.worker", "dlfigs.markdown"},
    "build": {"jax", "matplotlib", "numpy", "xarray", "dlfigs.worker", "dlfigs.markdown"},
    "citing": {"jax", "matplotlib", "numpy", "xarray", "markdown", "mkdocs", "dlfigs.build"},
    "book": {"jax", "matplotlib", "numpy", "xarray", "markdown", "mkdocs", "dlfigs.build", "dlfigs.worker"},
    "consistency": {"jax", "matplotlib", "numpy", "xarray", "dlfigs.build", "dlfigs.worker", "mkdocs"},
    "rendered": {
        "jax",
        "matplotlib",
        "numpy",
        "xarray",
        *(f"dlfigs.{t}" for t in TOOL - {"citing", "files"}),
    },
    "checking": {"jax", "matplotlib", "numpy", "xarray", "dlfigs.worker", "dlfigs.markdown", "mkdocs"},
    "listing": {"jax", "matplotlib", "numpy", "xarray", "dlfigs.worker", "dlfigs.markdown", "mkdocs"},
    "new": OUTSIDE | INSIDE - {"dlfigs.errors"},
    "cli": {"jax", "matplotlib", "xarray", "dlfigs.worker", "dlfigs.markdown", "mkdocs"},
    "plugin": {"jax", "matplotlib", "xarray", "dlfigs.worker", "dlfigs.plot"},
    "bibliography": OUTSIDE | INSIDE - {"dlfigs.errors", "dlfigs.bibliography"},
    "markdown": {
        "jax",
        "matplotlib",
        "numpy",
        "xarray",
        "mkdocs",
        "dlfigs.build",
        "dlfigs.gallery",
        "dlfigs.background",
        "dlfigs.serving",
    },
}


def imports_at_top(path):
    """What importing a module imports: not what its functions import when they run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [ast.Pass()]
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    return dependencies.imported(tree, package=dotted)


@pytest.mark.parametrize("part", FORBIDDEN)
def test_layers(part):
    place = PACKAGE / part
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    for path in files:
        for name in imports_at_top(path):
            own = name == f"dlfigs.{part}" or name.startswith(f"dlfigs.{part}.")
            bad = [f for f in FORBIDDEN[part] if not own and (name == f or name.startswith(f + "."))]
            assert not bad, f"{path.relative_to(ROOT)} imports {name}"


def test_nothing_imports_recipes():
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "figures").glob("*.py")]:
        assert not any(name.split(".")[0] == "figures" for name in imports_at_top(path)), path


def test_experiments_and_recipes_leave_jax_s_settings_alone():
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "figures").glob("*.py")]:
        assert "config.update" not in path.read_text(encoding="utf-8"), f"{path} would change other figures"


def test_modules_have_one_subject_and_a_moderate_length():
    for path in PACKAGE.rglob("*.py"):
        assert path.stem not in {"utils", "common", "core", "helpers"}
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 320, path
