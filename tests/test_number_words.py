"""Numbers in words are numbers: titles, captions and alternative texts take them from claims.

"About one fiftieth" goes stale as silently as "0.02" would, and reads as surely. Here every number word and
every fraction that no placeholder backs is found, unless it is known to be harmless, with a reason.
"""

import ast
import re

import pytest
from conftest import ROOT

from dlfigs.recipe import dependencies, loading
from dlfigs.recipe.figure import PLACEHOLDER

RECIPES = loading.find(ROOT / "figures")

SMALL = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
LARGE = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?"
PARTS = (
    "hal(?:f|ves|ved?)|thirds?|quarters?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|twentieths?"
    "|fiftieths?|hundredths?|thousandths?|twice|thrice|doubled?|doubles|tripled?|triples"
)
NUMBER = re.compile(
    rf"\b(?:{SMALL}|{LARGE}|{PARTS}|one (?:percent|in \d+))\b|[½⅓⅔¼¾⅕⅖⅗⅘⅙⅛⅒]|\b\d+/\d+\b", re.IGNORECASE
)

DRAWN = (
    "panels|views|rows|columns|curves|lines|pictures|images|digits|weights|starts|regions|humps"
    "|activations|activation functions|initializers|values of"
)
COMPARED = "kinds|rules|starts|lengths|optimizers|methods|strengths|learning rates|drop rates|nets"
HARMLESS = {
    rf"(?:{SMALL}) (?:[a-z-]+ ){{0,2}}(?:{DRAWN})\b": "counts what is drawn: who looks sees it",
    rf"(?:{SMALL}) (?:{COMPARED})\b": "counts what is compared: a setting",
    r"(?:with |of |\()(?:two|six) (?:[a-z]+ ){0,3}layers\b": "the shape of the nets: a setting",
    rf"(?:best|better|that|strength|examples|rate),? \(?of (?:{SMALL})\b": "how many were tried: a setting",
    r"the (?:other )?(?:two|three)\b|(?:two|all) (?:three|four|of the four)\b": "points at what was named",
    r"of the two\b|these two\b|between two inputs\b": "points at what was named",
    r"powers? of ten\b": "the name of a scale",
    r"(?:half a|half|quarter) turns?\b": "the name of a rotation",
}
KNOWN = {
    "batchnorm_batch_size": {"Batches of two break": "the batch size of the claim two: a setting"},
    "batchnorm_landscape": {"over five steps in a row": "a running median: how it is drawn"},
    "batchnorm_learning_rates": {"last ten minibatches": "how the loss is averaged: a setting"},
    "double_descent": {"Double descent": "the name of the effect"},
    "finite_width_band": {"two dozen narrow nets": "counts what is drawn"},
    "selu_broken": {"dropout at 1/2": "a setting"},
    "selu_signal_and_gradient": {"4, 1 or 1/4": "a setting", "variance 1/4": "a setting"},
    "soft_threshold": {
        "half the sum of squared": "the loss, by definition",
        "½λΣw²": "the penalty, as above",
    },
    "swish": {"slope one half": "x/2, by definition", "through one half": "exact: claim slope_at_zero"},
    "swish_to_relu": {
        "Double β, and Swish is twice as close": "W(1/e)/β, exactly: claim power",
        "through one half": "the slope at 0, exactly",
        "of height one half": "the second derivative at 0, exactly",
    },
    "symmetry_breaking": {
        "weights into four of the units": "counts what is drawn",
        "weights into four hidden units": "counts what is drawn",
    },
    "transfer_cosine": {
        "exceeds one half": "a theorem, to which the claims hold the figure",
        "at cosine one half": "the same theorem",
    },
}


def texts(recipe):
    """Title, caption and alternative text of a recipe, with placeholders taken out. Nothing is run."""
    written = dependencies.arguments_of(dependencies.parse(recipe))
    return {
        name: PLACEHOLDER.sub("…", ast.literal_eval(written[name])) for name in ("title", "caption", "alt")
    }


def unbacked(text, harmless):
    """Number words and fractions in a text that lie in no harmless phrase, with what is around them."""
    spared = [match.span() for pattern in harmless for match in re.finditer(pattern, text, re.IGNORECASE)]
    return [
        text[max(0, match.start() - 30) : match.end() + 30]
        for match in NUMBER.finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in spared)
    ]


@pytest.mark.parametrize("slug", RECIPES)
def test_number_words_are_claims(slug):
    harmless = [*HARMLESS, *map(re.escape, KNOWN.get(slug, {}))]
    found = {name: unbacked(text, harmless) for name, text in texts(RECIPES[slug]).items()}
    assert not any(found.values()), f"write {{{{ claim }}}} in place of the number word: {found}"


def test_what_is_harmless_is_still_there():
    """A phrase that no text has any more is taken off the lists."""
    every = {slug: "\n".join(texts(recipe).values()) for slug, recipe in RECIPES.items()}
    together = "\n".join(every.values())
    assert [pattern for pattern in HARMLESS if not re.search(pattern, together, re.IGNORECASE)] == []
    for slug, phrases in KNOWN.items():
        assert [phrase for phrase in phrases if phrase not in every[slug]] == []


@pytest.mark.parametrize(
    "text",
    [
        "dropout leaves about one fiftieth of it",
        "about three in ten units are dead",
        "the error halves with each layer",
        "Fewer than one in five survive",
        "accuracy falls by a third",
        "1/3 of the units",
        "½ of them",
        "twice as many steps",
        "some fifteen layers later",
        "a hundred times as large",
        "ninety percent",
        "below one percent",
        "one in 12 nets",
    ],
)
def test_number_words_are_found(text):
    assert unbacked(text, HARMLESS)


@pytest.mark.parametrize(
    "text",
    ["Three panels against the layer", "one for each activation", "weights of variance 1/n", "… of them"],
)
def test_what_is_no_number_is_let_be(text):
    assert not unbacked(text, HARMLESS)
