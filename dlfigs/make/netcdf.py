"""Data as a NetCDF file: what a recipe puts in comes back for who takes the file away, or is refused.

NetCDF 4 by h5netcdf, because NetCDF 3 (scipy) has neither 64-bit nor unsigned whole numbers: they came back
with 32 bits, in which a product overflows without a word. It has no complex numbers and no times in
nanoseconds either.
"""

from __future__ import annotations

import inspect
import io
import warnings
from collections.abc import Mapping
from typing import Any

import h5netcdf  # noqa: F401  xarray would import it when the first file is written
import numpy as np
import pandas as pd
import xarray as xr

from dlfigs.errors import UserError

ENGINE = "h5netcdf"
# A dimension of such a name could not be selected from: data.sel(method="he") means something else
SELECTION = {*inspect.signature(xr.Dataset.sel).parameters, *inspect.signature(xr.Dataset.isel).parameters}
KINDS = "biufcSUmM"  # of NumPy's types: numbers, true and false, texts, times
TIMES = "mM"
DRAWN = "_drawn"  # ends the name of a dimension that has other places in the drawing than in the data


def check(data: xr.Dataset, about: str = "compute") -> None:
    """Refuse what no file holds, what could not be selected from, and what nobody has described.

    Args:
        data: What a recipe has computed.
        about: The recipe's function that is to be named.

    Raises:
        UserError: About the first thing that is wrong, with what to do.
    """
    for name in [*data.dims, *data.variables]:
        _check_name(name, "dimension" if name in data.dims else "variable", about)
    for name, index in data.indexes.items():
        if isinstance(index, pd.MultiIndex):
            words = (
                f"coordinate {name!r} has several levels: data.reset_index({name!r}) keeps each by itself"
            )
            raise UserError(words, about)
    for name, variable in data.variables.items():
        plain = isinstance(variable.dtype, np.dtype)  # and none of pandas' own, such as categories
        texts = (
            plain and variable.dtype.kind == "O" and all(isinstance(v, str) for v in variable.values.flat)
        )
        if not plain or (variable.dtype.kind not in KINDS and not texts):
            words = f"variable {name!r} must have numbers or texts (or times), not {variable.dtype}"
            raise UserError(words, about)
        _check_finite(name, variable, about)
        if variable.dtype.kind in TIMES and "units" in variable.attrs:
            words = f"variable {name!r} has times, whose units the file says by itself: leave out `units`"
            raise UserError(words, about)
    check_described(data, about)


def check_described(data: xr.Dataset, about: str) -> None:
    """Refuse variables that do not say what they are, and in which units; times need none.

    Raises:
        UserError: About the first one.
    """
    for name, variable in data.data_vars.items():
        needed = {"long_name"} if variable.dtype.kind in TIMES else {"long_name", "units"}
        if not needed <= variable.attrs.keys():
            raise UserError(f"variable {name!r} needs the attributes long_name and units", about)


def _check_name(name: Any, what: str, about: str) -> None:
    if not isinstance(name, str):
        raise UserError(f"{what} {name!r} needs a name that is text", about)
    if what == "dimension" and name in SELECTION:
        raise UserError(f"dimension {name!r} needs another name: for xarray's sel() it is an option", about)
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        words = "without '/', which separates folders in the file" if "/" in name else "of letters"
        raise UserError(f"{what} {name!r} needs a name {words}", about)


def _check_finite(name: str, variable: xr.Variable, about: str) -> None:
    # Means and maxima leave out nan, and a claim about them would hold
    kind = variable.dtype.kind
    bad = ~np.isfinite(variable.values) if kind in "fcmM" else np.zeros(())
    said = variable.attrs.get("missing")
    if bad.any() and not (isinstance(said, str) and said.strip()):
        words = f"{bad.sum()} of {bad.size}; if they are meant, say why there are such values: "
        words += f"data[{name!r}].attrs['missing'] = 'runs that diverged'"
        raise UserError(f"variable {name!r} has values that are not finite: {words}", about)


def write(data: xr.Dataset, about: str = "compute") -> bytes:
    """Return a file of the data, which has been read again and compared.

    Args:
        data: Of any kind that `check` accepts.
        about: The recipe's function that is to be named.

    Raises:
        UserError: About what the file would not give back as it is.
    """
    data = data.drop_encoding()  # what another file said of other values
    try:
        content = _write(data)
        back = read(content)
    except Exception as error:
        raise UserError(_reason(data, error), about) from None
    _compare(data, back, about)
    return content


def read(content: bytes) -> xr.Dataset:
    """Return the data of a file, as anybody reads them with xarray."""
    with xr.open_dataset(io.BytesIO(content), engine=ENGINE) as stored:
        return stored.load().drop_encoding()


