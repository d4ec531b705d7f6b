"""Whether a database can be trusted: looked at before people are let in, because a damaged one answers most questions and then loses answers."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DatabaseError

from qmethod.errors import DataError, Fault
from qmethod_studies.store import models
from qmethod_studies.store.engine import damaged, shown_name, unavailable


def check_pages(engine: Engine) -> None:
    """Read a file of SQLite from end to end. PostgreSQL does that by itself, page by page as it reads.

    Parameters
    ----------
    engine : sqlalchemy.Engine

    Raises
    ------
    Damaged
        With the first thing that is wrong.
    """
    if engine.dialect.name != "sqlite":
        return
    try:
        with engine.begin() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if "not a database" in str(error):
            return  # said better by who asks what it is
        raise unavailable(engine, error) from None
    if found != "ok":
        raise damaged(engine, " ".join(found.split()))


def check_tables(engine: Engine, connection: Connection) -> None:
    """See whether the tables are those that the program works on.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    connection : sqlalchemy.Connection

    Raises
    ------
    DataError
        Naming what is missing.
    """
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    missing = []
    for name, table in models.metadata.tables.items():
        columns = {column["name"] for column in inspector.get_columns(name)} if name in there else set()
        missing += [f"{name}.{column.name}" for column in table.columns if column.name not in columns] if columns else [name]
    if missing:
        message = f"the tables are not those of a store of responses; missing: {', '.join(missing[:5])}"
        advice = "Put the last backup into a new database: qmethod restore BACKUP --to URL."
        raise DataError([Fault(message, file=shown_name(engine), advice=advice)])
