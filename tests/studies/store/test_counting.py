"""How far a study has come, against what was done one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.standing import standing
from qmethod_studies.store import Store, Submitted
from qmethod_studies.store.counting import SEND
from tests.studies.store.acting import act, begin, fill, make_study, new_key, piles, submitted


def test_everybody_counts_once_at_the_stage_that_comes_next(store: Store, study: Study) -> None:
    before, presort, ready = (begin(store, study) for _ in range(3))
    store.save(presort.response.handle, [act("answer", question="age", value="44"), act("finish", stage="before")])
    fill(store, study, ready.response.handle)
    for _ in range(3):
        submitted(store, study)
    submitted(store, study, simulated=True)
    gone = submitted(store, study)
    assert store.withdraw("demo", gone.code)
    store.decline(study, key=new_key())
    (link, *_) = store.invite("demo", "link", participants=["zoe", "ben"])
    begin(store, study, invitation=link, participant="zoe")
    found = store.counts("demo")
    assert (found.people, found.with_sort, found.begun, found.sent, found.simulated) == (7, 3, 7, 3, 1)
    assert found.stages == {"before": 2, "presort": 1, SEND: 1}
    assert (found.declined, found.withdrawn, found.invitations) == (1, 1, {"link": (2, 1)})
    assert before.response.started <= (found.last_begun or datetime.min.replace(tzinfo=UTC))
    last = max(one.updated for one in store.responses("demo", simulated=False))
    assert found.last_act == last
    assert found.last_sent == max(one.submitted for one in store.responses("demo", simulated=False) if one.submitted)


def test_who_left_refining_out_is_past_it(store: Store, study: Study) -> None:
    begun = begin(store, study)
    store.save(begun.response.handle, [act("answer", question="age", value="44"), act("finish", stage="before"), *piles(study)])
    store.save(begun.response.handle, [act("finish", stage="presort")])
    assert store.counts("demo").stages == {"refine": 1}
    fill(store, study, begun.response.handle)
    assert store.counts("demo").stages == {SEND: 1}


def test_each_occasion_is_counted_by_itself_and_a_person_once(store_url: str) -> None:
    named = {"name": {"en": "Now", "es": "Ahora"}, "instruction": {"en": "As it is", "es": "Como es"}}
    study = make_study(study="twice", conditions=[{"id": "now", **named}, {"id": "then", **named}])
    with Store.open(store_url) as store:
        store.register(study)
        one = begin(store, study)
        fill(store, study, one.response.handle, last=False)
        done = store.submit(one.response.handle, new_key())
        assert isinstance(done, Submitted)
        assert done.following is not None
        found = store.counts("twice")
        assert (found.people, found.with_sort, found.begun, found.sent) == (1, 1, 2, 1)
        assert [(it.condition, it.sent, dict(it.at)) for it in found.sorts] == [("now", 1, {}), ("then", 0, {"presort": 1})]


def test_another_study_counts_apart_and_an_unknown_one_is_told(store: Store, study: Study) -> None:
    other = make_study(study="other")
    store.register(other)
    submitted(store, other)
    assert store.counts("demo").begun == 0
    assert store.counts("other").sent == 1
    with pytest.raises(DataError, match="holds no study 'nowhere'"):
        store.counts("nowhere")


def test_the_latest_sorts_are_looked_at_for_marks(store: Store, study: Study) -> None:
    submitted(store, study)
    found = standing(store, "demo", datetime.now(UTC))
    assert (found.looked_at, found.shut) == (1, None)
    assert found.marks["fast"] == 1  # nobody reads nine cards in no time


def test_the_latest_sorts_are_those_that_were_sent_last_in_whatever_version(store: Store, study: Study) -> None:
    later, other = make_study(version=2, title={"en": "Another", "es": "Otra"}), make_study(study="other")
    store.register(other)
    for of in (study, study, other, study):
        submitted(store, of)
    begin(store, study)
    store.register(later)
    for of in (later, other, later):
        submitted(store, of)
    submitted(store, later, simulated=True)
    sent = sorted(store.responses("demo"), key=lambda one: one.submitted or datetime.min.replace(tzinfo=UTC), reverse=True)
    for most in range(1, 8):
        expected = [one.id for one in sent[:most] if one.submitted is not None and not one.simulated]
        assert [one.id for one in store.last_submitted("demo", most)] == expected


def test_how_a_study_stands_is_told_without_a_look_at_each_person(tmp_path: Path) -> None:
    """However many have come: nobody is looked at to know that nobody is simulated, and of the sorts that were sent only the latest."""
    asked: list[tuple[str, Any]] = []
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        study = make_study()
        store.register(study)
        submitted(store, study)
        event.listen(store._engine, "before_cursor_execute", lambda _c, _r, statement, parameters, *_: asked.append((statement, parameters)))
        standing(store, "demo", datetime.now(UTC))
        queries = [one for one in asked if one[0].lstrip().startswith("SELECT")]
        with store._read() as connection:
            steps = [row[3] for query, given in queries for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given)]
    assert [step for step in steps if step.startswith("SCAN person")] == []
    assert [step for step in steps if step.startswith("SCAN response")] == ["SCAN response"]  # once, as it lies, to count
    assert any("ix_person_simulated" in step for step in steps)
    assert any("ix_response_sent" in step for step in steps)
