"""Predictions: what is right is a claim that holds, or the page is not published."""

import json

import pytest
from bs4 import BeautifulSoup
from test_markdown import convert  # noqa: F401  a fixture

from dlfigs.errors import UserError
from dlfigs.site import ingredients

QUESTION = '??? predict "Which *rate* is it, of {{ line.rate }}?"'
WRONG = "    - **Nothing.** One may think so, as $x^2$ is small [@he2015]."
RIGHT = "    - **A half,**\n      so to say. It is {{ line.rate:.2f }}. { answer: line.rate }"
VARIED = [{"setting": "", "digest": "", "verdicts": [{"verdict": "gelu", "mean": 1, "word": "better"}]}]


@pytest.fixture
def page(convert, tmp_path):  # noqa: F811
    """Convert a text with a figure that has a verdict, and one whose claim does not hold."""
    info = json.loads((tmp_path / "line.json").read_text())
    broken = {"holds": False, "requirement": "at least 0.5"}
    info["claims"] += [info["claims"][0] | {"id": "off"} | broken]
    (tmp_path / "line.json").write_text(json.dumps(info | {"varied": VARIED}))

    def page(text, **options):
        return BeautifulSoup(convert(text, **options), "html.parser")

    return page


def test_a_choice_is_folded_twice_and_says_what_is_right(page):
    found = page(f"Before.\n{QUESTION}\n\n{WRONG}\n{RIGHT}\n\nAfter.")
    box = found.select_one("details.predict#predict-line-rate[data-search-exclude]")
    assert "open" not in box.attrs
    assert box.summary.text == "Predict: Which rate is it, of −0.5?"
    assert box.summary.em.text == "rate"
    choices = box.select(":scope > .predict-choices > li")
    assert [choice.text for choice in choices] == ["Nothing.", "A half,"], "nothing tells which is right"
    assert not any(choice.attrs for choice in choices)
    wrong, right = box.select(":scope > details.predict-seen > .predict-why > li")
    assert right["class"] == ["predict-right"]
    assert right.text.split() == ["Right:", "A", "half,", "so", "to", "say.", "It", "is", "−0.50."]
    assert wrong.find("math"), "reasons have formulas"
    assert wrong.select_one("a.citation")
    assert wrong.text.startswith("Not so: Nothing. One may think so")
    assert [p.text for p in found.find_all("p", recursive=False)] == ["Before.", "After."]
    assert "answer:" not in found.text


def test_what_one_has_to_know_is_folded_with_the_answers(page):
    for rest in (f"{WRONG}\n{RIGHT}", "    value: line.rate from -1 to 1"):
        box = page(f"{QUESTION}\n\n    It is *one* of two.\n\n    See?\n\n{rest}").select_one(".predict")
        assert [child.name for child in box.find_all(recursive=False)][:3] == ["summary", "p", "p"]
        assert box.p.em


def test_other_details_are_left_to_others(page):
    text = f'{QUESTION}\n\n{WRONG}\n{RIGHT}\n\n??? note "Other"\n\n    Words.'
    found = page(text, extensions=["pymdownx.details"])
    assert [box["class"] for box in found.select("details")] == [["predict"], ["predict-seen"], ["note"]]


def test_blank_lines_between_answers_change_nothing(page):
    close, wide = (page(f"{QUESTION}{gap}{WRONG}{gap}{RIGHT}") for gap in ("\n", "\n\n"))
    assert close.select_one(".predict") == wide.select_one(".predict")


def test_a_number_has_a_scale(page):
    line = "    value: line.rate:.1f from -1 to .5 by 0.1 of it"
    text = f'??? predict "How much?"\n\n{line}\n\n    *Because.*\n\n    So.'
    box = page(text).select_one("details.predict")
    scale = box.select_one(":scope > .predict-scale")
    assert scale.text == "From −1 to .5 of it."
    assert {name: scale[f"data-{name}"] for name in ("low", "high", "step", "unit")} == {
        "low": "-1",
        "high": ".5",
        "step": "0.1",
        "unit": "of it",
    }
    assert [p.text for p in box.select(".predict-seen > p")] == ["It is −0.5 of it.", "Because.", "So."]


def test_a_scale_needs_neither_steps_nor_a_unit(page):
    box = page('??? predict "How much?"\n\n    value: line.rate from -1 to 1').select_one(".predict")
    assert box.select_one(".predict-scale")["data-step"] == "0.02"
    assert box.select_one(".predict-it").text == "It is −0.5."


def test_predictions_of_one_claim_have_names_of_their_own(page):
    found = page(f"{QUESTION}\n\n{WRONG}\n{RIGHT}\n\n{QUESTION}\n\n{WRONG}\n{RIGHT}")
    assert [box["id"] for box in found.select(".predict")] == ["predict-line-rate", "predict-line-rate-2"]


