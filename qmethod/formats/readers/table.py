"""Tables as text: statements in rows, participants in rows, or long with one placement a row.

Between the cells stands a comma, a semicolon, a tab or a bar; Excel's first line ``sep=;`` names it. Lines above the header, blank lines and empty
columns are no part of the table. Qualtrics writes such tables, with a header of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qmethod.formats.chunked import open_table
from qmethod.formats.oriented import sorts_of_table
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.selection import refuse_sheet
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import parse_table
from qmethod.literals import Layout
from qmethod.streaming.chunks import ChunkedSorts

_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def _sniff(_content: Content) -> Found:
    return Found("it is text, and no other format claims it")


def read_as_table(content: Content, asked: Asked) -> Sorts:
    """The sorts of a table, however it lies.

    Raises
    ------
    DataError
        Naming every line and column that cannot be read.
    """
    refuse_sheet(content.file, asked.selection)
    found, lies = sorts_of_table(table := parse_table(content.decoded.text, content.file, said=asked.selection), asked)
    return replace(found, kind=f"{table.kind}, {lies}, {table.between}")


def _open(content: Content, rows: int, layout: Layout | None) -> ChunkedSorts:
    return open_table(content.file, rows, layout)


FORMAT = Format(
    name="table (CSV, TSV)",
    about="A table as text, with statements in rows, participants in rows, or one placement a row.",
    endings=(".csv", ".tsv", ".txt"),
    told_by="elimination",
    sniff=_sniff,
    read=read_as_table,
    open=_open,
    table="table (CSV, TSV)",
)
