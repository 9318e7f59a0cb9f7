"""One figure as a server shows it: finished, or not yet, or as it was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlfigs.make.store import Built
from dlfigs.recipe import pending
from dlfigs.recipe.info import Info


@dataclass(frozen=True)
class State:
    """One figure as a server shows it.

    Args:
        built: The newest there is; None if there is none.
        words: What to say of it: nothing if it is up to date.
        known: What is known of one that is not there.
    """

    built: Built | None
    words: str = ""
    known: Info | None = None

    @property
    def info(self) -> Info:
        """What `<slug>.json` says, or will say."""
        return self.known or self.built.info

    @property
    def name(self) -> str:
        """What tells this state of the figure from others, for who remembers pages."""
        state = [self.built.folder.name] if self.built else []
        known = [self.known.written()] if self.known else []
        return " ".join([*state, self.words, *known]).rstrip()

    @property
    def waiting(self) -> dict[str, Any]:
        """What the Markdown extension is told of a figure that is not there, or not up to date."""
        return {"words": self.words, "info": self.known}


def waiting(slug: str, recipe: Path, error: str, old: Built | None) -> State:
    """Return the state of a figure that is not up to date.

    Args:
        slug: Its name.
        recipe: Path of its recipe.
        error: Why it could not be made; empty if it is being made.
        old: The figure as it was; None if there is none.
    """
    words = f"failed: {pending.reason(error, recipe)}" if error else "computing"
    return State(old, words, None if old else pending.info(slug, recipe))
