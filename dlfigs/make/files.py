"""Files that appear whole or not at all, and that show when they have been damaged since."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

UNFINISHED = ".making-"  # begins the names of what is not finished, and may be left by a killed build


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; one that exists is replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{UNFINISHED}{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:  # whoever reads it knows the file, not its half
        error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write a file; if the system refuses, the error names it."""
    try:
        path.write_bytes(content)
    except OSError as error:  # a full disk is noticed by a call that knows no names
        error.filename = error.filename or str(path)
        raise


def keep(path: Path, content: bytes) -> None:
    """Write what can be made again, its checksum before it; where that is refused, nothing is kept."""
    with contextlib.suppress(OSError):
        write_whole(path, f"{checksum(content)}\n".encode() + content)


def kept(path: Path) -> bytes | None:
    """Return what was kept, or None if it is missing or damaged."""
    try:
        expected, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content if expected == checksum(content).encode() else None


def checksum(content: bytes) -> str:
    """Return what tells a file from a damaged one."""
    return hashlib.sha256(content).hexdigest()


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the checksums of files by name, as `sha256sum --check` reads them.

    Sorted: pictures that are kept from an earlier version come in another order than those that are drawn.
    """
    return "".join(f"{checksum(content)}  {name}\n" for name, content in sorted(files.items())).encode()


def intact(listed: Path) -> bool:
    """Whether all files beside a list of checksums are what they were when it was written."""
    try:
        lines = listed.read_text(encoding="ascii").splitlines()
        pairs = [line.split("  ", maxsplit=1) for line in lines]
        return bool(pairs) and all(
            checksum((listed.parent / name).read_bytes()) == expected for expected, name in pairs
        )
    except (OSError, ValueError):
        return False


def dates(folder: Path) -> dict[Path, int]:
    """Return when the entries of a folder were last changed, in nanoseconds."""
    found = {}
    for entry in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another build has just given it its name
            found[entry] = entry.stat().st_mtime_ns
    return found


def date_last(path: Path) -> None:
    """Give a path a date after all of its siblings', even if they come from a clock that was wrong."""
    others = [date for entry, date in dates(path.parent).items() if entry != path]
    latest = max([time.time_ns(), *(date + 1_000_000 for date in others)])
    os.utime(path, ns=(latest, latest))


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write files by name into a folder that appears whole; the newest of its siblings."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    try:
        for name, content in files.items():
            write(unfinished / name, content)
        _publish(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    date_last(target)


def _publish(unfinished: Path, target: Path) -> None:
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


def tidy(folder: Path, newest: int) -> None:
    """Forget all but the newest versions, and what killed builds left behind more than an hour ago."""
    if not folder.is_dir():
        return
    times = dates(folder)
    entries = sorted(times, key=times.__getitem__, reverse=True)
    finished = [entry for entry in entries if not entry.name.startswith(UNFINISHED)]
    hour_ago = time.time_ns() - 3600 * 10**9
    left = [entry for entry in entries if entry not in finished and times[entry] < hour_ago]
    for entry in [*finished[newest:], *left]:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
