"""Quotas and days of a study: nobody is let in, or thanked, without a place, however many come at once and through however many servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update

from qmethod_studies.admission import Places
from qmethod_studies.definition import Study
from qmethod_studies.store import Begun, NotOpen, Response, Store, Submitted
from qmethod_studies.store.models import response
from tests.days import day
from tests.studies.store.acting import act, begin, fill, make_study, new_key, piles, places

TWO = [{"id": key, "name": {"en": key, "es": key}, "instruction": {"en": key, "es": key}} for key in ("now", "ideal")]
CROWD = 12


@contextmanager
def two_servers(url: str, study: Study) -> Iterator[list[Store]]:
    with Store.open(url) as one, Store.open(url) as other:
        one.register(study)
        other.register(study)
        yield [one, other]


def at_once(servers: list[Store], do: Callable[[Store, int], Any]) -> list[Any]:
    """What each of twelve people gets who come at one moment, half of them through each server."""
    ready = Barrier(CROWD)

    def one(i: int) -> Any:
        ready.wait()
        try:
            return do(servers[i % 2], i)
        except NotOpen as error:
            return error.why

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(one, range(CROWD)))


def away(store: Store, begun: Response, hours: float) -> None:
    """Let somebody have done nothing for so long."""
    with store._write() as connection:
        connection.execute(update(response).where(response.c.id == begun.id).values(updated=datetime.now(UTC) - timedelta(hours=hours)))


def finish(store: Store, study: Study, begun: Begun) -> Any:
    fill(store, study, begun.response.handle)
    return store.submit(begun.response.handle, new_key())


def why(store: Store, study: Study, **given: Any) -> str | None:
    try:
        begin(store, study, **given)
    except NotOpen as error:
        return error.why
    return None


def test_twelve_at_once_take_five_places(store_url: str) -> None:
    study = make_study(quota=5)
    keys = [new_key() for _ in range(CROWD)]
    with two_servers(store_url, study) as servers:
        got = at_once(servers, lambda store, i: begin(store, study, key=keys[i]))
        let_in = [i for i, one in enumerate(got) if isinstance(one, Begun)]
        assert Counter(one for one in got if isinstance(one, str)) == {"held": CROWD - 5}
        assert len(list(servers[0].responses("demo"))) == len(let_in) == 5
        # Whose reply was lost sends the form again: their place is theirs.
        assert begin(servers[1], study, key=keys[let_in[0]]) == got[let_in[0]]
        assert all(isinstance(finish(servers[i % 2], study, got[i]), Submitted) for i in let_in)
        assert [why(store, study) for store in servers] == ["full", "full"]
        assert servers[1].places(study) == Places({"": 5})


def test_where_none_may_be_more_twelve_at_once_send_five(store_url: str) -> None:
    """Twelve have begun before there was a quota, and all send at one moment."""
    before, study = make_study(), make_study(quota=5, begun_may_finish=False)
    with two_servers(store_url, before) as servers:
        begun = [begin(servers[0], before) for _ in range(CROWD)]
        for one in begun:
            fill(servers[0], before, one.response.handle)
        for store in servers:
            store.register(study)
        got = at_once(servers, lambda store, i: store.submit(begun[i].response.handle, new_key()))
        assert Counter(one for one in got if isinstance(one, str)) == {"full": CROWD - 5}
        assert Counter(one.status for one in servers[0].responses("demo")) == {"submitted": 5, "started": CROWD - 5}
        sent = next(i for i, one in enumerate(got) if isinstance(one, Submitted))
        assert servers[1].submit(begun[sent].response.handle, new_key()) == got[sent]


@pytest.mark.parametrize("late", [True, False])
def test_a_place_is_kept_for_a_time(store: Store, late: bool) -> None:
    study = make_study(quota={"finished": 1, "hours": 6}, begun_may_finish=late)
    store.register(study)
    first = begin(store, study)
    fill(store, study, first.response.handle)
    away(store, first.response, 5.9)
    assert why(store, study) == "held"
    away(store, first.response, 6.1)
    second = begin(store, study)
    assert why(store, study) == "held"
    assert isinstance(finish(store, study, second), Submitted)
    assert store.barred(first.response.handle) == (None if late else "full")
    if late:
        assert isinstance(store.submit(first.response.handle, new_key()), Submitted)
        assert store.places(study).done() == 2
    else:
        with pytest.raises(NotOpen):
            store.submit(first.response.handle, new_key())
        assert store.places(study).done() == 1


def test_who_declines_withdraws_or_is_simulated_takes_no_place(store: Store) -> None:
    study = make_study(quota=1)
    store.register(study)
    store.decline(study, participant="ann", key=new_key())
    finish(store, study, begin(store, study, simulated=True))
    begun = begin(store, study)
    finish(store, study, begun)
    assert why(store, study, participant="ann") == "full"
    assert why(store, study, participant=begun.response.participant) == "full"  # and not that the id is taken
    assert store.decline(study, key=new_key()) is None
    assert why(store, study, simulated=True) is None
    assert store.withdraw("demo", begun.code)
    assert why(store, study, participant="ann") is None


def test_each_version_counts_its_own(store: Store) -> None:
    study = make_study(quota=1)
    store.register(study)
    begin(store, study)
    newer = make_study(quota=1, version=2)
    store.register(newer)
    assert why(store, newer) is None
    assert why(store, newer) == "held"


def test_a_draw_takes_the_conditions_that_have_room(store: Store) -> None:
    study = make_study(study="drawn", conditions=TWO, assign="random", quota={"conditions": {"now": 1, "ideal": 3}})
    store.register(study)
    drawn = Counter(begin(store, study).response.condition for _ in range(4))
    assert drawn == {"now": 1, "ideal": 3}
    assert why(store, study) == "held"


def test_an_invitation_to_a_full_condition_begins_nothing(store: Store) -> None:
    study = make_study(study="linked", conditions=TWO, assign="by link", access={"kind": "link"}, quota={"conditions": {"now": 1}})
    store.register(study)
    links = {name: store.invite("linked", "link", participants=[None, None], condition=name) for name in ("now", "ideal")}
    got = {name: [why(store, study, invitation=one) for one in two] for name, two in links.items()}
    assert got == {"now": [None, "held"], "ideal": [None, None]}


def test_who_gives_two_sorts_counts_once_with_the_second(store: Store) -> None:
    study = make_study(study="both", conditions=TWO, quota=1, begun_may_finish=False)
    store.register(study)
    begun = begin(store, study)
    first = send(store, study, begun.response)
    assert first.following is not None
    assert (store.places(study), why(store, study)) == (Places({}, {"ideal": 1}), "held")
    assert send(store, study, first.following).following is None
    assert (store.places(study), why(store, study)) == (Places({"ideal": 1}), "full")


def send(store: Store, study: Study, sort: Response) -> Submitted:
    """One of two sorts: what it is not asked is refused, and does no harm."""
    answer = [act("answer", question="age", value="44")]
    finishes = [act("finish", stage=stage) for stage in ("before", "presort", "grid", "why", "after")]
    store.save(sort.handle, [*answer, *piles(study), *places(study), *finishes])
    sent = store.submit(sort.handle, new_key())
    assert isinstance(sent, Submitted)
    return sent


@pytest.mark.parametrize("late", [True, False])
def test_after_the_last_day_nobody_begins_and_who_has_begun_does_as_the_study_says(store: Store, late: bool) -> None:
    begun = begin(store, make_study())
    fill(store, make_study(), begun.response.handle)
    today = day()
    closed = make_study(closes=str(today - timedelta(1)), begun_may_finish=late)
    store.register(closed)
    assert why(store, closed) == "over"
    assert why(store, make_study(opens=str(today + timedelta(1)))) == "early"
    assert why(store, make_study(opens=str(today), closes=str(today))) is None
    if late:
        assert isinstance(store.submit(begun.response.handle, new_key()), Submitted)
    else:
        with pytest.raises(NotOpen, match="over"):
            store.submit(begun.response.handle, new_key())
