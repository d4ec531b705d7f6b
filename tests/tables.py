"""The tables of a new store, worked out by the migrations once in a run and laid into every further database that is empty.

`Store.open` stays what it is but for that. What a migration does to a database that holds something is done by the migration each time.

A backup asks the database for its tables, which takes most of its time in tests, and they are the same in hundreds of databases. So they are
worked out once for each schema: what the database itself says of it is asked each time, and tables are those of before only where it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Table, event, inspect

from qmethod_studies.store import backing_up, inserting, reflected, restoring, schema

Upgrade = Callable[[Connection, str], None]
Reflect = Callable[[Connection], list[Table]]
SCHEMA = {
    "sqlite": ("SELECT type, name, tbl_name, sql FROM sqlite_master",),
    "postgresql": (
        """SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation,
        pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        WHERE c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2""",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2",
    ),
}
"""What a database says of its tables, columns, rules and indexes."""
NOTHING_CHANGES = ("SELECT", "PRAGMA")


def recorded(upgrade: Upgrade, connection: Connection, revision: str) -> list[str] | None:
    """Bring a database up to date, and give the statements that did it; None where one of them came with values."""
    seen: list[tuple[str, object]] = []

    def note(_connection: Connection, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        seen.append((statement.strip(), values))

    event.listen(connection, "before_cursor_execute", note)
    try:
        upgrade(connection, revision)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    changes = [(statement, values) for statement, values in seen if not statement.upper().startswith(NOTHING_CHANGES)]
    return None if any(values for _, values in changes) else [statement for statement, _ in changes]


def laying(upgrade: Upgrade) -> Upgrade:
    """An upgrade that works out once, for each kind of database and each revision, what is to be done where there is nothing."""
    known: dict[tuple[str, str], list[str] | None] = {}

    def upgraded(connection: Connection, revision: str) -> None:
        kind = (connection.dialect.name, revision)
        if inspect(connection).get_table_names():
            upgrade(connection, revision)
        elif kind not in known:
            known[kind] = recorded(upgrade, connection, revision)
        elif (statements := known[kind]) is None:
            upgrade(connection, revision)
        elif kind[0] == "sqlite":
            for statement in statements:
                connection.exec_driver_sql(statement)
        else:
            connection.exec_driver_sql(";".join(statements))

    return upgraded


def reflecting(reflect: Reflect) -> Reflect:
    """A reflection that works the tables out once for each schema."""
    known: dict[object, list[Table]] = {}

    def reflected_once(connection: Connection) -> list[Table]:
        kind = connection.dialect.name
        key = (kind, *(tuple(map(tuple, connection.exec_driver_sql(asked))) for asked in SCHEMA[kind]))
        if key not in known:
            known[key] = reflect(connection)
        return list(known[key])

    return reflected_once


@pytest.fixture(scope="session", autouse=True)
def tables_once() -> Iterator[None]:
    """Make tables the quick way in this process; servers and commands that tests start make them by the migrations."""
    quick, tables = laying(schema.upgrade), reflecting(reflected.tables)
    with pytest.MonkeyPatch.context() as patched:
        for module in (schema, restoring):
            patched.setattr(module, "upgrade", quick)
        for module in (reflected, backing_up, restoring, inserting):
            patched.setattr(module, "tables", tables)
        yield
