"""What a figure is: two frozen dataclasses, and the rules that make them honest.

A recipe builds one `Figure`; its `claims` function yields one `Claim` for each number that a
reader will see. This module knows nothing of JAX, matplotlib or Markdown.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

NAME = re.compile(r"[a-z][a-z0-9_]*")
PLACEHOLDER = re.compile(r"\{\{\s*(?P<name>[\w.]+)\s*(?::(?P<format>[^{}]*?))?\s*\}\}")


class UserError(ValueError):
    """Something that a person can put right: the message says what, where and how."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the closest known name, or the list of all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known)}" if known else "there are none"


@dataclass(frozen=True)
class Claim:
    """A statement about measured numbers that is true or false.

    Give either `expected` and `tolerance`, or at least one of the bounds `low` and `high`.

    Args:
        id: Name by which chapters refer to the number, in snake_case.
        text: The statement in words, without its numbers.
        measured: What the experiment gave.
        expected: What theory says it should be.
        tolerance: Largest allowed absolute difference between the two.
        low: Smallest allowed value.
        high: Largest allowed value.
        standard_error: Of `measured`, where the claim is statistical.

    Raises:
        UserError: If the claim could not fail, or its id or text is malformed.
    """

    id: str
    text: str
    _: KW_ONLY
    measured: float
    expected: float | None = None
    tolerance: float | None = None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.id):
            raise UserError(f"claim id {self.id!r} is not snake_case (a-z, 0-9 and _)")
        if not self.text.strip():
            raise UserError(f"claim {self.id!r} has no text")
        for name in ("measured", "expected", "tolerance", "low", "high", "standard_error"):
            value = getattr(self, name)
            if value is not None:  # arrays of one element and NumPy scalars become plain floats
                object.__setattr__(self, name, float(value))
        by_value = self.expected is not None and self.tolerance is not None
        by_bounds = self.low is not None or self.high is not None
        half = (self.expected is None) != (self.tolerance is None)
        if half or by_value == by_bounds:
            raise UserError(f"claim {self.id!r} needs either expected and tolerance, or low and/or high")

    @property
    def holds(self) -> bool:
        """Whether the measurement agrees; never true for a measurement that is not finite."""
        if not math.isfinite(self.measured):
            return False
        if self.expected is not None:
            return abs(self.measured - self.expected) <= self.tolerance
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return low <= self.measured <= high

    @property
    def requirement(self) -> str:
        """The condition in a few signs, for tables: "0.5 ± 0.01" or "at least 3"."""
        if self.expected is not None:
            return f"{write_number(self.expected, '.6g')} ± {write_number(self.tolerance, '.2g')}"
        low, high = (None if end is None else write_number(end, ".4g") for end in (self.low, self.high))
        if high is None:
            return f"at least {low}"
        return f"at most {high}" if low is None else f"{low} to {high}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A recipe's figure: what it says, and the functions that compute, draw and judge it.

    Args:
        title: One line, without a full stop.
        caption: What is shown, what bands mean, how many seeds. Numbers are written
            `{{ claim_id }}` or `{{ parameter }}`, with an optional format: `{{ he_rate:.2f }}`.
        alt: What a reader who cannot see the figure should know; placeholders as in `caption`.
        sources: Keys of references.bib.
        questions: Numbers of the questions that the figure helps to answer.
        compute: `compute(key, *, name=default, ...)` returns an `xarray.Dataset`. Its keyword
            arguments are the figure's parameters.
        draw: `draw(fig, summary)` draws on a bare `matplotlib.figure.Figure`.
        claims: `claims(data)` yields `Claim`s.
        summarize: `summarize(data)` returns the dataset that is drawn and written as CSV. By
            default every variable with a `seed` dimension becomes its median and the ends of
            its central 95 % interval.
        ranges: For each parameter the allowed values: `(low, high)`, both included, for numbers,
            or the choices for text.
        seed: Seed of the JAX key that `compute` gets.
        height: Height of the drawing in inches; the width is the same for all figures.

    Raises:
        UserError: If a text is missing or too short, or parameters and ranges do not match.
    """

    title: str
    caption: str
    alt: str
    sources: tuple[str, ...]
    questions: tuple[int, ...]
    compute: Callable[..., Any]
    draw: Callable[..., None]
    claims: Callable[[Any], Iterable[Claim]]
    summarize: Callable[[Any], Any] | None = None
    ranges: Mapping[str, tuple] = field(default_factory=dict)
    seed: int = 0
    height: float = 3.4

    def __post_init__(self) -> None:
        for name, shortest in (("title", 5), ("caption", 40), ("alt", 40)):
            text = getattr(self, name)
            if not isinstance(text, str) or len(text.strip()) < shortest:
                raise UserError(f"the figure's {name} must be a text of {shortest} letters or more")
        for name in ("sources", "questions"):
            if isinstance(getattr(self, name), (str, int)):
                raise UserError(f"the figure's {name} must be a tuple: ({getattr(self, name)!r},)")
        for name in ("compute", "draw", "claims"):
            if not callable(getattr(self, name)):
                raise UserError(f"the figure's {name} must be a function")
        if self.parameters.keys() != self.ranges.keys():
            raise UserError(
                "ranges must name the keyword arguments of compute: "
                f"{sorted(self.parameters)}, not {sorted(self.ranges)}"
            )
        if "seed" in self.parameters:
            raise UserError("compute cannot have a parameter 'seed': the figure's makes its key")
        for name, default in self.parameters.items():
            self._check(name, default)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of `compute` with their defaults."""
        signature = inspect.signature(self.compute)
        return {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }

    def resolve(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Turn `{"depth": "100"}` from a command line into checked values that differ from the defaults.

        `seed`, the root of all random numbers, may be given for every figure.

        Raises:
            UserError: If a name is unknown, a text has the wrong type or a value is out of range.
        """
        parameters = {**self.parameters, "seed": self.seed}
        values = {}
        for name, text in given.items():
            if name not in parameters:
                raise UserError(f"no parameter {name!r}; {nearest(name, parameters)}")
            default = parameters[name]
            value = text if isinstance(default, str) else _parse(name, text, default)
            self._check(name, value)
            if value != default:
                values[name] = value
        return dict(sorted(values.items()))

    def _check(self, name: str, value: Any) -> None:
        allowed = {"seed": (0, 2**32 - 1), **self.ranges}[name]
        if isinstance(value, tuple):
            for element in value:
                self._check(name, element)
        elif isinstance(value, str):
            if value not in allowed:
                raise UserError(f"{name} cannot be {value!r}; {nearest(value, allowed)}")
        elif not isinstance(value, bool) and not allowed[0] <= value <= allowed[1]:
            raise UserError(f"{name} = {value} is out of range: {allowed[0]} to {allowed[1]}")

    def _ipython_display_(self) -> None:
        # A notebook that ends with `figure` computes, draws and judges it. Imported here only:
        # the machinery for that is heavy, and nothing else in this module needs it.
        from dlfigs.notebook import display

        display(self)


def _parse(name: str, text: str, default: Any) -> Any:
    """Read `text` as a value of the default's type; a tuple is written 0.1,0.5."""
    kind = {bool: "true or false", int: "a whole number", float: "a number", tuple: "a list: 1,2,3"}
    wrong = UserError(f"{name} must be {kind[type(default)]}, not {text!r}")
    try:
        value = ast.literal_eval({"true": "True", "false": "False"}.get(text, text))
    except (ValueError, SyntaxError):
        raise wrong from None
    if isinstance(default, tuple):
        value = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if value and all(_fits(element, default[0]) for element in value):
            return tuple(type(default[0])(element) for element in value)
        raise wrong
    if not _fits(value, default):
        raise wrong
    return type(default)(value)


def _fits(value: Any, default: Any) -> bool:
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))


