"""From an address to a database that loses nothing: pragmas, locks, and messages that say what to do."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qmethod.errors import DataError, Fault
from qmethod_studies.store.keyring import VARIABLE, Keyring
from qmethod_studies.store.values import Damaged, Unavailable
from qmethod_studies.store.waiting import PATIENT_SECONDS, SERVING_SECONDS

DEFAULT_URL = "sqlite:///qmethod-responses.sqlite3"
"""Where responses are kept unless something else is asked for: a file in the current folder."""
_ADVISORY_LOCK = 0x716D6574  # "qmet"
_IN_USE = 0x716D6575
MOST_CONNECTIONS = 32
"""Connections to the database that a process holds at most, where nothing else is said."""
_KEPT = 8
"""Of these, how many stay open when nobody needs them."""
_ONE = {"pool_size": 1, "max_overflow": 0}
CLOSING_SECONDS = 1
"""For how long whoever wants a database alone waits, and whoever finds somebody alone in it: a connection that closes just now is done by then, and
neither a server nor a restore is."""
_EXAMPLES = 'Write "sqlite:///responses.sqlite3" for a file, or "postgresql://user:password@host/database".'


def make_engine(url: str, *, must_exist: bool = False, alone: bool = False, serving: bool = False, most: int = MOST_CONNECTIONS) -> Engine:
    """An engine for an address, set up but not yet connected.

    Parameters
    ----------
    url : str
    must_exist : bool, default False
        Whether a file that is not there is refused instead of made.
    alone : bool, default False
        Whether it has one connection, which `shut_others_out` can make the only one there is.
    serving : bool, default False
        Whether people wait for what is asked: nothing then waits for more than seconds.
    most : int
        Connections that are open at once at most.

    Raises
    ------
    DataError
        If the address cannot be used, or the driver is missing.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise DataError([Fault("the address of the database cannot be read", advice=_EXAMPLES)]) from None
    backend = address.get_backend_name()
    if backend == "sqlite":
        made = _sqlite(address, must_exist, _ONE if alone else _pool(most), SERVING_SECONDS if serving else PATIENT_SECONDS)
        return made.execution_options(keys=Keyring(keys_file(url)))
    if backend in ("postgresql", "postgres"):
        return _postgres(address, alone, serving, most).execution_options(keys=Keyring(keys_file(url)))
    raise DataError([Fault(f"responses cannot be kept in {backend!r}", advice=_EXAMPLES)])


def _pool(most: int) -> dict[str, int]:
    kept = min(_KEPT, most)
    return {"pool_size": kept, "max_overflow": most - kept}


def without_password(url: str) -> str:
    """The address of a database as it can be shown.

    Parameters
    ----------
    url : str
    """
    return make_url(url).render_as_string(hide_password=True)


def is_there(url: str) -> bool:
    """Whether there is a database to look into; True also where only asking it could tell. A file of SQLite that is not there holds nothing.

    Parameters
    ----------
    url : str
    """
    try:
        address = make_url(url)
    except ArgumentError:
        return True
    return address.get_backend_name() != "sqlite" or not address.database or Path(address.database).exists()


def shown_url(engine: Engine) -> str:
    """The address without its password."""
    return engine.url.render_as_string(hide_password=True)


def sqlite_file(url: str) -> Path | None:
    """The file of a database of SQLite; None for another database, and for an address that `make_engine` refuses.

    Parameters
    ----------
    url : str
    """
    try:
        address = make_url(url)
    except ArgumentError:
        return None
    return Path(address.database).absolute() if address.get_backend_name() == "sqlite" and address.database else None


def keys_file(url: str) -> Path:
    """The file with the keys of a database: what QMETHOD_KEYS names, else beside the file of SQLite, or for PostgreSQL in the current folder.

    Parameters
    ----------
    url : str
    """
    if given := os.environ.get(VARIABLE):
        return Path(given).absolute()
    beside = sqlite_file(url)
    if beside is not None:
        return beside.with_name(f"{beside.name}.keys")
    return Path(f"qmethod-{make_url(url).database or 'responses'}.keys").absolute()


