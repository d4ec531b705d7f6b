"""From a table to sorts, whichever way it lies."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from qmethod.data import Grid, Notice
from qmethod.errors import DataError
from qmethod.formats import layout as layouts
from qmethod.formats.cells import GIVEN
from qmethod.formats.headings import check_header
from qmethod.formats.long import long_table
from qmethod.formats.placements import placements
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import Table
from qmethod.formats.wide import participants_in_rows, statements_in_rows
from qmethod.formats.words import coded_fault
from qmethod.layouts import LONG, STATEMENT_ROWS
from qmethod.literals import Layout
from qmethod.wording import listed

_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def sorts_of_table(table: Table, layout: Layout | None = None, grid: Grid | None = None, known: Collection[str] = ()) -> tuple[Sorts, str]:
    """The sorts of a table, and in words which way it lies.

    Parameters
    ----------
    table : Table
    layout : str, optional
        Which way it lies; guessed where not given.
    grid : Grid, optional
        The distribution of the design.
    known : collection of str
        Ids of the statements, where a file of wordings names them.

    Raises
    ------
    DataError
        Naming every fault with its line and column.
    """
    table, numbers = layouts.names_first(table, placements(table.rows, len(table.header)))
    headed = check_header(table, numbers)
    if (coded := coded_fault(table, numbers)) is not None:
        raise DataError([coded])
    chosen = layouts.Orientation(layout) if layout else layouts.guess_layout(table, numbers, grid=grid, known=known)
    if chosen.layout == LONG:
        found, lies = long_table(table, numbers), "one placement a row"
    elif chosen.layout == STATEMENT_ROWS:
        found, lies = statements_in_rows(table, numbers), "statements in rows"
    else:
        found, lies = participants_in_rows(table, numbers, known=known), "participants in rows"
    thousands = () if table.delimiter == GIVEN else _thousands(table)
    return replace(found, notices=(*table.notices, *headed, *thousands, *chosen.notices, *found.notices)), lies


def _thousands(table: Table) -> tuple[Notice, ...]:
    """A notice of numbers such as 1,000, which may be a thousand as well as one."""
    found = [
        f"{row[j].strip()} (line {line}, column {table.columns[j]})"
        for row, line in zip(table.rows, table.lines, strict=True)
        for j in range(len(row))
        if len(row[j]) > 4 and _THOUSANDS.fullmatch(row[j].strip())
    ]
    if not found:
        return ()
    message = f"These numbers were read with decimals, not as thousands: {listed(found, 4)}. Write thousands without a sign between the digits."
    return (Notice("decimals-or-thousands", message),)
