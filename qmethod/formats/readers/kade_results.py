"""The workbook with results that KADE and Ken-Q Analysis write (.xlsx), which both also read again (type 3).

It has the sheets ``Project Overview`` (``Analysis Overview``), ``Statements`` and ``Q sorts`` (``Q-sorts``), and others with results, which are
not read. Of ``Q sorts`` each row that begins with a name and goes on with placements is a sort, in the order of the statements; titles, and a row
that counts the statements, stand above them. ``Statements`` holds the statements in the column with the longest texts, below the header
``Statements`` or ``Statement``, in their order; a number may stand in front of each. The workbook declares no distribution.

Source: KADE, https://github.com/shawnbanasick/kade (its reader of type 3).
"""

from __future__ import annotations

from qmethod.errors import DataError
from qmethod.formats.kade import Row, sorts_of_rows
from qmethod.formats.kade_sheets import SORTS, STATEMENTS, kind_of_workbook, needed, sheet_called, statement_texts
from qmethod.formats.placements import is_placement
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.workbook import Sheet, in_sheet, read_workbook


def _sniff(content: Content) -> Found | None:
    if kind_of_workbook(content.head, lambda: content.document) != "results":
        return None
    return Found("it is an Excel workbook with an overview and the sheet Q sorts, as KADE writes its results")


def _read(content: Content, _asked: Asked) -> Sorts:
    sheets = read_workbook(content.document, needed)
    sheet = sheet_called(sheets, SORTS)
    if sheet is None:
        raise content.document.fault("the sheet Q sorts of the workbook is missing")
    try:
        texts = statement_texts(sheet_called(sheets, STATEMENTS))
        return sorts_of_rows(content.file, _rows(sheet), texts, (), "KADE results (Excel)")
    except DataError as error:
        raise in_sheet(error, sheet) from None


def _rows(sheet: Sheet) -> list[Row]:
    """The rows from the first sort on: a name, and at least two placements behind it that do not count the statements."""
    rows = [Row(line, row[0].strip(), tuple(row[1:])) for line, row in zip(sheet.lines, sheet.rows, strict=True)]
    start = next((i for i, row in enumerate(rows) if _is_sort(row)), len(rows))
    return rows[start:]


def _is_sort(row: Row) -> bool:
    filled = [cell.strip() for cell in row.cells if cell.strip()]
    return len(filled) > 1 and all(map(is_placement, filled)) and filled != [str(i) for i in range(1, len(filled) + 1)]


FORMAT = Format(
    name="KADE results (Excel)",
    about="The workbook with results that KADE and Ken-Q Analysis write; its sorts and statements are read.",
    endings=(".xlsx",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="Excel",
)
