"""Finished figures as chapters see them: what `<slug>.json` and `<slug>.svg` say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError, nearest
from dlfigs.figure import numbers


class Finished:
    """Looks figures up by slug in one folder, or in a folder for each slug."""

    def __init__(self, places: Path | Mapping[str, Path]) -> None:
        self.places = places

    @property
    def slugs(self) -> list[str]:
        """Names of all finished figures."""
        if isinstance(self.places, Mapping):
            return sorted(self.places)
        return sorted(path.stem for path in self.places.glob("*.json"))

    def info(self, slug: str) -> dict[str, Any]:
        """Return what is known of a figure.

        Raises:
            UserError: If there is no such figure.
        """
        return json.loads(self._read(slug, "json"))

    def svg(self, slug: str) -> str:
        """Return the drawing."""
        return self._read(slug, "svg")

    def numbers(self, slug: str) -> dict[str, Any]:
        """Return a figure's claims and parameters by name."""
        info = self.info(slug)
        return numbers(info["claims"], info["parameters"])

    def _read(self, slug: str, suffix: str) -> str:
        if slug not in self.slugs:
            raise UserError(f"no figure {slug!r}; {nearest(slug, self.slugs)}")
        folder = self.places[slug] if isinstance(self.places, Mapping) else self.places
        path = Path(folder) / f"{slug}.{suffix}"
        return _text(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _text(path: Path, _changed: int) -> str:
    return path.read_text(encoding="utf-8")
