"""Penalties: our optimizers and closed forms against scikit-learn, SciPy and definitions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats
from scipy.optimize import minimize_scalar
from sklearn.linear_model import Lasso, QuantileRegressor, Ridge

from dlfigs import theory
from dlfigs.draws import generator
from dlfigs.experiments import penalties
from dlfigs.experiments.outliers import outliers


def lowest(function):
    return minimize_scalar(function, bounds=(-4, 4), method="bounded", options={"xatol": 1e-9}).x


@pytest.fixture(scope="module")
def sparse():
    sizes = {"examples": 60, "features": 20, "relevant": 4, "batch": 8}
    return penalties.l1_by_optimizer(jax.random.key(3), strength=0.2, steps=1500, seeds=6, **sizes)


@pytest.fixture(scope="module")
def hit():
    sizes = {"examples": 150, "features": 10, "relevant": 3}
    return outliers(jax.random.key(4), sizes=(0.0, 3.0, 100.0), share=0.1, noise=1.0, seeds=4, **sizes)


@pytest.mark.parametrize("w", [-3.0, -0.4, 0.0, 0.7, 2.5])
@pytest.mark.parametrize("strength", [0.0, 0.5, 2.0])
def test_closed_forms_minimize_what_they_say(w, strength):
    """With orthonormal columns |y - Xv|²/2 is (v - w)²/2 plus a constant, weight by weight."""
    for formula, penalty in ((theory.l1_weight, abs), (theory.l2_weight, lambda v: v**2 / 2)):
        best = lowest(lambda v, penalty=penalty: (v - w) ** 2 / 2 + strength * penalty(v))
        assert float(formula(w, strength)) == pytest.approx(best, abs=1e-5)


def test_orthonormal_problems_have_scikit_learn_s_weights():
    """Any problem with orthonormal columns and the same least-squares weights has the same minimizers."""
    strengths = (0.3, 1.0, 2.0)
    sizes = {"spread": 1.5, "examples": 24, "features": 8, "seeds": 5}
    data = penalties.orthonormal(jax.random.key(1), strengths=strengths, **sizes)
    x = np.linalg.qr(np.random.default_rng(0).standard_normal((24, 8)))[0]
    for strength in strengths:
        for seed in range(5):
            y = x @ data.least_squares[seed].values
            one = data.sel(strength=strength, seed=seed)
            # scikit-learn's lasso divides the squared loss by twice the number of examples
            lasso = Lasso(alpha=strength / 24, fit_intercept=False, tol=1e-12).fit(x, y)
            assert lasso.coef_ == pytest.approx(one.l1.values, abs=1e-9)
            assert ((lasso.coef_ == 0) == (one.l1.values == 0)).all()
            # and its ridge has |y - Xw|² + alpha |w|²: all of ours twice
            ridge = Ridge(alpha=strength, fit_intercept=False).fit(x, y)
            assert ridge.coef_ == pytest.approx(one.l2.values, abs=1e-9)


def test_share_of_zeros():
    expected = stats.norm(scale=2.0).cdf(1.5) - stats.norm(scale=2.0).cdf(-1.5)
    assert theory.l1_zero_share(1.5, 2.0) == pytest.approx(expected)


def test_proximal_step_of_l1_and_l2_minimizes_its_definition():
    rng = np.random.default_rng(0)
    w, gradient = rng.standard_normal((2, 5))
    step = penalties.proximal_step(jnp.asarray(w), jnp.asarray(gradient), 0.3, 1.1, 0.7)
    for value, u in zip(np.asarray(step), w - 0.3 * gradient, strict=True):
        best = lowest(lambda v, u=u: (v - u) ** 2 / 2 + 0.3 * (1.1 * abs(v) + 0.7 * v**2 / 2))
        assert value == pytest.approx(best, abs=1e-5)


def test_proximal_steps_end_at_scikit_learn_s_lasso(sparse):
    for seed in range(6):
        one = sparse.isel(seed=seed)
        alpha = float(one.penalty) / one.sizes["example"]
        lasso = Lasso(alpha=alpha, fit_intercept=False, tol=1e-13, max_iter=100_000)
        lasso.fit(one.features.values, one.targets.values)
        ours = one["last"].sel(optimizer="proximal").values
        assert ours == pytest.approx(lasso.coef_, abs=1e-8)
        assert ((ours == 0) == (lasso.coef_ == 0)).all()
        residual = one.targets.values - one.features.values @ lasso.coef_
        value = residual @ residual / 2 + float(one.penalty) * abs(lasso.coef_).sum()
        assert float(one.minimum) == pytest.approx(value, rel=1e-10)


def test_violation_is_that_of_the_conditions_of_optimality(sparse):
    assert float(sparse.violation.max()) < 1e-10
    one = sparse.isel(seed=0)
    w = one["last"].sel(optimizer="proximal").values
    pull = one.features.values.T @ (one.targets.values - one.features.values @ w) / float(one.penalty)
    assert abs(pull).max() == pytest.approx(1)
    assert pull[w != 0] == pytest.approx(np.sign(w[w != 0]))


def test_only_proximal_steps_find_zeros_and_all_come_near_the_minimum(sparse):
    final = sparse.isel(step=-1)
    assert (final.zeros.sel(optimizer="proximal") > 5).all()
    assert (sparse.zeros.sel(optimizer=["subgradient", "sgd"]) == 0).all()
    assert (final.excess.sel(optimizer=["subgradient", "sgd"]).median("seed") < 0.02).all()
    assert (final.excess > -1e-12).all(), "nothing is below the minimum"


def test_excess_is_that_of_the_objective(sparse):
    """The last weights give the last objective, by definition rather than from the Gram matrix."""
    for name in penalties.OPTIMIZERS:
        w = sparse["last"].sel(optimizer=name)
        residual = sparse.targets - (sparse.features * w).sum("feature")
        value = (residual**2).sum("example") / 2 + sparse.penalty * abs(w).sum("feature")
        found = sparse.excess.isel(step=-1).sel(optimizer=name)
        assert found.values == pytest.approx((value / sparse.minimum - 1).values, abs=1e-10)


def test_each_optimizer_steps_as_it_says():
    """Three steps of each in NumPy, from the same random numbers."""
    key, sizes = jax.random.key(8), {"examples": 9, "features": 5, "relevant": 2}
    data = penalties.l1_by_optimizer(key, strength=0.3, steps=3, batch=4, seeds=2, **sizes)
    random = generator(key)
    x, y, w = penalties.sparse_problems(random, noise=1.0, seeds=2, **sizes)
    assert w.tolist() == [1, 1, 0, 0, 0]
    start, batches = random.standard_normal((2, 5)), random.integers(0, 9, (3, 2, 4))
    for seed in range(2):
        rows, labels, one = x[seed], y[seed], data.isel(seed=seed)
        penalty = 0.3 * abs(rows.T @ labels).max()
        rate = 1 / np.linalg.eigvalsh(rows.T @ rows).max()
        proximal, slow, noisy = start[seed], start[seed], start[seed]
        for step in range(3):
            u = proximal - rate * rows.T @ (rows @ proximal - labels)
            proximal = np.sign(u) * np.maximum(abs(u) - rate * penalty, 0)
            pull = rows.T @ (rows @ slow - labels) + penalty * np.sign(slow)
            slow = slow - rate / np.sqrt(step + 1) * pull
            few, some = rows[batches[step, seed]], labels[batches[step, seed]]
            pull = 9 / 4 * few.T @ (few @ noisy - some) + penalty * np.sign(noisy)
            noisy = noisy - rate / 4 / np.sqrt(step + 1) * pull
        np.testing.assert_allclose(one["last"], [proximal, slow, noisy], rtol=1e-9, atol=1e-12)
        left = rows.T @ (labels - rows @ proximal)  # what the penalty has to hold
        off = np.where(proximal == 0, abs(left) - penalty, abs(left - penalty * np.sign(proximal)))
        assert float(one.violation) == pytest.approx(max((off / penalty).max(), 0), rel=1e-9)
        lowest = ((labels - rows @ proximal) ** 2).sum() / 2 + penalty * abs(proximal).sum()
        assert float(one.minimum) == pytest.approx(lowest, rel=1e-9)
        assert float(one.excess.sel(optimizer="proximal", step=3)) == 0
        assert float(one.distance) == pytest.approx(np.linalg.norm(proximal - start[seed]), rel=1e-9)
        assert float(one.curvature) == pytest.approx(1 / rate, rel=1e-9)


def test_bound_of_proximal_steps():
    assert theory.ista_bound(4.0, 3.0, np.array([1, 10])) == pytest.approx([18.0, 1.8])


def test_largest_penalty_of_the_grid_makes_all_weights_zero(hit):
    """Tuned by the true weights, a penalty can always give up: no error above 1."""
    assert float(hit.error.sel(estimator=["ridge", "lasso"]).max()) < 1.001


def test_estimators_are_scikit_learn_s(hit):
    for seed in range(4):
        x = hit.features[seed].values
        for outlier in hit.outlier.values:
            one = hit.sel(seed=seed, outlier=outlier)
            y = one.targets.values
            plain = np.linalg.lstsq(x, y)[0]
            assert one.weights.sel(estimator="least_squares").values == pytest.approx(plain)
            judge = QuantileRegressor(quantile=0.5, alpha=0, fit_intercept=False).fit(x, y).coef_
            ours = one.weights.sel(estimator="absolute_deviations").values
            assert ours == pytest.approx(judge, abs=0.02)  # a quarter of the statistical error
            assert abs(y - x @ ours).sum() == pytest.approx(abs(y - x @ judge).sum(), rel=2e-4)


def test_no_other_penalty_is_better_than_the_tuned_ones(hit):
    """A finer search by scikit-learn finds hardly anything better, and a coarser one nothing."""
    w = (np.arange(10) < 3).astype(float)

    def error(model, x, y):
        return np.linalg.norm(model.fit(x, y).coef_ - w) / np.linalg.norm(w)

    for seed in range(4):
        x = hit.features[seed].values
        for outlier in hit.outlier.values:
            one = hit.sel(seed=seed, outlier=outlier)
            y = one.targets.values
            top = abs(x.T @ y).max() / len(y)
            lassos = (Lasso(alpha=a, fit_intercept=False) for a in top * np.linspace(0.003, 1, 150))
            ridges = (Ridge(alpha=a, fit_intercept=False) for a in np.geomspace(1e-2, 1e6, 150))
            for name, models in (("lasso", lassos), ("ridge", ridges)):
                ours = float(one.error.sel(estimator=name))
                assert ours == pytest.approx(min(error(m, x, y) for m in models), abs=0.02)


def test_variance_and_density_of_contaminated_errors():
    noise, share, size = 0.7, 0.2, 3.0
    variance, density = theory.contaminated(noise, share, size)

    def pdf(z):
        wide = stats.norm(scale=np.hypot(noise, size))
        return (1 - share) * stats.norm(scale=noise).pdf(z) + share * wide.pdf(z)

    assert density == pytest.approx(pdf(0))
    assert variance == pytest.approx(integrate.quad(lambda z: z**2 * pdf(z), -60, 60, points=[0])[0])


def test_errors_of_squared_and_absolute_loss_in_other_sizes():
    examples, features, draws = 30, 10, 4000
    rng = np.random.default_rng(0)
    x = rng.standard_normal((draws, examples, features))
    noise = 1.3 * rng.standard_normal((draws, examples, 1))
    off = np.linalg.pinv(x) @ noise
    found = np.sqrt((off**2).sum(axis=1).mean())
    assert theory.least_squares_error(1.3**2, examples, features) == pytest.approx(
        found, rel=0.015
    )  # without the - 1: 2.5 % off
    # One feature that is always 1: the L1 loss has the median, whose error is known for many examples
    medians = np.median(1.3 * rng.standard_normal((4000, 501)), axis=1)
    density = theory.contaminated(1.3, 0.0, 1.0)[1]
    expected = theory.absolute_deviations_error(density, 501, 1)
    assert medians.std() == pytest.approx(expected, rel=0.05)
