"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

UNFINISHED = ".making-"  # begins the names of what is not finished, and may be left by a killed build


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; one that exists is replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{UNFINISHED}{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
