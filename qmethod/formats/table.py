"""From text to a table: which character stands between the cells, and rows of one length."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from qmethod.errors import DataError, Fault

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

DELIMITERS = (",", ";", "\t")
_SPOKEN = {",": "','", ";": "';'", "\t": "tab"}
_PEEK = 60
_LARGEST_CELL = 131_072


@dataclass(frozen=True, slots=True)
class Table:
    """A rectangular table of cells with a header.

    Parameters
    ----------
    file : str
        The file as the user named it, for messages.
    header : tuple of str
        Names of the columns, trimmed.
    columns : tuple of int
        Number of each column in the file, counted from 1.
    rows : list of list of str
        Cells, each row as long as `header`.
    lines : list of int
        Line of the file on which each row begins.
    header_line : int
        Line of the header.
    delimiter : str
        What stands between the cells.
    """

    file: str
    header: tuple[str, ...]
    columns: tuple[int, ...]
    rows: list[list[str]]
    lines: list[int]
    header_line: int
    delimiter: str

    @property
    def kind(self) -> str:
        """Words for `Source.kind`."""
        return {",": "CSV", ";": "CSV", "\t": "TSV"}[self.delimiter]

    @property
    def between(self) -> str:
        """Words for what stands between the cells."""
        return f"{_SPOKEN[self.delimiter]} between cells"


def parse_table(text: str, file: str) -> Table:
    """Split text into a rectangular table.

    Parameters
    ----------
    text : str
        The decoded file.
    file : str
        Its name, for messages.

    Raises
    ------
    DataError
        If cells cannot be told apart, quotes do not close, or rows differ in length; names every line at fault.
    """
    skipped = 0
    announced = re.match(r"sep=([,;\t])\r?\n", text)
    if announced:
        text, skipped, delimiter = text[announced.end() :], 1, announced[1]
    else:
        delimiter = _delimiter(text, file)
    rows, lines = _records(text, delimiter, file, skipped)
    if not rows:
        raise DataError([Fault("the file is empty", file=file)])
    header, header_line = rows.pop(0), lines.pop(0)
    if not rows:
        advice = "Each statement (or participant) needs a line of its own below the header."
        raise DataError([Fault("the file holds a header and nothing below it", file=file, line=header_line, advice=advice)])
    return _rectangular(file, header, header_line, rows, lines, delimiter)


def _delimiter(text: str, file: str) -> str:
    """The delimiter that splits the header and gives most rows its number of cells."""
    best, best_score = "", (0.0, 0)
    for candidate in DELIMITERS:
        rows = _peek(text, candidate)
        if not rows or len(rows[0]) < 2:
            continue
        width = len(rows[0])
        alike = sum(width <= len(row) <= width + 1 for row in rows[1:]) / max(len(rows) - 1, 1)
        if (score := (round(alike, 1), width)) > best_score:
            best, best_score = candidate, score
    if not best:
        advice = "Put a comma, a semicolon or a tab between the cells."
        raise DataError([Fault("only one column was found", file=file, line=1, advice=advice)])
    return best


def _peek(text: str, delimiter: str) -> list[list[str]]:
    """The first rows that are not blank, up to a quote that does not fit."""
    rows = []
    try:
        for row in islice(_reader(text, delimiter), _PEEK):
            if any(cell.strip() for cell in row):
                rows.append(row)
    except csv.Error:
        pass
    return rows


def _reader(text: str, delimiter: str) -> CsvReader:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)


def _records(text: str, delimiter: str, file: str, skipped: int) -> tuple[list[list[str]], list[int]]:
    """Rows that are not blank, and the line each begins on. Equal cells are stored once: large tables repeat few values."""
    rows: list[list[str]] = []
    lines: list[int] = []
    shared: dict[str, str] = {}
    once = shared.setdefault
    reader = _reader(text, delimiter)
    line = 1
    try:
        for row in reader:
            if any(row) and any(map(str.strip, row)):
                rows.append(list(map(once, row, row)))
                lines.append(line + skipped)
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError([_quote_fault(str(error), file, line + skipped)]) from None
    return rows, lines


def _quote_fault(reason: str, file: str, line: int) -> Fault:
    advice = 'A cell that begins with " must end with "; write a quote inside it twice.'
    if "field larger" in reason:
        return Fault(f"a cell of more than {_LARGEST_CELL:,} characters begins here; a quote may not be closed", file=file, line=line, advice=advice)
    if "unexpected end" in reason:
        return Fault("a quote opened here is never closed", file=file, line=line, advice=advice)
    return Fault("a quoted cell is followed by something other than the next cell", file=file, line=line, advice=advice)


def _rectangular(file: str, header: list[str], header_line: int, rows: list[list[str]], lines: list[int], delimiter: str) -> Table:
    header = [name.strip() for name in header]
    written = len(header)
    while header and not header[-1] and all(len(row) < len(header) or not row[len(header) - 1].strip() for row in rows):
        header.pop()
    lengths = Counter(map(len, rows))
    # A header that is one cell short has none above the names of the rows; one that ended in an empty cell, as its rows do, is not short.
    if len(header) == written and set(lengths) == {len(header) + 1} and all(row[0].strip() for row in rows):
        header = ["", *header]
    width = len(header)
    faults = []
    for i, row in enumerate(rows):
        if len(row) == width:
            continue
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            del row[width:]
            continue
        advice = "Every row needs as many cells as the header; also check which character stands between the cells."
        faults.append(Fault(f"this row has {len(row)} cell(s), the header has {width}", file=file, line=lines[i], advice=advice))
    if faults:
        raise DataError(faults)
    blank = [j for j, name in enumerate(header) if not name and j and not any(row[j].strip() for row in rows)]
    kept = [j for j in range(width) if j not in blank]
    if blank:
        rows = [[row[j] for j in kept] for row in rows]
    return Table(file, tuple(header[j] for j in kept), tuple(j + 1 for j in kept), rows, lines, header_line, delimiter)
