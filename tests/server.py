"""A server of a small course, as a reader's terminal runs it."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# A recipe waits until a file is there, so that what a test sees before does not depend on how fast it is
GATE = "import pathlib, time\n    while not pathlib.Path('go').exists(): time.sleep(0.05)"


@contextlib.contextmanager
def serving(course: Path, *options: str) -> Iterator[str]:
    """Run a server; gives the address of its first page, and writes what it says to server.log."""
    with running(course, *options) as (page, server):
        try:
            yield page
        finally:
            server.terminate()
            server.wait(timeout=20)


@contextlib.contextmanager
def running(course: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run a server that is to be ended by the test; give its first page's address, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", address, *options]
    # What a shell starts in the background ignores Ctrl-C, and so do its children
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with open(course / "server.log", "w") as log:
        server = subprocess.Popen(command, cwd=course, stdout=log, stderr=log)
        signal.signal(signal.SIGINT, before)
        try:
            yield f"http://{address}/course/", server
        finally:
            server.kill()
            server.wait()


def get(address: str, seconds: float = 60) -> tuple[int, str, str]:
    """Return status, type and text of what an address answers."""
    try:
        with urllib.request.urlopen(address, timeout=seconds) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def wait_for(address: str, text: str | Callable[[str], Any], seconds: float = 60) -> str:
    """Wait until a page has a text, or is as a function says; return it."""
    is_there = text if callable(text) else lambda page: text in page
    deadline, page = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            page = get(address, 30)[2]
            if is_there(page):
                return page
        time.sleep(0.2)
    raise AssertionError(f"{text!r} did not appear; the page begins {page[:300]!r}")
