"""Cite: a button that opens a small panel with a sentence and BibTeX to copy.

The panel is an HTML popover: it needs no script to open, closes with Escape, and gives the keyboard
back to its button. Only copying needs one (docs/javascripts/site.js); without it, select the text.
"""

from __future__ import annotations

from html import escape

from dlfigs.citing import Citation


def button(identity: str, label: str, name: str) -> str:
    """Return the button that opens a panel.

    Args:
        identity: Id of the panel.
        label: What is to be read on it.
        name: What a screen reader says.
    """
    return (
        f'<button type="button" class="cite-button" popovertarget="{escape(identity)}" '
        f'aria-label="{escape(name)}">{escape(label)}</button>'
    )


def panel(identity: str, citation: Citation) -> str:
    """Return the panel itself, closed."""
    name = escape(identity)
    return (
        f'<div popover class="cite-panel" id="{name}" role="dialog" aria-labelledby="{name}-title">'
        f'<div class="cite-head"><strong id="{name}-title">Cite this {escape(citation.kind)}</strong>'
        f'<button type="button" class="cite-close" popovertarget="{name}" popovertargetaction="hide" '
        f'aria-label="Close">×</button></div>{texts(identity, citation)}</div>'
    )


def texts(identity: str, citation: Citation) -> str:
    """Return the sentence and the BibTeX, each with a button that copies it."""
    parts = []
    for kind, text, tag in (("sentence", citation.sentence, "p"), ("BibTeX", citation.bibtex, "pre")):
        name = escape(f"{identity}-{kind.lower()}")
        focus = ' tabindex="0" role="group" aria-label="BibTeX"' if tag == "pre" else ""
        parts.append(
            f'<{tag} class="cite-text" id="{name}"{focus}>{escape(text)}</{tag}>'
            f'<button type="button" class="cite-copy" data-copy="{name}">Copy {kind}</button>'
        )
    return "".join(parts)
