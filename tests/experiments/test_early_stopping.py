"""Filters of gradient descent and ridge regression, and descent that is really run."""

import jax
import numpy as np
import pytest

from dlfigs import theory
from dlfigs.datasets import raw_digits
from dlfigs.experiments.early_stopping import stopped_descent


def test_filters_are_what_the_algorithms_do_on_a_small_problem():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 4)), rng.standard_normal(30)
    hessian, target = x.T @ x / 30, x.T @ y / 30
    h, basis = np.linalg.eigh(hessian)
    solution, rate, w = np.linalg.solve(hessian, target), 0.3, np.zeros(4)
    for _ in range(7):
        w -= rate * (hessian @ w - target)
    along = basis.T @ solution
    np.testing.assert_allclose(basis.T @ w, theory.descent_filter(h, rate, 7) * along)
    ridge = np.linalg.solve(hessian + 0.2 * np.eye(4), target)
    np.testing.assert_allclose(basis.T @ ridge, theory.ridge_filter(h / 0.2) * along)


def test_small_learning_rates_give_the_flow():
    h = np.linspace(0, 5, 11)
    np.testing.assert_allclose(theory.descent_filter(h, 1e-5, 1e5), theory.flow_filter(h), atol=2e-5)


def test_the_gap_is_the_largest_of_all():
    x = np.linspace(0, 30, 300_001)
    gap = theory.flow_filter(x) - theory.ridge_filter(x)
    where, largest = theory.largest_filter_gap()
    assert np.exp(where) == pytest.approx((1 + where) ** 2)
    assert largest == pytest.approx(gap.max(), abs=1e-9)
    assert where == pytest.approx(x[gap.argmax()], abs=1e-3)
    assert (round(where, 3), round(largest, 4)) == (2.513, 0.2036)


@pytest.mark.parametrize("scale", [0.3, 0.8, 2.0])
def test_the_gap_to_another_penalty_is_the_largest_of_all(scale):
    x = np.linspace(0, 60, 600_001)
    gap = abs(theory.flow_filter(x) - theory.ridge_filter(x / scale))
    where, largest = theory.largest_filter_gap(scale)
    assert largest == pytest.approx(gap.max(), abs=1e-8)
    assert where == pytest.approx(x[gap.argmax()], abs=2e-4)


def test_no_other_constant_comes_closer():
    scale, smallest = theory.closest_penalty()
    x = np.geomspace(1e-3, 1e3, 20_001)
    gaps = {
        s: abs(theory.flow_filter(x) - theory.ridge_filter(x / s)).max() for s in np.linspace(0.3, 1, 71)
    }
    assert smallest <= min(gaps.values()) + 1e-9
    assert scale == pytest.approx(min(gaps, key=gaps.get), abs=0.01)
    assert theory.largest_filter_gap(1.0)[1] == pytest.approx(theory.largest_filter_gap(1 + 1e-9)[1])


def test_the_ratio_of_risks_stays_within_its_bound_for_every_single_eigenvector():
    x, snr = np.geomspace(1e-3, 1e3, 400), np.geomspace(1e-4, 1e4, 400)[:, None]
    flow, ridge = theory.flow_filter(x), theory.ridge_filter(x)
    ratio = (snr * (1 - flow) ** 2 + flow**2) / (snr * (1 - ridge) ** 2 + ridge**2)
    assert 1.68 < ratio.max() <= theory.RISK_RATIO_BOUND


def test_the_risk_is_that_of_simulated_fits():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((20, 3))
    h = np.linalg.eigvalsh(x.T @ x / 20)
    penalty, signal, noise, errors = 0.4, 0.5, 2.0, []
    for _ in range(20_000):
        true = np.sqrt(signal) * rng.standard_normal(3)
        y = x @ true + np.sqrt(noise) * rng.standard_normal(20)
        w = np.linalg.solve(x.T @ x / 20 + penalty * np.eye(3), x.T @ y / 20)
        errors.append(((x @ (w - true)) ** 2).mean())
    facts = {"signal": signal, "noise": noise, "examples": 20}
    expected = theory.filter_risk(theory.ridge_filter(h / penalty), h, **facts)
    assert np.mean(errors) == pytest.approx(expected, abs=4 * np.std(errors) / len(errors) ** 0.5)


def test_descent_on_digits_starts_and_ends_as_it_must():
    data = stopped_descent(
        jax.random.key(0), examples=80, speed=1.0, stops=(1, 100_000), noise=1e-12, seeds=4
    )
    h = data.eigenvalue.values
    assert (np.diff(h) <= 0).all()
    assert h.sum() == pytest.approx(len(h))  # the mean square of all pixels is 1
    np.testing.assert_allclose(data.learned[0], h / h[0], atol=1e-9)  # one step: rate times h
    assert data.descent_risk.isel(stop=1).max() < 1e-4  # without noise only what is slow is missing
    assert data.descent_risk.isel(stop=0).min() > 0.1


def test_descent_and_ridge_on_digits_are_those_of_numpy():
    """The same digits and the same labels, fitted step by step and in closed form."""
    key, stops, noise = jax.random.key(3), (1, 4, 9), 0.7
    data = stopped_descent(key, examples=60, speed=0.9, stops=stops, noise=noise, seeds=2)
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    rows = rng.permutation(raw_digits()).astype(float)
    x = rows[:60] - rows[:60].mean(axis=0)
    x = x[:, np.ptp(x, axis=0) > 0]  # some pixels are blank in all digits
    x = x / np.sqrt((x**2).mean())
    pixels = x.shape[1]
    assert data.sizes["pixel"] == pixels < 64
    hessian = x.T @ x / 60
    h, basis = np.linalg.eigh(hessian)
    rate = 0.9 / h[-1]
    np.testing.assert_allclose(data.eigenvalue, h[::-1], atol=1e-10)
    assert data.rate == pytest.approx(rate)
    weights = rng.standard_normal((pixels, 2)) / np.sqrt(pixels)
    labels = x @ weights + np.sqrt(noise) * rng.standard_normal((60, 2))
    for seed, (true, y) in enumerate(zip(weights.T, labels.T, strict=True)):
        target, w = x.T @ y / 60, np.zeros(pixels)
        for step in range(1, 10):
            w = w - rate * (hessian @ w - target)
            if step in stops:
                one = data.sel(seed=seed, stop=step)
                np.testing.assert_allclose(one.descent_risk, ((x @ (w - true)) ** 2).mean(), rtol=1e-8)
                ridge = np.linalg.solve(hessian + np.eye(pixels) / (rate * step), target)
                np.testing.assert_allclose(one.ridge_risk, ((x @ (ridge - true)) ** 2).mean(), rtol=1e-8)
                if seed == 0:
                    real = h[::-1] > 1e-6
                    share = (h * (basis.T @ w) / (basis.T @ target))[::-1]
                    np.testing.assert_allclose(one.learned[real], share[real], rtol=1e-5)


def test_descent_with_evenly_spread_eigenvalues_is_the_flow():
    data = stopped_descent(jax.random.key(0), examples=20, speed=1.0, stops=(1,), noise=1.0, seeds=1)
    np.testing.assert_allclose(data.dense_x[[0, -1]], [0.01, 10])
    np.testing.assert_allclose(data.dense_learned, theory.flow_filter(data.dense_x), atol=2e-3)
