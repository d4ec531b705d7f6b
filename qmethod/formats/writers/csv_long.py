"""CSV with one placement a row: ``participant,statement,value``. As `csv_statements` in all else.

The wordings stand in a file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from qmethod.data import QData
from qmethod.formats.carrying import cell, csv_bytes, no_texts, spreadsheet_ids, spreadsheet_names
from qmethod.formats.writer import SortsWriter

HEADER = ("participant", "statement", "value")


def _encode(data: QData, _stem: str) -> Mapping[str, bytes]:
    rows = [
        (participant, statement, cell(value))
        for participant, sort in zip(data.participants, data.sorts.T.tolist(), strict=True)
        for statement, value in zip(data.statements, sort, strict=True)
    ]
    return {".csv": csv_bytes([HEADER, *rows])}


WRITER = SortsWriter(
    key="csv-long",
    name="CSV, one placement a row",
    about="A long table of participant, statement and value.",
    cannot="Wordings, which stand beside it; a grid that not all sorts follow. What begins like a formula gets an apostrophe in front.",
    judged="pandas, R, LibreOffice",
    endings=(".csv",),
    encode=_encode,
    ours=None,
    statements=spreadsheet_ids,
    participants=spreadsheet_names,
    texts=no_texts,
    by_name=False,
)
