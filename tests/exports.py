r"""Bibliographies as programs and sites export them, made up from lists of names, titles and styles.

Each entry comes with what its reference must say: the same names and titles in Unicode.
"""

import itertools
from dataclasses import dataclass

# As TeX, as it is printed, and the last name alone
NAMES = [
    (r"D{\"o}rn, {\'E}mile", "Émile Dörn", "Dörn"),
    (r"{\L}uk, Bj{\o}rk", "Bjørk Łuk", "Łuk"),
    (r"Ho\v{r}ela, Petr", "Petr Hořela", "Hořela"),
    (r"Erd\H{o}di, P{\'a}l", "Pál Erdődi", "Erdődi"),
    (r"Nu{\~n}o, Jos{\'e} Mar{\'{\i}}a", "José María Nuño", "Nuño"),
    (r"van der Byron, Ada", "Ada van der Byron", "van der Byron"),
    (r"de la Cruz, Ana", "Ana de la Cruz", "de la Cruz"),
    ("Stone, Jr., John Q.", "John Q. Stone, Jr.", "Stone"),
    (r"{\AA}lund, {\O}ystein", "Øystein Ålund", "Ålund"),
    (r"G{\"{u}}l, Do{\u{g}}an", "Doğan Gül", "Gül"),
    (r"Stra{\ss}er, Ren{\'e}e-Zo{\"e}", "Renée-Zoë Straßer", "Straßer"),
    (r"\c{C}elik, {\c S}ule", "Şule Çelik", "Çelik"),
    ("O'Hara, Seán", "Seán O'Hara", "O'Hara"),
    ("Лебедев, Илья", "Илья Лебедев", "Лебедев"),
    (r"{\.Z}ak, W{\l}odek", "Włodek Żak", "Żak"),
    (r"{The {Deep} Group}", "The Deep Group", "The Deep Group"),
    (r"{Arts \& Nets Lab}", "Arts & Nets Lab", "Arts & Nets Lab"),
    (r"Ngo, B{\'a}o-Ch{\^a}u", "Báo-Châu Ngo", "Ngo"),
]
# As TeX and as it is printed, but for capitals
TITLES = [
    (r"A Study of {ReLU} Nets", "A study of ReLU nets"),
    (r"{{An Overview}}: What Works in 50\% of Cases", "An Overview: what works in 50% of cases"),
    (r"Sharp Minima -- A {{B}}ayesian View", "Sharp minima – a Bayesian view"),
    (r"{\"U}ber Gradienten und {\ss}", "Über gradienten und ß"),
    (r"Learning with ``Hard'' and `Soft' Labels", "Learning with “hard” and ‘soft’ labels"),
    (r"Costs \& Benefits of Batch\_Size \#1", "Costs & benefits of batch_size #1"),
    (r"The \emph{In Vitro} Net and \textbf{More}", "The In Vitro net and More"),
    (r"CO$_2$ and H\textsubscript{2}O by Deep Nets", "CO2 and H2O by deep nets"),
    (r"On {\textquotedblleft}Grokking{\textquotedblright}", "On “grokking”"),
    (r"5{\textendash}10~Layers Are Enough{\ldots}", "5–10 layers are enough…"),
    (r"{G{\"o}del}, {Escher} and Nets: Is {\textgreater} Better?", "Gödel, Escher and nets: is > better?"),
    (r"Learning in {{\LaTeX}} for $5", "Learning in LaTeX for $5"),
    (r"Étude des réseaux à 3~couches", "Étude des réseaux à 3 couches"),
    (r"Nets@Home: an E-Mail Study at 10{\textdegree}", "Nets@home: an e-mail study at 10°"),
]
FORMULAS = [
    r"$\ell_1$",
    r"$\alpha$",
    r"$L^2$",
    r"$\mathcal{O}(n \log n)$",
    r"\(x_{i}\)",
    r"\ensuremath{\beta}",
]
BIBLATEX = ["article", "book", "mvbook", "inbook", "bookinbook", "suppbook", "booklet", "collection"]
BIBLATEX += ["mvcollection", "incollection", "suppcollection", "dataset", "manual", "misc", "online"]
BIBLATEX += ["patent", "periodical", "suppperiodical", "proceedings", "mvproceedings"]
BIBLATEX += ["inproceedings", "reference", "mvreference", "inreference", "report", "software"]
BIBLATEX += ["thesis", "unpublished", "conference", "electronic", "mastersthesis", "phdthesis"]
BIBLATEX += ["techreport", "www", "artwork", "audio", "image", "movie", "music", "video"]
BIBLATEX += ["performance", "legislation", "commentary", "letter", "review", "standard"]
BIBLATEX += ["jurisdiction", "legal", "bibnote", "customa", "blogpost"]
BIBTEX = ["article", "book", "booklet", "conference", "inbook", "incollection", "inproceedings"]
BIBTEX += ["manual", "mastersthesis", "misc", "phdthesis", "proceedings", "techreport"]
BIBTEX += ["unpublished", "webpage", "preprint"]


