"""Finished folders: moved into place whole, and forgotten when there are newer ones."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from dlfigs.make.files import UNFINISHED, checksums, date_last, dates, write

KEPT = 12  # finished folders of one figure; older ones are removed


def write_figure(target: Path, slug: str, made: Mapping[str, bytes]) -> None:
    """Write a figure's files, with their checksums, into a folder that appears whole."""
    files = {f"{slug}.{suffix}": content for suffix, content in made.items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    try:
        for name, content in (files | {f"{slug}.sha256": checksums(files)}).items():
            write(unfinished / name, content)
        publish(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    date_last(target)


def publish(unfinished: Path, target: Path) -> None:
    """Give the folder its final name; if another build was first, replace file by file.

    The second case is a forced rebuild, or two builds at once: by construction the bytes are the
    same, so that any mixture of old and new files is the same figure.
    """
    unfinished.chmod(0o755)
    if target.is_file():  # nothing of ours
        target.unlink()
    try:
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        for file in sorted(unfinished.iterdir()):
            file.replace(target / file.name)


def tidy(folder: Path, kept: int = KEPT) -> None:
    """Forget the oldest versions, and what killed builds left behind more than an hour ago."""
    if not folder.is_dir():
        return
    times = dates(folder)
    entries = sorted(times, key=times.__getitem__, reverse=True)
    finished = [entry for entry in entries if not entry.name.startswith(UNFINISHED)]
    hour_ago = time.time_ns() - 3600 * 10**9
    left = [entry for entry in entries if entry not in finished and times[entry] < hour_ago]
    for entry in [*finished[kept:], *left]:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
