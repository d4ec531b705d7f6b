"""Marks of sorts that nobody may have thought about: each kind is found, and a sort that somebody thought about has none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qmethod_analysis.commands.inspect import inspect
from qmethod_analysis.commands.people import without_excluded
from qmethod_analysis.recipe.recipe import Input
from qmethod_analysis.recipe.sources import read_input
from qmethod_studies.definition import PILES, Study
from qmethod_studies.export import Export, collect, export
from qmethod_studies.export_guide import MEANINGS
from qmethod_studies.loading import find, load
from qmethod_studies.marks import REASONS, SENTENCES, notices
from qmethod_studies.quality import Quality, quality, seconds_of_sorting
from qmethod_studies.sorting import DEEPEST_UNDO, Board, Place, next_step
from qmethod_studies.store import Event, Handle, Response, Store, Submitted, stages
from qmethod_studies.store.acts import columns_after_machine
from tests.studies.store.acting import act, begin, make_study

WHO_SORTED = {
    "thoughtful": (),
    "lazy": ("machine-placed", "fast", "one-pile", "unchanged-after-machine"),
    "half": ("half-machine-placed",),
    "straight": ("straight-line",),
    "stack": ("one-column",),
}


class Hands:
    """Somebody whose page counts so many milliseconds between one act and the next."""

    def __init__(self, store: Store, study: Study, name: str, pace: int) -> None:
        self.store, self.study, self.pace, self.ms = store, study, pace, 0
        self.number: Handle = begin(store, study, participant=name).response.handle
        self.do("visit", stage="presort")

    def do(self, name: str, **parts: Any) -> Response:
        self.ms += self.pace
        saved = self.store.save(self.number, [act(name, **parts) | {"ms": self.ms}])
        assert saved.results[0].outcome == "saved", saved.results
        return saved.response

    def end(self) -> None:
        for stage in stages(self.study):
            self.do("finish", stage=stage)
        assert isinstance(self.store.submit(self.number, "the-last-key"), Submitted)


def leadership(name: str, **changes: Any) -> Study:
    whole = load(find("leadership")).model_dump(mode="json", by_alias=True)
    why = {"stages": {"presort": True, "refine": True, "why": False}, "questions": {"before": [], "after": []}}
    return Study.model_validate(whole | {"study": name} | why | changes)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One of each kind of `WHO_SORTED`; the stack in a study with a free distribution."""
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('quality')}/a.sqlite3") as store:
        forced, free = leadership("forced"), leadership("free", distribution="free")
        store.register(forced)
        store.register(free)
        for name in WHO_SORTED:
            sort(store, free if name == "stack" else forced, name)
        yield store


def sort(store: Store, study: Study, name: str) -> None:
    hands = Hands(store, study, name, 100 if name == "lazy" else 1900)
    response = store.response(hands.number)
    assert response is not None
    order = list(response.order)
    for i, statement in enumerate(order):
        hands.do("pile", statement=statement, pile="neutral" if name == "lazy" else PILES[(i * 5) % 3])
    slots = [column for column, n in study.capacity.items() for _ in range(n)]
    match name:
        case "lazy":
            hands.do("same", statements=order)
        case "half":
            by_machine(hands, study)
        case "straight":
            for statement, column in zip(order, slots, strict=True):
                hands.do("place", statement=statement, column=column)
        case "stack":
            for statement in order:
                hands.do("place", statement=statement, column=0)
        case "thoughtful":
            for statement, column in zip(sorted(order), slots, strict=True):
                hands.do("place", statement=statement, column=column)
    hands.end()


def by_machine(hands: Hands, study: Study) -> None:
    """Pools are called equal until the machine has placed half; the rest is placed by hand, and two cards change places."""
    board = hands.store.response(hands.number).board  # type: ignore[union-attr]
    while sum(place.by == "auto" for place in board.places.values()) < len(study.ids) / 2 + 2:
        step = next_step(study, board)
        assert step is not None
        board = hands.do("same", statements=list(step.pool)).board
    for statement in board.unplaced(study):
        column = next(column for column, n in board.free(study).items() if n)
        board = hands.do("place", statement=statement, column=column).board
    one = next(name for name, place in board.places.items() if place.by == "participant")
    other = next(name for name, place in board.places.items() if place.by == "participant" and place.column != board.places[one].column)
    hands.do("swap", statement=one, other=other)


def marks(store: Store, study: str) -> dict[str, Quality]:
    return {one.response.participant: one.quality for one in collect(store, study).each() if one.quality is not None}


def test_each_kind_is_marked_and_no_other(store: Store) -> None:
    found = {**marks(store, "forced"), **marks(store, "free")}
    assert {name: one.marks for name, one in found.items()} == WHO_SORTED
    assert found["lazy"].machine_share == 1
    assert found["thoughtful"].machine_share == 0
    assert found["thoughtful"].changed_after_machine is None
    assert found["half"].changed_after_machine


