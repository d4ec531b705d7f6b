"""How far a study has come, against what was done one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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
