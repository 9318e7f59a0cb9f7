"""Every figure: complete, light, true, and reproducible from its notebook."""

import gzip
import json
import os
import re

import nbclient
import nbformat
import pytest
from conftest import ROOT

from dlfigs.make.surroundings import ONE_THREAD
from dlfigs.markdown.bibliography.library import Library
from dlfigs.plot import palette
from dlfigs.recipe import loading
from dlfigs.recipe.figure import PLACEHOLDER

SLUGS = list(loading.find(ROOT / "figures"))


@pytest.fixture(params=SLUGS)
def built(request, figures):
    assert not figures[request.param].error, figures[request.param].error
    return figures[request.param]


def test_claims_hold(built):
    assert built.info.claims, "a figure that claims nothing proves nothing"
    assert built.info.broken == []


def test_verdicts_at_other_settings_are_kept_and_of_this_code(built):
    assert not built.info.stale, built.info.stale


def test_labels_are_complete(built):
    info = built.info
    library = Library(ROOT / "docs" / "references.bib")
    assert all(library.entry(key) for key in info.sources)
    assert info.questions
    assert set(info.questions) <= set(range(1, 20))
    assert 60 <= len(info.alt) <= 700
    assert not info.title.endswith(".")
    assert "{{" not in info.caption + info.alt + info.title
    seeds = info.parameters.get("seeds")
    if seeds:
        # Random nets cost little; nets that are trained cost more, and the caption says that they are
        assert seeds >= (10 if "trained" in info.caption else 64)
        assert str(seeds) in info.caption, "the number of seeds stands in the caption"
    if "95\u202f%" in info.caption or "shaded" in info.caption.lower():
        assert re.search("95\u202f%|within", info.caption), "a band has its meaning in the caption"


def test_the_drawing_is_light_and_keeps_its_text(built):
    svg = built.file("svg").read_text(encoding="utf-8")
    assert len(gzip.compress(svg.encode(), 9)) <= 15_000
    assert "<text" in svg, "labels stay text, to be read and searched"
    assert "<style" not in svg, "a style element would apply to the whole page"
    used = set(re.findall(r"#[0-9a-f]{6}\b", svg))
    known = {light for light, _ in palette.PALETTE.values()}
    assert used <= known, "every color is of the palette, so that it follows the page's scheme"


def test_the_picture_is_the_same_in_all_formats(built):
    assert built.file("png").read_bytes().startswith(b"\x89PNG")
    assert built.file("pdf").read_bytes().startswith(b"%PDF")
    header = built.file("csv").read_text().splitlines()[0].split(",")
    assert header == list(built.info.columns)
    assert all(column["description"] for column in built.info.columns.values())


def code_of(page):
    """Sources of the code cells; the last line of the last shows the figure."""
    sources = [cell.source for cell in page.cells if cell.cell_type == "code"]
    assert sources[-1].splitlines()[-1] == "figure"
    return sources


def test_the_notebook_stands_alone(built):
    """Its cells define the figure without anything around them; with other seeds `dlfigs check` runs it."""
    page = nbformat.read(built.file("ipynb"), as_version=4)
    assert "image/svg+xml" in page.cells[-1].outputs[0].data
    names = {"__name__": "__main__"}
    assert page.cells[0].cell_type == "markdown", "what it is about comes first"
    assert "dlfigs @ git+https://github.com/" in code_of(page)[0], "then what installs what it needs"
    for source in code_of(page):
        exec(compile(source, f"{built.slug}.ipynb", "exec"), names)
    # The numbers in it are known when it is made
    written = PLACEHOLDER.sub("\0", names["figure"].title).split("\0")
    assert re.fullmatch(".+".join(map(re.escape, written)), built.info.title)


@pytest.mark.parametrize(
    "slug",
    [
        "sigmoid_derivative",
        pytest.param("gradients_by_depth", marks=pytest.mark.slow),
        pytest.param("soft_threshold", marks=pytest.mark.slow),
    ],
)
def test_a_notebook_runs_from_a_fresh_kernel_and_shows_its_figure(slug, figures, tmp_path):
    """All notebooks are written alike: a few show that a kernel runs them to the end."""
    page = nbformat.read(figures[slug].file("ipynb"), as_version=4)
    for cell in page.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    client = nbclient.NotebookClient(
        page, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute(env=os.environ | ONE_THREAD)
    shown = [output.data for output in page.cells[-1].outputs if output.output_type == "display_data"]
    claims = next(d["text/plain"] for d in shown if "text/html" in d)
    assert claims.count("holds") == len(figures[slug].info.claims)
    assert "FAILS" not in claims
    assert any("image/svg+xml" in data for data in shown)


def test_every_parameter_has_a_range_and_the_default_is_in_it(built):
    figure = loading.load(ROOT / "figures" / f"{built.slug}.py")
    for name, default in figure.parameters.items():
        text = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        assert figure.resolve({name: text}) == {}


def test_json_and_recipe_agree(built):
    figure = loading.load(ROOT / "figures" / f"{built.slug}.py")
    stored = json.loads(json.dumps(figure.parameters))
    assert built.info.parameters == stored
    assert built.info.sources == list(figure.sources)
