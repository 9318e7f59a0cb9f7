"""The command line, as a person uses it and mistypes it."""

import json
import re

import pytest
from conftest import dlfigs, write_recipe


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "swich"], "dlfigs: no figure 'swich'; did you mean 'swish'?"),
        (["show", "nothing"], "dlfigs: no figure 'nothing'; known: activation_by_depth, "),
        (["check", "swih"], "dlfigs: no figure 'swih'; did you mean 'swish'?"),
        (
            ["build", "swish", "--set", "limt=3"],
            "dlfigs: swish: no parameter 'limt'; did you mean 'limit'?",
        ),
        (["build", "swish", "--set", "limit=wide"], "dlfigs: swish: limit must be a number, not 'wide'"),
        (
            ["build", "swish", "--set", "limit=99"],
            "dlfigs: swish: limit = 99.0 is out of range: 4.0 to 20.0",
        ),
        (["build", "swish", "--set", "limit"], "dlfigs: --set limit: write it as NAME=VALUE"),
        (["build", "--set", "limit=3"], "dlfigs: --set needs the figures that it is for"),
        (
            ["build", "swish", "--set", "seed=-1"],
            "dlfigs: swish: seed = -1 is out of range: 0 to 4294967295",
        ),
        (["build", "--recipes", "figurs"], "dlfigs: no folder of recipes at figurs"),
        (["build", "--recipes", "README.md"], "dlfigs: no folder of recipes at README.md"),
        (
            ["build", "--recipes", "docs"],
            "dlfigs: no recipes there: write figures/<slug>.py, or give another",
        ),
        (["check", "--recipes", "docs"], "dlfigs: no recipes there: "),
        (["build", "figures/swish.py"], "dlfigs: no figure 'figures/swish.py'; did you mean 'swish'?"),
        (["build", ""], "dlfigs: no figure ''; known: "),
        (["build", "swish", "--set", "=3"], "dlfigs: --set =3: write it as NAME=VALUE"),
        (["build", "swish", "--set", "limit="], "dlfigs: swish: limit must be a number, not ''"),
        (["build", "swish", "--set", "limit=nan"], "dlfigs: swish: limit must be a number, not 'nan'"),
        (
            ["build", "swish", "--set", "limit=1e999"],
            "dlfigs: swish: limit = inf is out of range: 4.0 to 20.0",
        ),
        (["build", "swish", "--set", "betas="], "dlfigs: swish: betas must be a list: 1,2,3, not ''"),
        (["build", "swish", "--set", "seed=1.5"], "dlfigs: swish: seed must be a whole number, not '1.5'"),
        (
            ["build", "swish", "--set", "limit=5", "--set", "limit=6"],
            "dlfigs: limit is given twice: 5 and 6",
        ),
        (["check", "swish", "--vary"], "dlfigs: swish has no `vary`, with `verdicts` that are to hold"),
        (["check", "--few", "1"], "dlfigs: --vary goes with --few, --jobs and --minutes alone"),
        (["check", "--vary", "--twice"], "dlfigs: --vary goes with --few, --jobs and --minutes alone"),
        (["build", "swish", "--seed", "1", "--set", "seed=2"], "dlfigs: seed is given twice: 1 and 2"),
    ],
)
def test_mistakes_cost_one_line_and_write_nothing(tmp_path, arguments, said):
    result = dlfigs(*arguments, "--cache", str(tmp_path / "cache"))
    assert result.returncode == 2
    assert result.stderr.startswith(said)
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "--jobs", "0"], "Invalid value for '--jobs': 0 is not in the range x>=1."),
        (["build", "--jobs", "two"], "Invalid value for '--jobs': 'two' is not a valid integer range."),
        (["build", "--seed", "-1"], "Invalid value for '--seed': -1 is not in the range 0<=x<=4294967295."),
        (["check", "--seed", "4294967296"], "'--seed': 4294967296 is not in the range 0<=x<=4294967295."),
        (["build", "--forse"], "No such option '--forse'."),
        (["check", "swish", "--set", "limit=5"], "No such option '--set'."),
        (["build", "--to", "README.md"], "Invalid value for '--to': Directory 'README.md' is a file."),
        (["show"], "Missing argument 'SLUG'."),
        (["show", "swish", "relu"], "Got unexpected extra argument (relu)"),
        (["pdf", "--to", "docs"], "Invalid value for '--to': File 'docs' is a directory."),
        (["pdf", "--paper", "A5"], "Invalid value for '--paper': 'A5' is not one of 'A4', 'Letter'."),
    ],
)
def test_an_option_that_does_not_fit_is_named_with_what_would(arguments, said):
    result = dlfigs(*arguments)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no site in nowhere: build it first, with mkdocs build"),
        (["index.html"], "no site in index.html: build it first, with mkdocs build"),
        (["."], ".: the book needs a site by Material for MkDocs, with site_url in mkdocs.yml"),
        ([".", "--to", "nowhere/book.pdf"], "no folder nowhere to write book.pdf into"),
    ],
)
def test_a_book_needs_a_site_of_ours(tmp_path, arguments, said):
    (tmp_path / "index.html").write_text("<h1>Somebody else's</h1>")
    result = dlfigs("pdf", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (2, f"dlfigs: {said}\n")
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


def test_a_target_that_cannot_be_written_is_named(figures, tmp_path):
    (tmp_path / "file").write_text("")
    result = dlfigs("build", "swish", "--to", str(tmp_path / "file" / "folder"))
    assert result.returncode == 1
    assert result.stderr == f"dlfigs: {tmp_path}/file/folder: Not a directory\n"


def test_an_unknown_command_is_guessed():
    result = dlfigs("biuld")
    assert result.returncode == 2
    assert "no command 'biuld'; did you mean 'build'?" in result.stderr


def test_list_says_what_each_figure_is_and_whether_it_is_fresh(figures):
    rows = {row["slug"]: row for row in json.loads(dlfigs("list", "--json").stdout)}
    assert rows.keys() == figures.keys()
    assert {row["state"] for row in rows.values()} == {"fresh"}
    row = rows["gradients_by_depth"]
    assert row["parameters"] == {"activation": "relu", "depth": 50, "width": 128, "seeds": 64}
    assert row["questions"] == [2, 4]
    assert "he2015" in row["sources"]
    assert "gradients_by_depth  (fresh)  Gradients by depth" in dlfigs("list").stdout


def test_list_knows_stale_figures_too(tmp_path):
    """A number in the title of one is not known yet."""
    write_recipe(tmp_path / "figures")
    path = write_recipe(tmp_path / "figures", "number")
    path.write_text(path.read_text().replace('title="A line"', 'title="A line at {{ value:.1f }}"'))
    listed = dlfigs("list", cwd=tmp_path).stdout
    assert "line  (stale)  A line\n    questions 1 · he2015\n" in listed
    assert "number  (stale)  A line at …\n" in listed


def test_check_tabulates_claims_and_fails_when_one_does(figures, tmp_path):
    result = dlfigs("check", "swish")
    assert result.returncode == 0
    assert "10 of 10 claims hold" in result.stdout
    write_recipe(tmp_path / "figures", low="3")
    result = dlfigs("check", cwd=tmp_path)
    assert result.returncode == 1
    assert "NO" in result.stdout
    assert result.stderr == "line: does not hold: Slope of the line: 2, required at least 3\n"
    rows = json.loads(dlfigs("check", "--json", cwd=tmp_path).stdout)
    assert rows[0]["figure"] == "line"
    assert rows[0]["measured"] == 2.0
    assert rows[0]["holds"] is False


def test_show_says_all_that_a_teacher_needs(figures):
    said = dlfigs("show", "sigmoid_derivative").stdout
    for part in (
        "The sigmoid saturates",
        "limit = 8.0  (5.0 to 20.0)",
        "Largest slope",
        "lecun1998",
        "Cite as: The authors of Deep networks, measured",
        "figures/sigmoid_derivative/",
        "@misc{deep_networks_measured_sigmoid_derivative,",
    ):
        assert part in said


def test_a_recipe_that_cannot_be_loaded_ends_list_with_its_traceback(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "bad.py").write_text("import nonexistent_module\n")
    result = dlfigs("list", cwd=tmp_path)
    assert result.returncode == 1
    assert "bad.py" in result.stderr
    assert "No module named 'nonexistent_module'" in result.stderr
    assert "loading.py" not in result.stderr


def test_list_and_check_go_on_past_broken_recipes(tmp_path):
    folder = tmp_path / "figures"
    write_recipe(folder)
    (folder / "raises.py").write_text("import nonexistent_module\n")
    (folder / "no_python.py").write_text("x = (\n")
    (folder / "without.py").write_text("x = 1\n")
    for command in (["list"], ["check"], ["check", "--seed", "1"]):
        result = dlfigs(*command, cwd=tmp_path)
        assert result.returncode == 1
        assert "line" in result.stdout
        for words in (
            "No module named 'nonexistent_module'",
            "no_python.py:1: '(' was never closed",
            "without.py: a recipe must define `figure = Figure(...)`; the name of a file that only",
        ):
            assert words in result.stderr
    assert "raises  (broken)" in dlfigs("list", cwd=tmp_path).stdout
    rows = {row["slug"]: row for row in json.loads(dlfigs("list", "--json", cwd=tmp_path).stdout)}
    assert rows["line"]["state"] == "fresh"
    assert rows["without"]["state"] == "broken"


def _without_progress(said):
    """Lines of a command, each once, without those that a slow machine gets on the way."""
    return list(
        dict.fromkeys(line for line in said.splitlines() if not re.match(r"\d+ of \d+ figures, ", line))
    )


def test_a_seed_that_reaches_nothing_and_runs_that_differ_are_named(tmp_path):
    folder = tmp_path / "figures"
    write_recipe(folder, slug="deaf")
    write_recipe(
        folder, slug="heedless", compute="del key; key = None; slope = slope if key is None else 0.0"
    )
    write_recipe(folder, slug="hears", compute="import jax; slope += float(jax.random.uniform(key))")
    write_recipe(folder, slug="shared", compute="slope += np.random.uniform()")
    write_recipe(folder, slug="wild", compute="slope += np.random.default_rng().uniform()")
    result = dlfigs("check", "--twice", cwd=tmp_path)
    assert result.returncode == 1
    anywhere = "figures/wild.py:16: this generator begins anywhere, so that two builds differ: "
    anywhere += "dlfigs.draws.generator(key) begins at the seed"
    assert _without_progress(result.stderr) == [
        anywhere,
        "wild: its data differ between two runs: something in compute is drawn from neither its key nor a "
        "seed",
    ]
    result = dlfigs("check", "--seed", "1", cwd=tmp_path)
    assert result.returncode == 0
    assert _without_progress(result.stderr) == [
        anywhere,
        "deaf, shared, wild: compute never uses its key, and another seed reaches only NumPy's, PyTorch's "
        "and Python's own generators",
        "deaf: another seed gives the same data",
        "heedless: another seed gives the same data",
    ]


def test_another_root_seed_gives_other_data_and_is_told_apart(tmp_path):
    write_recipe(tmp_path / "figures", compute="import jax; slope += float(jax.random.uniform(key))")
    measured = {}
    for seed in ([], ["--seed", "0"], ["--seed", "7"]):
        result = dlfigs("check", "--json", *seed, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        measured[tuple(seed)] = json.loads(result.stdout)[0]["measured"]
    assert measured[()] == measured["--seed", "0"] != measured["--seed", "7"]
    result = dlfigs("build", "line", "--seed", "7", "--to", "here", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    info = json.loads((tmp_path / "here/line.json").read_text())
    assert info["seed"] == 7
    assert "seed" not in info["parameters"]
    assert info["claims"][0]["measured"] == measured["--seed", "7"]
