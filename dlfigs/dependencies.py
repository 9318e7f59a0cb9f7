"""What a recipe depends on, read from source text alone: nothing is imported or run.

`slice_of` keeps the statements of a recipe that its data, or its pictures, depend on; `modules` follows
imports through the source files of dlfigs and of the recipe's own project.
"""

from __future__ import annotations

import ast
import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from dlfigs.errors import UserError

PACKAGE = Path(__file__).parent


def parse(path: Path) -> ast.Module:
    """Parse a Python file.

    Raises:
        UserError: If it is not valid Python, with file and line.
    """
    return _parse(path, _text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8: {error.reason} at byte {error.start}") from None


@functools.lru_cache(maxsize=512)
def _parse(path: Path, text: str) -> ast.Module:
    try:
        return ast.parse(text, filename=str(path))
    except (SyntaxError, ValueError) as error:  # a null byte is a ValueError in some versions
        line = getattr(error, "lineno", None) or 1
        raise UserError(f"{path}:{line}: {getattr(error, 'msg', error)}") from None


@functools.lru_cache(maxsize=512)  # a server asks for the same tree in each build
def slice_of(tree: ast.Module, *arguments: str) -> tuple[list[str], set[str]]:
    """Return what arguments of `Figure(...)` depend on: dumped syntax trees, and names of imported modules.

    Follows names from `compute=` and `seed=`, for example, of the call `figure = Figure(...)` through the
    module's own definitions. Comments, the caption and `draw` are not reached, so that a change
    of them recomputes nothing. A recipe that does more than define names depends on all of itself.
    """
    roots = [k.value for k in _figure_keywords(tree) if k.arg in arguments]
    stars = any(
        alias.name == "*" for n in _statements(tree) if isinstance(n, ast.ImportFrom) for alias in n.names
    )
    if not roots or stars or not all(map(_only_defines, tree.body)):
        return [ast.dump(tree)], imported(tree)
    defined: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        for name in _names_defined(statement):
            defined.setdefault(name, []).append(statement)
    kept, found, queue, seen = list(roots), set(), list(roots), set()
    while queue:
        for name in {n.id for n in ast.walk(queue.pop()) if isinstance(n, ast.Name)} - seen:
            seen.add(name)
            for statement in defined.get(name, ()):
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    found |= imported(statement, only=name)
                elif statement not in kept:
                    kept.append(statement)
                    found |= imported(statement)  # imports inside functions too
                    queue.append(statement)
    return sorted(ast.dump(node) for node in kept), found


def line_of(path: Path, argument: str) -> int | None:
    """Return the line of an argument of `Figure(...)` in a recipe; of a function, where it is defined."""
    tree = parse(path)
    values = [keyword.value for keyword in _figure_keywords(tree) if keyword.arg == argument]
    names = {value.id for value in values if isinstance(value, ast.Name)}
    defined = [node for node in tree.body if names & set(_names_defined(node))]
    return next((node.lineno for node in [*defined, *values]), None)


def _figure_keywords(tree: ast.Module) -> list[ast.keyword]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        named = any(isinstance(target, ast.Name) and target.id == "figure" for target in targets)
        if named and isinstance(node.value, ast.Call):
            return node.value.keywords
    return []


def _only_defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):  # text, and the `figure` at the end that a notebook displays
        return isinstance(node.value, (ast.Constant, ast.Name))
    return isinstance(
        node,
        (
            ast.Import,
            ast.ImportFrom,
            ast.FunctionDef,
            ast.ClassDef,
            ast.Assign,
            ast.AnnAssign,
            ast.AugAssign,
        ),
    )


def _names_defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            # `settings["x"] = 1` belongs to whatever defines `settings`, hence the walk
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def imported(tree: ast.AST, *, package: str = "", only: str | None = None) -> set[str]:
    """Return the dotted names that a piece of code imports; for `from a import b`, a and a.b.

    Args:
        tree: The code.
        package: The package that the code is in, for relative imports.
        only: Return just what this one name stands for.
    """
    found = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if only in (None, alias.asname or alias.name.partition(".")[0]):
                    found.add(alias.name)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), *([node.module] if node.module else [])])
            for alias in node.names:
                if only in (None, alias.asname or alias.name):
                    found |= {base, f"{base}.{alias.name}"}
    return found


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk statements alone: expressions, nine nodes in ten, hold no imports."""
    queue = [tree]
    while queue:
        node = queue.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, field, ())
            queue += inside if isinstance(inside, list) else ()  # the body of a lambda is an expression


class Disk:
    """The disk at one moment: what is asked again is not read again."""

    def __init__(self) -> None:
        self.text, self.source, self.listed = map(functools.cache, (_text, _source, _listed))
        self.runs, self.leads_to = map(functools.cache, (self._runs, self._leads_to))

    def _runs(self, name: str, folder: Path) -> tuple[str, ...]:
        """Return the modules that importing a name runs: a.b.c runs the packages a and a.b as well."""
        top = name.partition(".")[0]
        places = self.listed(folder), self.listed(folder.parent)
        if top != "dlfigs" and not any({top, f"{top}.py"} & listed for listed in places):
            return ()  # most names are of installed packages, and begin like nothing here
        found = []
        for end in [*(i for i, letter in enumerate(name) if letter == "."), None]:
            if path := self.source(name[:end], folder):
                found.append(name[:end])
                if path.name != "__init__.py":
                    break  # what any other module has is no module
        return tuple(found)

    def _leads_to(self, dotted: str, folder: Path) -> frozenset[str]:
        """Return the modules that running one runs directly."""
        path = self.source(dotted, folder)
        package = dotted if path.name == "__init__.py" else dotted.rpartition(".")[0]
        names = imported(_parse(path, self.text(path)), package=package)
        return frozenset(module for name in names for module in self.runs(name, folder))


def modules(
    names: Iterable[str], folder: Path, *, without: Iterable[str] = (), disk: Disk | None = None
) -> dict[str, Path]:
    """Follow imports: the source files of dlfigs and of the recipe's project, by dotted name.

    Args:
        names: Where to begin.
        folder: The folder of recipes; a module beside it, or in it, belongs to the project.
        without: Modules not to follow.
        disk: What has been read; by default nothing.
    """
    disk = disk or Disk()
    found: dict[str, Path] = {}
    queue = [module for name in names for module in disk.runs(name, folder)]
    while queue:
        module = queue.pop()
        if module not in found and module not in without:
            found[module] = disk.source(module, folder)
            queue += disk.leads_to(module, folder)
    return dict(sorted(found.items()))


def _listed(folder: Path) -> frozenset[str]:
    return frozenset(os.listdir(folder) if folder.is_dir() else ())


def _source(dotted: str, folder: Path) -> Path | None:
    # Only dlfigs is looked for where it is installed: other installed packages count by version
    places = [PACKAGE.parent] if dotted.partition(".")[0] == "dlfigs" else [folder, folder.parent]
    for place in places:
        stem = os.path.join(place, *dotted.split("."))
        for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
            if os.path.isfile(path):  # pathlib takes ten times as long, and most names are no modules
                return Path(path)
    return None
