"""Putting a backup into a database, all of it or nothing, while nobody else has the database open.

Everything happens in one transaction of the database itself: whatever ends it early, a full disk, a damaged backup or a power cut, leaves what was
there.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from sqlalchemy import Connection, Engine, Table, delete, func, select
from sqlalchemy.exc import DatabaseError

from qmethod.errors import DataError, Fault, Setting
from qmethod.wording import listed
from qmethod_studies.store import models
from qmethod_studies.store.archive import Header, Reader, newer
from qmethod_studies.store.beginning import forget_people
from qmethod_studies.store.engine import make_engine, shown_name, shut_others_out, sqlite_file, unavailable
from qmethod_studies.store.generation import begin_generation
from qmethod_studies.store.inserting import insert_all, insert_beside
from qmethod_studies.store.key_copy import key_names
from qmethod_studies.store.keyring import Keys, keyring
from qmethod_studies.store.reflected import tables
from qmethod_studies.store.schema import check_database, current, newest, no_database, own_key, revisions, upgrade
from qmethod_studies.store.soundness import check_pages
from qmethod_studies.store.values import Damaged

Way = Literal["new", "replaced", "added"]
_BESIDE = ("-wal", "-shm", "-journal")
_TO, _OVERWRITE = Setting("to"), Setting("overwrite", True)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Parameters
    ----------
    header : Header
        Of the backup.
    way : {"new", "replaced", "added"}
        Whether the database was new or empty, what it held was replaced, or a study was added to others.
    set_aside : pathlib.Path or None
        Where the file of a damaged database of SQLite now lies.
    left_out : int
        How many people in the backup have withdrawn since.
    """

    header: Header
    way: Way
    set_aside: Path | None
    left_out: int


def check_backup(file: IO[bytes], name: str) -> Header:
    """Read a backup to its end, and put it nowhere.

    Parameters
    ----------
    file : binary stream
    name : str
        What it is called in messages.

    Raises
    ------
    DataError
        If it is no backup, damaged, or made by a newer version.
    """
    archive = _opened(file, name)
    for part in archive.parts():
        for _ in part.rows:
            pass
    return archive.header


def study_in(file: IO[bytes], name: str) -> str | None:
    """The one study that a backup holds, by its first line; None for a whole database.

    Parameters
    ----------
    file : binary stream
    name : str
        What it is called in messages.
    """
    return Reader(file, name).header.study


def restore(url: str, file: IO[bytes], name: str, *, keys: Keys | None = None, overwrite: bool = False) -> Restored:
    """Put a backup into a database.

    A backup of a whole database takes the place of what is there. That of one study is added to a database which holds others. In either case the
    tables are then those of this version, and a database whose contents were put back has a new generation.

    Parameters
    ----------
    url : str
        Address of the database; a file of SQLite is made where there is none.
    file : binary stream
        The backup; it is read once, from front to back.
    name : str
        What the backup is called in messages.
    keys : Keys, optional
        The copy of keys that belongs to the backup, or a later one. Those that the database has already are used too. Whose key was overwritten in
        either has withdrawn, and is left out.
    overwrite : bool, default False
        Whether what the database holds may go. A file of SQLite that is damaged is set aside then.

    Raises
    ------
    DataError
        If the file is no backup, is damaged or was made by a newer version; if the database is of something else, was made by a newer version, or
        holds studies that may not go.
    Unavailable
        If somebody has the database open, or it cannot be written; `Damaged` where it is broken and may not go.
    """
    archive = _opened(file, name)
    path = sqlite_file(url)
    made = path is not None and not path.exists()
    if made and path is not None:
        for end in _BESIDE:  # the log of a file that is gone would be taken for that of the new one
            Path(f"{path}{end}").unlink(missing_ok=True)
    engine, aside = make_engine(url, alone=True), None
    try:
        try:
            shut_others_out(engine)
            check_pages(engine)
        except Damaged as error:
            if "not a database" in str(error):
                raise DataError([no_database(engine)]) from None
            if not overwrite or path is None:
                raise
            engine.dispose()
            aside = _set_aside(path)
            engine = make_engine(url, alone=True)
            shut_others_out(engine)
        try:
            # As in `qmethod_studies.store.schema.prepare`; whether all rows fit together is looked at when they are in.
            with engine.execution_options(sqlite_begin="EXCLUSIVE", sqlite_foreign_keys="OFF").begin() as connection:
                way, gone = _put(engine, connection, archive, keys or Keys({}, {}), overwrite=overwrite)
        except (DatabaseError, sqlite3.DatabaseError) as error:
            raise unavailable(engine, error) from None
    except BaseException:
        engine.dispose()
        if made and path is not None:
            path.unlink(missing_ok=True)
        if aside is not None and path is not None:
            _rename(aside, path)
        raise
    engine.dispose()
    return Restored(archive.header, way, aside, gone)


def _opened(file: IO[bytes], name: str) -> Reader:
    archive = Reader(file, name)
    if archive.header.tables not in revisions():
        raise DataError([newer(name, f"tables {archive.header.tables!r}"[:60])])
    return archive


