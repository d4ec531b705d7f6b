"""The file of a backup: one line of JSON that says what it is, then all rows packed by gzip, then the SHA-256 of everything before it.

``head -n 1 FILE`` shows the first line. The rows are lines of JSON: an object begins a table and names its columns, a list is a row. Nothing depends
on the kind of database, so that what was kept in SQLite can be put into PostgreSQL and back. Moments stand in UTC, columns of JSON as the text that
is stored.

The sum finds damage. It proves nothing about where a file comes from: whoever can change a backup can also compute its sum.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple

from qmethod.errors import DataError, Fault

FORMAT = 1
_FIRST = "qmethod backup"
_SUM = b"\nsha256 "
_FOOT = len(_SUM) + 64 + 1
_LONGEST_HEADER = 2**20
_LONGEST_ROW = 2**28
_PIECE = 2**16
_GZIP = 31
_WHAT_TO_DO = "Fetch the file again from where it was kept, or take an earlier backup."


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself.

    Parameters
    ----------
    version : str
        Of the program that wrote it.
    tables : str
        Revision of the tables.
    made : str
        When, in UTC; what was acknowledged before is in it.
    database : {"sqlite", "postgresql"}
        Where it comes from.
    study : str or None
        The one study it holds; None for a whole database.
    studies : dict of str to int
        Every study in it, with the number of its responses.
    rows : dict of str to int
        Rows by table.
    """

    version: str
    tables: str
    made: str
    database: str
    study: str | None
    studies: dict[str, int]
    rows: dict[str, int]

    @property
    def moment(self) -> datetime:
        """`made` as a moment in UTC."""
        return datetime.fromisoformat(self.made).astimezone(UTC)


class Writer:
    """Writes a backup into a file that need not be one on a disk.

    Parameters
    ----------
    file : binary stream
    header : Header
    """

    def __init__(self, file: IO[bytes], header: Header) -> None:
        self._file = file
        self._sum = hashlib.sha256()
        self._packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        self._put(json.dumps({_FIRST: FORMAT, **asdict(header)}).encode() + b"\n")

    def table(self, name: str, columns: list[str], last: int) -> None:
        """Begin a table.

        Parameters
        ----------
        name : str
        columns : list of str
        last : int
            The highest number that was given to a row of it, as far as the database remembers those that are gone; 0 where rows are not numbered.
        """
        self._line({"table": name, "columns": columns, "last": last})

    def row(self, values: list[Any]) -> None:
        """One row of the table that was begun, in the order of its columns."""
        self._line(values)

    def finish(self) -> None:
        """Write what remains, and the sum."""
        self._put(self._packer.flush())
        self._file.write(_SUM + self._sum.hexdigest().encode() + b"\n")
        self._file.flush()

    def _line(self, value: Any) -> None:
        # Floats as their shortest text, which reads back the same; half a surrogate pair is escaped, and so kept.
        self._put(self._packer.compress(json.dumps(value, separators=(",", ":")).encode() + b"\n"))

    def _put(self, content: bytes) -> None:
        self._sum.update(content)
        self._file.write(content)


class Part(NamedTuple):
    """A table of a backup.

    Parameters
    ----------
    name : str
    columns : list
        Names, as far as the file can be believed.
    last : int
        As `Writer.table` got it.
    rows : iterator of list
        To be taken once.
    """

    name: str
    columns: list[Any]
    last: int
    rows: Iterator[list[Any]]


