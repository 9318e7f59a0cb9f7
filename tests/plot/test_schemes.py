"""What follows a page's scheme: ink and paper do, data and what lies on them do not."""

import re
import warnings

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure
from test_palette import contrast, rgb

from dlfigs.plot import palette, pixels, render, schemes

FIELD = np.outer(np.arange(9), np.arange(9)) / 64.0
GRAY = colormaps["gray"]


def line(ax, color="k", x=(1, 7)):
    return ax.plot(x, x, color=color)[0]


def text(ax, color="w", **box):
    return ax.text(4, 4, "text", color=color, ha="center", va="center", **box)


def on_image(artist, *arguments, **options):
    return lambda ax: (ax.imshow(FIELD), artist(ax, *arguments, **options))[1]


def on_bar(color, artist, *arguments):
    return lambda ax: (ax.bar([4], [8], 4, color=color), artist(ax, *arguments))[1]


def on_ground(color, artist, *arguments):
    return lambda ax: (ax.set_facecolor(color), ax.set(xlim=(0, 8), ylim=(0, 8)), artist(ax, *arguments))[2]


FOLLOWS = {
    "a black line": line,
    "a dark line": lambda ax: line(ax, "navy"),
    "white on paper": text,
    "arrows": lambda ax: ax.quiver([1, 2], [1, 2], [1, 2], [1, 2]),
    "contours": lambda ax: ax.contour(FIELD, colors="k"),
    "an arrow": lambda ax: ax.annotate("", (1, 1), (2, 2), arrowprops={"arrowstyle": "->"}).arrow_patch,
    "a box": lambda ax: ax.boxplot([[1, 2, 3]])["boxes"][0],
    "a white box": lambda ax: text(ax, bbox={"facecolor": "white"}).get_bbox_patch(),
    "black in a white box": lambda ax: text(ax, "k", bbox={"facecolor": "white"}),
    "white on a bar of the palette": on_bar("#1069ce", text),
    "white on a navy bar": on_bar("navy", text),
    "black on a pale band": lambda ax: (ax.axvspan(0, 8, color="orange", alpha=0.2), line(ax))[1],
    "a line beside an image": on_image(line, x=(20, 40)),
    "a label of an image's axis": lambda ax: (ax.imshow(FIELD), ax.xaxis.label, ax.set_xlabel("x"))[1],
    "the edge of an image": lambda ax: (ax.imshow(FIELD), ax.spines["left"])[1],
    "a line under an image": on_image(lambda ax: (line(ax), ax.lines[0].set_zorder(-1))[0]),
    "edges of data": lambda ax: ax.scatter([1, 2], [1, 2], c=[0, 1], cmap="gray", edgecolors="k"),
    "a bar in the palette's color": lambda ax: ax.bar([1], [1], color="#1069ce")[0],
}
STAYS = {
    "white on an image": on_image(text),
    "black on an image": on_image(text, "k"),
    "ink on an image": on_image(text, "#1f2328"),
    "a line on an image": on_image(line, "w"),
    "a contour on an image": on_image(lambda ax: ax.contour(FIELD, colors="k")),
    "dots on an image": on_image(lambda ax: ax.scatter([2, 3], [4, 5], c="k")),
    "a box on an image": on_image(lambda ax: text(ax, "k", bbox={"facecolor": "w"}).get_bbox_patch()),
    "text in a box on an image": on_image(text, "k", bbox={"facecolor": "w"}),
    "white on a mesh": lambda ax: (ax.pcolormesh(FIELD), text(ax))[1],
    "white on filled contours": lambda ax: (ax.contourf(FIELD), text(ax))[1],
    "white on hexagons": lambda ax: (ax.hexbin([0, 4, 8], [0, 4, 8], gridsize=3), text(ax))[1],
    "white on a red bar": on_bar("tab:red", text),
    "black on a yellow bar": on_bar("yellow", text, "k"),
    "black in a yellow box": lambda ax: text(ax, "k", bbox={"facecolor": "yellow"}),
    "black on a gray ground": on_ground("0.85", line),
    "white on a black ground": on_ground("black", line, "w"),
    "black data": lambda ax: ax.scatter([1, 2], [1, 2], c=[0, 1], cmap="gray"),
    "white data": lambda ax: ax.scatter([1, 2], [1, 2], c=[1, 1], cmap="gray", vmin=0),
    "dark data": lambda ax: ax.scatter([1, 2], [1, 2], c=[0, 1], cmap="viridis"),
    "a colormap by hand": lambda ax: ax.scatter(*np.ones((2, 30)), c=GRAY(np.linspace(0, 1, 30))),
    "a cell's text": lambda ax: ax.table([["a"]], cellColours=[["yellow"]])[0, 0].get_text(),
}


