"""Statistics that several figures share."""

import re

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from dlfigs import summary
from dlfigs.dataset import dataset
from dlfigs.errors import UserError


def test_the_largest_deviation_is_counted_in_standard_errors():
    values = xr.DataArray([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]], dims=("seed", "layer"))
    # Layer 0: mean 2, deviation 1, three seeds; layer 1 is exact
    assert summary.largest_deviation(values, xr.DataArray([1.0, 5.0], dims="layer")) == pytest.approx(
        3**0.5
    )
    assert summary.largest_deviation(values, xr.DataArray([2.0, 5.0 * (1 + 1e-12)], dims="layer")) == 0
    assert summary.largest_deviation(values, xr.DataArray([2.0, 5.1], dims="layer")) > 1e100


def test_independent_noise_stays_within_a_few_standard_errors():
    noise = xr.DataArray(np.random.default_rng(0).standard_normal((64, 500)), dims=("seed", "layer"))
    assert 2 < summary.largest_deviation(noise, 0.0 * noise[0]) < 5
    assert summary.largest_deviation(noise + 1, 0.0 * noise[0]) > 5


def test_what_theory_leaves_out_is_not_counted():
    values = xr.DataArray([[1.0], [3.0], [2.0]], dims=("seed", "layer"))  # mean 2, error 1 / sqrt(3)
    assert summary.largest_deviation(values, 1.6, beyond=0.25) == 0
    assert summary.largest_deviation(values, 1.0, beyond=0.25) == pytest.approx(0.75 * 3**0.5)
    assert summary.largest_deviation(values, -1.0, beyond=0.25) == pytest.approx(2.75 * 3**0.5)


def test_the_worst_of_many_means_passes_the_limit_once_in_a_thousand_sets():
    few = summary.chance_limit(1, 10)
    assert few == pytest.approx(4.781, abs=1e-3), (
        "a table's t for 9 degrees of freedom, 0.0005 to each side"
    )
    assert summary.chance_limit(1, 10**6) == pytest.approx(3.2905, abs=1e-3), "a normal number's"
    rng = np.random.default_rng(0)
    means = rng.standard_normal((20_000, 5, 8))
    worst = abs(means.mean(-1) / (means.std(-1, ddof=1) / 8**0.5)).max(-1)
    # 20 expected, with a standard deviation of 4.5
    assert 5 < (worst > summary.chance_limit(5, 8)).sum() < 40


def test_the_factor_of_a_layer_is_relative_to_the_one_above():
    factors = summary.layer_factors(xr.DataArray([[8.0, 4.0, 1.0]], dims=("seed", "layer")))
    np.testing.assert_array_equal(factors, [[2.0, 4.0]])


def test_means_and_standard_errors_are_over_seeds_alone():
    values = xr.DataArray(np.array([[1.0, 3.0], [5.0, 7.0], [9.0, 11.0]]), dims=("seed", "layer"))
    found = summary.mean(values)
    assert found["measured"] == 6
    # Seeds average 2, 6 and 10: standard deviation 4, over the root of 3; layers do not count
    assert found["standard_error"].item() == pytest.approx(4 / np.sqrt(3))
    np.testing.assert_allclose(summary.standard_error(values), [4 / np.sqrt(3)] * 2)


def test_the_interval_of_a_mean_is_scipys():
    values = xr.DataArray(np.random.default_rng(2).standard_normal((12, 3)), dims=("seed", "net"))
    mean, error, half = summary.mean_interval(values)
    expected = stats.ttest_1samp(values, 0, axis=0).confidence_interval(0.95)
    np.testing.assert_allclose(mean - half, expected.low)
    np.testing.assert_allclose(mean + half, expected.high)
    np.testing.assert_allclose(error, stats.sem(values, axis=0))


def test_a_geometric_mean_comes_from_logarithms():
    logs = xr.DataArray(np.log([1.0, 4.0, 16.0]), dims="seed")
    found = summary.geometric_mean(logs)
    assert found["measured"].item() == pytest.approx(4)
    assert found["standard_error"].item() == pytest.approx(4 * np.log(4) / np.sqrt(3))


def test_attributes_of_the_data_reach_the_drawing():
    data = xr.Dataset({"y": ("seed", [1.0, 2.0], {"units": "m"}), "z": 1.0}, attrs={"width": 64})
    assert summary.over_seeds(data).attrs == {"width": 64}
    assert summary.over_seeds(data).y_median.units == "m"


def test_missing_seeds_are_left_out_and_infinite_ones_are_the_largest():
    values = xr.DataArray(
        [[1.0, 1.0, np.nan], [2.0, np.inf, np.nan], [np.nan, np.inf, np.nan]],
        dims=("seed", "rate"),
        name="loss",
        attrs={"long_name": "loss"},
    )
    found = summary.interval(values)
    np.testing.assert_array_equal(found.loss_median, [1.5, np.inf, np.nan])
    np.testing.assert_array_equal(found.loss_high, [1.975, np.inf, np.nan])
    assert found.loss_median.long_name == "loss, median over seeds, nan left out"


@pytest.mark.parametrize("values", [[True, False], ["a", "b"], [1j, 2j]])
def test_what_has_no_median_is_named(values):
    with pytest.raises(UserError, match="'y' have no median over seeds: give the figure a `summarize`"):
        summary.over_seeds(xr.Dataset({"y": ("seed", values)}))


def test_tables_write_all_kinds_of_values():
    times = np.array(["2020-01-01"], "M8[ns]")
    drawn = xr.Dataset(
        {"a": ("x", [1 + 2j]), "b": ("x", [True]), "t": ("x", times), "s": ("x", times - times)}
    )
    (table,) = summary.tables(drawn)
    assert table["rows"] == [["0", "(1+2j)", "true", "2020-01-01 00:00:00", "0 days 00:00:00"]]


@pytest.mark.parametrize("dims", ["seed x", ("seed", "x"), ["seed", "x"]])
def test_dimensions_are_named_in_a_text_or_a_tuple(dims):
    data = dataset({"seed": 2, "x": ("a", "b")}, y=(dims, np.zeros((2, 2)), "height", "m"))
    assert data.y.dims == ("seed", "x")
    assert list(data.x.values) == ["a", "b"], "a tuple of two texts is two values"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("x", [1.0]), "variable 'y' must be given as (dims, values, description) or (dims, values, desc"),
        ([1.0], "variable 'y' must be given as"),
        ((3, [1.0], "height"), "variable 'y': its dimensions are named in one text, \"seed layer\", not 3"),
        (("seed x", [1.0], "height"), "2 dimensions are named, 'seed x', and its values have 1"),
    ],
)
def test_a_variable_that_is_not_understood_is_named(given, said):
    with pytest.raises(UserError, match=re.escape(said)):
        dataset({}, y=given)
