"""From text to rows of cells: the one place where a table that somebody wrote is split, whatever stands between its cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qmethod.errors import DataError, Fault
from qmethod.formats.headings import find_header, find_top, names_of, plain, roles
from qmethod.formats.placements import is_placement
from qmethod.formats.text import lines_of

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

DELIMITERS = (",", ";", "\t", "|", "\x1e", "\x1f")
"""What may stand between the cells of a table; the last two are the characters of that purpose, which Baserow offers for its exports."""
BLANKS = " "
"""Any number of blanks between cells, as R's ``write.table`` puts them: only where no other sign parts a table, and they part each row alike."""
GIVEN = ""
"""Nothing stands between the cells: the file says itself where each begins and ends, as a workbook does."""
_SEPARATORS = {"\x1e": "the record separator", "\x1f": "the unit separator"}
SPOKEN = {",": "','", ";": "';'", "\t": "tab", "|": "'|'", **_SEPARATORS, BLANKS: "blanks", GIVEN: "nothing"}
"""What stands between cells, in words."""

MOST_COLUMNS = 100_000
"""Columns that a table may have: statements in rows, a column for each participant."""
_LONG_LINE = re.compile(rf"(?<![^\r\n])[^\r\n]{{{MOST_COLUMNS},}}")  # from the beginning of a line only, else each sign of one is a new try
_PEEK = 60
_GLANCE = 1 << 20
_LARGEST_CELL = 131_072
_LONGEST_LINE = 1 << 22
_BETWEEN = re.compile(r'(?<!\S)"(?:[^"]|"")*"(?!\S)|[ \t]+')
_BLANKS_INSIDE = re.compile(r"[^ \t\r\n][ \t]+[^ \t\r\n]")
_FEWEST, _HIGHEST = 3, 12
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
        What stands between the cells: one of `DELIMITERS`, `BLANKS`, or `GIVEN`.
    """

    rows: list[list[str]]
    lines: list[int]
    delimiter: str


def announced(text: str) -> tuple[str, int] | None:
    """The delimiter that a first line ``sep=;`` names, as Excel reads and writes it, and the length of that line; None where there is none."""
    found = _ANNOUNCED.match(text)
    return (found[1], found.end()) if found else None


def split_cells(text: str, file: str, *, names: Collection[str] | None = None, delimiter: str | None = None) -> Cells:
    """Split text into rows of cells.

    Parameters
    ----------
    text : str
        The decoded file.
    file : str
        Its name, for messages.
    names : collection of str, optional
        What a header may call its columns, as `headings.plain` writes it: then the delimiter is the one under which a line names most of them.
        Where not given, it is the one that parts most rows alike, into numbers.
    delimiter : str, optional
        What stands between the cells, where that is known and no first line says otherwise.

    Raises
    ------
    DataError
        If the file holds nothing, cells cannot be told apart, or quotes do not close; names the line.
    """
    check_width(text, file)
    skipped = 0
    if (said := announced(text)) is not None:
        delimiter, text, skipped = said[0], text[said[1] :], 1
    elif delimiter is None:
        found = _by_numbers(text, file) if names is None else _by_names(text, names)
        if found is None and (parted := _at_blanks(text, names)) is not None:
            return parted
        if found is None and names is None:
            advice = "Put a comma, a semicolon or a tab between the cells. Blanks part them only where each line has as many cells."
            raise DataError([Fault("only one column was found", file=file, line=1, advice=advice)])
        delimiter = found or DELIMITERS[0]
    rows, lines = _records(text, delimiter, file, skipped)
    if not rows:
        raise DataError([Fault("the file is empty", file=file, line=1)])
    return Cells(rows, lines, delimiter)


def check_width(text: str, file: str) -> None:
    """Refuse a line of more cells than a table of sorts has, before it is tried with every sign that may part them.

    Parameters
    ----------
    text, file : str

    Raises
    ------
    DataError
    """
    for found in _LONG_LINE.finditer(text):
        if (n := max(map(found[0].count, DELIMITERS))) > MOST_COLUMNS:
            message = f"this line has more than {n:,} cells; at most {MOST_COLUMNS:,} columns are read"
            advice = "With one row a participant, sorts without number can be analysed in chunks."
            raise DataError([Fault(message, file=file, line=text.count("\n", 0, found.start()) + 1, advice=advice)])


def one_column(text: str, names: Collection[str]) -> Cells | None:
    """The cells of a file of which each row has one cell that holds anything, in one column; None where there is no such column.

    Parameters
    ----------
    text : str
        The decoded file. Empty columns before and behind the one change nothing, nor does a sign that stands inside cells.
    names : collection of str
        What a header may call the column, as `headings.plain` writes it: above one a line may hold several cells, which are put into one.
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
        single = [cells[0][0] if len(cells) == 1 else -1 for cells in filled]
        top = next((i for i, cells in enumerate(filled[:_HIGHEST]) if single[i] >= 0 and plain(cells[0][1]) in names), 0)
        if rows and single[top] >= 0 and len(set(single[top:])) == 1:
            found.append(Cells([[f"{delimiter} ".join(cell for _, cell in cells)] for cells in filled], lines, delimiter))
    return min(found, key=lambda cells: sum(len(cell) for (cell,) in cells.rows), default=None)


