# %% [markdown]
# # Who beats ReLU depends on the depth
#
# The same comparison twice, with 3 and with 12 hidden layers. Each activation has its usual
# initializer and the learning rate that suits it best; seed by seed all share the split of the
# data and the minibatches, so that differences are paired. Where the interval contains zero, it
# is a tie.

# %%

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.experiments.depth_sweep import train_at_depths
from dlfigs.experiments.training import Setup
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
WINNERS, OTHERS = ("ELU", "SELU", "tanh"), ("leaky ReLU", "Swish", "GELU")  # with 12 layers


# %%
def compute(key, *, depths=(3, 12), width=32, steps=150, batch=32, rates=(0.03, 0.1, 0.3, 1.0), seeds=10):
    """Test accuracy at the best learning rate, and that rate; dims (depth, net, seed)."""
    settings = {"width": width, "steps": steps, "batch": batch, "rates": rates, "seeds": seeds}
    return train_at_depths(key, setups=NETS, depths=depths, **settings)


# %%
def over_relu(data):
    """Mean paired differences to ReLU in percentage points, their standard errors and t-intervals."""
    accuracy = 100 * data.test_accuracy
    return summary.mean_interval((accuracy - accuracy.sel(net="ReLU")).sel(net=list(NETS)[1:]))


def summarize(data):
    mean, _, half = over_relu(data)
    dims, points = "depth net", "percentage points"
    over = "test accuracy minus ReLU’s, paired"
    return dataset(
        {"depth": (mean.depth.values, "hidden layers"), "net": (mean.net.values, "activation")},
        difference=(dims, mean, f"{over}, mean over seeds", points),
        low=(dims, mean - half, f"{over}, lower end of the 95 % interval", points),
        high=(dims, mean + half, f"{over}, upper end of the 95 % interval", points),
        rate=(dims, data.rate.sel(net=mean.net), "learning rate chosen on validation examples"),
        relu=("depth", 100 * data.test_accuracy.sel(net="ReLU").mean("seed"), "ReLU: test accuracy", "%"),
        relu_rate=("depth", data.rate.sel(net="ReLU"), "ReLU: learning rate chosen"),
    )


# %%
def draw(fig, data):
    panels = fig.subplots(1, data.sizes["depth"], sharey=True, squeeze=False)[0]
    for ax, depth in zip(panels, data.depth.values):
        one = data.sel(depth=depth)
        marks.forest(ax, list(one.net.values), one.difference, one.low, one.high)
        ax.set(title=f"{depth} hidden layers")
    fig.supxlabel("test accuracy minus ReLU’s, percentage points", fontsize=9.5)


# %%
def claims(data):
    accuracy, (mean, error, _) = 100 * data.test_accuracy, over_relu(data)

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


# %%
figure = Figure(
    title="With 3 layers activations differ little; with 12, ELU, SELU and tanh beat ReLU",
    caption="Test accuracy minus that of ReLU, seed by seed, of plain nets of width {{ width }} trained on 8 by 8 "
    "digits by {{ steps }} steps of SGD without normalization. Dots: mean over {{ seeds }} seeds; bars: 95 % "
    "t-interval of that mean, for each comparison by itself. Gray: the interval contains zero, a tie. Weights are LeCun "
    "normal for SELU, Glorot uniform for tanh and He normal for all others; each net has the learning rate, "
    "of those tried, that is best on validation examples. The two axes differ in scale.",
    alt="Forest plot with two panels of differences to ReLU for ELU, SELU, tanh, leaky ReLU, Swish and GELU. With "
    "3 hidden layers all differences are smaller than two percentage points. With 12 hidden layers ELU, SELU and "
    "tanh are clearly better than ReLU. Leaky ReLU, Swish and GELU show no gain, and their intervals are wide.",
    sources=("clevert2016", "klambauer2017", "he2015", "glorot2010"),
    questions=(7, 10),
    ranges={
        "depths": (2, 24),
        "width": (8, 128),
        "steps": (1, 1000),
        "batch": (1, 1197),
        "rates": (1e-4, 30.0),
        "seeds": (2, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=3.6,
)
figure
