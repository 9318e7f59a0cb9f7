"""Mistakes that people make in chapters and recipes, and what they are told."""

import io
import math

import pytest
from conftest import write_recipe
from test_markdown import convert  # noqa: F401  a fixture

from dlfigs import Claim
from dlfigs.errors import UserError
from dlfigs.make import pool

NUMBERS = [
    "{{ line.rate",
    "{{ line.rate }",
    "{ line.rate }}",
    "{{ }}",
    "{{ line.ra te }}",
    "{{ line-rate.x }}",
]
FORMULAS = ["An open $x = 2.", "$$\nx\n", "In $$ x line"]
CITATIONS = ["[@he2015", "[@ he2015]", "[@he2015,]", "[@he2015 @hanin2020]", "[@]"]
IMAGES = ["![](line", "![][line]", "![] (line)"]


@pytest.mark.parametrize("bad", [*NUMBERS, *FORMULAS, *CITATIONS, *IMAGES])
def test_what_is_not_understood_is_not_published(convert, bad):  # noqa: F811
    with pytest.raises(UserError, match=r"docs/chapter\.md:9: .* is not understood: a "):
        convert(f"# Title\n\nFirst paragraph.\n\n{bad}")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("$a {{ line.rate }} b$", "has no place in a formula"),
        ("![](Line)", "did you mean 'line'"),
        ("# ![](line)", "a paragraph of its own"),
        ("[![](line) more](https://example.org)", "a paragraph of its own"),
        ("{{ line.rate:d }}", "it is not a whole number"),
        ("{{ line.title }}", "no number 'line.title'"),
        ("{{ line.rate.wide }}", "no number 'line.rate.wide'; did you mean 'line.rate"),
        ("{{line.rate|upper}}", "is not understood: a number is written"),
        ("{{ galery }}", "write {{ figure.claim }}, with the figure's slug first"),
        ("{{ gallery }} and text", "write {{ figure.claim }}, with the figure's slug first"),
        ("> {{ line.rte }}", "no number 'line.rte'; did you mean 'line.rate'"),
        ("# {{ line.rte }}", "no number 'line.rte'"),
        ('![](line "{{ line.rte }}")', "no number 'line.rte'"),
        ("![{{ line.rte }}](line)", "no number 'line.rte'"),
        ("* Item\n* ![](lien)", "no figure 'lien'; did you mean 'line'"),
        ("| a |\n|---|\n| ![](lien) |", "no figure 'lien'; did you mean 'line'"),
        ("!!! note\n\n    ![](lien)", "no figure 'lien'; did you mean 'line'"),
        ("![](line)\n![](line)", "figure 'line' must be a paragraph of its own"),
        ("<div>{{ line.rate }}</div>", "'{{ line.rate }}' in HTML, where nothing is read; write Markdown"),
        ("<table><tr><td>{{ line.rte }}</td></tr></table>", "'{{ line.rte }}' in HTML"),
        ("<div>\n$x^2$\n</div>", r"'\$x\^2' in HTML"),
        ("<p>[@he2015]</p>", r"'\[@he2015\]' in HTML"),
        ("<div>![](line)</div>", r"'!\[\]\(line\)' in HTML"),
        ('<p title="{{ line.rate }}">x</p>', "'{{ line.rate }}' in HTML"),
        ('A <a title="{{ line.rate }}">x</a>.', "numbers do not go into HTML's attributes"),
    ],
)
def test_mistakes_have_a_line(convert, bad, said):  # noqa: F811
    with pytest.raises(UserError, match=rf"docs/chapter\.md:(9|10|11): .*{said}") as caught:
        convert(f"# Title\n\nFirst paragraph.\n\n{bad}")
    line = 9 + next((n for n, text in enumerate(bad.splitlines()) if "(lien" in text or "$" in text), 0)
    assert f":{line}: " in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- {{ line.rte }} $x [@he2051] -->",
        "<pre>{{ line.rate }}</pre>",
        "<div><code>$x</code> costs $5</div>",
        "<script>let a = `${b}`</script>",
        "```\n{{ line.rte }} $x\n```",
        '```python title="x"\n[@he2051]\n```',
    ],
)
def test_code_and_comments_stand_for_themselves(convert, text):  # noqa: F811
    assert convert(text)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bibliographie": "x"}, "dlfigs.markdown: no option 'bibliographie'; did you mean 'bibliography'"),
        ({"downloads": 3}, "dlfigs.markdown: the option 'downloads' must be a text, not 3"),
        ({"macros": ["R"]}, "dlfigs.markdown: the option 'macros' must be a mapping"),
    ],
)
def test_options_are_checked_whoever_runs_the_extension(convert, options, said):  # noqa: F811
    with pytest.raises(UserError, match=said):
        convert("Text.", **options)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"low": math.nan}, "low must be a finite number"),
        ({"high": math.inf}, "high must be a finite number"),
        ({"low": 2, "high": 1}, "low = 2 is above high = 1"),
        ({"expected": 1, "tolerance": -0.1}, "the tolerance -0.1 is negative"),
        ({"low": "x"}, "low must be one number"),
    ],
)
def test_a_claim_with_senseless_limits_is_refused(limits, said):
    with pytest.raises(UserError, match=said):
        Claim("a", "A", measured=1, **limits)