def possible_headers(text: str, names: Collection[str]) -> list[list[str]]:
    """The line that names most of the columns, as each sign that may stand between cells would part it; see `headings.find_header`."""
    said = announced(text)
    body, signs = (text[said[1] :], (said[0],)) if said else (text, DELIMITERS)
    found = [rows[find_header(rows, names)] for sign in signs if (rows := _first_rows(body, sign, _PEEK))]
    if said is None and not any(len(names_of(row).intersection(names)) > 1 for row in found) and (parted := _at_blanks(text, names)) is not None:
        found.append(parted.rows[find_header(parted.rows, names)])
    return found


def delimiter_by(text: str, score: Callable[[list[list[str]]], int]) -> str | None:
    """The sign that parts the first rows as somebody wants them.

    Parameters
    ----------
    text : str
    score : callable
        What the rows that a sign makes are worth; 1 or less is nothing.

    Returns
    -------
    str or None
        None where no sign does, or a first line says which it is.
    """
    if announced(text) is not None:
        return None
    worth = {sign: score(rows) for sign in DELIMITERS if (rows := _first_rows(text, sign, _PEEK))}
    best = max(worth, key=lambda sign: worth[sign], default="")
    return best if worth.get(best, 0) > 1 else None


def _by_numbers(text: str, file: str) -> str | None:
    """The delimiter under which the header fits the rows and names two roles, else the one that parts most rows alike, into placements.

    None where none parts the table, or only blanks part its header. A bar splits the header or counts only where nothing else splits any: some
    programs write a whole sort into one cell, as 2|4|7. A comma in each row may be that of its decimals: then it does not part the header.

    Raises
    ------
    DataError
        If two of them do equally well.
    """
    found: list[tuple[tuple[bool, bool, bool, float, float, bool, int], str]] = []
    for candidate in DELIMITERS:
        rows = _first_rows(text, candidate, _PEEK)
        lengths = Counter(map(len, rows))
        width = max(lengths, key=lambda length: (lengths[length], length), default=0)
        if width < 2:
            continue
        alike = [row for row in rows if len(row) == width]
        numbers = sum(is_placement(cell) for row in alike for cell in row[1:]) / ((width - 1) * len(alike))
        top = find_top(rows).header
        header, below = rows[top], rows[top:]
        extent = max((j + 1 for j, cell in enumerate(header) if cell.strip()), default=0)
        headed = len(header) > 1 and (width - 1 <= len(header) <= width or width - 1 <= extent <= width)
        named = len(roles(header)) if headed else 0
        if candidate != "|" or headed or not found:
            score = (
                named > 1,
                headed,
                named > 0,
                round(sum(len(row) == width for row in below) / len(below), 1),
                round(numbers, 1),
                _quotes_whole(rows),
                width,
            )
            found.append((score, candidate))
    if not found:
        return None
    best = max(score for score, _ in found)
    first, *others = [candidate for score, candidate in found if score == best]
    sure = first == "\t" or (best[1] and _quotes_close(text, first))  # tabs are blanks
    if not sure and _at_blanks(text, None) is not None:
        return None
    if others:  # x;y,z above s1;1,5: as one is taken, the other is lost
        message = f"it is not clear which sign parts the cells, {SPOKEN[first]} or {SPOKEN[others[0]]}"
        advice = f"Write decimals with a point, or say which it is in a line of its own above the table: sep={others[0]}"
        raise DataError([Fault(message, file=file, line=1, advice=advice)])
    return first


