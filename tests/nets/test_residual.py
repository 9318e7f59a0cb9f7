"""The signal in residual nets at initialization: closed forms against nets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dlfigs import theory
from dlfigs.nets.initializers import INITIALIZERS
from dlfigs.nets.mlp import init_mlp, mlp

WIDTH = 256


def test_moments_are_those_of_nets_whose_branches_end_in_relu():
    """The nets of the figure; their last h is what an output layer with unit weights gives."""
    depth, branches = 8, (0.0, 1 / 8, 8**-0.5, 1.0)

    def one(key):
        key_x, key_net = jax.random.split(key)
        x = jax.random.normal(key_x, (1, WIDTH))
        x = x * jnp.sqrt(WIDTH) / jnp.linalg.norm(x)
        draw = INITIALIZERS["he_normal"]
        net = init_mlp(key_net, draw, inputs=WIDTH, width=WIDTH, depth=depth, outputs=WIDTH)
        net = net._replace(last=net.last._replace(w=jnp.eye(WIDTH)))
        h = jax.vmap(lambda branch: mlp(net, x, jax.nn.relu, skip=1.0, branch=branch)[0])
        last = h(jnp.asarray(branches))
        return last.mean(axis=(1, 2)), (last**2).mean(axis=(1, 2))

    found = jax.jit(lambda keys: jax.lax.map(one, keys))(jax.random.split(jax.random.key(0), 60))
    means, squares = (np.asarray(part).mean(axis=0) for part in found)
    for branch, mean, square in zip(branches, means, squares, strict=True):
        expected = [moment[-1] for moment in theory.residual_moments(depth, branch)]
        assert expected == [pytest.approx(mean, rel=0.04), pytest.approx(square, rel=0.06)]


@pytest.mark.parametrize("branch", [1.0, 10**-0.5])
def test_growth_is_that_of_nets_whose_branches_end_in_weights(branch):
    rng, blocks, growth = np.random.default_rng(0), 10, []
    for _ in range(60):
        start = h = rng.standard_normal(WIDTH)
        for _ in range(blocks):
            weights = rng.standard_normal((WIDTH, WIDTH)) * np.sqrt(2 / WIDTH)
            h = h + branch * weights @ np.maximum(h, 0)
        growth.append((h**2).mean() / (start**2).mean())
    assert theory.residual_growth(blocks, branch) == pytest.approx(np.mean(growth), rel=0.1)


def test_known_limits():
    assert theory.residual_growth(10, 1.0) == 2**10
    assert theory.residual_growth(10**6, 1e-3) == pytest.approx(np.e, rel=1e-5)
    assert theory.residual_growth(5, 0.0) == 1
    for branch in (0.0, 0.3, 1.0):
        mean, square = theory.residual_moments(6, branch)
        assert (np.diff(square) >= 0).all()
        assert (mean**2 <= square).all(), "no mean is larger than the root mean square"
        assert square[-1] >= theory.residual_growth(5, branch), "the cross term is never negative"
