"""URLs, DOIs and preprints: as people and programs write them, and as links."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

TILDE = re.compile(r"\$\s*\{?\\sim\}?\s*\$|\{?\\(?:textasciitilde|sim|string\s*~|~)\s*(?:\{\})?\}?")
ARXIV = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
DOI = re.compile(r"10\.\d+(?:\.\d+)*/\S+")
EPRINTS = {
    "arxiv": ("arXiv", "https://arxiv.org/abs/"),
    "pubmed": ("PMID", "https://pubmed.ncbi.nlm.nih.gov/"),
    "jstor": ("JSTOR", "https://www.jstor.org/stable/"),
    "hdl": ("hdl", "https://hdl.handle.net/"),
    "biorxiv": ("bioRxiv", "https://doi.org/"),
    "hal": ("HAL", "https://hal.science/"),
}


def address(tex: str) -> str:
    r"""Return a URL as a browser wants it, from TeX such as `https://example.org/a\_b\%20c`."""
    text = re.sub(r"^\s*\\url\s*\{(.*)\}\s*$", r"\1", tex)
    text = TILDE.sub("~", text)
    text = re.sub(r"\{?\\textunderscore\s*(?:\{\})?\}?", "_", text)
    text = re.sub(r"\\([%_&#$^{}~-])", r"\1", text)
    text = re.sub(r"\{([^{}]*)\}", r"\1", text)
    parts = text.split()
    text = parts[0] if len(parts) > 1 and "://" in parts[1] else "%20".join(parts)
    if re.match(r"(?:www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/|$))", text):
        text = f"https://{text}"
    return text.rstrip(",;")


def link(target: str, words: str = "") -> str:
    """Return a link, or its words alone if the address is none of the web's.

    Args:
        target: Address.
        words: HTML; the address itself if empty.
    """
    words = words or escape(target, quote=False)
    if not re.match(r"(?:https?|ftp)://", target, re.IGNORECASE):
        return words
    return f'<a href="{escape(target)}">{words}</a>'


def doi(tex: str) -> str:
    """Return the bare DOI, without `doi:` or an address before it; empty if there is none."""
    found = DOI.search(address(tex).replace("%2F", "/"))
    return found[0].rstrip(".") if found else ""


def doi_link(name: str) -> str:
    """Return the link to a DOI."""
    target = "https://doi.org/" + quote(name, safe="/:;()._-~+=,!*'@&$")
    return link(target, escape(f"doi:{name}", quote=False))


def eprint_link(identifier: str, kind: str) -> str:
    """Return the link to a preprint or a record in an archive.

    Args:
        identifier: Such as 1412.6980; in exports also with "arXiv:" before it, or a whole URL.
        kind: Such as "arxiv", from `eprinttype` or `archivePrefix`; empty for arXiv's.
    """
    identifier = address(identifier)
    found = ARXIV.search(identifier)
    if kind.lower() in ("", "arxiv") and found:
        return link(EPRINTS["arxiv"][1] + found[0], f"arXiv:{found[0]}")
    if "://" in identifier:
        return link(identifier)
    name, start = EPRINTS.get(kind.lower(), (kind, ""))
    words = escape(f"{name}:{identifier}" if name else identifier, quote=False)
    return link(start + identifier, words) if start else words