def test_pace_counts_sorting_only_and_a_pause_for_a_minute() -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)

    def event(i: int, name: str, ms: int | None, after: float) -> Event:
        return Event(i, start + timedelta(seconds=after), name, {}, f"key-{i}", ms, None)

    queued = [event(0, "visit", None, 0), event(1, "pile", 3000, 100), event(2, "pile", 5000, 100), event(3, "answer", 65_000, 100)]
    assert seconds_of_sorting(queued) == 5  # what waited for a connection keeps its times
    assert seconds_of_sorting([*queued, event(4, "pile", 900_000, 1000)]) == 65
    assert seconds_of_sorting([*queued, event(4, "visit", None, 130), event(5, "place", 1500, 131.5)]) == 6.5
    without_script = [event(0, "visit", None, 0), event(1, "pile", None, 7), event(2, "visit", None, 8), event(3, "pile", None, 11)]
    assert seconds_of_sorting(without_script) == 10


def test_a_small_sort_is_no_straight_line_and_a_simulated_one_has_no_pace(store: Store) -> None:
    study = make_study(grid={-1: 1, 0: 2, 1: 1}, statements=[{"id": f"s{i}", "text": {"en": str(i), "es": str(i)}} for i in range(4)])
    places = dict(zip(study.ids, map(Place, (-1, 0, 0, 1)), strict=True))
    small = replace(next(store.responses("forced")), order=study.ids, board=Board({}, places), simulated=True)
    found = quality(study, small, [])
    assert not found.straight_line
    assert found.seconds_a_card is None
    assert not found.marks


@pytest.fixture(scope="module")
def made(store: Store) -> Export:
    return export(collect(store, "forced"))


def rows(made: Export, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.files[name].decode(), newline="")))


def test_the_export_tells_the_marks_in_columns_in_words_and_as_a_file_to_leave_out(made: Export) -> None:
    by_name = {row["participant"]: row for row in rows(made, "responses.csv")}
    assert {name: tuple(row["marks"].split()) for name, row in by_name.items()} == {k: v for k, v in WHO_SORTED.items() if k != "stack"}
    lazy = by_name["lazy"]
    assert (lazy["machine_share"], lazy["one_pile"], lazy["changed_after_machine"], lazy["straight_line"]) == ("1", "yes", "no", "no")
    assert float(lazy["seconds_a_card"]) < 0.2
    assert 2 < float(by_name["thoughtful"]["seconds_a_card"]) < 5
    assert "Sorts wholly placed by the machine, for people who called all cards equal: 1 of 4 (lazy)." in made.notes
    readme = made.files["README.txt"].decode()
    assert all(note in readme for note in made.notes)
    assert all(f"\n{mark}" in readme for mark in SENTENCES)
    assert [row["participant"] for row in rows(made, "marked.csv")] == ["lazy", "half", "straight"]
    assert rows(made, "marked.csv")[2]["reason"] == "cards in the order shown"


def test_what_is_exported_is_told_and_left_out(made: Export, tmp_path: Path) -> None:
    for name, content in made.files.items():
        (tmp_path / name).write_bytes(content)
    data = read_input(Input(path="sorts.csv"), tmp_path)
    told = {notice["code"]: notice for notice in inspect(data)["notices"]}
    assert told["machine-placed"]["participants"] == ["lazy"]
    assert told["straight-line"]["message"] == "Sorts whose cards lie in just the order in which they were shown: 1 of 4 (straight)."
    kept, _said = without_excluded(data, {"exclude": tmp_path / "marked.csv", "exclude_participant": ()})
    assert kept.participants == ("thoughtful",)
    assert {one.participant for one in kept.excluded} == {"lazy", "half", "straight"}
    assert not [notice for notice in kept.notices if notice.code in SENTENCES]


def test_every_mark_has_its_words() -> None:
    assert list(SENTENCES) == list(REASONS) == list(MEANINGS)
    everything = dict.fromkeys(map(str, range(20)), tuple(SENTENCES))
    said: Sequence[Any] = notices(everything)
    assert [one.code for one in said] == list(SENTENCES)
    assert all("20 of 20" in one.message and "and 8 more" in one.message for one in said)


def test_a_sort_in_which_more_was_undone_than_can_be_now_is_still_played_to_its_end() -> None:
    """Earlier versions let people undo everything one by one."""
    study = make_study()
    step = next_step(study, Board())
    assert step is not None
    moves = [("place", {"statement": "s1", "column": i % 2}) for i in range(DEEPEST_UNDO + 10)]
    acts = [*moves, *[("undo", dict[str, Any]())] * len(moves), ("same", {"statements": list(step.pool)})]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    events = [Event(i, at, name, detail, f"key-{i:05}", None, None) for i, (name, detail) in enumerate(acts)]
    found = columns_after_machine(study, SimpleNamespace(id=1), events)  # type: ignore[arg-type]
    assert found is not None
    assert set(found) == set(study.ids)
