"""A workbook of KADE, type 2 of version 2: sorts in rows, which may follow the distribution or not.

Sheets: ``name`` (A2 the project), ``version`` (A2 is 2), ``type`` (A2 is 2), ``pattern`` (row 1 the values -6 to 13, row 2 how many statements each
takes), ``statements`` (A1 ``Statements``, then a wording a row), ``sorts`` (a row a sort: name, then values in the order of the statements).
All texts are cells of text, so no spreadsheet takes one for a formula.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from qmethod.data import QData
from qmethod.errors import Fault
from qmethod.formats.carrying import counted_ids, lines_of_texts, shown_or_median
from qmethod.formats.writer import SortsWriter
from qmethod.formats.writers import kade_zip
from qmethod.formats.writing import HIGHEST, LOWEST

_MOST_COLUMNS, _MOST_TEXT = 16_384, 32_767
_MADE = "Made by qmethod"


def _texts(data: QData) -> tuple[str, ...]:
    return tuple(text[:_MOST_TEXT] for text in lines_of_texts(data))


def _names(participants: Sequence[str]) -> tuple[str, ...]:
    return tuple(name[:_MOST_TEXT] for name in kade_zip.names(participants))


def _refuse(data: QData, file: str) -> list[Fault]:
    faults = kade_zip.refuse(data, file)
    if data.n_statements >= _MOST_COLUMNS:
        faults.append(Fault(f"{data.n_statements:,} statements; a sheet has {_MOST_COLUMNS:,} columns", file=file, advice="Write CSV instead."))
    return faults


def _encode(data: QData, stem: str) -> Mapping[str, bytes]:
    import xlsxwriter

    sheets: dict[str, list[Sequence[str | int]]] = {
        "name": [("Project Name",), (stem,)],
        "sorts": [(name, *map(int, sort)) for name, sort in zip(data.participants, data.sorts.T.tolist(), strict=True)],
        "pattern": [tuple(range(LOWEST, HIGHEST + 1)), kade_zip.pattern(data)],
        "statements": [("Statements",), *((text,) for text in data.texts)],
        "version": [("version",), (2,)],
        "type": [("type",), (2,)],
    }
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"comments": _MADE, "created": datetime(1980, 1, 1, tzinfo=UTC)})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(i, j, value)
                else:
                    sheet.write_number(i, j, value)
    book.close()
    return {".xlsx": out.getvalue()}


def _ours(content: bytes) -> bool:
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return _MADE.encode() in packed.open("docProps/core.xml").read(4096)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError):
        return False


WRITER = SortsWriter(
    key="kade-excel",
    name="KADE Excel type 2",
    about="A workbook that KADE takes as type 2: sorts in rows, with distribution and statements on sheets of their own.",
    cannot="Ids of statements, wordings of several lines, missing placements, and values but whole ones from -6 to 13.",
    judged="openpyxl, LibreOffice; held against what KADE documents",
    endings=(".xlsx",),
    encode=_encode,
    ours=_ours,
    statements=counted_ids,
    participants=_names,
    texts=_texts,
    grid=shown_or_median,
    refuse=_refuse,
)
