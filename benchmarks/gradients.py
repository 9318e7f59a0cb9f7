"""Gradient norms by depth: 50 layers of 256 units, batches of 128, 7 initializers, 8 activations.

    python benchmarks/gradients.py WAY SEEDS

does the work in one way, for so many seeds, and prints seconds and what was found. Imports do not count,
compiling does. All ways measure the norm of the gradient with respect to each layer's pre-activations
and to its weights, in float32.
"""

from __future__ import annotations

import json
import math
import sys
import time

import pairs

DEPTH, WIDTH, BATCH, SEEDS = 50, 256, 128, 32
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "swish", "gelu")
INITIALIZERS = (
    "glorot_uniform",
    "glorot_normal",
    "he_normal",
    "lecun_normal",
    "orthogonal",
    "small_normal",
    "large_normal",
)
# Forward, backward and weights: three products of (batch, width) and (width, width) for each layer
OPERATIONS = 3 * 2 * BATCH * WIDTH**2 * DEPTH * len(ACTIVATIONS) * len(INITIALIZERS)


def dlfigs(seeds: int) -> tuple[float, list]:
    """One compilation for all nets; a share of the seeds for each processor."""
    pairs.use_all_processors()
    import jax

    from dlfigs.experiments.batch_propagation import batch_gradient_norms

    began = time.perf_counter()
    sizes = {"depth": DEPTH, "width": WIDTH, "batch": BATCH, "seeds": seeds}
    data = batch_gradient_norms(
        jax.random.key(0), activations=ACTIVATIONS, initializers=INITIALIZERS, **sizes
    )
    seconds = time.perf_counter() - began
    both = (data.log_gradient_norm, data.log_weight_gradient_norm)
    return seconds, [
        (log - log.isel(layer=-1)).mean("seed").transpose("initializer", "activation", "layer").values
        for log in both
    ]


def _torch():
    import torch
    from torch import nn

    functions = {"leaky_relu": nn.functional.leaky_relu, "swish": nn.functional.silu}
    activations = {name: functions.get(name) or getattr(nn.functional, name) for name in ACTIVATIONS}
    initializers = dict(
        zip(
            INITIALIZERS,
            (
                nn.init.xavier_uniform_,
                nn.init.xavier_normal_,
                lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
                lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),
                nn.init.orthogonal_,
                lambda w: nn.init.normal_(w, std=0.01),
                lambda w: nn.init.normal_(w, std=1.0),
            ),
            strict=True,
        )
    )
    torch.manual_seed(0)
    return torch, nn, activations, initializers


def _means(found: list, numpy) -> list:
    """Return mean log norms relative to the last layer, (initializer, activation, layer)."""
    with numpy.errstate(divide="ignore", invalid="ignore"):
        logs = [numpy.log(numpy.asarray(part, numpy.float64)) for part in found]
        return [(log - log[..., -1:]).mean(axis=2) for log in logs]


def torch_loop(seeds: int) -> tuple[float, list]:
    """Net by net, with a hook on each layer: what a tutorial would do."""
    torch, nn, activations, initializers = _torch()
    import numpy

    def norms(activation, initializer) -> tuple:
        layers = [nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(DEPTH)]
        seen = [None] * DEPTH

        def hook(number: int):
            def keep(module, inputs, outputs):
                seen[number] = outputs[0].norm()

            return keep

        for number, layer in enumerate(layers):
            initializer(layer.weight)
            layer.register_full_backward_hook(hook(number))
        h = torch.randn(BATCH, WIDTH)
        h = (h * math.sqrt(WIDTH) / h.norm(dim=1, keepdim=True)).requires_grad_()
        for layer in layers:
            z = layer(h)
            h = activation(z)
        (z * torch.randn(BATCH, WIDTH)).sum().backward()
        return torch.stack(seen).tolist(), torch.stack([la.weight.grad.norm() for la in layers]).tolist()

    began = time.perf_counter()
    found = [
        [[norms(activation, initializer) for _ in range(seeds)] for activation in activations.values()]
        for initializer in initializers.values()
    ]
    seconds = time.perf_counter() - began
    return seconds, _means([[[[s[i] for s in a] for a in row] for row in found] for i in (0, 1)], numpy)


def torch_func(seeds: int) -> tuple[float, list]:
    """torch.func.vmap over the seeds of each initializer and activation."""
    torch, _, activations, initializers = _torch()
    import numpy

    def make(activation):
        def loss(parameters, x, top):
            weights, shifts = parameters  # zeros, to have the gradients of pre-activations
            h = x
            for number in range(DEPTH):
                z = h @ weights[number] + shifts[number]
                h = activation(z)
            return (z * top).sum()

        def norms(weights, shifts, x, top):
            parts = torch.func.grad(loss)((weights, shifts), x, top)
            return tuple(part.flatten(1).norm(dim=1) for part in reversed(parts))

        return torch.func.vmap(norms)

    began = time.perf_counter()
    found = []
    for initializer in initializers.values():
        row = []
        for activation in activations.values():
            weights = torch.empty(seeds, DEPTH, WIDTH, WIDTH)
            for one in weights.flatten(0, 1):
                initializer(one)
            x, top = torch.randn(2, seeds, BATCH, WIDTH)
            x = x * math.sqrt(WIDTH) / x.norm(dim=2, keepdim=True)
            shifts = torch.zeros(seeds, DEPTH, BATCH, WIDTH)
            row.append([part.tolist() for part in make(activation)(weights, shifts, x, top)])
        found.append(row)
    seconds = time.perf_counter() - began
    return seconds, _means([[[a[i] for a in row] for row in found] for i in (0, 1)], numpy)


