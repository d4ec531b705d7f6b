"""The tables that the tests of this run get quickly are those that the migrations make."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from qmethod_studies.store.engine import make_engine
from qmethod_studies.store.schema import VERSION_TABLE, configuration, newest, revisions
from tests.tables import laying


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
