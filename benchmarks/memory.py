"""The most memory that a command and all that it starts have together, pages that they share counted once.

    .venv/bin/python benchmarks/memory.py make test

runs the command and prints that, and its time, at the end. Needs what `make bench` installs.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import threading
import time

import psutil


class Memory(threading.Thread):
    """Watches the memory of all descendants together, in bytes; shared pages are counted once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.ended = 0, threading.Event()

    def run(self) -> None:
        """Look twice a second."""
        while not self.ended.wait(0.5):
            total = 0
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    total += process.memory_full_info().pss
            self.most = max(self.most, total)


def main() -> None:
    """Run a command."""
    if not (command := sys.argv[1:]):
        sys.exit("which command? For example: benchmarks/memory.py make test")
    memory, began = Memory(), time.perf_counter()
    memory.start()
    code = subprocess.run(command, check=False).returncode
    memory.ended.set()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    print(f"{memory.most / 2**30:.2f} GiB at most, {wall:.0f} s, {cpu:.0f} s of CPU: {' '.join(command)}")
    sys.exit(code)


if __name__ == "__main__":
    main()
