"""Many small nets at once: their learning rates are one axis of each matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.datasets import Split
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.normalized_training import Normalization, averaged, normalize, untrained
from dlfigs.experiments.training import first_state
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP, mlp
from dlfigs.nets.training import accuracy, cross_entropy


def sweep_rates(
    key: Array,
    *,
    rates: Sequence[float],
    normalizations: Sequence[str] = ("none", "batch"),
    depth: int,
    width: int,
    batch: int,
    steps: int,
    seeds: int,
) -> xr.Dataset:
    """Train ReLU nets on digits with plain SGD, all rates of a seed and a normalization at once.

    What `train_normalized` does net by net, for when only the results count: small nets leave a
    processor idle, half a dozen side by side do not.

    Args:
        key: JAX key.
        rates: Learning rates.
        normalizations: Names, as in `normalized_training.normalize`.
        depth: Hidden layers.
        width: Units in each.
        batch: Examples in each minibatch.
        steps: Updates.
        seeds: Repetitions; each has its own split, weights and minibatches, which all its nets share.

    Returns:
        loss: (normalization, rate, seed, step), of the minibatch before the update.
        validation_accuracy, test_accuracy: (normalization, rate, seed), over 300 examples each; batch
            normalization takes its moving averages.
    """
    sizes = {"depth": depth, "width": width, "steps": steps, "batch": batch, "seeds": seeds}
    splits, nets, index = first_state(key, "he_normal", **sizes)
    found = _sweep(splits, nets, index, tuple(normalizations), np.asarray(rates, np.float32))
    loss, *accuracies = (np.moveaxis(np.asarray(part), 0, 2) for part in found)
    dims, names = "normalization rate seed", ("validation", "test")
    return dataset(
        {
            "normalization": list(normalizations),
            "rate": (np.asarray(rates, float), "learning rate"),
            "seed": seeds,
            "step": np.arange(1, steps + 1),
        },
        attrs={"depth": depth, "width": width, "batch": batch},
        loss=(f"{dims} step", loss, "minibatch loss", "nats"),
        **{
            f"{name}_accuracy": (dims, values, f"{name} accuracy")
            for name, values in zip(names, accuracies, strict=True)
        },
    )


@partial(jax.jit, static_argnums=3)
def _sweep(
    splits: Split, nets: MLP, index: Array, kinds: tuple[str, ...], rates: Array
) -> tuple[Array, ...]:
    """Return losses (seed, kind, rate, step) and two accuracies (seed, kind, rate)."""
    depth, width = nets.hidden.w.shape[1] + 1, nets.hidden.w.shape[-1]

    def one_kind(data: Split, net: MLP, index: Array, kind: Array) -> tuple[Array, ...]:
        def outputs(net: MLP, layers: Normalization, x: Array, training: bool):
            def phi(z: Array, part: Normalization) -> Array:
                branches = [partial(normalize, kind, training=training) for kind in kinds]
                return relu(lax.switch(kind, branches, z, part))

            return mlp(net, x, phi, each=layers)

        def update(net: MLP, layers: Normalization, rate: Array, x: Array, y: Array):
            def loss(parameters: tuple) -> tuple[Array, Array]:
                net, scale, shift = parameters
                outs, z = outputs(net, layers._replace(scale=scale, shift=shift), x, True)
                return cross_entropy(outs, y), z

            parameters = net, layers.scale, layers.shift
            (value, z), gradient = jax.value_and_grad(loss, has_aux=True)(parameters)
            net, scale, shift = jax.tree.map(lambda p, g: p - rate * g, parameters, gradient)
            layers = averaged(layers._replace(scale=scale, shift=shift), (z.mean(axis=1), z.var(axis=1)))
            return (net, layers), value

        start = net, untrained(depth, width)
        start = jax.tree.map(lambda part: jnp.broadcast_to(part, (len(rates), *part.shape)), start)

        def step(carry: tuple[MLP, Normalization], rows: Array) -> tuple:
            x, y = data.x_train[rows], data.y_train[rows]
            return jax.vmap(update, in_axes=(0, 0, 0, None, None))(*carry, rates, x, y)

        (net, layers), losses = lax.scan(step, start, index)
        x = jnp.concatenate([data.x_validation, data.x_test])
        outs, _ = jax.vmap(partial(outputs, x=x, training=False))(net, layers)
        parts = jnp.split(outs, [len(data.y_validation)], axis=1)
        labels = data.y_validation, data.y_test
        scores = [jax.vmap(accuracy, (0, None))(*pair) for pair in zip(parts, labels, strict=True)]
        return losses.T, *scores

    def one_seed(inputs: tuple[Split, MLP, Array]) -> tuple[Array, ...]:
        # One after another: side by side, each net would be normalized in all ways
        return lax.map(partial(one_kind, *inputs), jnp.arange(len(kinds)))

    each = sum(leaf.nbytes // len(index) for leaf in jax.tree.leaves(nets)) * 8 * len(rates)
    return over_seeds(one_seed, (splits, nets, index), bytes_each=each)
