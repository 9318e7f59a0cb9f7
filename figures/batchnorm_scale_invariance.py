# %% [markdown]
# # Weights before batch normalization only turn
#
# Multiply the weights of a normalized layer by any positive number: the loss stays the same. So the
# gradient is at right angles to the weights, every step of SGD makes them longer, and weight decay,
# which makes them shorter, decides by which angle a step turns them. Other rates, more steps and other data
# are in the table of verdicts.

# %%
import jax
import numpy as np
import xarray as xr

from dlfigs import Claim, Figure, summary, theory
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES
from dlfigs.experiments.scale_invariance import Setting, rotation, scaled_weights
from dlfigs.plot import marks
from dlfigs.plot.meaning import color_of

ONE_TWO_FIVE = [m * 10.0**e for e in range(-4, 3) for m in (1, 2, 5)]
FACTORS, EPSILON = (0.1, 10.0, 100.0), 1e-5
MARGIN = np.log2(1.05)  # 5 % in doublings: smaller differences of angles count as none


# %%
def compute(
    key,
    *,
    products=(0.005, 0.01, 0.02, 0.05),
    rates=(0.2, 0.8),
    width=32,
    steps=800,
    settled=500,
    data_set="digits",
    seeds=10,
):
    """Two exact measurements, dims (epsilon, factor), and training runs, dims (setting, seed, step)."""
    one, many = jax.random.split(key)
    settings = [Setting(rate, product) for rate in rates for product in products]
    settings += [Setting(rates[0], product, normalized=False) for product in products]
    settings += [Setting(rates[-1], 0.0)]
    sizes = {"width": width, "steps": steps, "batch": 32, "seeds": seeds, "data_set": data_set}
    runs = rotation(many, settings=settings, **sizes)
    late = runs.squared_angle.where(runs.step >= min(settled, steps - 1)).mean("step")
    runs["angle"] = np.sqrt(late).assign_attrs(long_name="angle of a step", units="rad")
    exact = scaled_weights(one, factors=FACTORS, epsilons=(0.0, EPSILON))
    return exact.merge(runs).assign_attrs(settled=settled, data_set=data_set)


# %%
def growth(data):
    """Squared length in the runs without weight decay, and the sum of squares that explains it."""
    free = data.isel(setting=-1)
    steps = free.squared_update.shift(step=1, fill_value=0).cumsum("step")
    return free.squared_norm, free.squared_norm.isel(step=0) + steps


def verdicts(data):
    decayed = data.isel(setting=slice(None, -1))
    expected = theory.rotation_angle(decayed["product"].values)
    ratio = decayed.angle / xr.DataArray(expected, dims="setting")
    angle = np.log2(ratio).drop_vars("setting", errors="ignore")  # settings are compared by their place
    rates = np.unique(decayed.rate)
    for word, rate in zip(("small", "large"), rates[[0, -1]], strict=True):
        for kind, product in (("least", decayed["product"].min()), ("most", decayed["product"].max())):
            which = runs(decayed, rate)[decayed["product"].values[runs(decayed, rate)] == float(product)]
            text = f"{word} rate, {kind} decay: angle of a step over theory, doublings"
            yield f"{word}_{kind}", text, summary.verdict(angle.isel(setting=which), margin=MARGIN)
    one = angle.isel(setting=runs(decayed, rates[-1])) - angle.isel(setting=runs(decayed, rates[0]))
    text = "angle of a step, large over small rate, mean over products, doublings"
    yield "rates", text, summary.verdict(one, margin=MARGIN)
    one = angle.isel(setting=runs(decayed, rates[0], normalized=False))
    text = "no batch normalization: angle of a step over theory, mean over products, doublings"
    yield "plain", text, summary.verdict(one, margin=MARGIN)
    squares = np.log2(growth(data)[0])
    grown = squares.isel(step=-1) - squares.isel(step=0)
    yield "growth", "no decay: squared length in the end over the first, doublings", summary.verdict(grown)


def summarize(data):
    lengths = data.squared_norm.isel(step=slice(None, None, 16))
    found = (
        summary.interval(lengths)
        .merge(summary.interval(data.angle))
        .merge(data[["rate", "product", "normalized"]])
    )
    low, high = data["product"].values[:-1].min(), data["product"].values.max()
    fine = np.geomspace(low / 1.3, high * 1.3, 40)
    explained = growth(data)[1].isel(step=slice(None, None, 16)).median("seed")
    return found.merge(
        dataset(
            {"step": found.step, "product_theory": (fine, "learning rate times weight decay")},
            angle_theory=("product_theory", theory.rotation_angle(fine), "angle of a step, theory", "rad"),
            length_theory=("step", explained, "first squared length plus squared updates"),
        )
    )


# %%
def runs(data, rate, normalized=True):
    """Numbers of the settings with that learning rate and some weight decay."""
    alike = (data.rate == rate) & (data["product"] > 0) & (data.normalized == normalized)
    return np.flatnonzero(alike)


