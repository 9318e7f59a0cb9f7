"""The search, asked in a browser as readers ask: what they look for is among the first three results."""

import json
import re

import pytest
import reader
from conftest import ROOT

from dlfigs.markdown import glossary
from dlfigs.site import search_words

LEAST = 57  # of the queries below must be right: readers' words are many, and a chapter may change its own
DEPTH, VANISHING, INIT = "problems_of_depth", "vanishing_gradients", "initialization"
DEFAULTS, DYING, SHAPES, SELU = "framework_defaults", "dying_relu", "activations", "selu"
CHOICE, NORM, COSTS = "choosing_an_activation", "batch_normalization", "batch_normalization_costs"
TRANSFER, FEW, SELF = "transfer_learning", "few_labels", "self_supervised_learning"
REGULAR, PENALTIES, DROPOUT, PRICE = "regularization", "l1_l2", "dropout", "dropout_costs"
TABLE = f"{REGULAR}#how-one-works-against-it"
INFORMATION = f"{FEW}#a-label-is-information-and-so-is-all-else-that-you-know"
OUTPUTS = f"{CHOICE}#output-layers-what-may-come-out"
# What a reader types, and the places that answer it
QUERIES = {
    # Other names
    "Kaiming": {f"{INIT}#he-kaiming-initialization"},
    "xavier": {f"{INIT}#how-large-backward"},
    "silu": {f"{SHAPES}#swish-exactly"},
    "SimCLR": {f"{SELF}#the-contrastive-loss-of-simclr"},
    "InfoNCE": {f"{SELF}#the-contrastive-loss-of-simclr"},
    "resnet": {f"{DEPTH}#residual-skip-connections"},
    "lasso": {PENALTIES},
    "ridge": {PENALTIES, f"{PENALTIES}#the-closed-form-ridge-and-soft-thresholding"},
    "dead neurons": {DYING, f"{DYING}#what-dead-means"},
    "MC dropout": {f"{PRICE}#one-pass-or-many"},
    "log loss": {OUTPUTS},
    "running mean": {f"{NORM}#inference-moving-averages"},
    "linear probe": {f"{TRANSFER}#freeze", TRANSFER},
    "self-training": {INFORMATION},
    "relu6": {f"{SHAPES}#relus-corner", f"{SHAPES}#one-slope-per-layer"},
    "dropblock": {f"{PRICE}#inputs-that-are-alike"},
    "unsupervised pretraining": {SELF},
    "backprop": {f"{VANISHING}#the-chain-rule-layer-by-layer"},
    # Short forms
    "BN": {NORM},
    "batchnorm": {NORM},
    "LayerNorm": {f"{COSTS}#batch-sizes", f"{COSTS}#when-it-fails"},
    "groupnorm": {f"{COSTS}#when-it-fails"},
    "LSTM": {f"{VANISHING}#what-helps"},
    "SSL": {SELF},
    "PReLU": {f"{SHAPES}#one-slope-per-layer"},
    "SwiGLU": {f"{SHAPES}#one-slope-per-layer"},
    # The course's own terms
    "He initialization": {f"{INIT}#he-kaiming-initialization"},
    "dying relu": {DYING, f"{DYING}#what-dead-means"},
    "vanishing gradient": {VANISHING},
    "exploding gradients": {
        VANISHING,
        f"{VANISHING}#chi",
        f"{COSTS}#why-gradients-explode-at-initialization",
    },
    "weight decay": {f"{PENALTIES}#weight-decay"},
    "L2 regularization": {PENALTIES},
    "fan-in": {f"{INIT}#convolutions-fan-in-and-fan-out"},
    "edge of chaos": {f"{INIT}#both-at-once-a-phase-diagram", f"{INIT}#the-edge-of-chaos"},
    "double descent": {f"{DEPTH}#more-parameters-than-examples", f"{DEPTH}#the-peak-of-double-descent"},
    "alpha dropout": {f"{SELU}#see-it"},
    "inverted dropout": {f"{DROPOUT}#why-something-must-be-scaled-inverted-dropout"},
    "early stopping": {
        f"{REGULAR}#why-early-stopping-belongs-there",
        f"{REGULAR}#early-stopping-against-ridge",
    },
    "label smoothing": {TABLE},
    "max norm": {f"{REGULAR}#max-norm"},
    "active learning": {f"{FEW}#have-the-right-images-labeled"},
    "masked autoencoder": {f"{SELF}#what-is-free"},
    "internal covariate shift": {f"{NORM}#when-it-fails"},
    "gradient clipping": {f"{VANISHING}#what-helps"},
    "soft thresholding": {
        f"{PENALTIES}#the-closed-form-ridge-and-soft-thresholding",
        f"{PENALTIES}#soft-thresholding-is-one-line",
    },
    # Names in code
    "he_normal": {f"{INIT}#he-kaiming-initialization"},
    "glorot_uniform": {f"{INIT}#how-large-backward", DEFAULTS},
    "vmap": {SHAPES, NORM, PRICE, f"{SHAPES}#exercises", f"{NORM}#when-it-fails", f"{PRICE}#exercises"},
    "lax.scan": {
        f"{VANISHING}#a-deep-relu-net-with-glorot-and-he-weights",
        f"{COSTS}#gradients-that-grow-in-plain-jax",
    },
    "jax.nn.gelu": {f"{SHAPES}#is-it-gelu-or-nearly-gelu"},
    "nn.Dropout": {DROPOUT},
    "optax.adamw": {f"{PENALTIES}#weight-decay"},
    "calculate_gain": {f"{SELU}#pytorchs-gain"},
    # Two subjects, or a whole question
    "dropout batch normalization": {f"{PRICE}#dropout-before-batch-normalization"},
    "early stopping ridge": {
        f"{REGULAR}#early-stopping-against-ridge",
        f"{REGULAR}#why-early-stopping-belongs-there",
    },
    "sigmoid derivative": {f"{VANISHING}#the-sigmoids-slope", f"{VANISHING}#the-sigmoid"},
    "softmax cross entropy": {OUTPUTS, f"{CHOICE}#the-loss-that-belongs-to-the-output"},
    "how to initialize weights": {INIT, f"{INIT}#why-not-start-from-zero"},
    "what is a dead relu": {DYING, f"{DYING}#what-dead-means"},
    "adam weight decay": {f"{PENALTIES}#weight-decay"},
}