def _by_names(text: str, names: Collection[str]) -> str | None:
    """The delimiter under which a line names most of the columns, else the one that stands in it most often; None where none stands in it."""

    def score(candidate: str) -> tuple[int, bool, int, bool]:
        rows = _first_rows(text, candidate, _PEEK)
        header = rows[find_header(rows, names)] if rows else []
        return len(names_of(header).intersection(names)), _quotes_whole([header]), _n_filled(header), len(header) > 1

    best = max(DELIMITERS, key=score)
    named, _, _, parted = score(best)
    return best if named > 1 or (parted and (best == "\t" or _at_blanks(text, names) is None)) else None


def _at_blanks(text: str, names: Collection[str] | None) -> Cells | None:
    """The cells of a table between which blanks stand; None where they do not part all rows alike.

    The header has a name for each column, or one too few as R writes it, and either it is in quotes, or below it stand numbers. Lines above it, and
    comments, are one cell each.
    """
    if not _BLANKS_INSIDE.search(text, 0, _GLANCE):
        return None
    if len(text) > _LONGEST_LINE and max(map(len, text.split("\n"))) > _LONGEST_LINE:
        return None
    parted = _BETWEEN.sub(lambda found: found[0] if found[0][0] == '"' else _tab(text, *found.span()), text)
    try:
        rows, lines = _records(parted, "\t", "", 0)
    except DataError:
        return None
    told = [row[0] == "#" or (row[0].startswith("#") and not any(map(is_placement, row[1:]))) for row in rows]
    below = [i for i, remark in enumerate(told) if not remark]
    lengths = Counter(len(rows[i]) for i in below)
    width = max(lengths, key=lambda length: (lengths[length], length), default=0)
    tops = [i for i in below[:_HIGHEST] if names is None or names_of(rows[i]).intersection(names)]
    written = lines_of(text)

    def fits(at: int) -> bool:
        body = [rows[i] for i in below if i > at]
        if width < 2 or not body or any(len(row) != width for row in body) or len(rows[at]) not in (width, width - 1):
            return False
        numeric = width >= _FEWEST and all(is_placement(cell) for row in body for cell in row[1:])
        long = names is None and len(roles(rows[at])) >= _FEWEST
        return written[lines[at] - 1].lstrip().startswith('"') or numeric or long

    if (at := next(filter(fits, tops), None)) is None:
        return None
    table = {at, *(i for i in below if i > at)}
    return Cells([row if i in table else [" ".join(row)] for i, row in enumerate(rows)], lines, BLANKS)


def _tab(text: str, start: int, end: int) -> str:
    """What blanks become: nothing at the ends of a line, else a tab."""
    ends = ("", "\n", "\r")
    return "" if not start or text[start - 1] in ends or text[end : end + 1] in ends else "\t"


def _n_filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _quotes_whole(rows: Iterable[Sequence[str]]) -> bool:
    """Whether no cell holds one quote of a pair: a sign that stands inside quotes parts no cells."""
    return not any(cell.count('"') % 2 for row in rows for cell in row)


def _first_rows(text: str, delimiter: str, most: int) -> list[list[str]]:
    """The first rows that are not blank, up to a quote that does not fit; fewer where they are very long, but whole ones."""
    return _glance(text, delimiter, most)[0]


def _quotes_close(text: str, delimiter: str) -> bool:
    """Whether quotes fit in the first rows."""
    return _glance(text, delimiter, _PEEK)[1]


def _glance(text: str, delimiter: str, most: int) -> tuple[list[list[str]], bool]:
    rows: list[list[str]] = []
    start = text[:_GLANCE]
    whole = len(start) == len(text)
    try:
        for row in _reader(start, delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == most:
                return rows, True
    except csv.Error:
        return rows, False
    return rows if whole else rows[: max(1, len(rows) - 1)], True


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
