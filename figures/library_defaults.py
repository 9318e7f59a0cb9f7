# %% [markdown]
# # What your framework's default does to a deep ReLU net
#
# Deep ReLU nets are drawn as each library draws a dense layer when it is told nothing else. Signals
# are followed up, gradients down. That these are the libraries' defaults is checked against the
# libraries themselves, by tests/nets/test_framework_defaults.py.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary, theory
from dlfigs.experiments.defaults import signals_and_gradients
from dlfigs.nets.initializers import DEFAULTS, Start, he_normal, zero_biases
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

# Keras and Flax share a line: one is drawn wide, the other on top of it. Purple is nearly as light as
# the dashes of theory on a dark page: it is drawn wide too, so that it shows beside them
NETS = {
    "keras": ("Keras", color_of("Keras"), 4.4),
    "flax": ("Flax", color_of("Flax"), 2.2),
    "pytorch": ("PyTorch,\nEquinox", color_of("PyTorch"), 3.2),
    "he": ("He", color_of("He"), 2.2),
}
WEIGHTS = {
    "keras": "glorot_uniform",
    "flax": "lecun_truncated_normal",
    "pytorch": "fan_in_uniform",
    "he": "he_normal",
}
SETTLED = 8  # from this layer on the signal of PyTorch's default is within 1e-4 of its floor


# %%
def compute(key, *, depth=20, width=128, seeds=128):
    """Signal, separation and gradient by layer; dims (library, seed, layer)."""
    defaults = DEFAULTS | {"he": Start(he_normal, zero_biases)}
    nets = {name: defaults[name] for name in NETS}
    return signals_and_gradients(
        key, defaults=nets, activation="relu", depth=depth, width=width, seeds=seeds
    )


# %%
def variances(data, name):
    """Variances of weights (times fan-in) and biases that mean-field theory is told."""
    width = data.attrs["width"]
    sigma_w2 = theory.weight_variance(WEIGHTS[name], width, width)
    return sigma_w2, sigma_w2 / width if name == "pytorch" else 0.0


def mean_field(data, name):
    sigma_w2, sigma_b2 = variances(data, name)
    return theory.mean_field("relu", sigma_w2, data.sizes["layer"], sigma_b2)


def separation(data):
    """Of two inputs under PyTorch's default, in theory."""
    return theory.relu_separation(*variances(data, "pytorch"), data.sizes["layer"])


def summarize(data):
    layer = ["library", "layer"]
    drawn = summary.interval(data.signal).merge(summary.interval(data.gradient_norm))
    drawn["signal_mean"] = data.signal.mean("seed").assign_attrs(long_name="signal, mean over seeds")
    rms = np.sqrt((data.gradient_norm**2).mean("seed"))
    drawn["gradient_norm_rms"] = rms.assign_attrs(long_name="gradient norm, root mean square over seeds")
    fields = [mean_field(data, name) for name in NETS]
    text = {"units": "1", "long_name": "signal, theory"}
    drawn["signal_theory"] = (layer, [q for q, _ in fields], text)
    text = {"units": "relative to the last layer", "long_name": "gradient norm, theory"}
    drawn["gradient_norm_theory"] = (layer, [np.sqrt(g) for _, g in fields], text)
    apart = data.separation.sel(library="pytorch", drop=True).mean("seed")
    text = "PyTorch, Equinox: mean squared difference between two inputs' signals"
    drawn["separation_mean"] = apart.assign_attrs(long_name=f"{text}, mean over seeds")
    words = {"units": "1", "long_name": f"{text}, theory"}
    drawn["separation_theory"] = ("layer", separation(data), words)
    return drawn


# %%
def draw(fig, data):
    top, bottom = fig.subplots(2, 1)
    depth = data.sizes["layer"]
    for ax, quantity, center in ((top, "signal", "mean"), (bottom, "gradient_norm", "rms")):
        labels = []
        for name, (label, color, width) in NETS.items():
            one = data.sel(library=name)
            marks.band(ax, one.layer, one[f"{quantity}_low"], one[f"{quantity}_high"], color)
            ax.plot(one.layer, one[f"{quantity}_{center}"], color=color, linewidth=width)
            marks.theory(ax, one.layer, one[f"{quantity}_theory"])
            end = one[f"{quantity}_theory"].isel(layer=-1 if ax is top else 0)
            labels.append((float(end), label, color))
        if ax is top:
            ax.plot(data.layer, data.separation_mean, color=color_of("PyTorch"), linewidth=3.2, ls=":")
            marks.theory(ax, data.layer, data.separation_theory)
            labels.append(
                (float(data.separation_theory[-1]), "PyTorch: two\ninputs’ difference", color_of("PyTorch"))
            )
        ax.set(yscale="log", xlim=(1, depth) if ax is top else (depth, 1))
        ax.set_xticks([1, *range(5, depth + 1, 5)])
        marks.label_ends(ax, labels, gap=0.1)
    top.set(ylabel="mean square", xlabel="layer, from the input up")
    bottom.set(ylabel="gradient norm", xlabel="layer, from the output down")
    top.set_title("Signal: pre-activations")
    bottom.set_title("Gradient, relative to the last layer")


