"""Whatever a user gives the functions of nets: as JAX, Flax, Keras or optax have it, or a clear refusal."""

import flax.linen
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_activations import JUDGES as OF_JAX
from test_framework_defaults import keras  # noqa: F401  a fixture

from dlfigs.nets import initializers, layers
from dlfigs.nets.activations import ACTIVATIONS, gelu_tanh, relu
from dlfigs.nets.inputs import numeric
from dlfigs.nets.mlp import init_mlp, mlp
from dlfigs.nets.training import accuracy, cross_entropy, train

JUDGES = OF_JAX | {
    "linear": lambda x: x,
    "gelu_tanh": lambda x: jax.nn.gelu(x, approximate=True),
}
OURS = {**ACTIVATIONS, "gelu_tanh": gelu_tanh}
FLOATS = ["float16", "bfloat16", "float32", "float64"]
INTEGERS = ["int8", "uint8", "int32"]
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 65504.0, -65504.0, 1e-7, 3e38, -3e38]
# Always as many: a new shape is compiled anew
values = st.lists(st.floats(-100, 100) | st.sampled_from(SPECIAL), min_size=8, max_size=8)
logits = st.lists(st.floats(-100, 100) | st.sampled_from([-np.inf, np.nan]), min_size=8, max_size=8)
modest = st.lists(st.floats(-50, 50, width=16), min_size=24, max_size=24)
few = settings(max_examples=12, deadline=None)


def close(ours, theirs, x, units=8):
    """Whether two results agree to the precision of their type, and have the same type."""
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    step = float(jnp.finfo(ours.dtype).eps)
    size = np.abs(np.nan_to_num(np.asarray(x, float), nan=0, posinf=0, neginf=0)).max(initial=1)
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    np.testing.assert_allclose(ours, theirs, rtol=units * step, atol=units * step * min(size, 100))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", JUDGES)
def test_activations_are_those_of_jax_in_every_precision(name, dtype):
    ours, theirs = jax.jit(OURS[name]), jax.jit(JUDGES[name])  # compiled once, not operation by operation

    @few
    @given(x=values)
    def agree(x):
        x = jnp.asarray(np.array(x)).astype(dtype)  # NumPy would warn of overflow
        close(ours(x), theirs(x), x)

    with jax.enable_x64(dtype == "float64"):
        agree()


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", JUDGES)
def test_activations_of_whole_numbers_are_those_of_the_same_real_ones(name, dtype):
    x = jnp.asarray([0, 1, 2, 100, -1 % 256 if dtype == "uint8" else -1], dtype)
    ours = jax.jit(OURS[name])(x)
    assert ours.dtype == (x.dtype if name in ("linear", "relu") else jnp.float32)
    close(ours.astype(jnp.float32), JUDGES[name](x.astype(jnp.float32)), x)


@pytest.mark.parametrize("name", JUDGES)
def test_activations_take_numbers_lists_and_arrays_of_any_shape(name):
    assert OURS[name](0.5).shape == ()
    assert OURS[name](np.float32(0.5)).dtype == jnp.float32
    np.testing.assert_array_equal(OURS[name]([0.5, 1.0]), OURS[name](np.array([0.5, 1.0])))
    for shape in ((0,), (1, 1), (2, 0, 3), (2, 1, 3)):
        assert OURS[name](jnp.zeros(shape)).shape == shape
    for wrong in (1j, np.array([1j]), True, np.array([True]), "one", None, [1.0, "one"], object()):
        with pytest.raises(TypeError, match="x must be real numbers, not "):
            OURS[name](wrong)


def test_a_net_that_has_diverged_does_not_look_alive():
    np.testing.assert_array_equal(relu(jnp.array([jnp.nan, -1.0, 2.0])), [np.nan, 0, 2])
    assert jax.grad(relu)(0.0) == 0
    net = init_mlp(jax.random.key(0), initializers.he_normal, inputs=2, width=3, depth=2, outputs=1)
    assert jnp.isnan(mlp(net, jnp.array([[jnp.nan, 1.0]]), relu)[0]).all()


SHAPES = [(8, 3), (2, 4, 3), (1, 24), (24, 1)]


def flax_batch_norm(x, scale, shift):
    module = flax.linen.BatchNorm(use_running_average=False, epsilon=1e-5, use_fast_variance=False)
    own = {"mean": jnp.zeros(x.shape[-1]), "var": jnp.ones(x.shape[-1])}
    given_ = {"params": {"scale": scale, "bias": shift}, "batch_stats": own}
    return module.apply(given_, x, mutable=["batch_stats"])[0]


def flax_layer_norm(x, scale, shift):
    module = flax.linen.LayerNorm(epsilon=1e-5, use_fast_variance=False)
    return module.apply({"params": {"scale": scale, "bias": shift}}, x)


def flax_group_norm(x, scale, shift):
    module = flax.linen.GroupNorm(num_groups=3, epsilon=1e-5, use_fast_variance=False)
    return module.apply({"params": {"scale": scale, "bias": shift}}, x)


