"""Whether a database can be trusted: looked at before people are let in, because a damaged one answers most questions and then loses answers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DatabaseError

from qmethod.errors import DataError, Fault
from qmethod_studies.store import models
from qmethod_studies.store.engine import damaged, shown_name, sqlite_file, unavailable
from qmethod_studies.store.values import Damaged

READ_FIRST = 100 * 10**6
"""Bytes of a file that are read before anybody is let in, which takes less than a second; a larger one is read while people sort."""


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


def is_large(engine: Engine) -> bool:
    """Whether a file of SQLite is one of those that are read while people sort."""
    file = sqlite_file(str(engine.url))
    return file is not None and file.exists() and file.stat().st_size > READ_FIRST


class ReadMeanwhile:
    """Reads a file of SQLite from end to end in a thread of its own, while it is used.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    tell : sequence of callable
        Are told of the first thing that is wrong.
    """

    def __init__(self, engine: Engine, tell: Sequence[Callable[[Damaged], None]]) -> None:
        self._engine, self._tell = engine, tell
        file = sqlite_file(str(engine.url))
        assert file is not None
        self._connection = sqlite3.connect(f"{Path(file).as_uri()}?mode=ro", uri=True, check_same_thread=False)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with closing(self._connection), suppress(sqlite3.OperationalError):  # it is told to end, or locked out, which others tell of
            try:
                found = str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                found = str(error)
            if found != "ok":
                wrong = damaged(self._engine, " ".join(found.split()))
                for tell in self._tell:
                    tell(wrong)

    def end(self) -> None:
        """Read no further."""
        with suppress(sqlite3.ProgrammingError):  # it has ended by itself
            self._connection.interrupt()
        self._thread.join()


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
