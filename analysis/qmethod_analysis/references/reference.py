"""A publication to cite, and how it is written in a list and in a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from qmethod_studies.credit import Author

Kind = Literal["article", "book", "chapter", "report", "dataset", "software", "other"]
NO_YEAR = "n.d."
MOST = 20
"""Authors that a list names; of more it names all but the last of these, and the very last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A publication. What is not known is empty, and is left out where the reference is written.

    Parameters
    ----------
    key : str
        Of the entry in a bibliography; unique, and the same in every report.
    kind : {'article', 'book', 'chapter', 'report', 'dataset', 'software', 'other'}
    authors : tuple of Author
        In their order; may be empty, and the title then stands first.
    others : bool
        Whether there are more authors than are named.
    year : str
    title : str
    within : str
        The journal of an article, the book of a chapter.
    editor : Author or None
        Of the book of a chapter.
    edition : str
        Such as ``3rd``.
    volume, issue, pages, number, publisher, version, doi, url : str
        `pages` with a hyphen between first and last, or the number of an article; `number` of a report, with its series.
    """

    key: str
    kind: Kind
    authors: tuple[Author, ...] = ()
    others: bool = False
    year: str = ""
    title: str = ""
    within: str = ""
    editor: Author | None = None
    edition: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    number: str = ""
    publisher: str = ""
    version: str = ""
    doi: str = ""
    url: str = ""

    @property
    def order(self) -> tuple[str, str, str]:
        """What a list is in order of: authors, year, title; neither case nor accents, and no article before the name of a body."""
        who = ", ".join(f"{author.family}, {author.given}" if author.given else author.family.removeprefix("The ") for author in self.authors)
        return _plain(who or self.title), self.year or "9999", _plain(self.title)

    @property
    def short(self) -> str:
        """Authors as a sentence names them; without any the title."""
        names = [author.family for author in self.authors]
        if len(names) > 2 or (names and self.others):
            return f"{names[0]} et al."
        return " & ".join(names) or f"“{self.title}”"


@dataclass(frozen=True, slots=True)
class Listed:
    """A reference in the list of a report.

    Parameters
    ----------
    reference : Reference
    letter : str
        After the year, where another work of the list would be cited alike; else empty.
    """

    reference: Reference
    letter: str = ""

    @property
    def year(self) -> str:
        """With its letter."""
        return f"{self.reference.year}{self.letter}" if self.reference.year else f"{NO_YEAR}{f'-{self.letter}' if self.letter else ''}"

    @property
    def cited(self) -> str:
        """As it stands in brackets: ``Kaiser, 1958``."""
        return f"{self.reference.short}, {self.year}"

    @property
    def parts(self) -> tuple[str, str, str]:
        """The entry in three parts, of which the second is set in italics."""
        one = self.reference
        before = f"{_named(one.authors, others=one.others)} ({self.year}). " if one.authors else ""
        year = "" if one.authors else f" ({self.year})"
        link = f" https://doi.org/{one.doi}" if one.doi else f" {one.url}" if one.url else ""
        if one.kind in ("article", "chapter") and one.within:
            pages = one.pages.replace("-", "–")
            if one.kind == "article":
                issue = f"({one.issue.replace('-', '–')})" if one.issue else ""
                after = f"{issue}{f', {pages}' if pages else ''}"
                return f"{before}{_stopped(one.title + year)} ", ", ".join(filter(None, (one.within, one.volume))), f"{after}.{link}"
            edited = f"{_initials_first(one.editor)} (Ed.), " if one.editor else ""
            after = f"{f' (pp. {pages})' if pages else ''}.{f' {_stopped(one.publisher)}' if one.publisher else ''}"
            return f"{before}{_stopped(one.title + year)} In {edited}", one.within, f"{after}{link}"
        said = {"dataset": " [Data set]", "software": " [Computer software]"}.get(one.kind, "")
        number = f"{one.edition} ed." if one.edition else one.number or (f"Version {one.version}" if one.version else "")
        after = f"{f' ({number})' if number else ''}{said}{year}."
        return before, one.title, f"{after}{f' {_stopped(one.publisher)}' if one.publisher else ''}{link}"

    @property
    def text(self) -> str:
        """The whole entry."""
        return "".join(self.parts)


def listed(references: Iterable[Reference]) -> tuple[Listed, ...]:
    """References in the order of a list, each once; those that would be cited alike get letters.

    Parameters
    ----------
    references : iterable of Reference
    """
    ordered = sorted(dict.fromkeys(references), key=lambda one: (one.order, one.key))
    alike: dict[str, list[Reference]] = {}
    for one in ordered:
        alike.setdefault(Listed(one).cited, []).append(one)
    return tuple(Listed(one, _letter(group.index(one)) if len(group) > 1 else "") for one in ordered for group in (alike[Listed(one).cited],))


def citations(found: Mapping[str, Listed], keys: Sequence[str]) -> str:
    """Some references as they stand in brackets, in the order of the list.

    Parameters
    ----------
    found : mapping of str to Listed
        The list, by key.
    keys : sequence of str
    """
    return "; ".join(found[key].cited for key in found if key in keys)


def folded(text: str) -> str:
    """Small letters and figures of a text alone, without accents: for keys.

    Parameters
    ----------
    text : str
    """
    return "".join(sign for sign in _plain(text) if sign.isascii() and sign.isalnum())


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))


def _letter(i: int) -> str:
    """``a`` to ``z``, then ``aa``, ``ab``."""
    return (_letter(i // 26 - 1) if i >= 26 else "") + chr(ord("a") + i % 26)


def _named(authors: Sequence[Author], *, others: bool) -> str:
    names = [f"{author.family}, {_initials(author.given)}" if author.given else author.family for author in authors]
    if others:
        return f"{', '.join(names)}, et al."
    if len(names) > MOST:
        return f"{', '.join(names[: MOST - 1])}, … {names[-1]}"
    said = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"
    return said if said.endswith(".") else f"{said}."


def _initials(given: str) -> str:
    """``Morgan Jane`` to ``M. J.``, ``Jean-Paul`` to ``J.-P.``; a name in a script without capitals as it is."""
    return " ".join("-".join(_initial(part) for part in name.split("-") if part) for name in re.sub(r"\.(?=\w)", ". ", given).split())


def _initial(name: str) -> str:
    return f"{name[0]}." if name[0].isupper() else name


def _initials_first(author: Author) -> str:
    return " ".join(filter(None, (_initials(author.given), author.family)))


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
