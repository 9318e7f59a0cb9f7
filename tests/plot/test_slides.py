"""Drawings for slides: as wide as one, letters that are read from the back, and none on another."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from reader import needs_browser

from dlfigs.plot import marks, render, slides

SMALLEST = 8.0  # points of 324 that a slide is high: 13 on one of 13.3 inches by 7.5
# What a browser makes of labels: those that leave the paper, lie on others, or are small
LABELS = """([svg, smallest]) => {
  document.body.innerHTML = svg
  const paper = document.querySelector("svg")
  const [, , width, height] = paper.getAttribute("viewBox").split(" ")
  paper.setAttribute("width", width); paper.setAttribute("height", height)
  const edge = paper.getBoundingClientRect()
  const labels = [...paper.querySelectorAll("text")].filter(text => text.textContent.trim())
  const boxes = labels.map(text => text.getBoundingClientRect())
  const named = i => `'${labels[i].textContent}'`
  const wrong = []
  boxes.forEach((box, i) => {
    if (box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom)
      wrong.push(`${named(i)} leaves the slide`)
    if (parseFloat(getComputedStyle(labels[i]).fontSize) < smallest) wrong.push(`${named(i)} is small`)
    boxes.slice(0, i).forEach((other, j) => {
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left)
      const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top)
      // A box is higher than its letters, those of two lines of a label touch
      if (wide > 1 && high > 3) wrong.push(`${named(i)} lies on ${named(j)}`)
    })
  })
  return wrong
}"""


def wrong_with(tab, svg):
    return tab.evaluate(LABELS, [svg[svg.index("<svg") :], SMALLEST])


@pytest.fixture
def tab(browser):
    tab = browser.new_page(viewport={"width": 600, "height": 400})
    tab.set_content('<style>body { margin: 20px } svg { font-family: "DejaVu Sans" }</style><body>')
    yield tab
    tab.close()


@needs_browser
def test_no_label_of_a_figure_leaves_its_slide_or_lies_on_another_or_is_small(figures, tab):
    found = {}
    for slug, built in figures.items():
        svg = built.file("wide.svg").read_text(encoding="utf-8")
        assert 'viewBox="0 0 576 324"' in svg, slug
        assert imread(built.file("wide.png")).shape[:2] == (1080, 1920), slug
        assert "var(--fig" not in svg, "a file has its own colors"
        if wrong := wrong_with(tab, svg):
            found[slug] = wrong
    assert found == {}


@needs_browser
def test_labels_that_nobody_can_read_are_found(tab):
    def draw(fig, _):
        fig.subplots().set_axis_off()
        fig.text(0.5, 0.5, "one")
        fig.text(0.5, 0.51, "two")
        fig.text(0.99, 0.2, "beyond")
        fig.text(0.2, 0.2, "tiny", fontsize=7)
        fig.text(0.2, 0.8, "fine\nand fine")

    svg = render.wide(draw, None, name="crowd")["wide.svg"].decode()
    assert wrong_with(tab, svg) == ["'two' lies on 'one'", "'beyond' leaves the slide", "'tiny' is small"]


def test_a_drawing_that_does_not_ask_is_the_same_on_a_slide_and_wider():
    asked = []

    def draw(fig, drawn):
        asked.append((slides.is_wide(fig), slides.is_wide(fig.subfigures(1, 2)[0]), *fig.get_size_inches()))
        fig.subplots().plot(drawn)

    files = render.pictures(draw, [1, 2], height=3.0, name="line") | render.wide(draw, [1, 2], name="line")
    assert asked == [(False, False, 5.0, 3.0), (True, True, 8.0, 4.5)]
    assert files.keys() == {"svg", "png", "pdf", "wide.svg", "wide.png"}
    sizes = [imread(io.BytesIO(files[name])).shape[:2] for name in ("png", "wide.png")]
    assert sizes == [(600, 1000), (1080, 1920)]


@pytest.mark.parametrize("size", [(slides.WIDTH, 6.0), slides.WIDE])
def test_panels_stand_under_one_another_in_text_and_beside_one_another_on_a_slide(size):
    fig = Figure(size)
    panels = slides.stack(fig, 3, xlabel="layer", height_ratios=(1, 1, 2))
    places = np.array([ax.get_position().bounds for ax in panels])  # left, bottom, width, height
    labels = [ax.get_xlabel() for ax in panels]
    panels[0].set_xlim(0, 7)
    assert [ax.get_xlim()[1] for ax in panels] == [7, 7, 7], "they share the axis"
    if slides.is_wide(fig):
        assert len(set(places[:, 1])) == 1
        assert (np.diff(places[:, 0]) > 0).all()
        assert labels == ["layer"] * 3, "each panel's axis is named"
    else:
        assert len(set(places[:, 0])) == 1
        assert places[2, 3] == pytest.approx(2 * places[0, 3])
        assert labels == ["", "", "layer"]


def test_panels_without_a_common_axis_have_each_its_own():
    first, second = slides.stack(Figure(slides.WIDE), 2)
    first.set_xlim(0, 7)
    assert second.get_xlim() == (0, 1)


@pytest.mark.parametrize("number", [1, 3])
def test_names_of_lines_are_one_line_of_text_apart_on_a_slide(number):
    """Whatever height its panels have there: the gap that a recipe says is for those in text."""
    ax = Figure(slides.WIDE).subplots(number, squeeze=False)[0, 0]
    marks.label_ends(ax, [(0.5, "a", "C0"), (0.5, "b", "C1")], gap=0.3, fontsize=10)
    (_, low), (_, high) = sorted(text.get_position() for text in ax.texts)
    inches = ax.get_position().height * slides.WIDE[1]
    assert abs(high - low) * inches * 72 == pytest.approx(13, abs=0.01)
