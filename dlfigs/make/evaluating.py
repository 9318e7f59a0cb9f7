"""A figure's data, judged: what is drawn of them, what its claims say, and its texts with their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import xarray as xr

from dlfigs import summary
from dlfigs.errors import UserError
from dlfigs.make import netcdf
from dlfigs.recipe.figure import Claim, Figure, fill, numbers


@dataclass(frozen=True)
class Evaluated:
    """What came of a figure.

    Args:
        figure: What its recipe says.
        seed: With which it was computed.
        parameters: With which it was computed, all of them.
        data: What was computed.
        drawn: What is drawn of them.
        claims: The claims' fields, and what was found: `holds` and `requirement`.
        texts: Title, caption and alt, with their numbers.
    """

    figure: Figure
    seed: int
    parameters: dict[str, Any]
    data: xr.Dataset
    drawn: xr.Dataset
    claims: list[dict[str, Any]]
    texts: dict[str, str]


def evaluate(figure: Figure, data: xr.Dataset, given: Mapping[str, Any]) -> Evaluated:
    """Summarize the data, judge the claims and fill the numbers into the texts."""
    drawn = (figure.summarize or summary.over_seeds)(data)
    if not isinstance(drawn, xr.Dataset):
        raise UserError(f"summarize must return an xarray.Dataset, not {type(drawn).__name__}", "summarize")
    netcdf.check_described(drawn, "summarize")
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
    rows = [_row(claim) for claim in claims]
    parameters = figure.parameters | {name: value for name, value in given.items() if name != "seed"}
    values = numbers(rows, parameters)
    texts = {}
    for name in ("title", "caption", "alt"):
        try:
            texts[name] = fill(getattr(figure, name), values)
        except UserError as error:
            raise UserError(str(error), about=name) from None
    return Evaluated(figure, given.get("seed", figure.seed), parameters, data, drawn, rows, texts)


def _row(claim: Claim) -> dict[str, Any]:
    return asdict(claim) | {"holds": claim.holds, "requirement": claim.requirement}
