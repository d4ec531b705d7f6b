"""From cells to a table: the header, and rows of one length under it."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.around import extent_of, further_lines, left_out, short_rows, without_headers, without_remarks
from qmethod.formats.cells import BLANKS, GIVEN, SPOKEN, Cells, delimiter_by, split_cells
from qmethod.formats.foreign import refuse_foreign
from qmethod.formats.headings import (
    FIRST_HEADERS,
    NAMING_HEADERS,
    PARTICIPANT_HEADERS,
    PARTICIPANT_HEADERS_ELSEWHERE,
    SECOND_HEADERS,
    TEXT_HEADERS,
    Top,
    find_header,
    find_top,
    plain,
)
from qmethod.formats.placements import is_placement
from qmethod.formats.selection import Selection, named_row
from qmethod.formats.text import MAX_BYTES, decode, load
from qmethod.notice import Notice

_PEEK = 60
COUNTING = frozenset(("", "Unnamed: 0", "...1", "X"))
"""What programs write above a column that counts the rows: R and pandas nothing, or ``X`` and ``Unnamed: 0`` the second time, readr ``...1``."""
_NOTHING = Selection()
_NAMING = (NAMING_HEADERS | PARTICIPANT_HEADERS_ELSEWHERE | FIRST_HEADERS | SECOND_HEADERS) - TEXT_HEADERS


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
        What stands between the cells; `GIVEN` where nothing does.
    row_names : bool
        Whether the header has one name too few, as R writes it, so that the first column is nameless.
    wordings : tuple of str
        A text for each column, where a second line of the header holds them; else empty.
    notices : tuple of Notice
        Lines and columns that were left out.
    counting : tuple of int
        Columns that were left out because they count the rows before the column with the participants, counted from 1.
    headed : bool
        Whether a line of the file names the columns; else they are numbered in `header`.
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
    counting: tuple[int, ...] = ()
    headed: bool = True

    @property
    def kind(self) -> str:
        """Words for `Source.kind`."""
        return {"\t": "TSV", BLANKS: "text", GIVEN: "table"}.get(self.delimiter, "CSV")

    @property
    def between(self) -> str:
        """Words for what stands between the cells."""
        return f"{SPOKEN[self.delimiter]} between cells"


def parse_table(text: str, file: str, *, row_names: bool | None = None, counting: tuple[int, ...] | None = None, said: Selection = _NOTHING) -> Table:
    """Split text into a rectangular table.

    Parameters
    ----------
    text : str
        The decoded file.
    file : str
        Its name, for messages.
    row_names : bool, optional
        Whether the header has one name too few, as R writes it; told by the rows where not given.
    counting : tuple of int, optional
        Columns that count the rows, as `Table.counting`; told by the rows where not given.
    said : Selection, optional
        Which columns are what, and which rows are none of the sorts: the header is the first line with the columns that are named.

    Raises
    ------
    DataError
        If cells cannot be told apart, quotes do not close, or rows differ in length; names every line at fault.
    """
    delimiter = delimiter_by(text, lambda rows: len(rows[at]) if (at := named_row(rows, said)) is not None else 0) if said.names_columns else None
    return table_of(split_cells(text, file, delimiter=delimiter), file, row_names=row_names, counting=counting, said=said)


def table_of(cells: Cells, file: str, *, row_names: bool | None = None, counting: tuple[int, ...] | None = None, said: Selection = _NOTHING) -> Table:
    """Make rows of cells a rectangular table; see `parse_table`."""
    rows, lines = cells.rows, cells.lines
    headed = said.header and not _is_coded(rows[0], said)
    if headed:
        top = _top(rows, said)
        header, header_line = rows[top.header], lines[top.header]
        texts = rows[top.texts] if top.texts is not None else None
        told = [*left_out(rows, lines, top), *further_lines(lines, top, asked=bool(said.skip))]
    else:
        top, header, header_line, texts, told, row_names = Top(-1, said.skip), _numbered(rows), lines[0], None, [], False
        if said.header:
            told = [
                Notice("header-none", f"Line {lines[0]} holds codes of placements, so it was read as one of the sorts; no line names the columns.")
            ]
    n_below = len(rows) - top.header - 1
    rows, lines, remarks = without_remarks(rows[top.body :], lines[top.body :])
    rows, lines, again = without_headers(header, header_line, rows, lines)
    if not rows and said.skip:
        way = Setting("skip", str(said.skip))
        advice = f"{way} leaves out every one of the {n_below}; only rows that hold no sort, such as wordings, are to be left out."
        raise DataError([Fault("no row is left below the header", file=file, line=header_line, advice=advice, settings=(way,))])
    if not rows:
        advice = "Each statement (or participant) needs a line of its own below the header."
        raise DataError([Fault("the file holds a header and nothing below it", file=file, line=header_line, advice=advice)])
    found = _rectangular(file, header, header_line, rows, lines, cells.delimiter, texts, row_names)
    told += [*remarks, *again, *short_rows(rows, lines, found.columns[-1])]
    if counting is None and not said.names_columns:
        counting, unnamed = _counting_participants(found)
        told += unnamed
    return replace(_without(found, counting or ()), notices=tuple(told), headed=headed)


def _top(rows: list[list[str]], said: Selection) -> Top:
    """Where the header is, and where the sorts begin: as the user says, else as `headings.find_top` sees it."""
    at = named_row(rows, said)
    top = find_top(rows) if at is None else find_top(rows[at:], known=True)
    top = top if at is None else Top(at, top.body + at, None if top.texts is None else top.texts + at)
    if not said.skip:
        return top
    below = rows[top.header + 1 : top.header + 2]
    worded = bool(below) and not any(map(is_placement, filter(None, map(str.strip, below[0]))))
    return Top(top.header, top.header + 1 + said.skip, top.header + 1 if worded else None)


def _is_coded(row: list[str], said: Selection) -> bool:
    """Whether most cells of a row are codes of placements."""
    codes = {code.casefold() for code, _ in said.codes}
    cells = [cell.strip().casefold() for cell in row if cell.strip()]
    return 2 * sum(cell in codes for cell in cells) > len(cells)


def _numbered(rows: list[list[str]]) -> list[str]:
    """Names for columns that have none: their numbers. The first has no name where it holds words, or numbers that no other column does."""
    width = max(map(len, rows))
    firsts = [row[0].strip() for row in rows]
    others = {cell.strip() for row in rows for cell in row[1:]}
    names = not all(map(is_placement, firsts)) or (len(set(firsts)) == len(firsts) and others.isdisjoint(firsts))
    filled = [any(_filled(row, j) for row in rows) for j in range(width)]
    return ["" if not filled[j] or (j == 0 and names) else f"column {j + 1}" for j in range(width)]


def _counting_participants(table: Table) -> tuple[tuple[int, ...], list[Notice]]:
    """Columns that count the rows before one that is called like the participants and holds no placements, and a notice of them."""
    if COUNTING.isdisjoint(table.header):
        return (), []
    who = [j for j, name in enumerate(table.header) if plain(name) in PARTICIPANT_HEADERS and not _may_be_placements(table, j)]
    kept, said = _nameless(dict(enumerate(table.header)), table.columns, table.rows, {plain(table.header[j]) for j in who}, "")
    return tuple(column for j, column in enumerate(table.columns) if j not in kept), said


def _may_be_placements(table: Table, column: int) -> bool:
    """Whether a column holds numbers, some of which stand twice or in the columns behind it."""
    cells = [row[column].strip() for row in table.rows]
    behind = {cell.strip() for row in table.rows for cell in row[column + 1 :]}
    return all(map(is_placement, cells)) and (len(set(cells)) < len(cells) or not behind.isdisjoint(cells))


def _without(table: Table, columns: Collection[int]) -> Table:
    """A table without some columns, which are counted as in the file."""
    if not columns:
        return table
    kept = [j for j, column in enumerate(table.columns) if column not in columns]
    return replace(
        table,
        header=tuple(table.header[j] for j in kept),
        columns=tuple(table.columns[j] for j in kept),
        rows=[[row[j] for j in kept] for row in table.rows],
        wordings=tuple(table.wordings[j] for j in kept) if table.wordings else (),
        counting=tuple(columns),
    )


def read_table(
    path: str | os.PathLike[str],
    names: Collection[str],
    *,
    holds: str,
    key: str = "",
    encoding: str | None = None,
    largest: int = MAX_BYTES,
) -> tuple[Table, list[Fault]]:
    """Read a table whose columns are known by name, whatever program wrote it.

    Parameters
    ----------
    path : path
    names : collection of str
        What columns may be called, as `headings.plain` writes it; by these the header is found, and the sign between the cells.
    holds : str
        What the table holds, in a word for messages: ``"flags"``.
    key : str
        What the column is called that names the rows; a first column without a name is taken for it where the header has no such column, unless it
        counts the rows. Where not given, it stays without a name.
    encoding : str, optional
        Guessed where not given, which is a notice of the table.
    largest : int
        Bytes that the file may have.

    Returns
    -------
    table : Table
        Its columns are those that have a name or hold anything, without one that counts the rows before those that name them; a row that ends early
        has empty cells at its end. It may have no rows. Its notices tell what was left out.
    faults : list of Fault
        One for each row that has cells beyond the header, which are not in the table.

    Raises
    ------
    DataError
        If the file cannot be read as text, is empty, has more lines than are read, or quotes do not close.
    """
    document = load(path, holds=holds, largest=largest)
    refuse_foreign(document)
    decoded = decode(document, encoding)
    table, faults = parse_named(decoded.text, document.file, names, key=key)
    return replace(table, notices=(*decoded.notices, *table.notices)), faults


def parse_named(
    text: str, file: str, names: Collection[str], *, key: str = "", whole: bool = False, delimiter: str | None = None
) -> tuple[Table, list[Fault]]:
    """Split text into a table whose columns are known by name; see `read_table`.

    With `whole`, a row that ends early is a fault too. With `delimiter`, it is known what stands between the cells.
    """
    return named_table(split_cells(text, file, names=names, delimiter=delimiter), file, names, key=key, whole=whole)


def named_table(cells: Cells, file: str, names: Collection[str], *, key: str = "", whole: bool = False) -> tuple[Table, list[Fault]]:
    """Make rows of cells a table whose columns are known by name; see `read_table` and `parse_named`."""
    at = find_header(cells.rows, names)
    header, header_line = cells.rows[at], cells.lines[at]
    said = left_out(cells.rows, cells.lines, Top(at, at + 1))
    rows, lines, remarks = without_remarks(cells.rows[at + 1 :], cells.lines[at + 1 :])
    if _one_too_many(header, rows):
        message = "each row has a cell more than the header: the first may count the rows, or the last be none"
        advice = "Give the first column a name, or take the delimiters at the ends of the rows out."
        raise DataError([Fault(message, file=file, line=header_line, advice=advice)])
    row_names = _lacks_name(header, rows, names)
    header = ["", *header] if row_names else header
    width = extent_of(header)
    quotes = f"Put a cell that holds {SPOKEN[cells.delimiter]} in quotes."
    short = "Write a cell for each column; one may be empty."
    faults = [
        Fault(f"{n} cell{'s' if n > 1 else ''} where the header has {width}", file=file, line=line, advice=quotes if n > width else short)
        for row, line in zip(rows, lines, strict=True)
        if (n := max(extent_of(row), min(len(row), width))) > width or (whole and n < width)
    ]
    rows = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    kept = [j for j in range(width) if header[j].strip() or any(row[j].strip() for row in rows)]
    titles = {j: header[j].strip() for j in kept}
    kept, unnamed = _nameless(titles, range(1, width + 1), rows, names, key)
    return Table(
        file,
        tuple(titles[j] for j in kept),
        tuple(j + 1 for j in kept),
        [[row[j] for j in kept] for row in rows],
        lines,
        header_line,
        cells.delimiter,
        row_names,
        notices=(*said, *remarks, *unnamed),
    ), faults


def plain_list(cells: Cells, names: Collection[str]) -> tuple[Cells, tuple[Notice, ...]]:
    """A table of one column from its header on, without what stands above that, and without comments.

    Parameters
    ----------
    cells : Cells
        One cell in each row.
    names : collection of str
        What the header may be called, as `headings.plain` writes it; there may be none.

    Returns
    -------
    Cells
    tuple of Notice
        Of what was left out.
    """
    at = find_header(cells.rows, names)
    at = at if plain(cells.rows[at][0]) in names else 0
    said = left_out(cells.rows, cells.lines, Top(at, at + 1))
    rows, lines, remarks = without_remarks(cells.rows[at:], cells.lines[at:])
    return Cells(rows, lines, cells.delimiter), (*said, *remarks)


def _lacks_name(header: list[str], rows: list[list[str]], names: Collection[str]) -> bool:
    """Whether each row has one cell more than the header, as R writes names of rows; delimiters at the ends of rows are no cells.

    Where the header names the rows itself, what R puts before them are the numbers 1 to N and nothing else.
    """
    named = len(header)
    same = bool(rows) and bool(header[-1].strip()) and all(len(row) == named + 1 and row[0].strip() for row in rows)
    naming = any(plain(name) in names and plain(name) in _NAMING for name in header)
    return same and max(map(extent_of, rows)) == named + 1 and (not naming or is_count("", [row[0] for row in rows], 1))


def _one_too_many(header: list[str], rows: list[list[str]]) -> bool:
    """Whether R may have put the numbers of the rows before them, while their last cells are all empty; or these are delimiters at their ends."""
    same = bool(header[-1].strip()) and all(len(row) == len(header) + 1 and not row[-1].strip() for row in rows)
    return same and len(rows) > 1 and is_count("", [row[0] for row in rows], 1)


def is_count(title: str, cells: Sequence[str], first: int) -> bool:
    """Whether a column counts the rows from `first`, under a header that says nothing else."""
    return title in COUNTING and [cell.strip() for cell in cells] == [str(i + first) for i in range(len(cells))]


def _nameless(
    titles: dict[int, str], columns: Sequence[int], rows: list[list[str]], names: Collection[str], key: str
) -> tuple[list[int], list[Notice]]:
    """The columns without those that count the rows before one that names them, a first one without a name called `key`, and what is said of both."""
    kept = list(titles)
    naming = [j for j in kept if plain(titles[j]) in names and plain(titles[j]) in _NAMING]
    counting = [j for j in kept if naming and j < naming[0] and _counts(titles[j], rows, j)]
    if counting:
        kept = [j for j in kept if j not in counting]
        where = ", ".join(str(columns[j]) for j in counting)
        message = f"Column {where} counts the rows and was left out." if len(counting) == 1 else f"Columns {where} count the rows and were left out."
        return kept, [Notice("columns-ignored", message)]
    if key and not naming and kept and not titles[kept[0]] and all(row[kept[0]].strip() for row in rows) and not _counts("", rows, kept[0]):
        titles[kept[0]] = key
        return kept, [Notice("column-without-name", f"Column {columns[kept[0]]} has no name and was taken for {key}.")]
    return kept, []


def _counts(title: str, rows: list[list[str]], column: int) -> bool:
    """Whether a column counts the rows, from 0 or 1."""
    cells = [row[column] for row in rows]
    return bool(rows) and any(is_count(title, cells, first) for first in (0, 1))


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
    extents = [len(row) if row and row[-1].strip() else extent_of(row) for row in rows]
    extent = max(extents)
    row_names = _has_row_names(names, rows, extent) if row_names is None else row_names
    if row_names:
        names = ["", *names]
    named = extent_of(names)
    beyond = sum(n > named for n in extents)  # a few rows that reach beyond the header are shifted, and no column without a name
    width = named if extent <= named or 2 * beyond <= len(rows) else min(extent, len(names))
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
    named, length = extent_of(names), len(rows[0])
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
