"""The set-up of `make serve` beside what it was before: by turns, with empty caches, downloads included.

    python benchmarks/setup.py [ROUNDS]

needs no packages. After each set-up it imports what a first build does: what a set-up does not compile is
compiled then. Prints ratios, of seconds by the clock and of CPU time: smallest, median and largest.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pairs

ROOT = Path(__file__).parent.parent
WAYS = {"before": ("5a78ce8", ".venv/ready"), "now": ("HEAD", ".venv/ready-site")}
IMPORTS = (
    "import jax, jupytext, mkdocs.commands.serve, nbconvert, optax, scipy.stats, sklearn.datasets, xarray"
)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(rounds: int = pairs.PAIRS) -> dict[str, dict[str, list[float]]]:
    """Return the ratios, by kind and by what comes first: the set-up alone, or with the first imports."""
    spent: dict[str, dict[str, list[float]]] = {}

    def set_up(way: str) -> float:
        folder = Path(temporary, way)
        for left in (folder / ".venv", Path(temporary, "caches")):
            shutil.rmtree(left, ignore_errors=True)
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env |= {name: f"{temporary}/caches/{name}" for name in ("PIP_CACHE_DIR", "UV_CACHE_DIR")}
        began, cpu = time.perf_counter(), _cpu()
        for part, command in {
            "set-up": ["make", WAYS[way][1]],
            "set-up and first imports": [".venv/bin/python", "-c", IMPORTS],
        }.items():
            subprocess.run(command, cwd=folder, env=env, check=True, stdout=sys.stderr)
            for kind, seconds in {"clock": time.perf_counter() - began, "CPU": _cpu() - cpu}.items():
                spent.setdefault(f"{part}, {kind}", {}).setdefault(way, []).append(seconds)
        return time.perf_counter() - began

    with tempfile.TemporaryDirectory() as temporary:
        for way, (commit, _) in WAYS.items():
            subprocess.run(["git", "clone", "--quiet", str(ROOT), way], cwd=temporary, check=True)
            found = subprocess.check_output(["git", "rev-parse", commit], cwd=ROOT, text=True).strip()
            subprocess.run(["git", "checkout", "--quiet", found], cwd=Path(temporary, way), check=True)
        pairs.by_turns({way: (lambda way=way: set_up(way)) for way in WAYS}, rounds)
    print(json.dumps(spent), file=sys.stderr)
    return {name: pairs.ratios(seconds, "now")["before"] for name, seconds in spent.items()}


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:])), indent=1))