def kept(draw):
    """Return the colors of an artist that follow the scheme before, and after."""
    fig = Figure()
    artist = draw(fig.subplots())
    pixels.above_grid(fig)
    pixels.rasterize(fig)
    fig.draw_without_rendering()
    names = [name for name in ("get_color", "get_facecolor", "get_edgecolor") if hasattr(artist, name)]

    def following():
        found = [getattr(artist, name)() for name in names]
        codes = {to_hex(color) for colors in found for color in to_rgba_array(colors) if color[3]}
        return {code for code in codes if palette.follows(code)}

    before = following()
    stays = schemes.keep(fig)
    return before, following() - stays


@pytest.mark.parametrize("draw", FOLLOWS.values(), ids=FOLLOWS)
def test_ink_and_paper_follow_the_scheme(draw):
    assert kept(draw)[1]


@pytest.mark.parametrize("draw", STAYS.values(), ids=STAYS)
def test_data_and_what_lies_on_them_do_not(draw):
    before, after = kept(draw)
    assert before
    assert not after


DARK = ["#000000", "#000080", "#262626", "#0000ff", "#8b0000", "#440154", "#800080"]


@pytest.mark.parametrize("color", DARK)
def test_a_color_that_would_not_be_seen_on_a_dark_page_is_lifted(color):
    paper = rgb(palette.PALETTE["paper"][1])
    assert contrast(rgb(color), paper) < palette.SEEN
    found = palette.dark(f'<g style="fill: {color}"/>')
    assert contrast(rgb(re.search("#[0-9a-f]{6}", found)[0]), paper) >= palette.SEEN
    assert f"{color})" in palette.themed(f"fill: {color}")  # and is itself where there is no style sheet


@pytest.mark.parametrize("css", ["fill: #1f77b4", "fill: url(#000000)", "fill: rgb(0, 0, 0)"])
def test_other_colors_and_ids_are_left_alone(css):
    assert palette.themed(css) == css
    svg = f'<use style="{css}" href="#000000"/><text>#000000</text>'
    assert palette.dark(svg) == svg


def pictures(draw):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        files = render.pictures(lambda fig, _: draw(fig.subplots()), None, height=3.0, name="it")
    return files["svg"].decode(), [str(one.message) for one in said]


def test_meshes_and_much_data_are_pixels_but_what_follows_the_scheme_is_not():
    many = np.linspace(0, 1, 2000)
    svg, said = pictures(lambda ax: ax.scatter(many, many, c=many))
    assert svg.count("<image") == 1
    assert len(svg) < 100_000
    svg, _ = pictures(lambda ax: (ax.pcolormesh(FIELD), ax.plot(many, many, "k")))
    assert svg.count("<image") == 1
    assert not said


def test_a_drawing_that_is_too_large_is_named_with_what_is_most_in_it():
    many = np.linspace(0, 1, 5000)
    _, said = pictures(lambda ax: (ax.plot(many[:9], many[:9]), ax.scatter(many, many, s=1)))
    assert len(said) == 1
    assert re.search(r"\d{3} KB .* PathCollection with 5000 points .* rasterized=True", said[0])
    svg, said = pictures(lambda ax: ax.scatter(many, many, s=1, rasterized=True, color="0.5"))
    assert not said
    assert len(svg) < 100_000


def test_pixels_that_a_dark_page_would_hide_are_named():
    _, said = pictures(lambda ax: ax.plot([0, 1], [0, 1], "k", rasterized=True))
    (words,) = said
    assert words.startswith("#000000 in the pixels of a Line2D is not seen on a dark page: ")


@pytest.mark.parametrize("draw", [lambda ax: ax.imshow(FIELD), lambda ax: ax.matshow(FIELD)])
def test_lines_of_the_grid_are_below_images(draw):
    fig = Figure()
    ax = fig.subplots()
    ax.set_axisbelow(True)
    image = draw(ax)
    pixels.above_grid(fig)
    assert image.get_zorder() > ax.xaxis.get_zorder()


def test_formulas_are_paths_and_all_else_is_text():
    formula = r"$\mathbb{E}_{x \sim \mathcal{D}}[\frac{1}{2}]$"
    svg, _ = pictures(lambda ax: ax.set(xlabel=formula, ylabel="loss"))
    assert ">loss<" in svg
    assert "tspan" not in svg
    assert "scale(0.095 -0.095)" in svg
