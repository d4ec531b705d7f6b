r"""Tables as CSV: UTF-8, ``\\n`` at line ends, full precision, and safe to open in a spreadsheet.

Numbers are the shortest text that reads back as the same 64-bit float. A cell without a value is empty. Free text that begins like a formula
(``=``, ``+``, ``-``, ``@``, a tab or a carriage return) and is no number gets an apostrophe in front, because spreadsheets would run it; so does
such a sign after what a spreadsheet may take for a separator.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from qmethod.formats.spreadsheet import safe_text
from qmethod_analysis.tables.solution import Cell, Table

__all__ = ["cell_text", "safe_text", "to_csv"]


def cell_text(cell: Cell) -> str:
    """One cell, before quoting."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return repr(cell)
    return str(cell) if isinstance(cell, int) else safe_text(cell)


def to_csv(table: Table, *, own_columns: Iterable[str] = ("defines", "distinguishes")) -> str:
    """The whole table as text.

    Parameters
    ----------
    table : Table
    own_columns : iterable of str
        Columns whose text this package writes itself, left as it is: ``-f1`` in `defines` is no formula.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_text(name) for name in table.header])
    own = {table.header.index(name) for name in own_columns if name in table.header}
    for row in table.rows:
        writer.writerow([str(cell) if i in own and cell is not None else cell_text(cell) for i, cell in enumerate(row)])
    return out.getvalue()
