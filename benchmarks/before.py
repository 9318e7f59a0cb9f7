"""The course at an earlier commit and now, by turns, each in a clone with an environment of its own.

`course.py beside FOLDER --baseline COMMIT` runs this. Each round makes all figures from nothing, then the
site, then both again with nothing changed.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pairs

ROOT = Path(__file__).parent.parent
ROUNDS = 2  # in the order before, now, now, before
COMMANDS = {
    "figures": ("dlfigs", "build"),
    "site": ("mkdocs", "build", "--strict", "--site-dir", ".cache/site"),
}
Measured = Mapping[str, Mapping[str, float]]


def prepare(folder: Path, commit: str) -> None:
    """Clone a commit, and let its own Makefile make its environment."""
    shutil.rmtree(folder, ignore_errors=True)
    _run(["git", "clone", "--quiet", str(ROOT), str(folder)], ROOT)
    _run(["git", "checkout", "--quiet", "--detach", commit], folder)
    text = (folder / "Makefile").read_text(encoding="utf-8")
    _run(["make", ".venv/ready-site" if "$(READY)-site" in text else ".venv/ready"], folder)


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Build from nothing, and again; seconds by the clock and of CPU time, by step."""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return {
        f"{name}{again}": _timed(folder, [f".venv/bin/{command[0]}", *command[1:]])
        for again in ("", " again")
        for name, command in COMMANDS.items()
    }


def beside(folder: Path, commit: str) -> dict[str, dict[str, list[float]]]:
    """Return the earlier commit's time over ours by step: smallest, median and largest."""
    measured: dict[str, list[Measured]] = {commit: [], "HEAD": []}
    for name in measured:
        prepare(folder / name, name)

    def way(name: str) -> float:
        measured[name].append(measure(folder / name))
        return measured[name][-1]["figures"]["wall"]

    pairs.by_turns({name: (lambda name=name: way(name)) for name in measured}, ROUNDS)
    return over(measured[commit], measured["HEAD"])


def over(before: Sequence[Measured], now: Sequence[Measured]) -> dict[str, dict[str, list[float]]]:
    """Return the ratios of what was measured in the same rounds, by step and kind of time."""
    return {
        step: {
            kind: pairs.ratios(
                {"before": [r[step][kind] for r in before], "now": [r[step][kind] for r in now]}, "now"
            )["before"]
            for kind in before[0][step]
        }
        for step in before[0]
    }


def _timed(folder: Path, command: Sequence[str]) -> dict[str, float]:
    used, began = _cpu(), time.perf_counter()
    _run(command, folder)
    return {"wall": time.perf_counter() - began, "cpu": _cpu() - used}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(command: Sequence[str], folder: Path) -> None:
    env = {**os.environ, **pairs.BYTECODE, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed in {folder}:\n{done.stdout[-1500:]}{done.stderr[-3000:]}")
