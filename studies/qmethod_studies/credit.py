"""Whose a study is: authors, licence and publication, from the ``CITATION.cff`` in its folder (Citation File Format 1.2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

FILE_NAME = "CITATION.cff"
LARGEST = 1_000_000
"""Bytes that it may have."""


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who wrote something.

    Parameters
    ----------
    family : str
        With its particle, such as ``van Assen``; of a body its whole name.
    given : str
        Given names or their initials; empty for a body.
    """

    family: str
    given: str = ""

    @property
    def name(self) -> str:
        """Family name first."""
        return " ".join(filter(None, (self.family, self.given)))


@dataclass(frozen=True, slots=True)
class Work:
    """Something to cite, as a citation file describes it; what is not given is empty.

    Parameters
    ----------
    authors : tuple of Author
        In their order.
    title, year, journal, volume, issue, start, end, publisher, doi, url : str
        `start` and `end` are pages, or the number of an article.
    """

    authors: tuple[Author, ...]
    title: str = ""
    year: str = ""
    journal: str = ""
    volume: str = ""
    issue: str = ""
    start: str = ""
    end: str = ""
    publisher: str = ""
    doi: str = ""
    url: str = ""

    @property
    def text(self) -> str:
        """The work in a line."""
        who = ", ".join(author.name for author in self.authors)
        place = ", ".join(filter(None, (" ".join(filter(None, (self.journal, self.volume))), self.start)))
        said = [f"{who}{f' ({self.year})' if self.year else ''}".strip(), self.title, place, self.doi]
        return " ".join(f"{part}." if not part.endswith(".") else part for part in said if part)


@dataclass(frozen=True, slots=True)
class Credit:
    """Who is to be named where a study or its sorts are used.

    Parameters
    ----------
    work : Work
        The study or the sorts.
    licence : str
        As SPDX writes it; empty where not given.
    published : Work or None
        The publication to cite; None where none is given.
    """

    work: Work
    licence: str
    published: Work | None

    @property
    def authors(self) -> tuple[str, ...]:
        """In their order, family name first."""
        return tuple(author.name for author in self.work.authors)

    @property
    def title(self) -> str:
        """Of the study."""
        return self.work.title

    @property
    def publication(self) -> str:
        """The publication to cite, in a line; empty where none is given."""
        return "" if self.published is None else self.published.text

    @property
    def text(self) -> str:
        """Who made it, under which licence, and what to cite."""
        made = f"{', '.join(self.authors)}{f' (licence: {self.licence})' if self.licence else ''}."
        return f"{made} Please cite: {self.publication}" if self.publication else made


def read_credit(folder: Path) -> Credit | None:
    """The credit of a study from its folder; None where there is no citation that can be read, or it names no author.

    Parameters
    ----------
    folder : pathlib.Path
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    file = folder / FILE_NAME
    if not file.is_file() or file.stat().st_size > LARGEST:
        return None
    try:
        values = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8-sig"))
    except (YAMLError, ValueError, LookupError, RecursionError):
        return None
    if not isinstance(values, dict) or not (work := _work(values)).authors:
        return None
    published = values.get("preferred-citation")
    return Credit(work, _text(values, "license"), _work(published) if isinstance(published, dict) else None)


def _work(values: Mapping[str, Any]) -> Work:
    keys = ("journal", "volume", "issue", "start", "end", "doi", "url")
    publisher = values.get("publisher")
    return Work(
        _authors(values),
        _text(values, "title"),
        _text(values, "year") or _text(values, "date-released")[:4],
        publisher=_text(publisher, "name") if isinstance(publisher, dict) else "",
        **{key: _text(values, key) for key in keys},
    )


def _authors(values: Mapping[str, Any]) -> tuple[Author, ...]:
    listed = values.get("authors")
    people = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return tuple(author for one in people if (author := _author(one)).name)


def _author(one: Mapping[str, Any]) -> Author:
    body, family, given = (_text(one, key) for key in ("name", "family-names", "given-names"))
    if body or not family:
        return Author(body or given)
    return Author(" ".join(filter(None, (_text(one, "name-particle"), family))), given)


def _text(values: Mapping[str, Any], key: str) -> str:
    """A value in one line; empty where there is none, or one that is no text, number or date."""
    found = values.get(key)
    return " ".join(str(found).split()) if isinstance(found, str | int | float | date) and not isinstance(found, bool) else ""
