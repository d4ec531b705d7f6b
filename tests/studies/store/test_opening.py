"""Making and opening a database."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, inspect, text

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import Store, Unavailable, models
from qmethod_studies.store.schema import VERSION_TABLE
from tests.forked import forked
from tests.studies.store.acting import begin, places
from tests.studies.store.doomed import open_and_tell


def sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:")


def test_a_second_opening_finds_what_the_first_made(store_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        begun = begin(store, study)
    with Store.open(store_url) as store:
        assert store.find("demo", begun.code) == begun.response


def test_migrations_make_the_tables_that_the_code_knows(store_url: str) -> None:
    Store.open(store_url).close()
    engine = create_engine(sqlalchemy_url(store_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, models.metadata) == []
        for name, table in models.metadata.tables.items():  # alembic compares no checks, and no rules of deletion on SQLite
            checks = {check["name"] for check in inspect(connection).get_check_constraints(name)}
            assert checks == {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
            rules = {(key["constrained_columns"][0], key["options"].get("ondelete")) for key in inspect(connection).get_foreign_keys(name)}
            assert rules == {(key.parent.name, key.ondelete) for key in table.foreign_keys}
    engine.dispose()


def test_processes_that_open_an_empty_database_at_once(store_url: str) -> None:
    if store_url.startswith("sqlite"):  # as many as there may be workers
        assert not Path(store_url.removeprefix("sqlite:///")).exists()
    running = [forked(open_and_tell, store_url) for _ in range(4)]
    said = [process.rest() for process in running]
    assert [process.process.exitcode for process in running] == [0] * 4, said
    assert [len(lines.splitlines()) for lines in said] == [1] * 4, said
    assert len(set(said)) == 1  # all of them know the one secret that codes come from


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store, store._engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    with Store.open(f"sqlite:///{file}") as store:
        store.ping()
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}  # -wal and -shm too


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "cannot be read"),
        ("responses.sqlite3", "cannot be read"),
        ("mysql://somewhere/x", "'mysql'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///a.sqlite3?mode=ro", "no options, got mode"),
        ("sqlite:////no/such/folder/a.sqlite3", "/no/such/folder: the folder does not exist"),
    ],
)
def test_addresses_that_cannot_be_used(url: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        Store.open(url)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "sorts.csv"
    file.write_text("statement,p1\n" + "s1,2\n" * 500)
    with pytest.raises(DataError, match="no database"):
        Store.open(f"sqlite:///{file}")
    assert file.read_text().startswith("statement,p1")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite3"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE books (title)")
    other.close()
    with pytest.raises(DataError, match=r"something else \(its tables: books\)"):
        Store.open(f"sqlite:///{file}")
    with sqlite3.connect(file) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("books",)]
    other.close()


def test_a_database_made_by_a_newer_version(store_url: str) -> None:
    Store.open(store_url).close()
    engine = create_engine(sqlalchemy_url(store_url))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DataError, match="made by a newer version"):
        Store.open(store_url)


def test_a_server_that_does_not_answer_and_no_password_in_the_message() -> None:
    with pytest.raises(Unavailable, match="cannot be used") as caught:
        Store.open("postgresql://me:verysecret@127.0.0.1:1/x")
    assert "verysecret" not in str(caught.value)
    assert "***" in str(caught.value)


def test_postgres_that_cannot_hold_every_sign(postgres: str) -> None:
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        try:
            with pytest.raises(DataError, match="keeps texts as LATIN1"):
                Store.open(postgres.replace("/postgres?", "/latin?"))
        finally:
            connection.execute("DROP DATABASE latin WITH (FORCE)")


def test_without_the_driver_of_postgres_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qmethod_studies.store.engine.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r'pip install "qmethod\[postgres\]"'):
        Store.open("postgresql://me@localhost/x")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:  # root may open any file, so the refusal is played
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("qmethod_studies.store.engine.os.open", refuse)
    with pytest.raises(Unavailable, match="cannot be opened: Permission denied"):
        Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("database or disk is full", "Make room"),
        ("attempt to write a readonly database", "must be writable"),
        ("database is locked", "close the program"),
        ("disk I/O error", "See to the file"),
    ],
)
def test_what_the_machine_refuses_at_opening_is_unavailable_with_advice_that_fits(
    said: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_engine: object) -> None:
        raise sqlite3.OperationalError(said)

    monkeypatch.setattr("qmethod_studies.store.schema.use_wal", refuse)
    with pytest.raises(Unavailable) as caught:
        Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    assert advice in caught.value.advice


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is a folder"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_database_that_goes_away_is_told_and_comes_back(postgres_url: str, study: Study) -> None:
    import psycopg

    with Store.open(postgres_url) as store:
        store.register(study)
        begun = begin(store, study)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        assert store.find("demo", begun.code) == begun.response


def test_a_locked_database_is_unavailable_and_keeps_nothing(tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qmethod_studies.store.engine.PATIENT_SECONDS", 0)
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    with Store.open(url) as store:
        store.register(study)
        begun, acts = begin(store, study), places(study)
        other = sqlite3.connect(tmp_path / "a.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            store.save(begun.response.handle, acts)
        with pytest.raises(Unavailable):
            store.ping()
        assert store.find("demo", begun.code) == begun.response  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert {result.outcome for result in store.save(begun.response.handle, acts).results} == {"saved"}
