"""The rows of a backup on their way into a database: as they are where it is empty, with other numbers where it holds studies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from operator import add
from typing import Any

from sqlalchemy import JSON, Connection, Table, insert, select, text
from sqlalchemy.exc import DataError as UnfitValue
from sqlalchemy.exc import IntegrityError, InterfaceError, NotSupportedError, ProgrammingError

from qmethod_studies.store import codes, models
from qmethod_studies.store.archive import Part, Reader
from qmethod_studies.store.engine import reason
from qmethod_studies.store.reflected import LEFT_OUT, go_on_after, last_number, own_number, parent, reader, tables

Numbering = Callable[[int], int]
"""Gives the number of a row where it is put, for that in the backup."""

_MOST = 2**31 - 1
_DRAWN = frozenset(table.name for table in models.metadata.tables.values() if "id" in table.c and table.c.id.type is models.NUMBER)
"""Tables whose rows are numbered at random."""
_CHUNK = 1000
_UNFIT = (IntegrityError, UnfitValue, ProgrammingError, InterfaceError, NotSupportedError, OverflowError, RecursionError, ValueError, TypeError)
"""What a row raises that no database of this program has held."""


def insert_all(connection: Connection, archive: Reader) -> None:
    """Insert every row as it is.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To empty tables of the backup's revision.
    archive : Reader

    Raises
    ------
    DataError
        If the rows do not fit into the tables.
    """
    there = _tables(connection)
    for part in archive.parts():
        table = _table(there, part, archive)
        _insert(connection, archive, table, part.columns, part.rows, {})
        go_on_after(connection, table, part.last)


def insert_beside(connection: Connection, archive: Reader) -> None:
    """Insert the rows of one study beside those that are there; each table's get numbers above all that it has given.

    Numbers that are drawn at random stay, but for those that a row which is there has already: databases of earlier versions counted from 1.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To tables of the backup's revision.
    archive : Reader

    Raises
    ------
    DataError
        If the rows do not fit into the tables.
    """
    there = _tables(connection)
    numbers: dict[str, Numbering] = {}
    studies: list[int] = []
    shifts: dict[int, int] = {}
    for part in archive.parts():
        table = _table(there, part, archive)
        if own_number(table) is not None:
            numbers[table.name] = _numbering(connection, table, part.last)
        rows: Iterator[list[Any]] = part.rows
        if table.name in ("store", "origin", "study"):
            kept = [dict(zip(part.columns, row, strict=True)) for row in part.rows]
            rows = iter([] if table.name != "study" else [list(row.values()) for row in kept])
            if table.name == "study":
                studies = [row["id"] for row in kept]
            elif table.name == "origin":
                shifts |= {row["study_id"]: row["shift"] for row in kept}
        _insert(connection, archive, table, part.columns, rows, numbers)
        if table.name in numbers and table.name not in _DRAWN:
            go_on_after(connection, table, numbers[table.name](part.last))
    for number in studies:
        above = numbers["invitation"](0) if "invitation" in numbers else 0
        values = {"study_id": numbers["study"](number), "shift": shifts.get(number, 0) + above}
        connection.execute(insert(models.origin).values(values))


def _numbering(connection: Connection, table: Table, last: int) -> Numbering:
    """How the rows of a table are numbered beside those that are there."""
    if table.name in _DRAWN:
        taken, drawn = set(connection.scalars(select(table.c.id))), dict[int, int]()
        return lambda number: drawn.setdefault(number, codes.new_number()) if number in taken else number
    above = last_number(connection, table)
    return partial(add, above if above + last <= _MOST else 0)


def _tables(connection: Connection) -> dict[str, Table]:
    return {table.name: table for table in tables(connection) if table.name not in LEFT_OUT}


def _table(there: Mapping[str, Table], part: Part, archive: Reader) -> Table:
    table = there.get(part.name)
    if table is None or sorted(map(str, part.columns)) != sorted(column.name for column in table.columns):
        raise archive.refuse("its tables are not those that it says")
    return table


def _insert(
    connection: Connection, archive: Reader, table: Table, columns: list[str], rows: Iterator[list[Any]], numbers: Mapping[str, Numbering]
) -> None:
    made = [_maker(connection, table, name, numbers) for name in columns]
    quote = connection.dialect.identifier_preparer.quote
    places = [f":p{i}" for i in range(len(columns))]
    if connection.dialect.name == "postgresql":
        places = [f"CAST({place} AS JSON)" if isinstance(table.c[name].type, JSON) else place for place, name in zip(places, columns, strict=True)]
    into = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, columns))}) VALUES ({', '.join(places)})"  # noqa: S608 - names of our own tables
    statement = text(into)
    while chunk := list(islice(rows, _CHUNK)):
        try:
            values = [{f"p{i}": make(value) for i, (make, value) in enumerate(zip(made, row, strict=True))} for row in chunk]
            connection.execute(statement, values)
        except _UNFIT as error:
            raise archive.refuse(f"a row of the table {table.name} cannot be kept ({reason(error)})") from None


def _maker(connection: Connection, table: Table, name: str, numbers: Mapping[str, Numbering]) -> Callable[[Any], Any]:
    """What makes of a value in a backup that of a row."""
    column = table.c[name]
    above = parent(column)
    number = numbers.get(above.name if above is not None else table.name if column is own_number(table) else "")
    if number is not None:
        return lambda value: None if value is None else number(value)
    read = reader(column, connection.dialect.name)
    return lambda value: None if value is None else read(value)
