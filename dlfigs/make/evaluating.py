"""A figure's data, judged: what is drawn of them, what its claims say, and its texts with their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from dlfigs import summary
from dlfigs.errors import UserError
from dlfigs.make import netcdf
from dlfigs.recipe.figure import NAME, Claim, Figure, fill, numbers
from dlfigs.recipe.info import Info, Judged
from dlfigs.recipe.parameters import setting

ABSENT = "(no number at these settings)"


@dataclass(frozen=True)
class Evaluated:
    """What came of a figure.

    Args:
        info: What is known of it; versions and digests come later.
        data: What was computed.
        drawn: What is drawn of them.
        table: The same as a tidy table.
        numbers: What its texts may name, by name.
        absent: What stands for a number that there is not at these settings; nothing if there must be one.
    """

    info: Info
    data: xr.Dataset
    drawn: xr.Dataset
    table: pd.DataFrame
    numbers: Mapping[str, Any]
    absent: str


def evaluate(slug: str, figure: Figure, data: xr.Dataset, given: Mapping[str, Any]) -> Evaluated:
    """Summarize the data, judge the claims and fill the numbers into the texts."""
    drawn = (figure.summarize or summary.over_seeds)(data)
    if not isinstance(drawn, xr.Dataset):
        raise UserError(f"summarize must return an xarray.Dataset, not {type(drawn).__name__}", "summarize")
    netcdf.check_described(drawn, "summarize")
    claims = [Judged.of(claim) for claim in _claims(figure, data)]
    parameters = figure.parameters | {name: value for name, value in given.items() if name != "seed"}
    values = numbers(claims, parameters)
    # Texts are written for the defaults; other depths, say, need not have the claim about depth 12
    absent = ABSENT if parameters != figure.parameters else ""
    texts = {}
    for name in ("title", "caption", "alt"):
        try:
            texts[name] = fill(getattr(figure, name), values, absent)
        except UserError as error:
            raise UserError(str(error), about=name) from None
    table, columns = summary.table(drawn)
    info = Info(
        slug,
        **texts,
        sources=figure.sources,
        questions=figure.questions,
        seed=given.get("seed", figure.seed),
        parameters=parameters,
        claims=claims,
        columns=columns,
        tables=summary.tables(drawn),
        varied=_varied(figure, data),
    )
    return Evaluated(info, data, drawn, table, values, absent)


def _claims(figure: Figure, data: xr.Dataset) -> list[Claim]:
    claims = figure.claims(data)
    claims = list(claims) if isinstance(claims, Iterable) else [claims]
    for claim in claims:
        if not isinstance(claim, Claim):
            raise UserError(f"claims must yield Claim(...), not {claim!r}", "claims")
    ids = [claim.id for claim in claims]
    for name in ids:
        if ids.count(name) > 1:
            words = f"claim id {name!r} is used {ids.count(name)} times; each must be its own"
            raise UserError(words, "claims")
    return claims


def judge(figure: Figure, data: xr.Dataset) -> list[dict[str, Any]]:
    """Return a figure's verdicts on data, of whatever setting, with their numbers to three digits.

    Raises:
        UserError: If its `verdicts` yields something else.
    """
    found: dict[str, dict[str, Any]] = {}
    try:
        given = list(figure.verdicts(data))
    except UserError as error:  # of `summary`, which knows no recipe
        raise UserError(str(error), error.about or "verdicts") from None
    for one in given:
        if not isinstance(one, tuple) or len(one) != 3 or not isinstance(one[2], summary.Verdict):
            words = "verdicts must yield (id, text, summary.verdict(...)), not"
            raise UserError(f"{words} {one!r}", "verdicts")
        name, text, verdict = one
        if not isinstance(name, str) or not NAME.fullmatch(name) or name in found:
            words = "must be snake_case (a-z, 0-9 and _), and used once"
            raise UserError(f"the id of a verdict, {name!r}, {words}", "verdicts")
        numbers = _rounded({part: getattr(verdict, part) for part in ("mean", "low", "high")})
        found[name] = {"verdict": name, "text": str(text), "word": verdict.word, **numbers}
    return list(found.values())


def _varied(figure: Figure, data: xr.Dataset) -> list[dict[str, Any]]:
    """Return the settings of a figure, the first with its verdicts; those at others are not known here."""
    if not figure.verdicts:
        return []
    others = [{"setting": setting(one), "given": one, "verdicts": []} for one in figure.variations]
    return [{"setting": "", "given": {}, "verdicts": judge(figure, data)}, *others]


def _rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return numbers with the place of the third digit of the largest: what is smaller, computers round."""
    largest = max(abs(value) for value in numbers.values())
    place = 2 - math.floor(math.log10(largest)) if largest else 0
    return {name: round(value, place) + 0.0 for name, value in numbers.items()}  # no -0
