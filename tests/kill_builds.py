"""Kill workers at random moments and look at what is left: `python tests/kill_builds.py`, a thousand times.

`python tests/kill_builds.py KILLS` kills as often as you say, and `... PROJECT KILLS` in a project of
yours, which needs one recipe, line.py. Every kill must leave either nothing or the whole figure under
its final name; prints how many kills came before and after it was there, and exits with 1 at the
first half-made figure.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from conftest import write_recipe

from dlfigs.make import pool
from dlfigs.make.digests import digest


def contents(folder: Path) -> dict[str, bytes]:
    """Files of a finished figure; nothing if it is not there."""
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.is_dir() else {}


def main(project: Path, kills: int) -> int:
    """Build once, then begin and kill `kills` builds."""
    recipe, cache = project / "figures" / "line.py", project / ".cache" / "dlfigs"

    def begin() -> int:
        pid = os.fork()
        if pid == 0:
            os._exit(pool.run(recipe, cache, {}, force=bool(random.getrandbits(1))))
        return pid

    whole = float("inf")  # seconds for one build, the shorter of two: the first one warms the disk's cache
    for _ in range(2):
        shutil.rmtree(cache, ignore_errors=True)
        started = time.monotonic()
        os.waitpid(begin(), 0)
        whole = min(whole, time.monotonic() - started)
    folder = cache / "figures" / "line" / digest(recipe).drawing
    reference = contents(folder)
    assert len(reference) == 12, "the first build must succeed"
    seen = {"nothing": 0, "whole": 0}
    for kill in range(kills):
        shutil.rmtree(cache / "data", ignore_errors=True)
        if kill % 3:  # every third time an older figure is there and must stay whole
            shutil.rmtree(folder, ignore_errors=True)
        pid = begin()
        time.sleep(random.uniform(0.3, 1.6) * whole)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        left = contents(folder)
        if left not in ({}, reference):
            print(f"half a figure after kill {kill}: {sorted(left)}")
            return 1
        seen["whole" if left else "nothing"] += 1
    os.waitpid(begin(), 0)
    if contents(folder) != reference:
        print("the build after the kills is not right")
        return 1
    print(f"{seen['nothing']} left nothing, {seen['whole']} left the whole figure")
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(main(Path(sys.argv[1]).resolve(), int(sys.argv[2])))
    with tempfile.TemporaryDirectory() as folder:
        write_recipe(Path(folder) / "figures")
        sys.exit(main(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
