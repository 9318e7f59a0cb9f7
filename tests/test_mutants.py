"""The program that changes modules: what it changes, and what it leaves alone."""

import ast

import mutants

SOURCE = '''
"""A text with 1 number."""

@decorator(3)
def f(x: Array = 2, *, twice=True) -> Array:
    if x < 0 and not twice:
        return -x * 2
    return max(x, 1.5)
'''


def test_each_change_is_one_change(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    found = mutants.mutants(path)
    changes = [mutant.change for mutant in found]
    assert sorted(changes) == sorted(
        [
            "2 -> 3",
            "True -> False",
            "x < 0 and (not twice) -> x < 0 or not twice",
            "x < 0 -> x <= 0",
            "0 -> 1",
            "not twice -> twice",
            "-x * 2 -> -x / 2",
            "-x -> x",
            "2 -> 3 (2)",
            "1.5 -> 2.5",
        ]
    )
    original = ast.unparse(ast.parse(SOURCE))
    for mutant in found:
        lines = ast.unparse(mutant.tree).splitlines()
        differ = [a != b for a, b in zip(lines, original.splitlines(), strict=True)]
        assert sum(differ) == 1, mutant.change
        compile(mutant.tree, "module", "exec")


def test_the_report_counts_what_changes_something(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    first, second, third, *others = mutants.mutants(path)
    reasons = {first.change: "equivalent: nobody calls it so", second.change: "seen by eye only"}
    found = mutants.Found(len(others), [first, second, third], len(others) + 3)
    text = mutants.section("m", found, reasons)
    assert f"{len(others)} of {len(others) + 2} killed, 1 more are equivalent." in text
    assert f"`{first.change}`: equivalent: nobody calls it so" in text
    assert f"`{third.change}`: not explained" in text
    assert "were tried" not in text
    assert "; 10 of 50 changes were tried." in mutants.section("m", found._replace(of=50), reasons)
    assert mutants.total([text, "1 of 4 killed"]) == "In the 2 modules below 8 of 13 are killed, 61.5%."


def test_what_has_no_reason_can_be_tried_again(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    first, second, *others = mutants.mutants(path)
    reasons = {first.change: "equivalent: nobody calls it so"}
    text = mutants.section("m", mutants.Found(3, [first, second], 10), reasons)
    before, again = mutants.listed(text, path, reasons)
    assert [m.change for m in again] == [second.change]
    assert [m.change for m in before.survived] == [first.change]
    assert (before.killed, before.of) == (3, len(others) + 2)
    assert mutants.section("m", before._replace(survived=[first, second]), reasons) == text
    assert mutants.listed("", path, reasons)[1] == []


def test_tests_are_found_by_the_module_they_name():
    files = [file.rpartition("/")[2] for file in mutants.tests_of(mutants.ROOT / "dlfigs/theory/selu.py")]
    assert "test_selu.py" in files
    assert "test_layers.py" not in files
    files = mutants.tests_of(mutants.ROOT / "dlfigs/theory/activations.py")
    assert any(file.endswith("test_activations.py") for file in files), "which uses a constant of it"
