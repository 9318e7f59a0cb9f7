"""Weights before batch normalization: their length does not matter to the loss, and so they turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import Split
from dlfigs.draws import generator
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.training import first_state
from dlfigs.nets.activations import relu
from dlfigs.nets.layers import batch_norm
from dlfigs.nets.mlp import MLP, Dense, mlp
from dlfigs.nets.training import cross_entropy, train


class Setting(NamedTuple):
    """How a net is trained, and whether it has batch normalization.

    Attributes:
        rate: Learning rate of plain SGD.
        product: Learning rate times weight decay; only the first layer's weights decay.
        normalized: Whether batch normalization follows the hidden layer.
    """

    rate: float
    product: float
    normalized: bool = True


def _outputs(parameters: Any, x: Array, normalized: bool | Array, epsilon: float) -> Array:
    net, (scale, shift) = parameters

    def phi(z: Array) -> Array:
        return relu(jnp.where(normalized, batch_norm(z, scale, shift, epsilon), z))

    return mlp(net, x, phi)[0]


def scaled_weights(
    key: Array, *, factors: Sequence[float], epsilons: Sequence[float], rate: float = 0.1
) -> xr.Dataset:
    """Multiply the weights of the first layer of a random net and compare losses and gradients.

    Batches, labels and weights are random; everything is computed in 64 bits.

    Args:
        key: JAX key.
        factors: What the weights are multiplied by.
        epsilons: Of batch normalization.
        rate: Learning rate of one step of SGD.

    Returns:
        loss_change: (epsilon, factor), loss relative to that with factor 1, minus 1.
        gradient_change: (epsilon, factor), norm of factor times the gradient minus the gradient with
            factor 1, relative to the latter.
        cosine: (epsilon, factor), largest cosine of a unit's weights with their gradient, absolute.
        pythagoras: (epsilon, factor), largest relative difference between a unit's squared norm after
            one step and its squared norm plus that of the step.
    """
    # NumPy draws, because compiling the draws takes longer than all that is measured here
    draw = generator(key)
    inputs, width, classes, batch = 20, 16, 5, 24
    x, y = draw.standard_normal((batch, inputs)), draw.integers(0, classes, batch)
    weights, last = (
        draw.standard_normal((n, m)) / np.sqrt(n) for n, m in ((inputs, width), (width, classes))
    )
    none = Dense(np.zeros((0, width, width)), np.zeros((0, width)))
    net = MLP(Dense(weights, np.zeros(width)), none, Dense(last, np.zeros(classes)))
    line = np.ones(width), np.zeros(width)
    with jax.enable_x64(True):

        def loss(w: Array, epsilon: Array) -> Array:
            scaled = net._replace(first=net.first._replace(w=w))
            return cross_entropy(_outputs((scaled, line), x, True, epsilon), y)

        def both(setting: tuple[Array, Array]) -> tuple[Array, Array, Array]:
            factor, epsilon = setting
            w = factor * weights
            return w, *jax.value_and_grad(loss)(w, epsilon)

        grid = np.meshgrid(epsilons, [1.0, *factors], indexing="ij")
        table = (jnp.asarray(grid[1].ravel()), jnp.asarray(grid[0].ravel()))
        found = jax.jit(lambda table: lax.map(both, table))(table)
        w, value, g = (
            np.asarray(part).reshape(len(epsilons), 1 + len(factors), *part.shape[1:]) for part in found
        )
    by_unit = {"axis": -2}
    cosine = (w * g).sum(**by_unit) / np.linalg.norm(w, **by_unit) / np.linalg.norm(g, **by_unit)
    sides = ((w - rate * g) ** 2).sum(**by_unit), (w**2).sum(**by_unit) + rate**2 * (g**2).sum(**by_unit)
    change = np.linalg.norm(np.asarray(factors)[:, None, None] * g[:, 1:] - g[:, :1], axis=(-2, -1))
    dims = "epsilon factor"
    return dataset(
        {"epsilon": list(epsilons), "factor": (factors, "factor of the weights")},
        loss_change=(dims, value[:, 1:] / value[:, :1] - 1, "relative change of the loss"),
        gradient_change=(
            dims,
            change / np.linalg.norm(g[:, :1], axis=(-2, -1)),
            "relative change of factor times gradient",
        ),
        cosine=(dims, abs(cosine[:, 1:]).max(axis=-1), "largest cosine of weights and gradient"),
        pythagoras=(
            dims,
            abs(sides[0] / sides[1] - 1)[:, 1:].max(axis=-1),
            "largest relative error of Pythagoras",
        ),
    )


def rotation(
    key: Array,
    *,
    settings: Sequence[Setting],
    width: int,
    steps: int,
    batch: int,
    seeds: int,
    data_set: str = "digits",
) -> xr.Dataset:
    """Train nets with one hidden layer on digits and follow length and direction of its weights.

    Each unit has a weight vector of its own. All settings share splits, first weights and minibatches.

    Args:
        key: JAX key.
        settings: How to train.
        width: Hidden units.
        steps: Updates.
        batch: Examples in each minibatch.
        seeds: Repetitions.
        data_set: What to train on, see `dlfigs.datasets.examples`.

    Returns:
        squared_norm: (setting, seed, step), squared length of a unit's weights before each step.
        squared_update: (setting, seed, step), squared length of rate times gradient.
        squared_angle: (setting, seed, step), square of the angle by which the step turns them. All
            three are means over units.
    """
    # One step more than asked for: what is kept of a step are the weights before it
    sizes = {"depth": 1, "width": width, "steps": steps + 1, "batch": batch, "seeds": seeds}
    splits, nets, index = first_state(key, "he_normal", data_set=data_set, **sizes)
    nets = nets, (np.ones((seeds, width)), np.zeros((seeds, width)))
    columns = [np.asarray(column) for column in zip(*settings, strict=True)]
    found = _followed(index, splits, nets, columns)
    dims = "setting seed step"
    rates, products, normalized = columns
    return dataset(
        {"setting": len(settings), "seed": seeds, "step": (np.arange(steps), "steps of training")},
        attrs={"width": width},
        rate=("setting", rates, "learning rate"),
        product=("setting", products, "learning rate times weight decay"),
        normalized=("setting", normalized, "with batch normalization"),
        squared_norm=(dims, found[0], "squared length of the weights"),
        squared_update=(dims, found[1], "squared length of learning rate times gradient"),
        squared_angle=(dims, found[2], "squared angle of a step", "rad²"),
    )


@jax.jit
def _followed(index: Array, splits: Split, nets: Any, columns: list[Array]) -> tuple[Array, ...]:
    def run(index: Array, data: Split, start: Any, setting: Setting) -> tuple[Array, ...]:
        # For plain SGD weight decay is a penalty
        decay = setting.product / setting.rate / 2

        def loss(parameters: Any, x: Array, y: Array) -> tuple[Array, Array]:
            w = parameters[0].first.w
            outputs = _outputs(parameters, x, setting.normalized, 1e-5)
            return cross_entropy(outputs, y) + decay * (w**2).sum(), w

        optimizer = optax.sgd(setting.rate)
        examples = data.x_train, data.y_train
        _, (_, w) = train(index, start, loss, *examples, optimizer=optimizer, keep=True)
        before, after = w[:-1], w[1:]
        update = (1 - setting.product) * before - after
        squares = [(part**2).sum(axis=1) for part in (before, after, update)]
        # Half the distance of the unit vectors is the sine of half the angle: exact for small angles
        unit = w / jnp.linalg.norm(w, axis=1, keepdims=True)
        angle = 2 * jnp.arcsin(jnp.linalg.norm(unit[1:] - unit[:-1], axis=1) / 2)
        return tuple(part.mean(axis=-1) for part in (squares[0], squares[2], angle**2))

    def row(column: list[Array]) -> tuple[Array, ...]:
        return over_seeds(lambda seed: run(*seed, Setting(*column)), (index, splits, nets))

    return lax.map(row, columns)