def test_a_verdict_makes_an_answer_right(page):
    bound = "    - **Yes.** It is. { answer: line.gelu.word better }"
    assert page(f"{QUESTION}\n\n{WRONG}\n{bound}").select_one("#predict-line-gelu-word .predict-right")


def test_a_limit_says_more_than_the_claim(page):
    for bound in ("line.rate < 0", "line.rate<-.4", "line.rate > -1e0"):
        text = f"{QUESTION}\n\n{WRONG}\n    - **Yes.** It is. {{ answer: {bound} }}"
        assert page(text).select_one("#predict-line-rate .predict-right").text == "Right: Yes. It is."


def test_what_a_server_still_makes_is_not_judged(page):
    waiting = {"line": {"words": "is being computed"}}
    text = f"{QUESTION}\n\n{WRONG}\n{RIGHT.replace('line.rate }', 'line.new }')}"
    box = page(text, waiting=waiting).select_one("details.predict")
    assert box["data-waiting"] == "line"
    text = '??? predict "How much?"\n\n    value: line.new from 0 to 1'
    assert page(text, waiting=waiting).select_one(".predict-it").text == "It is …."


A, B = "    - **Nothing.** One may think so.", "    - **A half.** It is. { answer: line.rate }"
HEAD = '??? predict "How much?"\n\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("??? predict\n\n" + A, 9, r'the question is missing: write \?\?\? predict "How'),
        (f"??? predict How?\n\n{A}\n{B}", 9, "the question is missing"),
        (HEAD + B, 9, "a prediction has two answers or more, .* \\(it has 1 of them\\)"),
        (f"{HEAD}Not indented.", 9, "it has 0 of them"),
        (f"{HEAD}{A}\n{A}", 9, r"no answer is right: end the one that is with \{ answer: figure.claim \}"),
        (f"{HEAD}{A}\n{B}\n{B.replace('rate', 'off')}", 13, "a second answer is right"),
        (f"{HEAD}{B}\n    - Nothing. One may.", 12, r"'Nothing. One may.' is not understood: an answer is"),
        (f"{HEAD}{B}\n    - **Nothing.**", 12, r"'\*\*Nothing.\*\*' is not understood"),
        (f"{HEAD}{A}\n{B.replace('rate', 'rte')}", 12, "no claim 'rte' of 'line'; did you mean 'rate'"),
        (f"{HEAD}{A}\n{B.replace('rate', 'seeds')}", 12, "no claim 'seeds' of 'line'"),
        (f"{HEAD}{A}\n{B.replace('line.', 'lien.')}", 12, "no figure 'lien'; did you mean 'line'"),
        (f"{HEAD}{A}\n{B.replace('.rate', '')}", 12, "write figure.claim, with the figure's slug first"),
        (
            f"{HEAD}{A}\n{B.replace('rate', 'off')}",
            12,
            "the claim line.off does not hold: Rate: −0.5, required at least 0.5; look at the figure",
        ),
        (f"{HEAD}{A}\n{B.replace('rate', 'gelu.word')}", 12, "write it too: line.gelu.word better"),
        (
            f"{HEAD}{A}\n{B.replace('rate', 'gelu.word worse')}",
            12,
            "is 'better'; the answer rests on 'worse'",
        ),
        (
            f"{HEAD}{A}\n{B.replace('rate', 'gel.word worse')}",
            12,
            "no verdict 'gel.word'; did you mean 'gelu",
        ),
        (
            f"{HEAD}    value: line.rate",
            11,
            "'value: line.rate' is not understood: write value: figure.claim",
        ),
        (f"{HEAD}    value: line.rte from -1 to 1", 11, "no claim 'rte' of 'line'"),
        (
            f"{HEAD}    value: line.rate from 0 to 1",
            11,
            "line.rate is −0.5, which is not from 0 to 1: widen",
        ),
        (f"{HEAD}    value: line.rate from 1 to 0", 11, "from 1 to 0 by -0.01 is no scale"),
        (f"{HEAD}    value: line.rate:d from -1 to 1", 11, "format 'd' does not fit line.rate"),
        (f"{HEAD}    value: line.off from -1 to 1", 11, "the claim line.off does not hold"),
    ],
)
def test_mistakes_have_a_line(page, text, line, said):
    with pytest.raises(UserError, match=rf"docs/chapter\.md:{line}: .*{said}"):
        page(f"# Title\n\nFirst paragraph.\n\n{text}")


@pytest.mark.parametrize("text", [B, "    value: line.rate from -1 to 1"])
def test_a_page_that_is_remembered_is_read_again_when_the_claim_changes(text):
    assert "line" in ingredients.USED.findall(text)
