"""A database that does not answer: whoever asks is told so within seconds, and only a few wait."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from qmethod_studies.definition import Study
from qmethod_studies.store import Gone, Store, Unavailable
from qmethod_studies.store.waiting import Door, Turns
from tests.prompt import promptly
from tests.studies.store.acting import act, begin

IMPATIENT = 0.05


def sent_away(door: Door, within: float) -> bool:
    """Whether there is no way in, which is said within so many seconds."""
    begun = time.monotonic()
    try:
        with door.through():
            return False
    except Unavailable:
        return time.monotonic() - begun < within


def test_whoever_waits_for_a_turn_waits_for_so_long_and_then_goes() -> None:
    door = Door(1, 10, IMPATIENT)
    with door.through(), ThreadPoolExecutor(1) as other:
        assert other.submit(sent_away, door, 5).result()
    assert not sent_away(door, 0)


def test_no_more_wait_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qmethod_studies.store.waiting.BRIEFLY", 0)
    door, entered = Door(1, 2, 30), threading.Event()

    def waits() -> None:
        entered.set()
        with door.through():
            pass

    with ThreadPoolExecutor(2) as others:
        with door.through():
            waiting = others.submit(waits)
            assert entered.wait(30)
            while door._places._value:  # until the one who may wait does
                time.sleep(0.001)
            assert others.submit(sent_away, door, 10).result()
        waiting.result()


def test_after_somebody_waited_in_vain_one_at_a_time_tries_until_there_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qmethod_studies.store.waiting.LONG", -1)
    door = Door(5, 10, 30)
    with pytest.raises(Unavailable), door.through():
        raise Unavailable("no answer")
    with door.through():  # who tries
        assert sent_away(door, 10)
    with door.through():
        assert not sent_away(door, 0)  # it did answer


def test_a_refusal_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qmethod_studies.store.waiting.LONG", -1)
    door = Door(5, 10, 30)
    with pytest.raises(Unavailable), door.through():
        raise Unavailable("no answer")
    with pytest.raises(Gone), door.through():
        raise Gone("withdrawn")
    with door.through():
        assert not sent_away(door, 0)


def test_what_is_refused_at_once_holds_up_nobody() -> None:
    door = Door(5, 10, 30)
    with pytest.raises(Unavailable), door.through():
        raise Unavailable("the disk is full")
    with door.through():
        assert not sent_away(door, 0)


def test_a_response_has_one_turn_and_others_have_theirs() -> None:
    turns = Turns(IMPATIENT)
    with turns.of(7):
        with turns.of(8):
            pass
        with pytest.raises(Unavailable), turns.of(7):
            pass
    with turns.of(7):
        pass


@contextmanager
def serving(url: str, study: Study, monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[Store]:
    """A store as a server opens it, with less patience."""
    for module in ("engine", "database"):
        monkeypatch.setattr(f"qmethod_studies.store.{module}.SERVING_SECONDS", seconds)
    monkeypatch.setattr("qmethod_studies.store.waiting.BRIEFLY", seconds / 4)
    with Store.open(url, at_once=3) as store:
        store.register(study)
        yield store


def test_writers_behind_a_lock_are_told_within_seconds_and_readers_go_on(tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.sqlite3"
    with serving(f"sqlite:///{file}", study, monkeypatch, 0.2) as store:
        people = [begin(store, study).response for _ in range(10)]
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        def save(i: int) -> str:
            try:
                store.save(people[i].handle, [act("place", statement="s1", column=0)])
            except Unavailable as error:
                return str(error)
            return "saved"

        with ThreadPoolExecutor(10) as pool:  # one after another, each waiting for its turn and for the lock, they would take four
            said = promptly(lambda: list(pool.map(save, range(10))), 3, time.monotonic)
        assert all("locked" in one or "others wait" in one for one in said)
        with pytest.raises(Unavailable):
            store.ping()
        assert store.response(people[0].handle) == people[0]
        other.execute("ROLLBACK")
        other.close()
        assert save(0) == "saved"
        store.ping()


def test_a_postgres_that_is_stopped_is_told_within_seconds_and_comes_back(postgres_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    with serving(postgres_url, study, monkeypatch, 0.4) as store, ExitStack() as stack:
        begun = begin(store, study)
        with store._read() as connection:
            mine = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar())
        server = mine.parent()
        assert server is not None
        for process in (server, *server.children()):
            os.kill(process.pid, signal.SIGSTOP)
            stack.callback(os.kill, process.pid, signal.SIGCONT)

        def told() -> None:
            with pytest.raises(Unavailable, match="cannot be used now"):
                store.find("demo", begun.code)

        promptly(told, 6, time.monotonic)
        stack.close()
        assert store.find("demo", begun.code) == begun.response
        assert store.save(begun.response.handle, [act("place", statement="s1", column=0)]).results[0].outcome == "saved"


def test_a_statement_and_a_lock_take_seconds_and_no_more(postgres_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    with serving(postgres_url, study, monkeypatch, 0.3) as store:
        begun = begin(store, study).response
        with pytest.raises(Unavailable, match="statement timeout"), store._read() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(30)")
        with psycopg.connect(postgres_url) as other:
            other.execute("SELECT id FROM response FOR UPDATE")
            with pytest.raises(Unavailable, match="lock timeout"):
                store.save(begun.handle, [act("place", statement="s1", column=0)])
        assert store.save(begun.handle, [act("place", statement="s1", column=0)]).results[0].outcome == "saved"


@pytest.mark.parametrize("at_once", [None, 2])
def test_a_connection_to_a_machine_that_is_gone_ends_within_a_minute(postgres_url: str, at_once: int | None) -> None:
    with Store.open(postgres_url, at_once=at_once) as store, store._read() as connection:
        driver: Any = connection.connection.driver_connection
        set_to = {name: int(value) for name, value in driver.info.get_parameters().items() if name.startswith(("keepalives", "tcp_user"))}
    assert set_to["keepalives_idle"] + set_to["keepalives_interval"] * set_to["keepalives_count"] <= 60
    assert set_to["tcp_user_timeout"] == 10_000  # what was sent and is not answered


def test_a_command_may_take_its_time(postgres_url: str, study: Study) -> None:
    with Store.open(postgres_url) as store, store._read() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "0"
