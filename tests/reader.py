"""The built site as a reader meets it: a server under the site's own path, and a real browser."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest

from dlfigs.site.press import BROWSERS

CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
# On a machine for tests a missing browser is an error, not a reason to skip
needs_browser = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium found: apt install chromium"
)
FLAGS = [
    f"--{flag}"
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
    )
]
ROOT_PATH = "/course/"  # where site_url puts the site


def pages(site: Path) -> list[str]:
    """Addresses of all pages within the site, the page for lost readers included."""
    found = [path.relative_to(site).parent.as_posix() + "/" for path in site.rglob("index.html")]
    return [*sorted("" if page == "./" else page for page in found), "404.html"]


def file_of(site: Path, page: str) -> Path:
    """The file behind an address within the site."""
    return site / page if page.endswith(".html") else site / page / "index.html"


@contextlib.contextmanager
def served(site: Path, under: Path) -> Iterator[str]:
    """Serve a site under its own path, and give its address.

    Args:
        site: The built site.
        under: An empty folder for the server's root.
    """
    (under / ROOT_PATH.strip("/")).symlink_to(site)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def send_error(self, code, message=None, explain=None):
            if code != 404:
                return super().send_error(code, message, explain)
            body = (site / "404.html").read_bytes()  # as hosts of static sites do
            self.send_response(404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return None

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=under))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{ROOT_PATH}"
    server.shutdown()
    server.server_close()


@functools.cache
def size(site: Path, address: str) -> int:
    """Bytes that a file takes on its way to the reader: hosts compress text."""
    path = site / urlparse(address).path.removeprefix(ROOT_PATH)
    content = (path / "index.html" if path.is_dir() else path).read_bytes()
    return len(content) if path.suffix in (".woff2", ".png") else len(gzip.compress(content, 6))


def context_of(browser, scheme="light", width=1280, **options):
    """Give a context for tabs of a reader's window."""
    return browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",  # colors change at once
        **options,
    )


def tab_of(context, address):
    """Give an empty tab, the list of what will go wrong in it, and the list of its requests."""
    tab, wrong, requests = context.new_page(), [], []
    tab.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("request", lambda r: requests.append(r.url) if not r.url.startswith("data:") else None)
    tab.on("requestfailed", lambda r: wrong.append(f"failed: {r.url}"))
    tab.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:")) else None)
    tab.on("response", lambda r: wrong.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    tab.add_init_script(SHIFTS)
    return tab, wrong, requests


def settle(tab):
    """Wait until a page has asked for everything and has it."""
    tab.wait_for_load_state("load")
    tab.wait_for_load_state("networkidle")


def visit(browser, address, page, **options):
    """Open a page, and wait until all of it is there."""
    tab, wrong, requests = tab_of(context_of(browser, **options), address)
    tab.goto(address + page, wait_until="commit")
    settle(tab)
    return tab, wrong, requests


def one_after_another(browser, address, some, **options):
    """Open each page while the one before it is read: to see that nothing more comes takes a while.

    Each has a window of its own: what one page still asks for when it is left would count as another's,
    and a tab behind another one is not drawn. Nothing is fetched before, as if each page were the first.

    Yields:
        The page, its tab, and the lists of `tab_of`.
    """
    before = None
    for page in [*some, None]:
        opened = None
        if page is not None:
            opened = page, *tab_of(context_of(browser, **options), address)
            opened[1].goto(address + page, wait_until="commit")
        if before:
            settle(before[1])
            yield before
            before[1].context.close()
        before = opened


SHIFTS = """
window.shifts = []
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push(entry.value)
}).observe({ type: "layout-shift", buffered: true })
"""
