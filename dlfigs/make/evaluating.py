"""A figure's data, judged: what is drawn of them, what its claims say, and its texts with their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from dlfigs import summary
from dlfigs.errors import UserError
from dlfigs.make import netcdf
from dlfigs.recipe.figure import Claim, Figure, fill, numbers
from dlfigs.recipe.info import Info, Judged


@dataclass(frozen=True)
class Evaluated:
    """What came of a figure.

    Args:
        info: What is known of it; versions and digests come later.
        data: What was computed.
        drawn: What is drawn of them.
        table: The same as a tidy table.
    """

    info: Info
    data: xr.Dataset
    drawn: xr.Dataset
    table: pd.DataFrame


def evaluate(slug: str, figure: Figure, data: xr.Dataset, given: Mapping[str, Any]) -> Evaluated:
    """Summarize the data, judge the claims and fill the numbers into the texts."""
    drawn = (figure.summarize or summary.over_seeds)(data)
    if not isinstance(drawn, xr.Dataset):
        raise UserError(f"summarize must return an xarray.Dataset, not {type(drawn).__name__}", "summarize")
    netcdf.check_described(drawn, "summarize")
    claims = [Judged.of(claim) for claim in _claims(figure, data)]
    parameters = figure.parameters | {name: value for name, value in given.items() if name != "seed"}
    values = numbers(claims, parameters)
    texts = {}
    for name in ("title", "caption", "alt"):
        try:
            texts[name] = fill(getattr(figure, name), values)
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
    )
    return Evaluated(info, data, drawn, table)


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
