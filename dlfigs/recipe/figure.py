"""What a figure is: two frozen dataclasses, and the rules that make them honest.

A recipe builds one `Figure`; its `claims` function yields one `Claim` for each number that readers see.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from dlfigs.errors import UserError, nearest
from dlfigs.recipe import parameters
from dlfigs.recipe.parameters import shown

NAME = re.compile(r"[a-z][a-z0-9_]*")
PARTS = ("expected", "tolerance", "low", "high", "standard_error")  # of a claim: numbers it may have
NARROW = "\u202f"  # a narrow space at which no line breaks
PERCENT = re.compile(r"(?<=\d)[ \xa0]?%")  # with the space that people type, or with none
PLACEHOLDER = re.compile(r"\{\{\s*(?P<name>[\w.]+)\s*(?::(?P<format>[^{}]*?))?\s*\}\}")


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
        if not isinstance(self.id, str) or not NAME.fullmatch(self.id):
            raise UserError(f"claim id {self.id!r} is not snake_case (a-z, 0-9 and _)")
        if not isinstance(self.text, str) or not self.text.strip():
            raise UserError(f"claim {self.id!r} has no text")
        for name in ("measured", *PARTS):
            value = getattr(self, name)
            if value is not None or name == "measured":
                try:  # arrays of one element and NumPy scalars become plain floats
                    object.__setattr__(self, name, float(value))
                except (TypeError, ValueError):
                    wrong = f"claim {self.id!r}: {name} must be one number, not {value!r}"
                    raise UserError(wrong) from None
        by_value = self.expected is not None and self.tolerance is not None
        by_bounds = self.low is not None or self.high is not None
        half = (self.expected is None) != (self.tolerance is None)
        if half or by_value == by_bounds:
            raise UserError(f"claim {self.id!r} needs either expected and tolerance, or low and/or high")
        for name in ("expected", "tolerance", "low", "high"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise UserError(f"claim {self.id!r}: {name} must be a finite number, not {value}")
        if by_value and self.tolerance < 0:
            raise UserError(f"claim {self.id!r}: the tolerance {self.tolerance:g} is negative")
        if None not in (self.low, self.high) and self.low > self.high:
            raise UserError(f"claim {self.id!r}: low = {self.low:g} is above high = {self.high:g}")

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
        compute: `compute(key, *, name=default, ...)` returns an `xarray.Dataset`. Its keyword
            arguments are the figure's parameters.
        draw: `draw(fig, summary)` draws on a bare `matplotlib.figure.Figure`.
        claims: `claims(data)` yields `Claim`s.
        summarize: `summarize(data)` returns the dataset that is drawn and written as CSV. By
            default every variable with a `seed` dimension becomes its median and the ends of
            its central 95 % interval.
        ranges: For each parameter the allowed values: `(low, high)`, both included, for numbers,
            or the choices for text. True and false need none; a list has the range of its elements.
        sources: Keys of references.bib.
        questions: Numbers of the questions that the figure helps to answer, where the course has some.
        seed: Seed of the JAX key that `compute` gets.
        height: Height of the drawing in inches; the width is the same for all figures.
        vary: Values of parameters that could turn verdicts: `{"steps": (150, 600)}`, or several settings.
        verdicts: `verdicts(data)` yields `(id, text, dlfigs.summary.verdict(...))` for each comparison.
        move: Values of parameters that readers of a page can choose: `{"width": (16, 64, 256)}`.

    Raises:
        UserError: If a text is missing or too short, or parameters and ranges do not match.
    """

    title: str
    caption: str
    alt: str
    compute: Callable[..., Any]
    draw: Callable[..., None]
    claims: Callable[[Any], Iterable[Claim]]
    summarize: Callable[[Any], Any] | None = None
    ranges: Mapping[str, tuple] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    questions: tuple[int, ...] = ()
    seed: int = 0
    height: float = 3.4
    vary: Mapping[str, tuple] | tuple[Mapping[str, Any], ...] = ()
    verdicts: Callable[[Any], Iterable[tuple]] | None = None
    move: Mapping[str, tuple] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, shortest in (("title", 5), ("caption", 40), ("alt", 40)):
            text = getattr(self, name)
            if not isinstance(text, str) or len(text.strip()) < shortest:
                raise UserError(f"the figure's {name} must be a text of {shortest} letters or more", name)
        for name, kind, words in (("sources", str, "keys of references"), ("questions", int, "numbers")):
            given = getattr(self, name)
            if isinstance(given, (str, int)):
                raise UserError(f"the figure's {name} must be a tuple: ({given!r},)", name)
            if not isinstance(given, tuple) or not all(type(element) is kind for element in given):
                raise UserError(f"the figure's {name} must be a tuple of {words}, not {given!r}", name)
        if any(number < 1 for number in self.questions):
            words = f"the figure's questions are numbered from 1, not {self.questions}"
            raise UserError(words, "questions")
        for name, arguments in _SIGNATURES.items():
            _check_function(name, getattr(self, name), arguments)
        parameters.check_seed(self.seed)
        if not isinstance(self.height, (int, float)) or not 0.5 <= self.height <= 20:
            raise UserError(f"the figure's height must be 0.5 to 20 inches, not {self.height!r}", "height")
        parameters.check_declared(self.parameters, self.ranges)
        if bool(self.variations) != bool(self.verdicts):
            words = "a figure needs both, `vary` with other settings and `verdicts` that are to hold there"
            raise UserError(words, "vary" if self.verdicts is None else "verdicts")
        parameters.moves(self.move, self.parameters, self.ranges)

    @property
    def variations(self) -> tuple[dict[str, Any], ...]:
        """The settings that `vary` names, each as the values that differ from the defaults."""
        return parameters.variations(self.vary, self.parameters, self.ranges)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of `compute` with their defaults."""
        return parameters.read(self.compute)

    def resolve(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Turn `{"depth": "100"}` from a command line into checked values that differ from the defaults.

        `seed`, the root of all random numbers, may be given for every figure.

        Raises:
            UserError: If a name is unknown, a text has the wrong type or a value is out of range.
        """
        return parameters.resolve(given, {**self.parameters, "seed": self.seed}, self.ranges)

    def _ipython_display_(self) -> None:
        # The one import against the direction: IPython asks the object itself how it is shown
        from dlfigs.make.display import show

        show(self)


