"""What a recipe says is reported though it succeeds: with its file, whether or not it is made anew."""

import logging

import pytest
from conftest import dlfigs, run, write_course, write_recipe

from dlfigs.make import background, build, remarks, worker
from dlfigs.recipe import loading

pytestmark = pytest.mark.filterwarnings("always")  # and not an error, as in other tests
PLACE = "figures/line.py"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Make a recipe with these parts, and return what is said of it."""
    monkeypatch.chdir(tmp_path)

    def make(**parts):
        recipe = write_recipe(tmp_path / "figures", **parts)
        folder = worker.make(recipe, tmp_path / "cache", {})
        return [remark.words(recipe.relative_to(tmp_path)) for remark in remarks.of(folder)]

    return make


@pytest.mark.parametrize(
    ("part", "code", "said"),
    [
        ("compute", "import warnings; warnings.warn('narrow')", ":16: narrow"),
        ("compute", "np.float64(1e300) * 1e300", ":16: RuntimeWarning: overflow encountered"),
        ("compute", "print('one'); print('two')", " has printed:\n    one\n    two"),
        ("compute", "print('1 %', end='\\r'); print('99 %')", " has printed:\n    99 %"),
        ("draw", "ax.set_title('日')", ": Glyph 26085 (\\N{CJK UNIFIED IDEOGRAPH-65E5}) missing"),
        ("draw", "ax.legend()", ":25: No artists with labels found"),
        ("draw", "ax.set_title('a', family='Nowhere')", ": findfont: Font family 'Nowhere'"),
        ("draw", "import sys; print('low', file=sys.stderr)", " has printed:\n    low"),
        ("draw", "import logging; logging.warning('odd')", ":25: odd"),
    ],
)
def test_warnings_and_prints_are_kept_with_their_line(made, part, code, said):
    (found,) = made(**{part: code})
    assert found.startswith(PLACE + said)


def test_what_was_said_earlier_is_said_of_what_is_taken_from_the_cache(made):
    parts = {"compute": "import warnings; warnings.warn('of compute')", "draw": "ax.legend()"}
    first = made(**parts)
    assert len(first) == 2
    assert sorted(made(**parts, caption="Other words.")) == sorted(first)
    assert made(compute=parts["compute"]) == first[:1]
    assert made() == []


def test_a_recipe_that_says_nothing_leaves_nothing(made, tmp_path):
    assert made() == []
    assert not (tmp_path / "cache/said").exists()


def test_a_long_print_is_cut():
    words = remarks.Remark("\n".join(map(str, range(100))), kind="print").words("line.py")
    assert words.splitlines()[-1] == "    ... and 88 more lines"


def test_the_command_line_says_it(tmp_path):
    write_recipe(tmp_path / "figures", draw="ax.legend(); print('drawn')")
    first, second = (dlfigs("build", cwd=tmp_path) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stderr.count("figures/line.py:25: No artists with labels found") == 1
    assert "figures/line.py has printed:\n    drawn" in first.stderr
    assert second.stderr.count("figures/line.py:25: No artists with labels found") == 1
    assert "drawn" not in second.stderr


def test_a_strict_build_fails_each_time_and_another_says_it(tmp_path):
    def build(code, **parts):
        write_recipe(course / "figures", draw=code, **parts)
        return run(["-m", "mkdocs", "build", "--strict"], cwd=course)

    course = write_course(tmp_path)
    for _ in range(2):
        result = build("ax.legend()")
        assert result.returncode == 1
        assert result.stderr.count("figures/line.py:25: No artists with labels found") == 1
    assert build("import warnings; warnings.simplefilter('ignore'); ax.legend()").returncode == 0
    of_numbers = build("pass", compute="np.float64(1e300) * 1e300")  # claims judge them
    assert of_numbers.returncode == 0
    assert "figures/line.py:16: RuntimeWarning: overflow" in of_numbers.stderr


def test_a_server_says_it_once(tmp_path, caplog):
    recipe = write_recipe(tmp_path / "figures", draw="ax.legend()")
    recipes, cache = loading.find(recipe.parent), tmp_path / "cache"
    build.build(recipes, cache)
    served = background.Background(cache, 1.0, logging.getLogger("served"))
    for _ in range(2):
        served.want(recipes)
    assert caplog.text.count("No artists with labels found") == 1
