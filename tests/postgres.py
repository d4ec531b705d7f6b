"""A PostgreSQL of the tests' own, and `store_url`: a fresh database for one test, of each kind."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from qmethod_studies.store.keyring import VARIABLE

ROOT = Path(__file__).parents[1]
SECONDS_TO_START = 60
_numbers = count(1)


def programs() -> Path | None:
    """The folder with PostgreSQL's programs; None where there is none."""
    found = subprocess.run([ROOT / "tools" / "find-postgres"], capture_output=True, text=True, check=True).stdout.strip()
    return Path(found) if found else None


def other_user() -> str | None:
    """Whom PostgreSQL runs as, because it refuses to run as root; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def cluster(folder_of_programs: Path) -> Iterator[str]:
    """A running PostgreSQL that listens on a socket in a folder of its own; gives the address of its first database.

    It writes to disk as one in use does: fsync stays on.
    """
    folder, user = Path(tempfile.mkdtemp(prefix="qpg-")), other_user()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    initdb = [folder_of_programs / "initdb", "-D", data, "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "qmethod", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=folder)
    with (folder / "log").open("wb") as log:
        options = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=on", "-c", "max_connections=200"]
        server = subprocess.Popen([folder_of_programs / "postgres", *options], stdout=log, stderr=log, user=user, cwd=folder)
        address = f"postgresql://qmethod@/postgres?host={quote(str(folder), safe='')}"
        try:
            _wait(server, address, folder / "log")
            yield address
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
            shutil.rmtree(folder)


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from None
        time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL. Where there is none the tests are skipped, but never where CI is set."""
    found = programs()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no PostgreSQL: run tools/find-postgres --install, or set POSTGRES_BIN")
    with cluster(found) as address:
        yield address


@pytest.fixture
def postgres_url(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty PostgreSQL database; all databases of the test have one file of keys."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "all.keys"))
    name = f"t{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind that a store can be in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'responses.sqlite3'}"
    return request.getfixturevalue("postgres_url")