def _sqlite(address: URL, must_exist: bool, pool: dict[str, int], seconds: float) -> Engine:
    name = address.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise DataError([Fault("responses kept in memory would be lost", advice=_EXAMPLES)])
    if address.query:
        raise DataError([Fault(f"an address of SQLite takes no options, got {', '.join(address.query)}", advice=_EXAMPLES)])
    path = Path(name).absolute()
    if not path.parent.is_dir():
        raise DataError([Fault("the folder does not exist", file=str(path.parent), advice="Make the folder first.")])
    if must_exist and not path.exists():
        advice = "Give the address under which the study is served with --database, or run this in the same folder."
        raise DataError([Fault("there is no database of responses here", file=name, advice=advice)])
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # answers of people: for the owner only; -wal and -shm take the same permissions
    except IsADirectoryError:
        raise DataError([Fault("this is a folder, and responses are kept in a file", file=name, advice=_EXAMPLES)]) from None
    except OSError as error:
        raise Unavailable(f"{name}: the database cannot be opened: {error.strerror}", _to_do(error.strerror or "")) from None
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        hide_parameters=True,
        **pool,
        pool_timeout=seconds,
        connect_args={"timeout": seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not when the driver thinks fit
        for pragma in (
            f"busy_timeout={round(seconds * 1000)}",
            "foreign_keys=ON",
            "synchronous=FULL",
            "secure_delete=ON",
            "journal_size_limit=67108864",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("sqlite_foreign_keys") == "OFF":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # can be said outside a transaction only
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'DEFERRED')}")

    return engine


_KEEP_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""Lets the system end a connection to a machine that is gone, within a minute."""


def _postgres(address: URL, alone: bool, serving: bool, most: int) -> Engine:
    if find_spec("psycopg") is None:
        raise DataError([Fault("PostgreSQL needs the package psycopg", advice='Install it: pip install "qmethod[postgres]"')])
    seconds = SERVING_SECONDS if serving else PATIENT_SECONDS
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        **(_ONE if alone else _pool(most)),
        pool_timeout=seconds,
        pool_pre_ping=not alone,  # a new connection in place of a broken one would hold no lock
        connect_args={name: value for name, value in {"connect_timeout": max(2, round(seconds)), **_KEEP_ALIVE}.items() if name not in address.query},
    )
    if alone:
        return engine
    if serving:
        from qmethod_studies.store.impatient import connect_impatiently

        connect_impatiently(engine, seconds)

    @event.listens_for(engine, "connect")
    def _enter(connection: Any, _record: object) -> None:
        # Held until the connection ends, however it ends: what `shut_others_out` looks at. An open file of SQLite is locked like this by itself.
        deadline = time.monotonic() + CLOSING_SECONDS
        while not connection.execute("SELECT pg_try_advisory_lock_shared(%s)", (_IN_USE,)).fetchone()[0]:
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            connection.close()
            raise Unavailable(f"the database {shown_url(engine)} is being put back from a backup", "Wait until that is done, then do it again.")
        connection.commit()

    return engine


def shut_others_out(engine: Engine) -> None:
    """Let nobody else open a database until this engine is disposed of. The log beside a file of SQLite is moved into it and removed.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Made with `alone`.

    Raises
    ------
    Unavailable
        If a server, another command or another program has it open.
    Damaged
        If the file is damaged, or no database.
    """
    deadline = time.monotonic() + CLOSING_SECONDS
    try:
        with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
            # Asked again and again: who waits in line keeps a PostgreSQL that serves from making new connections, and SQLite lets nobody wait.
            while not _shut(engine, cursor):
                if time.monotonic() > deadline:
                    advice = "Stop the server with Ctrl+C or SIGTERM, and close whatever else has it open; then do it again."
                    raise Unavailable(f"{shown_name(engine)}: the database is in use, by a server or another program", advice)
                time.sleep(0.02)
            raw.commit()
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise unavailable(engine, error) from None


def _shut(engine: Engine, cursor: Any) -> bool:
    """Take a database for this connection alone, if nobody else has it open."""
    if engine.dialect.name == "postgresql":
        cursor.execute("SELECT pg_try_advisory_lock(%s)", (_IN_USE,))
        return bool(cursor.fetchone()[0])
    try:
        cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
        # SQLite leaves write-ahead logging only where no other connection is open, in this process or another one.
        if cursor.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete":
            cursor.execute("BEGIN EXCLUSIVE")
            cursor.execute("COMMIT")
            return True
    except sqlite3.DatabaseError as error:
        if "locked" not in reason(error):
            raise
    cursor.execute("PRAGMA locking_mode=NORMAL")
    return False


def snapshot(engine: Engine) -> Connection:
    """A connection whose transaction sees one moment, whatever others write."""
    if engine.dialect.name == "postgresql":
        return engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.connect()  # a reading transaction of SQLite sees one moment


def shown_name(engine: Engine) -> str:
    """What a database is called in messages: the file of SQLite, the address of PostgreSQL without its password."""
    return str(engine.url.database) if engine.dialect.name == "sqlite" else shown_url(engine)


def use_wal(engine: Engine) -> None:
    """Write-ahead logging, which a file of SQLite keeps. Two processes may ask at once, and SQLite then makes no one wait, so we do."""
    deadline = time.monotonic() + PATIENT_SECONDS
    while True:
        try:
            raw = engine.raw_connection()
            try:
                cursor = raw.cursor()
                if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                    return
                mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            finally:
                raw.close()
            if mode == "wal":
                return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(0.02)


def forget_deleted(engine: Engine, milliseconds: int = 250) -> None:
    """Move the write-ahead log into the file and empty it, so that what was deleted is in neither. While others read, that waits for a later time.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    milliseconds : int, default 250
        How long it is tried: whoever writes waits meanwhile.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={milliseconds}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
    finally:
        raw.close()


