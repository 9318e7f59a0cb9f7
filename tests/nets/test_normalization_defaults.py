"""Batch normalization of the libraries themselves, held against ours: constants, statistics, outputs.

The chapter and its figures use `BATCH_NORM_DEFAULTS`. PyTorch runs where it is installed; its documented
update is written out, too.
"""

import equinox
import flax.linen
import flax.nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_framework_defaults import keras  # noqa: F401  (a fixture)

from dlfigs.nets.layers import BATCH_NORM_DEFAULTS, batch_norm, moving_averages, normalize

FEATURES, BATCH, STEPS = 3, 5, 4  # a small batch: n and n - 1 differ
STRETCH = np.array([0.02, 1.0, 50.0])  # the first feature's variance is as small as Keras's epsilon


def batches():
    draw = np.random.default_rng(0)
    x = draw.standard_normal((STEPS, BATCH, FEATURES)) * STRETCH + np.array([-1.0, 0.0, 30.0])
    return x.astype(np.float32)


def keras_layer(keras):  # noqa: F811
    layer = keras.layers.BatchNormalization()
    outputs = [layer(x, training=True) for x in batches()]
    return outputs, layer.moving_mean, layer.moving_variance, layer(batches()[0], training=False)


def linen_layer():
    layer = flax.linen.BatchNorm()
    variables = layer.init(jax.random.key(0), batches()[0], use_running_average=False)
    outputs = []
    for x in batches():
        output, changed = layer.apply(variables, x, use_running_average=False, mutable=["batch_stats"])
        variables = variables | changed
        outputs.append(output)
    stored = variables["batch_stats"]
    late = layer.apply(variables, batches()[0], use_running_average=True)
    return outputs, stored["mean"], stored["var"], late


def nnx_layer():
    layer = flax.nnx.BatchNorm(FEATURES, rngs=flax.nnx.Rngs(0))
    outputs = [layer(x, use_running_average=False) for x in batches()]
    late = layer(batches()[0], use_running_average=True)
    return outputs, layer.mean[...], layer.var[...], late


def torch_layer():
    import torch  # not for all the tests that need none

    layer = torch.nn.BatchNorm1d(FEATURES)
    with torch.no_grad():
        outputs = [layer(torch.from_numpy(x)).numpy() for x in batches()]
        layer.eval()
        late = layer(torch.from_numpy(batches()[0])).numpy()
    return outputs, layer.running_mean.numpy(), layer.running_var.numpy(), late


def pytorch_rule():
    """The documented rule: new = 0.9 old + 0.1 observed, the variance with n - 1, epsilon 1e-5."""
    mean, variance = np.zeros(FEATURES), np.ones(FEATURES)
    outputs = []
    for x in batches():
        outputs.append((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5))
        mean = 0.9 * mean + 0.1 * x.mean(axis=0)
        variance = 0.9 * variance + 0.1 * x.var(axis=0, ddof=1)
    return outputs, mean, variance, (batches()[0] - mean) / np.sqrt(variance + 1e-5)


LIBRARIES = ["keras", "flax.linen", "flax.nnx", "pytorch.rule"]


@pytest.fixture(params=[*LIBRARIES, pytest.param("pytorch", marks=pytest.mark.torch)])
def layer(request):
    """Name in `BATCH_NORM_DEFAULTS`, outputs in training, stored statistics, outputs at inference."""
    make = {
        "keras": lambda: keras_layer(request.getfixturevalue("keras")),
        "flax.linen": linen_layer,
        "flax.nnx": nnx_layer,
        "pytorch.rule": pytorch_rule,
        "pytorch": torch_layer,
    }[request.param]
    return request.param.partition(".")[0], *make()


def check(name, outputs, mean, variance, late):
    rule = BATCH_NORM_DEFAULTS[name]
    one, zero = jnp.ones(FEATURES), jnp.zeros(FEATURES)
    for x, output in zip(batches(), outputs, strict=True):
        np.testing.assert_allclose(output, batch_norm(x, one, zero, rule.epsilon), rtol=2e-3, atol=2e-4)
    x = jnp.asarray(batches())
    means, variances = moving_averages(x.mean(axis=1), x.var(axis=1), rule, BATCH)
    assert means.shape == variances.shape == (STEPS + 1, FEATURES)
    np.testing.assert_allclose(means[0], 0)
    np.testing.assert_allclose(variances[0], 1)
    np.testing.assert_allclose(mean, means[-1], rtol=1e-4)
    # Flax computes the variance as mean square minus squared mean, in 32 bits
    np.testing.assert_allclose(variance, variances[-1], rtol=1e-4)
    ours = normalize(x[0], means[-1], variances[-1], one, zero, rule.epsilon)
    np.testing.assert_allclose(late, ours, rtol=1e-3, atol=1e-4)


def test_a_library_does_what_we_say(layer):
    check(*layer)


@pytest.mark.parametrize(("name", "wrong"), [("flax", "keras"), ("flax", "pytorch"), ("pytorch", "flax")])
def test_another_librarys_constants_are_noticed(name, wrong):
    made = {"flax": linen_layer, "pytorch": pytorch_rule}[name]()
    with pytest.raises(AssertionError):
        check(wrong, *made)


def test_our_layer_is_that_of_equinox_and_its_start_is_what_the_chapter_says():
    """In version 0.13.8 the stored variance starts at 1 and is corrected as if it had started at 0."""
    make = equinox.nn.make_with_state(equinox.nn.BatchNorm)
    layer, state = make(FEATURES, axis_name="batch", mode="batch")
    rule = BATCH_NORM_DEFAULTS["flax"]
    assert (layer.momentum, layer.eps) == (rule.momentum, rule.epsilon)
    call = jax.vmap(layer, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
    one, zero = jnp.ones(FEATURES), jnp.zeros(FEATURES)
    for x in batches():
        output, state = call(jnp.asarray(x), state)
        np.testing.assert_allclose(output, batch_norm(x, one, zero), rtol=2e-3, atol=2e-4)
    x = jnp.asarray(batches())
    means, variances = moving_averages(x.mean(axis=1), x.var(axis=1), rule, BATCH)
    left = rule.momentum**STEPS
    late = jax.vmap(lambda x: equinox.nn.inference_mode(layer)(x, state)[0], axis_name="batch")(x[0])
    as_if_from_zero = means[-1] / (1 - left), variances[-1] / (1 - left)
    np.testing.assert_allclose(late, normalize(x[0], *as_if_from_zero, one, zero), rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("channels_last", [True, False])
def test_a_convolution_has_one_mean_per_channel(channels_last):
    """Per channel over examples, height and width: the chapter's rule, and Flax's."""
    axis = -1 if channels_last else 1
    x = np.random.default_rng(1).standard_normal((4, 5, 6, 7)).astype(np.float32)
    layer = flax.linen.BatchNorm(axis=axis)
    variables = layer.init(jax.random.key(0), x, use_running_average=False)
    output, _ = layer.apply(variables, x, use_running_average=False, mutable=["batch_stats"])
    rows = np.moveaxis(x, axis, -1)
    channels = rows.shape[-1]
    flat = batch_norm(rows.reshape(-1, channels), jnp.ones(channels), jnp.zeros(channels))
    expected = np.moveaxis(np.asarray(flat).reshape(rows.shape), -1, axis)
    np.testing.assert_allclose(output, expected, atol=1e-4)


def test_keras_says_its_constants(keras):  # noqa: F811
    layer = keras.layers.BatchNormalization()
    assert (layer.momentum, layer.epsilon, layer.axis) == (0.99, 1e-3, -1)
