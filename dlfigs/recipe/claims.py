"""A figure's claims as a table that is read as sentences, with no digit more than was measured."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from decimal import Decimal

from dlfigs.recipe.figure import write_number
from dlfigs.recipe.info import Judged
from dlfigs.recipe.sentences import sentence

MOST = 6  # digits of a number; and so many more, where a verdict needs them
BOUND = 3  # digits of a bound
PLACE = "\ue003"  # of the number in its sentence: a sign of nobody's language
COLUMNS = ("Holds", "Measured", "Must be")


def table(claims: Iterable[Judged]) -> str:
    """Return claims as an HTML table: whether each holds, what was measured, and what it must be.

    The roles are those that the elements have anyway: on a phone the style sheet makes blocks of rows, and
    browsers would not tell a screen reader of a table any more.
    """
    head = "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in COLUMNS)
    rows = "".join(_row(claim) for claim in claims)
    return (
        f'<table class="claims" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>'
    )


def _row(claim: Judged) -> str:
    measured, required, error = written(claim)
    said = html.escape(sentence(claim.text, PLACE, error), quote=False)
    said = f"{said.replace(PLACE, f'<strong>{measured}</strong>', 1)}."
    verdict = '<span class="holds">yes</span>' if claim.holds else '<strong class="fails">no</strong>'
    cells = (verdict, said, html.escape(required))
    labelled = zip(COLUMNS, cells, strict=True)
    return (
        '<tr role="row">'
        + "".join(f'<td role="cell" data-label="{name}">{cell}</td>' for name, cell in labelled)
        + "</tr>"
    )


def written(claim: Judged) -> tuple[str, str, str]:
    """Return what was measured, what is required and the standard error, with digits that mean something.

    The last digit is that of the standard error; else the one after the tolerance's first; else the third.
    A count is whole. There are more digits where the claim would else seem to fail, or to hold.

    Args:
        claim: What was found.
    """
    measured, error = claim.measured, claim.standard_error
    if not math.isfinite(measured):
        return str(measured), claim.requirement, ""
    known = bool(error) and math.isfinite(error)
    if known:
        place = _place(float(f"{error:.1g}"))
    elif measured == int(measured) and abs(measured) < 10**MOST:  # a count
        place = 0
    else:
        place = _place(claim.tolerance) - 1 if claim.tolerance else _place(measured) - 2
    more = next((more for more in range(MOST) if _agrees(claim, place - more, more)), MOST)
    shown = _cut(measured, place - more)
    return shown, _required(claim, place - more, more), write_number(error, ".1g") if known else ""


def _required(claim: Judged, place: int, more: int) -> str:
    """Write what a claim must be: theory to a place, bounds with three digits and some more."""
    expected, tolerance = claim.expected, claim.tolerance
    if expected is None:
        bounds = (getattr(claim, end) for end in ("low", "high"))
        low, high = (
            None if bound is None else write_number(bound, f".{BOUND + more}g") for bound in bounds
        )
        if high is None:
            return f"at least {low}"
        return f"at most {high}" if low is None else low if low == high else f"{low} to {high}"
    text = _cut(expected, min(place, _place(tolerance) if tolerance else place))
    if "." in text and "\xa0" not in text:  # theory is exact: 0.5, not 0.5000
        text = text.rstrip("0").rstrip(".")
    return f"{text} ± {write_number(tolerance, '.2g')}" if tolerance else text


def _agrees(claim: Judged, place: int, more: int) -> bool:
    """Whether the claim comes out as it does by the numbers as they are written."""
    measured = _decimal(claim.measured, place)
    if claim.expected is not None:
        tolerance = Decimal(f"{claim.tolerance:.2g}")
        return (abs(measured - _decimal(claim.expected, place)) <= tolerance) == claim.holds
    low, high = (Decimal(f"{getattr(claim, end) or 0:.{BOUND + more}g}") for end in ("low", "high"))
    too_low = claim.low is not None and measured < low
    too_high = claim.high is not None and measured > high
    return (not too_low and not too_high) == claim.holds


def _decimal(value: float, place: int) -> Decimal:
    return Decimal(repr(round(value, -place)))


def _place(value: float) -> int:
    """Return the place of a number's first digit: 0 for 5, −2 for 0.05."""
    return int(f"{abs(value):e}".partition("e")[2]) if value else 0


def _cut(value: float, place: int) -> str:
    """Write a number whose last digit is at a place."""
    if value and place < -4 and not round(value, -place):  # zero but for what computers round
        return write_number(value, ".0e")
    value = round(value, -place) or 0.0  # no −0
    if not value and place < -4:
        return "0"
    if value and not -4 <= _place(value) < MOST:
        return write_number(value, f".{max(_place(value) - place, 0)}e")
    return write_number(value, f".{max(-place, 0)}f")
