"""One figure at one setting, while it is made: its data computed and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dlfigs.make import computing, evaluating
from dlfigs.make.evaluating import Evaluated
from dlfigs.make.fingerprint import Fingerprint
from dlfigs.make.remarks import Heard
from dlfigs.recipe import moving
from dlfigs.recipe.figure import Figure


@dataclass(frozen=True)
class Work:
    """A figure that is being made.

    Args:
        figure: What the recipe says.
        prints: What it is made of.
        heard: Hears what is said.
        force: Whether everything is made in any case.
    """

    figure: Figure
    prints: Fingerprint
    heard: Heard
    force: bool = False

    @property
    def positions(self) -> int:
        """How many settings readers can move it to, whatever it is made with now."""
        return moving.number(self.figure.move, self.figure.parameters)

    def at(self, values: Mapping[str, Any]) -> Work:
        """Return the same figure with other values of parameters."""
        own = {"seed": self.figure.seed, **self.figure.parameters}
        given = {**self.prints.given, **values}
        differ = {name: value for name, value in sorted(given.items()) if value != own[name]}
        return replace(self, prints=Fingerprint(self.prints.path, self.prints.store.folder, differ))

    def measured(self) -> Evaluated:
        """Return its data, judged."""
        data = computing.data_of(self.figure, self.prints, self.heard, force=self.force)
        with self.prints.judged:
            return evaluating.evaluate(self.prints.slug, self.figure, data, self.prints.given)

    def verdicts(self) -> list[dict[str, Any]]:
        """Return its verdicts on its data."""
        data = computing.data_of(self.figure, self.prints, self.heard, force=self.force)
        return evaluating.judge(self.figure, data)
