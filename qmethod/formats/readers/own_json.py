"""JSON of this package, as its writer writes it and says what stands where.

Told by its first entry, ``"format": "qmethod sorts"``. An entry that is missing or of another kind is named; others than these are left aside.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.placements import LARGEST, compact
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import Document
from qmethod.grid import Grid

NAME, VERSION = "qmethod sorts", 1
_BEGINS = re.compile(r'\{\s*"format"\s*:\s*"qmethod sorts"')


def _sniff(content: Content) -> Found | None:
    return Found(f'its first entry is "format": "{NAME}"') if _BEGINS.match(content.start) else None


def _read(content: Content, _asked: Asked) -> Sorts:
    document = content.document
    try:
        whole = json.loads(content.decoded.text)
    except json.JSONDecodeError as error:
        raise document.fault(f"this is no whole JSON: {error.msg}", line=error.lineno, advice="Write the file again.") from None
    except (RecursionError, ValueError):
        raise document.fault("this JSON is nested too deeply, or holds a number too long to be read", advice="Write the file again.") from None
    if _taken(document, whole, "version", int) != VERSION:
        raise document.fault(f"this is version {whole['version']!r} of the format; version {VERSION} is read", advice="Update the package qmethod.")
    statements, sorts = _taken(document, whole, "statements", list), _taken(document, whole, "sorts", list)
    ids = tuple(_taken(document, one, "id", str, f"statement {i}: ") for i, one in enumerate(statements, 1))
    texts = tuple(_taken(document, one, "text", str, f"statement {i}: ") for i, one in enumerate(statements, 1))
    names = tuple(_taken(document, one, "participant", str, f"sort {j}: ") for j, one in enumerate(sorts, 1))
    if not ids or not names:
        raise document.fault("there are no statements" if not ids else "there are no sorts", advice="Write the file again.")
    columns = [_placements(document, one, name, len(ids)) for one, name in zip(sorts, names, strict=True)]
    return Sorts(compact(np.array(columns).T), ids, names, texts, grid=_grid(document, whole), kind="JSON of qmethod")


def _taken(document: Document, holder: Any, key: str, kind: type, where: str = "") -> Any:
    """An entry of an object."""
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        called = {int: "a whole number", list: "a list", str: "a text", dict: "an object"}[kind]
        raise document.fault(f"{where}{key!r} must be {called}, got {str(value)[:40]!r}", advice="Write the file again.")
    return value


def _placements(document: Document, one: Any, name: str, n: int) -> list[float]:
    given = _taken(document, one, "placements", list, f"sort {name!r}: ")
    faults = [] if len(given) == n else [Fault(f"{len(given)} placements of {n} statements", advice="Give one for each, null where it is missing.")]
    for position, value in enumerate(given, 1):
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LARGEST):
            message = f"placement {position} is {str(value)[:40]!r}, which is none"
            faults.append(Fault(message, advice="Write a number, or null where a placement is missing."))
    if faults:
        raise DataError([replace(fault, file=document.file, participant=name) for fault in faults])
    return [float("nan") if value is None else float(value) for value in given]


def _grid(document: Document, whole: Any) -> Grid | None:
    if whole.get("grid") is None:
        return None
    given = _taken(document, whole, "grid", dict)
    values, counts = (_taken(document, given, key, list, "grid: ") for key in ("values", "counts"))
    try:
        return Grid(tuple(values), tuple(counts))
    except DataError as error:
        raise document.fault(f"grid: {error.faults[0].message}", advice="Write the file again.") from None


FORMAT = Format(
    name="JSON of qmethod",
    about="Grid, statements with their wordings, and sorts, under plain names, as `qmethod convert` writes them.",
    endings=(".json",),
    told_by="signature",
    sniff=_sniff,
    read=_read,
)
