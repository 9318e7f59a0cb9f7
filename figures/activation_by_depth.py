# %% [markdown]
# # Who beats ReLU depends on depth and budget
#
# The same comparison three times: with 3 and with 12 hidden layers after few steps, and with 12 after
# more. Each activation has its usual initializer (which for Swish and GELU is that of ReLU) and the
# learning rate that suits it best; seed by seed all share the split of the data and the minibatches,
# so that differences are paired. The word beside each says what the interval allows: better, worse, equal
# within a margin, or undecided. Other steps, widths and optimizers are in the table of verdicts.

# %%
import jax

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES as DATA_SETS
from dlfigs.experiments.depth_sweep import train_at_depths
from dlfigs.experiments.training import OPTIMIZERS, Setup, train_at_best_rate
from dlfigs.plot import marks

NETS = {
    "ReLU": Setup("relu", "he_normal"),
    "ELU": Setup("elu", "he_normal"),
    "SELU": Setup("selu", "lecun_normal"),
    "tanh": Setup("tanh", "glorot_uniform"),
    "leaky ReLU": Setup("leaky_relu", "he_normal"),
    "Swish": Setup("swish", "he_normal"),
    "GELU": Setup("gelu", "he_normal"),
}
WINNERS, OTHERS = ("ELU", "SELU", "tanh"), ("leaky ReLU", "Swish", "GELU")  # with 12 layers, few steps
MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none
LONGER_RATES = (0.009, 0.03, 0.1, 0.3)  # with more steps smaller rates are better


# %%
def compute(
    key,
    *,
    depths=(3, 12),
    width=32,
    steps=150,
    longer=600,
    batch=32,
    rates=(0.03, 0.1, 0.3, 1.0),
    optimizer="SGD",
    data_set="digits",
    seeds=10,
):
    """Test accuracy at the best learning rate, and that rate; dims (depth, net, seed)."""
    settings = {
        "width": width,
        "batch": batch,
        "optimizer": optimizer,
        "data_set": data_set,
        "seeds": seeds,
    }
    data = train_at_depths(key, setups=NETS, depths=depths, steps=steps, rates=rates, **settings)
    deepest = {"depth": depths[-1], "steps": longer, "rates": LONGER_RATES}
    # The key that the most layers have in the comparison of depths: the same nets and minibatches, for longer
    last_key = jax.random.split(key, len(depths))[-1]
    last = train_at_best_rate(last_key, setups=NETS, **deepest, **settings)
    chosen = "learning rate chosen on validation examples"
    return data.merge(
        dataset(
            {"net": list(NETS), "seed": seeds},
            longer_accuracy=("net seed", last.test_accuracy, "most layers, longer training: test accuracy"),
            longer_rate=("net", last.rate, f"most layers, longer training: {chosen}"),
            longer_rate_at_end=("net", last.rate_at_end, last.rate_at_end.long_name),
            longer_rate_list=("", last.rate_list, last.rate_list.long_name),
        ),
        combine_attrs="override",
    ).assign_attrs(steps=steps, longer=longer)


# %%
def over_relu(accuracy):
    """Paired differences to ReLU, seed by seed, in percentage points."""
    return 100 * (accuracy - accuracy.sel(net="ReLU")).sel(net=list(NETS)[1:])


def verdicts(data):
    for depth in data.depth.values:
        for net in list(NETS)[1:]:
            one = over_relu(data.test_accuracy).sel(net=net, depth=depth)
            name = f"{net.lower().replace(' ', '_')}_{depth}"
            yield name, f"{depth} layers: {net} minus ReLU, points", summary.verdict(one, margin=MARGIN)


def summarize(data):
    chosen, longer = "learning rate chosen on validation examples", "most layers, longer training: "
    drawn = {}
    for name, dims, words, accuracy in (
        ("", "depth net", "", data.test_accuracy),
        ("longer_", "net", longer, data.longer_accuracy),
    ):
        found = summary.verdicts(over_relu(accuracy), margin=MARGIN)
        over, points = f"{words}test accuracy minus ReLU’s, paired", "percentage points"
        drawn |= {
            f"{name}difference": (dims, found["mean"], f"{over}, mean over seeds", points),
            f"{name}low": (dims, found.low, f"{over}, lower end of the 95 % interval", points),
            f"{name}high": (dims, found.high, f"{over}, upper end of the 95 % interval", points),
            f"{name}verdict": (dims, found.word, f"{words}verdict"),
            f"{name}rate": (dims, data[f"{name}rate"].sel(net=found.net), f"{words}{chosen}"),
        }
        relu, dims = 100 * accuracy.sel(net="ReLU").mean("seed"), dims.removesuffix("net").strip()
        drawn[f"{name}relu"] = (dims, relu, f"{words}ReLU: test accuracy", "%")
        drawn[f"{name}relu_rate"] = (dims, data[f"{name}rate"].sel(net="ReLU"), f"{words}ReLU: {chosen}")
    axes = {"depth": (data.depth.values, "hidden layers"), "net": (found.net.values, "activation")}
    return dataset(axes, attrs=data.attrs, **drawn)


