r"""Predict, then see: a question before a figure, whose right answer is a claim that must hold.

    ??? predict "How does one layer change the gradient?"

        Paragraphs before the answers say what one has to know, or nothing.

        - **Not at all.** Why one may think so.
        - **It halves it.** Why it is so. { answer: gradients_by_depth.rate }

Where the claim allows more than the answer says, a limit does not: `{ answer: figure.claim < 0.1 }`. With a
verdict, its word makes the answer right: `{ answer: figure.comparison.word better }`. A number on a scale
has no answers, but a line, and then what is to be known of it:

        value: gradients_by_depth.rate:.2f from 0 to 2 by 0.05 times as large

It is folded. Who opens it sees what can be answered, and folded again what is right. The script
(site/theme/predict.js) lets readers choose before that opens.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor

from dlfigs.errors import UserError, nearest
from dlfigs.markdown.page import Page
from dlfigs.recipe.figure import fill, write_number
from dlfigs.recipe.info import Judged, broken

BEGIN = re.compile(r"(?:^|\n)(\?\?\?\+? *predict\b[^\n]*)")
HEAD = re.compile(r'\?\?\?\+? *predict +"(.+)"')
ITEM = re.compile(r"^[-*] +", re.MULTILINE)
ANSWER = re.compile(r"\*\*(?P<label>.+?)\*\*\s+(?P<why>.+)", re.DOTALL)
NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?"
RIGHT = re.compile(
    r"\s*\{:?\s*(?P<whole>answer:\s*(?P<name>[\w.]+)"
    rf"(?:\s+(?P<word>[a-z]+)|\s*(?P<sign>[<>])\s*(?P<limit>{NUMBER}))?)\s*\}}\s*$"
)
VALUE = re.compile(
    rf"^value:\s*(?P<name>[\w.]+)(?::(?P<format>\S+))?\s+from\s+(?P<low>{NUMBER})\s+to\s+(?P<high>{NUMBER})"
    rf"(?:\s+by\s+(?P<step>{NUMBER}))?(?P<unit>[^\n]*)",
    re.MULTILINE,
)
# What the extension has set aside begins with a character of no language
SET_ASIDE = re.compile("[\x02\ue000-\uf8ff]")
AS_ANSWER = "- **Answer.** Why it is right, or why one may think so."
AS_RIGHT = (
    "{ answer: figure.claim }, { answer: figure.claim < 0.1 } or { answer: figure.comparison.word better }"
)
AS_VALUE = "value: figure.claim from 0 to 10"


class Asked(NamedTuple):
    """What is asked.

    Args:
        question: In one line.
        setting: What one has to know for it, in Markdown, or nothing.
    """

    question: str
    setting: str


class Binding(NamedTuple):
    """What makes an answer right.

    Args:
        whole: As it is written.
        name: Of the claim, with its figure.
        word: Of a verdict, or None.
        sign: "<" or ">", or None.
        limit: What the number is below or above, or None.
    """

    whole: str
    name: str
    word: str | None = None
    sign: str | None = None
    limit: str | None = None


class Answer(NamedTuple):
    """One of those to choose from.

    Args:
        label: What it says.
        why: Why it is right, or why people think so.
        right: What makes it right, or None.
    """

    label: str
    why: str
    right: Binding | None


class Predictions(BlockProcessor):
    """Makes the blocks.

    Args:
        md: The Markdown instance.
        page: The page that is read.
    """

    def __init__(self, md: Markdown, page: Page) -> None:
        super().__init__(md.parser)
        self.source, self.finished = page.source, page.finished
        self.names: dict[str, int] = {}
        md.parser.blockprocessors.register(self, "dlfigs-predictions", 110)  # before pymdownx.details
        md.registerExtension(self)  # for `reset`

    def reset(self) -> None:
        """Forget the last page."""
        self.names = {}

    def test(self, parent: ET.Element, block: str) -> bool:
        """Whether a prediction begins in the block."""
        return bool(BEGIN.search(block))

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Read the block and what is indented below it."""
        block = blocks.pop(0)
        begin = BEGIN.search(block)
        if before := block[: begin.start()].strip("\n"):
            self.parser.parseBlocks(parent, [before])
        head = HEAD.fullmatch(begin[1].strip())
        snippet = SET_ASIDE.split(begin[1])[0].strip()
        if not head:
            self._fail(snippet, 'the question is missing: write ??? predict "How large is it?"')
        body, rest = self.detab(block[begin.end() :].lstrip("\n"))
        while not rest.strip() and blocks and blocks[0].lstrip("\n").startswith(" " * self.tab_length):
            more, rest = self.detab(blocks.pop(0).lstrip("\n"))
            body += f"\n\n{more}"
        if rest.strip():
            blocks.insert(0, rest)
        if value := VALUE.search(body):
            asked = Asked(head[1], body[: value.start()])
            self._scale(parent, asked, value, body[value.end() :])
        elif line := re.search(r"^value:.*", body, re.MULTILINE):
            self._fail(
                line[0], f"{line[0]!r} is not understood: write {AS_VALUE}, then `by 0.1` and a unit"
            )
        else:
            before, *items = ITEM.split(body)
            self._choice(parent, Asked(head[1], before), self._answers(items, snippet))

    def _answers(self, items: list[str], snippet: str) -> list[Answer]:
        """Read the answers, of which one is right."""
        if len(items) < 2:
            found = f"it has {len(items)} of them"
            self._fail(
                snippet, f"a prediction has two answers or more, {AS_ANSWER} ({found}); or a {AS_VALUE}"
            )
        answers = [self._answer(item.strip()) for item in items]
        right = [answer for answer in answers if answer.right]
        if not right:
            self._fail(snippet, "no answer is right: end the one that is with { answer: figure.claim }")
        if len(right) > 1:
            self._fail(
                right[1].right.whole, "a second answer is right: only one may end with { answer: ... }"
            )
        return answers

    def _answer(self, item: str) -> Answer:
        right = RIGHT.search(item)
        said = ANSWER.fullmatch(item[: right.start()] if right else item)
        if not said:
            first = SET_ASIDE.split(item.partition("\n")[0])[0]
            self._fail(first, f"{first!r} is not understood: an answer is written {AS_ANSWER}")
        if "answer:" in said["why"]:
            self._fail(
                said["why"][said["why"].index("answer:") :], f"what makes it right is written {AS_RIGHT}"
            )
        return Answer(said["label"], said["why"], Binding(**right.groupdict()) if right else None)

    def _choice(self, parent: ET.Element, asked: Asked, answers: list[Answer]) -> None:
        right = next(answer.right for answer in answers if answer.right)
        waits = self._check(right, right.whole)
        box = self._box(parent, asked, right.name, waits)
        choices = ET.SubElement(box, "ul", {"class": "predict-choices"})
        for answer in answers:
            ET.SubElement(choices, "li").text = answer.label
        seen = self._seen(box)
        reasons = ET.SubElement(seen, "ul", {"class": "predict-why"})
        for answer in answers:
            item = ET.SubElement(reasons, "li", {"class": "predict-right"} if answer.right else {})
            mark = ET.SubElement(item, "span", {"class": "predict-mark"})
            mark.text, mark.tail = ("Right:" if answer.right else "Not so:"), " "
            label = ET.SubElement(item, "strong")
            label.text, label.tail = answer.label, f" {answer.why}"

    def _scale(self, parent: ET.Element, asked: Asked, value: re.Match[str], body: str) -> None:
        name, snippet, unit = value["name"], f"value: {value['name']}", value["unit"].strip()
        low, high = float(value["low"]), float(value["high"])
        step = value["step"] or f"{(high - low) / 100:g}"
        if not (low < high and float(step) > 0):
            self._fail(snippet, f"from {value['low']} to {value['high']} by {step} is no scale")
        waits = self._check(Binding(snippet, name), snippet)
        spec = f":{value['format']}" if value["format"] else ""
        shown = f"{{{{ {name}{spec} }}}}"  # which is read as any number is
        if not waits:
            slug, _, claim = name.partition(".")
            numbers = self.finished.numbers(slug)
            measured = numbers[claim]
            if not low <= measured <= high:
                said = f"{name} is {write_number(measured, '.6g')}"
                self._fail(
                    snippet, f"{said}, which is not from {value['low']} to {value['high']}: widen that"
                )
            try:
                fill(shown, {name: measured})
            except UserError as error:
                self._fail(snippet, str(error))
        box = self._box(parent, asked, name, waits)
        about = {"data-low": value["low"], "data-high": value["high"], "data-step": step, "data-unit": unit}
        scale = ET.SubElement(box, "p", {"class": "predict-scale"} | about)
        words = f"From {value['low']} to {value['high']} {unit}".strip()
        scale.text = f"{words}.".replace("-", "−")
        seen = self._seen(box)
        told = ET.SubElement(seen, "p", {"class": "predict-it"})
        told.text = "It is "
        number = ET.SubElement(told, "strong")
        number.text, number.tail = f"{shown} {unit}".strip(), "."
        self.parser.parseChunk(seen, body.strip())

    def _box(self, parent: ET.Element, asked: Asked, name: str, waits: str) -> ET.Element:
        """Return the folded element, whose id says what it is about, in each build."""
        identity = f"predict-{name.replace('.', '-')}"
        self.names[identity] = count = self.names.get(identity, 0) + 1
        identity += f"-{count}" * (count > 1)
        about = {"class": "predict", "id": identity, "data-search-exclude": ""}
        box = ET.SubElement(parent, "details", about | ({"data-waiting": waits} if waits else {}))
        summary = ET.SubElement(box, "summary")
        word = ET.SubElement(summary, "strong")
        word.text, word.tail = "Predict:", f" {asked.question}"
        self.parser.parseChunk(box, asked.setting.strip())
        return box

    def _seen(self, box: ET.Element) -> ET.Element:
        seen = ET.SubElement(box, "details", {"class": "predict-seen"})
        ET.SubElement(seen, "summary").text = "The answer, and why"
        return seen

    def _check(self, right: Binding, snippet: str) -> str:
        """Raise an error unless what is right is so; return the figure that a server still makes."""
        slug, dot, claim = right.name.partition(".")
        if dot and self.finished.words(slug):
            return slug
        try:
            if not dot:
                raise UserError(f"{snippet!r}: write figure.claim, with the figure's slug first")
            if right.word or claim.endswith(".word"):
                _check_verdict(right, self.finished.numbers(slug), claim)
            else:
                _check_claim(right, self.finished.info(slug).claims, claim)
        except UserError as error:
            self._fail(snippet, str(error))
        return ""

    def _fail(self, snippet: str, message: str) -> NoReturn:
        self.source.fail(snippet, message)


