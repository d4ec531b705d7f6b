"""Wrong access codes as the database counts them for all processes: as one process would, and not for longer than needed."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod_studies.store import Store
from qmethod_studies.store.guessing import FORGIVEN_IN, LONGEST_WAIT, Guesses
from tests.studies.store.raw import raw

NETWORK = "203.0.113.0/24"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `time.time` says, in a list that a test sets."""
    now = [1_900_000_000.0]
    monkeypatch.setattr("qmethod_studies.store.repository.time.time", lambda: now[0])
    return now


def marks(store: Store) -> list[Any]:
    with store._read() as connection:
        return list(connection.exec_driver_sql("SELECT mark, wrong FROM guess"))


def test_two_processes_count_together_and_let_nobody_else_wait(store_url: str, clock: Any) -> None:
    with Store.open(store_url) as one, Store.open(store_url) as other:
        assert [store.guessed("demo", NETWORK, 4) for store in (one, other, one, other)] == [0] * 4
        assert [store.guessed("demo", NETWORK, 4) for store in (one, other, one)] == [0, 2, 2]
        assert [one.guessed("demo", "203.0.114.0/24", 4), other.guessed("other", NETWORK, 4)] == [0, 0]
        clock[0] += 2
        assert [store.guessed("demo", NETWORK, 4) for store in (other, one)] == [0, 4]


def test_right_codes_never_count_and_leave_nothing(store_url: str) -> None:
    with Store.open(store_url) as store:
        for _ in range(20):
            assert store.guessed("demo", NETWORK, 1) == 0
            store.guessed_right("demo", NETWORK, 1)
        store.guessed_right("demo", "203.0.114.0/24", 1)
        assert marks(store) == []


def test_what_is_forgiven_is_deleted_with_the_next_wrong_code_and_no_network_can_be_read(store_url: str, clock: Any) -> None:
    with Store.open(store_url) as store:
        for i in range(20):
            store.guessed("demo", f"203.0.{i}.0/24", 100)
        assert len(marks(store)) == 20
        assert b"203.0" not in raw(store_url)
        clock[0] += 60
        store.guessed("demo", NETWORK, 100)
        assert len(marks(store)) == 1


def test_many_at_once_are_counted_each(store_url: str) -> None:
    with Store.open(store_url) as one, Store.open(store_url) as other:
        waits: list[int] = []
        threads = [threading.Thread(target=lambda store=store: waits.append(store.guessed("demo", NETWORK, 10))) for store in (one, other) * 10]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert waits.count(0) == 11


@given(st.integers(2, 20), st.lists(st.floats(0, 5), min_size=1, max_size=19))
def test_nobody_waits_who_looked_at_the_clock_before_another_that_was_counted_first(at_once: int, earlier: list[float]) -> None:
    found = Guesses(0.0, 1000.0, 0.0)
    for seconds in earlier[: at_once - 1]:
        assert found.wait(1000.0 - seconds) == 0
        found = found.one_more(1000.0, at_once)
    assert found.one_right().wait(995.0) == 0


@pytest.mark.parametrize("seconds", [-(10**6), -61.0, 61.0, 10**6])
def test_a_clock_that_is_set_locks_nobody_out(store_url: str, clock: Any, seconds: float) -> None:
    with Store.open(store_url) as store:
        for _ in range(12):
            clock[0] += store.guessed("demo", NETWORK, 1)
        clock[0] += seconds
        assert store.guessed("demo", NETWORK, 1) <= LONGEST_WAIT
        clock[0] += LONGEST_WAIT
        assert store.guessed("demo", NETWORK, 1) == 0


@given(st.integers(1, 20), st.lists(st.floats(0, 200), max_size=60))
def test_so_many_are_looked_at_as_are_forgiven_and_no_more(at_once: int, pauses: list[float]) -> None:
    found, now, looked_at = Guesses(0.0, 0.0, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        if not found.wait(now):
            found, looked_at = found.one_more(now, at_once), looked_at + 1
        assert 0 <= found.until - now <= LONGEST_WAIT or found.until <= now
    assert looked_at <= at_once + 1 + now / 2  # each of those past the slips waits for two seconds at least
    assert looked_at - now * at_once / FORGIVEN_IN - 1e-6 <= found.wrong <= looked_at


def test_time_is_that_of_all_machines(store_url: str) -> None:
    with Store.open(store_url) as store:
        before = time.time()
        store.guessed("demo", NETWORK, 100)
        with store._read() as connection:
            [(at,)] = connection.exec_driver_sql("SELECT at FROM guess")
    assert before <= at <= time.time()
