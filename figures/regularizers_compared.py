# %% [markdown]
# # Seven regularizers, one comparison
#
# The same net on the same few digits, with one regularizer at a time. Each has four strengths to
# choose from, and is judged by the one that does best on validation examples. Seed by seed all
# share split, wrong labels, first weights and minibatches, so that differences are paired. Where
# the interval contains zero, the comparison is undecided, which does not mean equal; more steps, other
# widths, more examples and a harder data set are in the table of verdicts.

# %%
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.choices import choose
from dlfigs.dataset import dataset
from dlfigs.datasets import NAMES as DATA_SETS
from dlfigs.experiments.regularized_training import Regularizer, stop_early, train_regularized
from dlfigs.plot import marks

STRENGTHS = {  # what each is tried with: field of Regularizer, values
    "L1": ("l1", (1e-3, 3e-3, 8e-3, 1.6e-2)),
    "L2": ("l2", (3e-3, 1e-2, 3e-2, 1e-1)),
    "max-norm": ("max_norm", (0.15, 0.25, 0.5, 1.0)),
    "dropout": ("dropout", (0.1, 0.2, 0.35, 0.5)),
    "augmentation": ("shifts", (0.05, 0.1, 0.25, 0.5)),
    "label smoothing": ("smoothing", (0.02, 0.05, 0.1, 0.2)),
}
LIMITS = {  # gains in percentage points that are claimed, from and to
    "clean": dict.fromkeys([*STRENGTHS, "early stopping"], (-2.5, 3.0)),
    "noisy": {
        "L1": (1.5, None),
        "L2": (4.0, None),
        "max-norm": (4.0, None),
        "dropout": (2.5, None),
        "augmentation": (0.0, 7.0),
        "label smoothing": (-4.0, 1.5),
        "early stopping": (-4.0, 4.0),
    },
}
PATIENCE = (20, 40, 100, 300)  # steps without a new lowest validation loss, measured every 20
EVERY = 20
MARGIN = 1.0  # percentage point, three of 300 test examples: smaller differences count as none


