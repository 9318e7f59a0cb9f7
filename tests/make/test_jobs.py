"""Which figure is made next, how long all will take, and how that is said."""

import json
import os
import re
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from conftest import ROOT, processes_in, run, write_recipe

from dlfigs.make import jobs, progress, seconds
from dlfigs.make.jobs import Jobs, Order
from dlfigs.make.messages import Report, Stop, Work
from dlfigs.make.store import CACHE
from dlfigs.recipe import loading, pending


class FakePool:
    """Takes orders, and reports what a test says is done."""

    is_alive = is_usable = True

    def __init__(self, environment):
        self.sent, self.reports = [], []
        self.send = self.sent.append
        self.report = lambda: self.reports.pop(0) if self.reports else None


@pytest.fixture(autouse=True)
def fake_pool(request, monkeypatch):
    if "a_pool_" not in request.node.name:
        monkeypatch.setattr(jobs, "Pool", FakePool)


def orders(**lengths):
    return [Order(slug, Path(f"figures/{slug}.py"), "1", length) for slug, length in lengths.items()]


def begun(made):
    return [Path(message.recipe).stem for message in made.pool.sent if isinstance(message, Work)]


def finish(made, slug, took=1.0):
    given = [message for message in made.pool.sent if isinstance(message, Work)]
    (number,) = [work.number for work in given if work.recipe == f"figures/{slug}.py"][-1:]
    made.pool.reports.append(Report(number, took, folder="f"))
    order, _ = made.report()
    assert order.slug == slug


def test_the_longest_are_made_first_so_that_all_are_there_soonest():
    made = Jobs(at_once=2)
    made.put(orders(a=1, b=9, c=5, d=7))
    assert begun(made) == ["b", "d"]
    finish(made, "d")
    finish(made, "b")
    assert begun(made) == ["b", "d", "c", "a"]
    assert [order.slug for order in made.left] == ["c", "a"]


def test_a_server_begins_at_both_ends_so_that_most_are_there_soon():
    made = Jobs(at_once=2, both_ends=True)
    made.put(orders(a=1, b=9, c=5, d=7, e=2))
    assert begun(made) == ["b", "a"]
    finish(made, "a")
    finish(made, "e")
    finish(made, "b")
    assert begun(made) == ["b", "a", "e", "c", "d"]
    alone = Jobs(at_once=1, both_ends=True)
    alone.put(orders(a=9, b=1))
    assert begun(alone) == ["b"]


def test_what_is_looked_at_is_next_and_its_first_does_not_wait_for_a_worker():
    made = Jobs(at_once=2, both_ends=True)
    made.put(orders(a=1, b=9, c=5, d=7, e=6))
    made.look(["d", "e", "unknown"], seconds=60)
    assert begun(made) == ["b", "a", "e"], "one more than workers"
    finish(made, "a")
    assert begun(made) == ["b", "a", "e"], "but not two"
    finish(made, "b")
    assert begun(made)[3:] == ["d"]
    finish(made, "e")
    assert begun(made)[4:] == ["c"]


def test_nobody_looks_for_ever(monkeypatch):
    made = Jobs(at_once=1)
    made.look(["a"], seconds=0)
    made.put(orders(a=1, b=9))
    assert begun(made) == ["b"]


def test_work_on_what_has_changed_is_given_up_and_on_what_has_not_goes_on():
    made = Jobs(at_once=2)
    made.put(orders(a=3, b=2, c=1))
    changed = Order("a", Path("figures/a.py"), "2", 3)
    made.put([changed, *orders(b=2)])
    assert Stop(1) in made.pool.sent
    assert begun(made) == ["a", "b", "a"]
    made.pool.reports = [Report(n, 1, error="x") for n in (1, 3)]
    assert made.report()[0] == changed, "nobody hears of what was given up"
    made.put([])
    assert made.left == []


