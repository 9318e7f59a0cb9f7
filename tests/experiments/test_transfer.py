"""Transfer between linear tasks: the closed forms against brute force, and the measurement against both."""

import jax
import numpy as np
import pytest

from dlfigs import theory
from dlfigs.experiments.linear_transfer import linear_transfer


@pytest.mark.parametrize(("cosine", "n", "p"), [(-0.5, 12, 40), (0.6, 12, 40), (0.6, 6, 13)])
def test_theory_is_the_mean_over_random_problems(cosine, n, p):
    rng, noise = np.random.default_rng(5), 0.3
    target, source = np.zeros(p), np.zeros(p)
    target[0], source[:2] = 1, (cosine, np.sqrt(1 - cosine**2))
    errors = []
    for _ in range(4000):
        x = rng.normal(size=(n, p))
        y = x @ target + np.sqrt(noise) * rng.normal(size=n)
        fitted = [start + np.linalg.pinv(x) @ (y - x @ start) for start in (np.zeros(p), source)]
        scale = np.linalg.lstsq((x @ source)[:, None], y, rcond=None)[0]
        errors.append([((w - target) ** 2).sum() for w in (*fitted, scale * source)])
    found, error = np.mean(errors, axis=0), np.std(errors, axis=0) / np.sqrt(len(errors))
    expected = [
        *theory.interpolation_error(np.array([1, 2 - 2 * cosine]), n, p, noise),
        theory.frozen_error(cosine, n, noise),
    ]
    assert (abs(found - expected) < 4 * error).all()
    assert (abs(found - expected) < 0.05 * found).all()


def test_gradient_descent_ends_where_the_closed_form_says():
    settings = {"cosines": (0.7,), "examples": (4, 8), "inputs": 12, "noise": 0.1, "seeds": 3}
    data = linear_transfer(jax.random.key(2), **settings)
    # The same weights again, by hand, from the same random numbers
    with jax.enable_x64(True):
        key_x, key_noise, key_target, key_other = jax.random.split(
            jax.random.split(jax.random.key(2), 3)[1], 4
        )
        x = np.asarray(jax.random.normal(key_x, (8, 12)))
        target, other = (np.asarray(jax.random.normal(key, (12,))) for key in (key_target, key_other))
        noise = np.sqrt(0.1) * np.asarray(jax.random.normal(key_noise, (8,)))
    target = target / np.linalg.norm(target)
    other = other - (other @ target) * target
    source = 0.7 * target + np.sqrt(1 - 0.49) * other / np.linalg.norm(other)
    y = x @ target + noise
    for number in (4, 8):
        w = source.copy()
        for _ in range(20_000):
            w -= 0.02 * x[:number].T @ (x[:number] @ w - y[:number])
        error = data.error.sel(learner="fine-tuned", examples=number, cosine=0.7).isel(seed=1)
        assert ((w - target) ** 2).sum() == pytest.approx(error.item(), rel=1e-6)
        scale = np.linalg.lstsq((x[:number] @ source)[:, None], y[:number], rcond=None)[0]
        frozen = data.error.sel(learner="frozen", examples=number, cosine=0.7).isel(seed=1)
        assert ((scale * source - target) ** 2).sum() == pytest.approx(frozen.item(), rel=1e-6)
        w = np.linalg.pinv(x[:number]) @ y[:number]
        scratch = data.error.sel(learner="scratch", examples=number, cosine=0.7).isel(seed=1)
        assert ((w - target) ** 2).sum() == pytest.approx(scratch.item(), rel=1e-6)
