"""Least squares with too many features: closed forms against simulation, experiment against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import Ridge

from dlfigs import theory
from dlfigs.experiments.descent import double_descent, feature_counts


def simulate(examples, p, *, seen, unseen, noise, repeats, fit, rng):
    """Fit many data sets; return mean squared errors on a test set and on the training examples."""
    weights = np.full(p, np.sqrt(seen / p))
    errors = []
    for _ in range(repeats):
        x, x_test = rng.standard_normal((examples, p)), rng.standard_normal((200, p))
        blur, blur_test = (rng.standard_normal(m) * np.sqrt(noise + unseen) for m in (examples, 200))
        y = x @ weights + blur
        found = fit(x, y)
        test = (x_test @ (found - weights) - blur_test) ** 2
        errors.append((test.mean(), ((x @ found - y) ** 2).mean()))
    return np.mean(errors, axis=0)


@pytest.mark.parametrize(("examples", "p"), [(30, 5), (30, 20), (30, 38), (12, 60)])
def test_least_squares_errors_are_those_of_simulation(examples, p):
    facts = {"seen": 0.8, "unseen": 0.3, "noise": 0.2}

    def fit(x, y):
        return np.linalg.lstsq(x, y, rcond=None)[0]

    rng = np.random.default_rng(p)
    test, train = simulate(examples, p, **facts, repeats=2000, fit=fit, rng=rng)
    assert theory.least_squares_test_error(examples, p, **facts) == pytest.approx(test, rel=0.04)
    expected = theory.least_squares_training_error(examples, p, unseen=0.3, noise=0.2)
    assert expected == pytest.approx(train, rel=0.04, abs=1e-12)


def test_degenerate_least_squares():
    none = {"seen": 0.0, "unseen": 1.0, "noise": 0.5}
    assert theory.least_squares_test_error(10, 0, **none) == 1.5, "nothing seen: predict 0"
    assert theory.least_squares_training_error(10, 0, unseen=1.0, noise=0.5) == 1.5
    clean = {"seen": 1.0, "unseen": 0.0, "noise": 0.0}
    assert theory.least_squares_test_error(10, 5, **clean) == 0, "noise-free and determined: exact"
    assert theory.least_squares_test_error(10, 20, **clean) == 0.5, "a random half of the signal"
    facts = {"seen": 1.0, "unseen": 0.0, "noise": 0.1}
    values = [theory.least_squares_test_error(10, p, **facts) for p in range(8, 13)]
    assert np.isfinite(values).tolist() == [True, False, False, False, True]


@pytest.mark.parametrize(("examples", "p"), [(60, 30), (60, 60), (60, 120)])
def test_ridge_error_is_that_of_simulation_and_the_penalty_is_best(examples, p):
    facts = {"seen": 0.8, "unseen": 0.1, "noise": 0.2}
    penalty = theory.best_ridge_penalty(p, **facts)
    errors = {}
    for factor in (0.5, 1.0, 2.0):  # the same data for each: differences are paired

        def fit(x, y, factor=factor):
            return Ridge(alpha=factor * penalty, fit_intercept=False).fit(x, y).coef_

        rng = np.random.default_rng(0)
        errors[factor], _ = simulate(examples, p, **facts, repeats=300, fit=fit, rng=rng)
    assert min(errors, key=errors.get) == 1.0
    assert theory.ridge_test_error(examples, p, **facts) == pytest.approx(errors[1.0], rel=0.03)
    assert theory.ridge_test_error(examples, p, **facts) < theory.least_squares_test_error(
        examples, p, **facts
    )


@pytest.mark.parametrize("power", [0, 2])
def test_the_experiment_is_least_squares_and_ridge(power):
    """The same data, fitted by NumPy and scikit-learn on the columns that are seen."""
    examples, features, counts, noise = 8, 20, (3, 8, 9, 20), 0.3
    key = jax.random.key(4)
    importance = None if power == 0 else np.arange(1, features + 1.0) ** -power
    sizes = {"examples": examples, "features": features, "counts": counts, "noise": noise, "seeds": 3}
    data = double_descent(key, importance=importance, **sizes)
    target = np.arange(1, features + 1.0) ** (-power / 2)
    target /= np.linalg.norm(target)
    with jax.enable_x64(True):
        for seed, key_data in enumerate(jax.random.split(key, 3)):
            key_x, key_noise = jax.random.split(key_data)
            x = np.asarray(jax.random.normal(key_x, (examples, features)))
            y = x @ target + np.sqrt(noise) * np.asarray(jax.random.normal(key_noise, (examples,)))
            for p in counts:
                one = data.sel(seed=seed, p=p)
                rest = (target[p:] ** 2).sum()
                w = np.linalg.lstsq(x[:, :p], y, rcond=None)[0]
                error = ((w - target[:p]) ** 2).sum() + rest + noise
                assert float(one.test_error) == pytest.approx(error, rel=1e-6)
                train = ((x[:, :p] @ w - y) ** 2).mean()
                assert float(one.train_error) == pytest.approx(train, abs=1e-9)
                penalty = p * (noise + rest) / (1 - rest)
                w = Ridge(alpha=penalty, fit_intercept=False, solver="cholesky").fit(x[:, :p], y).coef_
                error = ((w - target[:p]) ** 2).sum() + rest + noise
                assert float(one.ridge_error) == pytest.approx(error, rel=1e-9)
    assert jnp.ones(1).dtype != jnp.float64, "64 bits are left where they were needed"


@pytest.mark.parametrize(("examples", "features"), [(40, 100), (10, 1000), (50, 20), (200, 200)])
def test_feature_counts(examples, features):
    counts = feature_counts(examples, features)
    assert counts[0] == 1
    assert counts[-1] == features
    assert (np.diff(counts) > 0).all()
    assert (examples in counts) == (examples <= features)


def test_feature_counts_are_closest_around_the_number_of_examples():
    counts = feature_counts(40, 100)
    assert {37, 38, 39, 40, 41, 42, 43} <= set(counts)
    fewer, more = counts[counts <= 40], counts[counts >= 40]
    assert (np.diff(more, 2) >= 0).all(), "farther and farther apart"
    assert (np.diff(fewer[1:], 2) <= 0).all()
    assert len(fewer) > 9 < len(more)
