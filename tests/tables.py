"""The tables of a new store, worked out by the migrations once in a run and laid into every further database that is empty.

`Store.open` stays what it is but for that. What a migration does to a database that holds something is done by the migration each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event, inspect

from qmethod_studies.store import restoring, schema

Upgrade = Callable[[Connection, str], None]
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


@pytest.fixture(scope="session", autouse=True)
def tables_once() -> Iterator[None]:
    """Make tables the quick way in this process; servers and commands that tests start make them by the migrations."""
    quick = laying(schema.upgrade)
    with pytest.MonkeyPatch.context() as patched:
        for module in (schema, restoring):
            patched.setattr(module, "upgrade", quick)
        yield
