"""Lighthouse's scores of every page of the built site, on a phone and on a desk.

    make lighthouse

needs Node.js (npx fetches Lighthouse), Chromium and a quiet machine: Lighthouse measures times, and
anything else that runs lowers the score of performance. So this is no part of `make test`. It exits
with 1 if a page is below what is asked: accessibility, best practices and SEO 100, performance 95 on a
phone and 100 on a desk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, StaticFileHandler

LIGHTHOUSE = "lighthouse@12.8.2"
ASKED = {"accessibility": 100, "best-practices": 100, "seo": 100}
PERFORMANCE = {"mobile": 95, "desktop": 100}
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)


def serve(site: Path) -> str:
    """Serve the site in a thread, compressed as hosts of static sites do; return its address."""
    sockets = bind_sockets(0, "127.0.0.1")

    async def run() -> None:
        files = {"path": str(site), "default_filename": "index.html"}
        pages = Application(
            [(r"/course/(.*)", StaticFileHandler, files)],
            compress_response=True,
            log_function=lambda handler: None,
        )
        HTTPServer(pages).add_sockets(sockets)
        await asyncio.Event().wait()

    threading.Thread(target=asyncio.run, args=(run(),), daemon=True).start()
    return f"http://127.0.0.1:{sockets[0].getsockname()[1]}/course/"


def scores(address: str, device: str, browser: str) -> dict[str, int]:
    """Run Lighthouse on one page and return its scores, 0 to 100."""
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", f"--chrome-flags={FLAGS}"]
    command += ["--preset=desktop"] * (device == "desktop")
    result = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "CHROME_PATH": browser}, check=False
    )
    if result.returncode:
        sys.exit(f"lighthouse failed on {address}:\n{result.stderr[-2000:]}")
    categories = json.loads(result.stdout)["categories"]
    return {name: round(100 * category["score"]) for name, category in categories.items()}


def main() -> None:
    """Print a table and exit with 1 if a page is below what is asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, nargs="?", default=Path("site"))
    parser.add_argument("--page", action="append", help="only this page, such as dropout/; may be repeated")
    parser.add_argument("--runs", type=int, default=3, help="of each page, of which the median counts")
    given = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser or not shutil.which("npx"):
        sys.exit("lighthouse needs Chromium and Node.js: apt install chromium nodejs npm")
    if not (given.site / "index.html").is_file():
        sys.exit(f"no site in {given.site}: make site")
    address = serve(given.site)
    found = [p.parent.relative_to(given.site).as_posix() for p in sorted(given.site.rglob("index.html"))]
    pages = given.page or ["" if page == "." else f"{page}/" for page in found]
    low = 0
    for page in pages:
        for device, performance in PERFORMANCE.items():
            asked = {"performance": performance, **ASKED}
            runs = sorted(
                (scores(address + page, device, browser) for _ in range(given.runs)),
                key=lambda run: run["performance"],
            )
            median = runs[len(runs) // 2]
            below = [name for name in asked if median[name] < asked[name]]
            low += len(below)
            row = "  ".join(f"{name} {median[name]}{'!' * (name in below)}" for name in asked)
            print(f"/{page:32} {device:8} {row}", flush=True)
    sys.exit(f"{low} scores are too low" if low else 0)


if __name__ == "__main__":
    main()
