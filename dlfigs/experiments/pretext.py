"""Encoders trained without the target's labels: on tasks that the images themselves provide."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax

from dlfigs.draws import Noise, generator, minibatches, starts, tables, window
from dlfigs.experiments.devices import over_seeds
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import MLP, mlp
from dlfigs.nets.training import cross_entropy, train

TURNS = 4  # of images, by 0, 90, 180 and 270 degrees; mirror images of signals
MASKED, NOISE, TEMPERATURE = 0.3, 0.3, 0.2  # of the contrastive task


def rotated(x: Array, turns: Array) -> Array:
    """Turn each square image counterclockwise by a number of quarter turns.

    Args:
        x: (examples, side**2).
        turns: (examples,), from 0 to 3.
    """
    side = round(x.shape[1] ** 0.5)
    images = x.reshape(-1, side, side)
    every = jnp.stack([jnp.rot90(images, k, axes=(1, 2)) for k in range(TURNS)])
    return every[turns, jnp.arange(len(x))].reshape(x.shape)


def mirrored(x: Array, turns: Array) -> Array:
    """Do to each signal what comes nearest to a quarter turn of an image.

    Args:
        x: (examples, samples).
        turns: (examples,), from 0 to 3: as it is, reversed, reversed and negated, negated.
    """
    every = jnp.stack([x, x[:, ::-1], -x[:, ::-1], -x])
    return every[turns, jnp.arange(len(x))]


def masked(uniform: Array, x: Array, share: float) -> Array:
    """Set a random share of the pixels of each image to zero, the mean of all images.

    Args:
        uniform: (examples, pixels), random numbers from 0 to 1.
        x: (examples, pixels).
        share: From 0 to 1.
    """
    return jnp.where(uniform < share, 0.0, x)


class Draw(NamedTuple):
    """What one step takes at random: turns of the images, and where windows of the noise begin."""

    turns: Array
    starts: Array


def rotation_loss(net: MLP, x: Array, draw: Draw, noise: Noise, *, signals: bool = False) -> Array:
    """Return the cross-entropy of naming the turn of each image, in nats (Gidaris et al., 2018).

    Of signals it is that of naming which of four mirror images each of them is.
    """
    turned = (mirrored if signals else rotated)(x, draw.turns)
    return cross_entropy(mlp(net, turned, relu)[0], draw.turns)


def reconstruction_loss(net: MLP, x: Array, draw: Draw, noise: Noise, *, share: float) -> Array:
    """Return the mean squared error of whole images told from images with masked pixels.

    With `share` 0 this is an autoencoder, else a denoising one (Vincent et al., 2008).
    """
    seen = masked(window(noise.uniform, draw.starts[0], x.shape), x, share) if share else x
    return ((mlp(net, seen, relu)[0] - x) ** 2).mean()


def view(starts: Array, noise: Noise, x: Array) -> Array:
    """Return a view of each image for the contrastive task: masked pixels, and normal noise on all.

    Args:
        starts: Where the windows of the mask and of the noise begin.
        noise: Tables of random numbers.
        x: (examples, pixels), centered and divided by one number, as `tasks.draw_task` does.
    """
    seen = masked(window(noise.uniform, starts[0], x.shape), x, MASKED)
    return seen + NOISE * window(noise.normal, starts[1], x.shape)


def contrastive_loss(net: MLP, x: Array, draw: Draw, noise: Noise) -> Array:
    """Return the cross-entropy of finding the other view of the same image, in nats (Chen et al., 2020).

    Each image of the batch has two views, see `view`; all other views are wrong answers.
    """
    views = [view(draw.starts[:2], noise, x), view(draw.starts[2:], noise, x)]
    z = mlp(net, jnp.concatenate(views), relu)[0]
    z = z / jnp.sqrt((z**2).sum(axis=1, keepdims=True) + 1e-12)
    likeness = z @ z.T / TEMPERATURE - 1e9 * jnp.eye(len(z))  # an image is not its own other view
    return cross_entropy(likeness, jnp.roll(jnp.arange(len(z)), len(x)))


def pretrain(
    loss: Callable[[MLP, Array, Draw, Noise], Array],
    key: Array,
    nets: MLP,
    x: Array,
    *,
    rate: float,
    steps: int,
    batch: int,
) -> MLP:
    """Train nets, one for each seed, on a task that needs no labels, by Adam.

    Args:
        loss: `loss(net, x, draw, noise)`.
        key: JAX key.
        nets: Nets with a leading axis of seeds.
        x: (seeds, examples, inputs).
        rate: Learning rate.
        steps: Updates.
        batch: Examples in each minibatch.

    Returns:
        The nets, trained.
    """
    key_batches, key_draws = jax.random.split(key)
    sizes, rng = (len(x), steps, batch), generator(key_draws)
    draws = Draw(rng.integers(0, TURNS, sizes, np.int32), starts(rng, len(x), steps, 4))
    return _pretrain(loss, minibatches(key_batches, x.shape[1], sizes), draws, tables(rng), nets, x, rate)


@partial(jax.jit, static_argnums=0)
def _pretrain(
    loss: Callable, index: Array, draws: Draw, noise: Noise, nets: MLP, x: Array, rate: float
) -> MLP:
    def run(parts: tuple) -> MLP:
        index, draws, net, x = parts

        def task(net: MLP, x: Array, _: Array, draw: Draw) -> Array:
            return loss(net, x, draw, noise)

        return train(index, net, task, x, x, optimizer=optax.adam(rate), each=draws)[0]

    return over_seeds(run, (index, draws, nets, x))


@jax.jit
def turn_errors(nets: MLP, x: Array) -> Array:
    """Let nets name the turn of each image, in all four turns.

    Args:
        nets: Nets of the rotation task, with a leading axis of seeds.
        x: (seeds, examples, side**2), upright.

    Returns:
        (seeds, TURNS, examples): by how many quarter turns, counterclockwise, each answer is too far;
        0 is right, 2 is upside down.
    """

    def one(parts: tuple[MLP, Array]) -> Array:
        net, images = parts

        def turned(turn: Array) -> Array:
            seen = rotated(images, jnp.full(len(images), turn))
            return (mlp(net, seen, relu)[0].argmax(axis=1) - turn) % TURNS

        return lax.map(turned, jnp.arange(TURNS))

    return over_seeds(one, (nets, x))
