"""The rows of a backup on their way into a database: as they are where it is empty, with other numbers where it holds studies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, Table, insert, text
from sqlalchemy.exc import DataError as UnfitValue
from sqlalchemy.exc import IntegrityError, InterfaceError, NotSupportedError, ProgrammingError

from qmethod_studies.store import models
from qmethod_studies.store.archive import Part, Reader
from qmethod_studies.store.engine import reason
from qmethod_studies.store.reflected import LEFT_OUT, go_on_after, last_number, own_number, parent, reader, tables

_MOST = 2**31 - 1
_CHUNK = 1000
_UNFIT = (IntegrityError, UnfitValue, ProgrammingError, InterfaceError, NotSupportedError, OverflowError, ValueError, TypeError)
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
    shifts: dict[str, int] = {}
    studies: list[int] = []
    secret = ""
    origins: dict[int, tuple[str, int]] = {}
    for part in archive.parts():
        table = _table(there, part, archive)
        taken = last_number(connection, table)
        # Numbers that are drawn at random are high, and do not meet.
        shifts[table.name] = taken if own_number(table) is not None and taken + part.last <= _MOST else 0
        rows: Iterator[list[Any]] = part.rows
        if table.name in ("store", "origin", "study"):
            kept = [dict(zip(part.columns, row, strict=True)) for row in part.rows]
            rows = iter([] if table.name != "study" else [list(row.values()) for row in kept])
            if table.name == "store" and kept:
                secret = kept[0]["secret"]
            elif table.name == "study":
                studies = [row["id"] for row in kept]
            else:
                origins |= {row["study_id"]: (row["secret"], row["shift"]) for row in kept}
        _insert(connection, archive, table, part.columns, rows, shifts)
        go_on_after(connection, table, part.last + shifts[table.name])
    for number in studies:
        brought, shift = origins.get(number, (secret, 0))
        values = {"study_id": number + shifts["study"], "secret": brought, "shift": shift + shifts["invitation"]}
        connection.execute(insert(models.origin).values(values))


def _tables(connection: Connection) -> dict[str, Table]:
    return {table.name: table for table in tables(connection) if table.name not in LEFT_OUT}


def _table(there: Mapping[str, Table], part: Part, archive: Reader) -> Table:
    table = there.get(part.name)
    if table is None or sorted(map(str, part.columns)) != sorted(column.name for column in table.columns):
        raise archive.refuse("its tables are not those that it says")
    return table


def _insert(connection: Connection, archive: Reader, table: Table, columns: list[str], rows: Iterator[list[Any]], shifts: Mapping[str, int]) -> None:
    made = [_maker(connection, table, name, shifts) for name in columns]
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


def _maker(connection: Connection, table: Table, name: str, shifts: Mapping[str, int]) -> Callable[[Any], Any]:
    """What makes of a value in a backup that of a row."""
    column = table.c[name]
    above = parent(column)
    shift = shifts.get(above.name if above is not None else table.name if column is own_number(table) else "", 0)
    if shift:
        return lambda value: None if value is None else value + shift
    read = reader(column, connection.dialect.name)
    return lambda value: None if value is None else read(value)
