"""What a response may hold, and that nobody who sorts comes to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from qmethod_studies import library
from qmethod_studies.definition import Study
from qmethod_studies.loading import load
from qmethod_studies.sorting import DEEPEST_UNDO
from qmethod_studies.store import Handle, Incomplete, Store, Submitted, models, saving
from qmethod_studies.store.budgets import MOST_ACTS, MOST_BROWSERS, MOST_TEXT, text_bytes
from qmethod_studies.store.keyring import Keyring, sealed_bytes
from tests.studies.store.acting import act, begin, fill, new_key


@pytest.fixture
def response(store: Store, study: Study) -> Handle:
    return begin(store, study).response.handle


def test_texts_take_so_much_room_and_can_always_be_made_shorter(store: Store, response: Handle) -> None:
    longest = "🧑" * 9_999
    acts = [act("comment", statement=f"s{i}", text=longest) for i in range(1, 10)]
    saved = store.save(response, acts)
    codes = [result.code for result in saved.results]
    room = MOST_TEXT // sealed_bytes(longest)
    assert codes == [None] * room + ["too-much-text"] * (9 - room)
    held = text_bytes(saved.response.comments, saved.response.answers)
    assert MOST_TEXT - sealed_bytes(longest) < held <= MOST_TEXT
    more = [act("comment", statement=name, text="x" * length) for name, length in (("s9", 10_000), ("s8", 10_000), ("s7", 7_000))]
    rest = store.save(response, [*more, act("answer", question="crop", value="wheat " * 80)])
    assert [result.code for result in rest.results] == [None, None, None, "too-much-text"]
    shorter = store.save(response, [act("comment", statement="s1", text="short"), act("comment", statement="s2", text=""), acts[6]])
    assert [result.outcome for result in shorter.results] == ["saved"] * 3


def test_what_counts_as_text_is_what_is_stored(store: Store, response: Handle, tmp_path: Path) -> None:
    """In whatever script, with what JSON escapes too."""
    ring = Keyring(tmp_path / "a.keys")
    name = ring.take()
    for value in ("plain", "ä" * 99, "汉字" * 50, "🧑‍🌾" * 40, '"\n\\\t\x01' * 30, 44, ["field", "desk"], {"town": "good"}):
        assert len(ring.seal(name, value, "comment s1")) == sealed_bytes(value)
    texts = {"s1": "汉字" * 4_000, "s2": "🧑" * 9_000, "s3": "\x01" * 9_000}
    saved = store.save(response, [act("comment", statement=key, text=text) for key, text in texts.items()]).response
    with store._read() as connection:
        held = connection.scalar(select(func.sum(func.length(models.comment.c.text))))
    assert saved.comments == texts
    assert text_bytes(saved.comments, saved.answers) == held
    assert held < 1.4 * sum(len(text.encode()) * (6 if key == "s3" else 1) for key, text in texts.items())  # base64, and \\u0001


def test_the_reserve_is_room_for_as_many_people_as_the_documentation_says(tmp_path: Path) -> None:
    """Of people who each send as much as a response holds: some of the acts, the largest there are, many times."""
    page = (Path(__file__).parents[3] / "docs" / "survey.md").read_text(encoding="utf-8")
    told = re.search(r"less than (\d+) MB are free.*?room for (\d+) people who each.*?([\d.]+) MB.*?(\d+) MB of the log", page, re.DOTALL)
    assert told is not None
    reserve, people, most, log = map(float, told.groups())
    study, part = load(library.path("leadership")), MOST_ACTS // 50
    slots = [float(column) for column, height in study.grid.items() for _ in range(height)]
    boards = [dict(zip(names, slots, strict=True)) for names in (study.ids, study.ids[::-1])]
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        store.register(study)
        sizes = [_size(store)]
        begun = begin(store, study)
        handle = begun.response.handle
        for i in range(MOST_BROWSERS):
            store.admit(study.study, begun.code, 1000 + i)
        store.save(handle, [act("pile", statement=name, pile="disagree") for name in study.ids])
        store.save(handle, [act("comment", statement=name, text="🧑" * 9_000) for name in study.ids[:10]])
        store.save(handle, [act("arrange", columns=boards[i % 2]) for i in range(DEEPEST_UNDO)])
        sizes.append(_size(store))
        acts = [act("arrange", columns=boards[i % 2]) | {"key": f"{i:064}", "ms": 10**12, "idle": 10**12} for i in range(part)]
        assert {result.outcome for result in store.save(handle, acts).results} == {"saved"}
        sizes.append(_size(store))
    takes = sizes[1] - sizes[0] + 50 * (sizes[2] - sizes[1])
    assert len(study.ids) == 42
    assert takes <= most * 10**6
    assert people * most * 10**6 + log * 2**20 <= reserve * 10**6


def _size(store: Store) -> int:
    with store._read() as connection:
        pages, each = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages * each)


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


def test_to_save_reads_as_much_after_thousands_of_acts_as_after_a_few(tmp_path: Path, study: Study) -> None:
    """Counted by SQLite itself, in steps: whatever is played again, or looked through, from the event log would show. And no more statements."""
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        store.register(study)
        handle = begin(store, study).response.handle
        fill(store, study, handle)
        acts = [act("swap", statement="s1", other="s2"), act("comment", statement="s3", text="words")]
        before = _reading(store, handle, acts)
        last = store.response(handle)
        assert last is not None
        made = [{**_EVENT, "response_id": handle.number, "number": last.revision + i, "key": f"key-of-many-{i}"} for i in range(1, 4_001)]
        with store._write() as connection:
            connection.execute(models.event.insert(), made)
            connection.execute(models.response.update().values(revision=last.revision + 4_000))
        assert _reading(store, handle, acts) == before


_EVENT = {"act": "swap", "detail": {"statement": "s1", "other": "s2"}, "at": datetime(2026, 1, 1, tzinfo=UTC), "ms": 1, "idle": 1}


def _reading(store: Store, handle: Handle, acts: list[dict[str, Any]]) -> tuple[int, int]:
    """Steps of SQLite and statements that it takes to find a response with what decides about acts."""
    steps, statements = [0], []

    def one() -> int:
        steps[0] += 1
        return 0

    with store._glance() as link:
        file = link.driver
        file.set_progress_handler(one, 1)
        file.set_trace_callback(statements.append)
        try:
            saving.find(link, handle, acts, store._definitions.of_sort, store._unseal)
        finally:
            file.set_progress_handler(None, 1)
            file.set_trace_callback(None)
    return steps[0], len(statements)


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
