"""A new course builds at once, strictly."""

import shutil

import pytest
from conftest import dlfigs, run

from dlfigs.cli import new
from dlfigs.errors import UserError


def test_a_new_course_builds_and_its_claim_holds_with_any_seed(tmp_path):
    result = dlfigs("new", "lectures", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    course = tmp_path / "lectures"
    result = run(["-m", "mkdocs", "build", "--strict"], cwd=course)
    assert result.returncode == 0, result.stderr
    page = (course / "site/index.html").read_text()
    for part in ("<svg", "By a factor of", "Feller", "assets/figures/mean_of_many.csv", "<math"):
        assert part in page
    assert (course / "site/figures/mean_of_many/index.html").is_file()
    for seed in "123":
        assert dlfigs("check", "--seed", seed, cwd=course).returncode == 0


def test_nothing_of_anybody_s_is_overwritten(tmp_path):
    (tmp_path / "own").write_text("mine")
    for place in (tmp_path, tmp_path / "own"):
        with pytest.raises(UserError, match="is not empty: give a new folder"):
            new.write(place)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    (tmp_path / "own").unlink()
    assert "mkdocs.yml" in new.write(tmp_path)
    shutil.rmtree(tmp_path / "docs")


def test_mistakes_cost_one_line(tmp_path):
    (tmp_path / "own").write_text("mine")
    result = dlfigs("new", str(tmp_path))
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