class Reader:
    """Reads a backup from front to back, and believes it only once its sum was right.

    Parameters
    ----------
    file : binary stream
    name : str
        What it is called in messages.

    Raises
    ------
    DataError
        For a file that is no backup, or one of a newer version.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self.name = self._name = name
        self._sum = hashlib.sha256()
        self._waiting: Any = None
        line = file.readline(_LONGEST_HEADER)
        self._sum.update(line)
        self.header = self._header(line)

    def parts(self) -> Iterator[Part]:
        """The tables, each with its rows; the rows of one are to be taken before the next is asked for.

        Raises
        ------
        DataError
            If the file is damaged, ends too soon, or holds other rows than it says; for some of that only after the last row.
        """
        lines = self._lines()
        count: dict[str, int] = {}
        self._waiting = next(lines, None)
        while self._waiting is not None:
            match self._waiting:
                case {"table": str(name), "columns": [*columns], "last": int(last)} if name not in count:
                    count[name] = 0
                    yield Part(name, columns, last, self._rows(lines, name, len(columns), count))
                case _:
                    raise self.refuse("a row of it belongs to no table")
        if count != self.header.rows:
            raise self.refuse("it holds other rows than it says")

    def _rows(self, lines: Iterator[Any], name: str, width: int, count: dict[str, int]) -> Iterator[list[Any]]:
        for line in lines:
            if not isinstance(line, list):
                self._waiting = line
                return
            if len(line) != width:
                raise self.refuse(f"a row of the table {name} has {len(line)} values instead of {width}")
            if any(isinstance(value, (list, dict)) for value in line):
                raise self.refuse(f"a row of the table {name} holds what is no value")
            count[name] += 1
            yield line
        self._waiting = None

    def _lines(self) -> Iterator[Any]:
        rest = b""
        for piece in self._unpacked():
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > _LONGEST_ROW:
                raise self.refuse("a row of it has no end")
            for line in whole:
                yield self._parsed(line)
        if rest:
            raise self.refuse("its last row has no end")

    def refuse(self, why: str) -> DataError:
        """What to raise for a backup that cannot be as it was written.

        Parameters
        ----------
        why : str
            What is wrong, as the end of a sentence.
        """
        return DataError([Fault(f"the backup is damaged: {why}; nothing was changed", file=self._name, advice=_WHAT_TO_DO)])

    def _header(self, line: bytes) -> Header:
        try:
            said = json.loads(line)
            number = said.pop(_FIRST)
        except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
            advice = "Name a file that qmethod backup has written."
            raise DataError([Fault("this is no backup of a store of responses", file=self._name, advice=advice)]) from None
        if number != FORMAT:
            raise DataError([newer(self._name, f"format {number!r}"[:60])])
        try:
            header = Header(**said)
            header.moment  # noqa: B018 - whether it is a moment
        except (TypeError, ValueError):
            raise self.refuse("its first line does not say what it must") from None
        counts = isinstance(header.rows, dict) and isinstance(header.studies, dict)
        if not counts or not all(isinstance(n, int) for n in (*header.rows.values(), *header.studies.values())) or not isinstance(header.tables, str):
            raise self.refuse("its first line does not say what it must")
        return header

    def _unpacked(self) -> Iterator[bytes]:
        packer = zlib.decompressobj(_GZIP)
        held = b""
        while piece := self._file.read(_PIECE):
            held += piece
            packed, held = held[:-_FOOT], held[-_FOOT:]
            self._sum.update(packed)
            try:
                while packed:
                    yield packer.decompress(packed, _PIECE * 16)
                    packed = packer.unconsumed_tail
                    if packer.eof and (packed or packer.unused_data):
                        raise self.refuse("something stands behind its end")
            except zlib.error:
                raise self.refuse("what it holds cannot be unpacked") from None
        if not packer.eof or not held.startswith(_SUM):
            raise self.refuse("it ends too soon")
        if held != _SUM + self._sum.hexdigest().encode() + b"\n":
            raise self.refuse("its SHA-256 is another one than it says")

    def _parsed(self, line: bytes) -> Any:
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            raise self.refuse("a row of it cannot be read") from None


def newer(name: str, what: str) -> Fault:
    """What is said of a backup that this version cannot read.

    Parameters
    ----------
    name : str
        What the file is called.
    what : str
        What of it is not known: ``tables 0009``.
    """
    advice = "Install the newest qmethod (pip install --upgrade qmethod), then do it again."
    return Fault(f"the backup was made by a newer version of this software ({what})", file=name, advice=advice)