# %%
def claims(data):

    def claim(name, text, each_net, expected, relative, power=1.0):
        """The mean over nets, raised to a power."""
        mean, error = each_net.mean(), summary.standard_error(each_net)
        error = power * mean**power * error / mean
        limits = {"expected": expected, "tolerance": relative * expected, "standard_error": error}
        return Claim(name, text, measured=mean**power, **limits)

    squared = data.gradient_norm**2
    down = summary.layer_factors(squared).mean("layer")  # what one layer does to the gradient
    up = (data.signal / data.signal.shift(layer=1)).mean("layer")  # and to the signal
    for name, (label, _, _) in NETS.items():
        label, (sigma_w2, _) = label.replace("\n", " "), variances(data, name)
        text = f"{label}: variance of the weights times fan-in"
        variance = data.weight_variance.sel(library=name)
        yield claim(f"{name}_variance", text, variance, sigma_w2, 0.001)
        text = f"{label}: one layer multiplies the squared gradient by"
        yield claim(f"{name}_gradient", text, down.sel(library=name), sigma_w2 / 2, 0.025)
        if name != "pytorch":
            text = f"{label}: one layer multiplies the mean square of the signal by"
            yield claim(f"{name}_signal", text, up.sel(library=name), sigma_w2 / 2, 0.025)
        text = f"{label}: gradient norm at layer 1, root mean square"
        first, expected = squared.sel(library=name).isel(layer=0), mean_field(data, name)[1][0] ** 0.5
        yield claim(f"{name}_first", text, first, expected, 0.25, power=0.5)
    torch, floor = data.sel(library="pytorch"), theory.relu_floor(*variances(data, "pytorch"))
    settled = torch.signal.isel(layer=slice(SETTLED - 1, None)).mean("layer")
    text = "PyTorch, Equinox: mean square at which the signal settles"
    yield claim("floor", text, settled, floor, 0.02)
    apart = torch.separation
    rate = (apart / apart.shift(layer=1)).isel(layer=slice(SETTLED, None)).mean("layer")
    text = "PyTorch, Equinox: one of the later layers multiplies the squared difference of two inputs by"
    yield claim("separation_rate", text, rate, 1 / 6, 0.03)
    text = "PyTorch, Equinox: difference of two inputs at the last layer, relative to the signal, in root mean square"
    expected = (separation(data)[-1] / floor) ** 0.5
    yield claim("separation_last", text, apart.isel(layer=-1) / floor, expected, 0.25, power=0.5)


# %%
figure = Figure(
    title="What your framework’s default does to a deep ReLU net",
    caption="Nets of {{ depth }} ReLU layers of width {{ width }}, drawn as each library draws a dense layer by "
    "default, and by He for comparison; {{ seeds }} nets each. Solid: mean square of the pre-activations and root "
    "mean square of the gradient norm; shaded: the central 95 % of the nets; dashed: theory. Random biases hold the "
    "signal of PyTorch and Equinox up, at {{ floor:.1e }}, but the difference between two inputs keeps falling.",
    alt="Two panels on log axes. Above, the mean square of the signal from the first layer to the last: level under "
    "He, multiplied by {{ keras_signal:.2f}} per layer under Keras and Flax, and under PyTorch and Equinox falling at first and then "
    "level, while the difference between two inputs falls on, steeply, to almost nothing. Below, the gradient norm "
    "from the last layer down to the first: level under He, falling to {{ keras_first:.0e}} under Keras and Flax and "
    "to {{ pytorch_first:.0e}} under PyTorch and Equinox. The dashed theory covers the measured lines.",
    sources=("keras_dense", "flax_dense", "pytorch_linear", "equinox_linear", "he2015"),
    questions=(5, 4),
    ranges={"depth": (10, 36), "width": (32, 1024), "seeds": (8, 4096)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=5.6,
)
figure
