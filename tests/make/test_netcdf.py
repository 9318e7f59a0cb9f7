"""What a recipe puts into its data comes back from the file, or is refused by name."""

import io
import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import write_recipe
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlfigs.errors import UserError
from dlfigs.make import netcdf, worker

SAID = {"long_name": "y", "units": "1"}


def described(values, dims=("x",), **attrs):
    values = np.asarray(values)
    said = {"long_name": "y"} if values.dtype.kind in "mM" else SAID
    return xr.Dataset({"y": (dims, values, {**said, **attrs})})


def kept(data):
    """Return what somebody reads who has the file alone, and knows nothing of us."""
    netcdf.check(data)
    with xr.open_dataset(io.BytesIO(netcdf.write(data)), engine="h5netcdf") as back:
        return back.load()


KINDS = {
    **{
        dtype: np.array([0, 1, 100], dtype)
        for dtype in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", ">i4"]
    },
    "bool": np.array([True, False]),
    "larger than 32 bits": np.array([2**40, -(2**62)]),
    "larger than all signed": np.array([2**64 - 1], "u8"),
    "texts": np.array(["a", "héé", "", "日本"]),
    "objects that are texts": np.array(["a", "longer"], object),
    "bytes": np.array([b"a", b"bc"]),
    "days": np.array(["2020-01-01", "1769-08-15"], "M8[s]"),
    "nanoseconds": np.array(["2021-02-03T04:05:06.123456789"], "M8[ns]"),
    "time spans": np.array([1, 90], "m8[s]"),
    "nothing": np.zeros(0),
    "no texts": np.zeros(0, "U3"),
    "not a number": np.array([1.0, np.nan, np.inf]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_of_content_come_back(kind):
    data = described(KINDS[kind], missing="runs that diverged")
    back = kept(data)
    np.testing.assert_array_equal(back.y.values, data.y.values)
    assert back.y.dtype.kind == data.y.dtype.kind.replace("O", "U")
    if data.y.dtype.kind in "biufc":
        assert back.y.dtype == data.y.dtype.newbyteorder("=")
    assert back.y.attrs == data.y.attrs


def test_scalars_coordinates_and_attributes_come_back():
    data = described(np.zeros((2, 3)), ("kind", "place along x")).assign_coords(
        kind=["a", "b"], label=("kind", ["A", "B"]), run=5
    )
    data["β"] = ((), 3.5, SAID)
    data["a name, with (all) signs: 100 % of 1.5"] = ("kind", [1, 2], SAID)
    data.attrs = {"width": 64, "rate": 0.1, "text": "ü", "list": [1, 2], "names": ["a", "b"], "many": 2**40}
    back = kept(data)
    assert set(back.coords) == set(data.coords)
    for name, variable in data.variables.items():
        np.testing.assert_array_equal(back[name].values, variable.values)
        assert back[name].dims == variable.dims
    assert {name: np.asarray(value).tolist() for name, value in back.attrs.items()} == data.attrs


TWO_LEVELS = pd.MultiIndex.from_product([[0, 1], ["a", "b"]], names=("p", "q"))
REFUSED = {
    "a slash": (xr.Dataset({"a/b": ("x", [1.0], SAID)}), "variable 'a/b' needs a name without '/'"),
    "a slash in a dimension": (described([1.0], ("a/b",)), "dimension 'a/b' needs a name without '/'"),
    "no name": (xr.Dataset({"": ("x", [1.0], SAID)}), "variable '' needs a name of letters"),
    "a number as name": (xr.Dataset({3: ("x", [1.0], SAID)}), "variable 3 needs a name that is text"),
    "levels": (
        described(np.arange(4.0)).assign_coords(xr.Coordinates.from_pandas_multiindex(TWO_LEVELS, "x")),
        "coordinate 'x' has several levels: data.reset_index('x')",
    ),
    "objects": (described(np.array([1, "a", None], object)), "'y' must have numbers or texts (or times)"),
    "categories": (
        xr.Dataset({"y": ("x", pd.Categorical(["a", "b"]), SAID)}),
        "variable 'y' must have numbers or texts",
    ),
    "nan": (
        described([1, np.nan]),
        "'y' has values that are not finite: 1 of 2; if they are meant, say why",
    ),
    "no time": (described(np.array(["NaT"], "M8[ns]")), "'y' has values that are not finite: 1 of 1"),
    "an empty reason": (described([np.inf], missing=" "), "data['y'].attrs['missing'] = 'runs that"),
    "units of times": (described(np.array([1], "m8[s]"), units="s"), "says by itself: leave out `units`"),
    "long ago": (
        described(np.array(["1492-10-12"], "M8[s]")),
        "variable 'y' cannot be kept in a file: unable to decode time units",
    ),
    "no description": (xr.Dataset({"y": 1.0}), "variable 'y' needs the attributes long_name and units"),
    "a zero byte": (described(["a\0b"]), "variable 'y' "),
    "units that are times": (
        described([1.0], units="days since 2000-01-01"),
        "variable 'y' would come back from a file with other values; its attribute 'units', 'days since",
    ),
    "a scale": (described([1.0], scale_factor=2.0), "other values; its attribute 'scale_factor' has"),
    "None": (
        described([1.0], note=None),
        "attribute 'note' of variable 'y' cannot be kept in a file: None",
    ),
    "a mapping": (
        described([1.0]).assign_attrs(a={"b": 1}),
        "the attribute 'a' cannot be kept in a file: {",
    ),
    "mixed": (
        described([1.0], a=(1, "a")),
        "the attribute 'a' of variable 'y' cannot be kept in a file: (1, 'a')",
    ),
    "a list of one": (
        described([1.0], a=[1]),
        "'a' of variable 'y': [1] would come back from a file as 1; w",
    ),
    "a space in a coordinate": (
        described([1.0]).assign_coords({"a b": ("x", [1])}),
        "coordinate 'a b' would not be one in a file: give it a name without spaces",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_file_holds_is_refused_by_name(case):
    data, said = REFUSED[case]
    with pytest.raises(UserError) as caught:
        kept(data)
    assert said in str(caught.value)
    assert caught.value.about == "compute"


names = st.text(st.characters(codec="utf-8"), max_size=4)
plain = st.none() | st.booleans() | st.integers() | st.floats() | names
attributes = st.dictionaries(names, plain | st.lists(plain, max_size=3), max_size=3)
kinds = hnp.scalar_dtypes() | hnp.unicode_string_dtypes(max_len=4) | hnp.byte_string_dtypes(max_len=4)


@st.composite
def datasets(draw):
    dims = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    sizes = {dim: draw(st.integers(0, 3)) for dim in dims}
    data = xr.Dataset(attrs=draw(attributes))
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        own = [name] if name in dims else draw(st.lists(st.sampled_from(dims), unique=True, max_size=2))
        values = draw(hnp.arrays(draw(kinds), tuple(sizes[dim] for dim in own)))
        said = {"long_name": "y"} if values.dtype.kind in "mM" else SAID
        try:
            data[name] = (own, values, {**draw(attributes), **said, "missing": "drawn at random"})
        except ValueError:  # years that xarray itself does not take
            reject()
        if name not in dims and draw(st.booleans()):
            data = data.set_coords(name)
    return data


@given(datasets())
def test_whatever_comes_it_is_kept_or_named(data):
    said = ""
    try:
        back = kept(data)
    except UserError as error:
        said = str(error)
    if said:
        parts = [*data.variables, *data.dims, *data.attrs]
        parts += [key for variable in data.variables.values() for key in variable.attrs]
        assert any(repr(part) in said for part in parts), said
        return
    assert set(back.variables) == set(data.variables)
    assert set(back.coords) == set(data.coords)
    assert same(data.attrs, back.attrs)
    for name, variable in data.variables.items():
        np.testing.assert_array_equal(back[name].values, variable.values)
        assert back[name].dims == variable.dims
        assert back[name].dtype.kind == variable.dtype.kind
        assert same(variable.attrs, back[name].attrs)


def same(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (math.isnan(one) and math.isnan(other))


def test_what_is_drawn_on_other_places_has_a_dimension_of_its_own():
    data = described(np.arange(5), ("x",)).assign_coords(x=np.arange(5))
    data["x"].encoding["dtype"] = np.int32  # as from another file
    fit = xr.Dataset({"fit": ("x", np.arange(9.0), SAID)}, {"x": np.linspace(0, 4, 9)})
    fit["steep"] = ((), True, SAID)
    back = kept(netcdf.together(data, fit))
    np.testing.assert_array_equal(back.x, np.arange(5))
    np.testing.assert_array_equal(back.y, np.arange(5))
    np.testing.assert_array_equal(back.x_drawn, np.linspace(0, 4, 9))
    assert back.fit.dims == ("x_drawn",)
    assert back.y.dtype == np.int64
    assert back.steep.dtype == bool


def test_what_is_drawn_on_the_same_places_shares_them():
    data = described(np.zeros((2, 3)), ("seed", "x")).assign_coords(x=[0.5, 1, 2])
    both = netcdf.together(data, xr.Dataset({"m": ("x", np.ones(3), SAID)}, {"x": [0.5, 1, 2]}))
    assert both.m.dims == ("x",)
    assert both.sizes == {"seed": 2, "x": 3}


def test_a_name_cannot_be_a_place_here_and_a_result_there():
    data = described(np.zeros(3)).assign_coords(x=[0, 1, 2])
    with pytest.raises(UserError, match="'x' is a coordinate of the data and a variable of the drawing"):
        netcdf.together(data, xr.Dataset({"x": ((), 1.0, SAID)}))


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "complex128"])
def test_a_recipe_sees_the_types_that_it_has_computed(tmp_path, dtype):
    """A product of whole numbers with 32 bits would overflow without a word."""
    path = write_recipe(tmp_path / "figures")
    text = path.read_text().replace(
        "    return dataset(", f"    more = np.ones(2, '{dtype}')\n    return dataset("
    )
    text = text.replace('"height", "m")', '"height", "m"), more=("more", more, "more")')
    path.write_text(
        text.replace("def claims(data):", f"def claims(data):\n    assert data.more.dtype == '{dtype}'")
    )
    folder = worker.make(path, tmp_path / "cache", {})
    with xr.open_dataset(folder / "line.nc", engine="h5netcdf") as data:
        assert data.more.dtype == dtype
        assert data.attrs["title"] == "A line"
