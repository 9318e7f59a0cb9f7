"""What mkdocs.yml or zensical.toml say of a site's folders, for commands that need neither program."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dlfigs.errors import UserError

NAMES = ("zensical.toml", "mkdocs.yml", "mkdocs.yaml", "properdocs.yml")


@dataclass(frozen=True)
class Site:
    """A site before it is built.

    Args:
        docs: Folder of its sources.
        site: Folder that it is built into.
        policy: Whether its pages are to have a Content-Security-Policy.
    """

    docs: Path
    site: Path
    policy: bool


def around(folder: Path) -> Site | None:
    """Return the site whose sources a folder is in, if there is one."""
    folder = folder.resolve()
    sites = (read(parent) for parent in folder.parents)
    return next((site for site in sites if site and folder.is_relative_to(site.docs)), None)


def read(folder: Path) -> Site | None:
    """Return the site that a configuration in this folder describes; None if there is none.

    Raises:
        UserError: If the file cannot be read as what its name says.
    """
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if path is None:
        return None
    said = _toml(path) if path.suffix == ".toml" else _yaml(path)
    plugins = said.get("plugins") or {}
    if not isinstance(plugins, Mapping):
        plugins = {
            name: given for entry in plugins if isinstance(entry, dict) for name, given in entry.items()
        }
    ours = plugins.get("dlfigs") or {}
    docs, site = (
        str(said.get(name) or default) for name, default in (("docs_dir", "docs"), ("site_dir", "site"))
    )
    return Site((folder / docs).resolve(), folder / site, bool(ours.get("policy")))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid TOML: {error}") from None


class _Loader(yaml.SafeLoader):
    """Reads what MkDocs reads; values of its own kinds, such as !ENV and !!python/name, are left out."""


_Loader.add_multi_constructor("", lambda loader, suffix, node: None)


def _yaml(path: Path) -> dict[str, Any]:
    try:
        said = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else path
        raise UserError(f"{place}: not valid YAML: {getattr(error, 'problem', error)}") from None
    said = said if isinstance(said, dict) else {}
    parent = path.parent / str(said["INHERIT"]) if said.get("INHERIT") else None
    return (_yaml(parent) if parent and parent.is_file() else {}) | said
