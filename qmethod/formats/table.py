"""From cells to a table: the header, and rows of one length under it."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from qmethod.data import Notice
from qmethod.errors import DataError, Fault
from qmethod.formats.cells import split_cells
from qmethod.formats.foreign import refuse_foreign
from qmethod.formats.headings import NAMING_HEADERS, Top, find_top, plain
from qmethod.formats.placements import is_placement
from qmethod.formats.text import MAX_BYTES, decode, load
from qmethod.wording import and_more, listed

_SPOKEN = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
_PEEK = 60
_SHOWN, _LONGEST = 6, 60


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
    row_names : bool
        Whether the header has one name too few, as R writes it, so that the first column is nameless.
    wordings : tuple of str
        A text for each column, where a second line of the header holds them; else empty.
    notices : tuple of Notice
        Lines that were left out.
    """

    file: str
    header: tuple[str, ...]
    columns: tuple[int, ...]
    rows: list[list[str]]
    lines: list[int]
    header_line: int
    delimiter: str
    row_names: bool = False
    wordings: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def kind(self) -> str:
        """Words for `Source.kind`."""
        return "TSV" if self.delimiter == "\t" else "CSV"

    @property
    def between(self) -> str:
        """Words for what stands between the cells."""
        return f"{_SPOKEN[self.delimiter]} between cells"


def parse_table(text: str, file: str, *, row_names: bool | None = None) -> Table:
    """Split text into a rectangular table.

    Parameters
    ----------
    text : str
        The decoded file.
    file : str
        Its name, for messages.
    row_names : bool, optional
        Whether the header has one name too few, as R writes it; told by the rows where not given.

    Raises
    ------
    DataError
        If cells cannot be told apart, quotes do not close, or rows differ in length; names every line at fault.
    """
    cells = split_cells(text, file)
    rows, lines = cells.rows, cells.lines
    top = find_top(rows)
    header, header_line = rows[top.header], lines[top.header]
    texts = rows[top.texts] if top.texts is not None else None
    said = [*_left_out(rows, lines, top), *_further(lines, top)]
    rows, lines, remarks = _without_remarks(rows[top.body :], lines[top.body :])
    if not rows:
        advice = "Each statement (or participant) needs a line of its own below the header."
        raise DataError([Fault("the file holds a header and nothing below it", file=file, line=header_line, advice=advice)])
    found = _rectangular(file, header, header_line, rows, lines, cells.delimiter, texts, row_names)
    return replace(found, notices=(*said, *remarks))


def read_table(
    path: str | os.PathLike[str],
    names: Collection[str],
    *,
    holds: str,
    encoding: str | None = None,
    largest: int = MAX_BYTES,
) -> tuple[Table, list[Fault]]:
    """Read a table whose first row names columns that are known, whatever program wrote it.

    Parameters
    ----------
    path : path
    names : collection of str
        What columns may be called, as `headings.plain` writes it; by these the sign between the cells is found.
    holds : str
        What the table holds, in a word for messages: ``"flags"``.
    encoding : str, optional
        Guessed where not given, which is a notice of the table.
    largest : int
        Bytes that the file may have.

    Returns
    -------
    table : Table
        Its columns are those that have a name or hold anything; a row that ends early has empty cells at its end. It may have no rows.
    faults : list of Fault
        One for each row that has cells beyond the header, which are not in the table.

    Raises
    ------
    DataError
        If the file cannot be read as text, is empty, or quotes do not close.
    """
    document = load(path, holds=holds, largest=largest)
    refuse_foreign(document)
    decoded = decode(document, encoding)
    table, faults = parse_named(decoded.text, document.file, names)
    return replace(table, notices=decoded.notices), faults


def parse_named(text: str, file: str, names: Collection[str], *, whole: bool = False) -> tuple[Table, list[Fault]]:
    """Split text into a table whose first row names columns that are known; see `read_table`.

    With `whole`, a row that ends early is a fault too.
    """
    cells = split_cells(text, file, names=names)
    header, *rows = cells.rows
    width = _extent(header)
    advice = f"Put a cell that holds {_SPOKEN[cells.delimiter]} in quotes."
    faults = [
        Fault(f"{n} cell{'s' if n > 1 else ''} where the header has {width}", file=file, line=line, advice=advice)
        for row, line in zip(rows, cells.lines[1:], strict=True)
        if (n := max(_extent(row), min(len(row), width))) > width or (whole and n < width)
    ]
    rows = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    kept = [j for j in range(width) if header[j].strip() or any(row[j].strip() for row in rows)]
    table = Table(
        file,
        tuple(header[j].strip() for j in kept),
        tuple(j + 1 for j in kept),
        [[row[j] for j in kept] for row in rows],
        cells.lines[1:],
        cells.lines[0],
        cells.delimiter,
    )
    return table, faults


def _left_out(rows: list[list[str]], lines: list[int], top: Top) -> list[Notice]:
    """A notice of the lines above the header."""
    if not top.header:
        return []
    shown = "; ".join(repr(_shortened(rows[i])) for i in range(min(top.header, _SHOWN)))
    more = and_more(top.header, _SHOWN)
    where = _spoken_lines(lines[: top.header])
    return [
        Notice("lines-left-out", f"The header was found in line {lines[top.header]}; what stands above it was left out ({where}): {shown}{more}.")
    ]


