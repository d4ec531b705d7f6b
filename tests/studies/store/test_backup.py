"""A backup is the database, on either kind and through as many hands as it goes."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import Store, Unavailable
from qmethod_studies.store.engine import make_engine, shut_others_out
from tests.forked import forked
from tests.load.stopped import until
from tests.studies.store.acting import begin, make_study, new_key, places, submitted
from tests.studies.store.copying import ODD, copied, exported, lead_back, packed, peopled, put, rows
from tests.studies.store.doomed import put_back, sort_and_tell_when
from tests.studies.store.test_occasions import sort, study_of


def test_a_backup_is_the_database(store_url: str, other_url: str, study: Study) -> None:
    links = peopled(store_url, study)
    file = copied(store_url)
    assert b"withdrawn words" not in file.getvalue()
    done = put(other_url, file)
    assert (done.way, done.header.studies, done.header.study) == ("new", {"demo": 5}, None)
    assert exported(other_url) == exported(store_url)
    lead_back(other_url, links)
    with Store.open(store_url) as one, Store.open(other_url) as two:
        assert one.generation != two.generation
        assert one._secret == two._secret


def test_through_many_hands_nothing_changes(store_url: str, other_url: str, study: Study, tmp_path: Path) -> None:
    peopled(store_url, study)
    third = f"sqlite:///{tmp_path / 'third.sqlite3'}"
    put(other_url, copied(store_url))
    put(third, copied(other_url))
    first, last = copied(store_url).getvalue(), copied(third).getvalue()
    assert packed(first) == packed(last)


def several_sorts(url: str) -> dict[str, str]:
    """People with two sorts in each of two waves, by draw and by link; where each is, by their code."""
    both, linked = study_of(study="twice"), study_of(study="linked", assign="by link")
    with Store.open(url) as store:
        store.register(both)
        store.register(linked)
        ann, ben = (begin(store, both, participant=name) for name in ("ann", "ben"))
        for who in (ann, ben):
            following = sort(store, both, who.response).following
            assert following is not None
            if who is ann:
                sort(store, both, following)
                third = store.begin_wave("twice", ann.code)
                assert third is not None
                store.save(third.handle, places(both)[:3])
        store.decline(both, participant="no", key=new_key())
        begin(store, both, simulated=True, order_seed=3)
        link = store.invite("linked", "link", participants=["cleo"], condition="ideal")[0]
        store.invite("linked", "link", participants=["dan"], condition="now")
        cleo = begin(store, linked, invitation=link)
        sort(store, linked, cleo.response)
        for study, code in (("twice", ann.code), ("linked", cleo.code)):
            assert store.admit(study, code, 1000) is not None
        return {ann.code: "twice", ben.code: "twice", cleo.code: "linked"}


def test_people_with_several_sorts_are_copied_with_all_of_them(store_url: str, other_url: str) -> None:
    people = several_sorts(store_url)
    file = copied(store_url)
    assert put(other_url, file).way == "new"
    for study in ("twice", "linked"):
        assert exported(other_url, study) == exported(store_url, study)
        assert {"occasions.csv", "participants.csv"} <= exported(other_url, study).keys()
    assert packed(copied(other_url).getvalue()) == packed(file.getvalue())
    with Store.open(store_url) as one, Store.open(other_url) as two:
        for code, study in people.items():
            assert two.sorts(study, code) == one.sorts(study, code) != []
            assert two.due(study, code) == one.due(study, code)
        cleo = next(code for code, study in people.items() if study == "linked")
        begun = two.begin_wave("linked", cleo)
        assert begun is not None
        assert (begun.condition, begun.wave) == ("ideal", "after")


def test_a_study_of_several_sorts_moves_to_others_and_back(store_url: str, other_url: str, study: Study, tmp_path: Path) -> None:
    people = several_sorts(store_url)
    peopled(other_url, study)
    for name in ("twice", "linked"):
        assert put(other_url, copied(store_url, name)).way == "added"
        assert exported(other_url, name) == exported(store_url, name)
    alone = f"sqlite:///{tmp_path / 'alone.sqlite3'}"
    put(alone, copied(other_url, "twice"))
    assert exported(alone, "twice") == exported(store_url, "twice")
    with Store.open(other_url) as store:
        assert all(store.sorts(name, code) for code, name in people.items())


def test_what_browsers_remember_is_in_no_backup_and_goes_with_a_restore(store_url: str, other_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        code = begin(store, study).code
        token = store.admit("demo", code, 1000)
        assert token is not None
        assert store.known("demo", token) is not None
    file = copied(store_url)
    assert "browser" not in json.loads(file.getvalue().split(b"\n")[0])["rows"]
    assert code.encode() not in json.dumps(packed(file.getvalue())).encode()
    for url in (other_url, store_url):
        put(url, file, overwrite=True)
        assert rows(url)["browser"] == []
        with Store.open(url) as store:
            assert store.known("demo", token) is None
            assert store.find("demo", code) is not None
            assert store.admit("demo", code, 1000) is not None


def test_numbers_that_meet_are_drawn_again(store_url: str, other_url: str, study: Study) -> None:
    """Databases of earlier versions counted people from 1, all of them; those who began since have numbers at random."""
    third = make_study(study="third")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("qmethod_studies.store.codes.new_number", partial(next, count(1)))
        links = peopled(store_url, study)
        people = several_sorts(store_url)
        patched.setattr("qmethod_studies.store.codes.new_number", partial(next, count(4)))
        kept = peopled(other_url, third, "r")
    with Store.open(other_url) as store:
        begin(store, third)
    before = exported(other_url, "third")
    for name in ("demo", "linked", "twice"):
        put(other_url, copied(store_url, name))
        assert exported(other_url, name) == exported(store_url, name)
    assert exported(other_url, "third") == before
    lead_back(other_url, links)
    lead_back(other_url, kept, "third")
    with Store.open(other_url) as store:
        assert all(store.sorts(name, code) for code, name in people.items())


def test_rows_that_come_later_are_numbered_above_those_that_were_put_back(store_url: str, other_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        begin(store, study)
        gone = begin(store, study).code
        last = highest(store)
        assert store.withdraw("demo", gone)
    put(other_url, copied(store_url))
    with Store.open(other_url) as store:
        there = highest(store)
        begin(store, study)
        assert highest(store) > (there if "sqlite" in store_url + other_url else last)  # PostgreSQL remembers what it gave to rows that are gone


def highest(store: Store) -> int:
    """The highest number of a consent; people and responses have numbers at random."""
    with store._read() as connection:
        return int(connection.scalar(text("SELECT max(id) FROM consent")))


def test_a_study_moves_between_databases_that_hold_others(store_url: str, other_url: str, study: Study) -> None:
    links = peopled(store_url, study)
    second = make_study(study="second")
    begun = peopled(store_url, second, "q")
    third = make_study(study="third")
    kept = peopled(other_url, third, "r")
    before = exported(other_url, "third")
    with Store.open(other_url) as store:
        generation = store.generation
    file = copied(store_url, "second")
    assert b'"demo"' not in file.getvalue().split(b"\n")[0]
    assert put(other_url, file).way == "added"
    assert exported(other_url, "second") == exported(store_url, "second")
    assert exported(other_url, "third") == before
    put(other_url, copied(store_url, "demo"))
    assert exported(other_url, "demo") == exported(store_url, "demo")
    with Store.open(other_url) as store:
        assert store.generation == generation  # what browsers remember of other studies still holds
    lead_back(other_url, links, "demo")
    lead_back(other_url, begun, "second")
    lead_back(other_url, kept, "third")
    with pytest.raises(DataError, match="holds a study 'second' already"):
        put(other_url, file, overwrite=True)


def test_a_study_that_moved_moves_on(store_url: str, other_url: str, study: Study, tmp_path: Path) -> None:
    links = peopled(store_url, study)
    peopled(other_url, make_study(study="third"), "r")
    put(other_url, copied(store_url, "demo"))
    third = f"sqlite:///{tmp_path / 'third.sqlite3'}"
    peopled(third, make_study(study="fourth"), "t")
    peopled(third, make_study(study="fifth"), "u")
    put(third, copied(other_url, "demo"))
    alone = f"sqlite:///{tmp_path / 'alone.sqlite3'}"
    assert put(alone, copied(third, "demo")).way == "new"
    assert exported(alone) == exported(store_url)
    lead_back(third, links)
    lead_back(alone, links)
    urls = (store_url, other_url, third, alone)
    assert len({signed(url) for url in urls}) == 1  # addresses that were signed are known everywhere
    assert signed(third, "fourth") != signed(third, "fifth")
    peopled(other_url, make_study(study="fourth"), "v")
    assert signed(third, "fourth") != signed(other_url, "fourth")


def signed(url: str, study: str = "demo") -> str:
    with Store.open(url) as store:
        return store.signature(study, "ann")


def test_what_is_there_goes_only_where_it_may(store_url: str, study: Study) -> None:
    peopled(store_url, study)
    file = copied(store_url)
    with Store.open(store_url) as store:
        begin(store, study)
    there = rows(store_url)
    with pytest.raises(DataError, match=r"the database holds demo, with 6 responses; nothing was changed"):
        put(store_url, file)
    assert rows(store_url) == there
    assert put(store_url, file, overwrite=True).way == "replaced"
    assert sum(map(len, rows(store_url).values())) < sum(map(len, there.values()))
    assert packed(copied(store_url).getvalue()) == packed(file.getvalue())


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_put_into_a_database_that_is_open(store_url: str, study: Study, overwrite: bool) -> None:
    peopled(store_url, study)
    file = copied(store_url)
    with Store.open(store_url) as store:
        with pytest.raises(Unavailable, match="in use, by a server or another program") as caught:
            put(store_url, file, overwrite=overwrite)
        assert "Stop the server" in caught.value.advice
        begin(store, study)  # and it goes on
    with Store.open(store_url, must_exist=True), pytest.raises(Unavailable, match="in use"):  # though nothing was asked of it yet
        put(store_url, file, overwrite=overwrite)
    put(store_url, file, overwrite=True)


def test_what_is_about_to_close_a_database_is_waited_for(store_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of PostgreSQL that has been told that a connection ends takes a moment until it has."""
    peopled(store_url, study)
    file = copied(store_url)
    monkeypatch.setattr("qmethod_studies.store.engine.CLOSING_SECONDS", 20)
    store = Store.open(store_url)
    closing = threading.Timer(0.5, store.close)
    closing.start()
    assert put(store_url, file, overwrite=True).way == "replaced"
    closing.join()


