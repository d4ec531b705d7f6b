"""What a response may hold, and that nobody who sorts comes to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from qmethod_studies.definition import Study
from qmethod_studies.store import Handle, Incomplete, Store, Submitted, models, saving
from qmethod_studies.store.budgets import MOST_BROWSERS, MOST_TEXT, text_bytes
from tests.studies.store.acting import act, begin, fill, new_key


@pytest.fixture
def response(store: Store, study: Study) -> Handle:
    return begin(store, study).response.handle


def test_texts_take_so_much_room_and_can_always_be_made_shorter(store: Store, response: Handle) -> None:
    longest = "🧑" * 9_999
    acts = [act("comment", statement=f"s{i}", text=longest) for i in range(1, 10)]
    saved = store.save(response, acts)
    codes = [result.code for result in saved.results]
    room = MOST_TEXT // len(longest.encode())
    assert codes == [None] * room + ["too-much-text"] * (9 - room)
    held = text_bytes(saved.response.comments, saved.response.answers)
    assert MOST_TEXT - len(longest.encode()) < held <= MOST_TEXT
    rest = store.save(response, [act("comment", statement="s9", text="x" * 10_000), act("answer", question="crop", value="wheat " * 5)])
    assert [result.code for result in rest.results] == [None, "too-much-text"]
    shorter = store.save(response, [act("comment", statement="s1", text="short"), act("comment", statement="s2", text=""), acts[6]])
    assert [result.outcome for result in shorter.results] == ["saved"] * 3


def test_after_very_many_acts_nothing_moves_but_the_sort_can_still_be_sent(store: Store, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    response = begin(store, study).response.handle
    fill(store, study, response)
    made = len(store.events(response.number))
    store.save(response, [act("reopen", stage=stage) for stage in ("grid", "why")])
    monkeypatch.setattr("qmethod_studies.store.saving.MOST_ACTS", made + 4)
    swaps = [act("swap", statement="s1", other="s2") for _ in range(5)]
    saved = store.save(response, [*swaps, act("undo"), act("finish", stage="grid"), act("finish", stage="grid"), act("finish", stage="why")])
    codes = [result.code for result in saved.results]
    assert codes == [None, None, *["too-many-acts"] * 4, None, "too-many-acts", None]
    assert isinstance(store.submit(response, new_key()), Submitted)


def test_a_page_that_is_loaded_again_and_again_is_one_visit(store: Store, response: Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        store.save(response, [act("visit", stage="grid"), act("visit", stage="why")])
    assert [event.detail["stage"] for event in store.events(response.number)] == ["grid", "why"]
    monkeypatch.setattr("qmethod_studies.store.saving.VISIT_APART", timedelta(0))
    assert store.save(response, [act("visit", stage="grid")]).response.revision == 3


def test_a_person_is_known_on_so_many_devices(store: Store, study: Study) -> None:
    one, other = begin(store, study), begin(store, study)
    tokens = [store.admit("demo", one.code, 1000 + i) for i in range(MOST_BROWSERS + 5)]
    kept = store.admit("demo", other.code, 10)
    assert [store.known("demo", token or "") is None for token in tokens] == [True] * 5 + [False] * MOST_BROWSERS
    assert store.known("demo", kept or "") is not None
    with store._read() as connection:
        assert connection.scalar(select(func.count()).select_from(models.browser)) == MOST_BROWSERS + 1


def test_what_another_process_has_written_meanwhile_is_worked_in(store_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts are worked out before anything is locked. The last place of a column goes to the other one, which was written first."""
    with Store.open(store_url) as store, Store.open(store_url) as other:
        store.register(study)
        handle = begin(store, study).response.handle
        overtaking, worked_out = [act("place", statement="s1", column=2), act("place", statement="s2", column=1)], saving.plan

        def overtaken(*given: Any) -> saving.Plan:
            if overtaking:
                assert store.save(handle, [overtaking.pop(0) for _ in (1, 2)]).results[0].outcome == "saved"
            return worked_out(*given)

        monkeypatch.setattr(saving, "plan", overtaken)
        saved = other.save(handle, [act("place", statement="s3", column=2), act("place", statement="s3", column=1)])
        assert [(result.outcome, result.code) for result in saved.results] == [("refused", "column-full"), ("saved", None)]
        assert {name: place.column for name, place in saved.response.board.places.items()} == {"s1": 2, "s2": 1, "s3": 1}
        assert [event.number for event in store.events(handle.number)] == [1, 2, 3]


def test_a_sort_that_is_changed_while_it_is_sent_is_looked_at_again(store_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(store_url) as store, Store.open(store_url) as other:
        store.register(study)
        handle = begin(store, study).response.handle
        fill(store, study, handle)
        overtaking, looked = [act("return", statement="s1")], saving.lacking

        def overtaken(found: saving.Found) -> tuple[str, ...]:
            if overtaking:
                store.save(handle, [overtaking.pop()])
            return looked(found)

        monkeypatch.setattr(saving, "lacking", overtaken)
        assert other.submit(handle, new_key()) == Incomplete(("grid",))
