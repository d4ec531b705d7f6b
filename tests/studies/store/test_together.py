"""What several write at once is kept with one commit; what fails for one of them is taken back for that one alone."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qmethod_studies.definition import Study
from qmethod_studies.store import Handle, Saved, Store, Unavailable, saving, waiting
from qmethod_studies.store.together import Together
from tests.forked import forked
from tests.studies.store.acting import act, begin, fill
from tests.studies.store.asking import said
from tests.studies.store.doomed import sort_together

PEOPLE = 8
AT_MOST = 4
"""Statements that an act takes, with what is read for it."""
ENDS = ("BEGIN", "COMMIT", "ROLLBACK")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "together.sqlite3"


def commits(file: Path) -> int:
    """How many transactions are in the write-ahead log: the last page of each says how large the database is then; see the format of the file."""
    log = file.with_name(f"{file.name}-wal").read_bytes()
    page = struct.unpack(">I", log[8:12])[0]
    salt, found = log[16:24], 0
    for at in range(32, len(log) - page - 23, 24 + page):
        if log[at + 8 : at + 16] != salt:
            break
        found += struct.unpack(">I", log[at + 4 : at + 8])[0] != 0
    return found


def at_once(store: Store, work: list[Callable[[], Saved]]) -> list[Future[Saved]]:
    """Do some work in threads, all of which wait until each is waiting to write; whoever comes first leads."""
    together = store._together
    assert together is not None
    with ThreadPoolExecutor(len(work)) as pool, store._write():
        done = [pool.submit(work[0])]
        until(lambda: together._busy and not together._queue)
        done += [pool.submit(one) for one in work[1:]]
        until(lambda: len(together._queue) == len(work) - 1)
    return done


def until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not there():
        assert time.monotonic() < end
        time.sleep(0.002)


def people(store: Store, study: Study, number: int = PEOPLE) -> list[Handle]:
    """People of whom none has to wait for another's turn: their numbers are drawn, and some that do not share a lock are kept."""
    store.register(study)
    found: dict[int, Handle] = {}
    while len(found) < number:
        handle = begin(store, study).response.handle
        found.setdefault(handle.number % waiting._STRIPES, handle)
    return list(found.values())


def place(store: Store, handle: Handle) -> Callable[[], Saved]:
    return lambda: store.save(handle, [act("place", statement="s1", column=2)])


def test_what_waits_together_is_committed_once(file: Path, study: Study) -> None:
    with Store.open(f"sqlite:///{file}") as store:
        those = people(store, study)
        before = commits(file)
        for one in at_once(store, [place(store, handle) for handle in those]):
            assert one.result().results[0].outcome == "saved"
        assert commits(file) - before == 2  # of the one who led, and of the seven who came meanwhile
        for handle in those:
            found = store.response(handle)
            assert found is not None
            assert found.revision == len(store.events(handle.number)) == 1


def test_one_after_another_each_has_a_commit(file: Path, study: Study) -> None:
    with Store.open(f"sqlite:///{file}") as store:
        those = people(store, study)
        before = commits(file)
        for handle in those:
            place(store, handle)()
        assert commits(file) - before == PEOPLE


def test_what_fails_for_one_is_taken_back_for_that_one_alone(file: Path, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(f"sqlite:///{file}") as store:
        those = people(store, study)
        keep = saving.keep

        def fails_half_way(connection: Any, done: saving.Plan) -> bool:
            kept = keep(connection, done)
            if done.found.row.id == those[3].number:
                raise RuntimeError("half way")
            return kept

        monkeypatch.setattr(saving, "keep", fails_half_way)
        done = at_once(store, [place(store, handle) for handle in those])
        with pytest.raises(RuntimeError, match="half way"):
            done[3].result()
        for number, handle in enumerate(those):
            found = store.response(handle)
            assert found is not None
            assert (found.revision, dict(found.board.places) != {}, len(store.events(handle.number))) == (
                (0, False, 0) if number == 3 else (1, True, 1)
            )


def test_nothing_is_called_kept_where_the_commit_fails(file: Path, study: Study) -> None:
    with Store.open(f"sqlite:///{file}") as store:
        those = people(store, study)

        def refuses(connection: Any) -> None:
            if threading.current_thread() is threading.main_thread():
                connection.commit()
                return
            raise Unavailable("the disk is full")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store._engine.dialect, "do_commit", refuses)
            done = at_once(store, [place(store, handle) for handle in those])
        assert [str(one.exception()) for one in done] == ["the disk is full"] * PEOPLE
        assert [len(store.events(handle.number)) for handle in those] == [0] * PEOPLE
        assert place(store, those[0])().results[0].outcome == "saved"


