"""What the sheets of a KADE workbook are called, and the statements that one holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from qmethod.errors import DataError
from qmethod.formats.archive import MAGIC
from qmethod.formats.headings import plain
from qmethod.formats.kade import HIGHEST, LOWEST
from qmethod.formats.placements import is_placement, placement
from qmethod.formats.text import Document
from qmethod.formats.workbook import Sheet, is_workbook, read_workbook, sheet_names

SORTS, STATEMENTS = frozenset(("sorts", "qsorts")), frozenset(("statements", "statement"))
OVERVIEWS = frozenset(("projectoverview", "analysisoverview"))
OLD_PATTERN, OLD_SLOTS = range(6, 26), 4
"""Rows of an older workbook with the pattern: of type 1, of type 2."""
_OF_VERSION_2 = frozenset(("type", "pattern"))
_HIGHEST = 6


def kind_of_workbook(head: bytes, document: Callable[[], Document]) -> Literal["project", "results", "plain", ""]:
    """Whose workbook a file is: filled in for KADE, KADE's results, any other; nothing where it is none.

    Parameters
    ----------
    head : bytes
        How the file begins.
    document : callable
        Gives all of it.
    """
    if not head.startswith(MAGIC):
        return ""
    whole = document()
    if not is_workbook(whole.raw):
        return ""
    called = {plain(name) for name in sheet_names(whole.raw)}
    if called & SORTS and called & OVERVIEWS:
        return "results"
    if not (called & SORTS and called & STATEMENTS):
        return "plain"
    if called & _OF_VERSION_2:
        return "project"
    try:
        sorts = sheet_called(read_workbook(whole, lambda name: plain(name) in SORTS, OLD_PATTERN.stop), SORTS)
    except DataError:
        return "plain"
    return "project" if sorts is not None and (is_old_piles(sorts) or is_old_rows(sorts)) else "plain"


def is_old_piles(sorts: Sheet) -> bool:
    """Whether a sheet with sorts is that of an older workbook of type 1, by the values -6 to 13 above the names."""
    cells = [sorts.cell(row, 1) for row in OLD_PATTERN]
    return all(cells) and [placement(cell) for cell in cells] == list(range(LOWEST, HIGHEST + 1))


def is_old_rows(sorts: Sheet) -> bool:
    """Whether a sheet with sorts is that of an older workbook of type 2, by the words Sort Pattern."""
    return plain(sorts.cell(OLD_SLOTS, 1)).startswith("sortpattern")


def sheet_called(sheets: Sequence[Sheet], names: frozenset[str]) -> Sheet | None:
    """The first sheet with one of some names, written as `headings.plain` does."""
    return next((sheet for sheet in sheets if plain(sheet.name) in names), None)


def needed(name: str) -> bool:
    """Whether a sheet of this name holds what is read of KADE's workbooks."""
    return plain(name) in SORTS | STATEMENTS | _OF_VERSION_2


def statement_texts(sheet: Sheet | None, sorts: Sheet | None = None) -> tuple[str, ...]:
    """The statements of a sheet: below the header ``Statements``, else from the first row on, in the column with the longest texts.

    A row that is left blank between two statements is an empty one. Of several lines that read as the header, it is the first below which there are
    as many statements as cells behind a name in the sheet with the sorts, else the last.
    """
    if sheet is None or not sheet.rows:
        return ()
    heads = [i for i, row in enumerate(sheet.rows[:_HIGHEST]) if any(plain(cell) in STATEMENTS for cell in row)]
    if not heads:
        return _texts_from(sheet, 0)
    n = max((len(row) for row in sorts.rows), default=0) - 1 if sorts is not None else 0
    return next((texts for at in heads[:-1] if len(texts := _texts_from(sheet, at + 1)) == n), None) or _texts_from(sheet, heads[-1] + 1)


def _texts_from(sheet: Sheet, start: int) -> tuple[str, ...]:
    """The statements of a sheet from a row on."""
    rows = [[cell.strip() for cell in row] for row in sheet.rows[start:]]
    if not rows:
        return ()
    width = max(map(len, rows))
    lengths = [sum(len(row[j]) for row in rows if j < len(row) and not is_placement(row[j])) for j in range(width)]
    at = lengths.index(max(lengths))
    by_line = {line: row[at] if at < len(row) else "" for line, row in zip(sheet.lines[start:], rows, strict=True)}
    lines = [line for line, text in by_line.items() if text]
    return tuple(by_line.get(line, "") for line in range(lines[0], lines[-1] + 1)) if lines and lines[-1] - lines[0] < 2 * len(lines) else ()