def test_the_time_left_follows_guesses_and_what_this_machine_needs():
    made = Jobs(at_once=2)
    made.put(orders(a=10, b=10, c=20, d=4))
    assert made.seconds_left() == pytest.approx(22, abs=0.1)
    made.put(orders(e=2, f=40))
    assert made.seconds_left() == pytest.approx(40, abs=0.1), "one worker has the longest"
    finish(made, "e", took=6)
    assert made.seconds_left() == pytest.approx(3 * 40, abs=1), "this machine is three times slower"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "about 5 s"), (41, "about 40 s"), (54, "about 55 s"), (61, "about 1 min"), (200, "about 3 min")],
)
def test_a_time_is_said_as_well_as_it_is_known(number, words):
    assert seconds.duration(number) == words


def test_seconds_are_recorded_or_from_the_table_or_as_of_the_others(tmp_path):
    cache, recipes = tmp_path / "cache", {s: tmp_path / "figures" / f"{s}.py" for s in ("a", "b", "c", "d")}
    for number, (name, took) in enumerate({"old": 50, "new": 30, ".making-x": 7}.items()):
        record = cache / f"runs/a/{name}.json"
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps({"seconds": took}))
        os.utime(record, (number, number))
    (cache / "data/d").mkdir(parents=True)
    (cache / "data/d/digest.nc").touch()
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/seconds.json").write_text('{"a": 1, "b": 60}')
    found = seconds.guesses(recipes, cache, {"d": "digest"})
    extra = seconds.DRAWING
    assert found == {"a": 30 + extra, "b": 60 + extra, "c": 30 + extra, "d": extra}
    (cache / "runs/a/new.json").write_text("{")
    assert seconds.recorded("a", cache) == 50


@pytest.mark.parametrize("table", ["", "[]", '{"a": "long"}'])
def test_a_table_that_is_none_is_no_table(tmp_path, table):
    (tmp_path / "seconds.json").write_text(table)
    assert len(set(seconds.guesses({s: tmp_path / f"{s}.py" for s in "ab"}, tmp_path, {}).values())) == 1


def test_the_table_has_all_figures_of_the_course_and_no_others():
    table = json.loads((ROOT / "figures/seconds.json").read_text())
    assert table.keys() == loading.find(ROOT / "figures").keys()
    assert all(isinstance(value, (int, float)) and value > 0 for value in table.values())


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setenv("TERM", "dumb")
    lines, made = [], Jobs(at_once=2)
    made.put(orders(a=60, b=60, c=60, d=60))
    with progress.Shown(lines.append) as shown:
        shown.update(made, 4)
        finish(made, "a", took=60)
        shown.update(made, 4)
        assert lines == [], "not so soon"
        monkeypatch.setattr(progress, "PAUSE", 0)
        finish(made, "b", took=60)
        shown.update(made, 4)
        assert lines == ["2 of 4 figures, about 1 min left"]
        finish(made, "c", took=60)
        finish(made, "d", took=60)
        shown.update(made, 4)
        assert len(lines) == 1, "what is over needs no line of this kind"
    assert capsys.readouterr().err == ""


def test_on_a_terminal_there_is_a_bar_and_lines_of_the_log_stand_above_it():
    """In a process of its own, with a terminal of its own."""
    code = """
import logging, os, pty, sys
parent, child = pty.openpty()
if os.fork() == 0:
    os.dup2(child, 2)
    sys.path[:0] = ['tests/make', 'tests']
    from test_jobs import FakePool, finish, orders
    from dlfigs.make import jobs, progress
    jobs.Pool = FakePool
    log = logging.getLogger('x')
    log.addHandler(logging.StreamHandler())
    made = jobs.Jobs(at_once=2)
    made.put(orders(a=60, b=30, c=60))
    with progress.Shown(print, log) as shown:
        shown.update(made, 3)
        finish(made, 'a', took=60)
        shown.update(made, 3)
        log.error('a line of the log')
        shown.bar.refresh()
    log.error('afterwards')
    os._exit(0)
os.close(child)
text = b''
while True:
    try:
        piece = os.read(parent, 1000)
    except OSError:
        break
    if not piece: break
    text += piece
print(text.decode())
"""
    said = run(["-c", code], TERM="xterm", COLUMNS="100").stdout
    assert re.search(r"building c, b .*1/3.* about 1 min left", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said))
    assert re.search(r"(^|[\r\n]|\x1b\[2K)a line of the log\r?\n", said)
    assert said.rstrip().endswith("afterwards")


