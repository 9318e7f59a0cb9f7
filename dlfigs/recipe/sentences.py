"""A claim's text and its number as one sentence."""

from __future__ import annotations

import re

from dlfigs.recipe.figure import NARROW, percents_alike

# After one of these words a number completes the sentence
OPEN = {"about", "at", "by", "equals", "factor", "from", "in", "is", "of", "than", "to", "under", "with"}
# What can be said to have been a number: it begins with one of these, is one and no clause
SUPERLATIVES = "highest largest last longest lowest second shortest smallest"
QUANTITIES = (
    "accuracy angle chance cosine derivative deviation difference distance effective error factor gain "
    "gradient intercept learning log-loss loss mean median norm number output power probability range rate "
    "ratio root share slope spectral spread squared standard stored strength test training validation "
    "value variance"
)
NAMED = re.compile(rf"(?:{'|'.join((SUPERLATIVES + ' ' + QUANTITIES).split())})\b", re.IGNORECASE)
GIVEN = re.compile(r"(?:the|its|their) |.* minus ", re.IGNORECASE)
CLAUSE = re.compile(
    r"\b(?:is off|do|does|falls?|agrees?)\b|[;:]|\bat which\b.*\blargest$|^the (?:weights|units)\b"
)
# What belongs to the number stands behind it: how a text ends, and what is written
UNITS = {
    re.compile(r",? (?:in )?percentage points$"): f"{NARROW}percentage points",
    re.compile(r",? in %$"): f"{NARROW}%",
    re.compile(r", (?:in )?nats$"): f"{NARROW}nats",
    re.compile(r", in standard errors$"): f"{NARROW}standard errors",
}
PAIRED = ", paired"
# What ends between commas: "the accuracy, at chance, was"; in a list there is none before the verb
ASIDE = re.compile(r", (?:at|on|in|with|without|after|of|over|for|under|averaged|chosen|each|same)\b[^,]*$")


def sentence(text: str, number: str, error: str) -> str:
    """Return the sentence, without a full stop; where none can be made, the number stands behind a colon.

    "Largest slope" and "0.25" become "The largest slope was 0.25".

    Args:
        text: Of the claim.
        number: As it is to be read.
        error: Its standard error; may be empty.
    """
    text = text.rstrip().rstrip(":.")
    behind = f" (standard error {error})" if error else ""
    if text.rpartition(" ")[2].lower() in OPEN:
        return f"{_begun(percents_alike(text))} {number}{behind}"
    paired = text.endswith(PAIRED)
    text, unit = text.removesuffix(PAIRED), ""
    for ends, words in UNITS.items():
        if ends.search(text):
            text, unit = ends.sub("", text), words
    if number in ("1", "−1"):
        unit = unit.removesuffix("s")
    behind = f"{number}{unit}{behind}{PAIRED * paired}"
    before, colon, said = text.rpartition(": ")
    if CLAUSE.search(said) or not (GIVEN.match(said) or NAMED.match(said)):
        return f"{_begun(percents_alike(text))}: {behind}"
    if NAMED.match(said):
        said = f"the {said[0].lower()}{said[1:]}"
    whole = f"{before}{colon}{said}{',' * bool(ASIDE.search(said))} was"
    return f"{_begun(percents_alike(whole))} {behind}"


def _begun(text: str) -> str:
    """Return a text that begins like a sentence, unless its first word is a sign or a name in code."""
    return text[:1].upper() + text[1:] if re.match(r"(?!std\b)[a-z]{3,}\b", text) else text