def _check_claim(right: Binding, claims: Sequence[Judged], name: str) -> None:
    """Raise an error unless a claim holds, and is on the side of the limit that the answer says."""
    known = {claim.id: claim for claim in claims}
    if name not in known:
        raise UserError(f"no claim {name!r} of {right.name.partition('.')[0]!r}; {nearest(name, known)}")
    words = "look at the figure, and say what is right now"
    if not known[name].holds:
        raise UserError(f"the claim {right.name} {broken(known[name])}; {words}")
    measured = known[name].measured
    if right.sign and not (
        measured < float(right.limit) if right.sign == "<" else measured > float(right.limit)
    ):
        found = write_number(measured, ".6g")
        raise UserError(f"{right.name} is {found}, which is not {right.sign} {right.limit}; {words}")


def _check_verdict(right: Binding, numbers: Mapping[str, object], verdict: str) -> None:
    """Raise an error unless a verdict has the word that the answer rests on."""
    verdicts = {other for other in numbers if other.endswith(".word")}
    if verdict not in verdicts:
        raise UserError(f"no verdict {verdict!r}; {nearest(verdict, verdicts)}")
    if numbers[verdict] != right.word:
        other = f"write it too: {right.name} {numbers[verdict]}"
        said = f"the answer rests on {right.word!r}" if right.word else other
        raise UserError(f"the verdict {right.name} is {numbers[verdict]!r}; {said}")