_SIGNATURES = {"draw": ("fig", "summary")} | dict.fromkeys(("claims", "summarize", "verdicts"), ("data",))


def _check_function(name: str, function: Any, arguments: tuple[str, ...]) -> None:
    if function is None and name in ("summarize", "verdicts"):
        return
    if not callable(function):
        raise UserError(f"the figure's {name} must be a function", name)
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        raise UserError(f"{name} must be `def {name}({', '.join(arguments)})`", name) from None


def write_number(value: float, spec: str) -> str:
    r"""Write a number as a book does: true minus signs, powers of ten for "e-05", a thin space before "%".

    No line breaks within it.

    Args:
        value: Any number.
        spec: One of Python's formats, such as ".1e", ".0%" or "d".

    Raises:
        ValueError: If the format is "d" and the number is not whole.

    Examples:
        >>> write_number(-1.2345e-5, ".1e")
        '−1.2\xa0×\xa010⁻⁵'
    """
    if spec.endswith("d"):
        if value != int(value):
            raise ValueError("it is not a whole number")
        value = int(value)
    text = format(value, spec)
    mantissa, e, exponent = text.partition("e")
    if e:
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = f"{mantissa}\xa0×\xa010{raised}"
    return percents_alike(text).replace("-", "−")


def percents_alike(text: str) -> str:
    """Return a text with a narrow space before each percent sign after a digit."""
    return PERCENT.sub(f"{NARROW}%", text)


def _write(value: Any, spec: str | None) -> str:
    """Write a number, a text, true or false, or a list of those, each as people give it with `--set`."""
    if isinstance(value, (list, tuple)):
        return ", ".join(_write(element, spec) for element in value)
    if isinstance(value, (bool, str)):
        if spec is not None:
            raise ValueError("it is not a number")
        return shown(value)
    return write_number(value, spec if spec is not None else "d" if isinstance(value, int) else ".3g")


def fill(text: str, values: Mapping[str, Any], absent: str = "") -> str:
    """Replace each `{{ name }}` and `{{ name:format }}` by its value, an unknown one by `absent` if given.

    Raises:
        UserError: If a name is unknown, a format does not fit its value, or a placeholder is malformed.
    """

    def replace(match: re.Match[str]) -> str:
        name, spec = match["name"], match["format"]
        if name not in values and absent:
            return absent
        if name not in values:
            raise UserError(f"no number {name!r}; {nearest(name, values)}")
        value = values[name]
        try:
            return _write(value, spec and spec.strip())
        except (ValueError, TypeError, OverflowError) as error:
            raise UserError(f"format {spec!r} does not fit {name} = {value}: {error}") from None

    filled = PLACEHOLDER.sub(replace, text)
    if half := re.search(r"\{\{[^{}]*\}{0,2}|\}\}", PLACEHOLDER.sub("", text)):
        raise UserError(
            repr(half[0]) + " is not understood: a number is written {{ name }} or {{ name:.2f }}"
        )
    return percents_alike(filled)


def numbers(claims: Iterable[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers that a text may name: claims, their parts, and parameters.

    `he_rate` is what was measured; `he_rate.expected`, `.tolerance`, `.low`, `.high` and
    `.standard_error` are the claim's other numbers.
    """
    values = dict(parameters)
    for claim in claims:
        values[claim.id] = claim.measured
        parts = {part: getattr(claim, part) for part in PARTS}
        values |= {f"{claim.id}.{part}": number for part, number in parts.items() if number is not None}
    return values