NORMALIZATIONS = [(layers.batch_norm, flax_batch_norm, shape) for shape in SHAPES]
NORMALIZATIONS += [(layers.layer_norm, flax_layer_norm, shape) for shape in SHAPES]
NORMALIZATIONS += [(lambda *given_: layers.group_norm(*given_, 3), flax_group_norm, (4, 6))]


@pytest.mark.parametrize("dtype", ["float16", "float32", "int32"])
@pytest.mark.parametrize(("ours", "theirs", "shape"), NORMALIZATIONS)
def test_normalizations_are_those_of_flax(ours, theirs, shape, dtype):
    ours, theirs = jax.jit(ours), jax.jit(theirs)

    @few
    @given(x=modest, special=st.sampled_from([None, np.nan, np.inf]))
    def agree(x, special):
        x = np.array(x)
        if special is not None and dtype != "int32":
            x[5] = special
        x = jnp.asarray(x.reshape(shape), dtype)
        # Parameters as precise as x: the result is of that precision then
        kind = jnp.float32 if dtype == "int32" else x.dtype
        scale, shift = (
            jnp.linspace(0.5, 2, shape[-1], dtype=kind),
            jnp.linspace(-1, 1, shape[-1], dtype=kind),
        )
        expected = theirs(x.astype(jnp.float32), scale.astype(jnp.float32), shift.astype(jnp.float32))
        found = ours(x, scale, shift)
        assert found.dtype == kind
        tolerance = {"float16": 1e-2}.get(dtype, 1e-3)
        np.testing.assert_allclose(np.asarray(found, float), expected, rtol=tolerance, atol=tolerance)

    agree()


def test_variances_of_short_numbers_do_not_overflow():
    x = jnp.asarray([[300.0, 1.0], [-300.0, 3.0]], jnp.float16)  # 300 squared is more than float16 has
    one, zero = jnp.ones(2, jnp.float16), jnp.zeros(2, jnp.float16)
    np.testing.assert_allclose(layers.batch_norm(x, one, zero), [[1, -1], [-1, 1]], atol=1e-3)
    np.testing.assert_allclose(layers.layer_norm(x, one, zero), [[1, -1], [-1, 1]], atol=1e-3)
    assert jnp.isfinite(layers.batch_norm_gradient(x, x)).all()


def test_empty_batches_stay_empty():
    empty, one = jnp.zeros((0, 6)), jnp.ones(6)
    for layer in (layers.batch_norm, layers.layer_norm, lambda *x: layers.group_norm(*x, 2)):
        assert layer(empty, one, one).shape == (0, 6)
    assert layers.batch_norm_gradient(empty, empty).shape == (0, 6)
    means, variances = layers.moving_averages(empty, empty, layers.BATCH_NORM_DEFAULTS["keras"], 4)
    np.testing.assert_array_equal(means, np.zeros((1, 6)))
    np.testing.assert_array_equal(variances, np.ones((1, 6)))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int32"])
def test_dropouts_keep_the_precision_and_are_those_of_keras(keras, dtype):  # noqa: F811
    x = jnp.ones((50, 40)).at[0].set(2).astype(dtype)
    keys = jax.random.key(0)
    kind = jnp.float32 if dtype == "int32" else x.dtype
    assert layers.dropout(keys, x, 0.5).dtype == layers.alpha_dropout(keys, x, 0.5).dtype == kind
    theirs = keras.layers.AlphaDropout(0.5, seed=1)(np.asarray(x, np.float32), training=True)
    ours = layers.alpha_dropout(keys, x, 0.5)
    found, expected = np.unique(np.asarray(ours, float)), np.unique(np.asarray(theirs, float))
    np.testing.assert_allclose(found, expected, rtol=2e-2 if dtype == "bfloat16" else 2e-3)
    lost = np.asarray(layers.dropout(keys, jnp.full(1000, jnp.nan), 0.5))
    assert {"nan", "0.0"} == {str(number) for number in lost}


@few
@given(outputs=logits, labels=st.lists(st.integers(0, 3), min_size=2, max_size=2))
def test_cross_entropy_is_that_of_optax_and_accuracy_counts(outputs, labels):
    outputs = jnp.asarray(outputs, jnp.float32).reshape(2, 4)
    labels = jnp.asarray(labels)
    expected = optax.softmax_cross_entropy_with_integer_labels(outputs, labels).mean()
    np.testing.assert_allclose(cross_entropy(outputs, labels), expected, rtol=1e-5, atol=1e-6)
    assert accuracy(outputs, labels) == np.mean(np.argmax(outputs, axis=1) == np.asarray(labels))