@pytest.fixture(scope="module")
def ask(browser, address):
    """Give a function that types a query into the search of an open page and returns the shown links."""
    tab, wrong, _ = reader.visit(browser, address, "")
    tab.evaluate(  # results of this query are told from those of the one before
        """() => new MutationObserver(([{ target }]) => target.dataset.changed = "")
           .observe(document.querySelector(".md-search-result__list"), { childList: true })"""
    )
    results = tab.locator(".md-search-result__list")
    field = tab.locator(".md-search__input")
    field.click()

    def answers(query):
        results.evaluate("list => delete list.dataset.changed")
        field.fill(query)
        field.press("Shift")  # the search listens to keys
        tab.locator(".md-search-result__list[data-changed]").wait_for(state="attached")
        links = tab.locator(".md-search-result__link:visible")
        return [links.nth(n).get_attribute("href") for n in range(min(3, links.count()))]

    yield answers
    assert not wrong
    tab.close()


def place(href, address):
    """Return the page and the anchor of a link, without what is to be highlighted there."""
    page, _, anchor = re.sub(r"\?h=[^#]*", "", href.removeprefix(address)).partition("#")
    return page.strip("/") + (f"#{anchor}" if anchor else "")


@reader.needs_browser
def test_readers_find_what_they_look_for(ask, address):
    wrong = {}
    for query, places in QUERIES.items():
        found = [place(href, address) for href in ask(query)]
        if not places & set(found):
            wrong[query] = found
    assert len(QUERIES) == 60
    assert len(QUERIES) - len(wrong) >= LEAST, wrong


@reader.needs_browser
def test_another_name_leads_to_the_heading_itself(ask, address):
    assert place(ask("xavier")[1], address) == f"{INIT}#how-large-backward"


def index(site):
    return json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))


def test_each_name_of_a_term_leads_to_its_place(site):
    entries = {entry["location"].replace("/#", "#").strip("/"): entry for entry in index(site)["docs"]}
    for term in glossary.read(str(ROOT / "docs/glossary.md")):
        entry = entries[term.place.replace(".md", "")]
        tags = {tag.lower() for tag in entry["names"]}
        assert all({word.lower(), f"{word.lower()}s"} & tags for word in term.sought), term.name
        assert set(term.code) <= set(entry.get("code", "").split()), term.name


def test_no_word_of_the_index_has_a_sign_that_makes_a_search_fail(site):
    found = index(site)
    # lunr takes a word with a star for a pattern, and then fails at every search that meets it
    words = re.split(found["config"]["separator"], " ".join(entry["text"] for entry in found["docs"]))
    assert not [word for word in words if word and "*" in word]
    assert {"he_normal", "vmap", "relu"} <= {word.lower() for word in words if word}


def test_figures_weigh_less_than_chapters_and_pages_less_than_their_sections(site):
    boost = {entry["location"]: entry.get("boost", 1) for entry in index(site)["docs"]}
    assert boost["dropout/"] == search_words.PAGE < boost["dropout/#exercises"] == 1
    assert boost["figures/swish/"] < boost["dropout/"]


def test_names_and_chapter_are_added_to_the_entries_of_an_index():
    terms = [
        glossary.Term(
            "Line", "line", "Straight.", ("lines", "`jnp.line`"), ("slope",), "Lines", "a.md#line"
        ),
        glossary.Term("Drawing", "drawing", "A picture.", (), (), "Lines", "../b.md"),
    ]
    entries = [
        {"location": "b/", "title": "Pictures", "text": ""},
        {"location": "b/#all", "title": "All", "text": "x"},
        {"location": "part/a/#line", "title": "What is straight", "text": "y", "boost": 2},
    ]
    addresses = {"b.md": "b/", "part/a.md": "part/a/"}
    page, section, line = search_words.completed(entries, terms, "part", addresses)
    assert page["names"] == ["Drawing"]
    assert page["boost"] == search_words.PAGE
    assert section == entries[1] | {"chapter": "Pictures Drawing"}
    assert line["names"] == ["lines", "slope"]
    assert line["code"] == "jnp.line"
    assert line["boost"] == 2
    assert "names" not in entries[0], "a server reads the same entries again"
