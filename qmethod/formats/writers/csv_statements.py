"""CSV with statements in rows: ``statement,text,p1,p2,...``; the column ``text`` stands only where there are wordings.

UTF-8, commas, a decimal point; a missing placement is an empty cell. Names and wordings that begin with ``=``, ``+``, ``-``, ``@`` and are no
number get an apostrophe in front, so that no spreadsheet runs them.
"""

from __future__ import annotations

from collections.abc import Mapping

from qmethod.data import QData
from qmethod.formats.carrying import csv_bytes, spreadsheet_ids, spreadsheet_names, spreadsheet_texts
from qmethod.formats.writer import SortsWriter
from qmethod.formats.writing import statement_rows


def _encode(data: QData, _stem: str) -> Mapping[str, bytes]:
    return {".csv": csv_bytes(statement_rows(data))}


WRITER = SortsWriter(
    key="csv",
    name="CSV, statements in rows",
    about="A table with a row a statement and a column a participant; the wordings stand beside the ids.",
    cannot="A grid that not all sorts follow. What begins like a formula gets an apostrophe in front.",
    judged="pandas, R, LibreOffice",
    endings=(".csv",),
    encode=_encode,
    ours=None,
    statements=spreadsheet_ids,
    participants=spreadsheet_names,
    texts=spreadsheet_texts,
)
