# %% [markdown]
# # The mean of many numbers
#
# A mean of n independent numbers varies less than one of them, by the square root of n. It is drawn
# for many seeds, and the theory is laid over it.

# %%
import numpy as np

from dlfigs import Claim, Figure
from dlfigs.dataset import dataset
from dlfigs.draws import generator
from dlfigs.plot import marks


# %%
def compute(key, *, seeds=400, doublings=8):
    """Means of 1, 2, 4 ... normal numbers; dims (seed, n)."""
    n = 2 ** np.arange(doublings + 1)
    numbers = generator(key).standard_normal((seeds, n[-1]))
    average = np.cumsum(numbers, axis=1)[:, n - 1] / n
    return dataset(
        {"seed": seeds, "n": (n, "numbers in each mean")},
        average=("seed n", average, "mean"),
    )


# %%
def draw(fig, data):
    ax = fig.subplots()
    ax.fill_between(data.n, data.average_low, data.average_high, alpha=0.3, linewidth=0)
    ax.plot(data.n, data.average_median)
    for sign in (-1, 1):
        marks.theory(ax, data.n, sign * 1.96 / np.sqrt(data.n))
    ax.set(xlabel="numbers in each mean", ylabel="mean")


# %%
def claims(data):
    spread = data.average.std("seed", ddof=1)
    text = "The mean of 64 numbers varies less than one number, by a factor of"
    factor = spread.sel(n=1) / spread.sel(n=64)
    # Each standard deviation is known to one part in the root of twice the number of seeds
    error = factor / np.sqrt(data.sizes["seed"])
    yield Claim("factor", text, measured=factor, expected=8, tolerance=2, standard_error=error)


# %%
figure = Figure(
    title="The mean of many numbers",
    caption="Median and central 95 % of {{ seeds }} means, by how many normal numbers each is of. Dashed: "
    "the same interval by theory.",
    alt="A band around zero that narrows quickly at first and then slowly, between two dashed lines that "
    "do the same.",
    sources=("feller1968",),
    ranges={"seeds": (20, 10_000), "doublings": (6, 12)},
    compute=compute,
    draw=draw,
    claims=claims,
    # What readers of the page can choose, all of it computed and judged when the figure is built
    move={"seeds": (20, 100, 400, 2000)},
)
figure
