"""References as BibTeX, which BibLaTeX reads too: one entry a reference, in UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qmethod_analysis.references.reference import Reference
from qmethod_studies.credit import Author

ENTRIES = {
    "article": "article",
    "book": "book",
    "chapter": "incollection",
    "report": "techreport",
    "dataset": "misc",
    "software": "misc",
    "other": "misc",
}
NOTES = {"dataset": "Data set", "software": "Computer software"}
SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
"""What TeX takes for a command; a brace that is merely marked would still count as one."""


def bibtex(references: Iterable[Reference]) -> str:
    """A bibliography.

    Parameters
    ----------
    references : iterable of Reference
        In the order of the entries.
    """
    return "\n".join(f"{_entry(one)}\n" for one in references)


def _entry(one: Reference) -> str:
    fields = {
        "author": _people(one.authors, others=one.others),
        "title": _title(one.title) if one.kind != "book" else _text(one.title),
        {"article": "journal", "chapter": "booktitle"}.get(one.kind, "howpublished"): _text(one.within),
        "editor": _people((one.editor,)) if one.editor else "",
        "edition": _text(one.edition),
        "volume": _text(one.volume),
        "number": _text(one.number or one.issue),
        "pages": re.sub(r"(?<=\w)-(?=\w)", "--", _text(one.pages)),
        "institution" if one.kind == "report" else "publisher": _text(one.publisher),
        "version": _text(one.version),
        "year": _text(one.year),
        "doi": _address(one.doi),
        "url": _address(one.url),
        "note": NOTES.get(one.kind, ""),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{ENTRIES[one.kind]}{{{one.key},\n{lines}}}"


def _text(text: str) -> str:
    return "".join(SIGNS.get(sign, sign) for sign in " ".join(text.split()))


def _title(title: str) -> str:
    """A title whose capitals within a sentence stay when a style makes small letters of the rest."""
    first, *rest = title.split() or [""]
    return " ".join([_kept(first, first[1:]), *(_kept(word, word) for word in rest)])


def _kept(word: str, inner: str) -> str:
    return f"{{{_text(word)}}}" if inner != inner.lower() else _text(word)


def _people(authors: Iterable[Author], *, others: bool = False) -> str:
    """Names between ``and``; braces hold together a body, and a name that has that word or a comma in it."""
    named = [f"{_name(author.family)}, {_name(author.given)}" if author.given else f"{{{_text(author.family)}}}" for author in authors]
    return " and ".join([*named, *(["others"] if others else [])])


def _name(name: str) -> str:
    return f"{{{_text(name)}}}" if re.search(r",|\band\b", name, re.IGNORECASE) else _text(name)


def _address(address: str) -> str:
    """A DOI or a URL, which is read as it stands: signs that would end the field, or are no part of an address, by their numbers."""
    return re.sub(r"[{}\\\s]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), address.strip())
