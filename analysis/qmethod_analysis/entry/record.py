"""Who typed which sort, who typed it again, and where the two differed: one file beside the file of sorts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qmethod.brief import brief
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.wording import counted
from qmethod_analysis.entry.second import Difference, Settled
from qmethod_analysis.folder.renewing import foreign
from qmethod_studies.definition import Study

WHAT = "record of typed sorts"


@dataclass(frozen=True, slots=True)
class Line:
    """How one sort got into the file.

    Parameters
    ----------
    participant : str
    sha256 : str
        Of the sort, see `digest`: what is recorded holds for this one, and for no other that took its place since.
    typed_by, typed : str
        Initials, and the time in UTC; empty for a sort that was not typed here, such as one from a photograph.
    checked_by, checked : str
        The same of who typed it again; empty where nobody has.
    differences : tuple of Settled
        Between the two.
    """

    participant: str
    sha256: str
    typed_by: str = ""
    typed: str = ""
    checked_by: str = ""
    checked: str = ""
    differences: tuple[Settled, ...] = ()

    __repr__ = brief


def digest(sort: Sequence[float]) -> str:
    """SHA-256 of a sort, in hex: of its columns in the order of the statements, parted by blanks.

    Parameters
    ----------
    sort : sequence of float
    """
    return hashlib.sha256(" ".join(f"{value:g}" for value in sort).encode()).hexdigest()


def file_of(out: Path) -> Path:
    """Where the record beside a file of sorts is.

    Parameters
    ----------
    out : pathlib.Path
    """
    return out.parent / f"{out.stem}-entry.json"


def read(out: Path, data: QData | None) -> dict[str, Line]:
    """The record of the sorts that a file holds, by participant; what is recorded of other sorts is left out.

    Parameters
    ----------
    out : pathlib.Path
        The file of sorts.
    data : QData or None
        What it holds.

    Raises
    ------
    DataError
        If what is in the place of the record is none.
    """
    path = file_of(out)
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        lines = [_line(one) for one in found["sorts"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError([foreign(WHAT, path)]) from None
    now = {} if data is None else {name: digest(sort) for name, sort in zip(data.participants, data.sorts.T.tolist(), strict=True)}
    return {line.participant: line for line in lines if now.get(line.participant) == line.sha256}


def _line(found: Mapping[str, Any]) -> Line:
    settled = tuple(
        Settled(Difference(one["card"], one["statement"], one["first"], one["second"]), one["kept"], one["reason"]) for one in found["differences"]
    )
    line = Line(*(found[key] for key in ("participant", "sort_sha256", "typed_by", "typed", "checked_by", "checked")))
    return replace(line, differences=settled)


def as_json(study: Study, lines: Mapping[str, Line]) -> bytes:
    """The record as the bytes of its file.

    Parameters
    ----------
    study : Study
    lines : mapping of str to Line
    """
    sorts = [
        {
            "participant": line.participant,
            "sort_sha256": line.sha256,
            "typed_by": line.typed_by,
            "typed": line.typed,
            "checked_by": line.checked_by,
            "checked": line.checked,
            "differences": [
                {
                    "card": one.difference.card,
                    "statement": one.difference.statement,
                    "first": one.difference.first,
                    "second": one.difference.second,
                    "kept": one.kept,
                    "reason": one.reason,
                }
                for one in line.differences
            ],
        }
        for line in lines.values()
    ]
    whole = {"entry": 1, "study": study.study, "version": study.version, "sorts": sorts, "checked": summary(study, lines)}
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()


def summary(study: Study, lines: Mapping[str, Line]) -> dict[str, int]:
    """How many sorts were typed twice, how many cards these are, how many of them differed, and how many the first typing had wrong.

    Parameters
    ----------
    study : Study
    lines : mapping of str to Line
    """
    twice = [line for line in lines.values() if line.checked_by]
    found = [one for line in twice for one in line.differences]
    return {
        "sorts": len(twice),
        "cards": len(twice) * len(study.ids),
        "differences": len(found),
        "first_typing_wrong": sum(one.first_was_wrong for one in found),
    }


def told(study: Study, lines: Mapping[str, Line]) -> str:
    """The error rate of the entry in a sentence.

    Parameters
    ----------
    study : Study
    lines : mapping of str to Line
    """
    of = summary(study, lines)
    if not of["sorts"]:
        return "No sort was typed twice, so that the error rate of the entry is not known."
    rate = f"{of['first_typing_wrong'] / of['cards']:.1%}".replace("%", " %")
    return (
        f"{counted(of['sorts'], 'sort')} typed twice, {counted(of['cards'], 'card')}: {counted(of['differences'], 'difference')}, "
        f"{of['first_typing_wrong']} of them wrong in the first typing, an error rate of {rate}."
    )


def refuse_same_hand(line: Line | None, by: str) -> None:
    """Refuse a check by whoever typed the sort first.

    Raises
    ------
    DataError
    """
    if line is not None and line.typed_by and line.typed_by.casefold() == by.casefold():
        advice = "Let somebody else type it again; if two people share their initials, add a letter or a figure."
        raise DataError([Fault(f"{by} typed this sort first, and a check is by another person", participant=line.participant, advice=advice)])
