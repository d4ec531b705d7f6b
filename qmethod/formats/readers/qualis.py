"""The .dat of the platform Qualis: not PQMethod's, though named like it.

Line 1 holds a name of eight columns, the number of sorts and the number of statements, three columns each; there is no line with
the distribution. A sort is a number of eight columns and two or three columns for each value.
"""

from __future__ import annotations

import re

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.placements import compact
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import Document, lines_of
from qmethod.formats.wordings import with_wordings_beside
from qmethod.notice import Notice

_LINE_1 = re.compile(r"(.{8})([ \d]{2}\d)([ \d]{2}\d)\s*")
_NAME = 8


def _sniff(content: Content) -> Found | None:
    text = content.text if content.start else None
    if text is None or not _looks_like_qualis(text):
        return None
    return Found("line 1 holds a name and two counts, and the lines below are as wide as the second says")


def _read(content: Content, asked: Asked) -> Sorts:
    found = read_qualis(content.document, content.decoded.text)
    return found if asked.wordings else with_wordings_beside(found, content.document, content.encoding)


def _looks_like_qualis(text: str) -> bool:
    """Whether line 1 is a name and two counts, and the second count fits the width of the sorts."""
    if not _LINE_1.fullmatch(lines_of(text[:100])[0]):
        return False
    lines = lines_of(text)
    found = _LINE_1.fullmatch(lines[0])
    if found is None or len(lines) < 2 or not re.fullmatch(r" *\d+", found[2]) or not re.fullmatch(r" *\d+", found[3]):
        return False
    return _width(lines[1:], int(found[3])) is not None


def read_qualis(document: Document, text: str) -> Sorts:
    """Read the .dat that Qualis writes.

    Parameters
    ----------
    document : Document
        The file, for messages.
    text : str
        Its text.

    Returns
    -------
    Sorts
        Statements are called s1, s2, ...; the file holds no grid.

    Raises
    ------
    DataError
        Naming every line and column that cannot be read.
    """
    lines = lines_of(text)
    found = _LINE_1.fullmatch(lines[0])
    if found is None:
        raise document.fault("line 1 does not hold a name and two counts", line=1)
    m, n = int(found[2]), int(found[3])
    width = _width(lines[1:], n) or 2
    numbered = [(number, line.rstrip()) for number, line in enumerate(lines[1:], start=2) if line.strip()]
    faults, names, columns = [], [], []
    if len(numbered) != m:
        message = f"line 1 declares {m} sorts, {len(numbered)} follow; the file may have been cut short"
        faults.append(Fault(message, file=document.file, line=1, advice="Export the file again."))
    for number, line in numbered:
        name = line[:_NAME].strip()
        fields = [line[_NAME + width * i : _NAME + width * (i + 1)] for i in range(n)]
        faults += [
            Fault(
                f"{field!r} is not a placement",
                file=document.file,
                line=number,
                column=_NAME + 1 + width * i,
                participant=name,
                statement=f"s{i + 1}",
                advice="Export the file again, or export CSV.",
            )
            for i, field in enumerate(fields)
            if field.strip() and not re.fullmatch(r" *-?\d+ *", field)
        ]
        names.append(name)
        columns.append(fields)
    if faults:
        raise DataError(faults)
    sorts = np.array([[float(field) if field.strip() else np.nan for field in fields] for fields in columns]).T
    message = (
        "This .dat is not PQMethod's, although it is named so; it was read as Qualis writes it. "
        "Qualis writes 0 where a placement is missing: take out sorts of unfinished participants."
    )
    statements = tuple(f"s{i}" for i in range(1, n + 1))
    return Sorts(compact(sorts), statements, tuple(names), (), (Notice("qualis-dat", message),), kind="Qualis .dat")


def _width(lines: list[str], n: int) -> int | None:
    """Columns a value takes, from the longest line; None where neither two nor three fit."""
    longest = max(len(line.rstrip()) for line in lines)
    return next((width for width in (2, 3) if longest == _NAME + width * n), None) if n > 1 else None


FORMAT = Format(
    name="Qualis .dat",
    about="Fixed columns as the platform Qualis writes them: like PQMethod's, without the distribution.",
    endings=(".dat",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
)
