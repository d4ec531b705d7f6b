"""Whose a study is: authors, licence and publication, from the ``CITATION.cff`` in its folder (Citation File Format 1.2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE_NAME = "CITATION.cff"


@dataclass(frozen=True, slots=True)
class Credit:
    """Who is to be named where a study or its sorts are used.

    Parameters
    ----------
    authors : tuple of str
        In their order, family name first.
    title, licence : str
        Of the study; its licence as SPDX writes it. Empty where not given.
    publication : str
        The publication to cite, in a line; empty where none is given.
    """

    authors: tuple[str, ...]
    title: str
    licence: str
    publication: str

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
    if not file.is_file():
        return None
    try:
        values = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8-sig"))
    except (YAMLError, UnicodeDecodeError):
        return None
    if not isinstance(values, dict) or not (authors := _authors(values)):
        return None
    return Credit(authors, _text(values, "title"), _text(values, "license"), _publication(values.get("preferred-citation")))


def _authors(values: Mapping[str, Any]) -> tuple[str, ...]:
    listed = values.get("authors")
    people = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    names = (_text(one, "name") or " ".join(filter(None, (_text(one, "family-names"), _text(one, "given-names")))) for one in people)
    return tuple(name for name in names if name)


def _publication(values: Any) -> str:
    if not isinstance(values, dict):
        return ""
    year, where = _text(values, "year"), " ".join(filter(None, (_text(values, "journal"), _text(values, "volume"))))
    place = ", ".join(filter(None, (where, _text(values, "start"))))
    said = [f"{', '.join(_authors(values))}{f' ({year})' if year else ''}".strip(), _text(values, "title"), place, _text(values, "doi")]
    return " ".join(f"{part}." if not part.endswith(".") else part for part in said if part)


def _text(values: Mapping[str, Any], key: str) -> str:
    return str(values.get(key, "") or "").strip()
