"""Parameters of figures: what a recipe may declare, and what a command line may say."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from dlfigs.errors import UserError, nearest

KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple: "a list: 1,2,3",
}
SEEDS = 0, 2**32 - 1  # of which JAX makes different keys, also where it has no 64-bit numbers


def read(compute: Callable) -> dict[str, Any]:
    """Return the parameters of `compute` with their defaults.

    Raises:
        UserError: If its signature is not `compute(key, *, name=default, ...)`.
    """
    if not callable(compute):
        raise UserError("the figure's compute must be a function", about="compute")
    key, *others = inspect.signature(compute).parameters.values() or (None,)
    right = key is not None and key.kind is key.POSITIONAL_OR_KEYWORD and key.default is key.empty
    if not right or any(p.kind is not p.KEYWORD_ONLY or p.default is p.empty for p in others):
        raise UserError("compute must be `def compute(key, *, name=default, ...)`", about="compute")
    return {parameter.name: parameter.default for parameter in others}


def check_declared(defaults: Mapping[str, Any], ranges: Mapping[str, tuple]) -> None:
    """Check that each parameter has a type, a range of that type, and a default inside.

    Raises:
        UserError: If one has not.
    """
    if "seed" in defaults:
        raise UserError(
            "compute cannot have a parameter 'seed': the figure's makes its key", about="compute"
        )
    if not isinstance(ranges, Mapping) or defaults.keys() != ranges.keys():
        raise UserError(
            "ranges must name the keyword arguments of compute: "
            f"{sorted(defaults)}, not {sorted(ranges) if isinstance(ranges, Mapping) else ranges!r}",
            about="ranges",
        )
    for name, default in defaults.items():
        if type(default) not in KINDS or default == ():
            raise UserError(f"{name} cannot be {default!r}: it must be {_or(KINDS.values())}", "compute")
        first = default[0] if isinstance(default, tuple) else default
        allowed = ranges[name]
        if not isinstance(allowed, tuple) or not allowed:
            right = False
        elif isinstance(first, str):
            right = all(isinstance(choice, str) for choice in allowed)
        else:
            right = len(allowed) == 2 and all(isinstance(end, (int, float)) for end in allowed)
            right = right and allowed[0] <= allowed[1]
        if not right:
            words = "its choices" if isinstance(first, str) else "(lowest, highest)"
            raise UserError(f"the range of {name} must be a tuple of {words}, not {allowed!r}", "ranges")
        try:
            _check(name, default, ranges)
        except UserError as error:
            raise UserError(str(error), about="ranges") from None


def resolve(
    given: Mapping[str, str], defaults: Mapping[str, Any], ranges: Mapping[str, tuple]
) -> dict[str, Any]:
    """Turn `{"depth": "100"}` from a command line into checked values that differ from the defaults.

    Raises:
        UserError: If a name is unknown, a text has the wrong type or a value is out of range.
    """
    values = {}
    for name, text in given.items():
        if name not in defaults:
            raise UserError(f"no parameter {name!r}; {nearest(name, defaults)}")
        default = defaults[name]
        value = text if isinstance(default, str) else _parse(name, text, default)
        _check(name, value, ranges)
        if value != default:
            values[name] = value
    return dict(sorted(values.items()))


def _check(name: str, value: Any, ranges: Mapping[str, tuple]) -> None:
    allowed = {"seed": SEEDS, **ranges}[name]
    if isinstance(value, tuple):
        for element in value:
            _check(name, element, ranges)
    elif isinstance(value, str):
        if value not in allowed:
            raise UserError(f"{name} cannot be {value!r}; {nearest(value, allowed)}")
    elif not isinstance(value, bool) and not allowed[0] <= value <= allowed[1]:
        raise UserError(f"{name} = {value} is out of range: {allowed[0]} to {allowed[1]}")


def _parse(name: str, text: str, default: Any) -> Any:
    """Read `text` as a value of the default's type; a tuple is written 0.1,0.5."""
    wrong = UserError(f"{name} must be {KINDS[type(default)]}, not {text!r}")
    try:
        value = ast.literal_eval({"true": "True", "false": "False"}.get(text, text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise wrong from None
    if isinstance(default, tuple):
        value = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if value and all(_fits(element, default[0]) for element in value):
            return tuple(type(default[0])(element) for element in value)
        raise wrong
    if not _fits(value, default):
        raise wrong
    try:
        return type(default)(value)
    except OverflowError:  # a whole number that no float holds
        raise wrong from None


def _fits(value: Any, default: Any) -> bool:
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))


def _or(words: Any) -> str:
    *first, last = words
    return f"{', '.join(first)}, or {last}"
