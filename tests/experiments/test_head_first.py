"""First the output layer, then all layers: the same accuracies as two plain loops of optax."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dlfigs.draws import generator
from dlfigs.experiments import few_labels
from dlfigs.experiments.head_first import head_first
from dlfigs.experiments.tasks import draw_task
from dlfigs.nets.activations import relu
from dlfigs.nets.mlp import Dense, mlp
from dlfigs.nets.training import accuracy, cross_entropy

KEY = jax.random.key(3)
SETTINGS = {"budgets": (2, 4), "rates": (0.003, 0.03), "steps": 40, "batch": 8}


@pytest.fixture(scope="module")
def task():
    sizes = {"side": 8, "most": 4, "source": range(5), "target": range(5, 10), "copies": 1}
    return draw_task(KEY, **sizes, seeds=2)


def loop(net, index, x, y, rate, *, head_only):
    """Adam on these minibatches, of the output layer alone or of all."""

    def loss(part, index):
        whole = net._replace(last=part) if head_only else part
        return cross_entropy(mlp(whole, x[index], relu)[0], y[index])

    part, optimizer = net.last if head_only else net, optax.adam(rate)
    state = optimizer.init(part)
    for rows in index:
        updates, state = optimizer.update(jax.grad(loss)(part, rows), state)
        part = optax.apply_updates(part, updates)
    return net._replace(last=part) if head_only else part


def test_two_stages_of_half_the_steps_each(task):
    nets = few_labels.encoders(KEY, task, width=12, depth=2, outputs=5)
    found = head_first(KEY, task, nets, **SETTINGS)
    assert found.test_accuracy.dims == ("start", "budget", "rate", "seed")
    key_head, key_batches = jax.random.split(KEY)
    numbers = generator(key_batches).random((2, 40, 8), np.float32)
    heads = generator(key_head).normal(size=(2, 12, 5)) / np.sqrt(12)
    for seed, budget, rate in ((0, 2, 0.003), (1, 4, 0.03)):
        net = jax.tree.map(lambda part, seed=seed: part[seed], nets)
        net = net._replace(last=Dense(jnp.asarray(heads[seed], jnp.float32), jnp.zeros(5)))
        index = (numbers[seed] * budget * 5).astype(int)
        x, y = task.x_train[seed], task.y_train[seed]
        head = loop(net, index[:20], x, y, rate, head_only=True)
        both = loop(head, index[20:], x, y, rate, head_only=False)
        assert not np.allclose(both.first.w, net.first.w), "in the second stage all layers learn"
        expected = accuracy(mlp(both, task.x_test[seed], relu)[0], task.y_test[seed])
        measured = found.test_accuracy.sel(budget=budget, rate=rate, seed=seed).item()
        assert measured == pytest.approx(float(expected), abs=0.01)