@pytest.mark.parametrize("fault", [KeyboardInterrupt, Unavailable])
def test_whoever_waits_is_told_when_the_one_who_leads_fails(fault: type[BaseException]) -> None:
    entered, goes_on = threading.Event(), threading.Event()

    @contextmanager
    def transaction() -> Any:
        entered.set()
        goes_on.wait(30)
        raise fault("no")
        yield

    together = Together(transaction, 30)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(together.write, lambda _: 1)
        assert entered.wait(30)
        others = [pool.submit(together.write, lambda _: 2) for _ in range(2)]
        until(lambda: len(together._queue) == 2)
        goes_on.set()
        assert isinstance(first.exception(30), fault)
        assert all(isinstance(one.exception(30), fault | Unavailable) for one in others)
    assert not together._busy


def test_whoever_waits_too_long_goes_and_is_not_written() -> None:
    goes_on, written = threading.Event(), []

    @contextmanager
    def transaction() -> Any:
        goes_on.wait(30)
        yield None

    together = Together(transaction, 0.05)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together.write, lambda _: written.append("first"))
        until(lambda: together._busy and not together._queue)
        with pytest.raises(Unavailable):
            together.write(lambda _: written.append("late"))
        goes_on.set()
        first.result(30)
    assert written == ["first"]


ACTS: dict[str, list[dict[str, Any]]] = {
    "a card onto a pile": [act("pile", statement="s2", pile="agree")],
    "a card off its pile": [act("pile", statement="s2", pile=None)],
    "a card onto the board": [act("return", statement="s1"), act("place", statement="s1", column=-2)],
    "two that change places": [act("swap", statement="s1", other="s9")],
    "one off the board for another": [act("pile", statement="s1", pile=None), act("return", statement="s1"), act("swap", statement="s1", other="s9")],
    "a card off pile and board": [act("pile", statement="s9", pile=None), act("return", statement="s9")],
    "undone": [act("undo")],
    "done again": [act("redo")],
    "an answer": [act("answer", question="age", value=41)],
    "an answer taken back": [act("answer", question="age", value="")],
    "a reason": [act("comment", statement="s2", text="because")],
    "a reason taken back": [act("comment", statement="s2", text="")],
    "a visit": [act("visit", stage="grid")],
    "an absence": [act("away", ms=61_000)],
    "a stage opened again": [act("reopen", stage="grid")],
    "what is refused": [act("place", statement="s99", column=0)],
}


def test_an_act_takes_so_many_statements_and_one_commit(store: Store, study: Study) -> None:
    begun = begin(store, study)
    fill(store, study, begun.response.handle)
    token = store.admit("demo", begun.code, 3600)
    found = {}
    for name, acts in ACTS.items():
        for one in acts:
            with said() as statements:
                store.save(begun.response.handle, [one], token)
            found[name, one["act"]] = [statement for statement in statements if not statement.startswith(ENDS)]
    assert {name: statements for name, statements in found.items() if len(statements) > AT_MOST} == {}
    assert max(map(len, found.values())) == AT_MOST  # what counts does count


def test_what_was_called_saved_together_survives_a_kill(store_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        those = people(store, study, 6)
    process = forked(sort_together, store_url, those)
    told = [process.stdout.readline() for _ in range(120)]
    process.kill()
    told += process.rest().splitlines(keepends=True)
    promised = [key for line in told if line.endswith("\n") for key in line.split()]
    assert len(promised) >= 240
    with Store.open(store_url) as store:
        for handle in those:
            kept = [event.key for event in store.events(handle.number)]
            mine = [key for key in promised if key.startswith(f"key-{handle.number}-")]
            assert kept[: len(mine)] == mine
            assert len(kept) - len(mine) in (0, 2)
            found = store.response(handle)
            assert found is not None
            assert found.revision == len(kept)
