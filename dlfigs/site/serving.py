"""What `mkdocs serve` answers beyond the files of the site: figures' files, and how far the figures are.

A page that waits for figures gets a style sheet and a script on its way to the browser; no file has them.
The script asks each second how far the figures are, which also tells what is being looked at. When there is
something new for such a page the site is built again, and MkDocs reloads the browser.
"""

from __future__ import annotations

import json
import logging
import mimetypes
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import click

from dlfigs.make.background import Background
from dlfigs.make.disk import PACKAGE
from dlfigs.make.seconds import duration
from dlfigs.make.state import State
from dlfigs.make.store import PERHAPS
from dlfigs.site.figure_files import DOWNLOADS, PAGES

OURS = "dlfigs"  # the folder of addresses that are no files of the site
OWN = {name: Path(__file__).with_name(name) for name in ("waiting.css", "waiting.js")}
HEAD = '<link rel="stylesheet" href="{0}waiting.css"><script type="module" src="{0}waiting.js"></script>'
WAITS = re.compile(r"""data-waiting=["'](\w+)""")
STATE = re.compile(r'(<span class="waiting-state">)computing(?=</span>)')
LONGEST = 20.0  # seconds that a request waits for a build of the site
# For a file that is not there yet. It needs no script, wherever it is opened
NOT_YET = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not there yet: {slug}</title>
<meta http-equiv="refresh" content="2"></head><body style="color-scheme: light dark; font: 1rem system-ui">
<p>The figure <b>{slug}</b> is not there yet: {words}. This page looks for its files every two seconds.</p>
</body></html>"""
Application = Callable[..., Iterable[bytes]]


def reloads() -> bool:
    """Return whether a server's pages will follow changes: not if its command has said otherwise."""
    context = click.get_current_context(silent=True)
    return not context or context.params.get("livereload", True)


def attach(server: Any, recipes: Path, serving: Serving | None) -> Any:
    """Let MkDocs' server watch recipes and what they use; answer before it does."""
    for place in (recipes, PACKAGE, *([serving.bell] if serving else [])):
        server.watch(str(place))
    if serving:
        server.set_app(serving.wrapped(server.get_app(), server.mount_path))
        serving.watch = lambda place: server.watch(str(place), recursive=False)
        serving.watch_more()
    return server


