"""Files that a recipe reads when it runs: a figure depends on them as on its recipe.

Names in the text of a recipe would not do, for many are put together when it runs. Python tells who listens
of each file that is opened and each folder that is listed (audit events, PEP 578); what is kept of them is
in the cache, so that the next build knows what to look at. Libraries that open files by themselves, such as
HDF5, tell nobody; for them a name in the recipe counts (see `dlfigs.recipe.dependencies`).
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PACKAGE = os.path.dirname(os.path.dirname(__file__))
EVENTS = {"open", "os.listdir", "os.scandir", "sqlite3.connect"}
SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/var", "/run", "/nix", "/System", "/Library")
FONTS = (".ttf", ".otf", ".ttc", ".pfb", ".afm")
NOTHING = "nothing"  # the fingerprint of what is not there
IMPORTS = ("importlib", "pkgutil")  # who looks for modules, and so lists the folders that have them
_listening: list[Listener] = []
_busy = threading.local()


def fingerprint(place: str) -> str:
    """Return what tells a file from its other versions: of its content; of a folder, of the names in it."""
    try:
        if os.path.isdir(place):
            listed = (name for name in os.listdir(place) if name[:1] != "." and name != "__pycache__")
            return hashlib.sha256("\n".join(sorted(listed)).encode(errors="surrogateescape")).hexdigest()
        with open(place, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return NOTHING


class Listener:
    """Notes what is read while it is entered, as it was when it was first read.

    Args:
        recipe: Whose project's files count, and those elsewhere that are neither Python's nor the system's.
        cache: Folder that does not count.
        code: Source files that count already.
    """

    def __init__(self, recipe: Path, cache: Path, code: Iterable[Path] = ()) -> None:
        course = recipe.parent.parent
        self.courses = dict.fromkeys((os.path.abspath(course), os.path.realpath(course)))
        self.code = {os.path.abspath(path) for path in (recipe, *code)}
        installed = (sys.prefix, sys.base_prefix, sys.exec_prefix, PACKAGE, cache)
        self.elsewhere = tuple(os.path.abspath(place) for place in installed)
        self.found: dict[str, str] = {}  # fingerprints by place
        self.written: set[str] = set()

    def __enter__(self) -> Listener:
        if _hear not in _installed:
            sys.addaudithook(_hear)  # for good, Python has no way to take it back
            _installed.append(_hear)
        _listening.append(self)
        return self

    def __exit__(self, *_: Any) -> None:
        _listening.remove(self)
        # What the recipe itself writes, or takes away again, is no input
        for place, was in list(self.found.items()):
            if place in self.written or (was != NOTHING and not os.path.exists(place)):
                del self.found[place]

    def note(self, place: str, *, folder: bool) -> None:
        """Note that a place is read, if it counts."""
        if place in self.found or place in self.written or not self._counts(place):
            return
        there = os.path.isdir(place) if folder else os.path.isfile(place)
        # Libraries look for files of theirs in many places; in the project it is the recipe that asks
        if there or (not folder and not os.path.isdir(place) and self._inside(place)):
            self.found[place] = fingerprint(place)

    def _inside(self, place: str) -> str | None:
        return next((course for course in self.courses if _below(place, course)), None)

    def _counts(self, place: str) -> bool:
        if place in self.code or any(_below(place, other) for other in self.elsewhere):
            return False
        course = self._inside(place)
        parts = (os.path.relpath(place, course) if course else place).split(os.sep)
        if any(part.startswith(".") and part != "." for part in parts):
            return False
        if course:
            return True
        return not any(_below(place, root) for root in SYSTEM) and not place.endswith(FONTS)


_installed: list[Any] = []


def _below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Tell who listens; whatever goes wrong here must not reach whoever opens a file."""
    if event not in EVENTS or not _listening or getattr(_busy, "now", False):
        return
    _busy.now = True  # what is opened for a fingerprint is not read by the recipe
    try:
        with contextlib.suppress(Exception):
            _tell(event, arguments, sys._getframe(1).f_code.co_filename)
    finally:
        _busy.now = False


def _tell(event: str, arguments: tuple[Any, ...], caller: str) -> None:
    target = "." if arguments[0] is None else arguments[0]
    if isinstance(target, int) or (event == "sqlite3.connect" and str(target)[:1] in ("", ":")):
        return
    folder = event in ("os.listdir", "os.scandir")
    if folder and any(name in caller for name in IMPORTS):
        return
    place = os.path.abspath(os.fsdecode(target))
    if place.endswith(".pyc"):
        place = importlib.util.source_from_cache(place)
    flags = arguments[2] if event == "open" and isinstance(arguments[2], int) else 0
    for listener in list(_listening):
        if flags & (os.O_TRUNC | os.O_CREAT | os.O_WRONLY):
            listener.written.add(place)
        else:
            listener.note(place, folder=folder)
