"""Kinds of drawings that lecturers use, for a gallery: matplotlib, seaborn, xarray, scikit-learn.

`DATA` names those in which something dark is data, and stays dark on a dark page.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

KINDS: dict[str, Callable[[Figure], None]] = {}
DATA: set[str] = set()
X = np.linspace(0.1, 6, 60)


def kind(draw: Callable[[Figure], None]) -> Callable[[Figure], None]:
    KINDS[draw.__name__] = draw
    return draw


def data(draw: Callable[[Figure], None]) -> Callable[[Figure], None]:
    DATA.add(draw.__name__)
    return kind(draw)


def waves(n: int = 24) -> np.ndarray:
    return np.outer(np.sin(np.arange(n) / 4), np.cos(np.arange(n) / 5))


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


@kind
def lines(fig):
    ax = fig.subplots()
    for i, style in enumerate(("-", "--", "-.", ":")):
        ax.plot(X, np.sin(X + i), style, label=f"wave {i}")
    ax.plot(X, np.cos(X), "k", lw=1, label="theory")
    ax.legend(title="Lines")
    ax.set(xlabel="time", ylabel="height", title="Waves")


@kind
def dark_lines(fig):
    ax = fig.subplots()
    for i, color in enumerate(("navy", "0.15", "b", "darkred", "purple", "black")):
        ax.plot(X, np.sin(X) + i, color=color, label=color)
    ax.legend()


@kind
def markers(fig):
    ax = fig.subplots()
    for i, marker in enumerate("os^vD*+xph"):
        ax.plot(np.arange(8), np.full(8, i), marker, mfc="white" if i % 2 else f"C{i % 6}", mec="k", ms=7)


@kind
def scatter(fig):
    ax = fig.subplots()
    ax.scatter(*normal(2, 80), c="k", s=12)
    ax.scatter(*normal(2, 60) / 2, s=60, edgecolors="white", alpha=0.7)


@data
def scatter_colormap(fig):
    ax = fig.subplots()
    points = ax.scatter(*normal(2, 80), c=np.arange(80), cmap="gray", edgecolors="0.5")
    fig.colorbar(points, label="number")


@kind
def bars(fig):
    ax = fig.subplots()
    bars = ax.bar(["a", "b", "c"], [3, 5, 2], yerr=0.4, capsize=4)
    ax.bar_label(bars, label_type="center", color="white")
    ax.axhline(4, color="black", lw=1)


@kind
def grouped_bars(fig):
    ax = fig.subplots()
    for i, (color, hatch) in enumerate(
        {"white": "//", "tab:orange": "xx", "C2": "..", "none": "||"}.items()
    ):
        ax.bar(np.arange(3) + i / 5, [3 + i, 5 - i, 2 + i], 0.2, color=color, edgecolor="k", hatch=hatch)


@kind
def transparent_hatches(fig):
    ax = fig.subplots()
    ax.bar([0, 1], [2, 3], hatch="xx", alpha=0.4, color="g", edgecolor="r")
    ax.bar([2], [2], hatch="xx", color=(0, 0.5, 0, 0.4), edgecolor=(1, 0, 0, 0.4))


@kind
def cells(fig):
    ax = fig.subplots()
    ax.axis("off")
    colors = [["w", "y"], ["0.9", "w"]]
    ax.table([["12", "34"], ["56", "78"]], colLabels=["a", "b"], loc="center", cellColours=colors)


@kind
def rows(fig):
    ax = fig.subplots()
    ax.barh(["one", "two", "three"], [1, 4, 9], color=["k", "tab:red", "wheat"])
    ax.text(4, 2, "nine of them", color="k", ha="center", va="center")
    ax.text(2, 1, "four", color="w", ha="center", va="center")


@kind
def histograms(fig):
    left, right = fig.subplots(1, 2, sharey=True)
    left.hist(normal(500), bins=20, edgecolor="black")
    right.hist([normal(300), normal(200) + 1], bins=12, histtype="step", stacked=True)


@kind
def errors(fig):
    ax = fig.subplots()
    ax.errorbar(X[::8], np.sin(X[::8]), yerr=0.2, xerr=0.1, fmt="ko", capsize=3)
    ax.fill_between(X, np.sin(X) - 0.3, np.sin(X) + 0.3, alpha=0.2)


@kind
def stacks(fig):
    ax = fig.subplots()
    ax.stackplot(X, X, X**0.5, 3 + np.sin(X), labels=["a", "b", "c"])
    ax.text(4, 2, "a", color="white")
    ax.legend(loc="upper left")


@kind
def steps(fig):
    left, right = fig.subplots(1, 2)
    left.step(X[::6], np.sin(X[::6]), where="mid", color="k")
    left.stairs([1, 2, 3], [0, 1, 2, 3], fill=True)
    right.stem(X[::6], np.cos(X[::6]), linefmt="k-", basefmt="k-")


@kind
def boxes(fig):
    left, right = fig.subplots(1, 2)
    left.boxplot([normal(50), normal(50) * 2], notch=True)
    right.boxplot([normal(50), normal(50) * 2], patch_artist=True, showmeans=True)


@kind
def violins(fig):
    fig.subplots().violinplot([normal(50), normal(50) * 2], showmedians=True)


@kind
def pie(fig):
    fig.subplots().pie(
        [3, 4, 5],
        labels=["red", "orange", "own"],
        colors=["tab:red", "orange", "C0"],
        autopct="%.0f %%",
        textprops={"color": "k"},
        wedgeprops={"edgecolor": "white"},
    )


@data
def pictures(fig):
    left, right = fig.subplots(1, 2)
    left.imshow(waves(), cmap="gray")
    left.text(8, 12, "white", color="white", fontsize=12)
    left.text(2, 20, "ink", fontsize=12)
    right.imshow(waves(300), interpolation="none")
    right.plot([20, 250], [20, 250], "w", lw=3)
    right.set_axis_off()


@data
def digits(fig):
    from sklearn.datasets import load_digits

    for ax, digit in zip(fig.subplots(2, 4).flat, load_digits().images, strict=False):
        ax.imshow(digit, cmap="gray_r")
        ax.set(xticks=[], yticks=[])


@data
def image_and_bar(fig):
    ax = fig.subplots()
    picture = ax.imshow(waves() ** 2, norm="log", origin="lower", aspect="auto", cmap="magma")
    fig.colorbar(picture, label="power")
    ax.contour(waves(), levels=3, colors="w")


@data
def photograph(fig):
    ax = fig.subplots()
    ax.imshow(np.dstack([waves(40) ** 2, 1 - waves(40) ** 2, np.full((40, 40), 0.4)]), extent=(0, 4, 0, 2))
    ax.annotate("here", (2, 1), (3.2, 1.6), color="k", arrowprops={"arrowstyle": "->"})
    ax.set(xlim=(-1, 5), ylim=(-0.5, 2.5))


@data
def mesh(fig):
    left, right = fig.subplots(1, 2)
    x = np.logspace(0, 2, 25)
    fig.colorbar(left.pcolormesh(x, x, waves() ** 2 + 1e-4, norm="log"))
    left.set(xscale="log", yscale="log")
    right.pcolormesh(waves(12), shading="gouraud", cmap="coolwarm")


@data
def mesh_with_edges(fig):
    ax = fig.subplots()
    ax.pcolormesh(waves(8), edgecolors="k", linewidth=1.5, cmap="Blues")
    for i in range(8):
        ax.text(i + 0.5, i + 0.5, f"{i}", ha="center", va="center")


@data
def hexagons(fig):
    ax = fig.subplots()
    fig.colorbar(ax.hexbin(*normal(2, 2000), gridsize=20, mincnt=1, cmap="Greys"))


@data
def histogram_in_two(fig):
    fig.subplots().hist2d(*normal(2, 2000), bins=20)


@kind
def contours(fig):
    ax = fig.subplots()
    ax.clabel(ax.contour(waves(), colors="k"), fontsize=8)


@data
def filled_contours(fig):
    ax = fig.subplots()
    fig.colorbar(ax.contourf(waves(), cmap="RdBu"))
    ax.contour(waves(), colors="k", linewidths=0.7)
    ax.quiver(np.arange(0, 24, 4), np.arange(0, 24, 4), waves(6), waves(6).T)


@kind
def arrows(fig):
    left, right = fig.subplots(1, 2)
    grid = np.linspace(-1, 1, 8)
    left.quiver(grid, grid, *np.meshgrid(grid, -grid))
    left.arrow(-0.5, 0, 1, 0, head_width=0.1)
    right.streamplot(grid, grid, *np.meshgrid(grid, -grid), color="k", density=0.6)


@data
def triangles(fig):
    left, right = fig.subplots(1, 2)
    x, y = normal(2, 40)
    left.tripcolor(x, y, x * y, cmap="Greys")
    left.triplot(x, y, "k-", lw=0.4)
    right.tripcolor(x, y, x * y, shading="gouraud")


@kind
def log_base_2(fig):
    ax = fig.subplots()
    sizes = 2.0 ** np.arange(4, 10)
    ax.plot(sizes, sizes**-0.5, "o-")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")


@kind
def log_ticks(fig):
    ax = fig.subplots()
    ax.loglog([16, 32, 64, 128, 256, 4096], [1, 2, 3, 4, 5, 600], "k^")
    ax.set_xticks([32, 64, 128, 256, 3000])
    ax.grid(which="both")


@kind
def symlog_and_logit(fig):
    left, right = fig.subplots(1, 2)
    left.plot(np.linspace(-500, 500), np.linspace(-500, 500))
    left.set(xscale="symlog", yscale="symlog")
    right.plot(np.linspace(0.001, 0.999), np.linspace(0.001, 0.999))
    right.set_yscale("logit")


@kind
def polar(fig):
    ax = fig.add_subplot(projection="polar")
    ax.plot(X, X, "k")
    ax.bar(np.arange(6), np.arange(6), width=0.5, alpha=0.6)


@data
def solid(fig):
    ax = fig.add_subplot(projection="3d")
    grid = np.arange(24)
    ax.plot_surface(*np.meshgrid(grid, grid), waves(), cmap="viridis")
    ax.set(xlabel="x", ylabel="y", zlabel="z")


@kind
def space(fig):
    ax = fig.add_subplot(projection="3d")
    ax.plot(np.cos(X), np.sin(X), X, "k")
    ax.scatter(np.sin(X), np.cos(X), X, s=8)


@kind
def events(fig):
    left, right = fig.subplots(1, 2)
    left.eventplot([np.abs(normal(20)), np.abs(normal(30))], colors=["k", "C1"])
    right.broken_barh([(1, 3), (6, 2)], (0, 2), facecolors=["k", "tab:olive"])
    right.vlines([2, 5], 0, 3, colors="k", linestyles=":")


@data
def sparse(fig):
    left, right = fig.subplots(1, 2)
    left.spy(np.eye(12) + np.eye(12, k=3))
    right.spy(np.eye(12), marker="s", color="k")


@kind
def notes(fig):
    ax = fig.subplots()
    ax.plot(X, np.sin(X))
    ax.annotate("top", (1.6, 1), (3, 0.8), arrowprops={"arrowstyle": "->"})
    ax.annotate("low", (4.7, -1), (2, -0.8), arrowprops={"facecolor": "black", "shrink": 0.05})
    ax.text(4, 0.5, "boxed", bbox={"facecolor": "white", "edgecolor": "black", "boxstyle": "round"})
    ax.text(0.5, -0.5, "on yellow", bbox={"facecolor": "yellow"})
    ax.text(5, 0, "   three   spaces", color="k", rotation=90, va="center")
    ax.text(0.2, -1, "fixed width", family="monospace")
    ax.text(3.4, -0.4, "italic", style="italic", url="https://example.org/#title")


@kind
def table(fig):
    ax = fig.subplots()
    ax.set_axis_off()
    colors = [["wheat", "w"], ["w", "tab:blue"]]
    ax.table([["1.0", "2.0"], ["3.0", "4.0"]], cellColours=colors, rowLabels=["a", "b"], loc="center")


@kind
def insets(fig):
    ax = fig.subplots()
    ax.plot(X, np.exp(X), "k")
    inset = ax.inset_axes((0.1, 0.5, 0.4, 0.4))
    inset.plot(X, np.exp(X))
    inset.set(xlim=(1, 2), ylim=(2, 9), yscale="log")
    ax.indicate_inset_zoom(inset, edgecolor="black")


@kind
def twins(fig):
    ax = fig.subplots()
    ax.plot(X, X, "k")
    ax.twinx().semilogy(X, np.exp(X), color="C1")
    ax.secondary_xaxis("top", functions=(lambda x: 2 * x, lambda x: x / 2)).set_xlabel("twice")


@kind
def formulas(fig):
    ax = fig.subplots()
    ax.plot(X, X**2, label=r"$\mathcal{L}(\theta) = \frac{1}{2}\theta^2$")
    ax.set(xlabel=r"$\theta \in \mathbb{R}$", ylabel=r"loss $\mathbb{E}_{x \sim \mathcal{D}}[\ell]$")
    ax.set_title(r"$\sqrt{1 + \hat{x}^2} \leq \sum_i |x_i|$", color="k")
    ax.legend()


@kind
def pixels(fig):
    ax = fig.subplots()
    ax.scatter(*normal(2, 4000), s=3, color="0.5", rasterized=True)
    ax.plot([-2, 2], [-2, 2], "k")


@data
def clipped(fig):
    from matplotlib.patches import Circle

    ax = fig.subplots()
    picture = ax.imshow(waves(), extent=(0, 4, 0, 4))
    circle = Circle((2, 2), 1.5, fill=False, edgecolor="k", linewidth=2)
    ax.add_patch(circle)
    picture.set_clip_path(circle)
    ax.plot(X, X / 2, "k--", clip_on=False)


@data
def gray_ground(fig):
    left, right = fig.subplots(1, 2)
    left.set_facecolor("0.85")
    left.plot(X, np.sin(X), "k")
    left.text(3, 0.5, "on gray")
    right.set_facecolor("black")
    right.scatter(*normal(2, 60), c="yellow", s=8)


@data
def seaborn_heatmap(fig):
    import seaborn

    seaborn.heatmap(waves(6), annot=True, fmt=".1f", ax=fig.subplots())


@kind
def seaborn_boxes(fig):
    import seaborn

    left, right = fig.subplots(1, 2)
    seaborn.boxplot([normal(50), normal(50) * 2], ax=left, saturation=1, orient="v")
    seaborn.violinplot([normal(50), normal(50) * 2], ax=right, saturation=1)


@kind
def seaborn_curves(fig):
    import seaborn

    left, right = fig.subplots(1, 2)
    seaborn.kdeplot(normal(100), fill=True, ax=left)
    seaborn.regplot(x=normal(40), y=normal(40) + np.arange(40) / 10, color="black", ax=right)


@data
def seaborn_theme(fig):
    import seaborn

    seaborn.set_theme(color_codes=False)  # or "k" is another black in all later tests
    left, right = fig.subplots(1, 2)
    seaborn.histplot(normal(100), kde=True, ax=left)
    seaborn.lineplot(x=np.tile(np.arange(5), 6), y=normal(30), ax=right)
    left.set(xlabel="value", title="Themed")


@kind
def xarray_lines(fig):
    import xarray as xr

    values = xr.DataArray(waves()[:4], dims=("run", "step"), attrs={"long_name": "loss", "units": "nats"})
    values.plot.line(x="step", ax=fig.subplots())


@data
def xarray_field(fig):
    import xarray as xr

    left, right = fig.subplots(1, 2)
    values = xr.DataArray(waves(), dims=("y", "x"), name="height")
    values.plot(ax=left)
    values.plot.contourf(ax=right, levels=5, add_colorbar=False)


@data
def confusion(fig):
    from sklearn.metrics import ConfusionMatrixDisplay

    ConfusionMatrixDisplay(np.array([[9, 1, 0], [2, 7, 1], [0, 3, 5]])).plot(ax=fig.subplots())


@kind
def roc(fig):
    from sklearn.metrics import PrecisionRecallDisplay, RocCurveDisplay

    axes = fig.subplots(1, 2)
    truth, score = normal(60) > 0, normal(60) + np.linspace(-1, 1, 60)
    RocCurveDisplay.from_predictions(truth, score, ax=axes[0], plot_chance_level=True)
    PrecisionRecallDisplay.from_predictions(truth, score, ax=axes[1])
    for ax in axes:  # shorter words: half a pixel for each letter adds up
        ax.set(xlabel="one", ylabel="other")
        ax.get_legend().remove()


@data
def decisions(fig):
    from sklearn.inspection import DecisionBoundaryDisplay
    from sklearn.linear_model import LogisticRegression

    places, labels = normal(60, 2), normal(60) > 0
    ax = fig.subplots()
    DecisionBoundaryDisplay.from_estimator(
        LogisticRegression().fit(places, labels), places, ax=ax, alpha=0.5, grid_resolution=40
    )
    ax.scatter(*places.T, c=labels, edgecolors="k")


@kind
def tree(fig):
    from sklearn.tree import DecisionTreeClassifier, plot_tree

    model = DecisionTreeClassifier(max_depth=2).fit(normal(60, 2), normal(60) > 0)
    plot_tree(model, filled=True, ax=fig.subplots(), fontsize=6)