def _set_aside(path: Path) -> Path:
    """Give a damaged file and what lies beside it another name, for whoever can save something of it."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged{f'-{number}' if number > 1 else ''}")).exists():
        number += 1
    _rename(path, aside)
    return aside


def _rename(path: Path, to: Path) -> None:
    os.replace(path, to)
    for end in _BESIDE:
        if (beside := Path(f"{path}{end}")).exists():
            os.replace(beside, f"{to}{end}")


def _put(engine: Engine, connection: Connection, archive: Reader, keys: Keys, *, overwrite: bool) -> tuple[Way, int]:
    check_database(engine, connection)
    revision = current(engine, connection)
    there = tables(connection)
    by_name = {table.name: table for table in there}
    studies = list(connection.scalars(select(by_name["study"].c.name).order_by("name"))) if "study" in by_name else []
    if studies and archive.header.study is not None:
        return "added", _add(engine, connection, archive, keys, studies, revision)
    if studies and not overwrite:
        raise DataError([_holds(engine, connection, by_name, studies)])
    for table in reversed(there):
        table.drop(connection)
    upgrade(connection, archive.header.tables)
    insert_all(connection, archive)
    if archive.header.tables != newest():
        upgrade(connection, "head")
    begin_generation(connection)
    _check(connection, archive)
    if archive.header.study is not None:  # a study brings its own key, and not that of the database it comes from
        connection.execute(delete(models.store))
        own_key(connection)
    return "replaced" if studies else "new", _with_keys(connection, archive, keys, None)


def _holds(engine: Engine, connection: Connection, by_name: dict[str, Table], studies: list[str]) -> Fault:
    n = connection.scalar(select(func.count()).select_from(by_name["response"])) or 0
    what = f"the database holds {listed(studies)}, with {n} response{'' if n == 1 else 's'}; nothing was changed"
    advice = f"Name another database with {_TO}, or add {_OVERWRITE} to put the backup in the place of all that."
    return Fault(what, file=shown_name(engine), advice=advice, settings=(_TO, _OVERWRITE))


def _with_keys(connection: Connection, archive: Reader, keys: Keys, study: str | None) -> int:
    """Bring the keys of what was put in, and leave out who has withdrawn; how many those are."""
    ring, names = keyring(connection), key_names(connection, study)
    here = ring.among(names)
    gone = {name: day for name, day in (keys.withdrawn | here.withdrawn).items() if name in set(names)}
    missing = [name for name in names if name not in here.keys and name not in keys.keys and name not in gone]
    if missing:
        what = f"{len(missing)} of the {len(names)} keys that the backup needs are not there; nothing was changed"
        raise DataError([Fault(what, file=archive.name, advice="Name the copy of keys that was written with this backup, or a later one.")])
    ring.put({name: keys.keys[name] for name in names if name in keys.keys and name not in gone}, gone)
    left_out = 0
    for study_id in connection.scalars(select(models.study.c.id)).all() if gone else ():
        p, i = models.person.c, models.invitation.c
        numbers = list(connection.scalars(select(p.id).where(p.study_id == study_id, p.key_name.in_(gone))))
        forget_people(connection, study_id, numbers, gone)
        left_out += len(numbers)
        connection.execute(models.invitation.update().where(i.key_name.in_(gone)).values(participant=None, mark=None, key_name=None, withdrawn=True))
    if left_out:
        _end_what_hangs(connection)
    return left_out


def _end_what_hangs(connection: Connection) -> None:
    """Delete what goes with a row that is gone, which SQLite does not do by itself while it does not look at foreign keys."""
    for table in models.metadata.sorted_tables if connection.dialect.name == "sqlite" else ():  # each after those that it hangs on
        for key in table.foreign_keys:
            if key.ondelete == "CASCADE":
                connection.execute(delete(table).where(key.parent.not_in(select(key.column))))


def _add(engine: Engine, connection: Connection, archive: Reader, keys: Keys, studies: list[str], revision: str | None) -> int:
    """Add a study to others. Its rows get numbers above those that are there; see `qmethod_studies.store.origins` for what must stay the same."""
    header = archive.header
    if header.study in studies:
        what = f"the database holds a study {header.study!r} already; nothing was changed"
        advice = f"Name another database with {_TO}: a study never takes the place of one with its name."
        raise DataError([Fault(what, file=shown_name(engine), advice=advice, settings=(_TO,))])
    if header.tables != newest():
        what = f"the backup is of an older version (tables {header.tables}), and can be put into a new database only"
        advice = "Put it into a new database, and add a backup of that one."
        raise DataError([Fault(what, file=shown_name(engine), advice=advice)])
    if revision != newest():
        upgrade(connection, "head")
    insert_beside(connection, archive)
    _check(connection, archive)
    return _with_keys(connection, archive, keys, header.study)


def _check(connection: Connection, archive: Reader) -> None:
    """See that what was put in is sound: the name of the database's own key, and rows that fit together, which PostgreSQL has checked by now."""
    if len(connection.scalars(select(models.store.c.key_name)).all()) != 1:
        raise archive.refuse("it lacks the name of the key of its database")
    if connection.dialect.name != "sqlite":
        return
    found = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
    if found != "ok" or connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise archive.refuse("its rows do not fit together")