def test_who_is_about_to_leave_a_database_that_was_theirs_alone_is_waited_for(store_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a restore that has just ended: its connection ends a moment later."""
    peopled(store_url, study)
    monkeypatch.setattr("qmethod_studies.store.engine.CLOSING_SECONDS", 20)
    engine = make_engine(store_url, alone=True)
    shut_others_out(engine)
    leaving = threading.Timer(0.5, engine.dispose)
    leaving.start()
    with Store.open(store_url) as store:
        store.ping()
    leaving.join()


def test_nobody_opens_a_database_while_a_backup_is_put_into_it(store_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    peopled(store_url, study)
    file = copied(store_url)
    monkeypatch.setattr("qmethod_studies.store.engine.PATIENT_SECONDS", 0.2)
    told = []

    def meanwhile(*_given: Any) -> None:
        with pytest.raises(Unavailable) as caught:
            Store.open(store_url).close()
        told.append(str(caught.value))

    monkeypatch.setattr("qmethod_studies.store.restoring.begin_generation", lambda connection: (meanwhile(), begun(connection)))
    from qmethod_studies.store.generation import begin_generation as begun

    put(store_url, file, overwrite=True)
    assert len(told) == 1
    Store.open(store_url).close()


def test_a_store_that_was_open_learns_that_its_database_is_another(postgres_url: str, study: Study) -> None:
    """Where the connections of a server broke, a restore cannot know of it; its next connection does."""
    peopled(postgres_url, study)
    file = copied(postgres_url)
    with Store.open(postgres_url) as store:
        store._engine.dispose()
        put(postgres_url, file, overwrite=True)
        with pytest.raises(Unavailable, match="put back from a backup since it was opened") as caught:
            store.ping()
        assert caught.value.advice == "Start the server again."


def test_a_restore_that_is_killed_leaves_what_was_there_or_what_was_to_be(store_url: str, study: Study, tmp_path: Path) -> None:
    peopled(store_url, study)
    with Store.open(store_url) as store:
        for _ in range(30):
            submitted(store, study, {"s1": ODD * 20})
    (tmp_path / "the.backup").write_bytes(copied(store_url).getvalue())
    there = {name: found for name, found in rows(store_url).items() if name != "generation"}
    whole = forked(put_back, store_url, tmp_path / "the.backup")
    assert whole.stdout.readline() == "begun\n"
    began = time.monotonic()
    assert whole.rest() == "done\n"
    takes = time.monotonic() - began
    with Store.open(store_url) as store:
        store.withdraw("demo", begin(store, study).code)  # one row more than the backup has
    more = {name: found for name, found in rows(store_url).items() if name != "generation"}
    assert more != there
    draw, found = random.Random(3), []
    for _ in range(8):
        process = forked(put_back, store_url, tmp_path / "the.backup")
        assert process.stdout.readline() == "begun\n"
        time.sleep(draw.uniform(0, takes))
        process.kill()
        done = "done" in process.rest()
        if store_url.startswith("postgresql"):
            wait_until_alone(store_url)
        now = {name: one for name, one in rows(store_url).items() if name != "generation"}
        assert now in ((there,) if done or found[-1:] == ["new"] else (more, there))
        found.append("new" if now == there else "old")
    with Store.open(store_url, checked=True) as store:
        begin(store, study)


def wait_until_alone(url: str) -> None:
    """PostgreSQL notices a client that is gone when it next speaks to it."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    others = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()")

    def alone() -> bool:
        with engine.begin() as connection:
            return not connection.scalar(others)

    until(alone)
    engine.dispose()


