"""Seeds over all devices that JAX sees: processors, GPUs, those of other machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import lax
from jax.sharding import NamedSharding, PartitionSpec

SMALL = 2**26  # bytes that a net on digits needs in training, with all that is recorded, at most
TOGETHER = 2**32  # bytes that the seeds take which a GPU computes at once


def over_seeds(
    f: Callable[[Any], Any], keys: Any, *, bytes_each: int = SMALL, at_once: int | None = None
) -> Any:
    """Map over keys as `lax.map` does, each device its share. To be called inside `jax.jit`.

    A processor takes one seed after another, which suits its caches, or `at_once` of them if they are
    tiny; a GPU takes as many at once as `TOGETHER` holds. What comes out lies whole on every device, so
    that each process can read it.

    Args:
        f: From one key to arrays; or from what else differs from seed to seed.
        keys: (seed,); or a tree of arrays with that first axis.
        bytes_each: What one seed needs in memory, nearly.
        at_once: Seeds that a processor takes together.

    Returns:
        What `f` returns, with a first axis (seed,) more.
    """
    batch = at_once if jax.default_backend() == "cpu" else max(1, TOGETHER // bytes_each)
    devices = jax.device_count()
    if devices == 1:
        return lax.map(f, keys, batch_size=batch)
    mesh = jax.make_mesh((devices,), ("seed",), axis_types=(jax.sharding.AxisType.Auto,))
    seeds = len(jax.tree.leaves(keys)[0])
    # As many for each device; what is too much is cut off below
    filled = np.arange(-(-seeds // devices) * devices) % seeds
    padded = keys if len(filled) == seeds else jax.tree.map(lambda part: part[filled], keys)
    split = PartitionSpec("seed")
    share = jax.shard_map(
        lambda keys: lax.map(f, keys, batch_size=batch),
        mesh=mesh,
        in_specs=split,
        out_specs=split,
        check_vma=False,  # `f` knows nothing of devices: its constants are the same on each
    )
    whole = NamedSharding(mesh, PartitionSpec())
    return jax.tree.map(lambda x: lax.with_sharding_constraint(x, whole)[:seeds], share(padded))