@dataclass
class Made:
    """One entry: its key, what the file says, and what its reference and its label must say."""

    key: str
    text: str
    says: list[str]
    authors: str
    year: str


def _authors(number: int) -> list[tuple[str, str, str]]:
    start, count = number * 5, 1 + number % 4
    return [NAMES[(start + 7 * step) % len(NAMES)] for step in range(count)]


def _label(people: list[tuple[str, str, str]], more: bool) -> str:
    lasts = [last for _, _, last in people]
    return " and ".join(lasts) if len(lasts) < 3 and not more else f"{lasts[0]} et al."


def _fields(fields: dict[str, str], *, quotes: bool = False, bare: tuple[str, ...] = ()) -> str:
    def value(name: str, text: str) -> str:
        if name in bare:
            return text
        return f'"{text}"' if quotes and '"' not in text.replace(r"\"", "") + text else f"{{{text}}}"

    return ",\n".join(f"  {name} = {value(name, text)}" for name, text in fields.items())


def _zotero(number, fields):
    fields |= {"journal": r"Journal of Nets \& Trees", "doi": f"https://doi.org/10.1000/n_{number}"}
    fields |= {"month": "jan", "url": f"http://example.org/a\\_b/{number}\\%20c", "urldate": "2021-05-06"}
    fields |= {
        "abstract": r"We cut 5\% of {\textless}p{\textgreater} \foo",
        "file": r"C\:\\x.pdf:application/pdf",
    }
    return (
        "article",
        f"dorn_study_{number}",
        _fields(fields, bare=("month",)),
        ["Journal of Nets & Trees", "January"],
    )


def _better_biblatex(number, fields):
    fields["date"] = f"{fields.pop('year')}-05-17"
    fields |= {
        "journaltitle": "Notes on {{Nets}}",
        "shortjournal": "Notes Nets",
        "volume": "3",
        "pages": "1--20",
    }
    fields |= {
        "langid": "english",
        "eprint": f"2001.{number:05}",
        "eprinttype": "arxiv",
        "eprintclass": "cs.LG",
    }
    return (
        "article",
        f"dornStudyReLU{number}",
        _fields(fields),
        ["3:1–20", "May", f"arXiv:2001.{number:05}"],
    )


def _scholar(number, fields):
    more = {"journal": f"arXiv preprint arXiv:2001.{number:05}"}
    if number % 2:
        more = {"booktitle": "International conference on nets", "pages": "1--9", "organization": "PMLR"}
    fields = {name: fields[name] for name in ("title", "author")} | more | {"year": fields["year"]}
    return (
        "article" if number % 2 == 0 else "inproceedings",
        f"dorn{number}study",
        _fields(fields),
        ["2001" * (1 - number % 2)],
    )


def _dblp(number, fields):
    fields |= {
        "crossref": f"DBLP:conf/nets/{number % 3}",
        "timestamp": "x",
        "bibsource": "dblp, https://dblp.org",
    }
    fields |= {"biburl": f"https://dblp.org/rec/conf/nets/{number}.bib"}
    fields.pop("year")
    return (
        "inproceedings",
        f"DBLP:conf/nets/Dorn{number}",
        _fields(fields),
        [f"Nets {2000 + number % 3}, Proceedings"],
    )


def _acl(number, fields):
    fields |= {
        "booktitle": "Proceedings of Nets",
        "month": "jun # {~} # jul",
        "address": "Online",
        "pages": "1--9",
    }
    fields |= {"editor": r"Gr{\"u}n, A. and Blau, B.", "publisher": "Net Society"}
    fields |= {"url": f"https://aclanthology.org/2020.nets-1.{number}/", "doi": f"doi:10.18653/v1/{number}"}
    text = _fields(fields, quotes=True, bare=("month",))
    return (
        "inproceedings",
        f"dorn-etal-{number}-study",
        text,
        ["A. Grün and B. Blau, editors", "Online, June July"],
    )


def _arxiv(number, fields):
    fields |= {"eprint": f"arXiv:2001.{number:05}v2", "archivePrefix": "arXiv", "primaryClass": "cs.LG"}
    fields |= {"url": f"https://arxiv.org/abs/2001.{number:05}"}
    return ("article", "misc")[number % 2], f"dorn2001study{number}", _fields(fields), ["arXiv:2001."]


