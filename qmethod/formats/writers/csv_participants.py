"""CSV with participants in rows: ``participant,s1,s2,...``, as statistics programs take tables. As `csv_statements` in all else.

The wordings stand in a file beside it. Where an id would be read as the head of a column of another kind (``age``), or only some ids are numbered,
all statements are called s1, s2, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qmethod.data import QData
from qmethod.formats.carrying import cell, counted_ids, csv_bytes, no_texts, spreadsheet_ids, spreadsheet_names
from qmethod.formats.headings import NAMING_HEADERS, OTHER_HEADERS, VALUE_HEADERS, plain
from qmethod.formats.layout import numbered_alike, numbered_columns
from qmethod.formats.writer import SortsWriter

HEADER = "participant"
_ELSE = OTHER_HEADERS | NAMING_HEADERS | VALUE_HEADERS


def column_ids(names: Sequence[str]) -> tuple[str, ...]:
    """Ids that are the heads of columns: s1, s2, ... for all of them where some would be read as something else than statements.

    Parameters
    ----------
    names : sequence of str
    """
    ids = spreadsheet_ids(names)
    heads = {plain(name) for name in ids}
    if numbered_alike(ids) or not (numbered_columns(ids) or heads & _ELSE or any(" " in name for name in ids)):
        return ids
    return counted_ids(names)


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
    cannot=(
        "Wordings, which stand beside it; ids that would be read as something else than statements; a grid that not all sorts follow. "
        "What begins like a formula gets an apostrophe in front."
    ),
    judged="pandas, R, LibreOffice",
    endings=(".csv",),
    encode=_encode,
    ours=None,
    statements=column_ids,
    participants=spreadsheet_names,
    texts=no_texts,
    by_name=False,
)
