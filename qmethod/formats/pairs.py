"""Pairs of sorts by the same person, named in a table of two columns."""

from __future__ import annotations

import os
from dataclasses import dataclass

from qmethod.errors import DataError, Fault
from qmethod.formats.headings import FIRST_HEADERS, SECOND_HEADERS, columns_of
from qmethod.formats.table import read_table

_COLUMNS = {"first": FIRST_HEADERS, "second": SECOND_HEADERS}


@dataclass(frozen=True, slots=True)
class PairsFile:
    """What a file of pairs holds.

    Parameters
    ----------
    file : str
        As it was named, for messages.
    pairs : tuple of tuple (str, str)
        Names of the first and the second sort of each person, as they stand there.
    lines : tuple of int
        Where each pair stands.
    """

    file: str
    pairs: tuple[tuple[str, str], ...]
    lines: tuple[int, ...]


def read_pairs(path: str | os.PathLike[str]) -> PairsFile:
    """Read which sorts are by the same person.

    Parameters
    ----------
    path : path
        A table with the columns first and second, in any order.

    Returns
    -------
    PairsFile

    Raises
    ------
    DataError
        If the file cannot be read, has other columns or no pairs.
    """
    table, faults = read_table(path, frozenset().union(*_COLUMNS.values()), holds="pairs")
    at = columns_of(table.header, _COLUMNS)
    if at is None:
        named = ", ".join(name for name in table.header if name)
        message = f"the first line must name the columns first and second; it reads {named or 'nothing'}"
        raise DataError([Fault(message, file=table.file, line=table.header_line)])
    if not table.rows and not faults:
        faults.append(Fault("no pairs in this file", file=table.file, line=table.header_line))
    if faults:
        raise DataError(faults)
    pairs = tuple((row[at["first"]].strip(), row[at["second"]].strip()) for row in table.rows)
    return PairsFile(table.file, pairs, tuple(table.lines))
