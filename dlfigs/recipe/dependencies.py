"""What a recipe depends on, read from its text alone: nothing is imported or run.

`slice_of` keeps the statements of a recipe that its data, or its pictures, depend on; `dlfigs.make.disk`
follows their imports.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError

SEEDED = {"default_rng", "SeedSequence", "RandomState", "PCG64", "Philox", "MT19937", "Random"}
# What may be the name of a file: one line that has an ending, or a folder before it
FILE = re.compile(r"(?=.*[./])[^\0\r\n]{1,200}")


def parse(path: Path) -> ast.Module:
    """Parse a Python file.

    Raises:
        UserError: If it is not valid Python, with file and line.
    """
    return parse_text(path, read_text(path))


def read_text(path: Path) -> str:
    """Return the text of a Python file.

    Raises:
        UserError: If it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")  # with or without the mark that some editors put first
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8: {error.reason} at byte {error.start}") from None


@functools.lru_cache(maxsize=512)
def parse_text(path: Path, text: str) -> ast.Module:
    """Parse the text of a Python file, as `parse` does."""
    try:
        return ast.parse(text, filename=str(path))
    except (SyntaxError, ValueError) as error:  # a null byte is a ValueError in some versions
        line = getattr(error, "lineno", None) or 1
        raise UserError(f"{path}:{line}: {getattr(error, 'msg', error)}") from None


def slice_of(
    tree: ast.Module, *arguments: str, written: Callable[[ast.AST], str] = ast.dump
) -> tuple[list[str], set[str], set[str]]:
    """Return what arguments of `Figure(...)` depend on.

    Follows names from `compute=` and `seed=`, for example, of the call `figure = Figure(...)` through the
    module's own definitions. Comments, the caption and `draw` are not reached, so that a change
    of them recomputes nothing. A recipe that does more than define names depends on all of itself.

    Args:
        tree: The recipe.
        *arguments: Their names.
        written: Writes a syntax tree.

    Returns:
        Syntax trees, written; names of imported modules; texts in them that may be names of files.
    """
    roots = [value for name, value in arguments_of(tree).items() if name in arguments]
    stars = any(
        alias.name == "*" for n in _statements(tree) if isinstance(n, ast.ImportFrom) for alias in n.names
    )
    if not roots or stars or not all(map(_only_defines, tree.body)):
        return [written(tree)], imported(tree), file_names([tree])
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
    return sorted(written(node) for node in kept), found, file_names(kept)


def meaning(node: Any) -> str:
    """Write a syntax tree as all versions of Python do, without what only people read: docstrings.

    `ast.dump` writes the same code differently from version to version.
    """
    if isinstance(node, list):
        return f"[{', '.join(meaning(one) for one in node if not _is_text(one))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    parts = ((name, value) for name, value in ast.iter_fields(node) if name not in ("ctx", "kind"))
    said = (f"{name}={meaning(value)}" for name, value in parts if value is not None and value != [])
    return f"{type(node).__name__}({', '.join(said)})"


def _is_text(node: Any) -> bool:
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant and isinstance(node.value.value, str)


def file_names(trees: Iterable[ast.AST]) -> set[str]:
    """Return the texts in some code that may be names of files."""
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {n.value for n in nodes if isinstance(n.value, str) and FILE.fullmatch(n.value)}


def line_of(path: Path, argument: str) -> int | None:
    """Return the line of an argument of `Figure(...)` in a recipe; of a function, where it is defined."""
    tree = parse(path)
    values = [value for name, value in arguments_of(tree).items() if name == argument]
    names = {value.id for value in values if isinstance(value, ast.Name)}
    defined = [node for node in tree.body if names & set(_names_defined(node))]
    return next((node.lineno for node in [*defined, *values]), None)


def arguments_of(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the arguments of `figure = Figure(...)` in a recipe, as they are written, by name."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        named = any(isinstance(target, ast.Name) and target.id == "figure" for target in targets)
        if named and isinstance(node.value, ast.Call):
            return {keyword.arg: keyword.value for keyword in node.value.keywords if keyword.arg}
    return {}


def ignores_key(tree: ast.Module) -> bool:
    """Whether `compute` never uses its key, as far as can be seen: it must be a function of the recipe."""
    name = arguments_of(tree).get("compute")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and isinstance(name, ast.Name) and node.name == name.id:
            key = [*node.args.posonlyargs, *node.args.args][:1]
            inside = [one for statement in node.body for one in ast.walk(statement)]
            loaded = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            called = loaded & {"locals", "vars", "eval", "exec"}
            return bool(key) and key[0].arg not in loaded and not called
    return False


def generators_without_seed(tree: ast.Module) -> list[int]:
    """Return the lines that make a generator of random numbers which begins anywhere."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    names = ((call, getattr(call.func, "attr", getattr(call.func, "id", ""))) for call in calls)
    return sorted(call.lineno for call, name in names if name in SEEDED and not call.args + call.keywords)


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
