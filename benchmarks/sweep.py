"""A sweep of learning rates on digits: 64-128-128-10, 16 seeds, 6 rates, with and without BatchNorm.

    python benchmarks/sweep.py WAY

trains all 192 nets for 200 steps of SGD with minibatches of 32 and prints seconds and accuracies. Imports
do not count, compiling does.
"""

from __future__ import annotations

import json
import sys
import time

import pairs

RATES, SEEDS, STEPS, BATCH, WIDTH = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0), 16, 200, 32, 128
EPSILON, MOMENTUM, TRAINING = 1e-5, 0.9, 1197


def dlfigs() -> tuple[float, list]:
    """All nets of a seed at once, a share of the seeds for each processor."""
    pairs.use_all_processors()
    import jax
    import sklearn.datasets  # noqa: F401  an import too

    from dlfigs.experiments.rate_sweep import sweep_rates

    began = time.perf_counter()
    sizes = {"depth": 2, "width": WIDTH, "batch": BATCH, "steps": STEPS, "seeds": SEEDS}
    data = sweep_rates(jax.random.key(0), rates=RATES, **sizes)
    seconds = time.perf_counter() - began
    return seconds, data.test_accuracy.mean("seed").values.tolist()


def dlfigs_compiled() -> tuple[float, list]:
    """The same, once more in the same process: what compiling costs."""
    dlfigs()
    return dlfigs()


def _torch():
    import torch
    from sklearn.datasets import load_digits

    torch.manual_seed(0)
    torch.set_num_threads(1)  # for matrices as small as these two threads are slower than one
    x, y = load_digits(return_X_y=True)
    return torch, torch.tensor(x, dtype=torch.float32), torch.tensor(y)


def _split(torch, x, y) -> tuple:
    order = torch.randperm(len(x))
    train, test = order[:TRAINING], order[-300:]
    mean, std = x[train].mean(), x[train].std()
    x = (x - mean) / std
    return x[train], y[train], x[test], y[test]


def torch_loop() -> tuple[float, list]:
    """Net by net with torch.nn and torch.optim: what a tutorial would do."""
    torch, x, y = _torch()
    from torch import nn

    def train(normalized: bool, rate: float) -> float:
        x_train, y_train, x_test, y_test = _split(torch, x, y)
        layers: list[nn.Module] = []
        for fan_in in (x.shape[1], WIDTH):
            dense = nn.Linear(fan_in, WIDTH)
            nn.init.kaiming_normal_(dense.weight, nonlinearity="relu")
            layers += [dense, *([nn.BatchNorm1d(WIDTH)] if normalized else []), nn.ReLU()]
        net = nn.Sequential(*layers, nn.Linear(WIDTH, 10))
        optimizer, loss = torch.optim.SGD(net.parameters(), lr=rate), nn.CrossEntropyLoss()
        for _ in range(STEPS):
            rows = torch.randint(0, TRAINING, (BATCH,))
            optimizer.zero_grad()
            loss(net(x_train[rows]), y_train[rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            return (net(x_test).argmax(dim=1) == y_test).float().mean().item()

    began = time.perf_counter()
    found = [
        [sum(train(normalized, rate) for _ in range(SEEDS)) / SEEDS for rate in RATES]
        for normalized in (False, True)
    ]
    return time.perf_counter() - began, found


def torch_func() -> tuple[float, list]:
    """torch.func.vmap over all seeds and rates of a normalization at once."""
    torch, x, y = _torch()
    relu, cross_entropy = torch.relu, torch.nn.functional.cross_entropy

    def outputs(net, x, normalized, averages=None):
        seen = []
        for number in (0, 1):
            x = x @ net[f"w{number}"] + net[f"b{number}"]
            if normalized:
                mean, variance = averages[number] if averages else (x.mean(0), x.var(0, correction=0))
                seen.append((mean, variance))
                x = net[f"scale{number}"] * (x - mean) / torch.sqrt(variance + EPSILON)
                x = x + net[f"shift{number}"]
            x = relu(x)
        return x @ net["w2"] + net["b2"], seen

    def sweep(normalized: bool) -> list:
        nets = SEEDS * len(RATES)
        rates = torch.tensor(RATES).repeat(SEEDS)

        def drawn(fan_in, fan_out, gain):
            w = torch.randn(SEEDS, fan_in, fan_out) * (gain / fan_in) ** 0.5
            return w.repeat_interleave(len(RATES), dim=0)

        sizes = (x.shape[1], WIDTH, WIDTH, 10)
        net = {f"w{i}": drawn(sizes[i], sizes[i + 1], 2 if i < 2 else 1) for i in range(3)}
        net |= {f"b{i}": torch.zeros(nets, sizes[i + 1]) for i in range(3)}
        if normalized:
            net |= {f"scale{i}": torch.ones(nets, WIDTH) for i in (0, 1)}
            net |= {f"shift{i}": torch.zeros(nets, WIDTH) for i in (0, 1)}
        averages = [[torch.zeros(nets, WIDTH), torch.ones(nets, WIDTH)] for _ in (0, 1)]

        def loss(net, x, y):
            outs, seen = outputs(net, x, normalized)
            return cross_entropy(outs, y), seen

        gradient = torch.func.vmap(torch.func.grad(loss, has_aux=True))
        splits = [_split(torch, x, y) for _ in range(SEEDS)]
        x_train, y_train, x_test, y_test = (torch.stack(parts) for parts in zip(*splits, strict=True))
        seeds = torch.arange(SEEDS)[:, None]
        for _ in range(STEPS):
            rows = torch.randint(0, TRAINING, (SEEDS, BATCH))
            batch = (part[seeds, rows].repeat_interleave(len(RATES), 0) for part in (x_train, y_train))
            changes, seen = gradient(net, *batch)
            for name, change in changes.items():
                net[name] = net[name] - rates.view(-1, *[1] * (change.ndim - 1)) * change
            for old, new in zip(averages, seen, strict=True) if normalized else ():
                for part in (0, 1):
                    old[part] = MOMENTUM * old[part] + (1 - MOMENTUM) * new[part]
        many = (part.repeat_interleave(len(RATES), 0) for part in (x_test, y_test))
        x_many, y_many = many
        predict = torch.func.vmap(lambda net, x, averages: outputs(net, x, normalized, averages)[0])
        right = predict(net, x_many, averages).argmax(dim=2) == y_many
        return right.float().mean(1).view(SEEDS, -1).mean(0).tolist()

    began = time.perf_counter()
    found = [sweep(False), sweep(True)]
    return time.perf_counter() - began, found


WAYS = {
    "dlfigs": dlfigs,
    "dlfigs_compiled": dlfigs_compiled,
    "torch_loop": torch_loop,
    "torch_func": torch_func,
}

if __name__ == "__main__":
    seconds, accuracies = WAYS[sys.argv[1]]()
    print(json.dumps({"seconds": seconds, "accuracy": accuracies}))
