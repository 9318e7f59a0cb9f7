"""What other people may import: docs/api*.md say which modules; api.txt has each name with its arguments.

After a change that is wanted: `.venv/bin/python tests/test_api.py`, and a line in CHANGELOG.md.
"""

import ast
import difflib
import doctest
import importlib
import re
from pathlib import Path

import griffe
import pytest

ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).with_name("api.txt")
PAGES = sorted((ROOT / "docs").glob("api*.md"))
LINES = [
    line
    for page in PAGES
    for line in re.findall(r"^::: (\S+)", page.read_text(encoding="utf-8"), re.MULTILINE)
]
PACKAGE = griffe.load("dlfigs", search_paths=[ROOT])


def found(path):
    """What stands behind a path: also a name that another module defines."""
    thing = PACKAGE[path.removeprefix("dlfigs.")]
    return thing.final_target if thing.is_alias else thing


def inside(thing):
    """Names of a module or a class that are its own and public; of values those that are explained."""
    for name, member in thing.members.items():
        if name.startswith("_") or (member.is_alias and name not in (thing.exports or ())):
            continue
        there = member.final_target if member.is_alias else member
        if not (there.is_module or (there.is_attribute and not there.has_docstring)):
            yield there


def public():
    """Everything public, by the path under which it is imported."""
    for path in LINES:
        thing = found(path)
        members = (
            {f"{path}.{member.name}": member for member in inside(thing)} if not thing.is_function else {}
        )
        yield from ({} if thing.is_module else {path: thing}).items()
        for name, member in members.items():
            yield name, member
            if member.is_class:
                yield from ((f"{name}.{method.name}", method) for method in inside(member))


def signature(thing):
    """Arguments as one writes them, without types; of a class those of its fields."""
    if not (thing.is_function or thing.is_class):
        return ""
    said, keywords = [], False
    parameters = thing.parameters
    if thing.is_class and not parameters:  # a named tuple
        fields = [name for name, member in thing.members.items() if member.is_attribute]
        return f"({', '.join(fields)})"
    for parameter in parameters:
        if parameter.name == "self":
            continue
        kind = parameter.kind.name
        if kind == "keyword_only" and not keywords:
            said.append("*")
        keywords |= kind in {"keyword_only", "var_positional"}
        star = {"var_positional": "*", "var_keyword": "**"}.get(kind, "")
        default = f"={parameter.default}" if parameter.default is not None and not star else ""
        said.append(f"{star}{parameter.name}{default}")
    return f"({', '.join(said)})"


def surface():
    """One line for each public name, in alphabetical order."""
    return sorted({f"{path}{signature(thing)}" for path, thing in public()})


def test_public_names_and_their_arguments_are_those_on_record():
    before = RECORD.read_text(encoding="utf-8").splitlines()
    changes = difflib.unified_diff(before, surface(), "api.txt", "now", lineterm="", n=0)
    told = "\n".join(changes)
    assert not told, f"{told}\nIf that is wanted: .venv/bin/python {__file__}, and a line in CHANGELOG.md"


@pytest.mark.parametrize("path", dict(public()))
def test_a_public_name_says_what_it_is(path):
    thing = dict(public())[path]
    assert thing.has_docstring, f"{thing.filepath}:{thing.lineno}: {path} has no docstring"
    if thing.is_function and len(signature(thing)) > 60:
        sections = {section.kind.value for section in thing.docstring.parse("google")}
        assert "parameters" in sections, f"{thing.filepath}:{thing.lineno}: {path}: many arguments, no Args"


def test_what_is_documented_of_arguments_exists(caplog):
    for _, thing in public():
        if thing.has_docstring:
            thing.docstring.parse("google")  # which warns of arguments that are none
    assert not caplog.records


def test_closed_forms_are_taken_from_one_place():
    own = {path.split(".")[3] for path, _ in public() if path.startswith("dlfigs.theory.")}
    assert own
    assert own <= PACKAGE["theory"].members.keys()


def test_the_pages_show_every_name(site):
    shown = "".join((site / page.stem / "index.html").read_text("utf-8") for page in PAGES)
    assert not [path for path, _ in public() if f'id="{path}"' not in shown]


def imported(text):
    """What a text of Python imports from dlfigs, as paths."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlfigs"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_recipes_and_pages_import_what_is_public():
    names = {path for path, _ in public()} | {path for path in LINES if found(path).is_module}
    names |= {
        f"dlfigs.theory.{path.rpartition('.')[2]}" for path in names if path.startswith("dlfigs.theory.")
    }
    names |= {path.rpartition(".")[0] for path in names}
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "figures").glob("*.py")}
    for path in (ROOT / "docs").glob("*.md"):
        blocks = re.findall(
            r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        texts |= {f"{path.name}, block {i}": block for i, block in enumerate(blocks, 1)}
    private = {f"{where}: {name}" for where, text in texts.items() for name in imported(text)} - {
        f"{where}: {name}" for where in texts for name in names
    }
    assert not private, "these are not on the pages of the API, docs/api*.md"


def test_examples_in_docstrings_give_what_they_say():
    modules = {str(thing.module.path) for _, thing in public() if thing.has_docstring}
    tried = [doctest.testmod(importlib.import_module(module)) for module in sorted(modules)]
    assert sum(result.attempted for result in tried) > 0
    assert not any(result.failed for result in tried)


if __name__ == "__main__":
    RECORD.write_text("\n".join(surface()) + "\n", encoding="utf-8")