# %%
def compute(
    key, *, examples=200, width=96, steps=300, batch=32, rate=0.01, noise=0.2, data_set="digits", seeds=10
):
    """Validation and test accuracy; dims (regularizer, strength, labels, seed)."""
    tried = [Regularizer(**{name: v}) for name, values in STRENGTHS.values() for v in values]
    data = train_regularized(
        key,
        regularizers=[Regularizer(), *tried],
        noises=(0.0, noise),
        examples=examples,
        width=width,
        steps=steps,
        batch=batch,
        rate=rate,
        seeds=seeds,
        every=EVERY,
        data_set=data_set,
    )
    plain, loss = data.isel(regularizer=0), data.validation_loss.isel(regularizer=0)
    kept = [stop_early(loss.values, patience // EVERY) for patience in PATIENCE]
    measured = {}
    for name in ("validation_accuracy", "test_accuracy"):
        last = data[name].isel(step=-1).values
        early = [np.take_along_axis(plain[name].values, at[..., None], -1)[..., 0] for at in kept]
        parts = [
            np.stack([last[0]] * len(PATIENCE)),
            *last[1:].reshape(-1, len(PATIENCE), *last.shape[1:]),
            early,
        ]
        measured[name] = (
            "regularizer strength labels seed",
            100 * np.stack(parts),
            data[name].long_name,
            "%",
        )
    values = [[0.0] * len(PATIENCE), *(values for _, values in STRENGTHS.values()), PATIENCE]
    return dataset(
        {
            "regularizer": (["none", *STRENGTHS, "early stopping"], "regularizer"),
            "strength": (np.arange(len(PATIENCE)), "number of the strength"),
            "labels": (["clean", "noisy"], "training labels"),
            "seed": seeds,
        },
        value=("regularizer strength", np.asarray(values, float), "strength that was tried"),
        fit=("labels seed", 100 * plain.train_accuracy.isel(step=-1), "none: training accuracy", "%"),
        **measured,
    )


# %%
def chosen(data):
    """Keep of each regularizer the strength with the highest mean validation accuracy."""
    return data.isel(strength=choose(data.validation_accuracy, "strength").index)


def at_end(data):
    """Whether the four strengths of each regularizer are too few (see `dlfigs.choices`)."""
    some = data.validation_accuracy.drop_sel(regularizer="none")
    return abs(choose(some, "strength").beyond)


def over_none(data):
    """Verdicts on the paired differences to no regularizer."""
    accuracy = chosen(data).test_accuracy
    differences = (accuracy - accuracy.sel(regularizer="none")).isel(regularizer=slice(1, None))
    return summary.verdicts(differences, margin=MARGIN).transpose("labels", "regularizer")


def verdicts(data):
    accuracy = chosen(data).test_accuracy
    for labels in data.labels.values:
        for name in data.regularizer.values[1:]:
            one = (accuracy.sel(regularizer=name) - accuracy.sel(regularizer="none")).sel(labels=labels)
            slug = name.lower().replace(" ", "_").replace("-", "_")
            text = f"{labels} labels: {name} minus none, points"
            yield f"{slug}_{labels}", text, summary.verdict(one, margin=MARGIN)


def summarize(data):
    found = over_none(data)
    best = chosen(data).sel(regularizer=found.regularizer)
    dims, points, over = (
        "labels compared",
        "percentage points",
        "test accuracy minus that of no regularizer",
    )
    value = best.value.transpose("labels", "regularizer")
    plain = data.test_accuracy.sel(regularizer="none").isel(strength=0).mean("seed")
    return dataset(
        {
            "labels": (data.labels.values, "training labels"),
            "compared": (found.regularizer.values, "regularizer"),
        },
        difference=(dims, found["mean"], f"{over}, paired, mean over seeds", points),
        low=(dims, found.low, f"{over}, lower end of the 95 % interval", points),
        high=(dims, found.high, f"{over}, upper end of the 95 % interval", points),
        verdict=(dims, found.word, "verdict"),
        chosen_strength=(dims, value, "strength chosen on validation examples"),
        none=("labels", plain, "no regularizer: test accuracy", "%"),
    )


# %%
def draw(fig, data):
    panels = fig.subplots(1, 2, sharey=True)
    titles = ("labels right", "some labels wrong")
    for ax, labels, title in zip(panels, data.labels.values, titles):
        one = data.sel(labels=labels)
        order = data.sel(labels="noisy").difference.argsort().values[::-1]
        one = one.isel(compared=order)
        marks.forest(ax, list(one.compared.values), one.difference, one.low, one.high, one.verdict.values)
        ax.set(title=title)
    fig.supxlabel("test accuracy minus that without a regularizer, percentage points", fontsize=9.5)


# %%
def claims(data):
    for labels, (low, high) in {"clean": (88, 96), "noisy": (70, 86)}.items():
        plain = data.test_accuracy.sel(regularizer="none", labels=labels).isel(strength=0)
        text = f"{labels} labels: test accuracy without a regularizer in %"
        yield Claim(f"none_{labels}", text, **summary.mean(plain), low=low, high=high)
        text = f"{labels} labels: accuracy on the training labels without a regularizer in %"
        yield Claim(f"fit_{labels}", text, **summary.mean(data.fit.sel(labels=labels)), low=99)
    best = chosen(data)
    gains = best.test_accuracy - best.test_accuracy.sel(regularizer="none")
    for labels, limits in LIMITS.items():
        for name, (low, high) in limits.items():
            at, where = (
                name.lower().replace(" ", "_").replace("-", "_"),
                {"regularizer": name, "labels": labels},
            )
            text = f"{labels} labels: {name} minus no regularizer, percentage points, paired"
            yield Claim(f"{at}_{labels}", text, **summary.mean(gains.sel(where)), low=low, high=high)
    text = "Strengths chosen on validation examples: of {}, those at the end of a list that ends too early"
    ends = at_end(data)
    yield Claim("at_end", text.format(ends.size), measured=ends.sum(), high=3)
    largest = abs(gains.sel(labels="clean").mean("seed")).max()
    text = "clean labels: largest mean gain or loss of any regularizer, percentage points"
    yield Claim("largest_clean", text, measured=largest, high=3)
    noisy = gains.sel(labels="noisy")
    lead = noisy.sel(regularizer="L2") - noisy.sel(regularizer="early stopping")
    text = "noisy labels: L2 minus early stopping, percentage points, paired"
    yield Claim("l2_over_early_stopping", text, **summary.mean(lead), low=2)
    for name, at, limits in (("L2", "l2", {"low": 2}), ("max-norm", "max_norm", {"high": 0.6})):
        clean, noisy = (best.value.sel(regularizer=name, labels=labels) for labels in LIMITS)
        text = f"{name}: strength that is best with noisy labels over that with clean ones"
        yield Claim(f"{at}_strengths", text, measured=noisy / clean, **limits)
    at = {"labels": "clean", "strength": 0}
    hasty = (data.test_accuracy - best.test_accuracy.sel(regularizer="none")).sel(
        regularizer="early stopping"
    )
    text = f"clean labels: early stopping with patience {PATIENCE[0]} minus none, percentage points, paired"
    yield Claim("hasty_clean", text, **summary.mean(hasty.sel(at)), low=-4, high=0.5)


# %%
figure = Figure(
    title="{{ examples }} examples of {{ data_set }}: with wrong labels L2 gains {{ l2_noisy:.1f}} points; with right ones {{ largest_clean:.1f}} are the most",
    caption="Test accuracy minus that without a regularizer, seed by seed, of nets with two hidden layers of "
    "{{ width }} ReLUs trained on {{ examples }} examples of {{ data_set }} by {{ steps }} steps of SGD with momentum. "
    "Left: all labels are right. Right: a share of {{ noise }} of the training and of the validation labels is wrong; "
    "test labels never are. Dots: mean over {{ seeds }} seeds; bars: 95 % t-interval of that mean, for each comparison "
    "by itself. Words are verdicts: equal where the interval lies within 1 point of zero, undecided where it contains zero and reaches further. Each regularizer has the strength, of four, with the highest "
    "validation accuracy on average over seeds. The two axes differ in scale.",
    alt="Forest plot with two panels of differences to no regularizer. With right labels none is further from zero "
    "than {{ largest_clean:.1f}} percentage points. With wrong labels max-norm is {{ max_norm_noisy:+.1f}} points from it, L2 {{ l2_noisy:+.1f}}, dropout "
    "{{ dropout_noisy:+.1f}}, L1 {{ l1_noisy:+.1f}}, augmentation {{ augmentation_noisy:+.1f}}, early "
    "stopping {{ early_stopping_noisy:+.1f}} and label smoothing {{ label_smoothing_noisy:+.1f}}.",
    sources=("srivastava2014", "szegedy2016", "prechelt1998", "goodfellow2016"),
    questions=(16,),
    ranges={
        "examples": (32, 1197),
        "width": (8, 256),
        "steps": (10, 2000),
        "batch": (1, 1197),
        "rate": (1e-4, 0.1),
        "noise": (0.01, 0.8),
        "data_set": DATA_SETS,
        "seeds": (10, 100),
    },
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    verdicts=verdicts,
    vary=(
        {"steps": 600},
        {"width": 48},
        {"examples": 400},
        {"data_set": "MNIST-1D"},
        {"data_set": "MNIST-1D", "examples": 1000},
    ),
    height=3.6,
)
figure
