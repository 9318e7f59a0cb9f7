"""What the page "How it works" says of the code itself, read from it when the site is built.

Lines such as `<!-- code: imports -->` in that page are replaced. Nothing of the package is imported for it.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

from dlfigs.recipe import dependencies

PACKAGE = Path(__file__).parents[1] / "dlfigs"
# The one import against the direction: IPython asks a figure itself how it is shown
UPWARDS = {("recipe.figure", "make.display")}
DEFINED = (ast.FunctionDef, ast.ClassDef)
# What a page would read as its own; code is code already
WRITTEN = re.compile(r"`[^`]*`|(\{\{.*?\}\}|!\[.*?\]\(.*?\)|\[[^\]]*@[^\]]*\]|@\{.*?\}|@\w+)")
ASKED = re.compile(r"^<!-- code: (\w+) -->$", re.MULTILINE)


def _name(path: Path) -> str:
    """Name of a module within the package: "make.store" for dlfigs/make/store.py."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").strip(".")


# Without the course that `dlfigs new` writes
FILES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py")) if "course" not in path.parts}


def tree(module: str) -> ast.Module:
    """Return a module's syntax tree, as its file is now: a server goes on while somebody edits."""
    return dependencies.parse(FILES[module])


def part(module: str) -> str:
    """Return the folder that a module is in, or the module itself where it is in none."""
    return module.partition(".")[0]


def ours(module: str) -> set[str]:
    """Return what a module imports of ours, inside functions too: "make.store", or "plot" for a package."""
    names = dependencies.imported(tree(module))
    inside = {name.partition(".")[2] for name in names if name.partition(".")[0] == "dlfigs"}
    # `from dlfigs.make import store` names the package too; it is wanted if something else is taken from it
    taken = {name.rpartition(".")[0] for name in inside - FILES.keys()}
    packages = {name.rpartition(".")[0] for name in inside & FILES.keys() if name}
    return (inside & FILES.keys()) - (packages - taken) - {module}


def parts_in_order() -> list[str]:
    """Return the parts of the package, each after all that it imports; those that import most come last."""
    graph = {part(module): set() for module in FILES if module}
    for module in filter(None, FILES):
        others = {other for other in ours(module) if (module, other) not in UPWARDS}
        graph[part(module)] |= {part(other) for other in others if other} - {part(module)}
    sorter, order = graphlib.TopologicalSorter(graph), []
    sorter.prepare()  # which raises if there is a circle
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return [name for name in order if name != "__main__"]


def first_sentence(node: ast.AST) -> str:
    """Return what a docstring begins with, as one line."""
    text = (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")
    text = re.split(r"(?<=[^.]\.) (?=[A-Z`])", text)[0].replace("|", "\\|")
    return WRITTEN.sub(lambda found: f"`{found[1]}`" if found[1] else found[0], text)


def imports() -> str:
    """Return who imports whom: how many modules of a row import something of a column."""
    order = parts_in_order()
    counts: Counter[tuple[str, str]] = Counter()
    for module in filter(None, FILES):
        if part(module) in order:
            counts.update({(part(module), part(other)) for other in ours(module) if other})
    heads = "".join(f'<th scope="col"><span>{name}</span></th>' for name in order)
    rows = []
    for row in order:
        cells = []
        for column in order:
            number = counts[row, column]
            kind = "own" if row == column else "some" if number else "none"
            cells.append(f'<td class="{kind}">{number or ""}</td>')
        rows.append(f'<tr><th scope="row">{row}</th>{"".join(cells)}</tr>')
    body = f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="imports"><table>{body}</table></div>'


def steps() -> str:
    """Return the steps of making one figure, in the order in which `make.worker.make` takes them."""
    (make,) = [node for node in tree("make.worker").body if getattr(node, "name", "") == "make"]
    calls = [node for node in ast.walk(make) if isinstance(node, ast.Call)]
    rows = ["| Module | Function | does |", "|---|---|---|"]
    for call in sorted(calls, key=lambda node: (node.end_lineno, node.end_col_offset)):
        *begins, asked = ast.unparse(call.func).split(".")
        # A module is asked by its name; Fingerprint, its store and what was heard, through an object
        places = [name for name in ours("make.worker") if name.split(".")[-1:] == begins]
        objects = {"heard": "make.remarks", "store": "make.store", "work": "make.measuring"}
        through = objects.get(begins[-1] if begins else "")
        for module in places or [through or "make.fingerprint"]:
            found = [
                node for node in ast.walk(tree(module)) if isinstance(node, DEFINED) and node.name == asked
            ]
            if found:
                place = f"{module.replace('.', '/')}.py"
                rows.append(f"| `{place}` | `{asked}` | {first_sentence(found[0])} |")
                break
    return "\n".join(rows)


def cache() -> str:
    """Return what lies in the cache, as the one module that knows it says."""
    said = ast.get_docstring(tree("make.store")) or ""
    lines = re.findall(r"^    (\S+(?:, \S+)*) {2,}(.+)$", said, re.MULTILINE)
    return "\n".join(["| Place | is |", "|---|---|", *(f"| `{place}` | {what} |" for place, what in lines)])


def modules() -> str:
    """Return all modules with their first sentence, by part."""
    said = []
    for name in reversed(parts_in_order()):
        inside = [module for module in FILES if part(module) == name]
        lines = [
            f"| `{module.replace('.', '/')}` | {first_sentence(tree(module))} |"
            for module in inside
            if first_sentence(tree(module))
        ]
        words = "modules" if len(inside) > 1 else "module"
        said += [f'??? note "{name}, {len(inside)} {words}"', ""]
        said += [f"    {line}" for line in ["| Module | is |", "|---|---|", *lines]] + [""]
    return "\n".join(said)


SAYS = {"imports": imports, "steps": steps, "cache": cache, "modules": modules}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace what pages ask of the code."""
    return ASKED.sub(lambda found: SAYS[found[1]](), markdown)