# %%
def draw(fig, data):
    panels = fig.subplots(1, data.sizes["depth"] + 1, sharey=True)
    names = list(data.net.values)
    for ax, depth in zip(panels, data.depth.values):
        one = data.sel(depth=depth)
        marks.forest(ax, names, one.difference, one.low, one.high, one.verdict.values)
        ax.set_title(f"{depth} layers,\n{data.attrs['steps']} steps")
    parts = (data[f"longer_{part}"].values for part in ("difference", "low", "high", "verdict"))
    marks.forest(panels[-1], names, *parts)
    panels[-1].set_title(f"{data.depth.values[-1]} layers,\n{data.attrs['longer']} steps")
    fig.supxlabel("test accuracy minus ReLU’s, percentage points", fontsize=9.5)


# %%
def claims(data):
    accuracy, (mean, error, _) = (
        100 * data.test_accuracy,
        summary.mean_interval(over_relu(data.test_accuracy)),
    )

    def paired(nets, depth, **bounds):  # one claim for each net
        for net in nets:
            at = {"net": net, "depth": depth}
            name = f"{net.lower().replace(' ', '_')}_{depth}"
            text = f"{depth} layers: {net} minus ReLU in percentage points, paired"
            yield Claim(name, text, measured=mean.sel(at), standard_error=error.sel(at), **bounds)

    if 3 in data.depth:
        relu = summary.mean(accuracy.sel(net="ReLU", depth=3))
        yield Claim("relu_3", "3 layers: test accuracy of ReLU in %", **relu, low=94)
        yield from paired(mean.net.values, 3, low=-2, high=2)
        text = "3 layers: largest lead over ReLU in percentage points"
        yield Claim("lead_3", text, measured=mean.sel(depth=3).max(), high=2)
    if 12 in data.depth:
        deep = accuracy.sel(depth=12)
        relu, winners, others = (
            deep.sel(net=list(nets)).mean("net") for nets in (("ReLU",), WINNERS, OTHERS)
        )
        text = "12 layers: test accuracy of ReLU in %"
        yield Claim("relu_12", text, **summary.mean(relu), low=60, high=92)
        yield from paired(WINNERS, 12, low=3)
        yield from paired(OTHERS, 12, high=12)
        text = "12 layers: mean of leaky ReLU, Swish and GELU minus ReLU, percentage points, paired"
        yield Claim("others_12", text, **summary.mean(others - relu), high=8)
        text = (
            "12 layers: mean of ELU, SELU and tanh minus mean of the other three, percentage points, paired"
        )
        yield Claim("gap_12", text, **summary.mean(winners - others), low=8)
    relu = summary.mean(100 * data.longer_accuracy.sel(net="ReLU"))
    yield Claim("relu_longer", "Most layers, longer training: test accuracy of ReLU in %", **relu, low=80)
    mean, error, _ = summary.mean_interval(over_relu(data.longer_accuracy))
    for net in mean.net.values:
        name, at = net.lower().replace(" ", "_"), {"net": net}
        text = f"Most layers, longer training: {net} minus ReLU in percentage points, paired"
        limits = {"low": -6, "high": 10, "standard_error": error.sel(at)}
        yield Claim(f"{name}_longer", text, measured=mean.sel(at), **limits)
    text = "Most layers, longer training: largest lead over ReLU in percentage points"
    yield Claim("lead_longer", text, measured=mean.max(), high=10)
    for name in ("rate", "longer_rate"):
        yield summary.choice_claim(data, name)


# %%
figure = Figure(
    title="12 layers of width {{ width }} on {{ data_set }}: ELU leads ReLU by {{ elu_12:.0f}} points after {{ steps }} steps of {{ optimizer }}, and by {{ elu_longer:.0f}} after {{ longer }}",
    caption="Test accuracy minus that of ReLU, seed by seed, of plain nets of width {{ width }} trained on {{ data_set }} "
    "by {{ optimizer }} without normalization, for {{ steps }} steps and, with the most layers, for {{ longer }}. Dots: mean over "
    "{{ seeds }} seeds; bars: 95 % t-interval of that mean, for each comparison by itself. Words are verdicts: "
    "equal where the interval lies within 1 point of zero, undecided where it contains zero and reaches further. Weights are LeCun normal for SELU, Glorot uniform for tanh and He normal for all "
    "others, also for Swish and GELU, which it does not suit; each net has the learning rate, of those tried, that is best on "
    "validation examples. The axes differ in scale.",
    alt="Forest plot with three panels of differences to ReLU for ELU, SELU, tanh, leaky ReLU, Swish and GELU. With "
    "3 hidden layers no lead exceeds {{ lead_3:.1f}} points. With 12 hidden layers, after {{ steps }} steps, ELU is {{ elu_12:+.1f}} points from "
    "ReLU, SELU {{ selu_12:+.1f}}, tanh {{ tanh_12:+.1f}}; leaky ReLU, Swish and GELU, with wide intervals, {{ others_12:+.1f}} on average. After "
    "{{ longer }} steps no activation leads ReLU by more than {{ lead_longer:.1f}} points.",
    sources=("clevert2016", "klambauer2017", "he2015", "glorot2010"),
    questions=(7, 10),
    ranges={
        "depths": (2, 24),
        "width": (8, 128),
        "steps": (1, 2000),
        "longer": (1, 2000),
        "batch": (1, 1197),
        "rates": (1e-4, 30.0),
        "optimizer": tuple(OPTIMIZERS),
        "data_set": DATA_SETS,
        "seeds": (2, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    move={"steps": (75, 150, 300)},
    vary=(
        {"steps": 600},
        {"steps": 1500},
        {"width": 64},
        {"optimizer": "Adam"},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "steps": 1500},
    ),
    height=3.6,
)
figure