def _jabref(number, fields):
    fields |= {
        "journal": "nn",
        "groups": "Nets",
        "owner": "me",
        "file": ":x.pdf:PDF",
        "volume": str(number),
    }
    fields |= {"__markedentry": "[me:1]", "comment": r"\foo", "number": "2", "pages": "e12-e19"}
    return (
        "Article",
        f"Dorn{number}-{'x' * (number % 3)}",
        _fields(fields, bare=("journal",)),
        [f"{number}(2):e12–e19"],
    )


def _biblatex(number, fields):
    kind = BIBLATEX[number % len(BIBLATEX)]
    fields["date"] = fields.pop("year") + ("-11", "~", "/2031", "-21", "-03-04T10:00:00")[number % 5]
    fields |= {
        "location": "Bonn",
        "publisher": "Netz",
        "booktitle": "The Whole",
        "edition": "2",
        "version": "1.2",
    }
    fields |= {
        "institution": "Univ. Bonn",
        "type": "phdthesis" if "thesis" in kind else "",
        "isbn": "978-3-1",
    }
    fields |= {
        "urldate": "2020-01-01",
        "url": "www.example.org/x~y",
        "eventtitle": "NetConf",
        "pubstate": "inpress",
    }
    fields |= {
        "addendum": r"\textit{With} data",
        "xdata": "whole",
        "number": str(number),
        "note": r"See \url{a.org}",
    }
    return kind, f"b.{number}+x", _fields({n: v for n, v in fields.items() if v}), ["With data"]


def _bibtex(number, fields):
    kind = BIBTEX[number % len(BIBTEX)]
    fields |= {
        "school": "MIT",
        "institution": "MIT",
        "key": "x",
        "howpublished": r"\url{https://example.org/~x_y}",
    }
    if number % 3 == 0:
        fields = {name: fields[name] for name in ("title", "author", "year")}
    if number % 3 == 1:
        fields |= {
            "editor": "Braun, C.",
            "organization": "The Society",
            "booktitle": "Whole",
            "month": "{Sept.}",
        }
    return kind.upper(), f"Dorn:{number}_{kind}", _fields(fields), []


STYLES = {
    "Zotero": _zotero,
    "Better BibTeX": _better_biblatex,
    "Google Scholar": _scholar,
    "DBLP": _dblp,
    "ACL Anthology": _acl,
    "arXiv": _arxiv,
    "JabRef": _jabref,
    "biblatex": _biblatex,
    "BibTeX": _bibtex,
}
HEADS = {
    "JabRef": '% Encoding: UTF-8\n\n@String { nn = {Neural } # "Nets" }\n\n',
    "biblatex": "@xdata{whole, series = {Notes}, langid = {american}}\n",
    "DBLP": "",
}
TAILS = {
    "JabRef": "@Comment{jabref-meta: databaseType:bibtex;}\n@Comment{jabref-meta: grouping:\n"
    "0 AllEntriesGroup:;\n1 StaticGroup:Nets\\;0\\;1\\;0x8a8a8aff\\;\\;\\;;\n}\n",
    "DBLP": "".join(
        f"@proceedings{{DBLP:conf/nets/{n},\n  editor = {{Ann Rot}},\n"
        f"  title = {{Nets {2000 + n}, Proceedings}},\n"
        f"  publisher = {{Netz}},\n  year = {{{2000 + n}}}\n}}\n"
        for n in range(3)
    ),
}


def made(style: str, count: int = 70) -> tuple[str, list[Made]]:
    """Return a file in one style, and its entries."""
    entries = []
    for number, (tex, printed), formula in zip(
        range(count), itertools.cycle(TITLES), itertools.cycle([*FORMULAS, "", ""]), strict=False
    ):
        people, more = _authors(number), number % 6 == 5
        fields = {"title": f"{tex} {formula}".strip(), "year": str(1990 + number % 35)}
        fields["author"] = " and ".join([tex for tex, _, _ in people] + ["others"] * more)
        year = fields["year"] if style != "DBLP" else str(2000 + number % 3)
        kind, key, text, says = STYLES[style](number, dict(fields))
        names = [printed for _, printed, _ in people]
        says = [*says, printed, *names, year]
        entries.append(Made(key, f"@{kind}{{{key},\n{text}\n}}\n", says, _label(people, more), year))
    text = HEADS.get(style, "") + "\n".join(entry.text for entry in entries) + "\n" + TAILS.get(style, "")
    return text, entries