def numpy_loop(seeds: int) -> tuple[float, list]:
    """Net by net, with the derivatives written out."""
    import numpy as np
    from scipy.special import erf, expit

    random = np.random.default_rng(0)
    scale, alpha = 1.0507009873554805, 1.6732632423543772

    def elu(z, alpha=1.0):
        low = alpha * np.expm1(np.minimum(z, 0))
        return np.where(z > 0, z, low), np.where(z > 0, 1, low + alpha)

    def selu(z):
        value, slope = elu(z, alpha)
        return scale * value, scale * slope

    def swish(z):
        s = expit(z)
        return z * s, s * (1 + z * (1 - s))

    def gelu(z):
        phi = (1 + erf(z / np.sqrt(2, dtype=np.float32))) / 2
        return z * phi, phi + z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi, dtype=np.float32)

    activations = {
        "sigmoid": lambda z: ((s := expit(z)), s * (1 - s)),
        "tanh": lambda z: ((t := np.tanh(z)), 1 - t * t),
        "relu": lambda z: (np.maximum(z, 0), (z > 0).astype(np.float32)),
        "leaky_relu": lambda z: (np.where(z > 0, z, 0.01 * z), np.where(z > 0, 1, 0.01)),
        "elu": elu,
        "selu": selu,
        "swish": swish,
        "gelu": gelu,
    }

    def normal(std):
        return lambda: std * random.standard_normal((WIDTH, WIDTH), np.float32)

    def uniform():
        limit = math.sqrt(3 / WIDTH)
        return (2 * limit * random.random((WIDTH, WIDTH), np.float32) - limit).astype(np.float32)

    def orthogonal():
        q, r = np.linalg.qr(random.standard_normal((WIDTH, WIDTH), np.float32))
        return q * np.sign(np.diagonal(r))

    stds = (math.sqrt(1 / WIDTH), math.sqrt(2 / WIDTH), math.sqrt(1 / WIDTH))
    draws = dict(
        zip(INITIALIZERS, (uniform, *map(normal, stds), orthogonal, normal(0.01), normal(1.0)), strict=True)
    )

    def norms(activation, draw) -> tuple:
        h = random.standard_normal((BATCH, WIDTH), np.float32)
        h *= math.sqrt(WIDTH) / np.linalg.norm(h, axis=1, keepdims=True)
        weights, inputs, slopes = [draw() for _ in range(DEPTH)], [], []
        for w in weights:
            inputs.append(h)
            h, slope = activation(h @ w)
            h = h.astype(np.float32)
            slopes.append(slope.astype(np.float32))
        delta = random.standard_normal((BATCH, WIDTH), np.float32)
        of_z, of_w = [], []
        for number in reversed(range(DEPTH)):
            of_z.append(np.linalg.norm(delta))
            of_w.append(np.linalg.norm(inputs[number].T @ delta))
            if number:
                delta = (delta @ weights[number].T) * slopes[number - 1]
        return of_z[::-1], of_w[::-1]

    with np.errstate(over="ignore", invalid="ignore"):
        began = time.perf_counter()
        found = [
            [[norms(activations[name], draw) for _ in range(seeds)] for name in ACTIVATIONS]
            for draw in draws.values()
        ]
        seconds = time.perf_counter() - began
    return seconds, _means([[[[s[i] for s in a] for a in row] for row in found] for i in (0, 1)], np)


def product() -> float:
    """Return the best rate of a plain matrix product, in operations a second: NumPy's and JAX's."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    best = 0.0
    for size in (256, 512, 1024, 2048):
        a = np.random.default_rng(0).standard_normal((size, size), np.float32)
        on_device, times = jnp.asarray(a), max(1, 2**30 // size**3)
        compiled = jax.jit(lambda a: a @ a)
        for multiply in (lambda a=a: a @ a, lambda a=on_device, f=compiled: f(a).block_until_ready()):
            for _ in range(8):
                began = time.perf_counter()
                for _ in range(times):
                    multiply()
                best = max(best, 2 * size**3 * times / (time.perf_counter() - began))
    return best


WAYS = {"dlfigs": dlfigs, "torch_loop": torch_loop, "torch_func": torch_func, "numpy": numpy_loop}

if __name__ == "__main__":
    if sys.argv[1] == "product":
        print(json.dumps({"rate": product()}))
    else:
        import numpy

        seconds, found = WAYS[sys.argv[1]](int(sys.argv[2]))
        # Ten layers below the top no way has left float32 yet: there they can be held against each other
        shown = [part[..., -11].tolist() for part in found]
        finite = float(numpy.mean([numpy.isfinite(part).all(axis=-1) for part in found]))
        print(json.dumps({"seconds": seconds, "ten_below": shown, "finite": finite}))
