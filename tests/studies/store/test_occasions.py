"""Several sorts a person: conditions of instruction and waves."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.occasions import next_in_wave, next_wave
from qmethod_studies.simulation import draw, submit
from qmethod_studies.store import Gone, Handle, NotOpen, Response, Store, Submitted
from tests.days import day
from tests.studies.store.acting import SLOTS, act, begin, make_study, new_key, piles, places

TWO = [{"id": name, "name": {"en": name, "es": name}, "instruction": {"en": f"As it {name}", "es": f"Como {name}"}} for name in ("now", "ideal")]

VIEWPOINTS = [{"id": "a", "name": {"en": "A", "es": "A"}, "gist": {"en": "a", "es": "a"}, "source": "invented", "placements": {"s1": 2, "s9": -2}}]


def wave(name: str, opens: int | None = None, closes: int | None = None) -> dict[str, Any]:
    """A wave that opens and closes so many days from today."""
    days = {key: str(day(days)) for key, days in (("opens", opens), ("closes", closes)) if days is not None}
    return {"id": name, "name": {"en": name, "es": name}, **days}


def study_of(**changed: Any) -> Study:
    return make_study(**{"conditions": TWO, "waves": [wave("before"), wave("after")], **changed})


def sort(store: Store, study: Study, response: Response, slots: tuple[float, ...] = SLOTS) -> Submitted:
    """Give a whole sort: what its occasion asks, and nothing else."""
    mine = study.for_sort(response.condition, first=response.position == 1, last=response.last)
    acts = [
        *([act("answer", question="age", value="44"), act("finish", stage="before")] if mine.questions.before else []),
        *(*piles(study), act("finish", stage="presort"), *places(study, slots), act("finish", stage="grid"), act("finish", stage="why")),
        *([act("finish", stage="after")] if mine.questions.after else []),
    ]
    saved = store.save(response.handle, acts)
    assert {result.outcome for result in saved.results} == {"saved"}
    done = store.submit(response.handle, new_key())
    assert isinstance(done, Submitted)
    return done


def test_two_conditions_in_two_waves_are_four_sorts_of_one_person(store: Store) -> None:
    study = study_of(study="twice")
    store.register(study)
    begun = begin(store, study, participant="ann")
    occasions = [(begun.response.condition, begun.response.wave)]
    first = sort(store, study, begun.response)
    assert first.following is not None
    assert store.find("twice", begun.code) == first.following
    assert store.submit(begun.response.handle, new_key()) == first  # sent again
    occasions.append((first.following.condition, first.following.wave))
    second = sort(store, study, first.following)
    assert second.following is None
    assert store.due("twice", begun.code) == "after"
    third = store.begin_wave("twice", begun.code)
    assert third is not None
    assert store.begin_wave("twice", begun.code) == third  # asked for again
    fourth = sort(store, study, third).following
    assert fourth is not None
    assert sort(store, study, fourth).following is None
    assert store.due("twice", begun.code) is None
    assert store.begin_wave("twice", begun.code) is None
    given = store.sorts("twice", begun.code)
    assert [(one.condition, one.wave) for one in given] == [("now", "before"), ("ideal", "before"), ("now", "after"), ("ideal", "after")]
    assert [one.place for one in given] == [1, 2, 1, 2]
    assert {one.participant for one in given} == {"ann"}
    assert len({one.id for one in given}) == 4
    assert [one.answers.get("age") for one in given] == [44, None, None, None]  # asked once
    assert store.withdraw("twice", begun.code)
    assert list(store.responses("twice")) == []
    assert store.withdrawals("twice") == 1


def test_each_sort_is_asked_what_goes_with_it(store: Store) -> None:
    study = study_of(study="asked")
    store.register(study)
    begun = begin(store, study)
    refused = store.save(begun.response.handle, [act("finish", stage="after"), act("answer", question="crop", value="rye")])
    assert [result.code for result in refused.results] == ["unknown-stage", "unknown-question"]
    following = sort(store, study, begun.response).following
    assert following is not None
    refused = store.save(following.handle, [act("finish", stage="before"), act("answer", question="age", value="9")])
    assert [result.code for result in refused.results] == ["unknown-stage", "unknown-question"]


def test_a_question_after_the_last_sort_may_hang_on_an_answer_before_the_first(store: Store) -> None:
    after = {"id": "why", "type": "text", "label": {"en": "W", "es": "W"}, "required": True, "show_if": {"question": "age", "is": ["44"]}}
    before = {"id": "age", "type": "number", "label": {"en": "A", "es": "A"}, "required": True}
    study = study_of(study="hangs", questions={"before": [before], "after": [after]})
    store.register(study)
    begun = begin(store, study)
    following = sort(store, study, begun.response).following
    assert following is not None
    acts = [*piles(study), act("finish", stage="presort"), *places(study), act("finish", stage="grid"), act("finish", stage="why")]
    assert {one.outcome for one in store.save(following.handle, acts).results} == {"saved"}
    assert store.save(following.handle, [act("finish", stage="after")]).results[0].code == "incomplete"
    done = store.save(following.handle, [act("answer", question="why", value="so"), act("finish", stage="after")])
    assert {one.outcome for one in done.results} == {"saved"}
    assert isinstance(store.submit(following.handle, new_key()), Submitted)


def test_the_draw_gives_every_condition_as_many_people(store: Store) -> None:
    study = study_of(study="drawn", assign="random", waves=[])
    store.register(study)
    begun = [begin(store, study) for _ in range(21)]
    counts = Counter(one.response.assigned for one in begun)
    assert sorted(counts.values()) == [10, 11]
    assert {len(name) for name in counts} == {1}
    assert len({one.response.assigned for one in begun[::2]}) == 2  # drawn, not one after the other
    for one in begun[:3]:
        assert sort(store, study, one.response).following is None
        assert store.find("drawn", one.code).assigned == one.response.assigned  # type: ignore[union-attr]
    assert store.decline(study, participant="dan", key=new_key()) is None
    agreed = begin(store, study, participant="dan")
    assert len(agreed.response.assigned) == 1


def test_an_invitation_can_say_the_condition(store: Store) -> None:
    study = study_of(study="linked", assign="by link", access={"kind": "link"}, waves=[])
    store.register(study)
    [link] = store.invite("linked", "link", participants=["ann"], condition="ideal")
    begun = begin(store, study, invitation=store.invitation("linked", "link", link.secret or ""))
    assert (begun.response.assigned, begun.response.condition) == (("ideal",), "ideal")
    [none] = store.invite("linked", "link", participants=["ben"])
    with pytest.raises(DataError, match="names no condition"):
        begin(store, study, invitation=store.invitation("linked", "link", none.secret or ""))
    assert len(list(store.responses("linked"))) == 1


@pytest.mark.parametrize(
    ("waves", "begins", "then"),
    [
        ([("a",), ("b",)], "a", "b"),
        ([("a",), ("b", 1)], "a", None),  # opens tomorrow
        ([("a", -9, -3), ("b", -2, 2), ("c", 5)], "b", None),  # the first was missed
        ([("a", -9, -3), ("b", -2, -1), ("c",)], "c", None),
        ([("a", 0, 0), ("b", 0, 0)], "a", "b"),  # the day it opens, and the day it closes
        ([("a", 1)], None, None),
        ([("a", None, -1)], None, None),
    ],
)
def test_waves_open_on_their_days(store: Store, waves: list[tuple[Any, ...]], begins: str | None, then: str | None) -> None:
    study = study_of(study="dated", conditions=[], waves=[wave(*days) for days in waves])
    store.register(study)
    if begins is None:
        with pytest.raises(NotOpen):
            begin(store, study)
        assert store.decline(study, key=new_key()) is None
        return
    begun = begin(store, study)
    assert (begun.response.wave, begun.response.position) == (begins, 1)
    assert store.due("dated", begun.code) is None  # one thing after the other
    sort(store, study, begun.response)
    assert store.due("dated", begun.code) == then


def test_who_began_a_wave_finishes_it_after_it_has_closed(store: Store) -> None:
    study = study_of(study="late", waves=[wave("a")])
    store.register(study)
    begun = begin(store, study)
    closed = study_of(study="late", waves=[wave("a", -9, -1)])
    store.register(closed)  # a date may be moved at any time
    following = sort(store, closed, begun.response).following
    assert following is not None
    assert sort(store, closed, following).following is None


def test_a_sort_is_found_by_its_number_and_its_own_code_only(store: Store) -> None:
    study = study_of(study="keys")
    store.register(study)
    one, other = begin(store, study), begin(store, study)
    mine = sort(store, study, one.response).following
    assert mine is not None
    assert mine.code_hash == one.response.code_hash
    for wrong in (Handle(mine.id, other.response.code_hash), Handle(other.response.id, one.response.code_hash), Handle(0, mine.code_hash)):
        assert store.response(wrong) is None
        with pytest.raises(Gone):
            store.save(wrong, [act("place", statement="s1", column=0)])


def test_a_browser_is_known_until_its_time_is_up_or_it_is_dismissed(store: Store, study: Study) -> None:
    begun, other = begin(store, study), begin(store, study)
    token = store.admit("demo", begun.code, 60)
    assert token is not None
    known = store.known("demo", token)
    assert known is not None
    assert (known.code, known.code_hash, known.receipt) == (begun.code, begun.response.code_hash, False)
    assert store.known("other", token) is None
    for wrong in ("", "x", token[:-1], token + "A", "é" * 43, "x" * 10_000, begun.code):
        assert store.known("demo", wrong) is None
    store.prolong("other", token, -1)
    assert store.known("demo", token) == known
    store.prolong("demo", token, 60, receipt=True)
    assert store.known("demo", token).receipt  # type: ignore[union-attr]
    gone = store.admit("demo", begun.code, -1)
    assert gone is not None
    assert store.known("demo", gone) is None
    theirs = store.admit("demo", other.code, 60)
    assert theirs is not None
    store.dismiss("other", token)
    assert store.known("demo", token) is not None
    store.dismiss("demo", token)
    assert store.known("demo", token) is None
    assert store.known("demo", theirs) is not None
    store.withdraw("demo", other.code)
    assert store.known("demo", theirs) is None
    assert store.admit("demo", "2222-2222-2222", 60) is None


def test_the_database_holds_neither_token_nor_code(store: Store, study: Study) -> None:
    begun = begin(store, study)
    token = store.admit("demo", begun.code, 60)
    assert token is not None
    with store._engine.connect() as connection:
        [row] = connection.exec_driver_sql("SELECT * FROM browser").all()
    held = " ".join(map(str, row))
    for secret in (token, begun.code, begun.code.replace("-", ""), begun.code.encode().hex()):
        assert secret not in held


@given(st.data())
def test_every_person_gives_each_assigned_sort_once_and_no_other(data: st.DataObject) -> None:
    """Whatever waves are open when somebody comes: no occasion twice, waves in order, conditions of a wave together."""
    n_waves = data.draw(st.integers(1, 4))
    days = [data.draw(st.tuples(st.none() | st.integers(-5, 5), st.none() | st.integers(-5, 5))) for _ in range(n_waves)]
    waves = [wave(f"w{i}", low, None if low is not None and high is not None and high < low else high) for i, (low, high) in enumerate(days)]
    study = study_of(waves=waves)
    assigned = data.draw(st.permutations(["now", "ideal"]))[: data.draw(st.integers(1, 2))]
    given: list[tuple[str, str]] = []
    for offset in sorted(data.draw(st.lists(st.integers(-6, 6), max_size=8))):
        following = next_wave(study, assigned, given, day(offset))
        while following is not None:
            given.append(following)
            following = next_in_wave(assigned, given)
    assert len(set(given)) == len(given)
    order = [f"w{i}" for i in range(n_waves)]
    came = list(dict.fromkeys(name for _, name in given))
    assert came == sorted(came, key=order.index)
    assert given == [(condition, name) for name in came for condition in assigned]


def test_simulated_people_give_every_sort_whatever_day_it_is(store: Store) -> None:
    for name, changed, n in (
        ("sim-a", {"waves": [wave("before"), wave("after", 400)]}, 4),
        ("sim-b", {"assign": "by link", "access": {"kind": "link"}, "waves": []}, 1),
        ("sim-c", {"assign": "random", "waves": []}, 1),
    ):
        study = study_of(study=name, viewpoints=VIEWPOINTS, questions={}, **changed)
        submit(store, study, draw(study, 6, np.random.default_rng(1)), np.random.default_rng(2))
        given = list(store.responses(name))
        assert Counter(one.participant for one in given) == dict.fromkeys({one.participant for one in given}, n)
        assert {one.status for one in given} == {"submitted"}
        assert {one.condition for one in given} == {"now", "ideal"}
