"""What readers of a page can move: some parameters of a figure, computed and drawn at all their values."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dlfigs.errors import UserError
from dlfigs.recipe.figure import PLACEHOLDER, fill
from dlfigs.recipe.info import Info, broken
from dlfigs.recipe.parameters import setting, shown

FILE = "moves.json"  # the suffix of the file with all drawings, which a page fetches
# With the percent sign behind it, which has its space only after a digit
NUMBER = re.compile(rf"{PLACEHOLDER.pattern}(?:[ \xa0]?%)?")


@dataclass(frozen=True)
class Dial:
    """A parameter that can be moved.

    Args:
        name: As `compute` has it.
        values: As `--set` reads them, in their order.
        at: Place of the value with which the figure is drawn.
        ordered: Whether they are numbers, for a slider; else they are chosen from a list.
    """

    name: str
    values: Sequence[str]
    at: int
    ordered: bool

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ")


@dataclass(frozen=True)
class Position:
    """What is known of a figure at one setting.

    Args:
        setting: As `--set` reads it.
        claims: How many claims it has there.
        broken: Those that do not hold, in words.
    """

    setting: str
    claims: int
    broken: Sequence[str]

    @classmethod
    def of(cls, setting: str, info: Info) -> Position:
        """Return what is to be known of a figure at a setting."""
        return cls(setting, len(info.claims), [broken(claim) for claim in info.broken])


@dataclass(frozen=True)
class Moves:
    """What can be moved, and what was found.

    Args:
        dials: The parameters.
        positions: All combinations of their values, the last dial's changing fastest.
        caption: The caption's parts: text, number, text, number, ..., text. Numbers follow.
    """

    dials: Sequence[Dial]
    positions: Sequence[Position]
    caption: Sequence[str]

    @property
    def own(self) -> str:
        """The setting with which the figure is drawn."""
        return " ".join(f"{dial.name}={dial.values[dial.at]}" for dial in self.dials)

    @property
    def values(self) -> Iterator[tuple[str, ...]]:
        """The values of all dials at each position."""
        return itertools.product(*(dial.values for dial in self.dials))

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Moves:
        """Read what `asdict` has made."""
        dials = [Dial(**dial) for dial in said["dials"]]
        return cls(dials, [Position(**one) for one in said["positions"]], said["caption"])

    def written(self) -> dict[str, Any]:
        """Return it as what JSON has."""
        return asdict(self)


def values_of(move: Mapping[str, tuple], defaults: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values of each parameter that moves, with the one of the figure among them.

    Args:
        move: What the recipe says, checked.
        defaults: Of the parameters.
    """
    found = {}
    for name, values in move.items():
        values = list(values)
        if defaults[name] not in values:
            values.append(defaults[name])
        found[name] = sorted(values) if _ordered(values) else values
    return found


def number(move: Mapping[str, tuple], defaults: Mapping[str, Any]) -> int:
    """Return how many combinations of these values there are; none if nothing moves."""
    return math.prod(map(len, values_of(move, defaults).values())) if move else 0


def dials(values: Mapping[str, list[Any]], drawn: Mapping[str, Any]) -> list[Dial]:
    """Return the dials for these values.

    Args:
        values: By name.
        drawn: What the figure is drawn with.
    """
    return [
        Dial(name, [shown(one) for one in of], of.index(drawn[name]), _ordered(of))
        for name, of in values.items()
    ]


def settings(values: Mapping[str, list[Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all combinations, as `--set` reads them and as values; those of the last change fastest."""
    for combination in itertools.product(*values.values()):
        there = dict(zip(values, combination, strict=True))
        yield setting(there), there


def parts(caption: str, numbers: Mapping[str, Any], absent: str) -> list[str]:
    """Return a caption's parts with their numbers: text, number, text, ..., text.

    Args:
        caption: As the recipe has it.
        numbers: What it may name.
        absent: What stands for a number that there is not.

    Raises:
        UserError: If a number stands in a formula, which is set once.
    """
    found, end = [], 0
    for place in NUMBER.finditer(caption):
        text = caption[end : place.start()]
        if caption[: place.start()].count("$") % 2:
            words = "stands in a formula, and cannot follow what readers move: write it behind the formula"
            raise UserError(f"{place[0]} {words}", "caption")
        found += [fill(text, numbers), fill(place[0], numbers, absent)]
        end = place.end()
    return [*found, fill(caption[end:], numbers)]


def _ordered(values: Sequence[Any]) -> bool:
    return all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in values)
