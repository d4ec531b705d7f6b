"""The tables that the tests of this run get quickly are those that the migrations make."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, inspect

from qmethod_studies.store.engine import make_engine
from qmethod_studies.store.schema import VERSION_TABLE, configuration, newest, revisions
from tests.tables import laying, reflecting


def migrated(connection: Connection, revision: str) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def shape(connection: Connection) -> dict[str, Any]:
    """Everything that the database says of its tables, and the revision that they are of."""
    found = inspect(connection)
    looks = ("columns", "foreign_keys", "pk_constraint", "unique_constraints", "check_constraints")
    indexes = {"sqlite": "SELECT sql FROM sqlite_master", "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"}
    tables = {name: {look: repr(getattr(found, f"get_{look}")(name)) for look in looks} for name in found.get_table_names()}
    said = sorted(str(row[0]) for row in connection.exec_driver_sql(indexes[connection.dialect.name]))
    return {"tables": tables, "indexes": said, "revision": connection.exec_driver_sql(f"SELECT * FROM {VERSION_TABLE}").all()}


@pytest.mark.parametrize("revision", ["0003", "head"])
def test_what_is_laid_is_what_the_migrations_make(store_url: str, revision: str) -> None:
    """The third time nothing is worked out any more."""
    worked_out = []

    def counted(connection: Connection, to: str) -> None:
        worked_out.append(to)
        migrated(connection, to)

    quick, shapes = laying(counted), []
    for number, way in enumerate((migrated, quick, quick)):
        engine = make_engine(store_url.replace(".sqlite3", f"{number}.sqlite3"))
        with engine.execution_options(sqlite_foreign_keys="OFF").begin() as connection:
            way(connection, revision)
            shapes.append(shape(connection))
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        engine.dispose()
    assert worked_out == [revision]
    assert shapes[0] == shapes[1] == shapes[2]
    assert len(shapes[0]["tables"]) > 10


def test_the_names_of_files_say_which_revisions_there_are() -> None:
    """Alembic, which reads each file, is not asked when a database is opened."""
    steps = ScriptDirectory.from_config(configuration())
    assert newest() == steps.get_current_head()
    assert revisions() == {step.revision for step in steps.walk_revisions()}


CHANGES = {
    "a column": "ALTER TABLE consent ADD COLUMN more INTEGER",
    "an index": "CREATE INDEX more ON consent (id)",
    "a table": "CREATE TABLE generation (more INTEGER)",
}


@pytest.mark.parametrize("change", CHANGES)
def test_tables_are_those_of_before_only_where_the_schema_is_the_same(store_url: str, change: str) -> None:
    asked = []

    def reflect(connection: Connection) -> list[Table]:
        asked.append(1)
        found = MetaData()
        found.reflect(connection)
        return list(found.sorted_tables)

    def described(tables: list[Table]) -> list[Any]:
        return [
            (
                table.name,
                [(column.name, str(column.type), column.nullable, str(getattr(column.server_default, "arg", ""))) for column in table.c],
                sorted(str(index.name) for index in table.indexes),
                sorted(key.target_fullname for key in table.foreign_keys),
            )
            for table in tables
        ]

    once, engine = reflecting(reflect), make_engine(store_url)
    with engine.begin() as connection:
        migrated(connection, "head")
        if change == "a table":
            connection.exec_driver_sql("DROP TABLE generation")
        before = once(connection)
        assert once(connection) == before
        assert len(asked) == 1
        connection.exec_driver_sql(CHANGES[change])
        after = once(connection)
        assert described(after) != described(before)
        assert described(after) == described(reflect(connection))
    engine.dispose()
