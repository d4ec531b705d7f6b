"""The tables as a database has them, whatever revision they are of, and their values as a backup writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, ColumnElement, Connection, Date, DateTime, Integer, MetaData, Table, Text, cast, type_coerce
from sqlalchemy.types import NullType

from qmethod_studies.store import models
from qmethod_studies.store.schema import VERSION_TABLE

LEFT_OUT = frozenset({VERSION_TABLE, "generation", "browser", "guess"})
"""What belongs to one database and not to what it holds. What browsers remember holds for one generation only, and so do their tokens."""


def tables(connection: Connection) -> list[Table]:
    """The tables of a store that are there, each after those that it refers to."""
    found = MetaData()
    names = [*models.metadata.tables, VERSION_TABLE]
    found.reflect(connection, only=lambda name, _metadata: name in names)
    return list(found.sorted_tables)


def own_number(table: Table) -> Column[Any] | None:
    """The column that numbers the rows of a table; None where the rows of another table do."""
    keys = list(table.primary_key.columns)
    return keys[0] if len(keys) == 1 and isinstance(keys[0].type, Integer) and not keys[0].foreign_keys else None


def parent(column: Column[Any]) -> Table | None:
    """The table whose rows a column refers to."""
    return next((key.column.table for key in column.foreign_keys), None)


def selected(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """A column as it is asked for: JSON as the text that is stored, which a driver would take apart."""
    if not isinstance(column.type, JSON):
        return column
    return cast(column, Text) if dialect == "postgresql" else type_coerce(column, NullType())


def writer(column: Column[Any]) -> Callable[[Any], Any]:
    """What makes of a value in a database that in a backup: moments in UTC, JSON as its text."""
    if isinstance(column.type, JSON):
        return lambda value: json.dumps(value) if isinstance(value, (int, float)) else value  # SQLite keeps JSON that is a number as a number
    if isinstance(column.type, DateTime):
        return lambda value: None if value is None else (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(column.type, Date):
        return lambda value: None if value is None else value.isoformat()
    return lambda value: value


def reader(column: Column[Any], dialect: str) -> Callable[[Any], Any]:
    """What makes of a value in a backup, which is not None, that which a driver takes."""
    if isinstance(column.type, JSON):
        return _json
    if isinstance(column.type, DateTime):
        if dialect == "sqlite":
            return lambda value: datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        return datetime.fromisoformat
    if isinstance(column.type, Date):
        return (lambda value: date.fromisoformat(value).isoformat()) if dialect == "sqlite" else date.fromisoformat
    if isinstance(column.type, Boolean) and dialect == "sqlite":
        return int
    return lambda value: value


def _json(value: Any) -> Any:
    """A text as it is, if it is JSON: SQLite would keep any."""
    json.loads(value)
    return value


def last_number(connection: Connection, table: Table) -> int:
    """The highest number that a table has given to a row, as far as the database remembers those that are gone; 0 where it numbers none."""
    number = own_number(table)
    if number is None:
        return 0
    quoted, name = connection.dialect.identifier_preparer.quote(table.name), number.name
    found = [connection.exec_driver_sql(f'SELECT max("{name}") FROM {quoted}').scalar()]  # noqa: S608 - names of our own tables
    if connection.dialect.name == "postgresql":
        sequence = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (quoted, name)).scalar()
        if sequence is not None:
            found.append(connection.exec_driver_sql(f"SELECT CASE WHEN is_called THEN last_value END FROM {sequence}").scalar())  # noqa: S608
    return max(int(one) for one in (*found, 0) if one is not None)


def go_on_after(connection: Connection, table: Table, last: int) -> None:
    """Let a table give its next row a number above `last`."""
    number = own_number(table)
    if number is None or last < 1 or connection.dialect.name != "postgresql":
        return  # SQLite looks for the highest number that is there
    quoted = connection.dialect.identifier_preparer.quote(table.name)
    sequence = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (quoted, number.name)).scalar()
    if sequence is not None:
        connection.exec_driver_sql("SELECT setval(%s, %s)", (sequence, last))