@pytest.mark.parametrize("fans", [(1, 5), (7, 2)])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_initializers_draw_what_jax_s_do_from_the_same_key(fans, seed):
    scaling, key = jax.nn.initializers.variance_scaling, jax.random.key(seed)
    judges = {
        "glorot_uniform": scaling(1.0, "fan_avg", "uniform"),
        "glorot_normal": scaling(1.0, "fan_avg", "normal"),
        "he_normal": scaling(2.0, "fan_in", "normal"),
        "lecun_normal": scaling(1.0, "fan_in", "normal"),
        "lecun_truncated_normal": jax.nn.initializers.lecun_normal(),
        "orthogonal": jax.nn.initializers.orthogonal(),
        "small_normal": jax.nn.initializers.normal(0.01),
        "large_normal": jax.nn.initializers.normal(1.0),
        "fan_in_uniform": scaling(1 / 3, "fan_in", "uniform"),
    }
    for name, judge in judges.items():
        found = getattr(initializers, name)(key, *fans)
        np.testing.assert_allclose(found, judge(key, fans, jnp.float32), rtol=1e-5, atol=1e-6, err_msg=name)


KEY, X, ONE = jax.random.key(0), jnp.ones((4, 6)), jnp.ones(6)
SETTINGS = {
    "parameters": jnp.ones(()),
    "loss": lambda w, x, y: (w * x - y).mean(),
    "optimizer": optax.sgd(1.0),
}


def net(**sizes):
    sizes = {"inputs": 2, "width": 3, "depth": 1, "outputs": 1} | sizes
    return init_mlp(KEY, initializers.he_normal, **sizes)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: layers.dropout(KEY, X, 1.0), "the rate must be 0 or more and below 1, not 1.0"),
        (lambda: layers.dropout(KEY, X, -0.1), "the rate must be 0 or more and below 1, not -0.1"),
        (
            lambda: layers.alpha_dropout(KEY, X, float("nan")),
            "the rate must be 0 or more and below 1, not nan",
        ),
        (lambda: layers.batch_norm(ONE, ONE, ONE), "x must have 2 axes or more"),
        (lambda: layers.batch_norm(X, jnp.ones(4), ONE), r"scale has the shape \(4,\), which does not fit"),
        (lambda: layers.layer_norm(X, ONE, jnp.ones((2, 4, 6))), r"shift has the shape \(2, 4, 6\)"),
        (lambda: layers.normalize(X, jnp.ones(5), ONE, ONE, ONE), r"mean has the shape \(5,\)"),
        (lambda: layers.group_norm(X, ONE, ONE, 4), "4 groups do not divide 6 features"),
        (
            lambda: layers.group_norm(X[None], ONE, ONE, 2),
            r"x must be \(batch, features\), not \(1, 4, 6\)",
        ),
        (lambda: layers.batch_norm_gradient(X, ONE), "must have one shape"),
        (
            lambda: layers.moving_averages(X, X, layers.BATCH_NORM_DEFAULTS["pytorch"], 1),
            "an unbiased variance needs batches of 2 or more, not 1",
        ),
        (lambda: cross_entropy(X, jnp.zeros((4, 1), int)), r"labels \(4, 1\) do not fit outputs \(4, 6\)"),
        (lambda: accuracy(X, jnp.zeros((4, 1), int)), r"labels \(4, 1\) do not fit outputs \(4, 6\)"),
        (lambda: cross_entropy(X, jnp.array([0, 1, 2, 6])), "labels must be from 0 to 5"),
        (lambda: cross_entropy(X, jnp.array([0, 1, 2, -1])), "labels must be from 0 to 5"),
        (lambda: accuracy(X, jnp.ones(4)), "labels must be whole numbers, not float32"),
        (lambda: initializers.he_normal(KEY, 0, 3), "1 input and 1 output or more, not 0 and 3"),
        (lambda: initializers.orthogonal(KEY, 3, -1), "1 input and 1 output or more, not 3 and -1"),
        (lambda: initializers.he_normal(KEY, 2.0, 3), "cannot be interpreted as an integer"),
        (lambda: net(depth=0), "depth must be 1 hidden layer or more, not 0"),
        (lambda: mlp(net(), X, relu), r"x \(4, 6\) does not have the net's 2 inputs"),
        (lambda: mlp(net(), X + 1j, relu), "x must be real numbers, not complex64"),
        (lambda: train(3, x=X, y=jnp.ones(3), **SETTINGS), "must have as many examples"),
        (lambda: train(np.array([[0, 4]]), x=X, y=X, **SETTINGS), "examples are numbered from 0 to 3"),
        (lambda: train(3, x=X, y=X, **SETTINGS, watch=lambda w: w, every=2), "3 steps are no multiple"),
        (lambda: numeric([[1.0], [1.0, 2.0]]), "x must be real numbers, not list"),
    ],
)
def test_what_has_no_answer_is_refused(wrong, said):
    with pytest.raises((TypeError, ValueError), match=said):
        wrong()


def test_steps_may_be_counted_by_any_whole_number():
    for steps in (2, np.int64(2), jnp.asarray(2)):
        w, losses = train(steps, x=X, y=X, **SETTINGS)
        assert losses.shape == (2,)
        assert w == -1
