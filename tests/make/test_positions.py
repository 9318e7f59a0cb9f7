"""Figures at all positions of what readers can move."""

import gzip
import json

import pytest
from conftest import RECIPE, dlfigs, write_course

from dlfigs.make import computing, drawing, packing, store, worker
from dlfigs.plot.inline import inline
from dlfigs.recipe.info import Info

MOVE = '{"slope": (-2.0, 1.0, 2.0), "kind": ("straight", "bent")}'


def write(folder, move=MOVE, caption="A {{{{ kind }}}} line.", **parts):
    """Write the small recipe with something to move."""
    text = RECIPE.replace("seed=0,\n", f"seed=0,\n    move={move.replace('{', '{{').replace('}', '}}')},\n")
    defaults = {"compute": "pass", "draw": "pass", "low": "0", "caption": caption.replace("{{{{", "{{")}
    defaults["caption"] = defaults["caption"].replace("}}}}", "}}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "line.py").write_text(text.format(**defaults | parts))
    return folder / "line.py"


def drawings(folder):
    """Return the packed file and the drawings in it."""
    whole = json.loads((folder / "line.moves.json").read_text())
    lines = whole["lines"]
    return whole, [
        "\n".join(line for first, last in one["drawing"] for line in lines[first : last + 1])
        for one in whole["positions"]
    ]


def test_each_position_is_the_figure_that_is_built_with_its_values(tmp_path):
    recipe, cache = write(tmp_path / "figures"), tmp_path / "cache"
    folder = worker.make(recipe, cache, {})
    info = Info.read((folder / "line.json").read_text())
    whole, shown = drawings(folder)
    settings = [one["setting"] for one in info.moves["positions"]]
    assert settings == [
        f"slope={slope} kind={kind}" for slope in (-2.0, 1.0, 2.0) for kind in ("straight", "bent")
    ]
    assert "".join(info.moves["caption"]) == info.caption
    for place, (slope, kind) in enumerate([(-2.0, "straight"), (-2.0, "bent"), (1.0, "straight")]):
        given = {"slope": slope} | ({"kind": kind} if kind == "bent" else {})
        there = worker.make(recipe, cache, given)
        other = Info.read((there / "line.json").read_text())
        told = whole["positions"][place]
        assert told["title"] == other.title
        texts = info.moves["caption"][::2]
        assert "".join(map("".join, zip(texts, [*told["numbers"], ""], strict=True))) == other.caption
        svg = (there / "line.svg").read_text()
        alt = shown[place].partition('<desc id="line--desc">')[2].partition("</desc>")[0]
        assert alt.endswith(other.alt)
        assert f"With slope={slope} kind={kind}" in alt
        assert shown[place] == inline(svg, name="line", title=other.title, description=alt)
    # The default's is the page's own
    assert shown[4] == inline(
        (folder / "line.svg").read_text(), name="line", title=info.title, description=info.alt
    )


def test_claims_that_do_not_hold_at_a_position_are_told_there_and_break_nothing(tmp_path):
    write_course(tmp_path)
    write(tmp_path / "figures")
    checked = dlfigs("check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert "line, moved: all claims hold at 4 of 6 positions" in checked.stdout
    (folder,) = (tmp_path / ".cache/dlfigs/figures/line").glob("[!.]*")
    positions = json.loads((folder / "line.json").read_text())["moves"]["positions"]
    assert [len(one["broken"]) for one in positions] == [1, 1, 0, 0, 0, 0]
    assert "Slope of the line: −2, required at least 0" in positions[0]["broken"][0]
    whole, _ = drawings(folder)
    assert whole["positions"][0]["broken"] == positions[0]["broken"]
    exported = dlfigs("build", "--to", "out", cwd=tmp_path)
    assert exported.returncode == 0
    assert (tmp_path / "out/line.moves.json").read_bytes() == (folder / "line.moves.json").read_bytes()


def test_what_was_computed_and_drawn_at_positions_is_kept(tmp_path, monkeypatch):
    done = {"computed": 0, "drawn": 0}

    def count(name, function):
        def counted(*args, **options):
            done[name] += 1
            return function(*args, **options)

        return counted

    monkeypatch.setattr(computing, "compute", count("computed", computing.compute))
    monkeypatch.setattr(drawing, "drawn_alone", count("drawn", drawing.drawn_alone))
    recipe, cache = write(tmp_path / "figures"), tmp_path / "cache"
    first = drawings(worker.make(recipe, cache, {}))
    assert done == {"computed": 6, "drawn": 5}, "the default is drawn with all its pictures"
    write(tmp_path / "figures", caption="Other words about a {{{{ kind }}}} line.")
    again = drawings(worker.make(recipe, cache, {}))
    assert done == {"computed": 6, "drawn": 5}
    assert again[1] == first[1]
    write(tmp_path / "figures", move='{"slope": (-2.0, 3.0)}')
    _, fewer = drawings(worker.make(recipe, cache, {}))
    assert done == {"computed": 7, "drawn": 6}
    assert len(fewer) == 3
    write(tmp_path / "figures", draw="ax.set_title('new')")
    worker.make(recipe, cache, {})
    assert done == {"computed": 7, "drawn": 11}
    for kept in (cache / "moved/line").iterdir():
        kept.write_bytes(b"damaged")
    write(tmp_path / "figures", draw="ax.set_title('new')", caption="Yet other words, {{{{ kind }}}}.")
    worker.make(recipe, cache, {})
    assert done == {"computed": 7, "drawn": 16}


def test_more_positions_than_versions_are_kept_together(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "KEPT", 2)
    recipe, cache = write(tmp_path / "figures"), tmp_path / "cache"
    worker.make(recipe, cache, {})
    assert len(list((cache / "data/line").glob("*.nc"))) == 6
    for points in (6, 7, 8):  # figures by themselves, which forget nothing of those that move
        worker.make(recipe, cache, {"points": points})
    assert len(list((cache / "runs/line").glob("*.json"))) == 9


@pytest.mark.parametrize("given", [{"slope": 1.0}, {"points": 7}, {"seed": 3}])
def test_what_is_built_with_other_values_is_one_figure(tmp_path, given):
    recipe, cache = write(tmp_path / "figures"), tmp_path / "cache"
    folder = worker.make(recipe, cache, given)
    assert not (folder / "line.moves.json").exists()
    assert len(list((cache / "data/line").glob("*.nc"))) == 1


def test_a_figure_without_moves_has_no_file_of_them(tmp_path):
    recipe = write(tmp_path / "figures", move="{}")
    folder = worker.make(recipe, tmp_path / "cache", {})
    assert not (folder / "line.moves.json").exists()
    assert "moves" not in json.loads((folder / "line.json").read_text())


def test_a_position_that_fails_is_named_with_the_recipe(tmp_path):
    write_course(tmp_path)
    write(
        tmp_path / "figures",
        compute="points = 0 if kind == 'bent' else points; {}[kind] if slope < 0 else 0",
    )
    result = dlfigs("build", cwd=tmp_path)
    assert result.returncode == 1
    assert "figures/line.py" in result.stderr
    assert "This was with slope=-2.0 kind=straight, which `move` names." in result.stderr
    assert not list((tmp_path / ".cache/dlfigs/figures").glob("line/[!.]*"))


def test_a_caption_whose_number_cannot_follow_is_an_error(tmp_path):
    write_course(tmp_path)
    write(tmp_path / "figures", caption="With $k = {{{{ slope }}}}$.")
    result = dlfigs("build", cwd=tmp_path)
    assert result.returncode == 1
    assert "{{ slope }} stands in a formula, and cannot follow what readers move" in result.stderr
    assert "figures/line.py:3" in result.stderr, "the line of the caption"


def test_too_much_to_fetch_is_an_error_with_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "MOST", 1000)
    recipe, cache = write(tmp_path / "figures"), tmp_path / "cache"
    with pytest.raises(Exception, match=r"move: what a page fetches for 6 positions is \d kB"):
        worker.make(recipe, cache, {})
    monkeypatch.setattr(packing, "MOST", 60_000)
    folder = worker.make(recipe, cache, {})
    assert len(gzip.compress((folder / "line.moves.json").read_bytes())) < 60_000
