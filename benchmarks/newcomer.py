"""What a newcomer waits for: `make serve` in a new clone, with an empty home and no environment.

    .venv/bin/python benchmarks/newcomer.py

prints when the set-up has ended, when a page answers, how many figures are there 10, 30 and 60 s after the
set-up, when all of them are, and the most memory of all processes together. Needs what `make bench`
installs, and the port of `mkdocs serve`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from memory import Memory

ROOT = Path(__file__).parent.parent
SITE = "http://127.0.0.1:8000/course/"
LOOKS = (10, 30, 60)  # seconds after the set-up
PATIENCE = 1800  # seconds


def _status() -> dict:
    with urllib.request.urlopen(f"{SITE}dlfigs/status.json", timeout=30) as answer:
        return json.load(answer)


def measure(folder: Path) -> dict[str, float]:
    """Serve a clone until all figures are there; return seconds by what happened, figures and GiB."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    (folder / "home").mkdir()
    memory, began = Memory(), time.perf_counter()
    memory.start()
    log = folder / "serve.log"
    with open(log, "w") as said:
        server = subprocess.Popen(
            ["make", "serve"],
            cwd=clone,
            env={**os.environ, "HOME": str(folder / "home")},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    found: dict[str, float] = {}
    looks = list(LOOKS)
    try:
        while "all figures" not in found:
            now = time.perf_counter() - began
            if server.poll() is not None or now > PATIENCE:
                sys.exit(f"make serve has not come to an end:\n{log.read_text()[-3000:]}")
            if "set-up" not in found and (clone / ".venv/ready-site").exists():
                found["set-up"] = now
            with contextlib.suppress(OSError, ValueError):
                status = _status()
                found.setdefault("first page", now)
                while looks and now >= found["set-up"] + looks[0]:
                    found[f"figures {looks.pop(0)} s after the set-up"] = status["done"]
                if status["total"] and status["done"] == status["total"]:
                    found["all figures"] = now
            time.sleep(0.2)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
        memory.ended.set()
    return found | {"GiB": memory.most / 2**30}


def main() -> None:
    """Measure once."""
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps({what: round(value, 2) for what, value in measure(Path(name)).items()}, indent=1))


if __name__ == "__main__":
    main()
