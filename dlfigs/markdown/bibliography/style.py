"""References in a list: the plain style of BibTeX, in which whatever is not known is left out."""

from __future__ import annotations

import re

from dlfigs.markdown.bibliography import addresses
from dlfigs.markdown.bibliography.names import Person
from dlfigs.markdown.bibliography.works import PARTS, Work

THESES = {"phdthesis": "PhD thesis", "mathesis": "Master's thesis", "mastersthesis": "Master's thesis"}
THESES |= {"bathesis": "Bachelor's thesis", "bachelorsthesis": "Bachelor's thesis", "thesis": "Thesis"}
REPORTS = {"techreport": "Technical Report", "resreport": "Research Report", "report": "Report"}
STATES = {"inpreparation": "in preparation", "submitted": "submitted", "forthcoming": "forthcoming"}
STATES |= {"inpress": "in press", "prepublished": "preprint"}
BOOKS = {"book", "mvbook", "collection", "mvcollection", "reference", "mvreference", "proceedings"}
BOOKS |= {"mvproceedings"}
BOOKS |= {"manual", "periodical", "booklet"}


def reference(work: Work, suffix: str = "") -> str:
    """Return a work's line in a list of references, as HTML.

    Args:
        work: The work.
        suffix: Letter after the year, where the same authors have several works in it.

    Raises:
        UserError: If nothing is known that would name the work, or if its TeX cannot be read.
    """
    layout = next((layout for kinds, layout in LAYOUTS if work.kind in kinds), _misc)
    if layout is _part and not work.raw("booktitle", "maintitle", "eventtitle"):
        layout = _book if work.kind == "inbook" else _misc
    head = _head(work)
    if not head and not work.html("title", "booktitle", "journaltitle"):
        work.fail("neither author, editor, organization nor title: there is nothing to name it by")
    translated = _listed(*work.people("translator"))
    sentences = [
        _sentence(head),
        *layout(work, _date(work, suffix)),
        _sentence(f"Translated by {translated}" if translated else ""),
        _sentence(work.html("note")),
        _sentence(work.html("addendum")),
        _sentence(*_web(work)),
    ]
    return "\n".join(filter(None, sentences)).replace("\u00a0", "&nbsp;")


def _article(work: Work, date: str) -> list[str]:
    volume, number = work.html("volume"), work.html("number", "issue")
    issue = volume + (f"({number})" if number else "")
    pages = _pages(work) or work.html("eid")
    place = f"{issue}:{pages}" if issue and pages else issue or (pages and f"pages {pages}")
    return [_title(work), _sentence(_em(_joined(work, "journal", "issue")), place, date)]


def _book(work: Work, date: str) -> list[str]:
    series = _series(work)
    chapter = _chapter(work) if work.kind == "inbook" else ""
    organization = work.html("organization")
    return [
        _sentence(_em(_joined(work, "main", "")), chapter),
        _sentence(series[:1].upper() + series[1:]),
        _sentence(
            work.html("howpublished"),
            organization if _head(work) != organization else "",
            work.html("publisher"),
            work.html("location"),
            _edition(work),
            date,
        ),
        _sentence(f"ISBN {work.html('isbn')}" if work.raw("isbn") and work.kind != "inbook" else ""),
    ]


def _part(work: Work, date: str) -> list[str]:
    editors = _editors(work) if work.raw("author") else ""
    book = _em(_joined(work, "main", "book")) or work.html("eventtitle")
    pages = _pages(work)
    if work.kind != "inproceedings":
        pages = _chapter(work)
    place = _sentence(*(f"In {editors}, {book}" if editors else f"In {book}",), _series(work), pages)
    publisher, location = work.html("publisher"), work.html("location")
    if work.kind != "inproceedings":
        return [_title(work), place, _sentence(publisher, location, _edition(work), date)]
    end = [_sentence(work.html("organization"), publisher, *([] if location else [date]))]
    if location:
        end.insert(0, _sentence(location, date))
    return [_title(work), " ".join(filter(None, [place, *end]))]


def _thesis(work: Work, date: str) -> list[str]:
    kind = THESES.get(work.raw("type")) or work.html("type") or THESES[work.kind]
    return [
        _sentence(_em(_joined(work, "", ""))),
        _sentence(kind, work.html("institution"), work.html("location"), date),
    ]


def _report(work: Work, date: str) -> list[str]:
    kind = REPORTS.get(work.raw("type")) or work.html("type") or REPORTS[work.record.kind]
    number = " ".join(filter(None, [kind, work.html("number")]))
    return [_title(work), _sentence(number, work.html("institution"), work.html("location"), date)]


