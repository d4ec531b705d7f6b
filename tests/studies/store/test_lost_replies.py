"""Pages that send acts twice, lose replies and reconnect, against a sort kept in plain dictionaries."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from qmethod_studies.store import Store
from tests.studies.store.acting import begin, make_study, new_key

STUDY = make_study(stages={"why": False}, questions={})
PLACES = {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}
NAMES = [f"s{i}" for i in range(1, 10)]


class Sorting(RuleBasedStateMachine):
    """One respondent. The rules of the sort stand here a second time, written from what people are told, not from the code."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.store = Store.open(self.url)
        self.store.register(STUDY)
        self.piles: dict[str, str] = {}
        self.columns: dict[str, int] = {}
        self.before: list[dict[str, int]] = []
        self.undone: list[dict[str, int]] = []
        self.kept: list[dict[str, Any]] = []

    @initialize()
    def start(self) -> None:
        begun = begin(self.store, STUDY)
        self.code, self.number = begun.code, begun.response.handle

    def expect(self, act: dict[str, Any]) -> bool:
        """Do to the dictionaries what the act says; False where it may not be."""
        new = dict(self.columns)
        match act["act"]:
            case "pile":
                if act["pile"] is None:
                    self.piles.pop(act["statement"], None)
                else:
                    self.piles[act["statement"]] = act["pile"]
                return True
            case "place":
                others = [name for name, column in new.items() if column == act["column"] and name != act["statement"]]
                if len(others) >= PLACES[act["column"]]:
                    return False
                new[act["statement"]] = act["column"]
            case "swap":
                one, other = act["statement"], act["other"]
                if one == other or (one not in new and other not in new):
                    return False
                mine, theirs = new.pop(one, None), new.pop(other, None)
                new |= {name: column for name, column in ((one, theirs), (other, mine)) if column is not None}
            case "return":
                if act["statement"] not in new:
                    return False
                del new[act["statement"]]
            case "arrange":
                new = dict(act["columns"])
                if any(list(new.values()).count(column) > most for column, most in PLACES.items()):
                    return False
            case "undo":
                if not self.before:
                    return False
                self.undone.append(self.columns)
                self.columns = self.before.pop()
                return True
            case "redo":
                if not self.undone:
                    return False
                self.before.append(self.columns)
                self.columns = self.undone.pop()
                return True
        if new != self.columns:
            self.before.append(self.columns)
            self.undone = []
            self.columns = new
        return True

    def send(self, acts: list[dict[str, Any]], times: int = 1) -> None:
        """Send a batch, perhaps again because the reply did not come."""
        wanted = ["saved" if self.expect(act) else "refused" for act in acts]
        self.kept += [act for act, outcome in zip(acts, wanted, strict=True) if outcome == "saved"]
        first = self.store.save(self.number, acts)
        assert [result.outcome for result in first.results] == wanted
        for _ in range(times - 1):
            self.send_again([act for act, outcome in zip(acts, wanted, strict=True) if outcome == "saved"])

    def send_again(self, acts: list[dict[str, Any]]) -> None:
        assert {result.outcome for result in self.store.save(self.number, acts).results} <= {"repeated"}

    @rule(
        act=st.fixed_dictionaries(
            {"act": st.just("pile"), "statement": st.sampled_from(NAMES), "pile": st.sampled_from(["disagree", "neutral", "agree", None])}
        )
    )
    def pile(self, act: dict[str, Any]) -> None:
        self.send([{"key": new_key(), **act}])

    @rule(
        moves=st.lists(
            st.one_of(
                st.fixed_dictionaries({"act": st.just("place"), "statement": st.sampled_from(NAMES), "column": st.sampled_from(list(PLACES))}),
                st.fixed_dictionaries({"act": st.just("swap"), "statement": st.sampled_from(NAMES), "other": st.sampled_from(NAMES)}),
                st.fixed_dictionaries({"act": st.just("return"), "statement": st.sampled_from(NAMES)}),
                st.fixed_dictionaries({"act": st.sampled_from(["undo", "redo"])}),
            ),
            min_size=1,
            max_size=4,
        ),
        times=st.integers(1, 3),
    )
    def move(self, moves: list[dict[str, Any]], times: int) -> None:
        self.send([{"key": new_key(), **act} for act in moves], times)

    @rule(seed=st.integers(0, 1000), crowded=st.booleans())
    def arrange(self, seed: int, crowded: bool) -> None:
        slots = [column for column, most in PLACES.items() for _ in range(most)]
        random.Random(seed).shuffle(slots)
        columns = dict(zip(NAMES, slots, strict=True))
        self.send([{"key": new_key(), "act": "arrange", "columns": {**columns, "s1": 2, "s2": 2} if crowded else columns}], 2)

    @rule(data=st.data())
    def old_acts_arrive_late(self, data: st.DataObject) -> None:
        if self.kept:
            self.send_again(data.draw(st.lists(st.sampled_from(self.kept), max_size=4)))

    @rule()
    def reconnect(self) -> None:
        self.store.close()
        self.store = Store.open(self.url)

    @invariant()
    def the_stored_sort_is_the_one_that_was_made(self) -> None:
        if not hasattr(self, "number"):
            return
        found = self.store.find("demo", self.code)
        assert found is not None
        assert {name: place.column for name, place in found.board.places.items()} == self.columns
        assert dict(found.board.piles) == self.piles
        assert found.revision == len(self.kept)
        assert (found.can_undo, found.can_redo) == (bool(self.before), bool(self.undone))

    def teardown(self) -> None:
        if hasattr(self, "number"):
            assert [event.key for event in self.store.events(self.number.number)] == [act["key"] for act in self.kept]
        self.store.close()


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 40), ("postgresql", 12)])
def test_the_stored_sort_is_always_the_one_that_was_made(request: pytest.FixtureRequest, tmp_path: Any, kind: str, examples: int) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    machine = type("Machine", (Sorting,), {"url": url})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    )
