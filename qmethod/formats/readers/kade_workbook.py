"""Workbooks that one fills in for KADE or Ken-Q Analysis (.xlsx), types 1 and 2 in both versions.

All have a sheet ``sorts`` (``qsorts``, ``q-sorts``) and a sheet ``statements`` (``statement``) whose column under the header ``Statements`` holds one
statement a row. The case of names does not matter.

*Version 2* has further sheets, with a header in row 1 and the value below: ``name`` (of the project), ``version`` (2), ``type`` (1 or 2);
``pattern`` has the values -6 to 13 in row 1 and how many statements take each in row 2.

- Type 1: ``sorts`` has the names of the participants in row 1 from column B on. Each row below begins with a value in column A, and holds the
  numbers of the statements that the participants placed there.
- Type 2: each row of ``sorts`` is a sort: the name in column A, then a placement for each statement in their order.

*Older workbooks* have these two sheets alone.

- Type 1: the pattern stands in rows 6 to 25 of ``sorts`` (value in column A, count in column B), the names in row 30 from column B on, and below
  them values and numbers of statements as above.
- Type 2: row 4 of ``sorts`` begins with ``Sort Pattern`` and goes on with a value for each place of the grid (-2, -1, -1, 0, ...); the sorts
  stand from row 7 on.

A statement that a participant gave to two places, a number beyond the last statement, and a value that is none are refused with their cell; a
statement that nobody placed is a missing placement.

Source: KADE, https://github.com/shawnbanasick/kade (its readers of both types), and workbooks that it wrote.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.headings import PARTICIPANT_HEADERS, STATEMENT_HEADERS, plain
from qmethod.formats.kade import HIGHEST, LOWEST, Row, declared, name_faults, numbered, sorts_of_rows
from qmethod.formats.kade_sheets import (
    OLD_PATTERN,
    OLD_SLOTS,
    SORTS,
    STATEMENTS,
    is_old_piles,
    is_old_rows,
    kind_of_workbook,
    needed,
    sheet_called,
    statement_texts,
)
from qmethod.formats.placements import UNREADABLE, compact, is_placement, placement
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.workbook import Sheet, in_sheet, read_workbook

_OLD_NAMES, _OLD_SORTS = 30, 7
_OF_PILES, _OF_ROWS = "type 1, numbers of statements", "type 2, placements in rows"


def _sniff(content: Content) -> Found | None:
    if kind_of_workbook(content.head, lambda: content.document) != "project":
        return None
    return Found("it is an Excel workbook with the sheets sorts and statements, and a pattern where KADE has it")


def _read(content: Content, _asked: Asked) -> Sorts:
    sheets = read_workbook(content.document, needed)
    sheet = sheet_called(sheets, SORTS)
    if sheet is None or not sheet.rows:
        raise content.document.fault(
            "the sheet sorts of the workbook is empty", advice="Write a sort into each row, or a participant into each column."
        )
    texts = statement_texts(sheet_called(sheets, STATEMENTS), sheet)
    try:
        return _of_sheet(content.file, sheet, texts, sheets)
    except DataError as error:
        raise in_sheet(error, sheet) from None


def _of_sheet(file: str, sheet: Sheet, texts: tuple[str, ...], sheets: tuple[Sheet, ...]) -> Sorts:
    if is_old_piles(sheet):
        counts = _in_order({sheet.cell(row, 1): sheet.cell(row, 2) for row in OLD_PATTERN})
        return _piles(file, sheet, _OLD_NAMES, texts, counts)
    if is_old_rows(sheet):
        slots = [placement(cell) for cell in _cells(sheet, OLD_SLOTS)[1:]]
        counts = [str(slots.count(value)) for value in range(LOWEST, HIGHEST + 1)]
        return sorts_of_rows(file, _rows(sheet, _OLD_SORTS), texts, counts, f"KADE workbook, {_OF_ROWS}")
    pattern = sheet_called(sheets, frozenset(("pattern",)))
    scale, freq = ([_cells(pattern, row) for row in (1, 2)]) if pattern is not None else ([], [])
    counts = _in_order(dict(zip(scale, freq, strict=False)))
    if _is_piles(sheet, sheets):
        return _piles(file, sheet, sheet.lines[0], texts, counts)
    return sorts_of_rows(file, _rows(sheet, 1), texts, counts, f"KADE workbook, {_OF_ROWS}")


def _is_piles(sheet: Sheet, sheets: tuple[Sheet, ...]) -> bool:
    """Whether columns hold numbers of statements: the sheet type says so, else no name stands beside the numbers of the rows."""
    kind = sheet_called(sheets, frozenset(("type",)))
    told = kind.cell(2, 1) if kind is not None else ""
    if told in ("1", "2"):
        return told == "1"
    return all(is_placement(row[0]) for row in sheet.rows[1:])


def _in_order(counts: dict[str, str]) -> list[str]:
    """Counts in the order of the values from the lowest to the highest; empty where a value is none of these."""
    known = {placement(value): count for value, count in counts.items() if value.strip()}
    scale = [float(value) for value in range(LOWEST, HIGHEST + 1)]
    return [known.get(value, "") for value in scale] if set(known) <= set(scale) else []


def _cells(sheet: Sheet, line: int) -> list[str]:
    return [cell.strip() for cell in sheet.rows[sheet.lines.index(line)]] if line in sheet.lines else []


def _rows(sheet: Sheet, first: int) -> list[Row]:
    """Sorts in rows; a row that only counts the statements is a header."""
    found = [Row(line, row[0].strip(), tuple(row[1:])) for line, row in zip(sheet.lines, sheet.rows, strict=True) if line >= first]
    return found[1:] if found and _is_header(found[0]) else found


def _is_header(row: Row) -> bool:
    """Whether a row counts the statements and cannot be a sort: by its numbers, or because nobody is called so."""
    if not _counts(row.cells):
        return False
    cells = [cell for cell in row.cells if cell.strip()]
    return len(cells) > HIGHEST or not all(map(is_placement, cells)) or plain(row.name) in {"", *PARTICIPANT_HEADERS, *STATEMENT_HEADERS, *SORTS}


def _counts(cells: tuple[str, ...]) -> bool:
    """Whether cells number the statements: 1, 2, 3, ... or s1, s2, s3, ..."""
    names = [cell.strip().lstrip("Ss") for cell in cells if cell.strip()]
    return len(names) > 1 and names == [str(i) for i in range(1, len(names) + 1)]


def _piles(file: str, sheet: Sheet, names_at: int, texts: tuple[str, ...], counts: list[str]) -> Sorts:
    """Sorts from numbers of statements below the names of participants, each row with the value it stands for."""
    head = _cells(sheet, names_at)
    body = [(line, row) for line, row in zip(sheet.lines, sheet.rows, strict=True) if line > names_at]
    width = max((len(row) for _, row in body), default=0)
    used = [j for j in range(1, max(width, len(head))) if (j < len(head) and head[j]) or any(j < len(row) and row[j].strip() for _, row in body)]
    if not body or not used:
        advice = "Write the names of the participants above the columns, and the numbers of the statements below them."
        raise DataError([Fault("the sheet holds no sort", file=file, line=names_at, advice=advice)])
    names = [head[j] if j < len(head) else "" for j in used]
    filled = tuple(text for text in texts if text)
    number_of = cache(placement)  # few different numbers stand in many cells
    numbers = {(line, j): number_of(row[j]) for line, row in body for j in used if j < len(row) and row[j].strip()}
    n = len(filled) or int(max((number for number in numbers.values() if number < 10_000), default=0))
    values = np.full((n, len(used)), np.nan)
    places: dict[tuple[int, int], Place] = {}
    faults = [replace(fault, column=j + 1) for j, name in zip(used, names, strict=True) for fault in name_faults(file, [(name, names_at)])]
    faults += _twice(file, names, used, names_at)
    for line, row in body:
        value = placement(row[0])
        there = [k for k, j in enumerate(used) if (line, j) in numbers]
        if there and (value == UNREADABLE or np.isnan(value)):
            advice = "Column A holds the value that the statements of the row were given."
            faults.append(Fault(f"{row[0].strip()[:40]!r} is no value of the grid", file=file, line=line, column=1, advice=advice))
            continue
        for k in there:
            number = numbers[line, used[k]]
            fault = _number_fault(number, n, row[used[k]], places.get((int(number) - 1, k)) if np.isfinite(number) else None)
            if fault is not None:
                faults.append(replace(fault, file=file, line=line, column=used[k] + 1, participant=names[k]))
                continue
            places[int(number) - 1, k] = (line, used[k] + 1)
            values[int(number) - 1, k] = value
    if faults:
        raise DataError(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0)))
    grid, notices = declared(counts, values, names)

    def find(statement: int | None, participant: int | None) -> Place:
        if statement is None or participant is None:
            return None, None if participant is None else used[participant] + 1
        return places.get((statement, participant), (None, used[participant] + 1))

    return Sorts(compact(values), numbered(n), tuple(names), filled, tuple(notices), find, grid, f"KADE workbook, {_OF_PILES}")


def _twice(file: str, names: list[str], used: list[int], line: int) -> list[Fault]:
    """Faults of names that stand above two columns."""
    advice = "Give each participant a name of its own."
    first: dict[str, int] = {}
    return [
        Fault(f"two sorts are called {name!r}", file=file, line=line, column=j + 1, advice=advice)
        for name, j in zip(names, used, strict=True)
        if name and first.setdefault(name, j) != j
    ]


def _number_fault(number: float, n: int, cell: str, before: Place | None) -> Fault | None:
    if not (np.isfinite(number) and number == int(number) and 1 <= number <= n):
        return Fault(f"{cell.strip()[:40]!r} is not the number of a statement (1 to {n})", advice="Correct the number.")
    if before is not None:
        return Fault(
            f"statement {int(number)} stands here and in row {before[0]}", advice="Each statement has one place: correct one of the numbers."
        )
    return None


FORMAT = Format(
    name="KADE workbook",
    about="An Excel workbook with the sheets sorts, statements and pattern, filled in for KADE or Ken-Q Analysis (types 1 and 2).",
    endings=(".xlsx",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="Excel",
)
