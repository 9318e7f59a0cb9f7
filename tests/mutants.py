"""Change one thing in nets, theory or experiments, and see whether a test notices: `make mutants`.

    python tests/mutants.py [--share 0.2 | --again] [MODULE ...]

Every change is tried in a process of its own, forked from one that has imported the libraries: that saves
seconds for each. The tests are those of the files that use the module, the quickest first. What no test
notices is listed in tests/mutants.md, beside the reasons that tests/mutants.toml gives. With a share, only
so many of each module's changes are tried, drawn at random, the same ones each time. With --again those are
tried that the list has without a reason: what a new test is for.

mutmut leaves out every decorated function, and with `jax.jit` all that matters here; cosmic-ray starts
Python and JAX for each change.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import math
import os
import random
import re
import signal
import sys
import time
import tomllib
import traceback
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
REPORT, REASONS = ROOT / "tests" / "mutants.md", ROOT / "tests" / "mutants.toml"
BROKEN = 70  # how a fork ends in which the tests did not even begin
FOLDERS = ("nets", "theory", "experiments")
SITE = """
import ast, sys
from pathlib import Path
sys.path.append({tests!r})
from mutants import _Importer
text = Path(__file__).with_name("changed.txt").read_text(encoding="utf-8")
sys.meta_path.insert(0, _Importer({name!r}, Path({path!r}), ast.parse(text)))
"""
SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {
    "maximum": "minimum",
    "minimum": "maximum",
    "max": "min",
    "min": "max",
    "mean": "sum",
    "sum": "mean",
}
NAMES |= {"cos": "sin", "sin": "cos", "argmax": "argmin", "argmin": "argmax", "std": "var", "var": "std"}


class Mutant(NamedTuple):
    """One change: where, what it was and became (its name in mutants.toml), and the whole new module."""

    line: int
    change: str
    tree: ast.Module


def _variants(node: ast.AST) -> Iterator[ast.AST]:
    """Return what a piece of code could have been by mistake."""
    if isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in SWAPPED:
        yield _with(node, op=SWAPPED[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield _with(node, ops=[SWAPPED[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield _with(node, body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:  # not plain names: they are often ours
        yield _with(node, attr=NAMES[node.attr])
    elif isinstance(node, ast.AugAssign) and type(node.op) in SWAPPED:
        yield _with(node, op=SWAPPED[type(node.op)]())
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield _with(node, value=not node.value)
        elif isinstance(node.value, (int, float)):
            yield _with(node, value=node.value + 1)


def _with(node: ast.AST, **parts: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in parts.items():
        setattr(new, name, value)
    return new


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Walk what is computed: parent, field, index and child.

    Decorators and annotations compute nothing, and `strict=True` of zip neither, as long as all is right.
    """
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return
    for field, value in ast.iter_fields(node):
        if field in ("decorator_list", "annotation", "returns"):
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.AST):
                yield node, field, index, child
                yield from _places(child)


