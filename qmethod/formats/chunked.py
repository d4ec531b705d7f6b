"""Tables of sorts that need not fit into memory, read in chunks."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import numpy as np

from qmethod.brief import brief
from qmethod.data import Source
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats import layout as layouts
from qmethod.formats.around import SHIFTED
from qmethod.formats.cells import announced
from qmethod.formats.details import IN_CHUNKS, said_of
from qmethod.formats.headings import check_header
from qmethod.formats.placements import placements
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.suspicion import suspect
from qmethod.formats.table import Table, parse_table
from qmethod.formats.text import CHUNKS, sha256_of
from qmethod.formats.wide import participants_in_rows
from qmethod.layouts import PARTICIPANT_ROWS
from qmethod.literals import Layout
from qmethod.notice import Notice
from qmethod.streaming.chunks import CHUNK_ROWS, Chunk

PART_BYTES = 32 << 20
"""About how long the parts of a CSV file are."""

LONGEST_RECORD = 16 << 20
"""Bytes that the header and the first rows, or one row, may have: a quote that is not closed would else hold all that follows."""
MOST_UNPACKED = 100
"""Times its own size that a packed table may have; sorts that are not all alike have ten times at most."""
_ROOM = 32 << 20
"""Bytes that a packed table may have however small it is packed."""
_PIECE = 1 << 20
_FEWEST_LINES = 40
_BLANK = b' \t\r\n,;|"'
_UNNAMED = "participants-numbered"


_Parsed = tuple[Sorts, np.ndarray[tuple[int], np.dtype[np.int64]], Table]


@dataclass(frozen=True, slots=True)
class CsvSorts:
    """Sorts in a table with participants in rows, cut into parts at the ends of lines.

    Parameters
    ----------
    path : str
        Absolute.
    name : str
        The file as the user named it.
    header : bytes
        The lines from the header up to the first sort.
    header_line : int
        Number of the first of them; titles and comments may stand above.
    parts : tuple of tuple (int, int, int)
        For each: where it begins and ends in the file, in bytes, and the number of its first line.
    statements : tuple of str
    notices : tuple of Notice
    kind : str
        What the file was taken for.
    rows : int
        Sorts in a chunk, about.
    row_names : bool
        Whether the header has one name too few, as R writes it.
    counting : tuple of int
        Columns that count the rows, which are left out.
    """

    path: str
    name: str
    header: bytes
    header_line: int
    parts: tuple[tuple[int, int, int], ...]
    statements: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    kind: str = ""
    rows: int = CHUNK_ROWS
    row_names: bool = False
    counting: tuple[int, ...] = ()

    __repr__ = brief

    @property
    def file(self) -> str:
        """The file as the user named it."""
        return self.name

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return len(self.parts)

    def origin(self) -> Source:
        """Name and hash of the file, and what it was taken for."""
        return Source(Path(self.name).name, sha256_of(self.path), self.kind)

    def chunks(self, part: int) -> Iterator[Chunk]:
        """The sorts of a part.

        Raises
        ------
        DataError
            Naming line and participant of every cell that is no placement, and rows of another length.
        """
        for line, text in self._texts(part):
            found, lines, _table = _parsed(self, line, text)
            if found.statements != self.statements or any(notice.code == _UNNAMED for notice in found.notices):
                message = "from here on the rows do not fit the header: other columns seem to hold the statements"
                raise DataError([Fault(message, file=self.name, line=line, advice="Check that each row has a cell for each column.")])
            yield Chunk(found.values, np.array(found.participants), lines)

    def _texts(self, part: int) -> Iterator[tuple[int, bytes]]:
        """Whole records of a part, about `rows` at a time, and the line that each piece begins on."""
        begin, end, line = self.parts[part]
        with _opened(self.path) as opened:
            opened.seek(begin)
            left, pieces, n_lines, quotes, size = end - begin, list[bytes](), 0, 0, 0
            while left > 0 and (one := opened.readline(LONGEST_RECORD + 1)):
                left -= len(one)
                pieces.append(one)
                n_lines += 1
                quotes += one.count(b'"')
                size += len(one)
                if n_lines >= self.rows and not quotes % 2:
                    if (text := b"".join(pieces)).strip(_BLANK):
                        yield line, text
                    line, pieces, n_lines, quotes, size = line + n_lines, [], 0, 0, 0
                elif size > LONGEST_RECORD and (quotes % 2 or n_lines == 1):
                    raise DataError([_too_long(self.name, line)])
            if b"".join(pieces).strip(_BLANK):
                yield line, b"".join(pieces)


def open_table(file: str, rows: int = CHUNK_ROWS, layout: Layout | None = None) -> CsvSorts:
    """Open a table with participants in rows to be read in chunks; see `qmethod.formats.open_sorts`."""
    try:
        begins, header, header_line, parts = _cut(file)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError([Fault(f"the file cannot be read to its end: {error}", file=file, advice="Copy or compress it again.")]) from None
    bare = CsvSorts(os.path.abspath(file), file, header, header_line, parts, rows=rows, row_names=begins.row_names, counting=begins.counting)
    found, _lines, table = _parsed(bare, *next(iter(bare._texts(0))), first=True, guess=layout is None)
    if any(notice.code == _UNNAMED for notice in found.notices):
        advice = "Add a column called participant."
        raise DataError([Fault("the file names no participants, and chunks need their names", file=file, line=header_line, advice=advice)])
    kind = f"{table.kind}, participants in rows, {table.between}, read in chunks"
    beside = said_of((), [(one.name, IN_CHUNKS) for one in found.people])
    notices = tuple(dict.fromkeys((*begins.notices, *found.notices, *beside, *suspect(found))))
    return replace(bare, statements=found.statements, notices=notices, kind=kind)


def _parsed(source: CsvSorts, line: int, text: bytes, *, first: bool = False, guess: bool = False) -> _Parsed:
    """Sorts of some lines below the header, the line of each, and the table they were read from."""
    above = source.header.count(b"\n")

    def real(at: int) -> int:
        """The line in the file: lines below the header were counted from it, and in the file others stand between."""
        return at + line - above - 1 if at > above else at + source.header_line - 1

    try:
        decoded = (source.header + text).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = line + text[: max(error.start - len(source.header), 0)].count(b"\n")
        raise DataError([Fault("the text is not UTF-8", file=source.name, line=at, advice="Save the file as CSV in UTF-8.")]) from None
    try:
        table = parse_table(decoded, source.name, row_names=source.row_names, counting=source.counting)
        if SHIFTED & {notice.code for notice in table.notices}:
            message = "below this line a row says the header again, or has fewer cells than the others"
            raise DataError(
                [Fault(message, file=source.name, line=above + 1, advice=f"Take such rows out. Without {CHUNKS} they are named.", settings=(CHUNKS,))]
            )
        numbers = placements(table.rows, len(table.header))
        headed = check_header(table, numbers) if first else ()
        if guess and (lies := layouts.guess_layout(table, numbers, grid=None, known=()).layout) != PARTICIPANT_ROWS:
            message = f"the table seems to have its {lies}; only one with {PARTICIPANT_ROWS} can be read in chunks"
            way = Setting("layout", PARTICIPANT_ROWS)
            raise DataError([Fault(message, file=source.name, line=1, advice=f"If it does have one row a participant, say {way}.", settings=(way,))])
        found = participants_in_rows(table, numbers)
    except DataError as error:
        raise DataError([replace(f, line=real(f.line)) if f.line else f for f in error.faults]) from None

    def place(statement: int | None, participant: int | None) -> Place:
        at, column = found.place(statement, participant)
        return real(at) if at is not None else None, column

    lines = np.array([real(at) for at in table.lines], dtype=np.int64)
    return replace(found, notices=(*table.notices, *headed, *found.notices), place=place), lines, table


def _cut(file: str) -> tuple[Table, bytes, int, tuple[tuple[int, int, int], ...]]:
    """How a table begins, its header and the line of that, and where its parts begin and end: at ends of lines outside quotes."""
    with _opened(file) as opened:
        start = _beginning(opened, file)
    table = parse_table(_decoded(start, file), file)
    ends = [0, *(found.end() for found in re.finditer(rb"\n", start))]
    header_line, line = table.header_line, table.lines[0]
    header, at = start[ends[header_line - 1] : ends[line - 1]], ends[line - 1]
    if announced(_decoded(start, file)) is not None:
        header, header_line = start[: ends[1]] + header, header_line - 1
    begin, first = at, line
    parts, quotes = [], 0
    most = max(_ROOM, MOST_UNPACKED * os.path.getsize(file)) if file.endswith(".gz") else None
    with _opened(file) as opened:
        opened.seek(at)
        while piece := opened.read(_PIECE):
            piece += (rest := opened.readline(LONGEST_RECORD + 1))
            if len(rest) > LONGEST_RECORD:
                raise DataError([_too_long(file, line)])
            if most is not None and at > most:
                message = f"the file unpacks to more than {MOST_UNPACKED} times its size, which no table of sorts does"
                raise DataError([Fault(message, file=file, advice="Unpack it and see what it holds; a table that is not packed may be as large.")])
            quotes += piece.count(b'"')
            line += piece.count(b"\n")
            at += len(piece)
            if at - begin >= PART_BYTES and not quotes % 2 and not file.endswith(".gz"):
                parts.append((begin, at, first))
                begin, first = at, line
        if at > begin or not parts:
            parts.append((begin, at, first))
    return table, header, header_line, tuple(parts)


def _beginning(opened: BufferedIOBase, file: str) -> bytes:
    """The first records of a table, whole ones: about `_PIECE` bytes, more where the header is longer than that."""
    start = b""
    while piece := opened.read(_PIECE):
        start += piece
        end = start.rfind(b"\n") + 1
        odd = start.count(b'"', 0, end) % 2
        while end and odd:
            before = start.rfind(b"\n", 0, end - 1) + 1
            odd = (odd + start.count(b'"', before, end)) % 2
            end = before
        if len(piece) == _PIECE and start.count(b"\n", 0, end) > _FEWEST_LINES:
            return start[:end]
        if len(start) > LONGEST_RECORD:
            raise DataError([_too_long(file, 1)])
    return start


def _too_long(file: str, line: int) -> Fault:
    message = f"the row that begins here has more than {LONGEST_RECORD:,} bytes; a quote may not be closed"
    return Fault(message, file=file, line=line, advice='A cell that begins with " must end with "; write a quote inside it twice.')


def _decoded(start: bytes, file: str) -> str:
    """The beginning of a file as text.

    Raises
    ------
    DataError
        If it is empty or not UTF-8, or its lines end as no others do today.
    """
    if not start.strip(_BLANK + b"\xef\xbb\xbf"):
        raise DataError([Fault("the file is empty", file=file, advice="Export or save the sorts again.")])
    if b"\r" in start and b"\n" not in start:
        advice = "Save the file as CSV with line ends of today (LF or CRLF), or analyse it whole."
        raise DataError([Fault("the lines end with CR alone, as on old Macs, and such a file cannot be read in chunks", file=file, advice=advice)])
    try:
        return start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = start.count(b"\n", 0, error.start) + 1
        raise DataError([Fault("the text is not UTF-8", file=file, line=line, advice="Save the file as CSV in UTF-8.")]) from None


def _opened(path: str) -> BufferedIOBase:
    """A table, unpacked if its name says that it is packed; parts of a packed one cannot be found, so it is one part."""
    return cast(BufferedIOBase, gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb"))
