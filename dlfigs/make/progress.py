"""How far a build is: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from dlfigs.make.jobs import Jobs
from dlfigs.make.seconds import duration

PAUSE = 15.0  # seconds between two lines, at least


class Shown:
    """Shows how many figures are done; for a `with` statement, or from `start` to `stop`.

    Args:
        say: Writes a line where there is no terminal.
        log: The logger whose lines are to stand above the bar.
    """

    def __init__(self, say: Callable[[str], None], log: logging.Logger | None = None) -> None:
        self.console, self.say, self.log = Console(stderr=True), say, log
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        left = TextColumn("{task.fields[left]}")
        visible = self.console.is_terminal
        self.bar = Progress(*columns, left, console=self.console, transient=True, disable=not visible)
        self.task, self.said = None, 0.0
        self.streams: list[tuple[logging.StreamHandler, object]] = []

    def start(self) -> None:
        """Begin with nothing done."""
        self.task, self.said = self.bar.add_task("", total=None, left=""), time.monotonic()
        before = sys.stderr
        self.bar.start()
        for handler in self.log.handlers if self.log else ():
            # A handler writes past rich, into the bar, unless it is given what rich has put in its place
            if isinstance(handler, logging.StreamHandler) and handler.stream is before is not sys.stderr:
                self.streams.append((handler, handler.setStream(sys.stderr)))

    def update(self, jobs: Jobs, total: int) -> None:
        """Show how far the jobs are, of so many in all."""
        done, left = total - len(jobs.left), f"{duration(jobs.seconds_left())} left"
        working = f"building {', '.join(order.slug for order in jobs.at_work)}"
        self.bar.update(self.task, description=working, completed=done, total=total, left=left)
        if self.bar.disable and 0 < done < total and time.monotonic() - self.said > PAUSE:
            self.said = time.monotonic()
            self.say(f"{done} of {total} figures, {left}")

    def stop(self) -> None:
        """Take the bar away."""
        for handler, stream in self.streams:
            handler.setStream(stream)
        self.streams.clear()
        self.bar.stop()
        if self.task is not None:
            self.bar.remove_task(self.task)
            self.task = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
