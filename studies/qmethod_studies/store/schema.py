"""Tables made and brought up to date when a store is opened, whoever opens it first.

Alembic does it, and is imported when there is something to do: what most commands find is up to date.
"""

from __future__ import annotations

import secrets
import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, Engine, insert, inspect, select, text
from sqlalchemy.exc import DatabaseError

from qmethod.errors import DataError, Fault
from qmethod_studies.store import models
from qmethod_studies.store.engine import lock_database, reason, shown_url, unavailable, use_wal
from qmethod_studies.store.generation import generation
from qmethod_studies.store.keyring import Keyring, keyring, new_name

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "qmethod_schema"
_STEPS = Path(__file__).with_name("migrations") / "versions"
_NEWER = "Install the newest qmethod (pip install --upgrade qmethod), or use another database."


def configuration() -> Config:
    """Alembic's settings, without a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "qmethod_studies.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


class Prepared(NamedTuple):
    """What a database is told apart by.

    Parameters
    ----------
    name : str
        Of its own key.
    secret : str
        That key: 64 hexadecimal digits, from which what signs is derived.
    generation : str
        See `qmethod_studies.store.generation`.
    keys : Keyring
    """

    name: str
    secret: str
    generation: str
    keys: Keyring


def prepare(engine: Engine) -> Prepared:
    """Make or migrate the tables, and give the store's own secret and its generation.

    Raises
    ------
    DataError
        If the file is no database, or the database belongs to something else or was made by a newer version.
    Unavailable
        If it cannot be reached, is locked, or cannot be written.
    """
    try:
        if engine.dialect.name == "sqlite":
            use_wal(engine)
        # A step that puts a new table in the place of another would take with it what hangs on the old one.
        with engine.execution_options(sqlite_begin="IMMEDIATE", sqlite_foreign_keys="OFF").begin() as connection:
            lock_database(connection)
            check_database(engine, connection)
            if current(engine, connection) != newest():
                upgrade(connection, "head")
                _check_references(engine, connection)
            keys = keyring(connection)
            name = own_key(connection)
            prepared = Prepared(name, keys.secret(name), generation(connection), keys)
            _end_withdrawals(connection, prepared)
        return prepared
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if engine.dialect.name == "sqlite" and "not a database" in reason(error):
            raise DataError([no_database(engine)]) from None
        raise unavailable(engine, error) from None
    finally:
        if engine.dialect.name == "sqlite":
            engine.dispose()  # connections made from here on look at foreign keys again


def own_key(connection: Connection) -> str:
    """The name of the database's own key; it is made where there is none yet."""
    name = connection.scalar(select(models.store.c.key_name))
    if name is None:
        name = f"store-{new_name()}"
        keyring(connection).put({name: secrets.token_bytes(32)})
        connection.execute(insert(models.store).values(id=1, key_name=name))
    return name


def _end_withdrawals(connection: Connection, prepared: Prepared) -> None:
    """Overwrite the keys of people whose rows have gone, where a withdrawal was stopped between the two."""
    noted = prepared.keys.leaving(prepared.name)
    there: set[str] = set()
    for table in (models.person, models.invitation) if noted else ():
        there |= set(connection.scalars(select(table.c.key_name).where(table.c.key_name.in_(noted))))
    if noted - there:
        prepared.keys.destroy(noted - there)


def _check_references(engine: Engine, connection: Connection) -> None:
    """Refuse to go on where a row of SQLite hangs on one that is not there; nothing was changed then."""
    if engine.dialect.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        tables = ", ".join(sorted({row[0] for row in lost}))
        advice = "Use the copy made before, and report this."
        what = f"the database cannot be brought up to date: rows of {tables} belong to nothing"
        raise DataError([Fault(what, file=engine.url.database, advice=advice)])


def no_database(engine: Engine) -> Fault:
    """What is said of a file that is no database of SQLite."""
    advice = "Give the file of a store of responses, or a new name."
    return Fault("this file is no database of SQLite", file=engine.url.database, advice=advice)


def upgrade(connection: Connection, revision: str) -> None:
    """Make or change the tables, in the transaction of a connection.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    revision : str
        One of `revisions`, or ``"head"``.
    """
    from alembic import command

    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@cache
def newest() -> str:
    """The newest revision of the tables."""
    return max(revisions())


@cache
def revisions() -> frozenset[str]:
    """Every revision of the tables that this version knows: their steps stand in files that begin with the number of theirs."""
    return frozenset(step.name.partition("_")[0] for step in _STEPS.glob("[0-9]*_*.py"))


def check_database(engine: Engine, connection: Connection) -> None:
    """Refuse a database that is no store and none to be.

    Raises
    ------
    DataError
        For one of something else, and for one that cannot hold every text.
    """
    if engine.dialect.name == "postgresql":
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding != "UTF8":
            advice = "Make the database with ENCODING 'UTF8' TEMPLATE template0."
            raise DataError([Fault(f"the database {shown_url(engine)} keeps texts as {encoding}, which cannot hold every sign", advice=advice)])
        return
    tables = set(inspect(connection).get_table_names())
    if tables and VERSION_TABLE not in tables:
        found = ", ".join(sorted(tables)[:5])
        advice = "Give the file of a store of responses, or a new name."
        raise DataError([Fault(f"this is a database of something else (its tables: {found})", file=engine.url.database, advice=advice)])


def current(engine: Engine, connection: Connection) -> str | None:
    """The revision of the tables; None where there are none.

    Raises
    ------
    DataError
        For tables of a newer version.
    """
    if VERSION_TABLE not in inspect(connection).get_table_names():
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - a constant
    if found is not None and found not in revisions():
        raise DataError([Fault(f"the database {shown_url(engine)} was made by a newer version of this software (tables {found})", advice=_NEWER)])
    return str(found) if found is not None else None
