"""The disk at one moment: sources of modules, and files that recipes read, each looked at once.

`modules` follows imports through the source files of dlfigs, of the recipe's own project, and of packages
that are installed from a folder in which somebody works.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dlfigs.make import distributions, reads
from dlfigs.make.files import checksum
from dlfigs.make.store import Store
from dlfigs.recipe import dependencies
from dlfigs.recipe.dependencies import read_text

PACKAGE = Path(__file__).parents[1]
KEPT = 4096  # answers about texts that are kept for the next build, many times what one course asks


class Disk:
    """The disk at one moment: what is asked again is not read again.

    Args:
        cache: Folder of finished figures, which keeps the answers about texts that were parsed: to parse
            all of them is most of a build in which nothing has changed. By default nothing is kept.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self.text, self.listed = map(functools.cache, (read_text, _listed))
        questions = self._runs, self._leads_to, self._source, self._needs, self._is_ours
        self.runs, self.leads_to, self.source, self.needs, self.is_ours = map(functools.cache, questions)
        self.elsewhere = functools.cache(distributions.elsewhere)
        self.checksum = functools.cache(lambda path: checksum(self.text(path).encode()))
        self.places: dict[str, str] = {}  # fingerprints of what recipes read
        self.sources: set[Path] = set()  # of modules
        # Answers are those of this code and this Python, whose syntax trees those are
        code = [self.checksum(Path(module.__file__)) for module in (sys.modules[__name__], dependencies)]
        self.by = f"{code} {sys.version}"
        self.store, self.new = cache and Store(cache), False
        known = self.store.answers() if self.store else {}
        self.answers: dict[str, Any] = known["answers"] if known.get("by") == self.by else {}

    def imports(self, path: Path, package: str = "") -> list[str]:
        """Return what `imported` finds in a file."""
        return self._ask(
            path, f"imports {package}", lambda tree: sorted(dependencies.imported(tree, package=package))
        )

    def slice_of(self, path: Path, *arguments: str) -> tuple[str, list[str], list[str]]:
        """Return what `slice_of` finds in a recipe, a checksum in the place of its statements."""

        def find(tree: ast.Module) -> tuple[str, list[str], list[str]]:
            statements, names, files = dependencies.slice_of(tree, *arguments)
            return checksum(json.dumps(statements).encode()), sorted(names), sorted(files)

        return self._ask(path, f"slice {' '.join(arguments)}", find)

    def meaning_of(self, path: Path, *arguments: str) -> tuple[str, list[str]]:
        """Return checksum and imports of what `slice_of` finds, the same on all versions of Python.

        Without arguments, return the checksum of the whole file.
        """

        def find(tree: ast.Module) -> tuple[str, list[str]]:
            if not arguments:
                return checksum(dependencies.meaning(tree).encode()), []
            said, names, _ = dependencies.slice_of(tree, *arguments, written=dependencies.meaning)
            return checksum(json.dumps(said).encode()), sorted(names)

        return self._ask(path, f"meaning {' '.join(arguments)}", find)

    def file_names(self, path: Path) -> list[str]:
        """Return what `file_names` finds in a file."""
        return self._ask(path, "files", lambda tree: sorted(dependencies.file_names([tree])))

    def distributions(self, tops: Iterable[str]) -> list[str]:
        """Return the names of the distributions that have these modules, as far as there are some."""
        found: set[str] = set()
        for top in tops:
            key = f"{distributions.mark()} {top}"
            if key not in self.answers:
                self.answers[key] = distributions.of(top)
                self.new = True
            found |= set(self.answers[key])
        return sorted(found)

    def fingerprint(self, place: str) -> str:
        """Return the fingerprint of a file or folder that recipes read, at this moment."""
        if place not in self.places:
            self.places[place] = self._fingerprint(place)
        return self.places[place]

    def _fingerprint(self, place: str) -> str:
        try:
            stat = os.stat(place)
        except OSError:
            return reads.NOTHING
        key = f"{place} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"
        if key in self.answers:
            return self.answers[key]
        found = reads.fingerprint(place)
        # What was written just now could be written once more within the same tick of the clock
        if os.path.isfile(place) and time.time_ns() - stat.st_mtime_ns > 2 * 10**9:
            self.answers[key], self.new = found, True
        return found

    def folders(self) -> set[Path]:
        """Return the folders in which there is something that recipes depend on."""
        places = [Path(place) for place in self.places]
        found = {place if place.is_dir() else place.parent for place in places}
        found |= {source.resolve().parent for source in self.sources}
        return {place for place in found if place.is_dir() and not place.is_relative_to(PACKAGE)}

    def styles(self) -> list[Path]:
        """Return the style sheets of all drawings."""
        return sorted(PACKAGE.glob("plot/*.mplstyle"))

    def keep(self) -> None:
        """Keep what was asked for the first time, if there is a cache."""
        if self.store and self.new:
            newest = dict(list(self.answers.items())[-KEPT:])
            self.store.put_answers({"by": self.by, "answers": newest})

    def _ask(self, path: Path, question: str, find: Callable[[ast.Module], Any]) -> Any:
        key = f"{self.checksum(path)} {question}"
        if key not in self.answers:
            self.answers[key] = find(dependencies.parse_text(path, self.text(path)))
            self.new = True
        return self.answers[key]

    def _runs(self, name: str, folder: Path) -> tuple[str, ...]:
        """Return the modules that importing a name runs: a.b.c runs the packages a and a.b as well."""
        top = name.partition(".")[0]
        if not self.is_ours(top, folder) and not self.elsewhere(top):
            return ()  # most names are of installed packages
        found = []
        for end in [*(i for i, letter in enumerate(name) if letter == "."), None]:
            if path := self.source(name[:end], folder):
                found.append(name[:end])
                if path.name != "__init__.py":
                    break  # what any other module has is no module
        return tuple(found)

    def outside(self, names: Iterable[str], folder: Path) -> set[str]:
        """Return the first parts of names of neither the recipe's project nor dlfigs nor Python."""
        tops = {name.partition(".")[0] for name in names} - {"", "dlfigs"}
        return {top for top in tops if not self.is_ours(top, folder) and top not in sys.stdlib_module_names}

    def _needs(self, source: Path, folder: Path) -> frozenset[str]:
        """Return the first parts of names from outside that a module imports."""
        return frozenset(self.outside(self.imports(source), folder))

    def _is_ours(self, top: str, folder: Path) -> bool:
        places = self.listed(folder), self.listed(folder.parent)
        return top == "dlfigs" or any({top, f"{top}.py"} & listed for listed in places)

    def _source(self, dotted: str, folder: Path) -> Path | None:
        # Other packages that are installed for good count by version
        top = dotted.partition(".")[0]
        own = [PACKAGE.parent] if top == "dlfigs" else [folder, folder.parent]
        for place in own if self.is_ours(top, folder) else self.elsewhere(top):
            stem = os.path.join(place, *dotted.split("."))
            for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
                if os.path.isfile(path):  # pathlib takes ten times as long, and most names are no modules
                    self.sources.add(Path(path))
                    return Path(path)
        return None

    def _leads_to(self, dotted: str, folder: Path) -> frozenset[str]:
        """Return the modules that running one runs directly."""
        path = self.source(dotted, folder)
        package = dotted if path.name == "__init__.py" else dotted.rpartition(".")[0]
        names = self.imports(path, package)
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
