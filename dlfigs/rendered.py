"""Notebooks as mkdocs-jupyter renders them, half a second of work each, kept for the next build.

mkdocs-jupyter has a cache too, but it fails on half a file, which a build that was killed leaves and
another build at work shows, and on a folder that cannot be written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mkdocs.plugins import BasePlugin
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

from dlfigs.files import checksum, keep, kept


def take_over(jupyter: BasePlugin | None) -> bytes:
    """Switch mkdocs-jupyter's own cache off; return what pages depend on beside the notebook.

    These are its options and versions; nothing if it is not there.
    """
    if jupyter is None:
        return b""
    jupyter.config["cache"] = False
    versions = [version(name) for name in ("mkdocs-jupyter", "nbconvert", "pygments")]
    return json.dumps([versions, dict(jupyter.config)], default=str).encode()


def once(page: Page, store: Path, settings: bytes) -> Callable[..., None]:
    """Return the page's `render` with a memory.

    Args:
        page: A notebook, to which mkdocs-jupyter has given its `render`.
        store: Where the result is kept; replaced when the notebook or the settings change.
        settings: From `take_over`.
    """
    render = page.render
    key = checksum(Path(page.file.abs_src_path).read_bytes() + settings)

    def render_once(*arguments: Any) -> None:
        said = json.loads(kept(store) or "{}")
        if said.get("key") != key:
            render(*arguments)
            said = {"key": key, "content": page.content, "contents": [_token(link) for link in page.toc]}
            keep(store, json.dumps(said).encode())
        page.content, page.toc = said["content"], get_toc(said["contents"])

    return render_once


def _token(link: AnchorLink) -> dict[str, Any]:
    """Return a heading as Python-Markdown's table of contents has it."""
    children = [_token(child) for child in link.children]
    return {"level": link.level, "id": link.id, "name": link.title, "children": children}
