"""`open_sorts`: sorts in a file that need not fit into memory, to be read in chunks."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import numpy as np

from qmethod.chunks import CHUNK_ROWS, Chunk, ChunkedSorts
from qmethod.data import Notice, Source
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats import layout as layouts
from qmethod.formats.parquet import is_parquet, open_parquet, sha256_of
from qmethod.formats.placements import placements
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import parse_table
from qmethod.formats.wide import participants_in_rows

PART_BYTES = 32 << 20
"""About how long the parts of a CSV file are."""

_PIECE = 1 << 20
_BLANK = b" \t\r\n,;"
_UNNAMED = "participants-numbered"


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
        The lines up to the first sort.
    parts : tuple of tuple (int, int, int)
        For each: where it begins and ends in the file, in bytes, and the number of its first line.
    statements : tuple of str
    notices : tuple of Notice
    kind : str
        What the file was taken for.
    rows : int
        Sorts in a chunk, about.
    """

    path: str
    name: str
    header: bytes
    parts: tuple[tuple[int, int, int], ...]
    statements: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    kind: str = ""
    rows: int = CHUNK_ROWS

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
            found, lines, _kind = _parsed(self, line, text)
            if self.statements and found.statements != self.statements:
                message = "from here on the rows do not fit the header: other columns seem to hold the statements"
                raise DataError([Fault(message, file=self.name, line=line, advice="Check that each row has a cell for each column.")])
            yield Chunk(found.values, np.array(found.participants), lines)

    def _texts(self, part: int) -> Iterator[tuple[int, bytes]]:
        """Whole records of a part, about `rows` at a time, and the line that each piece begins on."""
        begin, end, line = self.parts[part]
        with _opened(self.path) as opened:
            opened.seek(begin)
            left, pieces, n_lines = end - begin, list[bytes](), 0
            for one in opened:
                if left <= 0:
                    break
                left -= len(one)
                pieces.append(one)
                n_lines += 1
                if n_lines >= self.rows and not b"".join(pieces).count(b'"') % 2:
                    yield line, b"".join(pieces)
                    line, pieces, n_lines = line + n_lines, [], 0
            if b"".join(pieces).strip(_BLANK):
                yield line, b"".join(pieces)


def open_sorts(path: str | os.PathLike[str], *, rows: int = CHUNK_ROWS, layout: str | None = None) -> ChunkedSorts:
    """Open a file of sorts to be read in chunks.

    Parameters
    ----------
    path : path
        Parquet, or a table (CSV, TSV, or either compressed by gzip) in UTF-8, with one row a sort.
    rows : int
        Sorts in a chunk, at most; of a table, about.
    layout : {"participants-in-rows"}, optional
        Which way a table lies; guessed from its beginning where not given.

    Returns
    -------
    ChunkedSorts

    Raises
    ------
    DataError
        If there is no such file, or it does not begin like one of these.
    PolicyError
        For any other layout.
    QMethodError
        If a Parquet file is to be read and pyarrow is not installed.
    """
    if layout not in (None, layouts.PARTICIPANT_ROWS):
        raise PolicyError(f"only a table with {layouts.PARTICIPANT_ROWS} can be read in chunks, not one with {layout}")
    file = os.fspath(path)
    if not os.path.isfile(file):
        raise DataError([Fault("there is no such file", file=file, advice="Check the name and the folder.")])
    return open_parquet(path, rows) if is_parquet(path) else _open_csv(file, rows, layout)


def _open_csv(file: str, rows: int, layout: str | None) -> CsvSorts:
    try:
        header, parts = _cut(file)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError([Fault(f"the file cannot be read to its end: {error}", file=file, advice="Copy or compress it again.")]) from None
    bare = CsvSorts(os.path.abspath(file), file, header, parts, rows=rows)
    beginning = next(iter(bare._texts(0)), None)
    if beginning is None:
        advice = "Each participant needs a line of its own below the header."
        raise DataError([Fault("the file holds a header and nothing below it", file=file, line=1, advice=advice)])
    found, _lines, kind = _parsed(bare, *beginning, guess=layout is None)
    if any(notice.code == _UNNAMED for notice in found.notices):
        advice = "Add a column called participant."
        raise DataError([Fault("the file names no participants, and chunks need their names", file=file, line=1, advice=advice)])
    return replace(bare, statements=found.statements, notices=found.notices, kind=kind)


def _parsed(source: CsvSorts, line: int, text: bytes, *, guess: bool = False) -> tuple[Sorts, np.ndarray[tuple[int], np.dtype[np.int64]], str]:
    """Sorts of some lines below the header, the line of each, and what the table was taken for."""
    above = source.header.count(b"\n")
    try:
        decoded = (source.header + text).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = line + text[: max(error.start - len(source.header), 0)].count(b"\n")
        raise DataError([Fault("the text is not UTF-8", file=source.name, line=at, advice="Save the file as CSV in UTF-8.")]) from None
    try:
        table = parse_table(decoded, source.name)
        numbers = placements(table.rows, len(table.header))
        if guess and (lies := layouts.guess_layout(table, numbers, grid=None, known=()).layout) != layouts.PARTICIPANT_ROWS:
            message = f"the table seems to have its {lies}; only one with {layouts.PARTICIPANT_ROWS} can be read in chunks"
            advice = f"If it does have one row a participant, say --layout {layouts.PARTICIPANT_ROWS}."
            raise DataError([Fault(message, file=source.name, line=1, advice=advice)])
        found = participants_in_rows(table, numbers)
    except DataError as error:
        # Lines below the header were counted from it; in the file others stand between.
        moved = [replace(f, line=f.line + line - above - 1) if f.line and f.line > above else f for f in error.faults]
        raise DataError(moved) from None
    lines = np.array(table.lines, dtype=np.int64) + (line - above - 1)
    return found, lines, f"{table.kind}, participants in rows, {table.between}, read in chunks"


def _cut(file: str) -> tuple[bytes, tuple[tuple[int, int, int], ...]]:
    """The header of a table, and where its parts begin and end: at ends of lines outside quotes."""
    with _opened(file) as opened:
        header = b""
        for one in opened:
            header += one
            if header.strip() and not header.count(b'"') % 2 and not header.lower().startswith(b"sep="):
                break
            if header.lower().startswith(b"sep=") and header.count(b"\n") >= 2 and not header.count(b'"') % 2:
                break
        begin = at = len(header)
        line = first = header.count(b"\n") + 1
        parts, quotes = [], 0
        while piece := opened.read(_PIECE):
            piece += opened.readline()
            quotes += piece.count(b'"')
            line += piece.count(b"\n")
            at += len(piece)
            if at - begin >= PART_BYTES and not quotes % 2 and not file.endswith(".gz"):
                parts.append((begin, at, first))
                begin, first = at, line
        if at > begin or not parts:
            parts.append((begin, at, first))
    return header, tuple(parts)


def _opened(path: str) -> BufferedIOBase:
    """A table, unpacked if its name says that it is packed; parts of a packed one cannot be found, so it is one part."""
    return cast(BufferedIOBase, gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb"))
