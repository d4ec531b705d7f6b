"""CSV with participants in rows: ``participant,s1,s2,...``, as statistics programs take tables. As `csv_statements` in all else.

The wordings stand in a file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from qmethod.data import QData
from qmethod.formats.carrying import cell, csv_bytes, no_texts, spreadsheet_ids, spreadsheet_names
from qmethod.formats.writer import SortsWriter

HEADER = "participant"


def participants_in_rows(data: QData) -> bytes:
    """The sorts of a study, a row each.

    Parameters
    ----------
    data : QData
    """
    rows = [(name, *map(cell, sort)) for name, sort in zip(data.participants, data.sorts.T.tolist(), strict=True)]
    return csv_bytes([(HEADER, *data.statements), *rows])


def _encode(data: QData, _stem: str) -> Mapping[str, bytes]:
    return {".csv": participants_in_rows(data)}


WRITER = SortsWriter(
    key="csv-participants",
    name="CSV, participants in rows",
    about="A table with a row a participant and a column a statement.",
    cannot="Wordings, which stand beside it; a grid that not all sorts follow. What begins like a formula gets an apostrophe in front.",
    judged="pandas",
    endings=(".csv",),
    encode=_encode,
    ours=None,
    statements=spreadsheet_ids,
    participants=spreadsheet_names,
    texts=no_texts,
    by_name=False,
)
