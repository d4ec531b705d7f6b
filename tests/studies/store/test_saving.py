"""Acts: kept once, in order, whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from qmethod_studies.answering import LONGEST_COMMENT
from qmethod_studies.definition import Study
from qmethod_studies.sorting import History, Place, Refusal
from qmethod_studies.store import Handle, Incomplete, Store, Submitted, models
from tests.studies.store.acting import SLOTS, act, begin, fill, make_study, new_key, piles, places, submitted

HARD_TEXTS = [
    'He said "no", twice',
    "a,b;c\td",
    "one\ntwo\n\nthree",
    "🧑‍🌾 🏳️‍🌈",
    "<b>bold</b> &amp; <script>",
    "'; DROP TABLE comment; --",
    "=1+1",
    "عربي",
    " \u200f",
]


@pytest.fixture
def response(store: Store, study: Study) -> Handle:
    return begin(store, study).response.handle


def outcomes(saved: Any) -> list[tuple[str, str | None]]:
    return [(result.outcome, result.code) for result in saved.results]


def test_acts_are_kept_in_order_with_server_time(store: Store, study: Study, response: Handle) -> None:
    before = datetime.now(UTC)
    saved = store.save(response, [act("place", statement="s1", column=0, ms=1500, idle=20), act("place", statement="s1", column=2.0)])
    assert outcomes(saved) == [("saved", None)] * 2
    assert dict(saved.response.board.places) == {"s1": Place(2)}
    assert saved.response == store.response(response)
    first, second = store.events(response.number)
    assert (first.number, first.act, first.detail, first.ms, first.idle) == (1, "place", {"statement": "s1", "column": 0}, 1500, 20)
    assert (second.number, second.ms, second.idle) == (2, None, None)
    assert before <= first.at <= second.at <= datetime.now(UTC)
    assert saved.response.updated == second.at
    assert saved.response.revision == 2


def test_columns_come_back_as_the_numbers_of_the_study(store_url: str) -> None:
    study = make_study(study="halves", grid={-1.5: 2, 0: 5, 1.5: 2})
    with Store.open(store_url) as store:
        store.register(study)
        number = begin(store, study).response.handle
        store.save(number, [act("place", statement="s1", column=-1.5), act("place", statement="s2", column=0.0)])
        found = store.response(number)
    assert found is not None
    assert repr(dict(found.board.places)) == repr({"s1": Place(-1.5), "s2": Place(0)})


def test_a_repeated_act_is_not_applied_again(store: Store, study: Study, response: Handle) -> None:
    first, second = act("place", statement="s1", column=0), act("place", statement="s1", column=1)
    store.save(response, [first, second])
    again = store.save(response, [first, second, first])
    assert outcomes(again) == [("repeated", None)] * 3
    assert dict(again.response.board.places) == {"s1": Place(1)}
    assert again.response.revision == 2


def test_the_same_act_twice_in_one_batch(store: Store, study: Study, response: Handle) -> None:
    one = act("place", statement="s1", column=0)
    assert outcomes(store.save(response, [one, one])) == [("saved", None), ("repeated", None)]


def test_one_act_from_many_threads_is_applied_once(store: Store, study: Study, response: Handle) -> None:
    store.save(response, [act("place", statement="s1", column=0), act("place", statement="s2", column=1)])
    swap = act("swap", statement="s1", other="s2")
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: store.save(response, [swap]), range(20)))
    assert sorted(result.outcome for saved in found for result in saved.results) == ["repeated"] * 19 + ["saved"]
    assert {name: place.column for name, place in found[-1].response.board.places.items()} == {"s1": 1, "s2": 0}
    assert len(store.events(response.number)) == 3


def test_the_last_place_of_a_column_is_given_once(store: Store, study: Study) -> None:
    """Every statement at once into the column of one place, in ten responses side by side."""
    numbers = [begin(store, study).response.handle for _ in range(10)]
    jobs = [(number, name) for number in numbers for name in study.ids]
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda job: store.save(job[0], [act("place", statement=job[1], column=2)]).results[0], jobs))
    assert [result.outcome for result in results].count("saved") == 10
    assert {result.code for result in results if result.outcome == "refused"} == {"column-full"}
    for number in numbers:
        found = store.response(number)
        assert found is not None
        assert list(found.board.filled().items()) == [(2, 1)]
        assert (found.revision, found.refused) == (1, 8)


def test_a_refused_act_changes_nothing_and_stops_no_other(store: Store, study: Study, response: Handle) -> None:
    store.save(response, [act("place", statement="s1", column=2)])
    full = act("place", statement="s2", column=2)
    saved = store.save(response, [full, act("place", statement="s3", column=1)])
    assert outcomes(saved) == [("refused", "column-full"), ("saved", None)]
    assert (saved.results[0].statement, saved.results[0].column) == ("s2", 2)
    assert {name: place.column for name, place in saved.response.board.places.items()} == {"s1": 2, "s3": 1}
    assert saved.response.refused == 1
    store.save(response, [act("return", statement="s1")])
    assert outcomes(store.save(response, [full])) == [("saved", None)]  # the same key again, once there is room


BAD_ACTS = [
    None,
    "place",
    7,
    [],
    {},
    {"act": "place", "statement": "s1", "column": 0},
    {"key": "short", "act": "place", "statement": "s1", "column": 0},
    {"key": "with blanks in it", "act": "visit", "stage": "grid"},
    {"key": 12345678, "act": "visit", "stage": "grid"},
    {"key": "nul\0nul\0nul", "act": "visit", "stage": "grid"},
    {"key": "long-key-" * 20, "act": "visit", "stage": "grid"},
]


def test_what_is_no_act_is_refused_and_raises_nothing(store: Store, study: Study, response: Handle) -> None:
    saved = store.save(response, [*BAD_ACTS, act("visit", stage="grid")])
    assert outcomes(saved) == [("refused", "malformed")] * len(BAD_ACTS) + [("saved", None)]


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"act": None}, "malformed"),
    ({"act": ["place"]}, "malformed"),
    ({"act": "fly"}, "unknown-act"),
    ({"act": "submit"}, "unknown-act"),
    ({"act": "place", "statement": "s99", "column": 0}, "unknown-statement"),
    ({"act": "place", "statement": "s1", "column": 7}, "unknown-column"),
    ({"act": "place", "statement": "s1", "column": float("nan")}, "unknown-column"),
    ({"act": "place", "statement": {"a": 1}, "column": 0}, "malformed"),
    ({"act": "undo"}, "nothing-to-undo"),
    ({"act": "redo"}, "nothing-to-redo"),
    ({"act": "answer", "question": "nowhere", "value": 1}, "unknown-question"),
    ({"act": "answer", "question": ["age"], "value": 1}, "unknown-question"),
    ({"act": "answer", "question": "age", "value": "old"}, "not-a-number"),
    ({"act": "answer", "question": "age", "value": 300}, "too-large"),
    ({"act": "answer", "question": "job", "value": ["sea"]}, "unknown-option"),
    ({"act": "answer", "question": "crop", "value": "a\0b"}, "malformed"),
    ({"act": "answer", "question": "crop", "value": "\ud83e"}, "malformed"),
    ({"act": "comment", "statement": "s99", "text": "x"}, "unknown-statement"),
    ({"act": "comment", "statement": None, "text": "x"}, "unknown-statement"),
    ({"act": "comment", "statement": "s1", "text": "a\0b"}, "malformed"),
    ({"act": "comment", "statement": "s1", "text": "\ud83e"}, "malformed"),
    ({"act": "comment", "statement": "s1", "text": 7}, "malformed"),
    ({"act": "comment", "statement": "s1", "text": "x" * (LONGEST_COMMENT + 1)}, "too-long"),
    ({"act": "finish", "stage": "nowhere"}, "unknown-stage"),
    ({"act": "finish", "stage": ["grid"]}, "unknown-stage"),
    ({"act": "reopen"}, "unknown-stage"),
    ({"act": "draft", "columns": [1]}, "malformed"),
    ({"act": "draft", "columns": {"s1": "0"}}, "malformed"),
    ({"act": "draft", "columns": {"s1": 9}}, "unknown-column"),
    ({"act": "draft", "columns": {"s99": 0}}, "unknown-statement"),
    ({"act": "draft", "columns": {f"x{i}": 0 for i in range(50)}}, "malformed"),
    ({"act": "language", "language": "fr"}, "unknown-language"),
    ({"act": "language", "language": ["en"]}, "unknown-language"),
    ({"act": "visit", "stage": "<b>"}, "malformed"),
    ({"act": "away", "ms": -1}, "malformed"),
    ({"act": "away"}, "malformed"),
]


def test_acts_that_cannot_be_are_refused_with_a_code(store: Store, study: Study, response: Handle) -> None:
    before = store.response(response)
    saved = store.save(response, [{"key": new_key(), **parts} for parts, _ in IMPOSSIBLE])
    assert [(parts, *outcome) for (parts, _), outcome in zip(IMPOSSIBLE, outcomes(saved), strict=True)] == [
        (*one[:1], "refused", one[1]) for one in IMPOSSIBLE
    ]
    assert store.events(response.number) == []
    after = store.response(response)
    assert before is not None
    assert after is not None
    assert (after.board, after.answers, after.comments, after.draft, after.done) == (before.board, {}, {}, None, frozenset())


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["s1", "s2", "agree", "grid", "age"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("s1"), inner, max_size=3),
    max_leaves=5,
)
names = [
    "pile",
    "place",
    "swap",
    "return",
    "pick",
    "same",
    "arrange",
    "undo",
    "answer",
    "comment",
    "finish",
    "reopen",
    "draft",
    "language",
    "visit",
    "away",
]
parts = ["statement", "statements", "other", "column", "columns", "pile", "question", "value", "text", "stage", "language", "ms", "idle"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.fixed_dictionaries({"act": st.sampled_from(names)}, optional=dict.fromkeys(parts, junk)), max_size=4))
def test_no_act_whatever_breaks_the_store(store: Store, study: Study, response: Handle, acts: list[dict[str, Any]]) -> None:
    saved = store.save(response, [{"key": new_key(), **parts} for parts in acts])
    assert len(saved.results) == len(acts)
    assert all(result.outcome in ("saved", "refused") or one["act"] == "visit" for one, result in zip(acts, saved.results, strict=True))
    assert saved.response == store.response(response)


def test_texts_are_kept_as_they_were_written(store: Store, study: Study, response: Handle) -> None:
    for text in HARD_TEXTS:
        store.save(response, [act("comment", statement="s1", text=text), act("answer", question="crop", value=text)])
        found = store.response(response)
        assert found is not None
        assert (found.comments, found.answers) == ({"s1": text}, {"crop": text})


def test_answers_and_comments_are_replaced_and_deleted(store: Store, study: Study, response: Handle) -> None:
    store.save(
        response,
        [
            act("answer", question="age", value="33,0"),
            act("answer", question="job", value=["desk", "field"]),
            act("comment", statement="s2", text="a\r\nb"),
        ],
    )
    saved = store.save(response, [act("answer", question="age", value=34)])
    assert saved.response.answers == {"age": 34, "job": ["field", "desk"]}
    assert saved.response.comments == {"s2": "a\nb"}
    saved = store.save(response, [act("answer", question="job", value=[]), act("comment", statement="s2", text="  ")])
    assert (saved.response.answers, saved.response.comments) == ({"age": 34}, {})
    assert saved.response == store.response(response)


def test_the_event_log_does_not_keep_what_people_took_back(store: Store, study: Study, response: Handle) -> None:
    store.save(response, [act("comment", statement="s1", text="regretted"), act("answer", question="crop", value="regretted")])
    store.save(response, [act("comment", statement="s1", text=""), act("answer", question="crop", value="")])
    assert "regretted" not in repr(store.events(response.number))
    assert [event.act for event in store.events(response.number)] == ["comment", "answer"] * 2


def test_a_clock_that_is_off_costs_no_sort(store: Store, study: Study, response: Handle) -> None:
    times: list[Any] = [float("nan"), -5, "soon", 10**30, True, [1]]
    saved = store.save(response, [act("place", statement="s1", column=0, ms=ms, idle=ms) for ms in times])
    assert {result.outcome for result in saved.results} == {"saved"}
    assert {(event.ms, event.idle) for event in store.events(response.number)} == {(None, None)}


def test_language_visits_and_absences_are_events(store: Store, study: Study, response: Handle) -> None:
    saved = store.save(response, [act("language", language="es"), act("visit", stage="grid", ms=7), act("away", ms=61_000)])
    assert saved.response.language == "es"
    assert [(event.act, event.detail, event.ms) for event in store.events(response.number)] == [
        ("language", {"language": "es"}, None),
        ("visit", {"stage": "grid"}, 7),
        ("away", {"ms": 61_000}, None),
    ]


def test_a_draft_stays_until_the_cards_are_placed(store: Store, study: Study, response: Handle) -> None:
    crowded = dict.fromkeys(study.ids, 2)
    saved = store.save(response, [act("draft", columns=crowded)])
    assert saved.response.draft == crowded
    assert not saved.response.board.places
    assert store.save(response, [act("arrange", columns=crowded), act("pile", statement="s1", pile="agree")]).response.draft == crowded
    whole = dict(zip(study.ids, SLOTS, strict=True))
    saved = store.save(response, [act("arrange", columns=whole)])
    assert saved.response.draft is None
    assert saved.response.board.complete(study)
    assert saved.response == store.response(response)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.randoms(use_true_random=False))
def test_undo_and_redo_are_those_of_the_history(store: Store, study: Study, seed: Any) -> None:
    """Acts one by one, in batches and over a reload give the boards that `History` gives in memory."""
    number = begin(store, study).response.handle
    history = History()
    for _ in range(12):
        batch = []
        for _ in range(seed.randint(1, 3)):
            name = seed.choice(["place", "place", "swap", "return", "pile", "undo", "undo", "redo"])
            batch.append(
                act(
                    name,
                    statement=seed.choice(study.ids),
                    other=seed.choice(study.ids),
                    column=seed.choice(study.columns),
                    pile=seed.choice(["agree", None]),
                )
            )
        wanted = []
        for one in batch:
            try:
                history = history.after(study, one, seed=str(number.number))
                wanted.append("saved")
            except Refusal:
                wanted.append("refused")
        saved = store.save(number, batch)
        assert [result.outcome for result in saved.results] == wanted
        assert saved.response.board == history.board
        assert (saved.response.can_undo, saved.response.can_redo) == (bool(history.past), bool(history.future))


def test_refining_by_the_machine_can_be_undone_and_done_again(store: Store, study: Study, response: Handle) -> None:
    same = act("same", statements=list(study.ids))
    done = store.save(response, [*piles(study), same]).response
    assert {place.by for place in done.board.places.values()} == {"auto"}
    undone = store.save(response, [act("undo")]).response
    assert not undone.board.places
    again = store.save(response, [act("redo")]).response
    assert again.board == done.board


def test_stages_are_finished_only_when_nothing_is_missing(store: Store, response: Handle, study: Study) -> None:
    finish = {stage: act("finish", stage=stage) for stage in ("before", "presort", "refine", "grid", "why", "after")}
    assert outcomes(store.save(response, list(finish.values()))) == [
        ("refused", "incomplete"),
        ("refused", "incomplete"),
        ("saved", None),
        ("refused", "incomplete"),
        ("saved", None),
        ("saved", None),
    ]
    store.save(response, [act("answer", question="age", value=20), act("answer", question="job", value=["field"]), *piles(study), *places(study)])
    saved = store.save(response, list(finish.values()))
    assert outcomes(saved)[:2] == [("saved", None)] * 2
    assert saved.response.done == set(finish)
    reopened = store.save(response, [act("reopen", stage="after"), act("finish", stage="after")])
    assert outcomes(reopened) == [("saved", None), ("refused", "incomplete")]  # the crop is asked of those who work in a field
    saved = store.save(response, [act("answer", question="crop", value="maize"), act("finish", stage="after")])
    assert outcomes(saved) == [("saved", None)] * 2


def test_comments_of_so_many_words_on_the_outermost_cards(store_url: str) -> None:
    study = make_study(why={"columns": 1, "minimum_words": 3}, questions={})
    with Store.open(store_url) as store:
        store.register(study)
        number = begin(store, study).response.handle
        store.save(number, places(study))
        outer = [act("comment", statement=name, text="three words here") for name in ("s1", "s9")]
        finish = act("finish", stage="why")
        assert outcomes(store.save(number, [outer[0], finish])) == [("saved", None), ("refused", "incomplete")]
        assert outcomes(store.save(number, [act("comment", statement="s9", text="two words"), finish]))[1] == ("refused", "incomplete")
        assert outcomes(store.save(number, [outer[1], finish])) == [("saved", None)] * 2


def test_a_response_is_submitted_once_and_then_closed(store: Store, study: Study, response: Handle) -> None:
    last = act("visit", stage="review")
    fill(store, study, response)
    store.save(response, [last])
    done = store.submit(response, "submit-key-1")
    assert isinstance(done, Submitted)
    assert done.response.status == "submitted"
    assert done.response.submitted == done.response.updated == store.events(response.number)[-1].at
    assert store.submit(response, "submit-key-1") == done == store.submit(response, "submit-key-2")
    late = store.save(response, [last, act("place", statement="s1", column=0), act("comment", statement="s1", text="late")])
    assert outcomes(late) == [("repeated", None), ("refused", "closed"), ("refused", "closed")]
    assert late.response.board == done.response.board
    assert [event.act for event in store.events(response.number)].count("submit") == 1


def test_submitting_from_many_threads_gives_one_time(store: Store, study: Study, response: Handle) -> None:
    fill(store, study, response)
    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(lambda i: store.submit(response, f"submit-{i:03d}"), range(20)))
    assert all(one == done[0] for one in done)
    assert [event.act for event in store.events(response.number)].count("submit") == 1


def test_what_is_missing_is_named(store: Store, study: Study, response: Handle) -> None:
    assert store.submit(response, "submit-key-1") == Incomplete(("before", "presort", "grid", "why", "after"))
    fill(store, study, response)
    store.save(response, [act("return", statement="s1"), act("answer", question="age", value="")])
    assert store.submit(response, "submit-key-1") == Incomplete(("before", "grid"))  # finished once, but no longer whole


def test_saving_and_submitting_at_once_lose_nothing(store: Store, study: Study, response: Handle) -> None:
    """Whatever comes first: an act that was called saved is in what was submitted."""
    fill(store, study, response)

    def one(i: int) -> list[str]:
        if i == 10:
            store.submit(response, "submit-key-1")
            return []
        saved = store.save(response, [act("comment", statement="s5", text=f"comment {i}")])
        return [f"comment {i}"] if saved.results[0].outcome == "saved" else []

    with ThreadPoolExecutor(12) as pool:
        kept = [text for texts in pool.map(one, range(20)) for text in texts]
    found = store.response(response)
    assert found is not None
    assert found.status == "submitted"
    assert len([event for event in store.events(response.number) if event.act == "comment"]) == len(kept)
    assert not kept or found.comments["s5"] in kept
    assert store.events(response.number)[-1].act == "submit"


def test_the_schema_itself_refuses_an_act_twice(store: Store, study: Study) -> None:
    begun = submitted(store, study)
    last = store.events(begun.response.id)[-2]
    row = {"response_id": begun.response.id, "number": 999, "key": last.key, "act": "visit", "detail": {}, "at": datetime.now(UTC)}
    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(insert(models.event).values(row))
    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(insert(models.placement).values(response_id=begun.response.id, statement="s1", value=0.0, placed_by="auto"))
    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(insert(models.comment).values(response_id=10**6, statement="s1", text="of nobody"))