WORDS = """figure = Figure(
    title="A {{ x:.1f }}", caption="B {{ y }}.", alt="C", height=5, sources=("k", 1), questions=(2,)
)"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WORDS, {"title": "A …", "caption": "B ….", "alt": "C", "height": 5}),
        (WORDS, {"sources": ["k"], "questions": [2]}),
        ("figure = Figure(title=title(), caption=3)", {"title": "line", "caption": "", "sources": []}),
        ("raise SystemExit", {"title": "line", "height": 3.4}),
        ("figure = Figure(", {"title": "line", "alt": ""}),
    ],
)
def test_words_of_a_figure_are_read_from_its_recipe_which_is_not_run(tmp_path, text, expected):
    recipe = tmp_path / "line.py"
    recipe.write_text(text)
    info = asdict(pending.info("line", recipe))
    assert info | expected == info


def test_all_words_of_the_course_s_figures_can_be_read_before_they_are_run(figures):
    """Or a page would say less than it could: titles, and what is no number, are what they will be."""
    for slug, path in loading.find(ROOT / "figures").items():
        info, known = figures[slug].info, pending.info(slug, path)
        for name in ("sources", "questions"):
            assert getattr(known, name) == getattr(info, name), slug
        for name in ("title", "caption", "alt"):
            parts = re.split("…", getattr(known, name))
            assert re.fullmatch(".*".join(map(re.escape, parts)), getattr(info, name), re.DOTALL), (
                slug,
                name,
            )
        svg = figures[slug].file("svg").read_text()
        assert f'viewBox="0 0 360 {72 * known.height:.10g}"' in svg, slug


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("/c/figures/a.py:3: a mistake", "figures/a.py:3: a mistake"),
        (
            "/c/figures/a.py: the recipe failed\nTraceback (most recent call last):\n"
            '  File "/c/figures/a.py", line 7, in compute\n    x\n'
            '  File "/lib/b.py", line 9, in y\nValueError: no',
            "figures/a.py:7: ValueError: no",
        ),
        ("", ""),
    ],
)
def test_an_error_is_one_line_in_a_page(error, line):
    assert pending.reason(error, Path("/c/figures/a.py")) == line


def test_a_pool_makes_one_figure_after_the_other_and_is_replaced_when_our_code_is_saved(
    tmp_path, monkeypatch
):
    cache, recipe = tmp_path / CACHE, write_recipe(tmp_path / "figures")
    made = Jobs(at_once=1, cache=cache, minutes=1, force=True)
    pools = []
    try:
        for version in ("1", "2", "3"):
            if version == "3":
                monkeypatch.setattr(jobs, "_dates_of_code", dict)  # as if a file of ours were saved
            made.put([Order("line", recipe, version, 1.0)])
            order, built = made.report()
            assert (order.version, built.error) == (version, "")
            pools.append(made.pool)
    finally:
        made.end()
    assert pools[0] is pools[1] is not pools[2]
    assert not any(pool.is_alive for pool in pools)
    assert pools[0].process.stdout.closed


def test_a_pool_that_gets_no_orders_ends_with_whoever_started_it(tmp_path):
    code = (
        "from pathlib import Path; from dlfigs.make import jobs, surroundings; "
        "jobs.Pool(surroundings.environment(Path('.cache'))); print('started')"
    )
    assert run(["-c", code], cwd=tmp_path).stdout == "started\n"
    deadline = time.monotonic() + 30
    while processes_in(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.1)
