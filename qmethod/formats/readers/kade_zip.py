"""KADE's project file: a ZIP archive with four texts in UTF-8, as KADE and Ken-Q Analysis save it.

``name.txt`` holds the name of the project; ``pattern.txt`` 20 numbers between commas, how many statements take each value from -6 to 13;
``statements.txt`` one statement a line, blank lines not counting; ``sorts.txt`` one sort a line: the name, then a placement for each statement in
their order, with commas or semicolons between them. Only ``sorts.txt`` is needed. Members are known by their exact names, whatever folder they lie
in, and nothing is unpacked to the disk. The archive holds data only: no factors, no rotation.

Source: KADE, https://github.com/shawnbanasick/kade (its reader of ZIP files).
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

from qmethod.errors import DataError, Fault
from qmethod.formats.archive import names_of, opened, pieces
from qmethod.formats.kade import Row, sorts_of_rows
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import Document, decode, lines_of

_SORTS, _PATTERN, _STATEMENTS = "sorts.txt", "pattern.txt", "statements.txt"
_LARGEST = 16 << 20


def _sniff(content: Content) -> Found | None:
    if not content.head.startswith(b"PK"):
        return None
    return Found(f"it is a ZIP archive with {_SORTS}") if _SORTS in map(_plain, names_of(content.document.raw)) else None


def _read(content: Content, _asked: Asked) -> Sorts:
    document = content.document
    with opened(document) as archive:
        members = {_plain(name): name for name in reversed(archive.namelist())}
        sorts, statements, pattern = (_text(archive, members.get(name), document, content.encoding) for name in (_SORTS, _STATEMENTS, _PATTERN))
    rows = [_row(number, line) for number, line in enumerate(lines_of(sorts), start=1) if line.strip()]
    texts = [line.strip() for line in lines_of(statements) if line.strip()]
    try:
        return sorts_of_rows(content.file, rows, texts, _parted(pattern.strip()) if pattern.strip() else (), "KADE project (ZIP)")
    except DataError as error:
        raise DataError([_in_sorts(fault) for fault in error.faults]) from None


def _plain(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _text(archive: zipfile.ZipFile, name: str | None, document: Document, encoding: str | None) -> str:
    """The text of a member; nothing where there is none, or nothing in it."""
    raw = b"".join(pieces(archive, name, document, _LARGEST)) if name is not None else b""
    if not raw.strip():
        return ""
    try:
        return decode(Document(Path(name or ""), document.file, raw), encoding).text
    except DataError as error:
        raise DataError([replace(fault, message=f"{name}: {fault.message}") for fault in error.faults]) from None


def _row(number: int, line: str) -> Row:
    name, *cells = _parted(line)
    return Row(number, name.strip(), tuple(cells))


def _parted(line: str) -> list[str]:
    """Cells of a line; where semicolons part them, commas may be those of decimals."""
    return line.split(";" if ";" in line else ",")


def _in_sorts(fault: Fault) -> Fault:
    return replace(fault, message=f"{_SORTS}: {fault.message}") if fault.line else fault


FORMAT = Format(
    name="KADE project (ZIP)",
    about="An archive with the sorts, the statements and the distribution of a project, as KADE and Ken-Q Analysis save it.",
    endings=(".zip",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
)
