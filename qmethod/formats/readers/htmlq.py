"""The table that HtmlQ and FlashQ write: a line for each person, semicolons between the cells and often at the ends of the lines.

Its header holds sid (a number of the session), uid (what the researcher called the person) and what else the form asked for: dur0, dur1, ...
(seconds of each page), datetime, npos, nneu, nneg, comment1, form0. The placements stand in the columns s1 to sN, one for each statement, with or
without a plus; or whole in one column sort, with a bar between them: `2|-1|0`. Any sign may stand between the cells.

A person is called by uid, and by sid where that is empty, which is said; a whole sort also by another key that names people. Columns that are no
statements tell of people, or are left out, which is said. A file is known by sid or uid, or by dur0, beside such columns. Refused are cells and
entries that are no numbers, with line and column.

Source: the reader import.htmlq of R's qmethod (github.com/aiorazabala/qmethod) and the forms of HtmlQ (github.com/aproxima/htmlq).
"""

from __future__ import annotations

import re
from dataclasses import replace

from qmethod.formats.chunked import open_table
from qmethod.formats.readers.table import read_as_table
from qmethod.formats.records import claim, sorts_of
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import lines_of
from qmethod.layouts import PARTICIPANT_ROWS
from qmethod.literals import Layout
from qmethod.streaming.chunks import ChunkedSorts

_HIGHEST = 12


def _sniff(content: Content) -> Found | None:
    lines = lines_of(content.start[: 1 << 15])[:_HIGHEST]
    if any({"sid", "s1", "s2"} <= {cell.strip('" ').lower() for cell in re.split("[,;\t|]", line)} for line in lines):
        return Found("its header holds sid, s1 and s2, as HtmlQ and FlashQ write it")
    return claim(content, "HtmlQ")


def _read(content: Content, asked: Asked) -> Sorts:
    if claim(content, "HtmlQ") is not None:
        return sorts_of(content, "HtmlQ")
    found = read_as_table(content, asked if asked.layout else replace(asked, layout=PARTICIPANT_ROWS))
    return replace(found, kind=f"HtmlQ or FlashQ, {found.kind}")


def _open(content: Content, rows: int, layout: Layout | None) -> ChunkedSorts:
    return open_table(content.file, rows, layout)


FORMAT = Format(
    name="HtmlQ, FlashQ",
    about="Results of HtmlQ and FlashQ: a line for each person with the columns sid, uid and s1 to sN, or a whole sort in one text.",
    endings=(".csv",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    open=_open,
    table="table (CSV, TSV)",
)