def lock_database(connection: Connection) -> None:
    """Let no second process do the same until this transaction ends. SQLite's own lock on writing is enough there."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})


def reason(error: BaseException) -> str:
    """What the database said, in one line, without the statement it was about."""
    said: Any = getattr(error, "orig", None) or error
    return " ".join(str(said).split())[:300]


_SERVER = "Check host, name, user and password, and that the server runs."
_TO_DO = (
    (("full", "No space", "quota"), "Make room on the disk, then do it again; or keep the responses elsewhere."),
    (("readonly", "read-only", "Read-only"), "File and folder must be writable: change their permissions, or keep the responses elsewhere."),
    (("locked", "busy"), "Wait, or close the program that uses it."),
    (("unable to open", "ermission", "ot permitted"), "Check the permissions of file and folder: both must be writable."),
)
"""What to do about what SQLite or the system says, by words of it."""


def _to_do(said: str) -> str:
    found = (advice for words, advice in _TO_DO if any(word in said for word in words))
    return next(found, "See to the file and the disk it is on, then do it again.")


def unavailable(engine: Engine, error: BaseException) -> Unavailable:
    """What a database refuses that may be sound, with what to do about it.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    error : BaseException
        As the driver or SQLAlchemy raised it.
    """
    said = reason(error)
    if engine.dialect.name == "sqlite":
        if _is_damage(said):
            return damaged(engine, said)
        words = "another program keeps the database locked" if "locked" in said else f"the database cannot be used: {said}"
        return Unavailable(f"{engine.url.database}: {words}", _to_do(said))
    return Unavailable(f"the database {shown_url(engine)} cannot be used: {said}", _SERVER)


_DAMAGE = ("malformed", "not a database", "invalid page", "could not read block")
"""Words of SQLite and PostgreSQL for pages that are not what was written."""


def _is_damage(said: str) -> bool:
    return any(word in said for word in _DAMAGE)


def damaged(engine: Engine, said: str) -> Damaged:
    """What is said of a database that is broken.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    said : str
        What was found, in the words of the database.
    """
    advice = "Keep it as it is, and put the last backup into a new one: qmethod restore BACKUP --to URL."
    return Damaged(f"{shown_name(engine)}: the database is damaged: {said}", advice)


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn what a database reports while it runs into `Unavailable`; faults of the program pass through."""
    driver: Any = engine.dialect.dbapi
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        what = error.orig if isinstance(error, DBAPIError) else error
        # SQLite has one error, OperationalError, for all that can happen to a file; DatabaseError itself for a file that is damaged.
        if isinstance(what, driver.OperationalError | driver.InterfaceError | driver.InternalError) or type(what) is driver.DatabaseError:
            said = reason(error)
            if _is_damage(said):
                raise damaged(engine, said) from error
            advice = _to_do(said) if engine.dialect.name == "sqlite" else ""
            raise Unavailable(f"the database {shown_url(engine)} cannot be used now: {said}", advice) from error
        raise
    except PoolTimeout as error:
        raise Unavailable(f"the database {shown_url(engine)} cannot be used now: too many requests at once") from error