def _misc(work: Work, date: str) -> list[str]:
    patent = f"Patent {work.html('number')}" if work.kind == "patent" and work.raw("number") else ""
    version = f"Version {work.html('version')}" if work.raw("version") else ""
    organization = work.html("organization", "institution")
    organization = "" if organization == _head(work) else organization
    where = [version, work.html("howpublished"), patent, organization]
    known = work.kind in ("misc", "online", "unpublished")
    book = "" if known else _em(_joined(work, "", "book")) or _em(work.html("journaltitle", "eventtitle"))
    return [
        _title(work),
        _sentence(book and f"In {book}", *where, work.html("publisher"), date),
    ]


LAYOUTS = (
    ({"article", "suppperiodical", "review"}, _article),
    (BOOKS, _book),
    (PARTS, _part),
    (THESES.keys() - {"mathesis", "bathesis"}, _thesis),
    ({"report"}, _report),
)


def _sentence(*parts: str) -> str:
    text = ", ".join(filter(None, parts))
    ended = re.sub(r"(?:<[^>]*>|[”’\")])+$", "", text).endswith((".", "?", "!"))
    return text if not text or ended else f"{text}."


def _em(text: str) -> str:
    return f"<em>{text}</em>" if text else ""


def _listed(people: list[Person], more: bool) -> str:
    """Return "A", "A and B", "A, B, and C" or "A, B, et al."."""
    names = [person.full for person in people]
    if more:
        return ", ".join([*names, "et al."]) if len(names) > 1 else " ".join([*names, "et al."])
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def _editors(work: Work) -> str:
    people, more = work.people("editor")
    return f"{_listed(people, more)}, editor{'s' * (len(people) > 1 or more)}" if people else ""


def _head(work: Work) -> str:
    """Return who the work is by: authors, editors, or else an organization."""
    found = _listed(*work.people("author")) or _editors(work)
    return found or work.html("organization", "institution", "holder")


def _title(work: Work) -> str:
    named = work.kind in ("software", "dataset")  # whose titles are names
    return _sentence(_joined(work, "", "", sentence=not named)) + (
        f" {_sentence(work.html('titleaddon'))}" if work.raw("titleaddon") else ""
    )


def _joined(work: Work, whole: str, kind: str, *, sentence: bool = False) -> str:
    """Return a title with its subtitle, after the title of the whole if there is one.

    Args:
        work: The work.
        whole: "main", "journal" or nothing.
        kind: Of the title itself: "book", "issue" or nothing.
        sentence: Whether in small letters.
    """
    found = []
    for prefix in dict.fromkeys((whole, kind) if whole else (kind,)):
        title = work.html(f"{prefix}title", sentence=sentence)
        if title and (below := work.html(f"{prefix}subtitle", sentence=sentence)):
            title = f"{title}: {below}"
        if title and title not in found:
            found.append(title)
    return ". ".join(found)


def _pages(work: Work) -> str:
    return re.sub(r"\s*(?:-|–|—)+\s*", "–", work.html("pages"))


def _chapter(work: Work) -> str:
    chapter, pages = work.html("chapter"), _pages(work)
    parts = [f"chapter\u00a0{chapter}" if chapter else "", f"pages {pages}" if pages else ""]
    return ", ".join(filter(None, parts))


def _edition(work: Work) -> str:
    edition = work.html("edition")
    if edition.isdigit():
        ordinal = {"1": "st", "2": "nd", "3": "rd"}.get(edition[-1], "th")
        edition += "th" if edition[-2:] in ("11", "12", "13") else ordinal
    return edition if "edition" in edition.lower() or not edition else f"{edition.lower()} edition"


def _series(work: Work) -> str:
    volume, number, series = work.html("volume"), work.html("number"), work.html("series")
    if volume:
        return f"volume\u00a0{volume}" + (f" of {series}" if series else "")
    if number:
        return f"number\u00a0{number}" + (f" in {series}" if series else "")
    return series


def _date(work: Work, suffix: str) -> str:
    year = work.html("year") + suffix
    state = STATES.get(work.raw("pubstate"), work.html("pubstate")) if not work.raw("year") else ""
    return " ".join(filter(None, [work.month, year])) or state


def _web(work: Work) -> list[str]:
    doi = addresses.doi(work.raw("doi"))
    url = addresses.address(work.raw("url"))
    eprint = work.raw("eprint")
    same = doi and "doi.org/" in url and doi.lower() in url.lower()
    if same or (eprint and f"arxiv.org/abs/{eprint}" in url):
        url = ""
    visited = work.html("urldate")
    found = [addresses.link(url) + (f" (visited on {visited})" if visited else "")] if url else []
    if eprint:
        found.append(addresses.eprint_link(eprint, work.raw("eprinttype")))
    if pubmed := work.raw("pubmed"):
        found.append(addresses.eprint_link(pubmed, "pubmed"))
    if doi:
        found.append(addresses.doi_link(doi))
    elif work.raw("doi"):
        work.fail(f"{work.raw('doi')!r} is no DOI; it begins with 10.", "doi")
    return found