class Serving:
    """Answers for one site, from its first build on.

    Args:
        cache: Folder of finished figures.
        minutes: After which a figure that is not done is given up.
        log: Hears of figures and errors.
    """

    def __init__(self, cache: Path, minutes: float, log: logging.Logger) -> None:
        self.background = Background(cache, minutes, log, self._ring)
        suffixes = "|".join(map(re.escape, PERHAPS))
        self.files = re.compile(rf"{DOWNLOADS}/(\w+)\.({suffixes})|{PAGES}/(\w+)/\3\.(ipynb)")
        self.pages: dict[str, set[str]] = {}  # which figures each page waits for, by address
        self.building: dict[str, set[str]] = {}
        self.built = threading.Condition()
        self.watch: Callable[[Path], None] | None = None  # once there is a server
        self.watched: set[Path] = set()
        self.rung = self.began = self.newest = self.ended = self.lasted = 0.0  # when, and for how long
        with tempfile.NamedTemporaryFile(prefix="dlfigs-", delete=False) as bell:
            self.bell = Path(bell.name)  # MkDocs watches it

    def begin(self, recipes: Mapping[str, Path]) -> dict[str, State]:
        """Begin a build of the site, and return the figures as they are; have the others made."""
        self.began, self.building = time.monotonic(), {}
        states = self.background.want(recipes)
        self.watch_more()  # before pages can be seen: an edit that follows is noticed
        return states

    def note(self, url: str, html: str) -> None:
        """Note what a page of this build waits for."""
        self.building[url] = set(WAITS.findall(html))

    def end(self) -> None:
        """Note that the build has ended."""
        with self.built:
            self.pages, self.newest, self.ended = self.building, self.began, time.monotonic()
            self.lasted = self.ended - self.began
            self.built.notify_all()
        self.background.prepare()
        self.watch_more()

    def watch_more(self) -> None:
        """Have the folders watched in which there are files that recipes read, and sources of packages."""
        if self.watch:
            for folder in self.background.folders - self.watched:
                self.watch(folder)
                self.watched.add(folder)

    def close(self) -> None:
        """End all work."""
        self.background.end()
        self.bell.unlink(missing_ok=True)

    def _ring(self) -> None:
        """Have the site built again."""
        now = time.monotonic()
        if self.rung <= self.began or now - self.rung > 3:  # or MkDocs has not noticed, or works for long
            self.rung = now
            self.bell.write_text(str(now))

    def _could_be_newer(self, url: str) -> bool:
        """Note that somebody looks at a page, and return whether there is something new for it."""
        if not (figures := self.pages.get(url)):
            return False
        self.background.look(figures)
        return self.background.has_new(figures)

    def _renew(self, url: str) -> None:
        """Let a request wait until its page has all figures that are there now."""
        if self._could_be_newer(url):
            now = time.monotonic()
            self._ring()
            with self.built:
                fresh = lambda: self.newest > now or not self._could_be_newer(url)  # noqa: E731
                self.built.wait_for(fresh, timeout=LONGEST)

    def wrapped(self, application: Application, mount: str) -> Application:
        """Return MkDocs' application, with what we answer before it.

        Args:
            application: For WSGI.
            mount: Path of the site, with slashes.
        """

        def answer(environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            path = unquote(environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"))
            if not path.startswith(mount):
                return application(environ, start)
            path = path.removeprefix(mount)
            folder, _, name = path.rpartition("/")
            if folder == OURS and name == "status.json":
                asked = parse_qs(environ.get("QUERY_STRING", "")).get("page", [""])[0]
                return _send(start, self._status(asked.removeprefix(mount)), "application/json")
            if folder == OURS and name in OWN:
                return _send(start, OWN[name].read_bytes(), mimetypes.guess_type(name)[0])
            if (file := self.files.fullmatch(path)) and (found := self._file(file, start)) is not None:
                return found
            self._renew(path.removesuffix("index.html"))
            return self._complete(application, environ, start, f"{mount}{OURS}/")

        return answer

    def _status(self, url: str) -> bytes:
        """Return how far the figures are; have the site built again if the page could be newer."""
        resting = time.monotonic() - self.ended < max(1.0, min(self.lasted, 5.0))
        if self._could_be_newer(url) and not resting:
            self._ring()
        return json.dumps(self.background.status() | {"words": self._words()}).encode()

    def _words(self) -> str:
        status = self.background.status()
        if status["done"] == status["total"]:
            return "computed"
        left = duration(status["seconds_left"])
        return f"computing, {status['done']} of {status['total']}, {left} left"

    def _file(self, asked: re.Match[str], start: Callable[..., Any]) -> Iterable[bytes] | None:
        slug, suffix = asked[1] or asked[3], asked[2] or asked[4]
        if not (state := self.background.states.get(slug)):
            return None
        if built := self.background.newest(slug):
            file = built.file(suffix)
            if not file.is_file():
                return None
            kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
            return _send(start, file.read_bytes(), kind)
        self.background.look([slug])
        words = self._words() if state.words == "computing" else state.words
        page = NOT_YET.format(slug=escape(slug), words=escape(words))
        return _send(start, page.encode(), "text/html; charset=utf-8", "503 Service Unavailable")

    def _complete(
        self, application: Application, environ: Mapping[str, Any], start: Callable[..., Any], ours: str
    ) -> Iterable[bytes]:
        """Give a page that waits what it needs for that; leave all else as it is."""
        began: list[Any] = []
        answer = application(environ, lambda *arguments: began.append(arguments))
        status, headers, *_ = began[0]
        if not dict(headers).get("Content-Type", "").startswith("text/html"):
            start(status, headers)
            return answer
        try:
            html = b"".join(answer).decode(errors="surrogateescape")
        finally:
            getattr(answer, "close", lambda: None)()
        if WAITS.search(html):
            html = STATE.sub(rf"\g<1>{self._words()}", html)
            html = html.replace("</head>", f"{HEAD.format(ours)}</head>", 1)
        return _send(start, html.encode(errors="surrogateescape"), "text/html", status)


def _send(
    start: Callable[..., Any], content: bytes, kind: str | None, status: str = "200 OK"
) -> Iterable[bytes]:
    start(status, [("Content-Type", kind or ""), ("Content-Length", str(len(content)))])
    return [content]
