"""Statements that go past SQLAlchemy give what it would have given, and fail as it would."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, select

from qmethod_studies.store import Store, Unavailable, models
from qmethod_studies.store.plain import Plain
from qmethod_studies.store.rows import BY_HANDLE
from tests.studies.store.acting import act, begin, fill, make_study


def test_a_row_is_what_sqlalchemy_makes_of_it(store: Store) -> None:
    study = make_study()
    store.register(study)
    begun = begin(store, study)
    handle = begun.response.handle
    fill(store, study, handle, {"s9": "words"})
    store.save(handle, [act("draft", columns={"s1": 2}), act("undo")])
    with store._read() as connection:
        wanted = connection.execute(BY_HANDLE, handle._asdict()).one()
    with store._glance() as link:
        found = Plain(BY_HANDLE).one(link, handle._asdict())
    assert found is not None
    assert found._asdict() == dict(wanted._mapping)
    assert {type(value) for value in found} == {type(value) for value in wanted}


def test_every_column_that_a_table_may_have_is_read_as_sqlalchemy_reads_it(store: Store) -> None:
    study = make_study()
    store.register(study)
    begun = begin(store, study)
    fill(store, study, begun.response.handle, {"s9": "words"})
    store.admit("demo", begun.code, 3600)
    for table in models.metadata.sorted_tables:
        with store._read() as connection:
            row = connection.execute(select(table).limit(1)).one_or_none()
        if row is None:
            continue
        one = select(table).where(*(column == bindparam(f"key_{column.name}") for column in table.primary_key))
        with store._glance() as link:
            found = Plain(one).one(link, {f"key_{column.name}": row._mapping[column] for column in table.primary_key})
        assert found is not None
        assert tuple(found) == tuple(row), table.name


def test_there_may_be_no_row(store: Store) -> None:
    with store._glance() as link:
        assert Plain(BY_HANDLE).one(link, {"number": 1, "code_hash": "x"}) is None


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8, 9, 33, 100])
def test_of_any_number_of_acts_those_that_were_kept_are_known(store: Store, number: int) -> None:
    study = make_study()
    store.register(study)
    handle = begin(store, study).response.handle
    acts = [act("pile", statement=f"s{1 + i % 9}", pile="agree") for i in range(number)]
    before = acts[::2]
    store.save(handle, before)
    results = store.save(handle, acts).results
    assert [one.outcome for one in results] == ["repeated" if i % 2 == 0 else "saved" for i in range(number)]
    assert len(store.events(handle.number)) == number


def test_what_a_driver_refuses_is_told_and_the_next_is_answered(store: Store) -> None:
    words = {"sqlite": "SELECT * FROM nowhere", "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())"}[store._engine.dialect.name]
    for _ in range(3):
        with pytest.raises(Unavailable, match="cannot be used now"), store._glance() as link:
            link.say(words)
    assert store.find("demo", "AAAA-AAAA-AAAA") is None


def test_a_connection_that_broke_is_not_given_to_anybody_again(store: Store) -> None:
    seen: list[Any] = []

    def broken() -> None:
        with store._linked() as link:
            seen.append(link.driver)
            link.driver.close()
            link.say("SELECT 1")

    with pytest.raises(store._engine.dialect.dbapi.Error):  # type: ignore[union-attr]
        broken()
    with store._linked() as link:
        assert link.driver is not seen[0]
        assert link.say("SELECT 1").fetchone() == (1,)


def test_what_fails_before_it_is_committed_is_taken_back(store: Store) -> None:
    study = make_study()
    store.register(study)
    handle = begin(store, study).response.handle

    def fails() -> None:
        with store._write_linked() as link:
            link.say("UPDATE response SET revision = 7")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fails()
    found = store.response(handle)
    assert found is not None
    assert found.revision == 0
