"""Making a backup, while people sort.

All rows are read in one transaction, so that the backup is the database at one moment: nobody waits for it, and what is written meanwhile is not in
it. Rows rather than pages are copied, for three reasons: one file fits both kinds of database; no program but the driver is needed; and what was
withdrawn before is not in it, while pages can keep remains of deleted rows. The keys are no part of it; see `qmethod_studies.store.key_copy`.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple

from sqlalchemy import Connection, Engine, Select, Table, func, select
from sqlalchemy.exc import DatabaseError

from qmethod import __version__
from qmethod.errors import DataError, Fault
from qmethod_studies.store.archive import Header, Writer
from qmethod_studies.store.engine import forget_deleted, make_engine, shown_name, snapshot, unavailable
from qmethod_studies.store.key_copy import refuse_without_keys, withdrawn_and_there
from qmethod_studies.store.keyring import Keys
from qmethod_studies.store.reflected import LEFT_OUT, last_number, parent, selected, tables, writer
from qmethod_studies.store.schema import check_database, current, newest

_CHUNK = 1000


class Backup(NamedTuple):
    """What was written.

    Parameters
    ----------
    header : Header
        What the backup says of itself.
    keys : Keys
        Those without which nobody reads the words in it.
    """

    header: Header
    keys: Keys


def backup(url: str, file: IO[bytes], study: str | None = None) -> Backup:
    """Write a backup of a database, or of one study in it. It may be served meanwhile. It holds no keys: they are given back, to be kept elsewhere.

    Parameters
    ----------
    url : str
        Address of the database.
    file : binary stream
        Where to write to; it need not be able to go back.
    study : str, optional
        Name of the study; the whole database if not given.

    Returns
    -------
    Backup

    Raises
    ------
    DataError
        If there is no database of responses, it was made by a newer version, or it holds no such study.
    Unavailable
        If it cannot be read; `Damaged` where it is broken, and `NoKeys` where its keys are not at hand.
    """
    engine = make_engine(url, must_exist=True)
    try:
        with snapshot(engine) as connection, connection.begin():
            header = _write(engine, connection, file, study)
            # Read after the rows: of whoever withdrew meanwhile the key is gone already. Tables of earlier versions have none.
            keys = withdrawn_and_there(connection, study) if header.tables == newest() else Keys({}, {})
        forget_deleted(engine)  # what was withdrawn meanwhile waits in the log for readers to be done
        return Backup(header, keys)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise unavailable(engine, error) from None
    finally:
        engine.dispose()


def _write(engine: Engine, connection: Connection, file: IO[bytes], study: str | None) -> Header:
    made = datetime.now(UTC).isoformat()  # before the first look, which is the moment that is seen
    check_database(engine, connection)
    revision = current(engine, connection)
    if revision is None:
        advice = "Give the address under which the study is served with --database."
        raise DataError([Fault("there are no responses in this database, nor tables for them", file=shown_name(engine), advice=advice)])
    found = [table for table in tables(connection) if table.name not in LEFT_OUT]
    by_name = {table.name: table for table in found}
    queries = {table.name: _rows(by_name, table, study) for table in found}
    if study is not None and not _count(connection, queries["study"]):
        known = ", ".join(connection.scalars(select(by_name["study"].c.name).order_by(by_name["study"].c.name)))
        raise DataError([Fault(f"the database holds no study {study!r}", advice=f"It holds: {known}." if known else "It holds none.")])
    if revision == newest():
        refuse_without_keys(connection, study)  # with the keys of something else nobody would ever read the backup
    header = Header(
        version=__version__,
        tables=revision,
        made=made,
        database=engine.dialect.name,
        study=study,
        studies=_studies(connection, by_name, study),
        rows={name: _count(connection, query) for name, query in queries.items()},
    )
    archive = Writer(file, header)
    for table in found:
        columns = sorted(table.columns, key=lambda column: column.name)  # a table that was changed has them in an order of its own
        archive.table(table.name, [column.name for column in columns], last_number(connection, table))
        writers = [writer(column) for column in columns]
        chosen = queries[table.name].with_only_columns(*(selected(column, engine.dialect.name) for column in columns))
        for row in connection.execution_options(yield_per=_CHUNK).execute(chosen):
            archive.row([write(value) for write, value in zip(writers, row, strict=True)])
    archive.finish()
    return header


def _rows(by_name: dict[str, Table], table: Table, study: str | None) -> Select[Any]:
    """The rows of a table, or those that hang on a study; of tables that hang on none, all."""
    query = select(table).order_by(*table.primary_key.columns)
    if study is None:
        return query
    if table.name == "study":
        return query.where(table.c.name == study)
    for column in table.columns:
        above = parent(column)
        if above is not None and not column.nullable and above.name in by_name and above is not table:
            numbers = _rows(by_name, above, study).with_only_columns(*above.primary_key.columns).order_by(None)
            return query.where(column.in_(numbers))
    return query


def _count(connection: Connection, query: Select[Any]) -> int:
    return connection.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _studies(connection: Connection, by_name: dict[str, Table], study: str | None) -> dict[str, int]:
    known = connection.scalars(select(by_name["study"].c.name).order_by(by_name["study"].c.name)).all()
    return {name: _count(connection, _rows(by_name, by_name["response"], name)) for name in known if study in (None, name)}
