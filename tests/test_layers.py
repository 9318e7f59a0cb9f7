"""Who may import whom. Each table is a contract; the code's own imports are held to it."""

import ast
import graphlib
import importlib.util

import pytest
from conftest import ROOT

from dlfigs.recipe import dependencies

PACKAGE = ROOT / "dlfigs"

# The tool: what each part may import of the others, and every part `errors`. Imports run one way:
#     cli -> site -> make, markdown -> recipe
TOOL = {
    "recipe": set(),
    "markdown": {"recipe", "plot"},
    "make": {"recipe", "plot", "summary", "draws"},
    "site": {"recipe", "markdown", "make", "plot"},
    "cli": {"recipe", "markdown", "make", "site", ""},
}
# The science, which knows nothing of the tool, and what recipes are written with
SCIENCE = {
    "nets": {"draws"},
    "datasets": {"draws", "errors"},
    "experiments": {"nets", "datasets", "dataset", "draws", "choices"},
    "plot": {"errors"},
    "theory": set(),  # a claim is not judged by the code that it judges
    "draws": set(),
    "dataset": {"errors"},
    "intervals": set(),  # of means; choices and verdicts rest on them
    "choices": {"intervals"},  # experiments choose, and what they record of it is claimed by `verdicts`
    "verdicts": {"errors", "intervals", "recipe"},
    "summary": {"errors", "intervals", "recipe", "verdicts"},
}
# Libraries that a part leaves alone when it is imported: a site whose figures are there starts no JAX
HEAVY = {"jax", "matplotlib", "xarray"}
WITHOUT = {
    "errors": HEAVY | {"numpy", "markdown", "mkdocs"},
    "recipe": HEAVY | {"numpy", "markdown", "mkdocs"},
    "markdown": HEAVY | {"numpy", "mkdocs"},
    "make": {"markdown", "mkdocs"},
    "site": HEAVY,
    "cli": HEAVY | {"markdown", "mkdocs"},
    "nets": {"matplotlib"},
    "experiments": {"matplotlib"},
    "datasets": {"matplotlib"},
    "draws": {"matplotlib"},
    "plot": {"jax"},
    "theory": {"jax", "matplotlib"},
}
# What runs where a figure is made, and only there, and so may be heavy
AT_WORK = {
    f"make.{name}"
    for name in (
        "computing",
        "display",
        "drawing",
        "evaluating",
        "measuring",
        "moving",
        "netcdf",
        "installing",
        "notebook",
        "packing",
        "pool",
        "products",
        "worker",
    )
}
# Modules that know less than their part may: what each may import of ours
KNOWS = {
    "recipe.parameters": {"errors"},
    "recipe.figure": {"errors", "recipe.parameters"},
    # What is known of a text knows nothing of who asks
    "recipe.dependencies": {"errors"},
    "recipe.cells": set(),
    "recipe.claims": {"recipe.figure", "recipe.info", "recipe.sentences"},
    "recipe.sentences": {"recipe.figure"},
    "recipe.robustness": {"errors"},
    "recipe.info": {"recipe.figure"},
    "recipe.pending": {"errors", "recipe.dependencies", "recipe.figure", "recipe.info"},
    "make.beside": set(),
    "make.reads": set(),
    "make.files": set(),
    "make.distributions": {"make.files"},
    "make.store": {"errors", "make.files", "recipe.info", "recipe.moving"},
    "make.remarks": {"make.store"},
    "make.disk": {"make.distributions", "make.files", "make.reads", "make.store", "recipe.dependencies"},
    "make.digests": {"make.disk", "make.distributions", "recipe.robustness"},
    "make.netcdf": {"errors"},
    # A queue of figures, and how it is shown, knows nothing of what they are
    "make.seconds": {"make.store"},
    "make.messages": {"errors", "recipe.loading"},
    "make.surroundings": {"make.store"},
    "make.jobs": {"errors", "make.messages", "make.store", "make.surroundings"},
    "make.progress": {"make.jobs", "make.seconds"},
    # What a page needs around its text knows nothing of where the text comes from
    "markdown.uses": set(),
    "markdown.citing": {"errors"},
    "site.unread": {"markdown.source"},
    "site.policy": {"errors"},
    "site.look": {"markdown.uses", "plot.palette"},
    "site.configuration": {"errors"},
    "site.templates": {"make.files", "site.ingredients"},
    "site.internals": set(),
    "site.documented": {"make.files"},
    "site.ingredients": {
        "make.files",
        "markdown.blocks",
        "markdown.citing",
        "markdown.numbers",
        "markdown.source",
        "site.documented",
    },
    "site.rendered": {
        "make.files",
        "site.documented",
        "site.ingredients",
        "site.internals",
        "site.search_words",
    },
    "site.book": {"errors", "markdown.citing", "site.press"},
    "cli.new": {"cli.options", "errors"},
}
# The page "How it works" is drawn from the same imports
SPEC = importlib.util.spec_from_file_location("own_code", ROOT / "theme/own_code.py")
own_code = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(own_code)
FILES, UPWARDS, ours, part = own_code.FILES, own_code.UPWARDS, own_code.ours, own_code.part


