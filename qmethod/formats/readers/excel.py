"""Excel workbooks (.xlsx, .xlsm) with a table of sorts on a sheet, as somebody typed it or another program exported it.

What cells become is said in `qmethod.formats.workbook`. A sheet is read as a table in a text is: the sorts may lie in the same three ways, under the
same headers, with titles above them. Of several sheets

- hidden ones are left aside, unless all are hidden;
- the one that reads as sorts is taken, which is said; where several do, the one whose sorts share a distribution, else the one that is called sorts;
- where that leaves several, none is taken: the message names them, and ``sheet`` names one;
- another sheet with the columns id and text, or a list of texts that is called statements, gives the wordings where it fits the sorts.

Faults name the sheet and the cell. Old workbooks (.xls) are another format, which is not read.

Source: ECMA-376, Office Open XML file formats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.cells import GIVEN, Cells
from qmethod.formats.headings import id_and_text, plain
from qmethod.formats.kade_sheets import SORTS, STATEMENTS, kind_of_workbook, statement_texts
from qmethod.formats.oriented import sorts_of_table
from qmethod.formats.placements import is_placement
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.selection import no_sheet
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import table_of
from qmethod.formats.wordings import Wordings, attach
from qmethod.formats.workbook import MOST_PLACES, Sheet, in_sheet, read_workbook, sheet_names, spoken_cell
from qmethod.notice import Notice
from qmethod.wording import listed

_HIGHEST = 12


@dataclass(frozen=True, slots=True)
class _Read:
    """A sheet and the sorts on it."""

    sheet: Sheet
    found: Sorts
    lies: str


def _sniff(content: Content) -> Found | None:
    if kind_of_workbook(content.head, lambda: content.document) != "plain":
        return None
    return Found("it is a ZIP archive with xl/workbook.xml")


def _read(content: Content, asked: Asked) -> Sorts:
    sheets = _wanted(content, asked)
    shown = [sheet for sheet in sheets if sheet.rows]
    read, refusals = [], []
    for sheet in shown:
        try:
            read.append(_of_sheet(content.file, sheet, asked))
        except DataError as error:
            refusals.append((sheet, error))
    taken = _taken(content.file, read, refusals)
    found = taken.found
    texts, said = (found.texts, []) if found.texts or asked.wordings else _wordings(content.file, shown, taken)
    others = [repr(sheet.name) for sheet in sheets if sheet is not taken.sheet and sheet.rows]
    notices = (
        [Notice("sheet-taken", f"The sorts were read from the sheet {taken.sheet.name!r}; other sheets: {listed(others, 8)}.")] if others else []
    )
    return replace(
        found, texts=texts, notices=(*notices, *found.notices, *said), spell=spoken_cell, kind=f"Excel, sheet {taken.sheet.name!r}, {taken.lies}"
    )


def _wanted(content: Content, asked: Asked) -> tuple[Sheet, ...]:
    """The sheet that the user names, hidden or not, or those that are shown."""
    said = asked.selection
    if not said.sheet:
        return read_workbook(content.document)
    names = sheet_names(content.document.raw)
    if said.sheet not in names:
        raise no_sheet(content.file, said, names)
    return read_workbook(content.document, lambda name: name == said.sheet)


def _of_sheet(file: str, sheet: Sheet, asked: Asked) -> _Read:
    width = max(map(len, sheet.rows))
    if width * len(sheet.rows) > MOST_PLACES:
        message = f"the sheet spans {len(sheet.rows):,} rows and {width:,} columns; at most {MOST_PLACES:,} places are read"
        raise DataError([Fault(f"sheet {sheet.name!r}: {message}", file=file, advice="Clear what stands outside the table.")])
    rows = [[*row, *[""] * (width - len(row))] for row in sheet.rows]
    try:
        found, lies = sorts_of_table(table_of(Cells(rows, list(sheet.lines), GIVEN), file, said=asked.selection), asked)
    except DataError as error:
        raise in_sheet(error, sheet) from None
    return _Read(sheet, found, lies)


def _taken(file: str, read: Sequence[_Read], refusals: Sequence[tuple[Sheet, DataError]]) -> _Read:
    """The one sheet with sorts, unless another was meant.

    That is one that is called sorts, or one with more numbers that would read but for some cells, or while nothing but numbers speaks for the one
    that does.
    """
    if not read:
        raise max(refusals, key=lambda each: (plain(each[0].name) in SORTS, _n_numbers(each[0])))[1]
    forced = [one for one in read if _forced(one.found)]
    best = forced or [one for one in read if plain(one.sheet.name) in SORTS] or list(read)
    if len(best) > 1:
        names = listed([repr(one.sheet.name) for one in best], 8)
        ways = tuple(Setting("sheet", one.sheet.name) for one in best)
        advice = f"Name the one that is meant: {listed(map(str, ways), 8)}."
        raise DataError([Fault(f"{len(best)} sheets read as sorts: {names}", file=file, advice=advice, settings=ways)])
    [taken] = best
    named = plain(taken.sheet.name) in SORTS
    for sheet, error in refusals if not named else ():
        more = _n_numbers(sheet) > _n_numbers(taken.sheet)
        if plain(sheet.name) in SORTS or (more and (not forced or all(fault.participant and fault.statement for fault in error.faults))):
            way = Setting("sheet", taken.sheet.name)
            hint = f"If the sheet {sheet.name!r} holds no sorts, name the one that does: {way}."
            raise DataError([replace(one, advice=f"{one.advice or ''} {hint}".strip(), settings=(*one.settings, way)) for one in error.faults])
    return taken


def _n_numbers(sheet: Sheet) -> int:
    return sum(1 for row in sheet.rows for cell in row if cell and is_placement(cell))


def _forced(found: Sorts) -> bool:
    """Whether most sorts share a distribution in which values repeat."""
    columns = [tuple(column) for column in np.sort(np.asarray(found.values, dtype=float), axis=0).T.tolist()]
    (commonest, n) = Counter(columns).most_common(1)[0]
    return n > 1 and n > len(columns) / 2 and 1 < len(set(commonest)) < len(commonest)


def _wordings(file: str, sheets: Sequence[Sheet], taken: _Read) -> tuple[tuple[str, ...], list[Notice]]:
    """Wordings from the first other sheet that holds those of the sorts, and what is said of it."""
    said: list[Notice] = []
    for sheet in sheets:
        wordings = _worded(file, sheet) if sheet is not taken.sheet else None
        if wordings is None:
            continue
        try:
            texts, notices = attach(wordings, taken.found.statements)
        except DataError as error:
            said = [Notice("sheet-unfitting", f"The sheet {sheet.name!r} was not taken for the wordings: {error.faults[0].message}.")]
            continue
        return texts, [Notice("sheet-of-wordings", f"The wordings were read from the sheet {sheet.name!r}."), *notices]
    return (), said


def _worded(file: str, sheet: Sheet) -> Wordings | None:
    """The wordings on a sheet; None where it has no columns id and text and is not called statements."""
    for top, header in enumerate(sheet.rows[:_HIGHEST]):
        body = sheet.rows[top + 1 :]
        ids_at, text_at = id_and_text([cell.strip() for cell in header], body)
        if ids_at is not None and text_at is not None and body:
            pairs = [(_at(row, ids_at), _at(row, text_at)) for row in body]
            ids = [name for name, _ in pairs]
            if all(ids) and len(set(ids)) == len(ids):
                return Wordings(file, tuple(ids), tuple(text for _, text in pairs))
    texts = statement_texts(sheet) if plain(sheet.name) in STATEMENTS else ()
    return Wordings(file, (), texts) if texts else None


def _at(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


FORMAT = Format(
    name="Excel",
    about="A workbook (.xlsx) with a table of sorts on one of its sheets, which lies in one of the three ways of a table.",
    endings=(".xlsx", ".xlsm"),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="Excel",
)
