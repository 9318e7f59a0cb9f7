"""Figures that are made while a server shows the pages: what is there, what is not, and why."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from dlfigs.make import remarks, stale
from dlfigs.make.jobs import Jobs, Order
from dlfigs.make.state import State, waiting
from dlfigs.make.store import Built, Store

PATIENCE = 1.0  # seconds that pages wait for what was just edited; other words take half of that
FEW = 3  # figures, as many as one edits at a time
LOOKING = 5.0  # seconds after which a browser that asks each second has gone
EDITING = 600.0  # seconds for which somebody waits for what was edited
NICE = 5  # pages come before figures


class Background:
    """Makes figures beside a server, which asks for them again in each build.

    Args:
        cache: Folder of finished figures.
        minutes: After which a figure that is not done is given up.
        log: Hears of errors.
        then: Called when nothing is left to be made, so that all pages, and the search, can follow.
    """

    def __init__(
        self, cache: Path, minutes: float, log: logging.Logger, then: Callable[[], None] = lambda: None
    ) -> None:
        self.jobs = Jobs(cache=cache, minutes=minutes, both_ends=True, nice=NICE)
        self.store, self.log, self.thread, self.shown = Store(cache), log, None, None
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.orders: dict[str, Order] = {}  # of the figures that are not there
        self.batch: set[str] = set()  # all that were to be made since there was nothing to be made
        self.failed: dict[str, tuple[tuple[str, int], str]] = {}  # of which version, and why
        self.said: dict[str, str] = {}  # errors that the log has heard
        self.states: dict[str, State] = {}
        self.begun = self.asking = False
        self.then = then
        self.made: dict[str, Built] = {}
        self.new: set[str] = set()  # done, or failed, since pages were built
        self.told: set[Path] = set()  # figures whose remarks the log has heard
        self.folders: set[Path] = set()  # where there is something that figures depend on

    def want(self, recipes: Mapping[str, Path]) -> dict[str, State]:
        """Have these figures made, and return what there is of them now."""
        with self.lock:
            self.asking = True
            try:
                return self._want(recipes)
            finally:
                self.asking = False

    def _want(self, recipes: Mapping[str, Path]) -> dict[str, State]:
        known = set(self.orders) if self.begun else set(recipes)
        self.begun = True
        trusted = {built.folder for built in self.made.values()}
        looked = stale.look(recipes, self.store.folder, trusted=trusted)
        done, orders, self.folders = looked.done, looked.orders, looked.folders
        self.made = {slug: built for slug, built in done.items() if not built.error}
        self._tell(self.made, recipes)
        errors = {slug: built.error for slug, built in done.items() if built.error}
        for slug, order in list(orders.items()):
            version, error = self.failed.get(slug, (None, ""))
            if version == _version(order):  # until its recipe is saved again
                errors[slug] = error
                del orders[slug]
        self.failed = {s: said for s, said in self.failed.items() if s in errors and s not in done}
        self.orders = orders
        self._say(errors)
        self.said = errors
        self._make(orders, orders.keys() - known)
        self.states = {
            slug: self._state(slug, path, errors.get(slug, "")) for slug, path in recipes.items()
        }
        self.new.clear()  # whoever asks has all that is there
        return self.states

    def _make(self, orders: Mapping[str, Order], edited: set[str]) -> None:
        """Order these and nothing else; wait a little for those that somebody is editing."""
        if orders:
            self.store.check_writable()
        if orders and not self.jobs.left:
            self.batch = set()
        self.batch |= orders.keys()
        if few := edited if len(edited) <= FEW else set():
            self.jobs.look(few, EDITING)
        self.jobs.put(orders.values())
        if orders and not self.shown:
            self._start_showing()
        if orders and not self.thread:
            self.thread = threading.Thread(target=self._listen, daemon=True)
            self.thread.start()
        self.changed.wait_for(lambda: not few & self.orders.keys(), timeout=PATIENCE if few else 0)

    def _state(self, slug: str, recipe: Path, error: str) -> State:
        if built := self.made.get(slug):
            return State(built)
        error = self.failed[slug][1] if slug in self.failed else error
        return waiting(slug, recipe, error, self.store.newest(slug))

    def prepare(self) -> None:
        """Have a pool that waits, so that a change does not wait for JAX to be imported."""
        self.jobs.prepare()

    def look(self, slugs: Iterable[str]) -> None:
        """Note that a browser shows pages with these figures."""
        self.jobs.look(slugs, LOOKING)

    def has_new(self, slugs: set[str]) -> bool:
        """Return whether one of these has been made, or has failed, since the pages were built."""
        with self.lock:
            return bool(slugs & self.new) and not self.asking

    def newest(self, slug: str) -> Built | None:
        """Return a figure as it is now, or else as it was; None if there is none."""
        with self.lock:
            return self.made.get(slug) or self.store.newest(slug)

    def status(self) -> dict[str, Any]:
        """Return how far all is: for pages, and for programs that wait."""
        with self.lock:
            left, total = len(self.jobs.left), len(self.batch)
            seconds = round(self.jobs.seconds_left(), 1)
            return {
                "done": total - left,
                "total": total,
                "seconds_left": seconds,
                "failed": dict(self.said),
            }

    def end(self) -> None:
        """End all work."""
        self.jobs.end()
        if self.thread:
            self.thread.join(timeout=2)
        with self.lock:
            self._stop_showing()

    def _listen(self) -> None:
        """Take reports, in a thread of its own, until the pool has ended."""
        while True:
            got = self.jobs.report()
            with self.lock:
                if got:
                    self._note(*got)
                    over = not self.jobs.left and not self.asking
                elif self.jobs.pool.is_alive:  # another one by now
                    continue
                else:
                    left, code = self.jobs.left, self.jobs.end()
                    words = (
                        f"the pool of workers has ended (exit code {code}); save the recipe to try again"
                    )
                    for order in left:
                        self._note(order, Built(order.slug, None, f"{order.recipe}: {words}"))
                    self._stop_showing()
                    self.thread = None
                    return
            if over:
                self.then()

    def _note(self, order: Order, made: Built) -> None:
        slug = order.slug
        if (wanted := self.orders.get(slug)) and wanted.version == order.version:
            del self.orders[slug]
            self.new.add(slug)
            if made.error:
                self.failed[slug] = _version(order), made.error
                self._say({slug: made.error})
                self.said[slug] = made.error
            else:
                self.made[slug] = made
                self._tell({slug: made}, {slug: order.recipe})
            self.changed.notify_all()
        if self.shown:
            self.shown.update(self.jobs, len(self.batch))
            if not self.jobs.left:
                self._stop_showing()
                failed = len(self.said.keys() & self.batch)
                self.log.info("%d of %d figures are there", len(self.batch) - failed, len(self.batch))

    def _say(self, errors: Mapping[str, str]) -> None:
        """Tell the log of errors that it has not heard."""
        for slug, error in errors.items() - self.said.items():
            kept = "\nThe page keeps the last good figure." * bool(self.store.newest(slug))
            self.log.error("%s%s", error, kept)

    def _tell(self, made: Mapping[str, Built], recipes: Mapping[str, Path]) -> None:
        """Tell the log once what was said when these figures were made."""
        news = {slug: built for slug, built in made.items() if built.folder not in self.told}
        self.told |= {built.folder for built in news.values()}
        remarks.tell(news, recipes, warn=self.log.warning, say=self.log.info)

    def _start_showing(self) -> None:
        from dlfigs.make.progress import Shown

        self.shown = Shown(self.log.info, logging.getLogger("mkdocs"))
        self.shown.start()
        self.shown.update(self.jobs, len(self.batch))

    def _stop_showing(self) -> None:
        if self.shown:
            self.shown.stop()
            self.shown = None


def _version(order: Order) -> tuple[str, int]:
    """Return what tells a recipe from itself as it was: saved again, it is tried again."""
    try:
        return order.version, order.recipe.stat().st_mtime_ns
    except FileNotFoundError:
        return order.version, 0
