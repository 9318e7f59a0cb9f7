"""Mean, variance and gradient in deep nets of SELUs, intact and broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import raw_digits
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import selu
from dlfigs.nets.initializers import lecun_normal
from dlfigs.nets.layers import alpha_dropout, dropout


class Net(NamedTuple):
    """What nets in a comparison differ in.

    Attributes:
        sigma_w2: Weights have this variance, divided by fan_in; 1 is LeCun's.
        centered: 1 if each unit's weights are shifted and scaled to sum 0 and sum of squares 1.
        skip: Weight of an identity path around each layer.
        dropout: Rate of plain dropout after each layer.
        alpha_dropout: Rate of alpha dropout after each layer.
        raw: 1 if digits enter as pixels from 0 to 16, 0 if they are standardized.
    """

    sigma_w2: float = 1.0
    centered: float = 0.0
    skip: float = 0.0
    dropout: float = 0.0
    alpha_dropout: float = 0.0
    raw: float = 0.0


def from_starts(
    key: Array,
    *,
    nets: Mapping[str, tuple[Net, float, float]],
    depth: int,
    width: int,
    seeds: int,
    gradients: bool = True,
) -> xr.Dataset:
    """Start with normal numbers of a given mean and variance over the units, one input for each seed.

    Nets of the same seed share all random numbers.

    Args:
        key: JAX key.
        nets: By name, the net and the mean and variance of what enters its first layer.
        depth: Layers.
        width: Units in each, and inputs.
        seeds: Random nets of each kind.
        gradients: Whether to measure gradients too.

    Returns:
        mean, variance: (net, seed, layer), over the units; layer 0 is the input.
        gradient: (net, seed, layer), norm of the gradient of a random linear loss with respect to the
            layer's activations, relative to the last layer.
    """
    mean, variance = (np.array([start[i] for start in nets.values()], np.float32) for i in (1, 2))

    def start(key: Array) -> Array:
        x = jax.random.normal(key, (width,))
        x = (x - x.mean()) / x.std()
        return (mean[:, None] + np.sqrt(variance)[:, None] * x)[:, None]

    table = tuple(net for net, _, _ in nets.values())
    mean, variance, _, *gradient = _measure(key, table, start, depth, width, seeds, gradients)
    measured = {"mean": mean, "variance": variance} | ({"gradient": gradient[0]} if gradients else {})
    return _labeled(nets, 0, seeds, **measured)


def from_digits(
    key: Array, *, nets: Mapping[str, Net], depth: int, width: int, batch: int, seeds: int
) -> xr.Dataset:
    """Start with handwritten digits; the first layer takes 64 pixels to `width` units, without a skip.

    Args:
        key: JAX key.
        nets: By name.
        depth: Layers, the first included.
        width: Units in each.
        batch: Digits for each seed, drawn at random.
        seeds: Random nets of each kind.

    Returns:
        mean, variance: (net, seed, layer), over units and digits; the first layer is 1.
        share: (net, seed, layer), variance over the digits, averaged over the units, as a share of the
            mean square: 1 if every unit has mean 0 over the digits, near 0 if all digits look alike.
        gradient: (net, seed, layer), as in `from_starts`, root mean square over the digits.
    """
    pixels = raw_digits()
    centered = pixels - pixels.mean(axis=0)
    pixels, standardized = jnp.asarray(pixels), jnp.asarray(centered / np.sqrt((centered**2).mean()))
    table = tuple(nets.values())
    columns, raw = _columns(table), np.array([net.raw for net in table])

    def start(key: Array) -> Array:
        key_batch, key_w, key_noise = jax.random.split(key, 3)
        index = jax.random.choice(key_batch, len(pixels), (batch,), replace=False)
        x = jnp.where(raw[:, None, None] > 0, pixels[index], standardized[index])
        w = lecun_normal(key_w, pixels.shape[1], width)
        return _layer(columns._replace(skip=None), x, w, key_noise)

    mean, variance, share, gradient = _measure(key, table, start, depth - 1, width, seeds, True)
    return _labeled(nets, 1, seeds, mean=mean, variance=variance, share=share, gradient=gradient)


def _labeled(nets: Mapping, first: int, seeds: int, **measured: Array) -> xr.Dataset:
    """Name what was measured, (seed, layer, net), and turn logarithms of gradients into norms."""
    words = {
        "mean": "mean of the activations",
        "variance": "variance of the activations",
        "share": "share of the mean square that varies between digits",
        "gradient": "gradient norm, relative to the last layer",
    }
    parts = {name: np.asarray(values, float).transpose(2, 0, 1) for name, values in measured.items()}
    if "gradient" in parts:
        parts["gradient"] = np.exp(parts["gradient"])
    layers = np.arange(first, first + parts["mean"].shape[-1])
    return dataset(
        {"net": list(nets), "seed": seeds, "layer": layers},
        **{name: ("net seed layer", values, words[name]) for name, values in parts.items()},
    )


def _columns(nets: tuple[Net, ...]) -> Net:
    """Return each setting as an array (net, 1, 1), or as None if no net has it: less to compile."""
    columns = zip(*nets, strict=True)
    arrays = (np.array(column, np.float32)[:, None, None] if any(column) else None for column in columns)
    return Net(*arrays)


def _layer(net: Net, h: Array, w: Array, key: Array) -> Array:
    """Apply one layer of each net to its own h, (net, batch, fan_in); the weights are shared."""
    z = h @ w
    if net.centered is not None:
        # The same as to subtract its mean from each column of w and to divide by the column's norm
        mean = w.mean(axis=0)
        norm = jnp.sqrt((w**2).sum(axis=0) - len(w) * mean**2)
        z = jnp.where(net.centered > 0, (z - h.sum(axis=-1, keepdims=True) * mean) / norm, z)
    out = selu(jnp.sqrt(net.sigma_w2) * z)
    if net.skip is not None:
        out = out + net.skip * h
    for noise, rates in ((dropout, net.dropout), (alpha_dropout, net.alpha_dropout)):
        if rates is not None:
            out = jax.vmap(noise, (None, 0, 0))(key, out, rates)
    return out


def _statistics(h: Array) -> tuple[Array, Array, Array]:
    """Return mean, variance, and the share of the mean square that varies over the batch, each (net,)."""
    square = (h**2).mean(axis=(1, 2))
    size = h.shape[1]
    within = h.var(axis=1, ddof=1).mean(axis=-1) if size > 1 else jnp.zeros(len(h))
    return h.mean(axis=(1, 2)), h.reshape(len(h), -1).var(axis=1, ddof=1), within / square


@partial(jax.jit, static_argnums=(1, 2, 3, 4, 5, 6))
def _measure(
    key: Array,
    nets: tuple[Net, ...],
    start: Callable[[Array], Array],
    depth: int,
    width: int,
    seeds: int,
    gradients: bool,
) -> tuple[Array, ...]:
    """Return means, variances, shares and logarithms of relative gradient norms, (seed, layer, net).

    `start(key)` returns what enters the first layer, (net, batch, width).
    """
    net = _columns(nets)

    def one(key: Array) -> tuple[Array, ...]:
        key_start, key_layers, key_loss = jax.random.split(key, 3)
        first = start(key_start)

        def forward(h: Array, key: Array):
            key_w, key_noise = jax.random.split(key)
            w = lecun_normal(key_w, width, width)
            out = _layer(net, h, w, key_noise)
            return out, (h, w, key_noise, _statistics(out))

        _, (h, w, keys, after) = lax.scan(forward, first, jax.random.split(key_layers, depth))
        statistics = [jnp.concatenate([a[None], b]) for a, b in zip(_statistics(first), after, strict=True)]
        if not gradients:
            return tuple(statistics)

        def backward(carry: tuple[Array, Array], below: tuple[Array, Array, Array]):
            delta, log = carry
            h, w, key = below
            (delta,) = jax.vjp(lambda h: _layer(net, h, w, key), h)[1](delta)
            norm = jnp.sqrt((delta**2).mean(axis=(1, 2)))
            log = log + jnp.log(norm)  # renormalized: exploding gradients stay within float32
            return (delta / norm[:, None, None], log), log

        delta = jax.random.normal(key_loss, (width,))
        delta = jnp.broadcast_to(delta / jnp.sqrt((delta**2).mean()), first.shape)
        carry = (delta, jnp.zeros(len(nets)))
        _, logs = lax.scan(backward, carry, (h, w, keys), reverse=True)
        return *statistics, jnp.concatenate([logs, jnp.zeros((1, len(nets)))])

    return over_seeds(one, jax.random.split(key, seeds))
