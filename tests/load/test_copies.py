"""A real server: how it ends, what it refuses to begin with, and what a backup that is made meanwhile holds."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.copies import Browser, Tally, play
from benchmarks.serving import STUDY, Server
from qmethod_studies.store import Damaged, Store, soundness

QMETHOD = Path(sys.executable).parent / "qmethod"


def sort_a_little(server: Server) -> Browser:
    """A browser that has begun, and whose acts were acknowledged; it stops when the server does."""
    person = Browser(server.port, batch=5, pace=0.01)
    person.begin()
    person.start()
    while len(person.acknowledged) < 20:
        time.sleep(0.02)
    return person


def acknowledged(url: str, person: Browser) -> bool:
    """Whether all that was said to be saved is in a database."""
    with Store.open(url, must_exist=True, checked=True) as store:
        response = store.find(STUDY, person.code)
        assert response is not None
        return {key for key, _ in person.acknowledged} <= {event.key for event in store.events(response.id)}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda how: how.name)
def test_a_server_that_is_told_to_end_leaves_all_in_one_file_beside_its_keys(how: signal.Signals, tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path / "a.sqlite3"
    server = Server(url, tmp_path / "server.log")
    server.start()
    process: Any = server._process
    person = sort_a_little(server)
    assert (tmp_path / "a.sqlite3-wal").stat().st_size > 0
    server.end(how)
    person.join(30)
    assert process.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.sqlite3", "a.sqlite3.keys", "server.log"}
    shutil.copy(file, tmp_path / "alone.sqlite3")
    shutil.copy(tmp_path / "a.sqlite3.keys", tmp_path / "alone.sqlite3.keys")
    assert acknowledged(f"sqlite:///{tmp_path / 'alone.sqlite3'}", person)
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
    assert ("Next  qmethod export leadership" in log) == (how != signal.SIGHUP)  # whose reader is gone


def test_a_server_that_nohup_started_outlives_its_terminal(tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path / "server.log")
    server._command = ["nohup", *server._command]
    server.start()
    process: Any = server._process
    process.send_signal(signal.SIGHUP)
    person = sort_a_little(server)
    assert process.poll() is None
    server.end(signal.SIGTERM)
    person.join(30)
    assert process.returncode == 0


def test_nothing_is_put_into_the_database_of_a_running_server(store_url: str, tmp_path: Path) -> None:
    server, file = Server(store_url, tmp_path / "server.log"), tmp_path / "a.backup"
    server.start()
    try:
        person = sort_a_little(server)
        subprocess.run([QMETHOD, "backup", "--database", store_url, "--out", file], check=True, capture_output=True)
        put = [QMETHOD, "restore", file, "--to", store_url, "--overwrite"]
        done = subprocess.run(put, capture_output=True, text=True, check=False)
        assert done.returncode == 3
        assert "the database is in use, by a server or another program" in done.stderr
        assert "Traceback" not in done.stderr
        heard = len(person.acknowledged)
        deadline = time.monotonic() + 20
        while len(person.acknowledged) == heard and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(person.acknowledged) > heard  # and nobody has noticed
    finally:
        server.stop()
    person.join(30)
    assert acknowledged(store_url, person)
    assert subprocess.run(put, capture_output=True, check=False).returncode == 0


def test_a_server_does_not_begin_with_a_damaged_database(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path / "a.sqlite3"
    server = Server(url, tmp_path / "server.log")
    server.start()
    person = sort_a_little(server)
    server.stop()
    person.join(30)
    content = bytearray(file.read_bytes())
    at = len(content) // 2 // 4096 * 4096
    content[at : at + 2048] = bytes(2048)
    file.write_bytes(content)
    serve = [QMETHOD, "serve", STUDY, "--port", "0", "--database", url]
    done = subprocess.run(serve, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3
    assert f"qmethod: {file}: the database is damaged: " in done.stderr
    assert "-> The database kept nothing of this. Keep it as it is, and put the last backup into a new one: qmethod restore" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_large_database_is_read_while_people_sort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound or damaged, it is served at once; what is found wrong is told by then, and a server that ends waits for no reading."""
    url, file = f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path / "a.sqlite3"
    Store.open(url).close()
    monkeypatch.setattr(soundness, "READ_FIRST", 1000)
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE filler (text TEXT)").close()
        database.executemany("INSERT INTO filler VALUES (?)", [(f"{i} " * 500,) for i in range(20_000)]).close()
        database.commit()
        root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'filler'").fetchone()[0]
    told: list[Damaged] = []
    with Store.open(url, checked=True, tell=told.append) as store:
        store.ping()
        reading = store._reading_through
        assert reading is not None
        reading._thread.join(60)
        store.ping()
    Store.open(url, checked=True, tell=told.append).close()  # at once
    assert told == []
    content = bytearray(file.read_bytes())
    content[(root - 1) * 4096 : (root - 1) * 4096 + 2048] = bytes(2048)
    file.write_bytes(content)
    with Store.open(url, checked=True, tell=told.append) as store:
        reading = store._reading_through
        assert reading is not None
        reading._thread.join(60)
        with pytest.raises(Damaged, match="the database is damaged"):
            store.ping()
    assert len(told) == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=lambda how: how.name)
def test_a_backup_while_a_server_ends_holds_what_was_acknowledged(store_url: str, how: signal.Signals, tmp_path: Path) -> None:
    tally = Tally()
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    play(store_url, other, tmp_path, how, tally, browsers=3, batch=5, pace=0.05)
    assert tally.faults == []
    assert (tally.lost, tally.lost_here) == (0, 0)
    assert tally.before > 20
    assert (tally.cookies, tally.refused) == (3, 3)
