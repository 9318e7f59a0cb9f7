"""Gray pictures: each pixel where it belongs, as dark as it is."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dlfigs.plot import grays
from dlfigs.plot.palette import PALETTE

INK = int(PALETTE["ink"][0][1:3], 16)


def drawn(pixels):
    """Return what a picture looks like, one sample from the middle of each pixel: 0 paper, 1 ink."""
    rows, columns = pixels.shape
    fig = Figure(figsize=(columns / 10, rows / 10), dpi=200)
    canvas = FigureCanvasAgg(fig)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    grays.pictures(ax, [(0, 0, pixels)], frame=False)
    ax.set(xlim=(0, columns), ylim=(-rows, 0))
    canvas.draw()
    red = np.asarray(canvas.buffer_rgba())[10::20, 10::20, 0]
    return (255 - red.astype(float)) / (255 - INK)


def test_a_pixel_is_as_dark_as_it_is_to_half_a_level():
    pixels = np.random.default_rng(0).random((5, 7))
    assert abs(drawn(pixels) - pixels).max() < 0.5 / grays.LEVELS + 0.02


def test_the_first_row_is_on_top_and_paper_stays_paper():
    pixels = np.zeros((3, 4))
    pixels[0, 1] = 1
    picture = drawn(pixels)
    assert picture[0, 1] == pytest.approx(1, abs=0.01)
    assert picture.sum() == pytest.approx(1, abs=0.02)


def test_neighbors_in_a_row_are_one_box():
    ax = Figure().subplots()
    grays.areas(ax, [(0, 0, np.array([[1, 1, 0, 1], [0, 0, 0, 0]], bool))], "C1")
    boxes = np.asarray(ax.patches[0].get_path().vertices).reshape(-1, 5, 2)
    assert boxes[:, :, 0].min(axis=1).tolist() == [0, 3]
    assert np.ptp(boxes[:, :, 0], axis=1).tolist() == [2, 1]