def mutants(path: Path) -> list[Mutant]:
    """Return all changes of a module, in order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found, count = [], {}
    for parent, field, index, child in list(_places(tree)):
        for variant in _variants(child):
            change = f"{ast.unparse(child)} -> {ast.unparse(variant)}"
            count[change] = count.get(change, 0) + 1
            if count[change] > 1:
                change += f" ({count[change]})"
            old = getattr(parent, field)
            new = variant if index is None else [*old[:index], variant, *old[index + 1 :]]
            setattr(parent, field, new)
            found.append(Mutant(child.lineno, change, ast.fix_missing_locations(copy.deepcopy(tree))))
            setattr(parent, field, old)
    return found


class _Importer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a changed tree in the place of a module's file."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def create_module(self, spec: object) -> None:
        return None

    def exec_module(self, module: object) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def tests_of(path: Path) -> list[str]:
    """Return the test files that import a module, or use what its package has of it."""
    package, stem = path.parent.name, path.stem
    body = ast.parse(path.read_text(encoding="utf-8")).body
    names = [node.name for node in body if hasattr(node, "name")]
    for node in body:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    uses = re.compile(
        rf"dlfigs\.{package}\.{stem}\b|from dlfigs\.{package} import .*\b{stem}\b"
        + (rf"|\b{package}\.({'|'.join(names)})\b" if names else "")
    )
    found = [
        file
        for file in (ROOT / "tests").rglob("test_*.py")
        if file.name != "test_layers.py" and uses.search(file.read_text(encoding="utf-8"))
    ]
    return sorted(map(str, found))


def _try(path: Path, tree: ast.Module, files: list[str], log: Path) -> int:
    """Run the tests in a fork; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    with open(log, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    code = BROKEN
    try:
        import pytest

        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        sys.meta_path.insert(0, _Importer(name, path, tree))
        # Python reads sitecustomize when it starts: processes that tests begin get the changed module too
        changed = log.with_suffix("")
        changed.mkdir(exist_ok=True)
        (changed / "changed.txt").write_text(ast.unparse(tree), encoding="utf-8")
        (changed / "sitecustomize.py").write_text(
            SITE.format(tests=str(ROOT / "tests"), name=name, path=str(path))
        )
        os.environ["PYTHONPATH"] = str(changed)
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files]))
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _outcome(pid: int, limit: float) -> int | None:
    """Wait for a fork; None if it takes too long."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


class Found(NamedTuple):
    """What became of the changes of one module that were tried: how many were killed, out of how many."""

    killed: int
    survived: list[Mutant]
    of: int


class Tests:
    """Runs test files with a module changed or not, and remembers how long each takes without a change."""

    def __init__(self) -> None:
        self.logs = ROOT / ".cache" / "mutants"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.seconds: dict[str, float] = {}

    def log(self, path: Path, name: object) -> Path:
        """Return where the output of one run is."""
        return self.logs / f"{path.stem}-{name}.txt"

    def time(self, path: Path, file: str) -> float:
        """Return the seconds of a test file that passes; several modules share most files."""
        if file not in self.seconds:
            began, tree = time.monotonic(), ast.parse(path.read_text(encoding="utf-8"))
            log = self.log(path, Path(file).stem)
            if _outcome(_try(path, tree, [file], log), 1200) != 0:
                sys.exit(f"the tests of {path} fail without a change: see {log}")
            self.seconds[file] = time.monotonic() - began
        return self.seconds[file]


def some(path: Path, share: float) -> list[Mutant]:
    """Draw changes of a module."""
    everything = mutants(path)
    drawn = random.Random(path.stem).sample(range(len(everything)), math.ceil(share * len(everything)))
    return [everything[i] for i in sorted(drawn)]


def listed(text: str, path: Path, reasons: dict[str, str]) -> tuple[Found, list[Mutant]]:
    """Read a section of the report: what it says, and which changes are to be tried again."""
    everything = mutants(path)
    killed, known, of = 0, [], len(everything)
    if count := re.search(r"(\d+) of \d+ killed", text):
        names = re.findall(r"^- line \d+, `(.*)`: ", text, flags=re.MULTILINE)
        known = [m for m in everything if m.change in names]
        killed = int(count[1])
        whole = re.search(r"(\d+) of (\d+) changes were tried", text)
        of = of if whole else killed + len(known)
    without = [m for m in known if m.change not in reasons]
    return Found(killed, [m for m in known if m.change in reasons], of), without


def examine(path: Path, tried: list[Mutant], jobs: int, tests: Tests) -> tuple[int, list[Mutant]]:
    """Try changes of one module; return how many were killed, and which survived."""
    files = tests_of(path)
    if not files or not tried:
        return 0, tried
    with ThreadPoolExecutor(jobs) as pool:
        alone = dict(zip(files, pool.map(lambda file: tests.time(path, file), files), strict=True))
        files, whole = sorted(files, key=alone.__getitem__), sum(alone.values())

        def run(numbered: tuple[int, Mutant]) -> int | None:
            number, mutant = numbered
            return _outcome(_try(path, mutant.tree, files, tests.log(path, number)), 10 + 4 * whole)

        codes = list(pool.map(run, enumerate(tried, 1)))
    if BROKEN in codes:
        sys.exit(f"some tests did not begin: see {tests.log(path, codes.index(BROKEN) + 1)}")
    survived = [m for m, code in zip(tried, codes, strict=True) if code == 0]
    killed = len(tried) - len(survived)
    name = path.relative_to(ROOT)
    print(f"{name}: {killed} of {len(tried)} killed, all tests take {whole:.1f} s", flush=True)
    return killed, survived


def section(name: str, found: Found, reasons: dict[str, str]) -> str:
    """Return what mutants.md says of a module."""
    tried = found.killed + len(found.survived)
    equivalent = [m for m in found.survived if reasons.get(m.change, "").startswith("equivalent")]
    count = f"{found.killed} of {tried - len(equivalent)} killed, {len(equivalent)} more are equivalent"
    part = f"; {tried} of {found.of} changes were tried" if tried < found.of else ""
    lines = [f"## {name}", "", f"{count}{part}.", ""]
    lines += [
        f"- line {m.line}, `{m.change}`: {reasons.get(m.change, 'not explained')}" for m in found.survived
    ]
    return "\n".join(lines).rstrip() + "\n"


def total(sections: Collection[str]) -> str:
    """Return how many changes were killed in all modules together."""
    counts = [re.search(r"(\d+) of (\d+) killed", text) for text in sections]
    killed, tried = (sum(int(count[i]) for count in counts) for i in (1, 2))
    return f"In the {len(counts)} modules below {killed} of {tried} are killed, {killed / tried:.1%}."


def main() -> None:
    """Examine modules and renew their sections of the report."""
    # Before any fork, libraries and nothing of ours; JAX starts its threads at first use, in the forks
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    import jax
    import optax  # noqa: F401
    import pytest  # noqa: F401
    import scipy.integrate
    import scipy.optimize
    import scipy.stats  # noqa: F401
    import xarray  # noqa: F401

    jax.config.update("jax_compilation_cache_dir", str(ROOT / ".cache" / "mutants" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0, help="of the changes; default: all")
    parser.add_argument("--again", action="store_true", help="what survived without a reason")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: all")
    asked = parser.parse_args()
    paths = [ROOT / name for name in asked.modules]
    paths = paths or [p for f in FOLDERS for p in sorted((ROOT / "dlfigs" / f).glob("[a-z]*.py"))]
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8")) if REASONS.is_file() else {}
    text = REPORT.read_text(encoding="utf-8") if REPORT.is_file() else ""
    head, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    sections = {part.splitlines()[0].removeprefix("## "): part.rstrip() + "\n" for part in parts}
    tests = Tests()
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        why = reasons.get(name, {})
        if asked.again:
            before, tried = listed(sections.get(name, ""), path, why)
        else:
            tried = some(path, asked.share)
            before = Found(0, [], len(mutants(path)))
        killed, survived = examine(path, tried, os.cpu_count() or 1, tests)
        survived = sorted([*before.survived, *survived], key=lambda m: m.line)
        found = Found(before.killed + killed, survived, before.of)
        sections[name] = section(name, found, why)
        body = "\n".join(sections[key] for key in sorted(sections))
        head = re.sub(r"\nIn the \d+ modules .*\n", "", head).rstrip()
        REPORT.write_text(f"{head}\n\n{total(sections.values())}\n\n{body}", encoding="utf-8")


if __name__ == "__main__":
    main()
