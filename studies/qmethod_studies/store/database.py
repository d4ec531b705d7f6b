"""A database that is open: its transactions, its secret and its generation."""

from __future__ import annotations

import hmac
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, event, func, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qmethod_studies.store import models
from qmethod_studies.store.engine import MOST_CONNECTIONS, forget_deleted, make_engine, shown_name, snapshot, sqlite_file, translated, unavailable
from qmethod_studies.store.plain import Link
from qmethod_studies.store.schema import Prepared, prepare
from qmethod_studies.store.soundness import ReadMeanwhile, check_pages, check_tables, is_large
from qmethod_studies.store.together import Outcome, Together
from qmethod_studies.store.values import Damaged, Unavailable
from qmethod_studies.store.waiting import PATIENT_SECONDS, SERVING_SECONDS, Door, Turns

_ANY = 1000
"""More threads than any process has."""


class Database:
    """What every call of a store runs in; `qmethod_studies.store.Store` says what can be asked and kept."""

    def __init__(self, engine: Engine, prepared: Prepared, at_once: int | None = None) -> None:
        self._engine = engine
        self._name, self._secret = prepared.name, prepared.secret
        self._keys = prepared.keys
        self.generation = prepared.generation
        """A random name of this state of the database, another one after each restore; what a browser remembers holds for one of them."""
        self._damage: Damaged | None = None
        self._reading_through: ReadMeanwhile | None = None
        self._writing = engine.execution_options(sqlite_begin="IMMEDIATE")
        most, seconds = (_ANY, PATIENT_SECONDS) if at_once is None else (at_once, SERVING_SECONDS)
        self._reading = Door(most, most, seconds)
        # SQLite lets one write at a time, and who waits asks again and again; in one process a lock is fairer and faster.
        self._door_to_write = Door(1 if engine.dialect.name == "sqlite" else most, most, seconds)
        self._door_to_group = Door(most, most, seconds)
        self._together = Together(self._write_linked, seconds) if engine.dialect.name == "sqlite" else None
        self._turns = Turns(seconds)
        self._held = threading.local()
        _keep_to_generation(engine, self.generation)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        must_exist: bool = False,
        checked: bool = False,
        at_once: int | None = None,
        connections: int = MOST_CONNECTIONS,
        tell: Callable[[Damaged], None] = lambda _: None,
    ) -> Self:
        """Open a store, making or updating its tables.

        Parameters
        ----------
        url : str
            ``sqlite:///responses.sqlite3`` (a file, made where there is none) or ``postgresql://user:password@host/database``.
        must_exist : bool, default False
            Whether a file that is not there is refused instead of made: for whoever only reads.
        checked : bool, default False
            Whether the whole file is read, first or where it is large meanwhile, and the tables are looked at: for whoever lets people in.
        at_once : int, optional
            For a server: how many of its threads may wait for the database at the same time. What is asked of it then waits for seconds only,
            and raises `Unavailable` where it gets no answer. None for whoever has time.
        connections : int
            How many are open to the database at once at most; each call needs one.
        tell : callable, optional
            Is told, by another thread, what is found wrong with a large file while it is read.

        Raises
        ------
        DataError
            If the address cannot be used, the database cannot be reached, is something else, or was made by a newer version.
        Damaged
            If it is broken and `checked` is set.
        """
        engine = make_engine(url, must_exist=must_exist, most=connections)
        try:
            meanwhile = checked and is_large(engine)
            if checked and not meanwhile:
                check_pages(engine)
            prepared = prepare(engine)
            if at_once is not None:
                patient, engine = engine, make_engine(url, must_exist=True, serving=True, most=connections)
                patient.dispose()
            store = cls(engine, prepared, at_once)
            with store._read() as connection:  # which stays open, and so shuts out a restore
                if checked:
                    check_tables(engine, connection)
        except BaseException:
            engine.dispose()
            raise
        if meanwhile:
            store._reading_through = ReadMeanwhile(engine, [store._note_damage, tell])
        return store

    def close(self) -> None:
        """Move the write-ahead log into the file, where there is one, and close all connections."""
        if self._reading_through is not None:
            self._reading_through.end()
        self._forget_deleted(250)
        self._engine.dispose()

    def _forget_deleted(self, milliseconds: int) -> None:
        """Empty the write-ahead log, where that can be done: what is in it is safe there, and what was asked for is done."""
        with suppress(DatabaseError, PoolTimeout, sqlite3.DatabaseError, Unavailable):
            forget_deleted(self._engine, milliseconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._noting_damage(), self._door_to_write.through(), translated(self._engine), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def _linked(self) -> Iterator[Link]:
        """A connection as its driver has it; what is not committed when it goes back is taken back, and one that has broken does not go back."""
        raw, dialect = self._engine.raw_connection(), self._engine.dialect
        driver: Any = dialect.dbapi
        try:
            yield Link(raw.dbapi_connection, dialect, self._keys)
        except driver.Error as error:
            if dialect.is_disconnect(error, raw, None):
                raw.invalidate(error)
            raise
        finally:
            raw.close()

    @contextmanager
    def _write_linked(self) -> Iterator[Link]:
        with self._noting_damage(), self._door_to_write.through(), translated(self._engine), self._linked() as link:
            if self._together is not None:  # the driver of PostgreSQL begins by itself
                link.say("BEGIN IMMEDIATE")
            yield link
            link.dialect.do_commit(link.driver)

    def _write_together(self, work: Callable[[Link], Outcome]) -> Outcome:
        """Do some quick work in a transaction, which others may share."""
        if self._together is None:  # PostgreSQL lets all write at once, and puts on the disk together what comes together
            with self._write_linked() as link:
                return work(link)
        with self._noting_damage(), self._door_to_group.through(), translated(self._engine):
            return self._together.write(work)

    @contextmanager
    def _glance(self) -> Iterator[Link]:
        """For one statement, which sees one moment without a transaction around it; what is read beside it may be of another."""
        with self._noting_damage(), self._reading.through(), translated(self._engine), self._linked() as link:
            yield link

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        held: Connection | None = getattr(self._held, "connection", None)
        if held is not None:
            with self._noting_damage(), translated(self._engine):
                yield held
            return
        with self._noting_damage(), self._reading.through(), translated(self._engine), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def still(self) -> Iterator[None]:
        """Whatever this thread reads inside is one state of the database, while others go on writing."""
        with self._noting_damage(), self._reading.through(), translated(self._engine), snapshot(self._engine) as connection, connection.begin():
            self._held.connection = connection
            try:
                yield
            finally:
                del self._held.connection

    @contextmanager
    def _noting_damage(self) -> Iterator[None]:
        try:
            yield
        except Damaged as error:
            self._note_damage(error)
            raise

    def _note_damage(self, found: Damaged) -> None:
        self._damage = found

    def ping(self) -> None:
        """Write and read a moment.

        Raises
        ------
        Unavailable
            If the database does not answer or cannot be written, or was found to be damaged at any time since it was opened.
        """
        if self._damage is not None:
            raise self._damage
        with self._write() as connection:
            connection.execute(update(models.store).values(checked=datetime.now(UTC)))

    def free_space(self) -> int | None:
        """Bytes that are free for the file of responses; None where that is not known: PostgreSQL does not tell."""
        file = sqlite_file(str(self._engine.url))
        try:
            return None if file is None else shutil.disk_usage(file.parent).free
        except OSError:
            return None

    def size(self) -> int | None:
        """Bytes that the database takes, its log included; None where it does not tell."""
        file = sqlite_file(str(self._engine.url))
        if file is not None:
            return sum(part.stat().st_size for end in ("", "-wal") if (part := file.with_name(file.name + end)).exists())
        with self._read() as connection:
            found: int | None = connection.scalar(select(func.pg_database_size(func.current_database())))
            return found

    def derived_key(self, purpose: str) -> bytes:
        """A secret key for one purpose, 32 bytes, the same for as long as this database lives."""
        return hmac.digest(self._secret.encode(), purpose.encode(), "sha256")


def _keep_to_generation(engine: Engine, generation: str) -> None:
    """Refuse new connections to a database that was put back from a backup since it was opened: secret and definitions may be others there."""

    @event.listens_for(engine, "connect")
    def _look(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        try:
            cursor.execute("SELECT name FROM generation")
            found = cursor.fetchone()
            connection.commit()
        except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # an engine that connects has its driver
            raise unavailable(engine, error) from None
        finally:
            cursor.close()
        if found is None or found[0] != generation:
            connection.close()
            raise Unavailable(f"{shown_name(engine)}: the database was put back from a backup since it was opened", "Start the server again.")
