"""The table of verdicts that were found at other settings, which is kept beside the recipes.

`dlfigs check --vary` writes it. Each row has the digest of what it was computed with.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError

TABLE = "robustness.csv"
NUMBERS = ("mean", "low", "high")
HOLDS, TURNS, OPEN = "holds", "turns", "undecided"
OUTCOMES = {
    HOLDS: "holds",
    OPEN: "not decided everywhere",
    TURNS: "turns",
}  # in words, in the order of tables


@dataclass(frozen=True)
class Row:
    """One verdict at one setting.

    Args:
        figure: Slug.
        setting: As `--set` reads it, "steps=600 width=64"; empty for the figure as it is drawn.
        verdict: Its id.
        text: What is compared.
        word: Better, worse, equal or undecided.
        mean: Of the paired differences.
        low: Lower end of the 95 % interval of that mean.
        high: Its upper end.
        digest: Of what this was computed with.
    """

    figure: str
    setting: str
    verdict: str
    text: str
    word: str
    mean: float
    low: float
    high: float
    digest: str


HEAD = tuple(field.name for field in fields(Row))


def parse(path: Path, text: str) -> list[Row]:
    """Read the text of a table.

    Raises:
        UserError: If a line is malformed.
    """
    lines = csv.reader(io.StringIO(text))
    if tuple(next(lines, ())) != HEAD:
        raise UserError(f"{path}:1: the columns must be {','.join(HEAD)}; dlfigs check --vary writes them")
    rows = []
    for number, line in enumerate(lines, start=2):
        try:
            said = dict(zip(HEAD, line, strict=True))
            rows.append(Row(**said | {name: float(said[name]) for name in NUMBERS}))
        except ValueError:
            raise UserError(
                f"{path}:{number}: not a row of verdicts; dlfigs check --vary writes them"
            ) from None
    return rows


def written(rows: Iterable[Row]) -> str:
    """Return rows as the text of a table, in the order of figures; numbers as they are."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(HEAD)
    for row in sorted(rows, key=lambda row: row.figure):  # else in the order in which they come
        table.writerow([f"{part:g}" if isinstance(part, float) else part for part in astuple(row)])
    return out.getvalue()


def columns(varied: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any] | None]]:
    """Return for each verdict of a figure what was found at each setting, None where that is not known.

    Args:
        varied: The settings, as `Info.varied` has them.
    """
    varied = list(varied)
    names = dict.fromkeys(found["verdict"] for one in varied for found in one["verdicts"])
    by_name = [{found["verdict"]: found for found in one["verdicts"]} for one in varied]
    return {name: [found.get(name) for found in by_name] for name in names}


def numbers(varied: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a text may name of a figure's verdicts: means, words, and what other settings do.

    `gelu` is the mean of the figure's own, unless a claim has that name, and `gelu.word` its word,
    "undecided"; `gelu.at_steps_600` is the mean with `steps=600`, and `gelu.at_steps_600.word` its word.
    `gelu.elsewhere` says what other settings do to it: "holds".

    Args:
        varied: The settings, as `Info.varied` has them.
    """
    values: dict[str, Any] = {
        f"{name}.elsewhere": OUTCOMES[outcome(found)] for name, found in columns(varied).items()
    }
    for one in varied:
        at = f".at_{re.sub(r'[^0-9A-Za-z]+', '_', one['setting'])}" if one["setting"] else ""
        for found in one["verdicts"]:
            name = f"{found['verdict']}{at}"
            values |= {name: found["mean"], f"{name}.word": found["word"]}
    return values


def outcome(found: Iterable[Mapping[str, Any] | None]) -> str:
    """Return what other settings do to a verdict.

    Returns:
        "holds" if all words are the same; "turns" if two settings decide otherwise, such as better and
        equal; "undecided" if some settings decide and others do not.
    """
    words = [one["word"] for one in found if one]
    decided = set(words) - {OPEN}
    if len(decided) > 1:
        return TURNS
    return HOLDS if len(set(words)) == 1 else OPEN
