"""Transfer between two linear tasks whose weights form a given angle."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array, lax

from dlfigs.dataset import dataset
from dlfigs.experiments.devices import over_seeds


def linear_transfer(
    key: Array, *, cosines: Sequence[float], examples: Sequence[int], inputs: int, noise: float, seeds: int
) -> xr.Dataset:
    """Learn a linear target task from scratch, from a source's weights, and with these frozen.

    The source's weights are given, as if learned from very many examples. Both tasks' weights have
    length 1. Training is gradient descent to the end, in closed form: the weights nearest to the
    start that fit all examples.

    Args:
        key: JAX key.
        cosines: Cosines of the angle between the weights of source and target.
        examples: Numbers of examples of the target task, fewer than `inputs`; smaller sets are the
            beginnings of larger ones.
        inputs: Number of inputs.
        noise: Variance of the noise in the labels.
        seeds: Repetitions, each with its own weights and examples.

    Returns:
        error: (learner, examples, cosine, seed), mean squared error on new examples without noise,
            computed from the weights.
    """
    with jax.enable_x64(True):
        columns = np.asarray(cosines), np.asarray(examples)
        found = np.asarray(_errors(key, *columns, max(examples), inputs, noise, seeds))
    return dataset(
        {
            "learner": ["scratch", "fine-tuned", "frozen"],
            "examples": (np.asarray(examples), "examples of the target task"),
            "cosine": (np.asarray(cosines), "cosine between source and target"),
            "seed": seeds,
        },
        attrs={"inputs": inputs, "noise": noise},
        error=("seed examples learner cosine", found, "error on new examples"),
    ).transpose("learner", "examples", "cosine", "seed")


@partial(jax.jit, static_argnums=(3, 4, 6))
def _errors(
    key: Array, cosines: Array, examples: Array, most: int, inputs: int, noise: float, seeds: int
) -> Array:
    """Return errors (seed, examples, learner, cosine)."""

    def one(key: Array) -> Array:
        key_x, key_noise, key_target, key_other = jax.random.split(key, 4)
        x = jax.random.normal(key_x, (most, inputs))
        target = jax.random.normal(key_target, (inputs,))
        target = target / jnp.linalg.norm(target)
        other = jax.random.normal(key_other, (inputs,))
        other = other - (other @ target) * target
        other = other / jnp.linalg.norm(other)
        source = cosines[:, None] * target + jnp.sqrt(1 - cosines[:, None] ** 2) * other
        y = x @ target + jnp.sqrt(noise) * jax.random.normal(key_noise, (most,))

        def learn(number: Array) -> Array:
            # Unused examples are zero rather than cut off: all numbers then have the same shapes
            used = jnp.arange(most) < number
            seen, labels = x * used[:, None], y * used
            gram = seen @ seen.T + jnp.diag(~used)

            def descend(start: Array) -> Array:  # the nearest weights that fit
                return start + seen.T @ jnp.linalg.solve(gram, labels - seen @ start)

            feature = seen @ source.T  # (example, cosine)
            scale = (feature * labels[:, None]).sum(axis=0) / (feature**2).sum(axis=0)
            starts = jnp.zeros_like(source), source
            learned = [jax.vmap(descend)(start) for start in starts] + [scale[:, None] * source]
            return ((jnp.stack(learned) - target) ** 2).sum(axis=-1)

        return lax.map(learn, examples)

    return over_seeds(one, jax.random.split(key, seeds))
