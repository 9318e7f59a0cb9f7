"""What is known of a figure: what `<slug>.json` says of a finished one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dlfigs.recipe.figure import Claim, write_number


@dataclass(frozen=True)
class Judged:
    """A claim and what was found, as everything that shows it needs it.

    Args:
        id: Name by which chapters refer to the number.
        text: The statement in words.
        measured: What the experiment gave.
        expected: What theory says it should be; None for a claim about bounds.
        tolerance: Largest allowed difference between the two.
        low: Smallest allowed value.
        high: Largest allowed value.
        standard_error: Of `measured`, where the claim is statistical.
        holds: Whether the measurement agrees.
        requirement: The condition in a few signs.
    """

    id: str
    text: str
    measured: float
    expected: float | None = None
    tolerance: float | None = None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    holds: bool = True
    requirement: str = ""

    @classmethod
    def of(cls, claim: Claim) -> Judged:
        """Judge a claim."""
        return cls(**asdict(claim), holds=claim.holds, requirement=claim.requirement)


@dataclass(frozen=True)
class Info:
    """One figure.

    Args:
        slug: Its name.
        title: One line.
        caption: What is shown.
        alt: What a reader who cannot see it should know.
        sources: Keys of the references.
        questions: Numbers of the questions that it helps to answer.
        seed: Root of its random numbers.
        parameters: All of them, with the values that it was made with.
        claims: What it claims, and what was found.
        columns: What each column of its table means: description and units.
        tables: Short tables of what is drawn: caption, head, rows, and the number of all rows.
        versions: Of the packages that it depends on.
        digest: Of its data, of its drawing, and of its pictures.
        varied: The settings at which its verdicts are known, the figure's own first: `setting`, as `--set`
            reads it, the `digest` of what computes it, and `verdicts`, rows of the kept table; none if
            the kept ones were computed by something else.
        moves: What readers can move, as `dlfigs.recipe.moving.Moves` writes it; empty if nothing.
        height: Inches; known only of one that is not there yet, whose place is kept free.
    """

    slug: str = ""
    title: str = ""
    caption: str = ""
    alt: str = ""
    sources: Sequence[str] = ()
    questions: Sequence[int] = ()
    seed: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    claims: Sequence[Judged] = ()
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Sequence[Mapping[str, Any]] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    digest: Mapping[str, str] = field(default_factory=dict)
    varied: Sequence[Mapping[str, Any]] = ()
    moves: Mapping[str, Any] = field(default_factory=dict)
    height: float | None = None

    @classmethod
    def read(cls, text: str) -> Info:
        """Read what was written, by whatever version: what is not known of it keeps its default."""
        said = json.loads(text)
        known = {each.name: said[each.name] for each in fields(cls) if each.name in said}
        return cls(**known | {"claims": [Judged(**claim) for claim in known.get("claims", ())]})

    def written(self) -> str:
        """Return it as JSON."""
        said = asdict(self)
        if self.height is None:
            del said["height"]
        for name in ("varied", "moves"):
            if not said[name]:
                del said[name]
        return json.dumps(said, indent=1, ensure_ascii=False) + "\n"

    @property
    def stale(self) -> str:
        """What to say if verdicts at other settings are missing, or of other code; else nothing."""
        settings = [one["setting"] for one in self.varied if not one["verdicts"]]
        if not settings:
            return ""
        words = f"its verdicts with {', '.join(settings)} are not kept, or not of this code"
        return f"{words}: run dlfigs check --vary {self.slug}"

    @property
    def broken(self) -> list[Judged]:
        """The claims that do not hold."""
        return [claim for claim in self.claims if not claim.holds]


def broken(claim: Any) -> str:
    """Return what to say of a claim that does not hold: its text, what was measured, what is required."""
    found = f"{write_number(claim.measured, '.6g')}, required {claim.requirement}"
    return f"does not hold: {claim.text}: {found}"
