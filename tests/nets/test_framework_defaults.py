"""The libraries themselves: build their layers with their defaults and look at what they drew.

The figure and the chapter on defaults use `dlfigs.nets.initializers.DEFAULTS`; here it is held
against Keras, Flax, Equinox and, where it is installed, PyTorch.
"""

import inspect
import math
import random

import equinox
import flax.linen
import flax.nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from dlfigs import theory
from dlfigs.nets.initializers import CUT_STD, DEFAULTS, fan_in_uniform

FAN_IN, FAN_OUT, DRAWS = 300, 200, 4
UNIFORM, CUT_NORMAL = 1.8, 2.3655  # fourth moment over squared variance; a whole normal has 3
EXPECTED = {  # initializer in `theory`, kurtosis, limit of the weights
    "keras": ("glorot_uniform", UNIFORM, math.sqrt(6 / (FAN_IN + FAN_OUT))),
    "flax": ("lecun_truncated_normal", CUT_NORMAL, 2 / CUT_STD / math.sqrt(FAN_IN)),
    "equinox": ("fan_in_uniform", UNIFORM, 1 / math.sqrt(FAN_IN)),
    "pytorch": ("fan_in_uniform", UNIFORM, 1 / math.sqrt(FAN_IN)),
}


@pytest.fixture(scope="module")
def keras(tmp_path_factory):
    """Keras on JAX, with its settings file in a folder of the tests instead of the home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        import keras

        assert keras.backend.backend() == "jax"
        states = random.getstate(), np.random.get_state()  # the next line changes both for everybody
        keras.utils.set_random_seed(0)
        yield keras
        random.setstate(states[0])
        np.random.set_state(states[1])


def keras_dense(keras, draw):
    layer = keras.layers.Dense(FAN_OUT)
    layer.build((None, FAN_IN))
    return layer.kernel, layer.bias


def linen_dense(draw):
    parameters = flax.linen.Dense(FAN_OUT).init(jax.random.key(draw), jnp.ones((1, FAN_IN)))["params"]
    return parameters["kernel"], parameters["bias"]


def nnx_linear(draw):
    layer = flax.nnx.Linear(FAN_IN, FAN_OUT, rngs=flax.nnx.Rngs(draw))
    return layer.kernel[...], layer.bias[...]


def equinox_linear(draw):
    layer = equinox.nn.Linear(FAN_IN, FAN_OUT, key=jax.random.key(draw))
    return layer.weight.T, layer.bias  # its weights are (out, in)


def torch_linear(draw):
    import torch  # not for all the tests that need none

    torch.manual_seed(draw)
    layer = torch.nn.Linear(FAN_IN, FAN_OUT)
    return layer.weight.detach().numpy().T, layer.bias.detach().numpy()  # its weights are (out, in)


def ours(name, draw):
    key_w, key_b = jax.random.split(jax.random.fold_in(jax.random.key(100), draw))
    return DEFAULTS[name].weights(key_w, FAN_IN, FAN_OUT), DEFAULTS[name].biases(key_b, FAN_IN, FAN_OUT)


def drawn(make):
    """Weights (draws, fan_in, fan_out) and biases (draws, fan_out)."""
    weights, biases = zip(*(map(np.asarray, make(draw)) for draw in range(DRAWS)), strict=True)
    return np.stack(weights), np.stack(biases)


LIBRARIES = ["keras", "flax.linen", "flax.nnx", "equinox", pytest.param("pytorch", marks=pytest.mark.torch)]


@pytest.fixture(params=LIBRARIES)
def layer(request):
    """Name in `DEFAULTS`, and what that library drew."""
    make = {
        "keras": lambda draw: keras_dense(request.getfixturevalue("keras"), draw),
        "flax.linen": linen_dense,
        "flax.nnx": nnx_linear,
        "equinox": equinox_linear,
        "pytorch": torch_linear,
    }[request.param]
    return request.param.partition(".")[0], *drawn(make)


def check(name, weights, biases):
    """Hold weights and biases against variance, limits and shape that the chapter tells for `name`."""
    initializer, kurtosis, limit = EXPECTED[name]
    assert weights.shape == (DRAWS, FAN_IN, FAN_OUT)
    assert weights.dtype == np.float32
    squares = weights.astype(float).ravel() ** 2
    error = squares.std() / np.sqrt(squares.size)
    expected = theory.weight_variance(initializer, FAN_IN, FAN_OUT) / FAN_IN
    assert abs(squares.mean() - expected) < 4.5 * error, "variance"
    assert abs(weights.mean()) < 4.5 * weights.std() / np.sqrt(weights.size), "mean"
    # 240,000 numbers: the standard error of the kurtosis is below 0.006
    assert (squares**2).mean() / squares.mean() ** 2 == pytest.approx(kurtosis, abs=0.03), "shape"
    assert 0.999 * limit < np.abs(weights).max() <= limit * (1 + 1e-6), "limit"
    assert (weights[0] != weights[1]).mean() > 0.99, "every draw is a new one"
    if name in ("equinox", "pytorch"):
        assert biases.std() == pytest.approx(1 / math.sqrt(3 * FAN_IN), rel=0.05)
        assert 0.98 / math.sqrt(FAN_IN) < np.abs(biases).max() <= 1 / math.sqrt(FAN_IN)
    else:
        assert (biases == 0).all()


def test_a_layer_draws_what_the_chapter_says(layer):
    check(*layer)


def test_a_layer_draws_what_we_draw_for_it(layer):
    name, weights, biases = layer
    our_weights, our_biases = drawn(lambda draw: ours(name, draw + DRAWS))
    assert stats.ks_2samp(weights.ravel(), our_weights.ravel()).pvalue > 1e-4
    if biases.any():
        assert stats.ks_2samp(biases.ravel(), our_biases.ravel()).pvalue > 1e-4
    else:
        assert not our_biases.any()


@pytest.mark.parametrize(("name", "wrong"), [("keras", "flax"), ("flax", "keras"), ("equinox", "flax")])
def test_another_librarys_draws_are_noticed(name, wrong):
    with pytest.raises(AssertionError):
        check(name, *drawn(lambda draw: ours(wrong, draw)))


def test_he_can_be_asked_for(keras):
    """What the table of the chapter writes in each library, in weights."""
    layer = keras.layers.Dense(FAN_OUT, kernel_initializer="he_normal")
    layer.build((None, FAN_IN))
    he = jax.nn.initializers.he_normal()
    linen = flax.linen.Dense(FAN_OUT, kernel_init=he).init(jax.random.key(0), jnp.ones((1, FAN_IN)))
    nnx = flax.nnx.Linear(FAN_IN, FAN_OUT, kernel_init=he, rngs=flax.nnx.Rngs(0))
    for weights in (layer.kernel, linen["params"]["kernel"], nnx.kernel[...]):
        weights = np.asarray(weights)
        assert FAN_IN * weights.var() == pytest.approx(2, rel=0.03)
        assert np.abs(weights).max() <= 2 / CUT_STD * math.sqrt(2 / FAN_IN) * (1 + 1e-6), "cut off"


@pytest.mark.torch
def test_he_can_be_asked_for_in_pytorch():
    """It is a whole normal distribution there, not one that is cut off."""
    import torch

    torch.manual_seed(0)
    layer = torch.nn.Linear(FAN_IN, FAN_OUT)
    torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    weights = layer.weight.detach().numpy()
    assert FAN_IN * weights.var() == pytest.approx(2, rel=0.03)
    assert np.abs(weights).max() > 3 * math.sqrt(2 / FAN_IN), "not cut off"
    torch.nn.init.trunc_normal_(layer.weight, std=1.0)
    assert np.abs(weights).max() <= 2, "whatever the standard deviation is"
    assert weights.std() == pytest.approx(CUT_STD, rel=0.02), "not rescaled"


@pytest.mark.torch
def test_other_layers_of_pytorch_have_the_default_of_linear():
    """The limit is one over the root of the fan-in, of weights and biases; for convolutions with places."""
    import torch

    torch.manual_seed(0)
    for layer, fan_in in (
        (torch.nn.Linear(FAN_IN, FAN_OUT), FAN_IN),
        (torch.nn.Conv1d(20, FAN_OUT, 5), 5 * 20),
        (torch.nn.Conv2d(10, FAN_OUT, 3), 9 * 10),
    ):
        for drawn in (layer.weight, layer.bias):
            assert 0.9 < drawn.abs().max() * math.sqrt(fan_in) <= 1 + 1e-6
    assert torch.nn.init.calculate_gain("leaky_relu", math.sqrt(5)) == pytest.approx(math.sqrt(1 / 3))
    assert torch.nn.init.calculate_gain("selu") == pytest.approx(3 / 4)


def test_the_default_activation_of_keras_is_none(keras):
    layer = keras.layers.Dense(FAN_OUT)
    x = np.random.default_rng(0).standard_normal((5, FAN_IN)).astype(np.float32)
    np.testing.assert_allclose(layer(x), x @ np.asarray(layer.kernel), rtol=1e-4, atol=1e-4)
    assert (np.asarray(layer(x)) < 0).any()


def test_keras_uses_glorot_uniform_for_every_kernel(keras):
    found = {}
    for name, layer in inspect.getmembers(keras.layers, inspect.isclass):
        parameters = inspect.signature(layer.__init__).parameters
        if "kernel_initializer" in parameters:
            found[name] = parameters["kernel_initializer"].default
    assert len(found) >= 20
    assert {"Dense", "Conv2D", "LSTM", "MultiHeadAttention"} <= found.keys()
    assert set(found.values()) == {"glorot_uniform"}


def test_other_layers_of_keras(keras):
    units = 32
    cell = keras.layers.LSTM(units).cell
    cell.build((None, 7, 20))
    recurrent, bias = np.asarray(cell.recurrent_kernel), np.asarray(cell.bias)
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(units), atol=1e-5)
    assert np.abs(cell.kernel).max() <= math.sqrt(6 / (20 + 4 * units))
    gates = bias.reshape(4, units)  # input, forget, cell, output
    assert (gates[1] == 1).all()
    assert (gates[[0, 2, 3]] == 0).all()
    embedding = keras.layers.Embedding(1000, units)
    embedding.build()
    values = np.asarray(embedding.embeddings)
    assert 0.0499 < np.abs(values).max() <= 0.05
    assert values.std() == pytest.approx(0.05 / math.sqrt(3), rel=0.02)


def test_the_square_root_of_five():
    """kaiming_uniform_ draws U(-b, b), b = gain sqrt(3 / fan_in), gain = sqrt(2 / (1 + a²))."""
    bound = math.sqrt(2 / (1 + math.sqrt(5) ** 2)) * math.sqrt(3 / FAN_IN)
    assert bound == pytest.approx(1 / math.sqrt(FAN_IN), rel=1e-12)
    assert np.abs(fan_in_uniform(jax.random.key(0), FAN_IN, FAN_OUT)).max() <= bound


def test_the_cut_normal_has_the_moments_that_we_say():
    assert stats.truncnorm.std(-2, 2) == pytest.approx(CUT_STD, rel=1e-9)
    kurtosis = stats.truncnorm.moment(4, -2, 2) / stats.truncnorm.var(-2, 2) ** 2
    assert kurtosis == pytest.approx(CUT_NORMAL, abs=1e-4)
