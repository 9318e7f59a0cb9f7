"""What means the same looks the same: read from the labels of the finished drawings."""

import collections
import xml.etree.ElementTree as ET

import pytest
from conftest import ROOT
from matplotlib.figure import Figure as Canvas

from dlfigs.errors import UserError
from dlfigs.plot import meaning, palette

SVG = "{http://www.w3.org/2000/svg}"
SERIES = {palette.PALETTE[name][0]: f"C{number}" for number, name in enumerate(palette.SERIES)}
# Words that stand for two things
TWO = {
    "plain": "a net without skips; dropout that is not alpha dropout",
    "linear": "a net without activation functions; a linear model of images",
}
# As drawings write what has a color by name
WRITTEN = {
    "Glorot": ("Glorot", "Glorot: 0.00000003 is left", "ReLU, Glorot"),
    "He": ("He", "He: 0.6 is left", "He: 2/n", "ReLU, He"),
    "LeCun": ("SELU, LeCun",),
    "std 1": ("std 1",),
    "std 0.01": ("std 0.01",),
    "Keras": ("Keras", "ε = 10⁻³ Keras", "Keras and Flax: 0.99"),
    "Flax": ("Flax",),
    "PyTorch": ("PyTorch, Equinox", "ε = 10⁻⁵ PyTorch, Flax", "PyTorch: 0.9", "default"),
    "sigmoid": ("sigmoid, Glorot",),
    "tanh": ("tanh, Glorot",),
    "ReLU": ("ReLU: π / (π − 1)",),
    "batch norm": ("batch norm", "ReLU, batch norm", "○ sigmoid, batch norm", "batch"),
    "without": (
        "without",
        "ReLU",
        "○ sigmoid",
        "none",
        "no batch norm, η = 0.2",
        "training, without",
        "validation, without",
    ),
    "dropout": ("dropout 1/2", "plain dropout, after 20 layers", "training, with", "validation, with"),
    "alpha dropout": ("alpha dropout, after 20 layers",),
    "layer norm": ("layer",),
    "group norm": ("group",),
    "L1": ("L1", "… with L1 penalty"),
    "L2": ("L2", "… with L2 penalty"),
    "wrong labels": ("wrong labels first",),
    "fine-tuned": ("fine-tuned",),
    "frozen": ("frozen",),
    "linear on pixels": ("linear on pixels",),
    "raw pixels": ("raw pixels",),
    "training": ("train", "training labels"),
    "test": ("test", "test labels"),
}


@pytest.fixture(scope="module")
def labels(figures):
    """Colors of each text that has a series' color, and in which figures: text, color, slugs."""
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for slug, built in figures.items():
        root = ET.parse(built.file("svg")).getroot()
        for parent in root.iter():
            lines = [child for child in parent if child.tag == f"{SVG}text"]
            text = " ".join(" ".join(line.itertext()) for line in lines)
            style = lines[0].get("style", "") if lines else ""
            color = next((SERIES[light] for light in SERIES if f"fill: {light}" in style), None)
            if color:
                found[text][color].add(slug)
    return found


def test_the_same_words_have_the_same_color_in_all_figures(labels):
    several = {text: dict(by) for text, by in labels.items() if len(by) > 1 and text not in TWO}
    assert not several
    assert all(len(labels[text]) > 1 for text in TWO), "an exception is still needed"
    assert len(labels) > 100, "labels are found"


def test_what_has_a_color_by_name_has_it_where_it_is_written(labels):
    for name, texts in WRITTEN.items():
        for text in texts:
            assert text in labels, f"no figure says {text!r} any more"
            assert set(labels[text]) == {meaning.color_of(name)}, text


def test_recipes_ask_for_names_that_have_colors_and_each_color_has_a_use():
    used = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "figures").glob("*.py"))
    assert [name for name in meaning.COLORS if f'"{name}"' not in used] == []


def test_accuracies_count_in_percent(figures):
    """A share of examples has ticks up to 100, wherever an axis is called accuracy."""
    for slug, built in figures.items():
        texts = ["".join(element.itertext()) for element in ET.parse(built.file("svg")).iter(f"{SVG}text")]
        named = [text for text in texts if "accuracy" in text and text.split()[-1] == "accuracy"]
        assert not named, f"{slug}: {named} without its unit"


def test_an_unknown_name_is_named_with_the_nearest():
    with pytest.raises(UserError, match="no color for 'Hee'; did you mean 'He'"):
        meaning.color_of("Hee")
    assert meaning.color_of("mine", {"mine": "C5"}) == "C5"


def test_percent_writes_shares_as_numbers_up_to_a_hundred():
    fig = Canvas()
    ax = fig.subplots()
    ax.set(ylim=(0, 1), ylabel="accuracy")
    meaning.percent(ax)
    fig.draw_without_rendering()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["0", "20", "40", "60", "80", "100"]
    assert ax.get_ylabel() == "accuracy (%)"