def test_a_backup_while_people_sort_holds_all_that_was_acknowledged_before_it(store_url: str, other_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        handles = [begin(store, study).response.handle for _ in range(2)]
    writers = [forked(sort_and_tell_when, store_url, handle) for handle in handles]
    try:
        told = [[writer.stdout.readline() for _ in range(2)] for writer in writers]
        made = []
        for _ in range(3):
            time.sleep(0.3)
            made.append(copied(store_url))
    except BaseException:
        for writer in writers:
            writer.kill()
            writer.rest()
        raise
    said = []
    for writer, first in zip(writers, told, strict=True):
        writer.kill()
        said.append([*first, *writer.rest().splitlines()[:-1]])
    for file in made:
        done = put(other_url, file, overwrite=True)
        with Store.open(other_url, checked=True) as store:
            for handle, lines in zip(handles, said, strict=True):
                kept = [event.key for event in store.events(handle.number)]
                promised = [line.split()[0] for line in lines if float(line.split()[1]) < done.header.moment.timestamp()]
                assert len(promised) > 1
                assert kept[: len(promised)] == promised
                found = store.response(handle)
                assert found is not None
                assert (found.revision, found.board.complete(study)) == (len(kept), True)


def test_without_tables_there_is_nothing_to_copy(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        with pytest.raises(DataError, match="no database of responses here"):
            copied(store_url)
        sqlite3.connect(store_url.removeprefix("sqlite:///")).close()
        Path(store_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(DataError, match="no responses in this database"):
        copied(store_url)
