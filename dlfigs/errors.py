"""Mistakes that a person can put right, and the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


class UserError(ValueError):
    """Something that a person can put right: the message says what, where and how.

    Args:
        message: What is wrong, and what would be right.
        about: The argument of the recipe's `Figure(...)` that is wrong, so that its line can be named.
    """

    def __init__(self, message: str, about: str = "") -> None:
        super().__init__(message)
        self.about = about


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the closest known name, or the list of all of them."""
    import difflib  # takes longer to import than most commands of ours to run

    known = sorted(known)
    # Names differ in case only where somebody has mistyped one
    folded = {other.casefold(): other for other in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    more = f" and {len(known) - 30} more" if len(known) > 30 else ""
    return f"known: {', '.join(known[:30])}{more}" if known else "there are none"
