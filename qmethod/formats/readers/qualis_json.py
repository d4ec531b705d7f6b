"""The sorts of a study as the platform Qualis keeps them: a JSON object with a key for each person, and under it one for each statement.

    {"P1": {"S01": 2, "S02": -1, "S03": 0}, "P2": {"S01": 0, "S02": 2, "S03": -1}}

A placement is a number, or a text that is one; null says that it is missing, and so does a statement that a person has no key for, as long as
another has. Statements come in the order in which the file first names them. A file is known by such an object at its beginning in which the first
placement is a number. Refused are what is no JSON, keys that stand twice, anything under a person but placements, and placements that are no
numbers; each with the person and the statement.

Source: the sorts of the examples in the code of Qualis (github.com/jvastenaekels/qualis, backend/data).
"""

from __future__ import annotations

import re

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.placements import UNREADABLE, compact, placement
from qmethod.formats.records import program
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.strict_json import Json, parse_json
from qmethod.formats.text import shown

_KEY = r'\s*"(?:[^"\\]|\\.){1,200}"\s*:\s*'
_START = re.compile(rf'\{{{_KEY}\{{{_KEY}(?:null|-?[0-9]|"[+-]?[0-9]+")')
_MOST_FAULTS = 1000


def _sniff(content: Content) -> Found | None:
    if not _START.match(content.start) or program(content) is not None:
        return None
    return Found("it is a JSON object of people, with a placement under each statement")


def _read(content: Content, _asked: Asked) -> Sorts:
    people = parse_json(content)
    faults = [] if isinstance(people, dict) else [Fault("the JSON holds no people", file=content.file)]
    sorts: dict[str, dict[str, float]] = {}
    for name, sort in people.items() if isinstance(people, dict) else ():
        if isinstance(sort, dict):
            sorts[name] = {statement: _number(value) for statement, value in sort.items()}
            faults += [_fault(content.file, name, each, sort[each]) for each, value in sorts[name].items() if value == UNREADABLE]
        else:
            advice = "Take out what is no sort, or export the sorts again."
            faults.append(Fault(f"under {shown(name)} stands no object of statements and placements", file=content.file, advice=advice))
    if faults:
        raise DataError(faults[:_MOST_FAULTS])
    statements = tuple(dict.fromkeys(statement for sort in sorts.values() for statement in sort))
    if len(sorts) * len(statements) > 2 * sum(map(len, sorts.values())):
        message = f"{len(sorts)} people and {len(statements)} statements, and most placements are missing: the people do not share their statements"
        raise DataError([Fault(message, file=content.file, advice="Check that the file holds the sorts of one study.")])
    values = np.array([[sort.get(each, np.nan) for sort in sorts.values()] for each in statements], dtype=np.float64)
    return Sorts(compact(values), statements, tuple(sorts), kind="Qualis, JSON")


def _number(value: Json) -> float:
    if value is None:
        return np.nan
    return placement(value) if isinstance(value, str) else UNREADABLE


def _fault(file: str, name: str, statement: str, value: Json) -> Fault:
    what = (
        shown(value)
        if isinstance(value, str)
        else "an object"
        if isinstance(value, dict)
        else "a list"
        if isinstance(value, list)
        else str(value).lower()
    )
    advice = "Write each placement as a number, and null where one is missing."
    who, which = (text if len(text) <= 80 else text[:77] + "..." for text in (name, statement))
    return Fault(f"{what} is not a placement", file=file, participant=who, statement=which, advice=advice)


FORMAT = Format(
    name="Qualis JSON",
    about="Sorts as the platform Qualis keeps them: an object of people, in JSON, with a placement under each statement.",
    endings=(".json",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
)