def _further(lines: list[int], top: Top) -> list[Notice]:
    """A notice of further lines of the header."""
    if top.body == top.header + 1:
        return []
    texts = f"; the texts in line {lines[top.texts]} were taken as wordings" if top.texts is not None else ""
    where = _spoken_lines(lines[top.header + 1 : top.body])
    return [Notice("header-lines", f"Qualtrics writes a header of several lines; no sort was read from {where}{texts}.")]


def _without_remarks(rows: list[list[str]], lines: list[int]) -> tuple[list[list[str]], list[int], list[Notice]]:
    """The rows that are no comments: lines that begin with #, are shorter than others and hold no number."""
    longest = max(map(len, rows), default=0)
    remarks = {i for i, row in enumerate(rows) if "#" in row[0] and row[0].lstrip().startswith("#") and len(row) < longest and not _has_number(row)}
    if not remarks:
        return rows, lines, []
    where = _spoken_lines([lines[i] for i in sorted(remarks)])
    notice = Notice("lines-left-out", f"Comments were left out: {where}.")
    kept = [i for i in range(len(rows)) if i not in remarks]
    return [rows[i] for i in kept], [lines[i] for i in kept], [notice]


def _spoken_lines(lines: Sequence[int]) -> str:
    return f"line{'s' if len(lines) > 1 else ''} {listed(map(str, lines), _SHOWN)}"


def _shortened(row: list[str]) -> str:
    text = ", ".join(cell.strip() for cell in row if cell.strip())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _rectangular(
    file: str,
    header: list[str],
    header_line: int,
    rows: list[list[str]],
    lines: list[int],
    delimiter: str,
    texts: list[str] | None,
    row_names: bool | None,
) -> Table:
    """Rows of one length under their names. Columns without name and content go first, so that they decide nothing."""
    names = [name.strip() for name in header]
    before = 0
    while before < len(names) and not names[before] and not any(_filled(row, before) for row in rows):
        before += 1
    names = names[before:]
    rows = [row[before:] for row in rows] if before else rows
    extents = [len(row) if row and row[-1].strip() else _extent(row) for row in rows]
    extent = max(extents)
    row_names = _has_row_names(names, rows, extent) if row_names is None else row_names
    if row_names:
        names = ["", *names]
    named = _extent(names)
    width = named if extent <= named else min(extent, len(names))
    faults = _ragged(file, header_line, rows, extents, lines, width, named)
    if faults:
        raise DataError(faults)
    kept = [j for j in range(width) if names[j] or any(row[j].strip() for row in rows)]
    if len(kept) < width or any(len(row) > width for row in rows):
        rows = [[row[j] for j in kept] for row in rows]
    columns = tuple(j + 1 + before for j in kept)
    above = tuple(texts[j - 1].strip() if j <= len(texts) else "" for j in columns) if texts else ()
    return Table(file, tuple(names[j] for j in kept), columns, rows, lines, header_line, delimiter, row_names, above)


def _has_row_names(names: list[str], rows: list[list[str]], extent: int) -> bool:
    """Whether the rows begin with a name that the header lacks, as R writes them: then their last cell is filled, and it has no name above it.

    Where the header begins with a word for names itself, what R puts before it are the numbers 1 to N and nothing else. Where a row begins with such
    a word, or the first row alone holds no number, that row is the header.
    """
    named, length = _extent(names), len(rows[0])
    if any(plain(row[0]) in NAMING_HEADERS for row in rows[:_PEEK]) or (len(rows) > 1 and not _has_number(rows[0]) and _has_number(rows[1])):
        return False
    if extent != named + 1 or not named or any(len(row) != length or not row[0].strip() for row in rows) or len(names) - named > length - extent:
        return False
    return plain(names[0]) not in NAMING_HEADERS or [row[0].strip() for row in rows] == [str(i) for i in range(1, len(rows) + 1)]


def _has_number(row: Sequence[str]) -> bool:
    return any(cell.strip() and is_placement(cell) for cell in row[1:])


def _ragged(file: str, header_line: int, rows: list[list[str]], extents: list[int], lines: list[int], width: int, named: int) -> list[Fault]:
    """Faults of the rows that have not as many cells as the header; one fault where all of them agree and the header differs."""
    wrong = [i for i, row in enumerate(rows) if len(row) < width or extents[i] > width]
    lengths = {len(rows[i]) if len(rows[i]) < width else extents[i] for i in wrong}
    if len(wrong) == len(rows) > 1 and len(lengths) == 1:
        message = f"the header has {named} cell(s), each row below it has {lengths.pop()}"
        advice = "Give every column a name; if this line is a title above the table, take it out."
        return [Fault(message, file=file, line=header_line, advice=advice)]
    advice = "Every row needs as many cells as the header; also check which character stands between the cells."
    return [Fault(f"this row has {len(rows[i])} cell(s), the header has {named}", file=file, line=lines[i], advice=advice) for i in wrong]


def _filled(row: Sequence[str], column: int) -> bool:
    return column < len(row) and bool(row[column].strip())


def _extent(row: Sequence[str]) -> int:
    """Number of cells up to the last one that is filled."""
    n = len(row)
    while n and not row[n - 1].strip():
        n -= 1
    return n
