"""Tables that tests make at once are those that the steps make."""

from __future__ import annotations

from inspect import unwrap
from typing import Any

import pytest
from sqlalchemy import Connection, inspect

from qmethod_studies.store import schema
from qmethod_studies.store.engine import make_engine
from tests.migrated import at_once

OF_SQLITE = ("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name",)
OF_POSTGRES = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname !~ '^pg_' ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
)


def described(connection: Connection) -> list[Any]:
    """All there is to know of the tables of a database."""
    seen = inspect(connection)
    tables = sorted(seen.get_table_names())
    columns = [(name, [{**column, "type": str(column["type"])} for column in seen.get_columns(name)]) for name in tables]
    revision = connection.exec_driver_sql(f"SELECT version_num FROM {schema.VERSION_TABLE}").all()
    asked = OF_SQLITE if connection.dialect.name == "sqlite" else OF_POSTGRES
    return [columns, revision, *(connection.exec_driver_sql(question).all() for question in asked)]


def test_tables_made_at_once_are_those_of_the_steps(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, steps = make_engine(store_url), list[object]()
    real = schema.command.upgrade
    monkeypatch.setattr(schema.command, "upgrade", lambda *given: (steps.append(given), real(*given)))
    upgrade, found = at_once(unwrap(schema.upgrade)), []
    for _ in range(2):
        with engine.execution_options(sqlite_begin="IMMEDIATE", sqlite_foreign_keys="OFF").connect() as connection:
            upgrade(connection, "head")
            found.append(described(connection))
            connection.rollback()
    engine.dispose()
    assert len(steps) == 1  # the second time they were not gone through
    assert found[0] == found[1]
    assert len(found[0][0]) > 5