def write_number(value: float, spec: str) -> str:
    r"""Write a number as a book does: true minus signs, powers of ten instead of "e-05".

    No line breaks within it.

    >>> write_number(-1.2345e-5, ".1e")
    '−1.2\xa0×\xa010⁻⁵'
    """
    text = format(int(value) if spec.endswith("d") else value, spec)
    mantissa, e, exponent = text.partition("e")
    if e:
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = f"{mantissa}\xa0×\xa010{raised}"
    return text.replace("-", "−")


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Replace each `{{ name }}` and `{{ name:format }}` in `text` by its value.

    Raises:
        UserError: If a name is unknown or a format does not fit its value.
    """

    def replace(match: re.Match[str]) -> str:
        name, spec = match["name"], match["format"]
        if name not in values:
            raise UserError(f"no number {name!r}; {nearest(name, values)}")
        value = values[name]
        if isinstance(value, str):
            return value
        try:
            default = "d" if isinstance(value, int) else ".3g"
            return write_number(value, default if spec is None else spec.strip())
        except (ValueError, TypeError, OverflowError) as error:
            raise UserError(f"format {spec!r} does not fit {name} = {value}: {error}") from None

    return PLACEHOLDER.sub(replace, text)


def numbers(claims: Iterable[Mapping[str, Any]], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers that a text may name: claims, their parts, and parameters.

    `he_rate` is what was measured; `he_rate.expected`, `.tolerance`, `.low`, `.high` and
    `.standard_error` are the claim's other numbers.
    """
    values = dict(parameters)
    for claim in claims:
        values[claim["id"]] = claim["measured"]
        for part in ("expected", "tolerance", "low", "high", "standard_error"):
            if claim[part] is not None:
                values[f"{claim['id']}.{part}"] = claim[part]
    return values
