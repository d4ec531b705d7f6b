"""Empty databases of tests get their tables at once: what all steps make is noted the first time, and they are not gone through again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect

from qmethod_studies.store import schema

Upgrade = Callable[[Connection, str], None]
Statements = list[tuple[str, Any]]
COUNTED = ("CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)", "DROP TABLE counted")
"""What makes SQLite's own table of the last numbers, which nobody else may make and which stays."""


def noted(connection: Connection, make: Callable[[], None]) -> Statements:
    """What was said to the database while something was made, but for what was asked."""
    said: Statements = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "SHOW")):
            said.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    make()
    event.remove(connection, "before_cursor_execute", note)
    if connection.dialect.name != "sqlite":
        return said
    # SQLite keeps the statement of each table as it is after all steps, which put several new tables in the place of others.
    kept = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").all()
    tables = [statement for name, sql in kept for statement in (COUNTED if name == "sqlite_sequence" else (sql,))]
    revision = connection.exec_driver_sql(f"SELECT version_num FROM {schema.VERSION_TABLE}").scalar_one()
    return [*((sql, ()) for sql in tables), (f"INSERT INTO {schema.VERSION_TABLE} VALUES (?)", (revision,))]


def at_once(real: Upgrade) -> Upgrade:
    """An upgrade that goes through the steps where there are tables, and the first time of each kind of database."""
    known: dict[str, Statements] = {}

    @wraps(real)
    def upgrade(connection: Connection, revision: str) -> None:
        kind = connection.dialect.name
        if revision != "head" or inspect(connection).get_table_names():
            real(connection, revision)
        elif kind not in known:
            known[kind] = noted(connection, lambda: real(connection, revision))
        else:
            for statement, parameters in known[kind]:
                connection.exec_driver_sql(statement, parameters)

    return upgrade


@pytest.fixture(scope="session", autouse=True)
def _tables_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(schema, "upgrade", at_once(schema.upgrade))
        yield
