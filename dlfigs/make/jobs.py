"""Figures that are to be made: which is next, who makes it, and how long that will take.

`dlfigs.make.pool` makes whatever it is told, at once. What waits stays here until a worker is free, so that
the order can still change: what somebody looks at goes first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.make import messages, surroundings
from dlfigs.make.messages import Report, Stop, Work
from dlfigs.make.store import CACHE, Built

MINUTES, MOST_MINUTES = 60.0, 1_000_000  # for one figure; the second, two years, is as good as no limit


@dataclass(frozen=True)
class Order:
    """One figure to be made.

    Args:
        slug: Its name.
        recipe: Path of its recipe.
        version: What it is made of; work on another version of the same figure is given up.
        seconds: How long that will take, as a guess.
        parameters: Values that differ from the defaults.
        judge: Whether only its verdicts are wanted, and no pictures.
    """

    slug: str
    recipe: Path
    version: str
    seconds: float
    parameters: Mapping[str, Any] = field(default_factory=dict)
    judge: bool = False


class Pool:
    """A process of `dlfigs.make.pool`, which has imported JAX and the rest, or is about to.

    Args:
        environment: Its surroundings.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.code, self.reading = _dates_of_code(), threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dlfigs.make.pool"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends all of them
        )

    @property
    def is_alive(self) -> bool:
        """Whether its process has not ended."""
        return self.process.poll() is None

    @property
    def is_usable(self) -> bool:
        """Whether it lives, and our code is still what it has imported."""
        return self.is_alive and self.code == _dates_of_code()

    def send(self, message: Work | Stop) -> None:
        """Give it one order; if it has died, `report` will say so."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(messages.line(message))
            self.process.stdin.flush()  # and left open: the pool ends when this process does, however

    def report(self) -> Report | None:
        """Wait for a figure that is done or given up; None if the process has ended."""
        with self.reading:
            line = "" if self.process.stdout.closed else self.process.stdout.readline()
        return messages.report(line) if line.endswith("\n") else None

    def end(self) -> None:
        """End it, and all its workers."""
        if self.process.stdout.closed:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        with self.reading:  # whoever waits for a report has seen the end by now
            self.process.stdout.close()


def _dates_of_code() -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in Path(__file__).parents[1].rglob("*.py")}


def check_minutes(minutes: float) -> None:
    """Raise a `UserError` if a figure cannot be given that time."""
    if not 0 < minutes <= MOST_MINUTES:
        raise UserError(f"minutes must be above 0 and at most {MOST_MINUTES}, not {minutes:g}")


@dataclass
class _Begun:
    order: Order
    long: bool
    at: float = field(default_factory=time.monotonic)


class Jobs:
    """What waits and what is at work. Any thread may call it; one of them waits for reports.

    Args:
        at_once: Figures made at the same time; by default one for each processor.
        both_ends: Whether half of the workers begin with the shortest, so that most figures are there soon;
            otherwise the longest are first, so that all are there soonest.
        cache: Folder of finished figures.
        minutes: After which a figure that is not done is given up.
        force: Whether data are made again too.
        nice: How far the workers stand back behind other processes.

    Raises:
        UserError: If the minutes are no time.
    """

    def __init__(
        self,
        *,
        at_once: int | None = None,
        both_ends: bool = False,
        cache: Path = CACHE,
        minutes: float = MINUTES,
        force: bool = False,
        nice: int = 0,
    ) -> None:
        check_minutes(minutes)
        self.environment = surroundings.environment(cache)
        self.work = partial(Work, cache=str(cache), minutes=minutes, force=force, nice=nice)
        self.at_once, self.both_ends = at_once or surroundings.processors(), both_ends
        self.lock = threading.RLock()
        self.waiting: dict[str, Order] = {}
        self.begun: dict[int, _Begun] = {}
        self.looked_at: dict[str, float] = {}  # until when, by slug
        self.number, self.pool = 0, None
        self.guessed = self.measured = 0.0  # seconds of all that is done

    @property
    def at_work(self) -> list[Order]:
        """What workers are making now."""
        with self.lock:
            return [begun.order for begun in self.begun.values()]

    @property
    def left(self) -> list[Order]:
        """What is not done yet."""
        with self.lock:
            return [*self.at_work, *self.waiting.values()]

    def put(self, orders: Iterable[Order]) -> None:
        """Make these and nothing else: what is not among them any more is given up."""
        with self.lock:
            wanted = {order.slug: order for order in orders}
            if wanted:
                self.prepare()
            for number, begun in list(self.begun.items()):
                order = wanted.get(begun.order.slug)
                if order and order.version == begun.order.version:
                    del wanted[order.slug]
                else:
                    del self.begun[number]
                    self.pool.send(Stop(number))
            self.waiting = wanted
            self._give_out()

    def prepare(self) -> None:
        """Have a pool that knows our code as it is."""
        with self.lock:
            if self.pool and self.pool.is_usable:
                return
            if self.pool:
                self.pool.end()
                self.begun.clear()
            self.pool = Pool(self.environment)

    def look(self, slugs: Iterable[str], seconds: float) -> None:
        """Let these go before others for some seconds: somebody waits for them."""
        with self.lock:
            until = time.monotonic() + seconds
            self.looked_at |= {slug: max(until, self.looked_at.get(slug, 0)) for slug in slugs}
            self._give_out()

    def report(self) -> tuple[Order, Built] | None:
        """Wait until an order is done or has failed; None if the pool has ended, and with it all orders."""
        while True:
            pool = self.pool
            said = pool.report()
            with self.lock:
                if pool is not self.pool:
                    continue  # it was ended because it did not know our code
                if said is None:
                    return None
                if begun := self.begun.pop(said.number, None):
                    self.guessed += begun.order.seconds
                    self.measured += said.seconds
                    self._give_out()
                    folder = Path(said.folder) if said.folder else None
                    return begun.order, Built(begun.order.slug, folder, said.error, is_new=not said.error)

    def seconds_left(self) -> float:
        """Return how long all that is left will take, as far as one can know."""
        with self.lock:
            now = time.monotonic()
            rest = [order.seconds for order in self.waiting.values()]
            rest += [max(one.order.seconds - (now - one.at), 0.5) for one in self.begun.values()]
            pace = self.measured / self.guessed if self.guessed else 1.0
        return pace * max(sum(rest) / self.at_once, max(rest, default=0.0))

    def end(self) -> int | None:
        """End the pool, which loses what it was making; return its exit code if it had ended by itself."""
        with self.lock:
            self.waiting, self.begun, pool = {}, {}, self.pool
            code = pool.process.poll() if pool else None
            if pool:
                pool.end()
            return code

    def _give_out(self) -> None:
        many = len(self.waiting) + len(self.begun) > self.at_once
        while begun := self._next():
            self.number += 1
            self.begun[self.number] = begun
            order = self.waiting.pop(begun.order.slug)
            given = {"parameters": order.parameters, "judge": order.judge}
            self.pool.send(self.work(self.number, str(order.recipe), many=many, **given))

    def _next(self) -> _Begun | None:
        """Choose what is begun now, if a worker is free for it."""
        if not self.waiting:
            return None
        orders = sorted(self.waiting.values(), key=lambda order: order.seconds)
        now, free = time.monotonic(), self.at_once - len(self.begun)
        wanted = {slug for slug, until in self.looked_at.items() if until > now}
        helped = any(one.order.slug in wanted for one in self.begun.values())
        if free > 0 or (free == 0 and not helped):  # somebody waits: one more than usual
            for order in orders:
                if order.slug in wanted:
                    return _Begun(order, long=False)
        if free <= 0:
            return None
        long = sum(one.long for one in self.begun.values())
        if self.both_ends and 2 * (long + 1) > self.at_once:
            return _Begun(orders[0], long=False)
        return _Begun(max(orders, key=lambda order: order.seconds), long=True)