ALT = "A straight line that rises from left to right, as straight lines in tests do."
PLOT = "    ax = fig.subplots()\n    ax.plot(data.x, data.y_median)\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title="A line"', "title=3", ":33: the figure's title must be a text of 5 letters or more"),
        (f'alt="{ALT}"', 'alt="A line."', ":35: the figure's alt must be a text of 40 letters or more"),
        (f'    alt="{ALT}",\n', "", "missing 1 required keyword-only argument: 'alt'"),
        ("seed=0,", "sede=0,", "unexpected keyword argument 'sede'"),
        ('("he2015",)', '("he2015")', ":36: the figure's sources must be a tuple: ('he2015',)"),
        ('("he2015",)', '["he2015"]', ":36: the figure's sources must be a tuple of keys of references"),
        ("(1,)", '("1",)', ":37: the figure's questions must be a tuple of numbers"),
        ("(1,)", "(0,)", ":37: the figure's questions are numbered from 1, not (0,)"),
        ("seed=0,", "seed=0.5,", ":39: the figure's seed must be a whole number from 0 to 4294967295"),
        ("seed=0,", "seed=0, height=50,", ":39: the figure's height must be 0.5 to 20 inches, not 50"),
        ("(2, 50)", "(50, 2)", ":38: the range of points must be a tuple of (lowest, highest)"),
        ("(2, 50)", "(6, 50)", ":38: points = 5 is out of range: 6 to 50"),
        ('("straight", "bent")', '"straight"', ":38: the range of kind must be a tuple of its choices"),
        ("compute(key, *, points=5", "compute(points=5", ":14: compute must be `def compute(key, *, name="),
        ("points=5,", "points,", ":14: compute must be `def compute(key, *, name=default, ...)`"),
        ("points=5,", "points=[5],", ":14: points cannot be [5]: it must be true or false"),
        ("def draw(fig, data)", "def draw(data)", ":22: draw must be `def draw(fig, summary)`"),
        ("compute=compute", "compute=3", ":40: the figure's compute must be a function"),
        (
            "    return dataset",
            "    return  # dataset",
            ":14: compute must return an xarray.Dataset, not None",
        ),
        ("slope * x +", "np.inf + slope * x +", ":14: variable 'y' has values that are not finite"),
        ("slope * x +", "slope * 1j * x +", ":14: the complex128 values of 'y' have no median over seeds"),
        (
            '"height", "m")',
            '"height", "m"), o=("", np.array(None), "o")',
            ":14: variable 'o' must have numbers",
        ),
        (
            '("seed x", y,',
            '("seed", y,',
            ":19: variable 'y': 1 dimensions are named, 'seed', and its values",
        ),
        ('"x": x}, y=("seed x"', '"method": x}, y=("seed method"', ":14: dimension 'method' needs another"),
        (", low=0)", ")", ":29: claim 'steep' needs either expected and tolerance, or low and/or high"),
        ("    yield Claim(", "    yield 3\n    yield Claim(", ":28: claims must yield Claim(...), not 3"),
        ("    yield Claim(", "    Claim(", ":28: claims must yield Claim(...), not None"),
        ('data.y.diff("x").mean()', "data.y", ":29: claim 'steep': measured must be one number"),
        (
            "    yield Claim(",
            '    yield Claim("steep", "S", measured=1, low=0)\n    yield Claim(',
            ":28: claim id 'steep' is used 2 times; each must be its own",
        ),
        (PLOT, "    pass\n", ":22: draw has drawn nothing on the figure that it was given"),
        ("{{ steep:.1f }}", "{{ steep:q }}", ":34: format 'q' does not fit steep = 2.0"),
        (
            "{{ steep:.1f }}",
            "{{ steep:.1f }",
            ":34: '{{ steep:.1f }' is not understood: a number is written",
        ),
        ("{{ steep:.1f }}", "steep }}", ":34: '}}' is not understood: a number is written"),
        ("{{ points }}", "{{ poinst }}", ":34: no number 'poinst'; did you mean 'points'?"),
        ("import numpy as np", "import numpi as np", "No module named 'numpi'"),
        ("import numpy as np", "import numpy as", ":7: "),
        ("    pass\n", "    open('nowhere.csv')\n", "No such file or directory: 'nowhere.csv'"),
        ("    pass\n", "    exit(0)\n", "SystemExit: 0"),
        ("    pass\n", "    input()\n", "EOFError"),
        ("    pass\n", "    raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("    pass\n", "    f = lambda: f(); f()\n", "RecursionError: maximum recursion depth exceeded"),
        ("figure\n", "figure = None\n", ": a recipe must define `figure = Figure(...)`"),
    ],
)
def test_a_mistake_in_a_recipe_is_named_and_makes_nothing(tmp_path, monkeypatch, capfd, old, new, said):
    path = write_recipe(tmp_path / "figures")
    text = path.read_text()
    assert old in text
    head, _, tail = text.rpartition(old) if old == "figure\n" else text.partition(old)
    path.write_text(head + new + tail)
    monkeypatch.setattr("sys.stdin", io.StringIO())  # as empty as a worker's
    assert pool.run(path, tmp_path / "cache", {}, force=False) == 1
    output = capfd.readouterr().out
    assert output.startswith(f"{path}:")
    assert said in output
    assert "worker.py" not in output
    assert not list(tmp_path.glob("cache/figures/*/*"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": a recipe must define `figure = Figure(...)`"),
        (b"x = '\xe4'\n", ": not UTF-8: "),
        (b"def f():\n\tx\n        y\n", ":3: inconsistent use of tabs and spaces"),
    ],
)
def test_a_file_that_is_no_recipe_is_named(tmp_path, capfd, content, said):
    path = tmp_path / "line.py"
    path.write_bytes(content)
    assert pool.run(path, tmp_path / "cache", {}, force=False) == 1
    assert capfd.readouterr().out.startswith(f"{path}{said}")
