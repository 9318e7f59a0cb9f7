"""Parameters of figures: what a recipe may declare, and what a command line may say."""

from __future__ import annotations

import ast
import csv
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
WORDS = {"true": True, "false": False}
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


def check_seed(seed: Any) -> None:
    """Check the root of a figure's random numbers.

    Raises:
        UserError: If it is none.
    """
    low, high = SEEDS
    if type(seed) is not int or not low <= seed <= high:
        words = f"the figure's seed must be a whole number from {low} to {high}, not {seed!r}"
        raise UserError(words, "seed")


def check_declared(defaults: Mapping[str, Any], ranges: Mapping[str, tuple]) -> None:
    """Check that each parameter has a type, a range of that type, and a default inside.

    Raises:
        UserError: If one has not.
    """
    if "seed" in defaults:
        raise UserError(
            "compute cannot have a parameter 'seed': the figure's makes its key", about="compute"
        )
    for name, default in defaults.items():
        kinds = {type(element) for element in (default if isinstance(default, tuple) else (default,))}
        if len(kinds) != 1 or not kinds <= KINDS.keys() - {tuple}:
            words = f"{_or([*KINDS.values()][:-1])}; or a tuple of those, all of one kind, as (1, 2, 3)"
            raise UserError(f"{name} cannot be {default!r}: it must be {words}", "compute")
    needed = {name for name, default in defaults.items() if not isinstance(_first(default), bool)}
    if not isinstance(ranges, Mapping) or not needed <= ranges.keys() <= defaults.keys():
        raise UserError(
            "ranges must name the keyword arguments of compute: "
            f"{sorted(defaults)}, not {sorted(ranges) if isinstance(ranges, Mapping) else ranges!r}",
            about="ranges",
        )
    for name, default in defaults.items():
        first, allowed = _first(default), choices(default, ranges.get(name))
        if not isinstance(allowed, tuple) or not allowed:
            right = False
        elif isinstance(first, (bool, str)):
            right = all(type(choice) is type(first) for choice in allowed)
        else:
            right = len(allowed) == 2 and all(type(end) in (int, float) for end in allowed)
            right = right and allowed[0] <= allowed[1]
        if not right:
            words = "its choices" if isinstance(first, (bool, str)) else "(lowest, highest)"
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
        value = _parse(name, text, default)
        _check(name, value, ranges)
        if value != default:
            values[name] = value
    return dict(sorted(values.items()))


def variations(
    given: Any, defaults: Mapping[str, Any], ranges: Mapping[str, tuple]
) -> tuple[dict[str, Any], ...]:
    """Return the settings that a figure's `vary` names, each as the values that differ from the defaults.

    Args:
        given: `{"steps": (150, 600), "width": (32, 64)}`, of which each value is set by itself, or a tuple
            of settings, `({"steps": 600}, {"steps": 600, "width": 64})`.
        defaults: Of the parameters.
        ranges: What they may be.

    Raises:
        UserError: If a name is unknown, or if a value has the wrong type or is out of range.
    """
    if isinstance(given, Mapping):
        for name, values in given.items():
            if not isinstance(values, tuple) or not values:
                words = f"a tuple of values, ({values!r},)" if values != () else "a tuple with values"
                raise UserError(f"vary: {name} must have {words}", "vary")
        given = tuple({name: value} for name, values in given.items() for value in values)
    if not isinstance(given, tuple) or not all(isinstance(one, Mapping) and one for one in given):
        words = 'write {"steps": (150, 600)}, or a tuple of settings: ({"steps": 600}, {"width": 64})'
        raise UserError(f"vary cannot be {given!r}: {words}", "vary")
    found: list[dict[str, Any]] = []
    for one in given:
        try:
            setting = {name: _checked(name, value, defaults, ranges) for name, value in one.items()}
        except UserError as error:
            raise UserError(f"vary: {error}", "vary") from None
        other = {name: value for name, value in sorted(setting.items()) if value != defaults[name]}
        if other and other not in found:  # the defaults are the figure itself
            found.append(other)
    return tuple(found)