def together(data: xr.Dataset, drawn: xr.Dataset) -> xr.Dataset:
    """Return the data and what is drawn of them in one dataset, neither of them changed.

    A dimension that has other places in the drawing, such as a finer grid, is `<name>_drawn` for what is
    drawn. Of a variable that both have, the data's is kept.

    Args:
        data: What was computed.
        drawn: What `summarize` made of it.

    Raises:
        UserError: If one name is a coordinate here and a variable there.
    """
    rest = drawn.drop_vars(set(drawn.data_vars) & set(data.data_vars))
    others = {
        name: f"{name}{DRAWN}" for name in rest.dims if name in data.dims and not _same(data, rest, name)
    }
    shared = [name for name in rest.coords if name in data.coords and name not in others]
    rest = rest.drop_vars(shared).rename(others)
    if both := set(rest.variables) & set(data.variables):
        words = "is a coordinate of the data and a variable of the drawing, or the other way round"
        raise UserError(f"{min(both)!r} {words}: give it another name there", "summarize")
    return data.drop_encoding().merge(rest, join="exact")


def _same(data: xr.Dataset, drawn: xr.Dataset, dim: str) -> bool:
    """Whether a dimension has the same places in both."""
    one, other = data.indexes.get(dim), drawn.indexes.get(dim)
    if data.sizes[dim] != drawn.sizes[dim]:
        return False
    return one is None or other is None or one.equals(other)


def _write(data: xr.Dataset) -> bytes:
    with warnings.catch_warnings():  # what they are about is found when the file is read again
        warnings.simplefilter("ignore", xr.SerializationWarning)
        return bytes(data.to_netcdf(engine=ENGINE))


def _reason(data: xr.Dataset, error: Exception) -> str:
    """Return which part of the data no file holds, and why."""
    for name, attribute, value in _attributes(data):
        if not _fits(value):
            words = "leave it out" if value is None else "write it as a text"
            place = f" of variable {name!r}" if name else ""
            return f"the attribute {attribute!r}{place} cannot be kept in a file: {value!r}; {words}"
    for name, variable in data.variables.items():
        try:
            read(_write(xr.Dataset({name: variable.to_base_variable()})))
        except Exception as reason:
            words = "; times before 1678 or after 2261 can be texts" * (variable.dtype.kind in TIMES)
            return f"variable {name!r} cannot be kept in a file: {_first_line(reason)}{words}"
    return f"the data cannot be kept in a file: {_first_line(error)}"


def _attributes(data: xr.Dataset) -> list[tuple[str, str, Any]]:
    ours = [("", key, value) for key, value in data.attrs.items()]
    return ours + [(name, key, v) for name, one in data.variables.items() for key, v in one.attrs.items()]


def _fits(value: Any) -> bool:
    try:
        _write(xr.Dataset(attrs={"a": value}))
    except Exception:
        return False
    return True


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _compare(data: xr.Dataset, back: xr.Dataset, about: str) -> None:
    """Refuse data that a file gives back changed.

    Raises:
        UserError: About the first variable, or attribute, that is not what it was.
    """
    for name, variable in data.variables.items():
        if name not in back.variables or (name in data.coords) != (name in back.coords):
            words = (
                "would not be one in a file: give it a name without spaces, and no attribute `coordinates`"
            )
            raise UserError(f"coordinate {name!r} {words}", about)
        if not _equal(variable, back.variables[name]):
            given = [key for key in variable.attrs if key not in back.variables[name].attrs]
            cause = f"; its attribute {given[0]!r} has a meaning of its own there" * bool(given[:1])
            cause = cause.replace("'units'", f"'units', {variable.attrs.get('units')!r},")
            raise UserError(
                f"variable {name!r} would come back from a file with other values{cause}", about
            )
    for name, attribute, value in _attributes(data):
        attrs: Mapping[str, Any] = back.variables[name].attrs if name else back.attrs
        if attribute not in attrs or not _equal_attributes(value, attrs[attribute]):
            place = f" of variable {name!r}" if name else ""
            words = f"as {_plain(attrs[attribute])!r}" if attribute in attrs else "never"
            words = f"{value!r} would come back from a file {words}; write another, such as a text"
            raise UserError(f"the attribute {attribute!r}{place}: {words}", about)


def _equal(one: xr.Variable, other: xr.Variable) -> bool:
    kinds = [variable.dtype.kind.replace("O", "U") for variable in (one, other)]  # texts, both of them
    types = [variable.dtype.newbyteorder("=") for variable in (one, other)]
    precise = kinds[0] in "SUmM" or types[0] == types[1]
    return kinds[0] == kinds[1] and precise and one.to_base_variable().equals(other.to_base_variable())


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _equal_attributes(one: Any, other: Any) -> bool:
    """Whether an attribute is what it was: NumPy's numbers are as good as Python's, arrays as lists."""
    one, other = _plain(one), _plain(other)
    if isinstance(one, (list, tuple)) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal_attributes, one, other))
    same = one == other or str(one) == str(other) == "nan"
    return bool(same) and isinstance(one, str) == isinstance(other, str)
