"""The benchmarks' page says what was measured; the programs do the same work in each way."""

import json
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import before
import galleries
import page
import pairs
import parts

PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def test_the_page_shows_the_results_that_are_kept():
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert results.keys() == page.TABLES.keys()
    assert page.filled(PAGE, results) == PAGE, "python benchmarks/run.py --page writes it"
    for result in results.values():
        assert "Processor" in result["machine"]


def test_tables_take_only_their_own_place():
    result = {"machine": {"Processor": "one"}, "day": "2001-02-03", "compiled": 9.0}
    results = {"sweep": result | {"ratios": {"torch_loop": [1.5, 12.34, 100.0]}}}
    text = "before\n<!-- tables: sweep -->\nold\n<!-- end of sweep -->\nafter\n"
    filled = page.filled(text, results)
    assert filled.startswith("before\n<!-- tables: sweep -->\n\n| Time over")
    assert filled.endswith("<!-- end of sweep -->\nafter\n")
    assert "| PyTorch, a loop over nets | 12 (1.5 to 100) |" in filled
    assert "old" not in filled
    assert page.filled(filled, results) == filled
    with pytest.raises(SystemExit, match="needs the lines"):
        page.filled("nothing", results)


def test_ways_take_turns_and_ratios_are_of_the_same_round(capsys):
    order = []

    def way(name, seconds):
        left = list(seconds)
        return lambda: (order.append(name), left.pop(0))[1]

    seconds = pairs.by_turns({"a": way("a", [1, 2, 4]), "b": way("b", [3, 8, 8])}, pairs=3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert pairs.ratios(seconds, "a") == {"b": [2, 3, 4]}


def test_each_gallery_gets_the_same_ten_scripts(tmp_path):
    galleries.prepare(tmp_path / "ten")
    for slug in galleries.TEN:
        recipe = (tmp_path / "ten" / "figures" / f"{slug}.py").read_text()
        script = (tmp_path / "ten" / "scripts" / f"plot_{slug}.py").read_text()
        assert recipe in script
        compile(script, slug, "exec")
    assert len(set(galleries.TEN)) == 10


def test_two_commits_are_compared_round_by_round(monkeypatch, tmp_path):
    """Stands in for hours of building: the steps, their order and the ratios are the real ones."""
    order = []

    def timed(folder, command):
        order.append((folder.name, command[0].rpartition("/")[2]))
        return {"wall": 8.0, "cpu": 12.0} if folder.name == "old" else {"wall": 2.0, "cpu": 4.0}

    monkeypatch.setattr(before, "prepare", lambda folder, commit: None)
    monkeypatch.setattr(before, "_timed", timed)
    found = before.beside(tmp_path, "old")
    assert found.keys() == page.STEPS.keys()
    for times in found.values():
        assert times == {"wall": [4, 4, 4], "cpu": [3, 3, 3]}
    of_each = ["dlfigs", "mkdocs", "dlfigs", "mkdocs"]
    names = ["old", "HEAD", "HEAD", "old"]
    assert order == [(name, tool) for name in names for tool in of_each]
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    shown = page.filled(PAGE, {"course": results["course"] | {"baseline": "0123abc", "beside": found}})
    assert "| Time of commit `0123abc` over that of today | By the clock | CPU time |" in shown
    assert "| All figures from nothing | 4 (4 to 4) | 3 (3 to 3) |" in shown


def test_a_command_that_fails_is_named(tmp_path):
    with pytest.raises(SystemExit, match="ls no-such-file failed in"):
        before._timed(tmp_path, ["ls", "no-such-file"])


def test_figures_parts_are_sorted_and_added_up():
    row = dict.fromkeys(parts.PARTS, 1.0) | {"programs": 3}
    lines = parts.table({"short": row, "long": row | {"drawing": 9.0}}).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["long", "short", "all"]
    assert lines[-1].split()[1:] == ["2.00", "2.00", "2.00", "6", "2.00", "2.00", "10.00"]
