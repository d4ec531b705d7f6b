"""Tables as text: statements in rows, participants in rows, or long with one placement a row.

Between the cells stands a comma, a semicolon, a tab or a bar; Excel's first line ``sep=;`` names it. Lines above the header, blank lines and empty
columns are no part of the table. HtmlQ, FlashQ and Qualtrics write such tables, with headers of their own.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from qmethod.data import Notice, QData
from qmethod.errors import DataError
from qmethod.formats import layout as layouts
from qmethod.formats.chunked import open_table
from qmethod.formats.headings import check_header
from qmethod.formats.long import long_table
from qmethod.formats.placements import placements
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import Table, parse_table
from qmethod.formats.wide import participants_in_rows, statements_in_rows
from qmethod.formats.words import coded_fault
from qmethod.formats.writing import write_csv
from qmethod.layouts import LONG, STATEMENT_ROWS
from qmethod.literals import Layout
from qmethod.streaming.chunks import ChunkedSorts
from qmethod.wording import listed

_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def _sniff(_content: Content) -> Found:
    return Found("it is text, and no other format claims it")


def _read(content: Content, asked: Asked) -> Sorts:
    table = parse_table(content.decoded.text, content.file)
    table, numbers = layouts.names_first(table, placements(table.rows, len(table.header)))
    known = asked.wordings.ids if asked.wordings else ()
    headed = check_header(table, numbers)
    if (coded := coded_fault(table, numbers)) is not None:
        raise DataError([coded])
    chosen = layouts.Orientation(asked.layout) if asked.layout else layouts.guess_layout(table, numbers, grid=asked.grid, known=known)
    if chosen.layout == LONG:
        found, lies = long_table(table, numbers), "one placement a row"
    elif chosen.layout == STATEMENT_ROWS:
        found, lies = statements_in_rows(table, numbers), "statements in rows"
    else:
        found, lies = participants_in_rows(table, numbers, known=known), "participants in rows"
    notices = (*table.notices, *headed, *_thousands(table), *chosen.notices, *found.notices)
    return replace(found, notices=notices, kind=f"{table.kind}, {lies}, {table.between}")


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


def _write(data: QData, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    return (write_csv(data, path),)


def _open(content: Content, rows: int, layout: Layout | None) -> ChunkedSorts:
    return open_table(content.file, rows, layout)


FORMAT = Format(
    name="table (CSV, TSV)",
    about="A table as text, with statements in rows, participants in rows, or one placement a row.",
    endings=(".csv", ".tsv", ".txt"),
    told_by="elimination",
    sniff=_sniff,
    read=_read,
    write=_write,
    open=_open,
)
