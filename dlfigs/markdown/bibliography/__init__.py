"""References as BibTeX and biblatex files say them: read, put into words, and named in a text.

`reading` splits a file (bibtexparser) and knows its lines; `works` joins what BibTeX and biblatex call by
different names, with what a work inherits; `tex` puts fields into HTML (pylatexenc), `names` people;
`style` makes a reference of them and `library` is what pages ask. What was compared, and why it is these,
stands in CONTRIBUTING.md under "References".
"""