def draw(fig, data):
    top, bottom = fig.subplots(2, 1, height_ratios=(2, 3))
    rates, free = np.unique(data.rate), data.sizes["setting"] - 1
    decayed = runs(data, rates[-1])
    ends = []
    for setting, color in ((free, "C0"), (decayed[0], "C4"), (decayed[-1], "C3")):
        one = data.isel(setting=setting)
        marks.band(top, data.step, one.squared_norm_low, one.squared_norm_high, color)
        top.plot(data.step, one.squared_norm_median, color=color)
        ends.append((one.squared_norm_median[-1], f"ηλ = {one['product']:g}", color))
    marks.theory(top, data.step, data.length_theory)
    top.set(yscale="log", xlim=(0, data.step[-1]), ylabel="squared length", xlabel="steps of training")
    marks.theory(bottom, data.product_theory, data.angle_theory)
    products = np.unique(data["product"][decayed])
    at = data.sizes["product_theory"] // 2
    where = float(data.product_theory[at]) / 1.1, float(data.angle_theory[at]) * 1.1
    marks.note(bottom, *where, "arccos(1 − ηλ)", color=marks.INK, ha="right")
    groups = [(rates[0], False, color_of("without"), f"no batch norm,\nη = {rates[0]:g}")]
    groups += [(r, True, f"C{2 + i}", f"η = {r:g}") for i, r in enumerate(rates)]
    names = []
    for i, (rate, normalized, color, label) in enumerate(groups):
        group = data.isel(setting=runs(data, rate, normalized))
        aside = 1.05 ** (i - len(rates) / 2 - 0.5) if normalized else 1  # they would hide each other
        group["product"] = group["product"] * aside
        marks.points(bottom, group, "angle", "product", color)
        names.append((group.angle_median[-1], label, color))
    bottom.set(xscale="log", yscale="log", ylabel="angle per step (rad)", xlabel="ηλ")
    for ax, axis, ticks in (
        (top, top.yaxis, ONE_TWO_FIVE),
        (bottom, bottom.yaxis, ONE_TWO_FIVE),
        (bottom, bottom.xaxis, products),
    ):
        limits = axis.get_view_interval()
        inside = [tick for tick in ticks if limits[0] <= tick <= limits[1]]
        ax.minorticks_off()
        axis.set_ticks(inside, [f"{tick:g}" for tick in inside])
    marks.label_ends(top, ends, gap=0.11)
    marks.label_ends(bottom, names, gap=0.06)


# %%
def claims(data):
    at = data.sel(epsilon=0.0)
    for name, variable, text in (
        (
            "loss_change",
            at.loss_change,
            "ε = 0: largest relative change of the loss when weights are scaled",
        ),
        ("gradient_change", at.gradient_change, "ε = 0: largest relative change of factor times gradient"),
        ("cosine", at.cosine, "ε = 0: largest cosine of the angle between weights and gradient"),
        ("pythagoras", at.pythagoras, "ε = 0: largest relative error of Pythagoras after one step"),
    ):
        yield Claim(name, text, measured=abs(variable).max(), high=1e-10)
    text = "ε = 0.00001 and weights times 0.1: relative change of the loss"
    small = abs(data.loss_change.sel(epsilon=EPSILON, factor=0.1))
    yield Claim("loss_change_epsilon", text, measured=small, low=1e-6, high=1e-2)
    measured, explained = growth(data)
    text = "No weight decay: largest relative error of first squared length plus squared updates"
    yield Claim("growth_error", text, measured=abs(measured / explained - 1).max(), high=1e-3)
    text = "No weight decay: squared length in the end, relative to the first"
    grown = measured.isel(step=-1) / measured.isel(step=0)
    yield Claim("growth", text, **summary.mean(grown), low=1.02)
    digits = data.attrs["data_set"] == "digits"  # what is known of these need not hold for others
    for setting in range(data.sizes["setting"] - 1):
        one = data.isel(setting=setting)
        product, rate = float(one["product"]), float(one.rate)
        ratio = summary.mean(one.angle / theory.rotation_angle(product))
        name = f"{rate:g}_{product:g}".replace(".", "_")
        text = f"η = {rate:g}, ηλ = {product:g}: angle of a step over arccos(1 − ηλ)"
        if one.normalized:
            yield Claim(f"angle_{name}", text, **ratio, expected=1, tolerance=0.04 if digits else 0.2)
        else:
            yield Claim(
                f"plain_{name}",
                f"No batch normalization, {text}",
                **ratio,
                high=0.8 if digits else None,
                low=0,
            )


# %%
figure = Figure(
    title="Weights before batch normalization only turn",
    caption="Nets with one layer of {{ width }} units, trained on {{ data_set }} by SGD with learning rate η and "
    "weight decay λ; {{ seeds }} seeds. Top: squared length of a unit’s weights (median, shaded the central "
    "95 %); dashed: its start plus the sum of all squared updates. Bottom: root mean square of the angle by "
    "which a step turns the weights, from step {{ settled }} on (median, bars the central 95 %; the two "
    "learning rates are set slightly apart); dashed: arccos(1 − ηλ), close to √(2ηλ).",
    alt="Top panel, squared length of the weights over training steps: without weight decay it grows along "
    "the dashed sum of squared updates; with decay it falls and settles. Bottom panel, both axes logarithmic: "
    "the angle per step against the product of learning rate and weight decay. With batch normalization the "
    "points for both learning rates lie on the dashed theory; without it they lie below.",
    sources=("vanlaarhoven2017", "wan2021", "kosson2024"),
    questions=(11,),
    ranges={
        "products": (1e-4, 0.3),
        "rates": (1e-3, 2.0),
        "width": (4, 512),
        "steps": (100, 20000),
        "settled": (0, 19999),
        "data_set": NAMES,
        "seeds": (2, 200),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        # With more decay the weights of units that are dead without normalization underflow
        {"steps": 3000, "settled": 2000, "products": (0.005, 0.01)},
        {"rates": (0.02, 0.2)},
        {"rates": (0.02, 0.2), "steps": 3000, "settled": 2000, "products": (0.005, 0.01)},
        {"width": 128},
        {"data_set": "MNIST-1D"},
    ),
    height=5.6,
)
figure