def moves(given: Any, defaults: Mapping[str, Any], ranges: Mapping[str, tuple]) -> dict[str, tuple]:
    """Return the values of parameters that readers can move, as a figure's `move` names them.

    Args:
        given: `{"width": (16, 64, 256), "activation": ("relu", "tanh")}`.
        defaults: Of the parameters.
        ranges: What they may be.

    Raises:
        UserError: If a name is unknown, a value has the wrong type or is out of range, or is alone.
    """
    if not isinstance(given, Mapping):
        raise UserError(f'move cannot be {given!r}: write {{"width": (16, 64, 256)}}', "move")
    found = {}
    for name, values in given.items():
        if not isinstance(values, tuple) or len(values) < 2:
            raise UserError(f"move: {name} must have a tuple of two values or more, not {values!r}", "move")
        try:
            checked = tuple(_checked(name, value, defaults, ranges) for value in values)
        except UserError as error:
            raise UserError(f"move: {error}", "move") from None
        if twice := next((value for value in checked if checked.count(value) > 1), None):
            raise UserError(f"move: {name} has {shown(twice)} twice", "move")
        found[name] = checked
    return found


def setting(values: Mapping[str, Any]) -> str:
    """Write values as `--set` reads them, one after the other: "steps=600 width=64"."""
    return " ".join(f"{name}={shown(value)}" for name, value in values.items())


def choices(default: Any, allowed: tuple | None) -> tuple | None:
    """Return what a parameter may be, as its range says: true and false need none."""
    return (False, True) if allowed is None and isinstance(_first(default), bool) else allowed


def shown(value: Any) -> str:
    """Write a value as `--set` reads it: true, 0.1,0.5 or a,c."""
    if isinstance(value, (tuple, list)):
        return ",".join(map(shown, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _checked(name: str, value: Any, defaults: Mapping[str, Any], ranges: Mapping[str, tuple]) -> Any:
    """Return a value that a recipe gives for a parameter, of the type of its default."""
    if name not in defaults:
        raise UserError(f"no parameter {name!r}; {nearest(name, defaults)}")
    default = defaults[name]
    first, several = _first(default), isinstance(default, tuple)
    elements = value if several and isinstance(value, tuple) else (value,)
    if several != isinstance(value, tuple) or not all(_fits(element, first) for element in elements):
        kind = f"a tuple, as {default!r}" if several else KINDS[type(default)]
        raise UserError(f"{name} must be {kind}, not {value!r}")
    _check(name, value, ranges)
    return tuple(type(first)(element) for element in value) if several else type(first)(value)


def _first(default: Any) -> Any:
    return default[0] if isinstance(default, tuple) else default


def _check(name: str, value: Any, ranges: Mapping[str, tuple]) -> None:
    if isinstance(value, tuple):
        for element in value:
            _check(name, element, ranges)
        return
    allowed = choices(value, {"seed": SEEDS, **ranges}.get(name))
    if isinstance(value, str):
        if value not in allowed:
            raise UserError(f"{name} cannot be {value!r}; {nearest(value, allowed)}")
    elif isinstance(value, bool):
        if value not in allowed:
            raise UserError(f"{name} cannot be {shown(value)}; known: {shown(allowed)}")
    elif not allowed[0] <= value <= allowed[1]:
        raise UserError(f"{name} = {value} is out of range: {allowed[0]} to {allowed[1]}")


def _parse(name: str, text: str, default: Any) -> Any:
    """Read `text` as a value of the default's type; a tuple is written 0.1,0.5 or a,c."""
    wrong = UserError(f"{name} must be {KINDS[type(default)]}, not {text!r}")
    try:
        if isinstance(default, tuple):
            return tuple(_element(part, default[0]) for part in _parts(text))
        return _element(text, default)
    except (ValueError, SyntaxError, MemoryError, RecursionError, OverflowError, csv.Error):
        raise wrong from None  # also of a whole number that no float holds


def _parts(text: str) -> list[str]:
    """Return the elements of a list; one with a comma stands in quotes, and brackets may be around all."""
    inside = text.strip()
    if inside[:1] + inside[-1:] in ("()", "[]"):
        inside = inside[1:-1]
    quote = "'" if "'" in inside else '"'
    parts = [
        part.strip() for part in next(csv.reader([inside], quotechar=quote, skipinitialspace=True), [])
    ]
    parts = parts[:-1] if len(parts) > 1 and not parts[-1] else parts  # (1,)
    if not parts or not all(parts):
        raise ValueError("an element is missing")
    return parts


def _element(text: str, default: Any) -> Any:
    if isinstance(default, str):
        return text
    value = WORDS[text.lower()] if text.lower() in WORDS else ast.literal_eval(text)
    if not _fits(value, default):
        raise ValueError(text)
    return type(default)(value)


def _fits(value: Any, default: Any) -> bool:
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))


def _or(words: Any) -> str:
    *first, last = words
    return f"{', '.join(first)}, or {last}"