def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def outside(path):
    """Libraries that importing a module imports: not those that its functions import when they run."""
    tree = _tree(path)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [ast.Pass()]
    return {name.partition(".")[0] for name in dependencies.imported(tree)} - {"dlfigs"}


def test_every_module_has_a_place_in_the_tables():
    assert {part(name) for name in FILES} == {*TOOL, *SCIENCE, "", "__main__", "errors"}
    assert FILES.keys() >= KNOWS.keys() | AT_WORK


@pytest.mark.parametrize("name", TOOL | SCIENCE)
def test_imports_run_one_way(name):
    may = TOOL[name] | {"errors"} if name in TOOL else SCIENCE[name]
    for module in (module for module in FILES if part(module) == name):
        for other in ours(module):
            allowed = part(other) in may | {name} or (module, other) in UPWARDS
            assert allowed, f"{module} imports {other}"


def test_errors_know_nothing():
    assert not ours("errors")


def test_there_is_no_circle():
    graph = {
        module: {other for other in ours(module) if (module, other) not in UPWARDS} for module in FILES
    }
    list(graphlib.TopologicalSorter(graph).static_order())  # raises, and names the circle


@pytest.mark.parametrize("module", KNOWS)
def test_a_module_knows_no_more_than_it_needs(module):
    assert {other for other in ours(module) if (module, other) not in UPWARDS} <= KNOWS[module]


@pytest.mark.parametrize("name", WITHOUT)
def test_heavy_libraries_are_left_to_who_needs_them(name):
    for module, path in FILES.items():
        if part(module) == name:
            light = HEAVY | {"numpy"} if name == "make" and module not in AT_WORK else set()
            assert not outside(path) & (WITHOUT[name] | light), module


def test_what_the_bibliography_knows_is_its_own():
    for module in FILES:
        if module.startswith("markdown.bibliography"):
            assert all(o == "errors" or o.startswith("markdown.bibliography") for o in ours(module)), module


def test_nothing_imports_recipes():
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "figures").glob("*.py")]:
        names = dependencies.imported(_tree(path))
        assert not any(name.split(".")[0] == "figures" for name in names), path


def test_experiments_and_recipes_leave_jax_s_settings_alone():
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "figures").glob("*.py")]:
        assert "config.update" not in path.read_text(encoding="utf-8"), f"{path} would change other figures"


def test_modules_have_one_subject_and_a_moderate_length():
    for module, path in FILES.items():
        assert module.rpartition(".")[2] not in {"utils", "common", "core", "helpers"}
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path


def test_functions_of_the_tool_fit_on_a_screen():
    for module, path in FILES.items():
        for node in ast.walk(_tree(path)) if part(module) in TOOL else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = node.end_lineno - node.lineno + 1
                assert lines <= 60, f"{module}.{node.name} has {lines} lines"


def test_modules_of_the_tool_know_few_others():
    for module in FILES:
        if part(module) in TOOL:
            assert len(ours(module)) <= 6, f"{module} imports {sorted(ours(module))}"
