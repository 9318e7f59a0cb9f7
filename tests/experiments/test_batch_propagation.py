"""Gradients of whole batches: against JAX's own derivative, and where float32 ends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dlfigs.experiments.batch_propagation import batch_gradient_norms
from dlfigs.experiments.propagation import gradient_norms
from dlfigs.nets.activations import ACTIVATIONS
from dlfigs.nets.initializers import INITIALIZERS

SIZES = {"depth": 6, "width": 24, "batch": 9, "seeds": 3}


@pytest.mark.parametrize("initializer", ["he_normal", "orthogonal", "glorot_uniform", "large_normal"])
def test_norms_are_those_of_jax_grad(initializer):
    """Every net again, from the same random numbers, with the weights' gradients as matrices."""
    names, key = tuple(ACTIVATIONS), jax.random.key(3)
    depth, width, batch, seeds = SIZES.values()
    data = batch_gradient_norms(key, activations=names, initializers=(initializer,), **SIZES)

    def loss(parts, phi, x, top):
        weights, shifts = parts  # a shift of 0 at each pre-activation, to have its gradient
        h = x
        for w, shift in zip(weights, shifts, strict=True):
            z = h @ w + shift
            h = phi(z)
        return (z * top).sum()

    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    inputs, tops = rng.standard_normal((2, seeds, batch, width), np.float32).astype(float)
    keys = jax.random.wrap_key_data(rng.integers(2**32, size=(seeds, depth, 2), dtype=np.uint32))
    with jax.enable_x64(True):
        for seed, (x, top) in enumerate(zip(inputs, tops, strict=True)):
            x *= np.sqrt(width) / np.linalg.norm(x, axis=1, keepdims=True)
            top /= np.linalg.norm(top)
            draw = INITIALIZERS[initializer]
            weights = [jnp.asarray(draw(k, width, width), float) for k in keys[seed]]
            shifts = [jnp.zeros((batch, width))] * depth
            for name in names:
                gradients = jax.grad(loss)((weights, shifts), ACTIVATIONS[name], x, top)
                for variable, parts in zip(
                    ("log_weight_gradient_norm", "log_gradient_norm"), gradients, strict=True
                ):
                    logs = np.log([jnp.linalg.norm(part) for part in parts])
                    found = data[variable].sel(activation=name).isel(initializer=0, seed=seed)
                    np.testing.assert_allclose(found, logs, atol=2e-4, err_msg=name)


def test_deep_nets_stay_finite_where_float32_does_not():
    names = ("sigmoid", "relu", "elu", "gelu")
    sizes = {"depth": 60, "width": 64, "seeds": 4}
    rules = ("small_normal", "large_normal")
    data = batch_gradient_norms(jax.random.key(0), activations=names, initializers=rules, batch=16, **sizes)
    exact = gradient_norms(jax.random.key(1), activations=names, initializers=rules, **sizes)
    for name in ("gradient_norm", "weight_gradient_norm"):
        logs = data[f"log_{name}"]
        assert np.isfinite(logs).all()
        first = (logs - logs.isel(layer=-1)).isel(layer=0).mean("seed")
        # One input in float64, other random numbers: what differs is the luck of few nets
        wide = np.log(exact[name]).isel(layer=0).mean("seed")
        np.testing.assert_allclose(first, wide, atol=8)
    fallen = data.log_gradient_norm.isel(layer=0).sel(initializer="small_normal")
    assert (fallen < np.log(np.finfo(np.float32).tiny)).all()
    risen = data.log_gradient_norm.isel(layer=0).sel(initializer="large_normal", activation="relu")
    assert (risen > np.log(np.finfo(np.float32).max)).all()


def test_a_layer_that_is_off_lets_nothing_through(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "off", lambda z: 0 * z)
    data = batch_gradient_norms(
        jax.random.key(0), activations=("off", "linear"), initializers=("he_normal",), **SIZES
    )
    logs = data.log_gradient_norm.sel(activation="off")
    assert (logs[..., :-1] == -np.inf).all()
    np.testing.assert_allclose(logs[..., -1], 0, atol=1e-6)
    assert np.isfinite(data.log_gradient_norm.sel(activation="linear")).all()
