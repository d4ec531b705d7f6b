"""From text to rows of cells: the one place where a table that somebody wrote is split, whatever stands between its cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qmethod.errors import DataError, Fault
from qmethod.formats.headings import plain, roles
from qmethod.formats.placements import is_placement

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

DELIMITERS = (",", ";", "\t", "|")
"""What may stand between the cells of a table."""

_PEEK = 60
_GLANCE = 1 << 20
_LARGEST_CELL = 131_072
_ANNOUNCED = re.compile(r'"?sep=([,;\t|])"?(\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of cells as they stand in a file.

    Parameters
    ----------
    rows : list of list of str
        Rows that hold anything, of any length.
    lines : list of int
        Line of the file on which each row begins, counted from 1.
    delimiter : str
        What stands between the cells.
    """

    rows: list[list[str]]
    lines: list[int]
    delimiter: str


def announced(text: str) -> tuple[str, int] | None:
    """The delimiter that a first line ``sep=;`` names, as Excel reads and writes it, and the length of that line; None where there is none."""
    found = _ANNOUNCED.match(text)
    return (found[1], found.end()) if found else None


def split_cells(text: str, file: str, *, names: Collection[str] | None = None) -> Cells:
    """Split text into rows of cells.

    Parameters
    ----------
    text : str
        The decoded file.
    file : str
        Its name, for messages.
    names : collection of str, optional
        What the first row may call its columns, as `headings.plain` writes it: then the delimiter is the one under which it names most of them.
        Where not given, it is the one that parts most rows alike, into numbers.

    Raises
    ------
    DataError
        If the file holds nothing, cells cannot be told apart, or quotes do not close; names the line.
    """
    skipped = 0
    if (said := announced(text)) is not None:
        delimiter, text, skipped = said[0], text[said[1] :], 1
    else:
        delimiter = _by_numbers(text, file) if names is None else _by_names(text, names)
    rows, lines = _records(text, delimiter, file, skipped)
    if not rows:
        raise DataError([Fault("the file is empty", file=file, line=1)])
    return Cells(rows, lines, delimiter)


def one_column(text: str) -> Cells | None:
    """The cells of a file of which each row has one cell that holds anything, in one column; None where there is no such column.

    Parameters
    ----------
    text : str
        The decoded file. Empty columns before and behind the one change nothing, nor does a sign that stands inside cells.
    """
    found = []
    said = announced(text)
    body, skipped = (text[said[1] :], 1) if said else (text, 0)
    for delimiter in (said[0],) if said else DELIMITERS:
        try:
            rows, lines = _records(body, delimiter, "", skipped)
        except DataError:
            continue
        filled = [[(j, cell.strip()) for j, cell in enumerate(row) if cell.strip()] for row in rows]
        if rows and all(len(cells) == 1 and cells[0][0] == filled[0][0][0] for cells in filled):
            found.append(Cells([[cells[0][1]] for cells in filled], lines, delimiter))
    return min(found, key=lambda cells: sum(len(cell) for (cell,) in cells.rows), default=None)


def possible_headers(text: str) -> list[list[str]]:
    """The first row that is not blank, as each sign that may stand between cells would part it."""
    said = announced(text)
    body, signs = (text[said[1] :], (said[0],)) if said else (text, DELIMITERS)
    return [row for sign in signs for row in _first_rows(body, sign, 1)]


def _by_numbers(text: str, file: str) -> str:
    """The delimiter under which the first row names two roles, else the one that gives most rows one number of cells, most of them placements.

    A bar splits the first row or counts only where nothing else splits any: some programs write a whole sort into one cell, as 2|4|7.
    """
    found: list[tuple[tuple[bool, float, float, bool, bool, int], str]] = []
    for candidate in DELIMITERS:
        rows = _first_rows(text, candidate, _PEEK)
        lengths = Counter(map(len, rows))
        width = max(lengths, key=lambda length: (lengths[length], length), default=0)
        if width < 2:
            continue
        alike = [row for row in rows if len(row) == width]
        numbers = sum(is_placement(cell) for row in alike for cell in row[1:]) / ((width - 1) * len(alike))
        headed = width - 1 <= len(rows[0]) <= width and len(rows[0]) > 1
        named = len(roles(rows[0])) if headed else 0
        if candidate != "|" or headed or not found:
            found.append(((named > 1, round(len(alike) / len(rows), 1), round(numbers, 1), _quotes_whole(rows), headed, width), candidate))
    if not found:
        advice = "Put a comma, a semicolon or a tab between the cells."
        raise DataError([Fault("only one column was found", file=file, line=1, advice=advice)])
    best = max(score for score, _ in found)
    return next(candidate for score, candidate in found if score == best)


def _by_names(text: str, names: Collection[str]) -> str:
    """The delimiter under which the first row names most of the columns; where it names none, the one that stands in it most often."""

    def score(candidate: str) -> tuple[int, bool, int]:
        rows = _first_rows(text, candidate, 1)
        header = [cell for row in rows for cell in row if cell.strip()]
        return len(set(map(plain, header)).intersection(names)), _quotes_whole(rows), len(header)

    return max(DELIMITERS, key=score)


def _quotes_whole(rows: Iterable[Sequence[str]]) -> bool:
    """Whether no cell holds one quote of a pair: a sign that stands inside quotes parts no cells."""
    return not any(cell.count('"') % 2 for row in rows for cell in row)


def _first_rows(text: str, delimiter: str, most: int) -> list[list[str]]:
    """The first rows that are not blank, up to a quote that does not fit; fewer where they are very long, but whole ones."""
    rows: list[list[str]] = []
    start = text[:_GLANCE]
    try:
        for row in _reader(start, delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == most:
                return rows
    except csv.Error:
        return rows
    if len(start) == len(text):
        return rows
    return rows[: max(1, len(rows) - 1)]


def _reader(text: str, delimiter: str) -> CsvReader:
    """Blanks before a quote are no part of the cell; others are left to whoever reads the cell."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=' "' in text)


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
            if any(map(str.strip, row)):
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
