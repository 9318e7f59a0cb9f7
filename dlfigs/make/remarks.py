"""What is said while a figure is made, though it succeeds: warnings and prints of its recipe.

They are kept beside the finished figure, so that a strict build does not pass just because the figure is
there already.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TextIO

from dlfigs.make.store import Built, Store

LONGEST = 12  # lines of prints that are shown
# Libraries whose log is about the machine, not about the figure
OF_THE_MACHINE = ("absl", "asyncio", "jax", "jaxlib", "matplotlib")


@dataclass(frozen=True)
class Remark:
    """One thing that was said.

    Args:
        text: What.
        line: Of the recipe; None if it was said elsewhere.
        stage: What was done then: "compute", "draw" or something else.
        kind: How.
    """

    text: str
    line: int | None = None
    stage: str = ""
    kind: Literal["warning", "print"] = "warning"

    def words(self, recipe: Path) -> str:
        """Return what to show to a person."""
        place = f"{recipe}:{self.line}" if self.line else f"{recipe}"
        if self.kind == "warning":
            return f"{place}: {self.text}"
        first, more = self.text.splitlines()[:LONGEST], len(self.text.splitlines()) - LONGEST
        rest = [f"... and {more} more lines"] if more > 0 else []
        return "\n    ".join([f"{recipe} has printed:", *first, *rest])


class Heard(list[Remark]):
    """What has been said so far; `stage` is what is being done."""

    stage = ""

    @contextlib.contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """Note what is being done while this is entered."""
        self.stage, before = stage, self.stage
        try:
            yield
        finally:
            self.stage = before

    def warn(self, text: str, line: int | None) -> None:
        """Note a warning, once: each format of a picture would have it."""
        remark = Remark(text, line, self.stage)
        if remark not in self:
            self.append(remark)

    def print(self, text: str) -> None:
        """Note a piece of what is printed."""
        if self and self[-1].kind == "print" and self[-1].stage == self.stage:
            text = self.pop().text + text
        self.append(Remark(text, None, self.stage, "print"))

    def of_stage(self) -> list[Remark]:
        """Return what has been said in this stage, cleaned."""
        return [remark for remark in self.finished() if remark.stage == self.stage]

    def finished(self) -> list[Remark]:
        """Return all, prints as a terminal would show them: without what was written over, as bars are."""
        cleaned = []
        for remark in self:
            text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in remark.text.split("\n"))
            if text.strip():
                cleaned.append(Remark(text.rstrip(), remark.line, remark.stage, remark.kind))
        return cleaned


class _Echo:
    """A stream that notes what goes through it."""

    def __init__(self, stream: TextIO, heard: Heard) -> None:
        self.stream, self.heard = stream, heard

    def write(self, text: str) -> int:
        self.heard.print(text)
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Log(logging.Handler):
    """Takes warnings of libraries, and of the recipe itself, that are logged."""

    def __init__(self, heard: Heard, recipe: Path, stream: TextIO) -> None:
        super().__init__(logging.WARNING)
        self.heard, self.recipe, self.stream = heard, recipe, stream

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        print(text, file=self.stream)
        if record.name.partition(".")[0] not in OF_THE_MACHINE or _is_about_a_font(text):
            self.heard.warn(text, _line(self.recipe))


@contextlib.contextmanager
def heard(recipe: Path) -> Iterator[Heard]:
    """Note what is said while a figure is made; it is still said.

    Args:
        recipe: Lines of it are named.
    """
    said, error = Heard(), sys.stderr

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, *rest: Any
    ) -> None:
        kind = "" if category is UserWarning else f"{category.__name__}: "
        error.write(warnings.formatwarning(message, category, filename, lineno))
        said.warn(f"{kind}{message}", _line(recipe))

    log = _Log(said, recipe, error)
    logging.getLogger("matplotlib.font_manager").setLevel(logging.WARNING)
    logging.getLogger().addHandler(log)
    out, err = _Echo(sys.stdout, said), _Echo(error, said)
    with warnings.catch_warnings(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        warnings.showwarning = show
        try:
            yield said
        finally:
            logging.getLogger().removeHandler(log)


def _line(recipe: Path) -> int | None:
    """Return the line of the recipe that is at work."""
    path, frame = os.path.abspath(recipe), sys._getframe(1)
    while frame and os.path.abspath(frame.f_code.co_filename) != path:
        frame = frame.f_back
    return frame.f_lineno if frame else None


def _is_about_a_font(text: str) -> bool:
    """Whether somebody's font is missing; of the ones that all figures ask for, one is enough."""
    if "matplotlib" not in sys.modules or not text.startswith("findfont: Font family"):
        return False
    known = sys.modules["matplotlib"].rcParamsDefault
    return not any(repr(name) in text for kind in ("sans-serif", "serif") for name in known[f"font.{kind}"])


def keep(folder: Path, said: list[Remark]) -> None:
    """Keep what was said of a finished figure; nothing, if it was nothing.

    Args:
        folder: Of the finished figure.
        said: All of it.
    """
    Store.around(folder).put_said(folder.parent.name, folder.name, packed(said))


def of(folder: Path) -> list[Remark]:
    """Return what was said when a finished figure was made."""
    try:
        return unpacked(Store.around(folder).said(folder.parent.name, folder.name))
    except TypeError:  # of another version
        return []


def packed(said: list[Remark]) -> list[dict[str, Any]]:
    """Return remarks as JSON has them."""
    return [asdict(remark) for remark in said]


def unpacked(said: list[Mapping[str, Any]]) -> list[Remark]:
    """Return remarks from JSON."""
    return [Remark(**remark) for remark in said]


def tell(
    done: Mapping[str, Built],
    recipes: Mapping[str, Path],
    *,
    warn: Callable[[str], None],
    say: Callable[[str], None],
) -> None:
    """Tell a person what was said when figures were made: prints only of those that are new.

    A warning of the drawing is one: nobody else looks whether all letters are there. What was said of
    numbers is told, no more: claims judge them.

    Args:
        done: Figures by slug.
        recipes: Paths by slug.
        warn: Takes a warning.
        say: Takes anything else.
    """
    for slug, built in done.items():
        for remark in of(built.folder) if built.folder else []:
            if remark.kind == "warning" and remark.stage == "draw":
                warn(remark.words(recipes[slug]))
            elif remark.kind == "warning" or built.is_new:
                say(remark.words(recipes[slug]))
