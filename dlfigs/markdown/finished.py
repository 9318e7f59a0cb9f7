"""Finished figures as chapters see them: what `<slug>.json` and `<slug>.svg` say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError, nearest
from dlfigs.recipe import robustness
from dlfigs.recipe.figure import numbers
from dlfigs.recipe.info import Info


class Finished:
    """Looks figures up by slug in one folder, or in a folder for each slug.

    Args:
        places: The folder, or the folders by slug.
        waiting: Figures that a server is still making, by slug: "words", what to say of each, and "info",
            what is known of one that has no folder yet.
    """

    def __init__(
        self, places: Path | Mapping[str, Path], waiting: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.places, self.waiting = places, waiting or {}

    @property
    def slugs(self) -> list[str]:
        """Names of all finished figures."""
        if isinstance(self.places, Mapping):
            return sorted({*self.places, *self.waiting})
        # Not the drawings of those that can be moved, SLUG.moves.json
        return sorted(path.stem for path in self.places.glob("*.json") if "." not in path.stem)

    def info(self, slug: str) -> Info:
        """Return what is known of a figure.

        Raises:
            UserError: If there is no such figure.
        """
        if known := self.waiting.get(slug, {}).get("info"):
            return known
        return Info.read(self._read(slug, "json"))

    def words(self, slug: str) -> str:
        """Return what to say of a figure that is not there, or not as its recipe is now; else nothing."""
        return self.waiting.get(slug, {}).get("words", "")

    def svg(self, slug: str) -> str:
        """Return the drawing; nothing if it is not there yet."""
        return "" if self.waiting.get(slug, {}).get("info") else self._read(slug, "svg")

    def numbers(self, slug: str) -> dict[str, Any]:
        """Return a figure's claims, verdicts and parameters by name."""
        info = self.info(slug)
        return robustness.numbers(info.varied) | numbers(info.claims, info.parameters)

    def counts(self) -> dict[str, int]:
        """Return how many figures there are, how many of their claims hold, and how often all were run."""
        infos = [self.info(slug) for slug in self.slugs]
        claims = [claim for info in infos for claim in info.claims]
        return {
            "figures": len(infos),
            "claims": sum(claim.holds for claim in claims),
            # Where nothing is random, there is one
            "runs": sum(info.parameters.get("seeds", 1) for info in infos),
        }

    def _read(self, slug: str, suffix: str) -> str:
        if slug not in self.slugs:
            raise UserError(f"no figure {slug!r}; {nearest(slug, self.slugs)}")
        folder = self.places[slug] if isinstance(self.places, Mapping) else self.places
        path = Path(folder) / f"{slug}.{suffix}"
        return _text(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _text(path: Path, _changed: int) -> str:
    return path.read_text(encoding="utf-8")
