"""What processes say to one another: who orders figures, the pool that has them made, and its workers.

An order, or the wish to stop one, is a line of JSON to the pool, and a report is one from it. A worker has
an exit code, and what it prints: its last words are the folder of the figure, or why there is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.recipe import loading

FOLDER = "dlfigs finished: "  # begins the line in which a worker names its folder
STOPPED = re.compile(r"^Timeout \(\d+:.*", re.MULTILINE | re.DOTALL)  # how faulthandler's last words begin


@dataclass(frozen=True)
class Work:
    """One figure that is to be made, at once.

    Args:
        number: By which its report is known.
        recipe: Path of the recipe.
        cache: Folder of finished figures.
        minutes: After which it is given up.
        force: Whether the data are to be made again too.
        parameters: Values that differ from the defaults.
        many: Whether more is ordered than there are workers.
        nice: How far it stands back behind other processes.
        judge: Whether only its verdicts are wanted, and no pictures.
    """

    number: int
    recipe: str
    cache: str
    minutes: float
    force: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)
    many: bool = False
    nice: int = 0
    judge: bool = False


@dataclass(frozen=True)
class Stop:
    """Work that is not wanted any more.

    Args:
        stop: Its number.
    """

    stop: int


@dataclass(frozen=True)
class Report:
    """Work that is done or given up.

    Args:
        number: Of the order.
        seconds: How long it took.
        folder: Of the finished figure, or the file with its verdicts; empty if there is none.
        error: Why there is none.
    """

    number: int
    seconds: float
    folder: str = ""
    error: str = ""


def line(message: Work | Stop | Report) -> str:
    """Return a message as a line."""
    return json.dumps(asdict(message)) + "\n"


def order(text: str | bytes) -> Work | Stop:
    """Read what the pool is told."""
    said = json.loads(text)
    if "stop" in said:
        return Stop(**said)
    # JSON has no tuples, and parameters have no lists
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in said["parameters"].items()}
    return Work(**said | {"parameters": given})


def report(text: str) -> Report:
    """Read what the pool says."""
    return Report(**json.loads(text))


def last_words(folder: Path) -> str:
    """Return what a worker prints at the end: after whatever the recipe has printed."""
    return f"\n{FOLDER}{folder}"


def why_not(recipe: Path, cache: Path, error: BaseException) -> str:
    """Return what a worker prints when there is no figure.

    Args:
        recipe: Path of the recipe.
        cache: Folder of finished figures.
        error: What has been raised: a recipe may raise anything, SystemExit included.
    """
    where = loading.place(recipe, error)
    if isinstance(error, UserError):
        return str(error) if str(error).startswith(str(recipe)) else f"{where}: {error}"
    if isinstance(error, OSError) and where == str(recipe):  # the system's refusal of what we write
        return f"{recipe}: not built: {error.filename or cache}: {error.strerror or error}"
    return f"{recipe}: the recipe failed\n{loading.own_traceback(error, recipe)}"


def outcome(work: Work, exit_code: int, printed: str, seconds: float) -> Report:
    """Return what the end of a worker means."""
    if exit_code == 0:
        named = [words.removeprefix(FOLDER) for words in printed.splitlines() if words.startswith(FOLDER)]
        return Report(work.number, seconds, folder=named[-1])
    if stopped := STOPPED.search(printed):
        lines = re.findall(rf'File ".*{re.escape(Path(work.recipe).name)}", line (\d+)', stopped[0])
        where = f"{work.recipe}:{lines[0]}" if lines else work.recipe
        instead = "make it smaller, or raise `minutes`"
        error = f"{where}: still at work after {work.minutes:g} minutes; {instead}"
    else:
        error = printed or f"{work.recipe}: its process ended with code {exit_code}"
    return Report(work.number, seconds, error=error)
